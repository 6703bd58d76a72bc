"""What happens although nobody asks."""

from __future__ import annotations

from typing import Any

import pymysql
import pytest
from sqlalchemy import event, select
from sqlalchemy.exc import DBAPIError

from appliance.protocol import Paper, PrintRole
from appliance.server.auth import tokens
from appliance.server.auth.journal import Journal
from appliance.server.domain.errors import Unavailable
from appliance.server.domain.papers import LEASE_TIME
from appliance.server.domain.states import TransactionStatus
from appliance.server.domain.visits import Event
from appliance.server.store import unit_of_work
from appliance.server.store.answers import Request
from appliance.server.store.models import (
    AuthToken,
    Device,
    Printer,
    Staff,
    StoredResult,
)
from appliance.server.store.unit_of_work import Changes, Store, UnitOfWork
from appliance.server.sweeper import Sweeper
from appliance.server.usecases import daemons, kiosk, manager, papers
from appliance.server.usecases.cashier import INTERRUPTED
from appliance.server.usecases.steps import Step
from appliance.server.wire.errors import refusal
from tests.support.spa import Clock, Spa, shop
from tests.support.visits import Visits

SHOP = shop()
S = TransactionStatus


@pytest.fixture
def sweeper(store: Store) -> Sweeper:
    return Sweeper(store, SHOP, Journal(store))


# --- a database that takes no changes ---------------------------------------------------------


def test_whether_changes_are_saved_again_is_not_tried_at_once(
    store: Store, sweeper: Sweeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: UnitOfWork) -> None:
        full = pymysql.err.OperationalError(1114, "the table is full")
        raise DBAPIError.instance("INSERT", None, full, pymysql.err.Error)

    with pytest.raises(Unavailable):
        store.run(refuse)
    sweeper.sweep()
    assert not store.saves
    monkeypatch.setattr(unit_of_work, "WORTH_TRYING_SECONDS", 0.0)
    sweeper.sweep()
    assert store.saves


# --- selections that nobody touches -----------------------------------------------------------


def test_a_selection_that_nobody_touches_is_cancelled(
    visits: Visits, spa: Spa, sweeper: Sweeper, clock: Clock
) -> None:
    there = visits.choosing(spa.swedish_30)
    clock.advance(seconds=121)
    sweeper.sweep()
    row = visits.row(there)
    assert (row.status, row.note) == (S.CANCELLED, "timed out at the kiosk")
    last = visits.history(there)[-1]
    assert (last.event, last.actor_role) == ("selecting_timed_out", "system")
    assert visits.broken_promises() == []


def test_a_selection_has_its_time(visits: Visits, spa: Spa, sweeper: Sweeper, clock: Clock) -> None:
    there = visits.choosing(spa.swedish_30)
    clock.advance(seconds=119)
    sweeper.sweep()
    assert visits.row(there).status is S.SELECTING


def test_every_tap_starts_the_time_again(
    visits: Visits, spa: Spa, sweeper: Sweeper, clock: Clock
) -> None:
    there = visits.choosing(spa.swedish_30)
    for _ in range(3):
        clock.advance(seconds=100)
        visits.store.run(lambda u: kiosk.add_item(u, SHOP, spa.kiosk, there, spa.swedish_30))
        sweeper.sweep()
    assert visits.row(there).status is S.SELECTING


def test_nobody_else_times_out(visits: Visits, spa: Spa, sweeper: Sweeper, clock: Clock) -> None:
    states = {
        visits.waiting(): S.PENDING_THERAPIST,
        visits.at_the_desk(): S.AWAITING_PAYMENT,
    }
    waiting = next(iter(states))
    clock.advance(days=1)
    sweeper.sweep()
    # The queue is first come, first served: the one who waited is the one at the desk.
    assert {visits.row(key).status for key in states} == set(states.values())
    assert visits.row(waiting).status is S.AWAITING_PAYMENT


