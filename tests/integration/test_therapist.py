"""What a therapist does with a customer."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from sqlalchemy import text

from appliance.server.domain.errors import (
    DomainError,
    Forbidden,
    InvalidState,
    NotFound,
    NothingWaiting,
    RoomUnavailable,
)
from appliance.server.domain.states import Actor, Role, RoomStatus, TransactionStatus
from appliance.server.store import queries
from appliance.server.store.unit_of_work import UnitOfWork
from appliance.server.usecases import kiosk, therapist
from tests.support.spa import Clock, Spa, shop
from tests.support.visits import Visits

SHOP = shop()
S = TransactionStatus


# --- claiming ---------------------------------------------------------------------------------


def test_the_oldest_customer_is_claimed_first(visits: Visits, spa: Spa) -> None:
    first, second = visits.waiting(), visits.waiting()
    claimed = [
        visits.store.run(lambda u, who=who: therapist.confirm_next(u, SHOP, who)).id
        for who in (spa.ana, spa.ben)
    ]
    assert claimed == [first, second]


def test_a_claimed_customer_has_therapist_room_and_time(visits: Visits, spa: Spa) -> None:
    called = visits.called()
    row, room = visits.row(called), visits.room()
    assert row.status is S.THERAPIST_CONFIRMED
    assert (row.therapist_id, row.room_number) == (spa.ana.id, "1")
    assert row.therapist_confirmed_at is not None
    assert (room.status, room.current_transaction_id) == (RoomStatus.OCCUPIED, called)


def test_nobody_waiting_is_a_normal_answer(visits: Visits, spa: Spa) -> None:
    with pytest.raises(NothingWaiting, match=r"^No pending customers\.$"):
        visits.store.run(lambda u: therapist.confirm_next(u, SHOP, spa.ana))


def test_who_still_chooses_is_not_waiting(visits: Visits, spa: Spa) -> None:
    visits.choosing(spa.swedish_30)
    with pytest.raises(NothingWaiting):
        visits.store.run(lambda u: therapist.confirm_next(u, SHOP, spa.ana))


def test_one_customer_at_a_time(visits: Visits, spa: Spa) -> None:
    visits.called()
    visits.waiting()
    with pytest.raises((InvalidState, RoomUnavailable)):
        visits.store.run(lambda u: therapist.confirm_next(u, SHOP, spa.ana))


def test_one_customer_at_a_time_even_in_another_room(visits: Visits, spa: Spa) -> None:
    visits.called()
    visits.waiting()
    moved = Actor(Role.THERAPIST, spa.ana.id, spa.ana.name, "2")
    with pytest.raises(InvalidState, match="already have a customer"):
        visits.store.run(lambda u: therapist.confirm_next(u, SHOP, moved))


def test_a_room_holds_one_customer_even_with_two_therapists(visits: Visits, spa: Spa) -> None:
    visits.called()
    visits.waiting()
    sharing = Actor(Role.THERAPIST, spa.ben.id, spa.ben.name, "1")
    with pytest.raises(RoomUnavailable, match="occupied"):
        visits.store.run(lambda u: therapist.confirm_next(u, SHOP, sharing))


@pytest.mark.parametrize("number", [None, "99"])
def test_a_therapist_without_a_room_claims_nobody(
    visits: Visits, spa: Spa, number: str | None
) -> None:
    waiting = visits.waiting()
    homeless = Actor(Role.THERAPIST, spa.ana.id, spa.ana.name, number)
    with pytest.raises(RoomUnavailable, match="no room yet"):
        visits.store.run(lambda u: therapist.confirm_next(u, SHOP, homeless))
    assert visits.row(waiting).status is S.PENDING_THERAPIST


def test_a_room_that_is_being_prepared_takes_nobody(visits: Visits, spa: Spa) -> None:
    busy = visits.in_service()
    visits.store.run(lambda u: therapist.finish_service(u, SHOP, spa.ana, busy))
    visits.waiting()
    with pytest.raises(RoomUnavailable, match="being prepared"):
        visits.store.run(lambda u: therapist.confirm_next(u, SHOP, spa.ana))


# --- releasing, and those who do not come -----------------------------------------------------


def test_a_released_customer_keeps_the_place_in_the_queue(visits: Visits, spa: Spa) -> None:
    called = visits.called()
    later = visits.waiting()
    visits.store.run(lambda u: therapist.release(u, SHOP, spa.ana, called))
    row, room = visits.row(called), visits.room()
    assert row.status is S.PENDING_THERAPIST
    assert (row.therapist_id, row.room_number, row.therapist_confirmed_at) == (None, None, None)
    assert (room.status, room.current_transaction_id) == (RoomStatus.AVAILABLE, None)
    claimed = visits.store.run(lambda u: therapist.confirm_next(u, SHOP, spa.ben))
    assert claimed.id == called != later
    assert visits.broken_promises() == []


def test_a_called_customer_who_does_not_come_is_cancelled(visits: Visits, spa: Spa) -> None:
    called = visits.called()
    visits.store.run(lambda u: therapist.no_show(u, SHOP, spa.ana, called, None))
    row, room = visits.row(called), visits.room()
    assert (row.status, row.note, row.open_code) == (S.CANCELLED, "did not come", None)
    assert (room.status, room.current_transaction_id) == (RoomStatus.AVAILABLE, None)
    assert visits.broken_promises() == []


def test_a_waiting_customer_who_has_left_is_cancelled_by_any_therapist(
    visits: Visits, spa: Spa
) -> None:
    waiting = visits.waiting()
    visits.store.run(lambda u: therapist.no_show(u, SHOP, spa.ben, waiting, "had to go"))
    row = visits.row(waiting)
    assert (row.status, row.note) == (S.CANCELLED, "had to go")
    assert visits.history(waiting)[-1].detail == {"reason": "had to go"}
    assert visits.broken_promises() == []


def test_cancelling_somebody_who_waits_leaves_the_rooms_alone(visits: Visits, spa: Spa) -> None:
    called = visits.called()
    waiting = visits.waiting()
    visits.store.run(lambda u: therapist.no_show(u, SHOP, spa.ana, waiting, None))
    assert visits.room().current_transaction_id == called


def test_a_cancelled_customer_is_not_claimed(visits: Visits, spa: Spa) -> None:
    waiting = visits.waiting()
    visits.store.run(lambda u: therapist.no_show(u, SHOP, spa.ana, waiting, None))
    with pytest.raises(NothingWaiting):
        visits.store.run(lambda u: therapist.confirm_next(u, SHOP, spa.ana))


# --- treating ---------------------------------------------------------------------------------


def test_a_started_service_has_its_time(visits: Visits, clock: Clock) -> None:
    row = visits.row(visits.in_service())
    assert row.status is S.IN_SERVICE
    assert row.service_start_at is not None
    assert row.service_start_at <= clock.now


def test_services_are_added_in_treatment(visits: Visits, spa: Spa) -> None:
    there = visits.in_service()
    visits.store.run(lambda u: therapist.add_service(u, SHOP, spa.ana, there, spa.deep_60))
    row = visits.row(there)
    assert (row.total_amount, row.total_duration_minutes) == (Decimal("175.50"), 120)
    assert visits.broken_promises() == []


def test_services_are_removed_in_treatment_but_not_the_last(visits: Visits, spa: Spa) -> None:
    there = visits.in_service()
    visits.store.run(lambda u: therapist.add_service(u, SHOP, spa.ana, there, spa.deep_60))
    first, second = (item.id for item in visits.row(there).items)
    visits.store.run(lambda u: therapist.remove_item(u, SHOP, spa.ana, there, first))
    with pytest.raises(InvalidState, match="needs one service"):
        visits.store.run(lambda u: therapist.remove_item(u, SHOP, spa.ana, there, second))
    row = visits.row(there)
    assert row.total_amount == Decimal("95.50")
    assert visits.broken_promises() == []


def test_a_finished_service_leaves_the_room_to_be_prepared(visits: Visits, spa: Spa) -> None:
    there = visits.in_service()
    visits.store.run(lambda u: therapist.finish_service(u, SHOP, spa.ana, there))
    row, room = visits.row(there), visits.room()
    assert row.status is S.FINISHED
    assert row.service_finish_at is not None
    assert row.room_number == "1", "the receipt and the history keep it"
    assert (room.status, room.current_transaction_id) == (RoomStatus.PREPARING, None)


def test_a_room_that_is_ready_is_ready_however_often_it_is_said(visits: Visits, spa: Spa) -> None:
    there = visits.in_service()
    visits.store.run(lambda u: therapist.finish_service(u, SHOP, spa.ana, there))
    for _ in range(2):
        room = visits.store.run(lambda u: therapist.room_ready(u, SHOP, spa.ana))
        assert room.status is RoomStatus.AVAILABLE
    assert visits.room().status is RoomStatus.AVAILABLE


def test_an_occupied_room_is_not_ready(visits: Visits, spa: Spa) -> None:
    visits.in_service()
    with pytest.raises(InvalidState, match="occupied"):
        visits.store.run(lambda u: therapist.room_ready(u, SHOP, spa.ana))
    assert visits.room().status is RoomStatus.OCCUPIED


Verb = Callable[[UnitOfWork, Actor, int], object]
VERBS: dict[str, tuple[str, Verb]] = {
    "start": ("called", lambda u, who, key: therapist.start_service(u, SHOP, who, key)),
    "release": ("called", lambda u, who, key: therapist.release(u, SHOP, who, key)),
    "no-show": ("called", lambda u, who, key: therapist.no_show(u, SHOP, who, key, None)),
    "add": ("in_service", lambda u, who, key: therapist.add_service(u, SHOP, who, key, 1)),
    "remove": ("in_service", lambda u, who, key: therapist.remove_item(u, SHOP, who, key, 1)),
    "finish": ("in_service", lambda u, who, key: therapist.finish_service(u, SHOP, who, key)),
}


@pytest.mark.parametrize("verb", VERBS)
def test_another_therapists_customer_is_left_alone(verb: str, visits: Visits, spa: Spa) -> None:
    state, act = VERBS[verb]
    there = getattr(visits, state)()
    before = visits.events(there)
    with pytest.raises(Forbidden, match="someone else"):
        visits.store.run(lambda u: act(u, spa.ben, there))
    assert visits.events(there) == before
    assert visits.broken_promises() == []


@pytest.mark.parametrize("verb", VERBS)
def test_whoever_does_not_exist_is_not_found(verb: str, visits: Visits, spa: Spa) -> None:
    with pytest.raises(NotFound):
        visits.store.run(lambda u: VERBS[verb][1](u, spa.ana, 10**9))


@pytest.mark.parametrize("verb", VERBS)
def test_a_paid_customer_is_left_alone(verb: str, visits: Visits, spa: Spa) -> None:
    paid = visits.paid()
    with pytest.raises(InvalidState, match="already paid"):
        visits.store.run(lambda u: VERBS[verb][1](u, spa.ana, paid))


@pytest.mark.parametrize("role", [Role.CASHIER, Role.MANAGER, Role.KIOSK, Role.DISPLAY])
def test_nobody_but_a_therapist_does_these_things(role: Role, visits: Visits, spa: Spa) -> None:
    called = visits.called()
    impostor = Actor(role, spa.ana.id, "Impostor", "1")
    with pytest.raises(Forbidden):
        visits.store.run(lambda u: therapist.start_service(u, SHOP, impostor, called))
    with pytest.raises(DomainError):
        visits.store.run(lambda u: therapist.confirm_next(u, SHOP, impostor))


def test_the_whole_visit_stands_in_the_history(visits: Visits) -> None:
    assert visits.events(visits.finished()) == [
        "customer_start",
        "customer_add_item",
        "customer_confirm_selection",
        "therapist_confirm_next",
        "therapist_start_service",
        "therapist_finish_service",
    ]


def test_a_therapist_who_is_off_duty_keeps_the_customer(visits: Visits, spa: Spa) -> None:
    there = visits.in_service()
    visits.store.run(lambda u: u.session.execute(text("UPDATE staff SET on_duty_since = NULL")))
    visits.store.run(lambda u: therapist.finish_service(u, SHOP, spa.ana, there))
    assert visits.row(there).status is S.FINISHED


def test_the_kiosk_cannot_touch_a_treatment(visits: Visits, spa: Spa) -> None:
    there = visits.in_service()
    with pytest.raises(InvalidState, match="in treatment"):
        visits.store.run(lambda u: kiosk.add_item(u, SHOP, spa.kiosk, there, spa.deep_60))


# --- calling again ----------------------------------------------------------------------------


def test_a_customer_is_called_again_as_a_new_call(visits: Visits, spa: Spa) -> None:
    there = visits.called()

    def called_at() -> object:
        board = visits.store.run(lambda u: queries.board(u.session, u.now()))
        ((code, room, at),) = board.calls
        assert (code, room) == ("0001", "1")
        return at

    first = called_at()
    visits.store.run(lambda u: therapist.call_again(u, SHOP, spa.ana, there))
    assert called_at() != first
    assert visits.row(there).status is S.THERAPIST_CONFIRMED
    assert visits.events(there)[-1] == "therapist_call_again"
    assert visits.broken_promises() == []


def test_only_their_own_therapist_calls_a_customer_again(visits: Visits, spa: Spa) -> None:
    there = visits.called()
    with pytest.raises(Forbidden):
        visits.store.run(lambda u: therapist.call_again(u, SHOP, spa.ben, there))
