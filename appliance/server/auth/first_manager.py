"""The first manager: made with a code that stands on the kiosk's screen and nowhere else.

Nobody has a default password. Who stands in front of the kiosk of a shop without a manager reads
eight digits off it, which change every ten minutes, and becomes its manager with them, once.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timedelta
from typing import Final

from appliance.server.domain.errors import DomainError, InvalidCredentials, TooManyAttempts
from appliance.server.domain.numerals import with_plain_digits
from appliance.server.domain.security import LOG_IN_FAILED, LOG_IN_PAUSED, NOBODY
from appliance.server.store import people
from appliance.server.store.unit_of_work import Store
from appliance.server.usecases.manager.first import add_first_manager, there_is_one
from appliance.words import N_

from . import passwords
from .journal import Journal
from .throttle import LogInThrottle, by_address

DIGITS: Final = 8
RENEWED_EVERY: Final = timedelta(minutes=10)
_ABOUT: Final = "first manager"


class FirstManager:
    """Tells the kiosk the code, and takes it.

    The code is worked out of the server's secret and the time, so that several servers agree on it
    and nothing is stored. The one before the current one is taken as well: it was read off the
    screen a moment ago.

    Args:
        store: The database.
        throttle: Slows guesses down; its own, apart from the log-ins'.
        journal: Remembers them.
        secret_key: The server's.
    """

    def __init__(
        self, store: Store, throttle: LogInThrottle, journal: Journal, secret_key: str
    ) -> None:
        self._store = store
        self._throttle = throttle
        self._journal = journal
        self._key = secret_key.encode()
        self._is_there = False

    def is_wanted(self) -> bool:
        """Whether the shop has no manager who could log in.

        The last one cannot be disabled, so that once there is one nobody asks again. Pages come
        while the database is away, too: they are not for making a manager then.
        """
        try:
            return not self._has_manager()
        except DomainError:
            return False

    def code(self) -> str:
        """The digits that are on the kiosk's screen now."""
        return self._code(self._store.clock())

    def make(self, code: str, username: str, name: str, password: str, address: str | None) -> None:
        """Make the first manager.

        Args:
            code: As read off the kiosk, in any script's digits, with or without blanks.
            username: To log in with.
            name: As others see it.
            password: The new one.
            address: Where the browser is.

        Raises:
            InvalidCredentials: It is not the code.
            InvalidState: The shop has a manager already.
            TooManyAttempts: There were too many wrong ones from this address.
            Unavailable: The database cannot be reached.
            ValidationFailed: The username or the name cannot be used.
        """
        if self._has_manager():
            raise there_is_one()
        keys = [by_address(address)]
        try:
            self._throttle.begin(keys)
        except TooManyAttempts:
            self._journal.note(LOG_IN_PAUSED, NOBODY, address, _ABOUT)
            raise
        if not self._is_right(code):
            self._journal.note(LOG_IN_FAILED, NOBODY, address, _ABOUT)
            raise InvalidCredentials(
                N_("This is not the code on the kiosk’s screen. It changes every ten minutes.")
            )
        self._throttle.was_right(keys)
        hashed = passwords.hash_password(password)
        self._store.run(lambda unit: add_first_manager(unit, username, name, hashed))

    def _has_manager(self) -> bool:
        if not self._is_there:
            self._is_there = self._store.run(lambda unit: people.has_manager(unit.session))
        return self._is_there

    def _is_right(self, code: str) -> bool:
        typed = "".join(with_plain_digits(code).split()).encode()
        now = self._store.clock()
        current, before = self._code(now), self._code(now - RENEWED_EVERY)
        # Both are compared, whatever the first says.
        is_current = hmac.compare_digest(typed, current.encode())
        return hmac.compare_digest(typed, before.encode()) or is_current

    def _code(self, moment: datetime) -> str:
        period = int(moment.timestamp() // RENEWED_EVERY.total_seconds())
        digest = hmac.digest(self._key, f"{_ABOUT} {period}".encode(), hashlib.sha256)
        return f"{int.from_bytes(digest) % 10**DIGITS:0{DIGITS}d}"
