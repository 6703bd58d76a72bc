"""Keeping the treatment rooms."""

from __future__ import annotations

import re

from appliance.protocol import room_named
from appliance.server.domain.errors import InvalidState, ValidationFailed
from appliance.server.domain.states import Actor, RoomStatus
from appliance.server.store import rooms
from appliance.server.store.models import Room
from appliance.server.store.unit_of_work import UnitOfWork

_ROOM_NUMBER = re.compile(r"[^\s\x00-\x1f]{1,20}")


def add_room(unit: UnitOfWork, by: Actor, room_number: str) -> Room:
    """Add a treatment room.

    Raises:
        ValidationFailed: The number is empty, too long, or has blanks.
        InvalidState: There is one with that number.
    """
    room_number = room_named(room_number)
    if not _ROOM_NUMBER.fullmatch(room_number):
        raise ValidationFailed("A room number has from 1 to 20 characters and no blanks.")
    if rooms.is_known(unit.session, room_number):
        raise InvalidState(f"There is a room {room_number} already.")
    room = Room(room_number=room_number, status=RoomStatus.AVAILABLE)
    unit.add(room)
    unit.record("room_added", by, unit.now(), detail={"room_number": room_number})
    unit.changes.queue = True
    return room
