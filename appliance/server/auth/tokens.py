"""Tokens: given at log-in, slid by use, ended in every way that the shop needs.

One live token per person; the database keeps only its digest.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from appliance.server.domain.security import token_digest
from appliance.server.domain.states import Role
from appliance.server.store import devices, people
from appliance.server.store.models import Device, Staff
from appliance.server.store.unit_of_work import UnitOfWork

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
    people.give_token(unit.session, person, token_digest(token), now, now + LIFETIME)
    return token, now + LIFETIME


def find_person(unit: UnitOfWork, token: str) -> people.Token | None:
    """Find whose live token this is, and slide it.

    Returns:
        The token, or None for one that is unknown or has expired.
    """
    if not token.isascii():
        return None
    digest = token_digest(token)
    held = people.token(unit.session, digest)
    now = unit.now()
    if held is None or not hmac.compare_digest(held.digest, digest) or held.disabled:
        return None
    if held.expires_at <= now:
        return None
    if now - held.touched_at >= TOUCH_EVERY:
        held = replace(held, touched_at=now, expires_at=now + LIFETIME)
        people.slide_token(unit.session, held)
    return held


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
    device = devices.with_token(unit.session, digest)
    if device is None or not hmac.compare_digest(device.digest, digest) or device.revoked_at:
        return None
    return device if kind is None or device.kind is kind else None


def alive(unit: UnitOfWork, digests: Collection[bytes]) -> set[bytes]:
    """Which of these digests stand for a token, of a person or a device, that is good now."""
    return people.good_tokens(unit.session, digests, unit.now()) | devices.good_tokens(
        unit.session, digests
    )


def remove_expired(unit: UnitOfWork) -> None:
    """Forget tokens that have expired; their people are off duty, and their open screens end."""
    now = unit.now()
    for person in people.with_expired_token(unit.session, now):
        if not people.take_expired_token(unit.session, person, now):
            continue  # They have logged in again meanwhile.
        person.on_duty_since = None
        unit.record("token_expired", person.actor, now)
        unit.changes.revoked.add(person.actor.key)
        unit.changes.queue = True
