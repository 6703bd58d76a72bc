"""Call buttons: what a finger does, for whom, and when it does nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text, update

from appliance.protocol import Gesture
from appliance.server.domain.errors import (
    DomainError,
    Forbidden,
    InvalidState,
    NotFound,
    NothingWaiting,
    RoomUnavailable,
)
from appliance.server.domain.states import RoomStatus, TransactionStatus
from appliance.server.store.models import Room, Staff
from appliance.server.usecases import manager, rooms, therapist
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
    return visits.store.run(rooms.lamps)[room]


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


def test_a_button_does_not_act_on_an_absent_colleagues_customer(
    visits: Visits, spa: Spa, finger
) -> None:
    called = visits.called()
    visits.store.run(
        lambda u: u.session.execute(
            update(Staff).where(Staff.id == spa.ana.id).values(on_duty_since=None)
        )
    )
    visits.store.run(
        lambda u: u.session.execute(
            update(Staff).where(Staff.id == spa.ben.id).values(room_number="1")
        )
    )
    with pytest.raises(Forbidden):
        finger()
    assert visits.row(called).status is S.THERAPIST_CONFIRMED


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