def test_a_tap_that_comes_just_in_time_wins(
    visits: Visits, spa: Spa, sweeper: Sweeper, clock: Clock
) -> None:
    there = visits.choosing(spa.swedish_30)
    clock.advance(seconds=121)
    engine = visits.store.database.engine
    taps: list[str] = []

    def tap(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        # After the sweeper has looked who is idle, and before it locks them.
        if "FOR UPDATE" in statement and not taps:
            taps.append(statement)
            add = kiosk.add_item
            visits.store.run(lambda u: add(u, SHOP, spa.kiosk, there, spa.deep_60))

    event.listen(engine, "before_cursor_execute", tap)
    try:
        sweeper.sweep()
    finally:
        event.remove(engine, "before_cursor_execute", tap)
    assert taps, "the sweeper has locked nobody"
    row = visits.row(there)
    assert row.status is S.SELECTING
    assert len(row.items) == 2
    assert visits.broken_promises() == []


# --- leases -----------------------------------------------------------------------------------


def test_a_lease_that_runs_out_goes_back_to_the_queue(
    visits: Visits, sweeper: Sweeper, clock: Clock
) -> None:
    visits.waiting()
    visits.store.run(lambda u: papers.lease(u, "lobby", [PrintRole.TICKET]))
    sweeper.sweep()
    assert visits.jobs()[0].state == "leased"
    clock.advance(seconds=LEASE_TIME.total_seconds() + 1)
    sweeper.sweep()
    (job,) = visits.jobs()
    assert (job.state, job.maybe_printed) == ("waiting", True)


# --- answers and tokens -----------------------------------------------------------------------


def test_old_answers_are_forgotten_and_young_ones_kept(
    store: Store, spa: Spa, sweeper: Sweeper, clock: Clock
) -> None:
    def deliver(request_id: str) -> None:
        store.answer(
            lambda _: spa.kiosk,
            lambda u, actor: {"ok": True, "id": kiosk.start(u, SHOP, actor).id},
            refusal,
            Request(spa.kiosk, request_id, "customer_start"),
        )

    deliver("old")
    clock.advance(seconds=SHOP.keep_answers.total_seconds() - 60)
    deliver("young")
    clock.advance(seconds=120)
    sweeper.sweep()
    kept = store.run(lambda u: u.session.scalars(select(StoredResult.request_id)).all())
    assert kept == ["young"]


def test_expired_tokens_end_and_their_people_are_off_duty(
    store: Store, spa: Spa, sweeper: Sweeper, clock: Clock
) -> None:
    store.run(lambda u: tokens.issue(u, manager.staff_named(u, "ana")))
    clock.advance(hours=23)
    store.run(lambda u: tokens.issue(u, manager.staff_named(u, "ben")))
    clock.advance(hours=2)
    sweeper.sweep()
    left = store.run(lambda u: u.session.scalars(select(AuthToken.staff_id)).all())
    assert left == [spa.ben.id]
    on_duty = store.run(
        lambda u: u.session.scalars(
            select(Staff.username).where(Staff.on_duty_since.is_not(None))
        ).all()
    )
    assert on_duty == ["ben"]


def test_a_sweep_with_nothing_to_do_tells_nobody(
    visits: Visits, spa: Spa, sweeper: Sweeper
) -> None:
    visits.choosing(spa.swedish_30)
    told: list[Changes] = []
    visits.store.on_commit = told.append
    sweeper.sweep()
    assert told == []


# --- after a crash ----------------------------------------------------------------------------


def interrupt(visits: Visits, spa: Spa) -> int:
    """A crash between the two steps of a payment."""
    there = visits.at_the_desk()

    def half(unit) -> None:
        step = Step(unit, SHOP, spa.eva)
        transaction = step.transaction(there)
        step.apply(transaction, step.decide(transaction, Event.CASHIER_PAY))

    visits.store.run(half)
    assert visits.row(there).status is S.PAYING
    return there


def test_an_interrupted_payment_is_back_at_its_cashier_with_a_note(
    visits: Visits, spa: Spa, sweeper: Sweeper
) -> None:
    there = interrupt(visits, spa)
    sweeper.recover()
    row = visits.row(there)
    assert (row.status, row.cashier_id, row.note) == (S.AWAITING_PAYMENT, spa.eva.id, INTERRUPTED)
    assert visits.history(there)[-1].detail == {"reason": INTERRUPTED}
    assert visits.broken_promises() == []


def test_the_note_is_gone_once_the_customer_has_paid(
    visits: Visits, spa: Spa, sweeper: Sweeper
) -> None:
    there = interrupt(visits, spa)
    sweeper.recover()
    visits.pay(there, "100")
    row = visits.row(there)
    assert (row.status, row.note) == (S.PAID, None)
    assert visits.broken_promises() == []


def test_recovering_twice_recovers_once(visits: Visits, spa: Spa, sweeper: Sweeper) -> None:
    there = interrupt(visits, spa)
    sweeper.recover()
    before = visits.events(there)
    sweeper.recover()
    assert visits.events(there) == before


def test_other_customers_are_left_alone(visits: Visits, spa: Spa, sweeper: Sweeper) -> None:
    there = visits.at_the_desk()
    sweeper.recover()
    row = visits.row(there)
    assert (row.status, row.note) == (S.AWAITING_PAYMENT, None)


def test_nobody_is_connected_when_the_server_starts(
    store: Store, spa: Spa, sweeper: Sweeper
) -> None:
    store.run(
        lambda u: daemons.introduce(
            u, spa.peripherals, [daemons.Introduced("lobby", [PrintRole.TICKET])]
        )
    )
    store.run(
        lambda u: daemons.note_status(
            u, spa.peripherals, "lobby", online=True, paper=Paper.OK, cover_open=False, error=None
        )
    )
    sweeper.recover()
    connected = store.run(
        lambda u: u.session.scalars(select(Device.name).where(Device.connected)).all()
    )
    online = store.run(lambda u: u.session.scalars(select(Printer.online)).all())
    assert (connected, online) == ([], [False])
