"""Call buttons: what a finger does, for whom, and when it does nothing."""

from __future__ import annotations

import unicodedata
from datetime import timedelta

import pytest
from sqlalchemy import text

from appliance.protocol import Gesture
from appliance.server.auth import tokens
from appliance.server.domain.errors import (
    DomainError,
    InvalidState,
    NotFound,
    NothingWaiting,
    RoomUnavailable,
    ValidationFailed,
)
from appliance.server.domain.states import RoomStatus, TransactionStatus
from appliance.server.store.models import Room, Staff
from appliance.server.usecases import duty, manager, rooms, therapist
from appliance.server.wire import parse
from tests.support.spa import Clock, Spa, password_hash, shop
from tests.support.visits import Visits

SHOP = shop()
S = TransactionStatus


@pytest.fixture
def finger(visits: Visits, clock: Clock):
    """Press or hold a room's button, now or some seconds ago."""

    def act(gesture: Gesture = Gesture.PRESS, room: str = "1", ago: float = 0) -> Room:
        at = clock.now - timedelta(seconds=ago)
        return visits.store.run(lambda u: rooms.gesture(u, SHOP, room, gesture, at))

    return act


def lamp(visits: Visits, room: str = "1") -> str:
    return visits.store.run(lambda u: rooms.lamps(u, SHOP))[room]


# --- what a finger does -----------------------------------------------------------------------


def test_a_press_in_a_free_room_calls_the_next_customer(visits: Visits, spa: Spa, finger) -> None:
    waiting = visits.waiting()
    room = finger()
    assert (room.status, room.current_transaction_id) == (RoomStatus.OCCUPIED, waiting)
    row = visits.row(waiting)
    assert (row.status, row.therapist_id) == (S.THERAPIST_CONFIRMED, spa.ana.id)


def test_a_press_when_the_customer_has_come_starts_the_service(visits: Visits, finger) -> None:
    called = visits.called()
    finger()
    assert visits.row(called).status is S.IN_SERVICE


def test_a_hold_when_the_customer_does_not_come_releases(visits: Visits, finger) -> None:
    called = visits.called()
    room = finger(Gesture.HOLD)
    assert (room.status, room.current_transaction_id) == (RoomStatus.AVAILABLE, None)
    assert visits.row(called).status is S.PENDING_THERAPIST


def test_a_press_during_the_service_means_nothing(visits: Visits, finger) -> None:
    there = visits.in_service()
    before = visits.events(there)
    room = finger()
    assert (room.status, room.current_transaction_id) == (RoomStatus.OCCUPIED, there)
    assert visits.events(there) == before


def test_a_hold_during_the_service_finishes_it(visits: Visits, finger) -> None:
    there = visits.in_service()
    room = finger(Gesture.HOLD)
    assert (room.status, room.current_transaction_id) == (RoomStatus.PREPARING, None)
    assert visits.row(there).status is S.FINISHED


def test_a_press_after_preparing_makes_the_room_ready(visits: Visits, finger) -> None:
    visits.in_service()
    finger(Gesture.HOLD)
    assert finger().status is RoomStatus.AVAILABLE


def test_a_hold_in_a_free_room_means_nothing(visits: Visits, finger) -> None:
    waiting = visits.waiting()
    assert finger(Gesture.HOLD).status is RoomStatus.AVAILABLE
    assert visits.row(waiting).status is S.PENDING_THERAPIST


def test_a_whole_visit_needs_one_finger(visits: Visits, finger) -> None:
    there = visits.waiting()
    shown = [lamp(visits)]
    for gesture in (Gesture.PRESS, Gesture.PRESS, Gesture.HOLD, Gesture.PRESS):
        finger(gesture)
        shown.append(lamp(visits))
    assert shown == ["slow_blink", "fast_blink", "on", "pulse", "off"]
    assert visits.row(there).status is S.FINISHED
    assert visits.broken_promises() == []


def test_the_other_rooms_lamp_goes_its_own_way(visits: Visits, finger) -> None:
    visits.waiting()
    finger()
    assert (lamp(visits, "1"), lamp(visits, "2")) == ("fast_blink", "off")


# --- when a press is refused ------------------------------------------------------------------


def test_a_press_while_nobody_waits_is_refused(finger) -> None:
    with pytest.raises(NothingWaiting):
        finger()


@pytest.mark.parametrize("ago", [0, 9.9])
def test_a_press_of_the_last_ten_seconds_counts(visits: Visits, finger, ago: float) -> None:
    visits.waiting()
    assert finger(ago=ago).status is RoomStatus.OCCUPIED


@pytest.mark.parametrize("ago", [10.1, 3600])
def test_a_press_that_is_too_old_is_refused(visits: Visits, finger, ago: float) -> None:
    waiting = visits.waiting()
    with pytest.raises(InvalidState, match="too long ago"):
        finger(ago=ago)
    assert visits.row(waiting).status is S.PENDING_THERAPIST


def test_a_press_from_a_clock_slightly_ahead_counts(visits: Visits, finger) -> None:
    visits.waiting()
    assert finger(ago=-2).status is RoomStatus.OCCUPIED


