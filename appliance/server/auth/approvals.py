"""A manager's PIN at a cashier's screen: checked before the unit of work that needs it begins."""

from __future__ import annotations

from typing import Final

from appliance.server.domain.errors import DomainError, InvalidCredentials, TooManyAttempts
from appliance.server.domain.numerals import read_digits
from appliance.server.domain.security import APPROVAL_FAILED
from appliance.server.domain.states import Actor, Role
from appliance.server.store import people
from appliance.server.store.unit_of_work import Store, UnitOfWork
from appliance.server.usecases.till.approvals import Approver
from appliance.words import N_

from . import passwords
from .journal import Journal
from .line import Line
from .throttle import Key, LogInThrottle, by_pin

_WRONG: Final = N_("This username and PIN do not approve this. Please check both.")
_BUSY: Final = N_(
    "Many approvals are being checked at the moment. Please try again in a few seconds."
)


class Approvals:
    """Checks managers' PINs.

    A PIN is short: guesses at one are slowed down as guesses at a password are, and each stands in
    the history with the cashier at whose screen it was made. The counts are apart from those of the
    log-in, so that nobody is locked out of the one by the other.

    One PIN is checked at a time. Each is judged by those before it, so only wrong ones count: one
    manager may approve at eight desks at once, and eight who guess at once have no more guesses
    than one after the other.

    Args:
        store: The database.
        journal: Remembers wrong ones.
        throttle: Slows guesses down.
    """

    def __init__(self, store: Store, journal: Journal, throttle: LogInThrottle) -> None:
        self._store = store
        self._journal = journal
        self._throttle = throttle
        self._line = Line(1, _BUSY)

    def approve(self, username: str, pin: str, at: Actor, address: str | None) -> Approver:
        """The manager who approves.

        Args:
            username: The manager's.
            pin: As typed.
            at: Whose screen it is typed at.
            address: Where that is.

        Raises:
            InvalidCredentials: They do not belong together, or it is nobody who may approve.
            TooManyAttempts: There were too many wrong ones; this one was not looked at.
        """
        # Nothing is hashed while a lock is held, so this is a look of its own.
        actor, pin_hash = self._store.run(lambda unit: _look_up(unit, username))
        # By manager and by cashier: neither can be guessed at from many screens, nor many from one.
        pin = read_digits(pin) or pin  # A manager's own phone may type other digits.
        keys = [
            by_pin(f"of {actor.id if actor else username.casefold()}"),
            by_pin(f"at {at.key}"),
        ]
        try:
            # Who has to pause takes nobody's place in the line.
            self._throttle.check(keys)
            with self._line.turn():
                right = self._try(keys, pin_hash, pin)
        except TooManyAttempts:
            self._journal.note(APPROVAL_FAILED, at, address, "paused")
            raise
        if actor is None or not right:
            about = actor.name if actor else "unknown"
            self._journal.note(APPROVAL_FAILED, at, address, about)
            raise InvalidCredentials(_WRONG)
        return Approver(actor.role, actor.id, actor.name)

    def _try(self, keys: list[Key], pin_hash: str | None, pin: str) -> bool:
        self._throttle.begin(keys)
        try:
            right = passwords.verify(pin_hash, pin)
        except DomainError:
            self._throttle.was_not_looked_at(keys)
            raise
        if right:
            self._throttle.was_right(keys)
        return right


def _look_up(unit: UnitOfWork, username: str) -> tuple[Actor | None, str | None]:
    person = people.named(unit.session, username)
    if person is None or person.role is not Role.MANAGER or person.disabled_at is not None:
        return None, None
    return person.actor, person.pin_hash
