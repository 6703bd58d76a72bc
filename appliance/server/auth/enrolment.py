"""Enrolling a browser as a device: what it brings is exchanged for a secret of its own."""

from __future__ import annotations

import hmac
from dataclasses import dataclass

from appliance.server.domain.errors import InvalidCredentials, InvalidState, ValidationFailed
from appliance.server.domain.security import DEVICE_REFUSED, NOBODY, token_digest
from appliance.server.domain.states import Role
from appliance.server.store import devices
from appliance.server.store.models import Device, EnrolmentCode
from appliance.server.store.unit_of_work import Store, UnitOfWork
from appliance.server.usecases.manager.devices import OWN_TOKEN

from . import tokens
from .journal import Journal
from .throttle import LogInThrottle, by_address


@dataclass(frozen=True, slots=True)
class EnrolledBrowser:
    """A browser that is a device from now on.

    Attributes:
        kind: The device's.
        name: The device's.
        secret: What its cookie holds; it can be read only now.
    """

    kind: Role
    name: str
    secret: str


class Enrolments:
    """Checks enrolment links.

    A code has 80 bits and lives for minutes, a device's token 256: guessing is hopeless. Wrong
    ones are slowed down and remembered all the same, because somebody is trying.

    Args:
        store: The database.
        throttle: Slows guesses down; its own, apart from the log-ins'.
        journal: Remembers them.
    """

    def __init__(self, store: Store, throttle: LogInThrottle, journal: Journal) -> None:
        self._store = store
        self._throttle = throttle
        self._journal = journal

    def enrol(self, brought: str, address: str | None) -> EnrolledBrowser:
        """Exchange what stands in an enrolment link.

        Args:
            brought: A link's code, which works once, or a device's token.
            address: Where the browser is.

        Raises:
            InvalidCredentials: It is none, or none any more.
            TooManyAttempts: There were too many wrong ones from this address.
        """
        keys = [by_address(address)]
        self._throttle.begin(keys)
        try:
            enrolled = self._store.run(lambda unit: _exchange(unit, brought, address))
        except InvalidCredentials:
            self._journal.note(DEVICE_REFUSED, NOBODY, address)
            raise
        self._throttle.was_right(keys)
        return enrolled

    def let_station_in(self, code: str, token: str, address: str | None) -> str:
        """Let a station in with the token that it has made and kept before it came.

        Done over, it changes nothing: a station whose power went between the answer and its own
        disk comes again with the same two.

        Args:
            code: The secret half of a station's code, which works once.
            token: The station's own.
            address: Where the station is.

        Returns:
            The device that it is now. The one that was it before is not any more.

        Raises:
            InvalidCredentials: The code is none, or none any more.
            ValidationFailed: The token is odd.
            InvalidState: Another device has this token.
            TooManyAttempts: There were too many wrong ones from this address.
        """
        keys = [by_address(address)]
        self._throttle.begin(keys)
        try:
            name = self._store.run(lambda unit: _let_station_in(unit, code, token, address))
        except InvalidCredentials:
            self._journal.note(DEVICE_REFUSED, NOBODY, address)
            raise
        self._throttle.was_right(keys)
        return name


def _let_station_in(unit: UnitOfWork, brought: str, token: str, address: str | None) -> str:
    if not OWN_TOKEN.fullmatch(token):
        raise ValidationFailed("A device's token has 43 letters, digits, hyphens and underscores.")
    code = _code(unit, brought)
    if code is None or code.device.revoked_at or code.device.kind is not Role.PERIPHERALS:
        raise InvalidCredentials(
            "This station code is not valid. Make a new one on the manager's Devices page."
        )
    device = code.device
    if code.used_at and hmac.compare_digest(device.digest, token_digest(token)):
        return device.name
    if code.used_at:
        raise InvalidCredentials(
            "This station code has been used already. Make a new one on the manager's Devices page."
        )
    if code.expires_at <= unit.now():
        raise InvalidCredentials(
            "This station code has expired. Make a new one on the manager's Devices page."
        )
    code.used_at = unit.now()
    device.digest = token_digest(token)
    unit.write_or(InvalidState("This machine's token belongs to another device."))
    # Who had the token before, such as the card that this one replaces, is not let in any more.
    unit.changes.revoked.add(device.actor.key)
    unit.changes.devices = True
    unit.record("device_enrolled", device.actor, unit.now(), detail={"address": address})
    return device.name


def _code(unit: UnitOfWork, brought: str) -> EnrolmentCode | None:
    return devices.code_with(unit.session, token_digest(brought)) if brought.isascii() else None


def _exchange(unit: UnitOfWork, brought: str, address: str | None) -> EnrolledBrowser:
    device = tokens.find_device(unit, brought) or _use_code(unit, brought)
    secret = tokens.enrol(unit, device)
    unit.record("device_enrolled", device.actor, unit.now(), detail={"address": address})
    return EnrolledBrowser(device.kind, device.name, secret)


def _use_code(unit: UnitOfWork, brought: str) -> Device:
    code = _code(unit, brought)
    # A station's code makes no screen, and is not used up by somebody who tries.
    if code is None or code.device.revoked_at or code.device.kind is Role.PERIPHERALS:
        raise InvalidCredentials("This enrolment link is no longer valid. Ask for a new one.")
    if code.used_at:
        raise InvalidCredentials("This enrolment link has been used already. Ask for a new one.")
    if code.expires_at <= unit.now():
        raise InvalidCredentials("This enrolment link has expired. Ask for a new one.")
    code.used_at = unit.now()
    return code.device
