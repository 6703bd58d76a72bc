"""Logging in: slowed down where somebody guesses, and never all the hands of the machine."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Final

from appliance.server.domain.errors import (
    DomainError,
    InvalidCredentials,
    TooManyAttempts,
)
from appliance.server.domain.security import LOG_IN_FAILED, LOG_IN_PAUSED, NOBODY
from appliance.server.domain.states import Role
from appliance.server.store import people
from appliance.server.store.unit_of_work import Store, UnitOfWork
from appliance.words import N_

from .identity import Identity, log_in
from .journal import Journal
from .known import KnownBrowser
from .line import Line
from .throttle import Key, LogInThrottle, by_address, by_browser, by_person, by_person_from

AT_ONCE: Final = max(1, min(2, (os.cpu_count() or 1) // 2))
"""Passwords that are checked at the same time: each keeps a core busy and holds 19 MiB, and the
screens need the rest of the machine. Known browsers have as many to themselves."""
_BUSY: Final = N_("Many people are logging in at the moment. Please try again in a few seconds.")


@dataclass(frozen=True, slots=True)
class Attempt:
    """Somebody at the door.

    Attributes:
        role: Which door.
        username: As typed.
        password: As typed.
        address: Where they are.
        browser: The browser, if it has proved itself before.
        instead_of: The token that the browser holds already at this door, if any.
    """

    role: Role
    username: str
    password: str
    address: str | None
    browser: KnownBrowser | None = None
    instead_of: str | None = None


@dataclass(frozen=True, slots=True)
class _Known:
    id: int
    username: str


class LogIns:
    """Checks names and passwords, and gives tokens.

    Args:
        store: The database.
        throttle: Slows guesses down.
        journal: Remembers them.
        on_duty: Whether a therapist who logs in is there to be given customers.
    """

    def __init__(
        self, store: Store, throttle: LogInThrottle, journal: Journal, *, on_duty: bool = True
    ) -> None:
        self._on_duty = on_duty
        self._store = store
        self._throttle = throttle
        self._journal = journal
        self._strangers = Line(AT_ONCE, _BUSY)
        self._friends = Line(AT_ONCE, _BUSY)

    def log_in(self, attempt: Attempt) -> tuple[Identity, str]:
        """Check a name and password and give a new token.

        Returns:
            The identity and its token.

        Raises:
            InvalidCredentials: They do not belong together, or not at this door.
            TooManyAttempts: There were too many wrong ones; this one was not looked at.
        """
        known: _Known | None = None
        try:
            # The one limit that needs no look into the database comes before it.
            if attempt.browser is None:
                self._throttle.check([by_address(attempt.address)])
            known = self._store.run(lambda unit: _look_up(unit, attempt.username))
            return self._admit(attempt, known)
        except InvalidCredentials:
            self._note(LOG_IN_FAILED, attempt, known)
            raise
        except TooManyAttempts:
            self._note(LOG_IN_PAUSED, attempt, known)
            raise

    def _admit(self, attempt: Attempt, known: _Known | None) -> tuple[Identity, str]:
        friend = _is_friend(attempt, known)
        keys = _keys(attempt, known, friend=friend)
        counted = self._throttle.begin(keys)
        try:
            with (self._friends if friend else self._strangers).turn():
                found = log_in(
                    self._store,
                    attempt.role,
                    attempt.username,
                    attempt.password,
                    attempt.address,
                    attempt.instead_of,
                    on_duty=self._on_duty,
                )
        except InvalidCredentials:
            raise
        except DomainError:
            self._throttle.was_not_looked_at(counted)
            raise
        person = by_person(_name_of(found[0].actor.id))
        self._throttle.was_right({*keys, person})
        return found

    def _note(self, event: str, attempt: Attempt, known: _Known | None) -> None:
        # Only names that exist: somebody who types a password into the name's field shall not read
        # it in the history.
        about = f"{known.username} at {attempt.role}" if known else f"unknown at {attempt.role}"
        self._journal.note(event, NOBODY, attempt.address, about)


def _look_up(unit: UnitOfWork, username: str) -> _Known | None:
    person = people.named(unit.session, username)
    return None if person is None else _Known(person.id, person.username)


def _is_friend(attempt: Attempt, known: _Known | None) -> bool:
    return attempt.browser is not None and known is not None and known.id in attempt.browser.people


def _keys(attempt: Attempt, known: _Known | None, *, friend: bool) -> list[Key]:
    if friend and attempt.browser is not None:
        return [by_browser(attempt.browser.id)]
    # By the person, not by what was typed: the database takes ANA and ana for one name.
    name = _name_of(known.id) if known else f"name {attempt.username.casefold()}"
    return [by_person_from(name, attempt.address), by_person(name), by_address(attempt.address)]


def _name_of(person: int | None) -> str:
    return f"id {person}"
