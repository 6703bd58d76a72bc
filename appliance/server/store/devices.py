"""Kiosks, displays and peripherals daemons, and the tokens that they were given."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from .models import Device


def named(session: Session, name: str) -> Device | None:
    """The device with this name, revoked or not."""
    return session.scalars(select(Device).where(Device.name == name)).first()


def with_token(session: Session, digest: bytes) -> Device | None:
    """The device whose token has this digest, revoked or not."""
    return session.scalars(select(Device).where(Device.digest == digest)).first()


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
