"""Turning a device's token into its browser's cookie, once."""

from __future__ import annotations

from appliance.server.domain.errors import InvalidCredentials
from appliance.server.domain.security import DEVICE_REFUSED, NOBODY
from appliance.server.domain.states import Actor, Role
from appliance.server.store.unit_of_work import Store, UnitOfWork

from . import tokens
from .journal import Journal
from .throttle import LogInThrottle, by_address


class Enrolments:
    """Checks enrolment links.

    A device's token has 256 bits, so guessing is hopeless; wrong ones are slowed down and
    remembered all the same, because somebody is trying.

    Args:
        store: The database.
        throttle: Slows guesses down; its own, apart from the log-ins'.
        journal: Remembers them.
    """

    def __init__(self, store: Store, throttle: LogInThrottle, journal: Journal) -> None:
        self._store = store
        self._throttle = throttle
        self._journal = journal

    def enrol(self, token: str, address: str | None) -> tuple[Role, str]:
        """Which device this is.

        Returns:
            Its kind and name.

        Raises:
            InvalidCredentials: None, or none any more.
            TooManyAttempts: There were too many wrong ones from this address.
        """
        keys = [by_address(address)]
        self._throttle.begin(keys)
        device = self._store.run(lambda unit: _find(unit, token, address))
        if device is None:
            self._journal.note(DEVICE_REFUSED, NOBODY, address)
            raise InvalidCredentials(
                "This enrolment link is not valid any more. Ask for a new one."
            )
        self._throttle.was_right(keys)
        return device.role, device.name


def _find(unit: UnitOfWork, token: str, address: str | None) -> Actor | None:
    device = tokens.find_device(unit, token)
    if device is None:
        return None
    unit.record("device_enrolled", device.actor, unit.now(), detail={"address": address})
    return device.actor
