"""Keeping the treatment rooms."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from appliance.protocol import room_named
from appliance.server.domain.errors import InvalidState, NotFound, ValidationFailed
from appliance.server.domain.states import Actor, RoomStatus
from appliance.server.store import claims, people, rooms
from appliance.server.store.models import Room
from appliance.server.store.unit_of_work import UnitOfWork
from appliance.words import N_

from .changes import Fields, check_expected

_ROOM_NUMBER = re.compile(r"[^\s\x00-\x1f\x7f]+(?: [^\s\x00-\x1f\x7f]+)*")


class RoomNow(NamedTuple):
    """A room and whose it is.

    Attributes:
        room: The row.
        therapists: Their names.
    """

    room: Room
    therapists: Sequence[str]


def list_rooms(unit: UnitOfWork) -> list[RoomNow]:
    """Every treatment room, by number."""
    whose = rooms.therapists(unit.session)
    return [RoomNow(room, whose.get(room.room_number, ())) for room in rooms.every(unit.session)]


def add(unit: UnitOfWork, by: Actor, room_number: str) -> RoomNow:
    """Add a treatment room.

    Raises:
        ValidationFailed: The number is empty, too long, or of several lines.
        InvalidState: There is one with that number.
    """
    return RoomNow(add_room(unit, by, room_number), ())


def change(unit: UnitOfWork, by: Actor, room_id: int, wanted: Fields, expected: Fields) -> RoomNow:
    """Change what is kept of a room.

    Args:
        unit: The open unit of work.
        by: The manager.
        room_id: Which.
        wanted: Its `room_number`.
        expected: The same as the manager saw it.

    Raises:
        DomainError: As `rename` does.
        InvalidState: Somebody else has changed it meanwhile.
    """
    present = {"room_number": _with_id(unit, room_id).room_number}
    check_expected(present, expected)
    return rename(unit, by, room_id, wanted["room_number"])


def rename(unit: UnitOfWork, by: Actor, room_id: int, room_number: str) -> RoomNow:
    """Give a room another number; its therapists and the customer in it stay in it.

    Buttons and lamps know rooms by number: their daemon's file has to follow.

    Raises:
        NotFound: There is no such room.
        ValidationFailed: The number is empty, too long, or of several lines.
        InvalidState: There is one with that number.
    """
    wanted = _number(room_number)
    room = _with_id(unit, room_id)
    before = room.room_number
    inside = people.in_room(unit.session, before)
    if wanted != before:
        visit = room.current_transaction_id
        # Room before transaction, as everywhere.
        customer = claims.transaction_by_id(unit.session, visit) if visit is not None else None
        if rooms.is_known(unit.session, wanted):
            raise _taken(wanted)
        room.room_number = wanted
        unit.write_or(_taken(wanted))
        for person in inside:
            person.room_number = wanted
        if customer is not None:
            customer.room_number = wanted
            unit.changes.transactions.add(customer.id)
        unit.record(
            "room_renamed",
            by,
            unit.now(),
            detail={
                "room": room.id,
                "before": {"room_number": before},
                "after": {"room_number": wanted},
            },
        )
        unit.changes.queue = True
    return RoomNow(room, [person.name for person in inside if person.disabled_at is None])


def numbered(unit: UnitOfWork, room_number: str) -> int:
    """The id of the room with this number.

    Raises:
        NotFound: There is none.
    """
    wanted = room_named(room_number)
    for room in rooms.every(unit.session):
        if room.room_number == wanted:
            return room.id
    raise NotFound("No such room: {room}.", room=wanted)


def remove(unit: UnitOfWork, by: Actor, room_id: int) -> RoomNow:
    """Take a room away that nobody needs; past visits keep its number.

    Raises:
        NotFound: There is no such room.
        InvalidState: A customer is in it, or it is somebody's.
    """
    room = _with_id(unit, room_id)
    if room.status is not RoomStatus.AVAILABLE or room.current_transaction_id is not None:
        raise InvalidState("Room {room} is in use.", room=room.room_number)
    inside = people.in_room(unit.session, room.room_number)
    names = ", ".join(person.name for person in inside if person.disabled_at is None)
    if names:
        raise InvalidState(
            "Room {room} belongs to {names}. Give them another room first.",
            room=room.room_number,
            names=names,
        )
    for person in inside:
        person.room_number = None
    rooms.remove(unit.session, room)
    unit.record(
        "room_removed",
        by,
        unit.now(),
        detail={"room": room.id, "before": {"room_number": room.room_number}, "after": None},
    )
    unit.changes.queue = True
    return RoomNow(room, ())


def _with_id(unit: UnitOfWork, room_id: int) -> Room:
    room = claims.room_by_id(unit.session, room_id)
    if room is None:
        raise NotFound("Room not found.")
    return room


def _number(text: str) -> str:
    number = room_named(text)
    if len(number) > 20 or not _ROOM_NUMBER.fullmatch(number):
        raise ValidationFailed(N_("Room name must be 1–20 characters on one line."))
    return number


def _taken(room_number: str) -> InvalidState:
    return InvalidState("Room {room} already exists.", room=room_number)


def add_room(unit: UnitOfWork, by: Actor, room_number: str) -> Room:
    """Add a treatment room.

    Raises:
        ValidationFailed: The number is empty, too long, or of several lines.
        InvalidState: There is one with that number.
    """
    room_number = _number(room_number)
    if rooms.is_known(unit.session, room_number):
        raise _taken(room_number)
    room = Room(room_number=room_number, status=RoomStatus.AVAILABLE)
    unit.session.add(room)
    unit.write_or(_taken(room_number))
    unit.record("room_added", by, unit.now(), detail={"room_number": room_number})
    unit.changes.queue = True
    return room
