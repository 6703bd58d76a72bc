"""A manager brings to an end what its own people cannot."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal

import pytest

from appliance.protocol import Gesture
from appliance.server.domain.errors import (
    DomainError,
    Forbidden,
    InvalidState,
    NotFound,
    RoomUnavailable,
)
from appliance.server.domain.ledger import Offer
from appliance.server.domain.payments import METHODS
from appliance.server.domain.states import Actor, Role, RoomStatus, TransactionStatus
from appliance.server.store.models import Staff
from appliance.server.store.unit_of_work import UnitOfWork
from appliance.server.usecases import cashier, kiosk, manager, rooms, therapist
from appliance.server.usecases.manager import visits as stuck
from appliance.server.usecases.till import days
from tests.support.spa import Clock, Spa, password_hash, shop
from tests.support.visits import Visits

SHOP = shop()
S = TransactionStatus
WHY = "Ana went home ill"


def cancel(visits: Visits, key: int, why: str = WHY) -> None:
    visits.store.run(lambda u: stuck.cancel(u, SHOP, visits.spa.manager, key, why))


def to_therapist(visits: Visits, key: int, taker: Actor) -> None:
    visits.store.run(
        lambda u: stuck.hand_over(u, SHOP, visits.spa.manager, key, therapist_id=taker.id)
    )


def to_cashier(visits: Visits, key: int, taker: Actor) -> None:
    visits.store.run(
        lambda u: stuck.hand_over(u, SHOP, visits.spa.manager, key, cashier_id=taker.id)
    )


# --- release, finish --------------------------------------------------------------------------


def test_a_bill_whose_cashier_left_goes_back_to_its_place(visits: Visits, spa: Spa) -> None:
    first = visits.at_the_desk()
    visits.finished()
    visits.store.run(lambda u: stuck.release(u, SHOP, spa.manager, first, WHY))
    row = visits.row(first)
    assert (row.status, row.cashier_id, row.cashier_claimed_at) == (S.FINISHED, None, None)
    assert visits.history(first)[-1].detail == {"reason": WHY}
    assert visits.store.run(lambda u: cashier.claim_next(u, SHOP, spa.felix)).id == first
    assert visits.broken_promises() == []


def test_a_service_whose_therapist_left_ends_and_its_room_is_prepared(
    visits: Visits, spa: Spa
) -> None:
    there = visits.in_service()
    visits.store.run(lambda u: stuck.finish(u, SHOP, spa.manager, there, WHY))
    row = visits.row(there)
    assert (row.status, row.therapist_id) == (S.FINISHED, spa.ana.id)
    assert row.service_finish_at is not None
    assert visits.room().status is RoomStatus.PREPARING
    assert visits.history(there)[-1].actor_name == "Gloria"
    assert visits.broken_promises() == []


# --- cancel -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "room"),
    [
        ("choosing", RoomStatus.AVAILABLE),
        ("waiting", RoomStatus.AVAILABLE),
        ("called", RoomStatus.AVAILABLE),
        ("in_service", RoomStatus.PREPARING),
        ("finished", RoomStatus.AVAILABLE),
        ("at_the_desk", RoomStatus.AVAILABLE),
    ],
)
def test_every_open_visit_can_be_cancelled(state: str, room: RoomStatus, visits: Visits) -> None:
    there = getattr(visits, state)()
    cancel(visits, there)
    row = visits.row(there)
    assert (row.status, row.open_code) == (S.CANCELLED, None)
    assert row.note is not None
    assert row.note.endswith(WHY)
    assert visits.room().status is room
    assert visits.broken_promises() == []


def test_a_visit_that_is_over_stays_as_it_is(visits: Visits) -> None:
    paid = visits.paid()
    with pytest.raises(InvalidState, match="already paid"):
        cancel(visits, paid)
    assert visits.row(paid).status is S.PAID


def test_the_room_of_a_past_customer_is_left_alone(visits: Visits) -> None:
    gone = visits.finished()
    inside = visits.in_service()
    cancel(visits, gone)
    assert visits.room().current_transaction_id == inside


@pytest.mark.parametrize("role", [Role.THERAPIST, Role.CASHIER, Role.KIOSK])
def test_only_a_manager_may(role: Role, visits: Visits, spa: Spa) -> None:
    there = visits.in_service()
    impostor = Actor(role, spa.manager.id, "Impostor")
    verbs: list[Callable[..., object]] = [stuck.release, stuck.finish, stuck.cancel]
    for verb in verbs:
        with pytest.raises(Forbidden):
            visits.store.run(lambda u, verb=verb: verb(u, SHOP, impostor, there, WHY))
    assert visits.row(there).status is S.IN_SERVICE


# --- uncollected ------------------------------------------------------------------------------


def figures(visits: Visits) -> dict[str, object]:
    return dict(visits.store.run(lambda u: days.x(u, SHOP)).figures["uncollected"])


@pytest.mark.parametrize("state", ["finished", "at_the_desk"])
def test_who_left_without_paying_is_in_the_days_figures(state: str, visits: Visits) -> None:
    there = getattr(visits, state)()
    cancel(visits, there, "walked out")
    row = visits.row(there)
    assert row.note == "Uncollected: walked out"
    assert visits.history(there)[-1].detail == {"reason": "walked out", "uncollected": "80.00"}
    assert figures(visits) == {
        "count": 1,
        "amount": "80.00",
        "customers": [{"code": "0001", "amount": "80.00"}],
    }


@pytest.mark.parametrize("state", ["waiting", "called", "in_service"])
def test_who_left_before_the_end_of_the_service_owes_nothing(state: str, visits: Visits) -> None:
    cancel(visits, getattr(visits, state)())
    assert figures(visits)["count"] == 0


def test_a_walk_out_is_in_exactly_one_z(visits: Visits, spa: Spa, clock: Clock) -> None:
    counts = []

    def close() -> None:
        report = visits.store.run(lambda u: days.close_day(u, SHOP, spa.manager))
        counts.append(json.loads(report.document)["uncollected"]["count"])

    cancel(visits, visits.finished())
    close()
    cancel(visits, visits.finished())  # On the same day, after its Z.
    clock.advance(days=1)
    close()
    clock.advance(days=1)
    close()
    assert counts == [1, 1, 0]
    assert figures(visits)["count"] == 0


def test_a_long_reason_still_fits(visits: Visits) -> None:
    there = visits.finished()
    cancel(visits, there, "x" * 200)
    assert visits.history(there)[-1].detail == {"reason": "x" * 200, "uncollected": "80.00"}
    assert len(visits.row(there).note or "") == 200


# --- hand over --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "left"), [("called", RoomStatus.AVAILABLE), ("in_service", RoomStatus.PREPARING)]
)
def test_a_customer_goes_to_another_therapist_and_into_her_room(
    state: str, left: RoomStatus, visits: Visits, spa: Spa
) -> None:
    there = getattr(visits, state)()
    before = visits.row(there)
    to_therapist(visits, there, spa.ben)
    row = visits.row(there)
    assert (row.status, row.therapist_id, row.room_number) == (before.status, spa.ben.id, "2")
    assert row.service_start_at == before.service_start_at
    assert (visits.room("1").status, visits.room("2").status) == (left, RoomStatus.OCCUPIED)
    assert visits.history(there)[-1].detail == {"from": "Ana", "to": "Ben", "room_number": "2"}
    assert visits.broken_promises() == []
    with pytest.raises(DomainError):
        visits.store.run(lambda u: therapist.finish_service(u, SHOP, spa.ana, there))


def test_two_therapists_in_one_room_hand_over_without_moving(visits: Visits, spa: Spa) -> None:
    def share(unit: UnitOfWork) -> None:
        unit.session.get_one(Staff, spa.ben.id).room_number = "1"

    visits.store.run(share)
    there = visits.in_service()
    to_therapist(visits, there, spa.ben)
    assert (visits.row(there).room_number, visits.row(there).therapist_id) == ("1", spa.ben.id)
    assert visits.room().status is RoomStatus.OCCUPIED
    assert visits.broken_promises() == []


def test_a_bill_goes_to_another_cashier(visits: Visits, spa: Spa) -> None:
    there = visits.at_the_desk()
    to_cashier(visits, there, spa.felix)
    row = visits.row(there)
    assert (row.status, row.cashier_id) == (S.AWAITING_PAYMENT, spa.felix.id)
    assert row.cashier_claimed_at is not None
    assert visits.history(there)[-1].detail == {"from": "Eva", "to": "Felix"}
    assert visits.broken_promises() == []


def refused(visits: Visits, key: int, error: type[DomainError], says: str, **to: int) -> None:
    before = visits.row(key)
    with pytest.raises(error, match=says):
        visits.store.run(lambda u: stuck.hand_over(u, SHOP, visits.spa.manager, key, **to))
    after = visits.row(key)
    assert (after.therapist_id, after.cashier_id) == (before.therapist_id, before.cashier_id)
    assert visits.broken_promises() == []


def test_nobody_is_given_a_customer_whom_they_cannot_serve(visits: Visits, spa: Spa) -> None:
    ana, ben, eva = spa.ana.id or 0, spa.ben.id or 0, spa.eva.id or 0
    there = visits.in_service()
    refused(visits, there, InvalidState, "Ana already has this customer", therapist_id=ana)
    refused(visits, there, NotFound, "Person not found", therapist_id=eva)
    refused(visits, there, NotFound, "Person not found", therapist_id=987)
    refused(visits, there, InvalidState, "in treatment", cashier_id=eva)
    other = visits.in_service(spa.ben)
    refused(visits, there, InvalidState, "Ben already has a customer", therapist_id=ben)
    visits.store.run(lambda u: therapist.finish_service(u, SHOP, spa.ben, other))
    refused(visits, there, RoomUnavailable, "room of Ben is not ready", therapist_id=ben)
    visits.store.run(lambda u: therapist.room_ready(u, SHOP, spa.ben))

    def go_home(unit: UnitOfWork) -> None:
        unit.session.get_one(Staff, ben).on_duty_since = None

    visits.store.run(go_home)
    refused(visits, there, InvalidState, "Ben is not on duty", therapist_id=ben)


@pytest.mark.parametrize("state", ["waiting", "finished", "paid"])
def test_what_nobody_holds_is_not_handed_over(state: str, visits: Visits, spa: Spa) -> None:
    there = getattr(visits, state)()
    refused(visits, there, InvalidState, "This customer", therapist_id=spa.ben.id or 0)
    refused(visits, there, InvalidState, "This customer", cashier_id=spa.felix.id or 0)


def test_a_customer_still_at_the_kiosk_loses_the_selection_to_the_manager(
    visits: Visits, spa: Spa
) -> None:
    there = visits.choosing(spa.swedish_60)
    cancel(visits, there)
    with pytest.raises(InvalidState, match="cancelled"):
        visits.store.run(lambda u: kiosk.confirm_selection(u, SHOP, spa.kiosk, there, None))


# --- people who leave -------------------------------------------------------------------------


def log_out(visits: Visits, who: Actor) -> None:
    def leave(unit: UnitOfWork) -> None:
        manager.end_tokens(unit, unit.session.get_one(Staff, who.id))

    visits.store.run(leave)


@pytest.mark.parametrize(
    ("state", "username", "says"),
    [
        ("called", "ana", "Ana still has a customer: 0001"),
        ("in_service", "ana", "Ana still has a customer: 0001"),
        ("at_the_desk", "eva", "Eva still has a customer: 0001"),
    ],
)
@pytest.mark.parametrize("ending", [manager.disable_staff, manager.revoke_staff])
def test_who_has_a_customer_is_not_taken_away_from_them(
    state: str, username: str, says: str, ending: Callable[..., object], visits: Visits, spa: Spa
) -> None:
    there = getattr(visits, state)()
    with pytest.raises(InvalidState, match=says):
        visits.store.run(lambda u: ending(u, spa.manager, username))
    assert visits.store.run(lambda u: manager.staff_named(u, username)).disabled_at is None
    cancel(visits, there)
    visits.store.run(lambda u: ending(u, spa.manager, username))
    assert visits.broken_promises() == []


def test_whoever_is_disabled_can_be_enabled_again(visits: Visits, spa: Spa) -> None:
    def disabled() -> bool:
        person = visits.store.run(lambda u: manager.staff_named(u, "ana"))
        return person.disabled_at is not None

    visits.store.run(lambda u: manager.disable_staff(u, spa.manager, "ana"))
    assert disabled()
    for _ in range(2):
        visits.store.run(lambda u: manager.enable_staff(u, spa.manager, "ana"))
    assert not disabled()


def test_the_last_manager_stays(visits: Visits, spa: Spa) -> None:
    def hire(unit: UnitOfWork) -> None:
        manager.add_staff(unit, spa.manager, Role.MANAGER, "hugo", "Hugo", password_hash())

    def disable(username: str) -> None:
        visits.store.run(lambda u: manager.disable_staff(u, spa.manager, username))

    with pytest.raises(InvalidState, match="last manager"):
        disable("gloria")
    visits.store.run(hire)
    disable("gloria")
    with pytest.raises(InvalidState, match="last manager"):
        disable("hugo")


def test_a_therapist_who_logs_out_with_a_customer_can_end_it_with_the_button(
    visits: Visits, spa: Spa
) -> None:
    there = visits.in_service()
    log_out(visits, spa.ana)
    for kind in (Gesture.HOLD, Gesture.PRESS):
        visits.store.run(lambda u, kind=kind: rooms.gesture(u, SHOP, "1", kind, u.now()))
    assert visits.row(there).status is S.FINISHED
    assert visits.room().status is RoomStatus.AVAILABLE


def test_a_therapist_who_logs_out_without_a_customer_is_off_duty(visits: Visits, spa: Spa) -> None:
    visits.finished()
    log_out(visits, spa.ana)
    assert visits.store.run(lambda u: manager.staff_named(u, "ana")).on_duty_since is None


def test_a_bill_whose_cashier_has_logged_out_is_taken_over(visits: Visits, spa: Spa) -> None:
    there = visits.at_the_desk()

    def take() -> int:
        return visits.store.run(lambda u: cashier.claim_code(u, SHOP, spa.felix, "0001")).id

    with pytest.raises(InvalidState, match="with a cashier"):
        take()
    log_out(visits, spa.eva)
    assert take() == there
    assert visits.row(there).cashier_id == spa.felix.id
    last = visits.history(there)[-1]
    assert (last.event, last.detail) == ("cashier_claim_code", {"from": "Eva"})
    visits.store.run(
        lambda u: cashier.pay(u, SHOP, spa.felix, there, [Offer(METHODS["cash"], Decimal(100))])
    )
    assert visits.broken_promises() == []


def test_a_bill_whose_cashiers_log_in_has_expired_is_taken_over(
    visits: Visits, spa: Spa, clock: Clock
) -> None:
    there = visits.at_the_desk()
    clock.advance(hours=25)
    visits.store.run(lambda u: cashier.claim_code(u, SHOP, spa.felix, "0001"))
    assert visits.row(there).cashier_id == spa.felix.id
