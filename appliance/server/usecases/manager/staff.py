"""Keeping the staff."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from appliance.protocol import room_named
from appliance.server.domain.errors import InvalidState, NotFound, ValidationFailed
from appliance.server.domain.numerals import read_digits
from appliance.server.domain.states import STAFF_ROLES, Actor, Role
from appliance.server.store import claims, people, visits
from appliance.server.store.models import Staff
from appliance.server.store.unit_of_work import UnitOfWork
from appliance.words import N_

from .. import duty
from .names import NAME

PASSWORD_MIN_LENGTH: Final = 8
_PASSWORD_LENGTH: Final = N_("Password must be 8–200 characters.")
_PIN: Final = re.compile(r"[0-9]{4,10}")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")


def check_password(password: str) -> None:
    """Make sure that a new password is worth having.

    Raises:
        ValidationFailed: It is too short or too long.
    """
    if not PASSWORD_MIN_LENGTH <= len(password) <= 200:
        raise ValidationFailed(_PASSWORD_LENGTH)


def read_pin(pin: str) -> str:
    """A new PIN in the digits 0 to 9, whatever keyboard it was typed on.

    Raises:
        ValidationFailed: It is too short or too long, or has other characters.
    """
    digits = read_digits(pin)
    if digits is None or not _PIN.fullmatch(digits):
        raise ValidationFailed(N_("PIN must be 4–10 digits."))
    return digits


def add_staff(
    unit: UnitOfWork,
    by: Actor,
    role: Role,
    username: str,
    name: str,
    password_hash: str,
    room_number: str | None = None,
) -> Staff:
    """Add a person.

    Raises:
        ValidationFailed: A name is missing or odd, or the room belongs to another role.
        InvalidState: The user name is taken.
        NotFound: There is no such room.
    """
    if role not in STAFF_ROLES:
        raise ValidationFailed(f"A role is one of {', '.join(STAFF_ROLES)}.")
    check_username(username)
    name = name_of(name)
    if people.named(unit.session, username) is not None:
        raise taken(username)
    if room_number is not None:
        room_number = _room(unit, role, room_number)
    person = Staff(
        role=role,
        username=username,
        name=name,
        password_hash=password_hash,
        room_number=room_number,
    )
    unit.session.add(person)
    unit.write_or(taken(username))
    unit.record("staff_added", by, unit.now(), detail={"username": username, "role": role.value})
    return person


def check_username(username: str) -> None:
    """Make sure that a username can be typed anywhere.

    Raises:
        ValidationFailed: It has other characters, or too many.
    """
    if not NAME.fullmatch(username):
        raise ValidationFailed(
            N_("Usernames can only contain letters, digits, dots, hyphens and underscores.")
        )


def name_of(text: str) -> str:
    """A person's name as it is shown.

    Raises:
        ValidationFailed: It is empty or too long.
    """
    name = text.strip()
    if not 1 <= len(name) <= 120 or _CONTROL.search(name):
        raise ValidationFailed(N_("Name must be 1–120 characters on one line."))
    return name


def taken(username: str) -> InvalidState:
    """The refusal of a username that somebody has."""
    return InvalidState("The username {username} is taken.", username=username)


def set_room(unit: UnitOfWork, by: Actor, username: str, room_number: str | None) -> Staff:
    """Give a therapist another room, or none.

    Raises:
        NotFound: There is no such person, or no such room.
        ValidationFailed: They are no therapist.
        InvalidState: They have a customer, who is in the room that they have now.
    """
    person = staff_named(unit, username)
    wanted = None if room_number is None else _room(unit, person.role, room_number)
    duty.meet_claims(unit, person)
    if claims.holds_a_customer(unit.session, person.id):
        raise InvalidState(
            "{name} has a customer in room {room}. Finish that service first.",
            name=person.username,
            room=person.room_number or "–",
        )
    before, person.room_number = person.room_number, wanted
    unit.record(
        "room_set",
        by,
        unit.now(),
        detail={"username": person.username, "from": before, "to": wanted},
    )
    unit.changes.queue = True
    return person


def _room(unit: UnitOfWork, role: Role, room_number: str) -> str:
    """A room that a therapist can have, in its own spelling."""
    if role is not Role.THERAPIST:
        raise ValidationFailed(N_("Only a therapist has a room."))
    wanted = room_named(room_number)
    # Taken, so that nobody takes the room away meanwhile.
    if claims.room_by_number(unit.session, wanted) is None:
        raise NotFound("No such room: {room}. Add it first.", room=wanted)
    return wanted


def set_password(unit: UnitOfWork, by: Actor, username: str, password_hash: str) -> Staff:
    """Give a person a new password; their log-ins end.

    Raises:
        NotFound: There is no such person.
    """
    person = staff_named(unit, username)
    duty.meet_claims(unit, person)
    person.password_hash = password_hash
    end_tokens(unit, person)
    unit.record("password_set", by, unit.now(), detail={"username": person.username})
    return person


def set_pin(unit: UnitOfWork, by: Actor, username: str, pin_hash: str) -> Staff:
    """Give a person a new PIN.

    Raises:
        NotFound: There is no such person.
    """
    person = staff_named(unit, username)
    person.pin_hash = pin_hash
    unit.record("pin_set", by, unit.now(), detail={"username": person.username})
    return person


def revoke_staff(unit: UnitOfWork, by: Actor, username: str) -> Staff:
    """End all log-ins of a person at once.

    A new password ends them, too, and whatever the person is doing.

    Raises:
        NotFound: There is no such person.
        InvalidState: They have a customer, whom nobody would bring on.
    """
    person = staff_named(unit, username)
    duty.meet_claims(unit, person)
    _require_free(unit, person)
    end_tokens(unit, person)
    unit.record("staff_revoked", by, unit.now(), detail={"username": person.username})
    return person


def disable_staff(unit: UnitOfWork, by: Actor, username: str) -> Staff:
    """Let a person log in no more; what they did stays in the history.

    Raises:
        NotFound: There is no such person.
        InvalidState: They have a customer, whom nobody would bring on, or are the last manager.
    """
    person = staff_named(unit, username)
    if person.role is Role.MANAGER:
        others = [one for one in claims.managers(unit.session) if one is not person]
        if all(one.disabled_at is not None for one in others):
            raise InvalidState("The last manager cannot be disabled. Add another one first.")
    duty.meet_claims(unit, person)
    person.disabled_at = person.disabled_at or unit.now()
    # From here on nobody can write this person's id onto a customer; what was written is seen.
    unit.session.flush()
    _require_free(unit, person)
    end_tokens(unit, person)
    unit.record("staff_disabled", by, unit.now(), detail={"username": person.username})
    return person


def enable_staff(unit: UnitOfWork, by: Actor, username: str) -> Staff:
    """Let a disabled person log in again, with the password that they had.

    Raises:
        NotFound: There is no such person.
    """
    person = staff_named(unit, username)
    if person.disabled_at is not None:
        person.disabled_at = None
        unit.record("staff_enabled", by, unit.now(), detail={"username": person.username})
    return person


def _require_free(unit: UnitOfWork, person: Staff) -> None:
    held = visits.held_by(unit.session, person.id)
    if held:
        codes = ", ".join(visit.code or "" for visit in held)
        raise InvalidState(
            "{name} still has a customer: {codes}. Hand over, finish or cancel the visit first, "
            "on the manager's page.",
            name=person.name,
            codes=codes,
        )


def end_tokens(unit: UnitOfWork, person: Staff) -> None:
    """End all log-ins of a person and their duty; open screens are told after the commit.

    The duty of a therapist with a customer goes on, so that the room's button brings the visit to
    its end and the room back.
    """
    people.take_tokens(unit.session, person)
    duty.forget(unit, person)
    unit.changes.revoked.add(person.actor.key)
    unit.changes.queue = True


def staff_named(unit: UnitOfWork, username: str) -> Staff:
    """Find a person.

    Raises:
        NotFound: There is no such person.
    """
    person = people.named(unit.session, username)
    if person is None:
        raise NotFound(f"No such user: {username}.")
    return person


def list_staff(unit: UnitOfWork) -> Sequence[Staff]:
    """Everybody, by role and user name."""
    return people.everybody(unit.session)


def require_empty(unit: UnitOfWork) -> None:
    """Make sure that nobody works here yet.

    Raises:
        InvalidState: Somebody does.
    """
    if people.anybody(unit.session):
        raise InvalidState("This database has its first data already.")
