"""Kiosks, displays and peripherals daemons, and the secrets that they were given."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from .models import Device, DeviceSession, EnrolmentCode
from .unit_of_work import UnitOfWork, affected

SESSIONS_AT_MOST: Final = 20
"""Of one device; the oldest ends. A kiosk that opens its link at each start adds one each time."""


def named(session: Session, name: str) -> Device | None:
    """The device with this name, revoked or not."""
    return session.scalars(select(Device).where(Device.name == name)).first()


def with_token(session: Session, digest: bytes) -> Device | None:
    """The device whose token has this digest, revoked or not."""
    return session.scalars(select(Device).where(Device.digest == digest)).first()


def session_with(session: Session, digest: bytes) -> DeviceSession | None:
    """The enrolled browser whose secret has this digest, whether or not its device is revoked."""
    return session.scalars(select(DeviceSession).where(DeviceSession.digest == digest)).first()


def add_session(session: Session, device: Device, digest: bytes, now: datetime) -> None:
    """Enrol a browser as this device."""
    session.add(DeviceSession(device_id=device.id, digest=digest, created_at=now))
    session.flush()
    of_device = select(DeviceSession.id).where(DeviceSession.device_id == device.id)
    newest_first = of_device.order_by(DeviceSession.id.desc())
    if beyond := session.scalars(newest_first).all()[SESSIONS_AT_MOST:]:
        session.execute(delete(DeviceSession).where(DeviceSession.id.in_(beyond)))


def set_code(session: Session, device: Device, digest: bytes, expires_at: datetime) -> None:
    """Give a device a new enrolment link; the one before ends."""
    code = session.get(EnrolmentCode, device.id, with_for_update=True, populate_existing=True)
    if code is None:
        session.add(EnrolmentCode(device_id=device.id, digest=digest, expires_at=expires_at))
    else:
        code.digest, code.expires_at, code.used_at = digest, expires_at, None
    session.flush()


def code_with(session: Session, digest: bytes) -> EnrolmentCode | None:
    """The enrolment link with this digest, as it stands now and taken: it is used by one."""
    return session.scalars(
        select(EnrolmentCode).where(EnrolmentCode.digest == digest).with_for_update()
    ).first()


def take(session: Session, device_id: int) -> Device | None:
    """Take the device with this id."""
    return session.get(Device, device_id, with_for_update=True, populate_existing=True)


def every(session: Session) -> Sequence[Device]:
    """Every device, by kind and name."""
    return session.scalars(select(Device).order_by(Device.kind, Device.name)).all()


def browsers(session: Session) -> dict[int, int]:
    """How many browsers are enrolled as each device: id → count; without those that have none."""
    counted = select(DeviceSession.device_id, func.count()).group_by(DeviceSession.device_id)
    return {row.device_id: row[1] for row in session.execute(counted)}


def good_tokens(session: Session, digests: Collection[bytes]) -> set[bytes]:
    """Which of these digests are of a device that is not revoked, or of a browser of one."""
    of_devices = select(Device.digest).where(Device.digest.in_(digests))
    of_browsers = (
        select(DeviceSession.digest)
        .join(DeviceSession.device)
        .where(DeviceSession.digest.in_(digests))
    )
    return {
        digest
        for asked in (of_devices, of_browsers)
        for digest in session.scalars(asked.where(Device.revoked_at.is_(None)))
    }


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
