"""The queue as it moves: not here yet, stepped out, removed, left over from yesterday."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from appliance.server.auth.journal import Journal
from appliance.server.clock import ServerClock
from appliance.server.domain.errors import InvalidState, NothingWaiting
from appliance.server.domain.states import Actor, Hold, Role, TransactionStatus
from appliance.server.store import queries
from appliance.server.store.models import Transaction
from appliance.server.store.unit_of_work import Store
from appliance.server.sweeper import Sweeper
from appliance.server.usecases import cashier, queue, rooms, therapist
from appliance.server.usecases.manager import visits as stuck
from tests.support.spa import Clock, Hands, Spa, open_spa, shop
from tests.support.visits import Visits

SHOP = shop()
S = TransactionStatus


@pytest.fixture
def sweeper(store: Store) -> Sweeper:
    return Sweeper(store, SHOP, Journal(store))


def do(visits: Visits, verb: Callable[..., Transaction], *what: Any) -> Transaction:
    return visits.store.run(lambda u: verb(u, SHOP, *what))


def call_next(visits: Visits, who: Actor) -> int:
    return do(visits, therapist.confirm_next, who).id


def guest(visit: int) -> Actor:
    return Actor(Role.CUSTOMER, visit, "customer")


def lamp(visits: Visits) -> str:
    return visits.store.run(lambda u: rooms.lamps(u, SHOP))["1"]


# --- not here yet -----------------------------------------------------------------------------


def test_who_is_not_here_yet_is_passed_over_and_then_first_again(
    visits: Visits, spa: Spa, sweeper: Sweeper, clock: Clock
) -> None:
    absent = visits.called()
    second, third = visits.waiting(), visits.waiting()
    row = do(visits, therapist.not_here_yet, spa.ana, absent)
    assert (row.status, row.hold, row.therapist_id) == (S.PENDING_THERAPIST, Hold.SKIPPED, None)
    assert visits.room().current_transaction_id is None
    assert call_next(visits, spa.ana) == second
    do(visits, therapist.no_show, spa.ana, second, None)
    clock.advance(minutes=2, seconds=55)
    sweeper.sweep()
    assert visits.row(absent).hold is Hold.SKIPPED
    clock.advance(seconds=6)
    sweeper.sweep()
    assert visits.row(absent).hold is None
    assert call_next(visits, spa.ben) == absent != third
    assert visits.broken_promises() == []


def test_if_nobody_else_waits_a_press_says_so_and_the_lamp_is_dark(
    visits: Visits, spa: Spa, sweeper: Sweeper, clock: Clock
) -> None:
    absent = visits.called()
    do(visits, therapist.not_here_yet, spa.ana, absent)
    with pytest.raises(NothingWaiting, match="not here yet"):
        call_next(visits, spa.ana)
    assert lamp(visits) == "off"
    clock.advance(minutes=3)
    sweeper.sweep()
    assert lamp(visits) == "slow_blink"
    assert call_next(visits, spa.ana) == absent


def test_who_turns_up_meanwhile_is_called_at_once(visits: Visits, spa: Spa) -> None:
    absent = visits.called()
    visits.waiting()
    do(visits, therapist.not_here_yet, spa.ana, absent)
    do(visits, queue.put_back, spa.eva, absent)
    with pytest.raises(InvalidState):
        do(visits, queue.put_back, spa.eva, absent)
    assert call_next(visits, spa.ana) == absent
    assert visits.history(absent)[-2].detail == {"hold": "skipped"}
    assert visits.broken_promises() == []


@pytest.mark.parametrize("minutes", [-180, 180])
def test_a_clock_that_is_set_neither_ends_nor_lengthens_it(store: Store, minutes: int) -> None:
    hands = Hands()
    store.clock = ServerClock(hands.wall, hands.elapsed)
    visits = Visits(store, open_spa(store))
    sweeper = Sweeper(store, SHOP, Journal(store))
    absent = visits.called()
    do(visits, therapist.not_here_yet, visits.spa.ana, absent)
    hands.advance(minutes=1)
    hands.put(minutes=minutes)
    sweeper.sweep()
    assert visits.row(absent).hold is Hold.SKIPPED
    hands.advance(minutes=2, seconds=1)
    sweeper.sweep()
    assert visits.row(absent).hold is None


def test_what_a_clock_far_ahead_has_skipped_is_healed_at_the_start(
    visits: Visits, spa: Spa, clock: Clock, sweeper: Sweeper
) -> None:
    clock.advance(days=400)
    absent = visits.called()
    do(visits, therapist.not_here_yet, spa.ana, absent)
    clock.advance(days=-400)
    Sweeper(visits.store, SHOP, Journal(visits.store)).recover()
    since = visits.row(absent).held_since
    assert since is not None
    assert since <= clock.now
    clock.advance(minutes=3)
    sweeper.sweep()
    assert visits.row(absent).hold is None


# --- stepping out, leaving, removing ----------------------------------------------------------


def test_who_steps_out_keeps_the_place_and_is_named_if_it_takes_too_long(
    visits: Visits, spa: Spa, sweeper: Sweeper, clock: Clock
) -> None:
    out, other = visits.waiting(), visits.waiting()
    do(visits, queue.step_out, guest(out))
    board = visits.store.run(lambda u: queries.board(u.session, clock.now))
    assert [place.code for place in board.waiting] == ["0002"]
    with pytest.raises(InvalidState):
        do(visits, queue.step_out, guest(out))
    assert call_next(visits, spa.ana) == other
    clock.advance(minutes=16)
    sweeper.sweep()
    sweeper.sweep()
    assert visits.row(out).hold is Hold.STAYED_OUT
    assert [row.event for row in visits.history(out)].count("customer_stayed_out") == 1
    visits.waiting()
    do(visits, queue.come_back, guest(out))
    assert call_next(visits, spa.ben) == out
    assert visits.broken_promises() == []


def test_estimates_and_places_count_only_who_may_be_called(visits: Visits, clock: Clock) -> None:
    out = visits.waiting()
    visits.waiting()
    do(visits, queue.step_out, guest(out))
    assert visits.confirm(None, [visits.spa.swedish_30]).queue_position == 2
    seen = visits.store.run(lambda u: queries.queue(u.session, clock.now))
    assert (seen.counts["pending"], seen.counts["on_hold"]) == (2, 1)
    assert seen.waits[0] is None
    assert None not in seen.waits[1:]


@pytest.mark.parametrize("hold", [None, *(Hold)])
@pytest.mark.parametrize("who", ["ana", "eva", "guest"])
def test_who_waits_can_be_taken_off_the_list(
    visits: Visits, spa: Spa, hold: Hold | None, who: str
) -> None:
    waiting = visits.waiting()
    visits.store.run(lambda u: setattr(u.session.get(Transaction, waiting), "hold", hold))
    if who == "guest":
        row = do(visits, queue.leave, guest(waiting))
        assert row.note == "left the queue"
    else:
        actor = spa.ana if who == "ana" else spa.eva
        row = do(visits, queue.remove, actor, waiting, " had to go ")
        assert row.note == "had to go"
    assert (row.status, row.hold, row.open_code) == (S.CANCELLED, None, None)
    assert visits.broken_promises() == []


def test_who_has_been_called_is_not_on_the_list_any_more(visits: Visits, spa: Spa) -> None:
    called = visits.called()
    for verb, what in (
        (queue.remove, (spa.eva, called)),
        (queue.leave, (guest(called),)),
        (queue.step_out, (guest(called),)),
    ):
        with pytest.raises(InvalidState, match="called to a room"):
            do(visits, verb, *what)


def test_who_was_called_by_the_release_before_is_on_hold_no_more(
    visits: Visits, sweeper: Sweeper
) -> None:
    """It knows no holds: they are found at the start."""
    called, waits = visits.called(), visits.waiting()
    for key in (called, waits):
        visits.store.run(
            lambda u, k=key: setattr(u.session.get(Transaction, k), "hold", Hold.SKIPPED)
        )
    assert any("on hold as skipped" in line for line in visits.broken_promises())
    sweeper.recover()
    assert (visits.row(called).hold, visits.row(waits).hold) == (None, Hold.SKIPPED)
    assert visits.broken_promises() == []


# --- from yesterday ---------------------------------------------------------------------------


def test_who_is_left_from_yesterday_is_on_a_list_and_called_by_nobody(
    visits: Visits, spa: Spa, sweeper: Sweeper, clock: Clock
) -> None:
    """One unpaid at the desk, one unpaid on the way, one waiting; the next day's come first."""
    with_eva, unpaid, waits = visits.at_the_desk(), visits.finished(), visits.waiting()
    sweeper.sweep()
    clock.advance(days=1)
    sweeper.sweep()
    assert {visits.row(key).hold for key in (with_eva, unpaid, waits)} == {Hold.CARRIED_OVER}
    with pytest.raises(NothingWaiting):
        call_next(visits, spa.ana)
    with pytest.raises(NothingWaiting):
        do(visits, cashier.claim_next, spa.felix)
    fresh = visits.waiting()
    assert visits.row(fresh).code == "0004", "the codes of those who are left are skipped"
    assert call_next(visits, spa.ana) == fresh
    # What is at the desk stays payable: by its number, and by its cashier.
    assert do(visits, cashier.claim_code, spa.felix, "0002").id == unpaid
    do(visits, cashier.release, spa.felix, unpaid)
    visits.pay(with_eva, "100")
    assert visits.row(with_eva).hold is None
    do(visits, stuck.cancel, spa.manager, unpaid, "never came back")
    do(visits, queue.put_back, spa.manager, waits)
    assert call_next(visits, spa.ben) == waits
    assert visits.broken_promises() == []