def test_a_press_from_tomorrow_is_refused(visits: Visits, finger) -> None:
    visits.waiting()
    with pytest.raises(InvalidState):
        finger(ago=-86400)


def test_a_button_without_a_room_is_not_found(visits: Visits, finger) -> None:
    with pytest.raises(NotFound, match="99"):
        finger(room="99")


def test_a_room_with_nobody_on_duty_calls_nobody(visits: Visits, finger) -> None:
    waiting = visits.waiting()
    visits.store.run(lambda u: u.session.execute(text("UPDATE staff SET on_duty_since = NULL")))
    with pytest.raises(RoomUnavailable, match="Nobody is on duty in room 1"):
        finger()
    assert visits.row(waiting).status is S.PENDING_THERAPIST


def test_somebody_who_is_logged_in_and_off_duty_is_told_to_go_on_duty(
    visits: Visits, spa: Spa, finger
) -> None:
    visits.waiting()
    visits.store.run(lambda u: duty.go_out(u, spa.ana))
    with pytest.raises(RoomUnavailable, match="Log in on the therapist page first"):
        finger()
    visits.store.run(lambda u: tokens.issue(u, u.session.get_one(Staff, spa.ana.id)))
    with pytest.raises(RoomUnavailable, match="Go on duty on the therapist page first"):
        finger()


def test_a_disabled_therapist_is_not_on_duty(visits: Visits, spa: Spa, finger) -> None:
    visits.waiting()
    visits.store.run(lambda u: manager.disable_staff(u, spa.manager, "ana"))
    with pytest.raises(RoomUnavailable):
        finger()


def test_a_room_without_a_therapist_calls_nobody(visits: Visits, spa: Spa, finger) -> None:
    visits.store.run(lambda u: manager.add_room(u, spa.manager, "7"))
    visits.waiting()
    with pytest.raises(RoomUnavailable, match="room 7"):
        finger(room="7")


def test_nobody_on_duty_does_not_matter_where_a_press_means_nothing(visits: Visits, finger) -> None:
    visits.in_service()
    visits.store.run(lambda u: u.session.execute(text("UPDATE staff SET on_duty_since = NULL")))
    assert finger().status is RoomStatus.OCCUPIED


# --- for whom it acts -------------------------------------------------------------------------


def test_of_two_therapists_in_a_room_the_last_to_log_in_is_meant(
    visits: Visits, spa: Spa, finger, clock: Clock
) -> None:
    def relieve(unit) -> None:
        late = manager.add_staff(
            unit, spa.manager, spa.ana.role, "zoe", "Zoe", password_hash(), "1"
        )
        late.on_duty_since = unit.now()

    clock.advance(hours=4)
    visits.store.run(relieve)
    waiting = visits.waiting()
    finger()
    row = visits.row(waiting)
    assert row.therapist is not None
    assert row.therapist.name == "Zoe"


@pytest.mark.parametrize("relieved", [True, False], ids=["colleague came", "nobody came"])
def test_at_the_shift_change_the_button_acts_for_whoever_has_the_customer(
    visits: Visits, spa: Spa, finger, relieved: bool
) -> None:
    called = visits.called()

    def change(unit) -> None:
        manager.end_tokens(unit, manager.staff_named(unit, "ana"))
        if relieved:
            manager.staff_named(unit, "ben").room_number = "1"

    visits.store.run(change)
    finger()
    assert visits.row(called).status is S.IN_SERVICE
    finger(Gesture.HOLD)
    row = visits.row(called)
    assert (row.status, row.therapist_id) == (S.FINISHED, spa.ana.id)
    assert visits.history(called)[-1].actor_id == spa.ana.id
    assert visits.broken_promises() == []


def test_what_a_button_does_stands_in_the_history_under_the_therapist(
    visits: Visits, spa: Spa, finger
) -> None:
    waiting = visits.waiting()
    finger()
    last = visits.history(waiting)[-1]
    assert (last.event, last.actor_id, last.actor_name) == (
        "therapist_confirm_next",
        spa.ana.id,
        "Ana",
    )


def test_making_a_room_ready_stands_in_the_history_once(visits: Visits, spa: Spa) -> None:
    there = visits.in_service()
    visits.store.run(lambda u: therapist.finish_service(u, SHOP, spa.ana, there))
    for _ in range(2):
        visits.store.run(lambda u: therapist.room_ready(u, SHOP, spa.ana))
    said = visits.store.run(
        lambda u: u.session.scalar(
            text("SELECT COUNT(*) FROM history WHERE event = 'therapist_room_ready'")
        )
    )
    assert said == 1


def test_a_refused_press_changes_nothing(visits: Visits, finger) -> None:
    before = visits.store.run(lambda u: u.session.scalar(text("SELECT COUNT(*) FROM history")))
    with pytest.raises(DomainError):
        finger()
    after = visits.store.run(lambda u: u.session.scalar(text("SELECT COUNT(*) FROM history")))
    assert (visits.room().status, after) == (RoomStatus.AVAILABLE, before)


