"""Tokens: given at log-in, slid by use, ended in every way that the shop needs.

One live token per person; the database keeps only its digest.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, select, update
from sqlalchemy.orm import joinedload
from sqlalchemy.orm.attributes import set_committed_value

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


def find_person(unit: UnitOfWork, token: str) -> AuthToken | None:
    """Find whose live token this is, and slide it.

    Returns:
        The token's row with its person, or None for one that is unknown or has expired.
    """
    if not token.isascii():
        return None
    digest = token_digest(token)
    row = unit.session.scalars(
        select(AuthToken).where(AuthToken.digest == digest).options(joinedload(AuthToken.staff))
    ).first()
    unit.keep(row)
    now = unit.now()
    if row is None or not hmac.compare_digest(row.digest, digest) or row.staff.disabled_at:
        return None
    if row.expires_at <= now:
        return None
    if now - row.touched_at >= TOUCH_EVERY:
        unit.session.execute(
            update(AuthToken)
            .where(AuthToken.staff_id == row.staff_id, AuthToken.digest == digest)
            .values(touched_at=now, expires_at=now + LIFETIME)
            .execution_options(synchronize_session=False)
        )
        set_committed_value(row, "expires_at", now + LIFETIME)
    return row


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
