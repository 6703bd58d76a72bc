"""What a lamp shows and what its button means: design.md §8, line by line."""

from __future__ import annotations

import itertools

import pytest

from appliance.protocol import Gesture, LampPattern
from appliance.server.domain.rooms import ROOM_READY, lamp, meaning
from appliance.server.domain.states import RoomStatus, TransactionStatus
from appliance.server.domain.visits import Event

AVAILABLE, OCCUPIED, PREPARING = RoomStatus.AVAILABLE, RoomStatus.OCCUPIED, RoomStatus.PREPARING
CALLED, IN_SERVICE = TransactionStatus.THERAPIST_CONFIRMED, TransactionStatus.IN_SERVICE


@pytest.mark.parametrize(
    ("room", "customer", "somebody_waits", "pattern"),
    [
        (AVAILABLE, None, False, LampPattern.OFF),
        (AVAILABLE, None, True, LampPattern.SLOW_BLINK),
        (OCCUPIED, CALLED, False, LampPattern.FAST_BLINK),
        (OCCUPIED, CALLED, True, LampPattern.FAST_BLINK),
        (OCCUPIED, IN_SERVICE, False, LampPattern.ON),
        (OCCUPIED, IN_SERVICE, True, LampPattern.ON),
        (PREPARING, None, False, LampPattern.PULSE),
        (PREPARING, None, True, LampPattern.PULSE),
    ],
)
def test_the_lamp_shows_the_rooms_state(
    room: RoomStatus,
    customer: TransactionStatus | None,
    somebody_waits: bool,
    pattern: LampPattern,
) -> None:
    assert lamp(room, customer, somebody_waits=somebody_waits) is pattern


@pytest.mark.parametrize(
    ("room", "customer", "press", "hold"),
    [
        (AVAILABLE, None, Event.THERAPIST_CONFIRM_NEXT, None),
        (OCCUPIED, CALLED, Event.THERAPIST_START_SERVICE, Event.THERAPIST_RELEASE),
        (OCCUPIED, IN_SERVICE, None, Event.THERAPIST_FINISH_SERVICE),
        (PREPARING, None, ROOM_READY, None),
    ],
)
def test_a_press_and_a_hold_mean_what_the_lamp_promises(
    room: RoomStatus,
    customer: TransactionStatus | None,
    press: Event | str | None,
    hold: Event | str | None,
) -> None:
    assert meaning(room, customer, Gesture.PRESS) == press
    assert meaning(room, customer, Gesture.HOLD) == hold


def test_a_steady_lamp_never_promises_a_press() -> None:
    customers: list[TransactionStatus | None] = [None, *TransactionStatus]
    for room, customer in itertools.product(RoomStatus, customers):
        if lamp(room, customer, somebody_waits=True) is LampPattern.ON:
            assert meaning(room, customer, Gesture.PRESS) is None


def test_no_gesture_calls_two_customers_into_one_room() -> None:
    for customer, gesture in itertools.product([CALLED, IN_SERVICE], Gesture):
        assert meaning(OCCUPIED, customer, gesture) is not Event.THERAPIST_CONFIRM_NEXT
