"""What the lobby board names, and what a customer is told before they take a number."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from appliance.server.domain.lanes import WantedKind
from appliance.server.domain.waits import Reach
from appliance.server.store import queries
from appliance.server.usecases import waits
from appliance.server.usecases.shop import Shop
from tests.support.spa import Clock, Spa, shop
from tests.support.visits import Visits

SHOP = shop()


def test_a_call_stays_on_the_board_for_minutes_after_the_treatment_has_begun(
    visits: Visits, spa: Spa, clock: Clock
) -> None:
    begun = visits.in_service(spa.ana)
    waiting = visits.called(spa.ben)

    def board() -> queries.Board:
        return visits.store.run(lambda u: queries.board(u.session, clock.now))

    codes = [visits.row(each).code for each in (begun, waiting)]
    assert [code for code, _, _ in board().calls] == codes[1:]
    assert [(code, room) for code, room, _ in board().recent_calls] == [(codes[0], "1")]
    clock.advance(minutes=6)
    assert [code for code, _, _ in board().calls] == codes[1:]
    assert list(board().recent_calls) == []


def test_a_board_says_how_many_wait_behind_those_it_names(
    visits: Visits, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(5):
        visits.waiting()
    assert visits.store.run(lambda u: queries.board(u.session, clock.now)).more_waiting == 0
    monkeypatch.setattr(queries, "LIST_LIMIT", 3)
    board = visits.store.run(lambda u: queries.board(u.session, clock.now))
    assert [place.code for place in board.waiting] == ["0001", "0002", "0003"]
    assert board.more_waiting == 2


def test_who_would_not_be_reached_today_is_told_before_the_number(
    visits: Visits, spa: Spa, clock: Clock
) -> None:
    closing = clock.now + timedelta(minutes=100)
    closes = replace(SHOP, closes=closing.astimezone(SHOP.day.timezone).time())

    def prospect(minutes: int, shop: Shop = closes) -> waits.Prospect:
        return visits.store.run(lambda u: waits.prospect(u, shop, minutes, WantedKind.ANYONE, None))

    now = prospect(60)
    assert (now.people_before, now.wait, now.closing, now.reach) == (0, 0, closing, Reach.LIKELY)
    visits.called(spa.ana)
    visits.called(spa.ben)
    visits.waiting()
    now = prospect(30)
    assert (now.people_before, now.wait, now.reach) == (1, 60, Reach.LIKELY)
    assert prospect(60).reach is Reach.UNLIKELY
    assert prospect(60, SHOP).reach is Reach.LIKELY
    clock.advance(minutes=101)
    assert prospect(0).reach is Reach.CLOSED