# --- rooms are told apart as they are written ---------------------------------------------------


@pytest.mark.parametrize("pair", [("VIP", "vip"), ("💆", "🌸"), ("Café", "Cafe")])
def test_rooms_that_are_written_differently_are_different_rooms(
    visits: Visits, spa: Spa, finger, pair: tuple[str, str]
) -> None:
    def add(unit) -> None:
        for number, name in zip(pair, ("zoe", "yan"), strict=True):
            manager.add_room(unit, spa.manager, number)
            unit.session.flush()
            person = manager.add_staff(
                unit, spa.manager, spa.ana.role, name, name, password_hash(), number
            )
            person.on_duty_since = unit.now()

    visits.store.run(add)
    first, second = visits.waiting(), visits.waiting()
    for number, customer in zip(pair, (first, second), strict=True):
        assert finger(room=number).current_transaction_id == customer
    for number in pair:
        finger(room=number)
        finger(Gesture.HOLD, room=number)
        assert finger(room=number).status is RoomStatus.AVAILABLE
    assert visits.broken_promises() == []
    # One customer after another: nobody is stuck.
    third = visits.waiting()
    assert finger(room=pair[1]).current_transaction_id == third


def test_a_therapist_cannot_have_a_room_in_another_spelling(visits: Visits, spa: Spa) -> None:
    visits.store.run(lambda u: manager.add_room(u, spa.manager, "VIP"))
    with pytest.raises(NotFound, match="No such room: vip"):
        visits.store.run(
            lambda u: manager.add_staff(
                u, spa.manager, spa.ana.role, "zoe", "Zoe", password_hash(), "vip"
            )
        )


def test_a_room_has_one_spelling_whatever_the_keyboard(visits: Visits, spa: Spa) -> None:
    decomposed = unicodedata.normalize("NFD", "Café")
    visits.store.run(lambda u: manager.add_room(u, spa.manager, f" {decomposed}"))
    assert visits.room("Café").room_number == "Café"
    button = parse.parse(
        {
            "room_number": f"{decomposed} ",
            "gesture": "press",
            "pressed_at": "2026-11-22T10:00:00+00:00",
            "request_id": "r",
        },
        parse.Button,
    )
    assert button.room_number == "Café"
    assert parse.parse({"name": "pi", "rooms": ["1 "]}, parse.Hello).rooms == ["1"]


# --- another room -------------------------------------------------------------------------------


def test_a_therapist_gets_another_room(visits: Visits, spa: Spa, finger) -> None:
    visits.store.run(lambda u: manager.add_room(u, spa.manager, "9"))
    visits.store.run(lambda u: manager.set_room(u, spa.manager, "ana", " 9"))
    waiting = visits.waiting()
    assert finger(room="9").current_transaction_id == waiting
    with pytest.raises(RoomUnavailable):
        finger(room="1")


def test_not_while_she_has_a_customer(visits: Visits, spa: Spa) -> None:
    visits.in_service()
    with pytest.raises(InvalidState, match="ana has a customer in room 1"):
        visits.store.run(lambda u: manager.set_room(u, spa.manager, "ana", "2"))


@pytest.mark.parametrize(
    ("username", "room", "refusal"),
    [("ana", "99", NotFound), ("nobody", "1", NotFound), ("eva", "1", ValidationFailed)],
)
def test_an_impossible_room_is_refused(
    visits: Visits, spa: Spa, username: str, room: str, refusal: type[DomainError]
) -> None:
    with pytest.raises(refusal):
        visits.store.run(lambda u: manager.set_room(u, spa.manager, username, room))


# --- how long customers wait --------------------------------------------------------------------


def test_two_therapists_who_share_a_room_take_one_customer_at_a_time(
    visits: Visits, spa: Spa
) -> None:
    visits.store.run(lambda u: manager.set_room(u, spa.manager, "ben", "1"))
    waits = [visits.confirm(None, [spa.swedish_60]).estimated_wait_minutes for _ in range(3)]
    assert waits == [0, 60, 120]


def test_who_forgot_to_log_out_yesterday_is_not_counted(
    visits: Visits, spa: Spa, clock: Clock
) -> None:
    clock.advance(hours=22)

    def log_in(unit) -> None:
        manager.staff_named(unit, "ana").on_duty_since = unit.now()

    visits.store.run(log_in)
    waits = [visits.confirm(None, [spa.swedish_60]).estimated_wait_minutes for _ in range(2)]
    assert waits == [0, 60]


def test_who_works_past_the_days_start_is_counted(visits: Visits, spa: Spa, clock: Clock) -> None:
    clock.now = clock.now.replace(hour=23)
    for name in ("ana", "ben"):
        token, _ = visits.store.run(lambda u, n=name: tokens.issue(u, manager.staff_named(u, n)))
    clock.advance(hours=6)
    visits.store.run(lambda u: tokens.find_person(u, token))  # Ben's page; Ana has gone home
    waits = [visits.confirm(None, [spa.swedish_60]).estimated_wait_minutes for _ in range(2)]
    assert waits == [0, 60]
