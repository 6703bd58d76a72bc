"""The staff as a manager keeps them on a screen: by id."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final, NewType

from appliance.server.domain.errors import NotFound, ValidationFailed
from appliance.server.domain.states import Actor, Gender, Role
from appliance.server.store import claims, people
from appliance.server.store.models import Staff
from appliance.server.store.unit_of_work import UnitOfWork
from appliance.words import N_

from . import staff
from .changes import Fields, before_and_after, check_expected, news

NO_COMMISSION: Final = N_("Commission must be 0–100 percent.")
Hashed = NewType("Hashed", str)
"""A password or a PIN as it is stored: hashed before the unit of work began."""


def add(
    unit: UnitOfWork,
    by: Actor,
    role: Role,
    username: str,
    name: str,
    hashed: Hashed,
    room_number: str | None = None,
    gender: Gender | None = None,
    commission_percent: Decimal | None = None,
) -> Staff:
    """Add a person.

    Raises:
        ValidationFailed: Something is odd, or the room belongs to another role.
        InvalidState: The username is taken.
        NotFound: There is no such room.
    """
    check_commission(commission_percent)
    person = staff.add_staff(unit, by, role, username, name, hashed, room_number)
    person.gender, person.commission_percent = gender, commission_percent
    unit.changes.queue = True
    return person


def change(unit: UnitOfWork, by: Actor, person_id: int, wanted: Fields, expected: Fields) -> Staff:
    """Change what is kept of a person; who they are, their role, stays.

    Args:
        unit: The open unit of work.
        by: The manager.
        person_id: Whom.
        wanted: Any of `name`, `username`, `room_number`, `disabled`, `gender`,
            `commission_percent`.
        expected: The same as the manager saw them, as far as it matters.

    Raises:
        NotFound: There is no such person, or no such room.
        ValidationFailed: A name is odd, or somebody who is no therapist is given a room.
        InvalidState: The username is taken, the person has a customer, it is the last manager, or
            somebody else has changed this meanwhile.
    """
    person = with_id(unit, person_id)
    present: dict[str, Any] = {
        "name": person.name,
        "username": person.username,
        "room_number": person.room_number,
        "disabled": person.disabled_at is not None,
        "gender": person.gender,
        "commission_percent": person.commission_percent,
    }
    check_expected(present, expected)
    changed = news(present, wanted)
    if "room_number" in changed:
        staff.set_room(unit, by, person.username, changed.pop("room_number"))
    disabled = changed.pop("disabled", None)
    _check(unit, person, changed)
    if changed:
        for field, value in changed.items():
            setattr(person, field, value)
        unit.write_or(staff.taken(person.username))
        about = {"person": person.id, "username": present["username"]}
        unit.record(
            "staff_changed", by, unit.now(), detail=about | before_and_after(present, changed)
        )
    if disabled is not None:
        act = staff.disable_staff if disabled else staff.enable_staff
        act(unit, by, person.username)
    unit.changes.queue = True
    return person


def _check(unit: UnitOfWork, person: Staff, changed: dict[str, Any]) -> None:
    if "username" in changed:
        staff.check_username(changed["username"])
        other = people.named(unit.session, changed["username"])
        if other is not None and other.id != person.id:
            raise staff.taken(changed["username"])
    if "name" in changed:
        changed["name"] = staff.name_of(changed["name"])
    check_commission(changed.get("commission_percent"))


def change_named(unit: UnitOfWork, by: Actor, username: str, wanted: Fields) -> Staff:
    """The same as `change`, by username and whatever was there before.

    Raises:
        NotFound: There is no such person, or no such room.
        ValidationFailed: As of `change`.
        InvalidState: As of `change`.
    """
    return change(unit, by, staff.staff_named(unit, username).id, wanted, {})


def set_password(unit: UnitOfWork, by: Actor, person_id: int, hashed: Hashed) -> Staff:
    """Give a person a new password; their log-ins end.

    Raises:
        NotFound: There is no such person.
    """
    return staff.set_password(unit, by, with_id(unit, person_id).username, hashed)


def set_pin(unit: UnitOfWork, by: Actor, person_id: int, hashed: Hashed) -> Staff:
    """Give a person a new PIN; a manager approves with it at a cashier's screen.

    Raises:
        NotFound: There is no such person.
    """
    return staff.set_pin(unit, by, with_id(unit, person_id).username, hashed)


def revoke(unit: UnitOfWork, by: Actor, person_id: int) -> Staff:
    """Log a person out everywhere.

    Raises:
        NotFound: There is no such person.
    """
    return staff.revoke_staff(unit, by, with_id(unit, person_id).username)


def with_id(unit: UnitOfWork, person_id: int) -> Staff:
    """Take a person, so that nobody else changes them meanwhile.

    Raises:
        NotFound: There is no such person.
    """
    person = people.by_id(unit.session, person_id)
    if person is None:
        raise NotFound("Person not found.")
    if person.room_number is not None:
        # Room before person, as claims do it.
        claims.room_by_number(unit.session, person.room_number)
    return people.take(unit.session, person)


def check_commission(percent: Decimal | None) -> None:
    """Make sure that a commission is a share.

    Raises:
        ValidationFailed: It is more than everything.
    """
    if percent is not None and percent > 100:
        raise ValidationFailed(NO_COMMISSION)
