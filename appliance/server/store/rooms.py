"""The treatment rooms."""

from __future__ import annotations

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from .models import Room


def is_known(session: Session, room_number: str) -> bool:
    """Whether there is a room with this number."""
    return bool(session.scalar(select(exists().where(Room.room_number == room_number))))
