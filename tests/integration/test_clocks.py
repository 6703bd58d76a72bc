"""Clocks that lie: what a wrong one leaves behind, and a right one that is set."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from appliance.protocol import Gesture, PrintRole
from appliance.server.auth import enrolment, tokens
from appliance.server.auth.journal import Journal
from appliance.server.clock import ServerClock
from appliance.server.domain.errors import InvalidCredentials, InvalidState
from appliance.server.domain.papers import ATTEMPTS_IN_ORDER, LEASE_TIME
from appliance.server.domain.security import LINK_LIFETIME
from appliance.server.domain.states import SYSTEM, TransactionStatus
from appliance.server.domain.turns import FIRST_REFUSAL, TurnRule
from appliance.server.store import moments, queries
from appliance.server.store.db import Database
from appliance.server.store.models import (
    AuthToken,
    Base,
    NoShow,
    Printer,
    TransactionCounter,
)
from appliance.server.store.types import UtcDateTime
from appliance.server.store.unit_of_work import Store
from appliance.server.sweeper import Sweeper
from appliance.server.usecases import cashier, daemons, manager, papers, rooms, therapist
from appliance.server.usecases.manager import visits as stuck
from appliance.server.usecases.till import days
from tests.support.spa import Clock, Hands, Spa, open_spa, shop
from tests.support.till import Till
from tests.support.visits import Visits

SHOP = shop()
ROTATION = replace(SHOP, turn_rule=TurnRule.ROTATION)
S = TransactionStatus
TODAY = "2026-11-22"


@pytest.fixture
def sweeper(store: Store) -> Sweeper:
    return Sweeper(store, SHOP, Journal(store))


def ahead(visits: Visits) -> list[str]:
    """What `appliance db check` tells of the clock."""
    return visits.store.run(
        lambda u: [one.what for one in moments.ahead(u.session, u.now(), SHOP.day)]
    )


def call(visits: Visits, who) -> int:
    return visits.store.run(lambda u: therapist.confirm_next(u, SHOP, who)).id


WRONG = [timedelta(days=400), timedelta(hours=3), timedelta(hours=20)]


@pytest.fixture(params=WRONG, ids=["400 days", "3 hours", "over midnight"])
def wrong(request: pytest.FixtureRequest) -> timedelta:
    """How far ahead the clock is for a while."""
    return request.param


# --- a clock that was ahead, and is right again when the server starts ---------------------------


def test_papers_and_days_after_a_wrong_clock_have_the_real_date(
    visits: Visits, clock: Clock, wrong: timedelta
) -> None:
    clock.now += wrong
    visits.waiting()
    clock.now -= wrong
    row = visits.row(visits.waiting())
    (*_, job) = visits.jobs()
    assert row.business_date == TODAY
    assert job.document["at"].startswith(TODAY)
    assert row.touched_at <= clock()
    assert visits.history(row.id)[-1].at <= clock()


def test_the_order_stays_whatever_the_clock_says(
    visits: Visits, spa: Spa, clock: Clock, sweeper: Sweeper, wrong: timedelta
) -> None:
    order = [visits.waiting()]
    clock.advance(minutes=5)
    clock.now += wrong
    order += [visits.waiting(), visits.waiting()]
    clock.now -= wrong
    order.append(visits.waiting())
    sweeper.sweep()
    order.append(visits.waiting())
    confirmed = [visits.row(key).selection_confirmed_at for key in order]
    assert confirmed == sorted(confirmed)
    assert all(at <= clock() for at in confirmed)
    assert [call(visits, who) for who in (spa.ana, spa.ben)] == order[:2]
    assert visits.broken_promises() == []


def test_the_desk_goes_on_in_its_order(
    visits: Visits, spa: Spa, clock: Clock, sweeper: Sweeper, wrong: timedelta
) -> None:
    order = [visits.finished()]
    clock.now += wrong
    order += [visits.finished(), visits.finished()]
    clock.now -= wrong
    sweeper.sweep()
    order.append(visits.finished())
    found = [visits.store.run(lambda u: cashier.claim_next(u, SHOP, spa.eva)).id]
    visits.pay(found[0], "100")
    found.append(visits.store.run(lambda u: cashier.claim_next(u, SHOP, spa.eva)).id)
    assert found == order[:2]


def test_numbers_start_again_the_next_morning_and_none_comes_twice(
    visits: Visits, clock: Clock, sweeper: Sweeper, wrong: timedelta
) -> None:
    visits.waiting()
    clock.now += wrong
    visits.waiting()
    clock.now -= wrong
    sweeper.sweep()
    visits.waiting()
    clock.advance(days=1)
    clock.now = clock.now.replace(hour=4, minute=30)
    sweeper.sweep()
    row = visits.row(visits.waiting())
    tomorrow = (date.fromisoformat(TODAY) + timedelta(days=1)).isoformat()
    assert row.code_series.startswith(f"{tomorrow}/")
    assert row.code == "0004"  # the first three are held by those who still wait
    assert visits.broken_promises() == []


def test_a_visit_of_a_wrong_day_is_counted_under_the_real_one(
    visits: Visits, clock: Clock, sweeper: Sweeper
) -> None:
    clock.now += timedelta(days=400)
    paid = visits.paid()
    token = visits.row(paid).ticket_token
    clock.now -= timedelta(days=400)
    assert ahead(visits)
    sweeper.sweep()
    row = visits.row(paid)
    assert row.business_date == TODAY
    assert row.paid_at <= clock()
    assert row.payment.created_at <= clock()
    # Its phone still shows it: it is today's.
    assert visits.store.run(lambda u: queries.ticket(u.session, token, TODAY, u.now())) is not None


def test_everything_ahead_is_told_and_heals(
    visits: Visits,
    spa: Spa,
    clock: Clock,
    sweeper: Sweeper,
    wrong: timedelta,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def go_on_duty(unit) -> None:
        tokens.issue(unit, manager.staff_named(unit, "ana"))
        manager.staff_named(unit, "ana").on_duty_since = unit.now()

    printer = [daemons.Introduced("lobby", [PrintRole.TICKET])]
    clock.now += wrong
    visits.store.run(go_on_duty)
    visits.store.run(lambda u: daemons.introduce(u, spa.peripherals, printer))
    choosing = visits.choosing(spa.swedish_30)
    visits.at_the_desk()
    visits.in_service()
    visits.waiting()
    for _ in range(ATTEMPTS_IN_ORDER):
        job = visits.store.run(lambda u: papers.lease(u, "lobby", [PrintRole.TICKET]))
        visits.store.run(
            lambda u, j=job: papers.failed(u, j.id, j.lease, "out of paper", maybe=False)
        )
    clock.now -= wrong
    assert "a therapist's duty" in ahead(visits)
    assert "the last place in the queue" in ahead(visits)
    with caplog.at_level(logging.WARNING):
        sweeper.sweep()
    assert "the clock was wrong then, or is wrong now" in caplog.text
    assert ahead(visits) == []
    assert visits.row(choosing).status is S.SELECTING
    # The paper is tried again within the minute, and the log-in ends a day from now.
    clock.advance(seconds=LEASE_TIME.total_seconds() + 1)
    assert visits.store.run(lambda u: papers.lease(u, "lobby", [PrintRole.TICKET])) is not None
    ends = visits.store.run(lambda u: u.session.scalars(select(AuthToken.expires_at)).all())
    assert ends
    assert max(ends) <= clock() + tokens.LIFETIME
    assert visits.broken_promises() == []
    caplog.clear()
    sweeper.sweep()
    assert caplog.text == ""


def second_after_the_first(visits: Visits, spa: Spa, pass_time: Callable[[], object]) -> None:
    """In rotation: who is second has to wait for a little, and then may call."""
    visits.waiting()
    with pytest.raises(InvalidState, match="Ana is first"):
        visits.store.run(lambda u: therapist.confirm_next(u, ROTATION, spa.ben))
    pass_time()
    visits.store.run(lambda u: therapist.confirm_next(u, ROTATION, spa.ben))


def test_a_call_by_a_wrong_clock_keeps_nobody_out_of_the_rotation(
    visits: Visits, spa: Spa, clock: Clock, sweeper: Sweeper, wrong: timedelta
) -> None:
    visits.shop = ROTATION
    clock.now += wrong
    visits.finished(spa.ana)
    visits.finished(spa.ben)
    clock.now -= wrong
    assert {"the last call in rotation", "a room's state"} <= set(ahead(visits))
    sweeper.sweep()
    second_after_the_first(
        visits, spa, lambda: clock.advance(seconds=FIRST_REFUSAL.total_seconds() + 1)
    )
    assert ahead(visits) == []


def test_money_is_in_the_z_of_the_real_day(
    visits: Visits, spa: Spa, clock: Clock, sweeper: Sweeper
) -> None:
    till = Till(visits.store, spa, clock, SHOP)
    clock.now += timedelta(days=400)
    till.sale("80", spa.swedish_60)
    clock.now -= timedelta(days=400)
    assert "the business day of a cashier's shift" in ahead(visits)
    sweeper.sweep()
    assert ahead(visits) == []
    till.sale("80", spa.swedish_60)
    till.count_and_close()
    sealed = till.close_day()
    assert (sealed.business_date, sealed.grand_total) == (TODAY, Decimal(160))
    assert visits.broken_promises() == []


def test_what_a_z_has_sealed_is_not_rewritten(
    visits: Visits, spa: Spa, clock: Clock, sweeper: Sweeper
) -> None:
    till = Till(visits.store, spa, clock, SHOP)
    clock.now += timedelta(days=400)
    till.sale("80", spa.swedish_60)
    till.count_and_close()
    sealed = till.close_day().document
    clock.now -= timedelta(days=400)
    sweeper.sweep()
    assert ahead(visits) == []
    till.sale("80", spa.swedish_60)
    till.count_and_close()
    after = till.close_day()
    assert (after.business_date, after.grand_total) == (TODAY, Decimal(160))
    assert till.run(lambda u: days.numbered(u, 1).document) == sealed
    assert visits.broken_promises() == []


def test_who_leaves_without_paying_after_a_z_of_a_wrong_clock_is_in_the_next(
    visits: Visits, spa: Spa, clock: Clock, sweeper: Sweeper
) -> None:
    till = Till(visits.store, spa, clock, SHOP)

    def walk_out() -> None:
        left = visits.finished()
        till.run(lambda u: stuck.cancel(u, SHOP, spa.manager, left, "left"))

    def uncollected() -> int:
        return int(json.loads(till.close_day().document)["uncollected"]["count"])

    clock.now += timedelta(days=400)
    walk_out()
    assert uncollected() == 1
    clock.now -= timedelta(days=400)
    sweeper.sweep()
    clock.advance(minutes=5)
    walk_out()
    assert uncollected() == 1
    clock.advance(days=1)
    walk_out()
    assert uncollected() == 1
    clock.advance(days=1)
    assert uncollected() == 0


def test_who_did_not_come_is_counted_under_the_real_day(
    visits: Visits, spa: Spa, clock: Clock, sweeper: Sweeper
) -> None:
    clock.now += timedelta(days=400)
    called = visits.called()
    visits.store.run(lambda u: therapist.no_show(u, SHOP, spa.ana, called, None))
    clock.now -= timedelta(days=400)
    sweeper.sweep()
    assert visits.store.run(lambda u: u.session.scalars(select(NoShow.business_date)).all()) == [
        TODAY
    ]
    assert ahead(visits) == []


def test_an_enrolment_link_of_a_wrong_clock_is_over(
    visits: Visits, clock: Clock, sweeper: Sweeper, wrong: timedelta
) -> None:
    clock.now += wrong
    link = visits.store.run(lambda u: manager.enrolment_link(u, SYSTEM, SHOP, "door"))
    clock.now -= wrong
    assert ahead(visits) == ["an enrolment link"]
    sweeper.sweep()
    with pytest.raises(InvalidCredentials):
        visits.store.run(lambda u: enrolment._exchange(u, link.partition("#")[2], None))
    assert ahead(visits) == []


def test_every_stored_time_is_moved_or_stays_for_a_reason() -> None:
    """A new column that nobody thought of would be frozen by the next wrong clock."""
    told = "what has happened and is on paper or in the history"
    due = "a day of the calendar that a manager has chosen"
    stays = {
        "adjustments.created_at": told,
        "auth_tokens.created_at": told,
        "catalog_photos.created_at": "only when a photo that nothing shows may go",
        "device_sessions.created_at": "ids say which browser is the oldest",
        "devices.created_at": told,
        "devices.revoked_at": told,
        "drawer_pulses.asked_at": "one that is dated ahead is dropped at once",
        "enrolment_codes.used_at": told,
        "history.at": told,
        "no_shows.at": told,
        "print_jobs.printed_at": "only when an old ticket may be forgotten",
        "refunds.created_at": told,
        "scheduled_prices.valid_from": due,
        "service_classifications.hidden_until": due,
        "services.hidden_until": due,
        "shift_counts.at": told,
        "shift_movements.at": told,
        "staff.disabled_at": told,
        "tenders.at": told,
        "tip_shares.at": told,
        "z_reports.created_at": told,
    }
    stored = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, UtcDateTime)
    }
    assert stored == moments.KEPT_IN_STEP | stays.keys()
    assert not moments.KEPT_IN_STEP & stays.keys()


def test_two_servers_whose_clocks_differ_a_little_heal_nothing(
    visits: Visits, clock: Clock, sweeper: Sweeper
) -> None:
    clock.now += timedelta(seconds=30)
    visits.waiting()
    clock.now -= timedelta(seconds=30)
    sweeper.sweep()
    assert visits.store.run(lambda u: u.session.scalar(select(TransactionCounter.wraps))) == 0
    assert ahead(visits) == []


# --- a clock that is set while the server runs --------------------------------------------------


@pytest.fixture
def hands() -> Hands:
    """The clock on the wall."""
    return Hands()


@pytest.fixture
def running(database: Database, hands: Hands) -> Store:
    """The store of a server that runs by it."""
    return Store(database, ServerClock(hands.wall, hands.elapsed))


@pytest.fixture
def shift(running: Store) -> Visits:
    """Its customers and staff."""
    return Visits(running, open_spa(running))


@pytest.fixture
def sweep(running: Store) -> Callable[[], None]:
    """What the running server does every two seconds."""
    sweeper = Sweeper(running, SHOP, Journal(running))
    sweeper.recover()
    return sweeper.sweep


STEPS = [timedelta(hours=40), timedelta(hours=12), timedelta(days=-400), timedelta(hours=-3)]


@pytest.fixture(params=STEPS, ids=str)
def step(request: pytest.FixtureRequest) -> timedelta:
    """By how much the clock is set."""
    return request.param


def test_setting_the_clock_logs_nobody_out_and_cancels_nobody(
    shift: Visits, hands: Hands, sweep: Callable[[], None], step: timedelta
) -> None:
    store, spa = shift.store, shift.spa
    token, _ = store.run(lambda u: tokens.issue(u, manager.staff_named(u, "ana")))
    inside = shift.in_service()
    choosing = shift.choosing(spa.swedish_30)
    hands.advance(seconds=30)
    hands.put(seconds=step.total_seconds())
    # Before the sweeper comes by, too.
    assert store.run(lambda u: tokens.find_person(u, token)) is not None
    sweep()
    assert abs(store.clock() - hands.wall()) < timedelta(seconds=1)
    assert shift.row(choosing).status is S.SELECTING
    live = store.run(lambda u: tokens.find_person(u, token))
    assert live is not None
    assert live.expires_at <= store.clock() + tokens.LIFETIME
    assert store.run(lambda u: manager.staff_named(u, "ana").on_duty_since) is not None
    store.run(lambda u: rooms.gesture(u, SHOP, "1", Gesture.HOLD, u.now()))
    assert shift.row(inside).status is S.FINISHED
    assert ahead(shift) == []
    assert shift.broken_promises() == []


def test_what_runs_has_its_time_by_the_seconds_that_pass(
    shift: Visits, hands: Hands, sweep: Callable[[], None], step: timedelta
) -> None:
    store = shift.store
    token, _ = store.run(lambda u: tokens.issue(u, manager.staff_named(u, "ana")))
    choosing = shift.choosing(shift.spa.swedish_30)
    shift.waiting()
    store.run(lambda u: papers.lease(u, "lobby", [PrintRole.TICKET]))
    hands.put(seconds=step.total_seconds())
    sweep()
    (job,) = shift.jobs()
    assert job.state == "leased"
    hands.advance(seconds=LEASE_TIME.total_seconds() + 1)
    sweep()
    assert shift.jobs()[0].state == "waiting"
    hands.advance(seconds=60)
    sweep()
    assert shift.row(choosing).status is S.CANCELLED
    hands.advance(hours=24)
    sweep()
    assert store.run(lambda u: tokens.find_person(u, token)) is None


def test_times_that_screens_count_from_move_with_the_clock(
    shift: Visits, hands: Hands, sweep: Callable[[], None], step: timedelta
) -> None:
    waiting, inside = [], shift.in_service()
    waiting.append(shift.waiting())
    hands.advance(minutes=10)
    waiting.append(shift.waiting())
    hands.put(seconds=step.total_seconds())
    sweep()
    waiting.append(shift.waiting())
    now = shift.store.clock()
    row = shift.row(inside)
    assert timedelta(minutes=9) < now - row.service_start_at < timedelta(minutes=11)
    places = [shift.row(key).selection_confirmed_at for key in waiting]
    assert places == sorted(places)
    assert timedelta(minutes=9) < now - places[0] < timedelta(minutes=11)
    assert row.business_date == SHOP.day.date_of(now).isoformat()


def test_set_wrong_and_right_again_everything_is_as_it_was(
    shift: Visits, hands: Hands, sweep: Callable[[], None]
) -> None:
    there = [shift.waiting()]
    before = shift.row(there[0]).selection_confirmed_at
    hands.advance(minutes=1)
    hands.put(days=400)
    sweep()
    there.append(shift.waiting())
    hands.advance(minutes=1)
    hands.put(days=-400)
    sweep()
    there.append(shift.waiting())
    rows = [shift.row(key) for key in there]
    assert abs(rows[0].selection_confirmed_at - before) < timedelta(milliseconds=1)
    assert [row.business_date for row in rows] == [TODAY] * 3
    assert sorted(row.selection_confirmed_at for row in rows) == [
        row.selection_confirmed_at for row in rows
    ]
    assert ahead(shift) == []
    assert shift.broken_promises() == []


def test_a_machine_without_a_battery_clock_loses_nothing(
    shift: Visits, database: Database, hands: Hands, sweep: Callable[[], None]
) -> None:
    spa = shift.spa
    token, _ = shift.store.run(lambda u: tokens.issue(u, manager.staff_named(u, "ana")))
    first, second = shift.waiting(), shift.waiting()
    sweep()
    # The power fails; the machine starts with a clock two days behind, and serves.
    hands.put(days=-2)
    restarted = Store(database, ServerClock(hands.wall, hands.elapsed))
    sweeper = Sweeper(restarted, SHOP, Journal(restarted))
    sweeper.recover()
    after = Visits(restarted, spa)
    third = after.waiting()
    assert restarted.run(lambda u: tokens.find_person(u, token)) is not None
    # A time server answers.
    hands.advance(minutes=3)
    hands.put(days=2)
    sweeper.sweep()
    fourth = after.waiting()
    assert restarted.run(lambda u: tokens.find_person(u, token)) is not None
    rows = [after.row(key) for key in (first, second, third, fourth)]
    places = [row.selection_confirmed_at for row in rows]
    assert places == sorted(places)
    assert all(timedelta(0) <= restarted.clock() - at < timedelta(minutes=5) for at in places)
    assert [row.business_date for row in rows] == [TODAY] * 4
    assert ahead(after) == []
    assert after.broken_promises() == []


def test_the_history_tells_that_the_clock_was_set(
    shift: Visits, hands: Hands, sweep: Callable[[], None], caplog: pytest.LogCaptureFixture
) -> None:
    hands.put(hours=40)
    with caplog.at_level(logging.WARNING):
        sweep()
    assert "the clock was set forward by 40 hours" in caplog.text
    caplog.clear()
    sweep()
    assert caplog.text == ""


def test_in_rotation_it_is_somebodys_turn_by_the_seconds_that_pass(
    shift: Visits, hands: Hands, sweep: Callable[[], None], step: timedelta
) -> None:
    shift.shop = ROTATION
    shift.finished(shift.spa.ana)
    shift.finished(shift.spa.ben)
    hands.put(seconds=step.total_seconds())
    sweep()
    second_after_the_first(
        shift, shift.spa, lambda: hands.advance(seconds=FIRST_REFUSAL.total_seconds() + 1)
    )


def test_a_shift_and_a_link_go_with_the_clock(
    shift: Visits, hands: Hands, clock: Clock, sweep: Callable[[], None], step: timedelta
) -> None:
    store = shift.store
    till = Till(store, shift.spa, clock, SHOP)
    till.sale("80", shift.spa.swedish_60)
    links = [
        store.run(lambda u, to=to: manager.enrolment_link(u, SYSTEM, SHOP, to)).partition("#")[2]
        for to in ("door", "pool")
    ]
    hands.put(seconds=step.total_seconds())
    sweep()
    store.run(lambda u: enrolment._exchange(u, links[0], None))
    hands.advance(seconds=LINK_LIFETIME.total_seconds() + 1)
    with pytest.raises(InvalidCredentials, match="expired"):
        store.run(lambda u: enrolment._exchange(u, links[1], None))
    till.count_and_close()
    assert till.close_day().business_date == SHOP.day.date_of(store.clock()).isoformat()
    assert shift.broken_promises() == []


def test_trouble_of_a_printer_is_as_long_as_it_lasts(
    shift: Visits, hands: Hands, sweep: Callable[[], None]
) -> None:
    store, pi = shift.store, shift.spa.peripherals
    introduced = [daemons.Introduced("lobby", [PrintRole.TICKET])]
    store.run(lambda u: daemons.introduce(u, pi, introduced))
    since = store.run(lambda u: u.session.scalar(select(Printer.trouble_since)))
    assert since is not None
    hands.put(hours=40)
    sweep()
    since = store.run(lambda u: u.session.scalar(select(Printer.trouble_since)))
    assert store.clock() - since < timedelta(seconds=5)
