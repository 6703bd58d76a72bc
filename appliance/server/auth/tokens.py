"""Tokens: given at log-in, slid by use, ended in every way that the shop needs.

One live token per person; the database keeps only its digest.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import bindparam, delete, select, update

from appliance.server.domain.states import Actor, Role
from appliance.server.store.models import AuthToken, Device, Staff
from appliance.server.store.unit_of_work import UnitOfWork, affected
from appliance.server.usecases.manager import token_digest

LIFETIME: Final = timedelta(hours=24)
TOUCH_EVERY: Final = timedelta(minutes=1)
"""Sliding is written at most this often."""


def issue(unit: UnitOfWork, person: Staff) -> tuple[str, datetime]:
    """Give a person a new token; the one before ends.

    Returns:
        The token and when it expires unless it is used.
    """
    token = secrets.token_urlsafe(32)
    now = unit.now()
    unit.session.execute(delete(AuthToken).where(AuthToken.staff_id == person.id))
    unit.session.add(
        AuthToken(
            staff_id=person.id,
            digest=token_digest(token),
            created_at=now,
            touched_at=now,
            expires_at=now + LIFETIME,
        )
    )
    return token, now + LIFETIME


@dataclass(frozen=True, slots=True)
class LiveToken:
    """A token that is good now.

    Attributes:
        person: Whose it is.
        username: What they log in with.
        expires_at: When it ends unless it is used.
    """

    person: Actor
    username: str
    expires_at: datetime


_PERSON: Final = (
    select(
        AuthToken.digest,
        AuthToken.touched_at,
        AuthToken.expires_at,
        Staff.id,
        Staff.role,
        Staff.username,
        Staff.name,
        Staff.room_number,
        Staff.disabled_at,
    )
    .join(AuthToken.staff)
    .where(AuthToken.digest == bindparam("digest"))
)
"""Made once: every event of a person asks it, and to build it costs more than to run it."""


def find_person(unit: UnitOfWork, token: str) -> LiveToken | None:
    """Find whose live token this is, and slide it.

    Returns:
        The token, or None for one that is unknown or has expired.
    """
    if not token.isascii():
        return None
    digest = token_digest(token)
    row = unit.connection.execute(_PERSON, {"digest": digest}).first()
    now = unit.now()
    if row is None or not hmac.compare_digest(row.digest, digest) or row.disabled_at:
        return None
    expires_at: datetime = row.expires_at
    if expires_at <= now:
        return None
    if now - row.touched_at >= TOUCH_EVERY:
        expires_at = now + LIFETIME
        unit.session.execute(
            update(AuthToken)
            .where(AuthToken.staff_id == row.id, AuthToken.digest == digest)
            .values(touched_at=now, expires_at=expires_at)
            .execution_options(synchronize_session=False)
        )
    person = Actor(row.role, row.id, row.name, row.room_number)
    return LiveToken(person, row.username, expires_at)


def find_device(unit: UnitOfWork, token: str, kind: Role | None = None) -> Device | None:
    """Find whose device token this is, unless it is revoked.

    Args:
        unit: The open unit of work.
        token: As the device sends it.
        kind: Which kind it must be, if that matters.
    """
    if not token.isascii():
        return None
    digest = token_digest(token)
    device = unit.session.scalars(select(Device).where(Device.digest == digest)).first()
    if device is None or not hmac.compare_digest(device.digest, digest) or device.revoked_at:
        return None
    return device if kind is None or device.kind is kind else None


def alive(unit: UnitOfWork, digests: Collection[bytes]) -> set[bytes]:
    """Which of these digests stand for a token, of a person or a device, that is good now."""
    people = (
        select(AuthToken.digest)
        .join(AuthToken.staff)
        .where(
            AuthToken.digest.in_(digests),
            AuthToken.expires_at > unit.now(),
            Staff.disabled_at.is_(None),
        )
    )
    devices = select(Device.digest).where(Device.digest.in_(digests), Device.revoked_at.is_(None))
    return {*unit.session.scalars(people), *unit.session.scalars(devices)}


def remove_expired(unit: UnitOfWork) -> None:
    """Forget tokens that have expired; their people are off duty, and their open screens end."""
    expired = select(AuthToken.staff_id).where(AuthToken.expires_at <= unit.now())
    people = unit.session.scalars(select(Staff).where(Staff.id.in_(expired))).all()
    for person in people:
        removed = unit.session.execute(
            delete(AuthToken).where(
                AuthToken.staff_id == person.id, AuthToken.expires_at <= unit.now()
            )
        )
        if affected(removed) == 0:
            continue  # They have logged in again meanwhile.
        actor = Actor(person.role, person.id, person.name)
        person.on_duty_since = None
        unit.record("token_expired", actor, unit.now())
        unit.changes.revoked.add(actor.key)
        unit.changes.queue = True
