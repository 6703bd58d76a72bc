"""What a room's lamp shows and what its button means."""

from __future__ import annotations

from appliance.protocol import Gesture, LampPattern

from .states import RoomStatus, TransactionStatus
from .visits import Event

ROOM_READY = "therapist_room_ready"
"""The one gesture that is no event of a transaction."""


def lamp(
    room: RoomStatus, customer: TransactionStatus | None, *, somebody_waits: bool
) -> LampPattern:
    """What the lamp shows, so that it tells what a press will do.

    Args:
        room: The room's state.
        customer: State of the transaction that the room names, if it names one.
        somebody_waits: Whether a customer waits for a therapist.
    """
    match room:
        case RoomStatus.AVAILABLE:
            return LampPattern.SLOW_BLINK if somebody_waits else LampPattern.OFF
        case RoomStatus.PREPARING:
            return LampPattern.PULSE
        case RoomStatus.OCCUPIED:
            called = customer is TransactionStatus.THERAPIST_CONFIRMED
            return LampPattern.FAST_BLINK if called else LampPattern.ON


def meaning(
    room: RoomStatus, customer: TransactionStatus | None, gesture: Gesture
) -> Event | str | None:
    """What a gesture on the room's button asks for.

    Returns:
        An event of the therapist's, `ROOM_READY`, or None where the gesture means nothing.
    """
    return _MEANINGS.get((room, customer if room is RoomStatus.OCCUPIED else None, gesture))


_MEANINGS: dict[tuple[RoomStatus, TransactionStatus | None, Gesture], Event | str] = {
    (RoomStatus.AVAILABLE, None, Gesture.PRESS): Event.THERAPIST_CONFIRM_NEXT,
    (
        RoomStatus.OCCUPIED,
        TransactionStatus.THERAPIST_CONFIRMED,
        Gesture.PRESS,
    ): Event.THERAPIST_START_SERVICE,
    (
        RoomStatus.OCCUPIED,
        TransactionStatus.THERAPIST_CONFIRMED,
        Gesture.HOLD,
    ): Event.THERAPIST_RELEASE,
    (
        RoomStatus.OCCUPIED,
        TransactionStatus.IN_SERVICE,
        Gesture.HOLD,
    ): Event.THERAPIST_FINISH_SERVICE,
    (RoomStatus.PREPARING, None, Gesture.PRESS): ROOM_READY,
}
