"""What a push tells is read once; it is what each audience would have read for itself."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from appliance.server.domain.adjustments import AdjustmentKind
from appliance.server.domain.lanes import Wanted, WantedKind
from appliance.server.domain.states import (
    AT_THE_DESK,
    WITH_THERAPIST,
    Gender,
    TransactionStatus,
)
from appliance.server.domain.turns import TurnRule
from appliance.server.store import queries
from appliance.server.store.models import Adjustment, Staff, Transaction
from appliance.server.store.unit_of_work import Store, UnitOfWork
from appliance.server.usecases import kiosk, therapist
from appliance.server.wire import answers, serialize
from appliance.server.wire.snapshots import Snapshots
from tests.support.spa import Spa, open_spa, shop
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


ODD = "\"quoted\" \\ ₱ 休 \u2028 \x7f 👩‍🦰, ],[ 'x' %s"


def as_objects(store: Store) -> list[dict[str, Any]]:
    """The visits that are not over, read as the ORM's objects."""

    def look(unit: UnitOfWork) -> list[dict[str, Any]]:
        shown = [TransactionStatus.PENDING_THERAPIST, *WITH_THERAPIST, *AT_THE_DESK]
        rows = unit.session.scalars(select(Transaction).where(Transaction.status.in_(shown)))
        return [answers.body(serialize.transaction(row)) for row in rows]

    return sorted(store.look(look), key=lambda one: one["id"])


def as_shown(store: Store) -> list[dict[str, Any]]:
    """The same visits as the queue's snapshot has them."""
    queue = Snapshots(store, SHOP).queue()
    lists = (*queue["pending"], *queue["in_progress"], *queue["finished"])
    shown = [{k: v for k, v in one.items() if k != "estimated_wait_minutes"} for one in lists]
    return sorted(shown, key=lambda one: one["id"])


def test_the_text_of_a_row_says_what_the_object_has(
    visits: Visits, store: Store, spa: Spa, busy: list[int]
) -> None:
    _, at_the_desk, *_ = busy
    assert as_shown(store) == as_objects(store)

    def change(unit: UnitOfWork) -> None:
        row = unit.session.get_one(Transaction, at_the_desk)
        row.note = row.items[0].service_name = ODD
        row.items[0].price = Decimal("0.005")
        unit.session.get_one(Staff, spa.ana.id).name = ODD
        for item in (None, row.items[0].id):
            unit.session.add(
                Adjustment(
                    transaction_id=row.id,
                    item_id=item,
                    kind=AdjustmentKind.PERCENT_OFF,
                    value=Decimal("12.5"),
                    amount=Decimal("1.125"),
                    reason=ODD,
                    by_name="Eva",
                    created_at=unit.now(),
                )
            )

    # What was remembered of the rows before does not show any more.
    store.run(change)
    shown = as_shown(store)
    assert shown == as_objects(store)
    assert ODD in str(shown[0]["note"])
    assert [len(one["adjustments"]) for one in shown if one["id"] == at_the_desk] == [2]


def test_the_demo_reads_the_same_texts(sqlite_store: Store) -> None:
    visits = Visits(sqlite_store, open_spa(sqlite_store))
    for state in ("at_the_desk", "finished", "called", "waiting"):
        getattr(visits, state)()
    assert len(as_shown(sqlite_store)) == 4
    assert as_shown(sqlite_store) == as_objects(sqlite_store)
    snapshots = Snapshots(sqlite_store, SHOP)
    assert snapshots.news([]).mark == snapshots.mark()
