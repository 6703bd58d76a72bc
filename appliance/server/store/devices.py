"""Kiosks, displays and peripherals daemons, and the tokens that they were given."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from .models import Device
from .unit_of_work import UnitOfWork, affected


def named(session: Session, name: str) -> Device | None:
    """The device with this name, revoked or not."""
    return session.scalars(select(Device).where(Device.name == name)).first()


def with_token(session: Session, digest: bytes) -> Device | None:
    """The device whose token has this digest, revoked or not."""
    return session.scalars(select(Device).where(Device.digest == digest)).first()


def take(session: Session, device_id: int) -> Device | None:
    """Take the device with this id."""
    return session.get(Device, device_id, with_for_update=True, populate_existing=True)


def every(session: Session) -> Sequence[Device]:
    """Every device, by kind and name."""
    return session.scalars(select(Device).order_by(Device.kind, Device.name)).all()


def good_tokens(session: Session, digests: Collection[bytes]) -> set[bytes]:
    """Which of these digests are of a device that is not revoked."""
    return set(
        session.scalars(
            select(Device.digest).where(Device.digest.in_(digests), Device.revoked_at.is_(None))
        )
    )


def set_connected(unit: UnitOfWork, device_id: int | None, *, connected: bool) -> bool:
    """Note that a device has come or gone.

    An UPDATE before anything is read: it takes the row, so that two connections of one daemon, such
    as the one before a crash and the one after it, introduce their printers in turn.

    Returns:
        False when the device is not enrolled any more.
    """
    changed = unit.session.execute(
        update(Device).where(Device.id == device_id).values(connected=connected)
    )
    return device_id is not None and affected(changed) > 0


def away(session: Session, devices: Collection[int]) -> set[int]:
    """Which of these devices are put down as not connected."""
    return set(
        session.scalars(
            select(Device.id).where(Device.id.in_(devices), Device.connected.is_(False))
        )
    )


def all_away(session: Session) -> None:
    """Nobody is connected."""
    session.execute(update(Device).values(connected=False))
