"""Tokens: given at log-in, slid by use, ended in every way that the shop needs.

Each log-in has a token of its own: a person may use a phone and a desk. The database keeps only the
digests.
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
from appliance.server.usecases import duty

LIFETIME: Final = timedelta(hours=24)
TOUCH_EVERY: Final = timedelta(minutes=1)
"""Sliding is written at most this often."""


MOST_AT_ONCE: Final = 20
"""Log-ins of one person. One more ends the one that was used longest ago: a program that logs in
each time and never out does not fill the table."""


def issue(unit: UnitOfWork, person: Staff, instead_of: str | None = None) -> tuple[str, datetime]:
    """Give a person a new token beside those that they have.

    Args:
        unit: The open unit of work.
        person: Who has logged in.
        instead_of: What the same browser held until now; it ends if it is theirs, since nobody
            could log it out any more.

    Returns:
        The token and when it expires unless it is used.
    """
    token = secrets.token_urlsafe(32)
    now = unit.now()
    people.add_token(unit.session, person, token_digest(token), now, now + LIFETIME)
    ended = people.take_oldest_tokens(unit.session, person, MOST_AT_ONCE)
    if instead_of is not None:
        ended |= people.take_token(unit.session, person.id, token_digest(instead_of))
    if ended:
        unit.changes.revoked.add(person.actor.key)
    return token, now + LIFETIME


def end(unit: UnitOfWork, person: Staff, token: str) -> None:
    """End one log-in; with the last one a duty ends that it began, unless they have a customer."""
    people.take_token(unit.session, person.id, token_digest(token))
    _left(unit, person)


def _left(unit: UnitOfWork, person: Staff) -> None:
    if not people.is_logged_in(unit.session, person, unit.now()):
        duty.after_log_out(unit, person)
    unit.changes.revoked.add(person.actor.key)
    unit.changes.queue = True


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


def find_enrolled(unit: UnitOfWork, secret: str, kind: Role | None = None) -> Device | None:
    """Find as which device a browser is enrolled, unless it is revoked.

    Args:
        unit: The open unit of work.
        secret: As its cookie holds it. A browser that the release before this one has enrolled
            holds its device's token.
        kind: Which kind it must be, if that matters.
    """
    if not secret.isascii():
        return None
    digest = token_digest(secret)
    held = devices.session_with(unit.session, digest)
    if held is None or not hmac.compare_digest(held.digest, digest):
        return find_device(unit, secret, kind)
    device = held.device
    if device.revoked_at or (kind is not None and device.kind is not kind):
        return None
    return device


def enrol(unit: UnitOfWork, device: Device) -> str:
    """Give a browser a secret of its own, by which it is this device.

    Returns:
        The secret, for its cookie.
    """
    secret = secrets.token_urlsafe(32)
    devices.add_session(unit.session, device, token_digest(secret), unit.now())
    return secret


def alive(unit: UnitOfWork, digests: Collection[bytes]) -> set[bytes]:
    """Which of these digests stand for a token, of a person or a device, that is good now."""
    return people.good_tokens(unit.session, digests, unit.now()) | devices.good_tokens(
        unit.session, digests
    )


def remove_expired(unit: UnitOfWork) -> None:
    """Forget tokens that have expired, and end their open screens.

    Who has no other log-in is off duty.
    """
    now = unit.now()
    for person in people.with_expired_tokens(unit.session, now):
        if not people.take_expired_tokens(unit.session, person, now):
            continue  # Somebody else has done it meanwhile.
        unit.record("token_expired", person.actor, now)
        _left(unit, person)
