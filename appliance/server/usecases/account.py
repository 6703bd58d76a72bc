"""What everybody may change of their own; a secret once they have shown that it is theirs."""

from __future__ import annotations

from typing import Final, NewType

from appliance.server.domain.errors import InvalidCredentials
from appliance.server.domain.states import Actor
from appliance.server.store import people
from appliance.server.store.models import Staff
from appliance.server.store.unit_of_work import UnitOfWork
from appliance.words import N_

from .manager.people import Hashed, with_id

Proved = NewType("Proved", bool)
"""Whether the current password was right: checked before the unit of work began."""
LogIn = NewType("LogIn", bytes)
"""The digest of the token that somebody asks with."""

_WRONG: Final = N_("Your current password is wrong. Please try again.")


def set_password(
    unit: UnitOfWork, by: Actor, hashed: Hashed, proved: Proved, log_in: LogIn
) -> Staff:
    """Give oneself a new password; one's other log-ins end, the one that asks stays.

    Raises:
        InvalidCredentials: The current password was wrong.
    """
    person = _own(unit, by, proved)
    person.password_hash = hashed
    people.take_other_tokens(unit.session, person, log_in)
    unit.changes.revoked.add(person.actor.key)
    unit.record("password_changed", by, unit.now())
    return person


def set_pin(unit: UnitOfWork, by: Actor, hashed: Hashed, proved: Proved) -> Staff:
    """Give oneself a new PIN, to approve with at a cashier's screen.

    Raises:
        InvalidCredentials: The current password was wrong.
    """
    person = _own(unit, by, proved)
    person.pin_hash = hashed
    unit.record("pin_changed", by, unit.now())
    return person


def set_language(unit: UnitOfWork, by: Actor, language: str) -> Staff:
    """Choose in which language one's pages speak, on every device that one logs in on."""
    person = with_id(unit, by.id or 0)
    person.language = language
    return person


def _own(unit: UnitOfWork, by: Actor, proved: Proved) -> Staff:
    if not proved:
        raise InvalidCredentials(_WRONG)
    return with_id(unit, by.id or 0)
