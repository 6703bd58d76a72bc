"""What a push tells is read once; it is what each audience would have read for itself."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from appliance.server.domain.lanes import Wanted, WantedKind
from appliance.server.domain.states import Gender
from appliance.server.domain.turns import TurnRule
from appliance.server.store import queries
from appliance.server.store.models import Staff
from appliance.server.store.unit_of_work import Store
from appliance.server.usecases import kiosk, therapist
from appliance.server.wire.snapshots import Snapshots
from tests.support.spa import Spa, shop
from tests.support.visits import Visits

SHOP = shop()


def told(body: dict[str, Any]) -> dict[str, Any]:
    """All but when it was looked at."""
    return {key: value for key, value in body.items() if key not in {"version", "now"}}


def asks(visits: Visits, wanted: Wanted) -> int:
    return visits.store.run(
        lambda u: kiosk.confirm_selection(
            u, SHOP, visits.spa.kiosk, None, [visits.spa.swedish_60], wanted=wanted
        )
    ).transaction.id


@pytest.fixture
def busy(visits: Visits, spa: Spa, store: Store) -> list[int]:
    """Somebody in every state, on hold, and waiting for somebody."""
    store.run(lambda u: setattr(u.session.get_one(Staff, spa.ana.id), "gender", Gender.WOMAN))
    paid, at_the_desk, finished = visits.paid(), visits.at_the_desk(), visits.finished()
    absent = visits.called()
    store.run(lambda u: therapist.not_here_yet(u, SHOP, spa.ana, absent))
    called, in_service = visits.called(), visits.in_service(spa.ben)
    waiting = [visits.waiting(), visits.waiting()]
    wanted = [
        asks(visits, Wanted(WantedKind.WOMAN)),
        asks(visits, Wanted(WantedKind.THERAPIST, spa.ben.id)),
    ]
    return [paid, at_the_desk, finished, absent, called, in_service, *waiting, *wanted]


@pytest.mark.parametrize("limit", [queries.LIST_LIMIT, 3], ids=["everybody", "longer than shown"])
@pytest.mark.parametrize("rule", TurnRule)
@pytest.mark.parametrize("away", [False, True], ids=["there", "on a break"])
def test_a_push_tells_what_everybody_would_read_for_themselves(
    store: Store,
    spa: Spa,
    busy: list[int],
    monkeypatch: pytest.MonkeyPatch,
    limit: int,
    rule: TurnRule,
    away: bool,
) -> None:
    monkeypatch.setattr(queries, "LIST_LIMIT", limit)
    if away:
        store.run(
            lambda u: setattr(u.session.get_one(Staff, spa.ben.id), "on_break_since", u.now())
        )
    snapshots = Snapshots(store, replace(SHOP, turn_rule=rule))
    news = snapshots.news(busy)
    assert news.mark == snapshots.mark()
    assert news.lamps == snapshots.lamps()
    assert told(news.board) == told(snapshots.board())
    assert told(news.queue) == told(snapshots.queue())
    one_by_one = snapshots.transactions(busy)
    assert [body["transaction"] for body in news.transactions] == [
        body["transaction"] for body in one_by_one
    ]
    assert {body["version"] for body in news.transactions} == {news.queue["version"]}