def test_who_was_put_back_stays_in_the_queue_of_that_day(
    visits: Visits, spa: Spa, sweeper: Sweeper, clock: Clock
) -> None:
    waits = visits.waiting()
    clock.advance(days=1)
    sweeper.recover()
    do(visits, queue.put_back, spa.manager, waits)
    Sweeper(visits.store, SHOP, Journal(visits.store)).recover()
    assert visits.row(waits).hold is None
    clock.advance(days=1)
    sweeper.sweep()
    assert visits.row(waits).hold is Hold.CARRIED_OVER


def test_a_clock_a_day_ahead_leaves_nobody_on_yesterdays_list(
    visits: Visits, sweeper: Sweeper, clock: Clock
) -> None:
    waits = visits.waiting()
    sweeper.recover()
    clock.now += timedelta(days=1)
    sweeper.sweep()
    assert visits.row(waits).hold is Hold.CARRIED_OVER
    clock.now -= timedelta(days=1)
    sweeper.sweep()
    assert visits.row(waits).hold is None


def test_who_is_in_treatment_when_the_day_starts_pays_as_usual(
    visits: Visits, spa: Spa, sweeper: Sweeper, clock: Clock
) -> None:
    treated = visits.in_service()
    sweeper.sweep()
    clock.advance(days=1)
    sweeper.sweep()
    do(visits, therapist.finish_service, spa.ana, treated)
    assert do(visits, cashier.claim_next, spa.eva).id == treated
