"""The treatment rooms."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session

from .models import Room, Staff


def is_known(session: Session, room_number: str) -> bool:
    """Whether there is a room with this number."""
    return bool(session.scalar(select(exists().where(Room.room_number == room_number))))


def every(session: Session) -> Sequence[Room]:
    """Every room, by number."""
    return session.scalars(select(Room).order_by(Room.room_number)).all()


def therapists(session: Session) -> dict[str, list[str]]:
    """Whose each room is: number to names, of those who may log in."""
    found: dict[str, list[str]] = {}
    for person in session.scalars(
        select(Staff)
        .where(Staff.room_number.is_not(None), Staff.disabled_at.is_(None))
        .order_by(Staff.name, Staff.id)
    ):
        found.setdefault(person.room_number or "", []).append(person.name)
    return found


def remove(session: Session, room: Room) -> None:
    """Take a room away."""
    session.execute(delete(Room).where(Room.id == room.id))
    session.expunge(room)
