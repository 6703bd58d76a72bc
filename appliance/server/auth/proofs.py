"""The current password, asked for once more before somebody changes what is their own.

A screen that was left alone must not cost its owner the account.
"""

from __future__ import annotations

from appliance.server.domain.errors import AuthenticationRequired, DomainError, TooManyAttempts
from appliance.server.domain.security import PROOF_FAILED
from appliance.server.store import people
from appliance.server.store.unit_of_work import Store

from . import passwords
from .identity import Identity
from .journal import Journal
from .throttle import LogInThrottle, by_person


class Proofs:
    """Checks current passwords.

    Guesses are slowed down and stand in the history. The counts are apart from those of the log-in,
    so that a screen left alone keeps nobody out.

    Args:
        store: The database.
        journal: Remembers wrong ones.
        throttle: Slows guesses down.
    """

    def __init__(self, store: Store, journal: Journal, throttle: LogInThrottle) -> None:
        self._store = store
        self._journal = journal
        self._throttle = throttle

    def prove(self, identity: Identity, password: str, address: str | None) -> bool:
        """Whether this is the person's current password.

        Args:
            identity: Who asks.
            password: As typed.
            address: Where they are.

        Raises:
            AuthenticationRequired: A device has no password.
            TooManyAttempts: There were too many wrong ones; this one was not looked at.
        """
        username = identity.username
        if username is None:
            raise AuthenticationRequired
        person = self._store.run(lambda unit: people.named(unit.session, username))
        keys = [by_person(identity.actor.key)]
        try:
            self._throttle.begin(keys)
        except TooManyAttempts:
            self._journal.note(PROOF_FAILED, identity.actor, address, "paused")
            raise
        try:
            right = passwords.verify(person.password_hash if person else None, password)
        except DomainError:
            self._throttle.was_not_looked_at(keys)
            raise
        if right:
            self._throttle.was_right(keys)
        else:
            self._journal.note(PROOF_FAILED, identity.actor, address)
        return right
