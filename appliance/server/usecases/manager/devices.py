"""Enrolling kiosks, displays and peripherals daemons."""

from __future__ import annotations

import base64
import re
import secrets
from collections.abc import Sequence
from typing import Final, NamedTuple, NewType

from appliance.server.domain.errors import InvalidState, NotFound, ValidationFailed
from appliance.server.domain.security import LINK_LIFETIME, token_digest
from appliance.server.domain.states import DEVICE_ROLES, Actor, Role
from appliance.server.store import devices
from appliance.server.store.models import Device
from appliance.server.store.unit_of_work import UnitOfWork
from appliance.server.usecases.shop import Shop
from appliance.words import N_

from .names import NAME

CODE_BYTES: Final = 10
"""Of a link's code: 80 bits, which nobody guesses in minutes, in 16 letters that can be typed."""

OWN_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{43}")
"""A token that a device has made for itself: 256 bits, as those that are made here."""

DeviceToken = NewType("DeviceToken", str)
"""A device's token, made before the unit of work began, so that a repeated request tells it too."""

LinkCode = NewType("LinkCode", str)
"""What stands behind the # of an enrolment link, made before the unit of work began, too."""


class DeviceNow(NamedTuple):
    """A device as it stands.

    Attributes:
        device: The row.
        browsers: How many browsers are enrolled as it.
    """

    device: Device
    browsers: int


def link_code(random: bytes) -> LinkCode:
    """The code of an enrolment link, in small letters and the digits 2 to 7.

    Args:
        random: `CODE_BYTES` of them.
    """
    return LinkCode(base64.b32encode(random).decode().lower())


def add(
    unit: UnitOfWork,
    by: Actor,
    shop: Shop,
    kind: Role,
    name: str,
    token: DeviceToken,
    code: LinkCode,
) -> DeviceNow:
    """Enrol a device; its token is told once.

    Args:
        unit: The open unit of work.
        by: Whose doing it is.
        shop: The shop's settings.
        kind: Of a device.
        name: What it is called.
        token: For programs.
        code: Of the link that a kiosk's or display's browser opens, or of a station's card; where
            no certificate vouches for this machine, a daemon comes in by its token alone.

    Raises:
        ValidationFailed: The kind or the name is odd.
        InvalidState: The name is taken.
    """
    device = _add(unit, by, kind, name, token)
    if kind is not Role.PERIPHERALS or shop.authority is not None:
        _let_link(unit, device, code)
    return DeviceNow(device, 0)


def _add(unit: UnitOfWork, by: Actor, kind: Role, name: str, token: DeviceToken) -> Device:
    _check(unit, kind, name)
    device = Device(kind=kind, name=name, digest=token_digest(token), created_at=unit.now())
    unit.session.add(device)
    unit.write_or(_taken(name))
    unit.record("device_added", by, unit.now(), detail={"device": name, "kind": kind.value})
    return device


def _check(unit: UnitOfWork, kind: Role, name: str) -> None:
    if kind not in DEVICE_ROLES:
        raise ValidationFailed(f"A kind is one of {', '.join(DEVICE_ROLES)}.")
    if not NAME.fullmatch(name):
        raise ValidationFailed(
            N_("Device names can only contain letters, digits, dots, hyphens and underscores.")
        )
    if devices.named(unit.session, name) is not None:
        raise _taken(name)


def _taken(name: str) -> InvalidState:
    return InvalidState("Device {name} already exists.", name=name)


def add_device(unit: UnitOfWork, by: Actor, kind: Role, name: str) -> str:
    """Enrol a device.

    Returns:
        Its token: this is the only time it can be read.

    Raises:
        ValidationFailed: The kind or the name is odd.
        InvalidState: The name is taken.
    """
    token = DeviceToken(secrets.token_urlsafe(32))
    _add(unit, by, kind, name, token)
    return token


def let_in(unit: UnitOfWork, by: Actor, kind: Role, name: str, token: str) -> None:
    """Enrol a device that has made its own token; done over, it changes nothing.

    So a machine that is cut off between the two has one device and one token in the end. One that
    was let in under another name meanwhile, as after a restore, keeps that name.

    Raises:
        ValidationFailed: The kind, the name or the token is odd.
        InvalidState: The name is taken by a device with another token, or by one that is revoked.
    """
    if not OWN_TOKEN.fullmatch(token):
        raise ValidationFailed("A device's token has 43 letters, digits, hyphens and underscores.")
    found = devices.with_token(unit.session, token_digest(token))
    if found is not None and (found.kind, found.revoked_at) == (kind, None):
        return
    _add(unit, by, kind, name, DeviceToken(token))


def enrolment_link(unit: UnitOfWork, by: Actor, shop: Shop, name: str) -> str:
    """Make a link that turns the browser that opens it into this device, or a station's code.

    It works once, for `LINK_LIFETIME`, and replaces the one before.

    Raises:
        NotFound: There is no such device.
        InvalidState: It is revoked.
        ValidationFailed: It is a daemon, and no certificate vouches for this machine.
    """
    device = devices.named(unit.session, name)
    if device is None:
        raise NotFound(f"There is no device {name}.")
    code = link_code(secrets.token_bytes(CODE_BYTES))
    _link_again(unit, by, shop, device, code)
    station = shop.station_code(code) if device.kind is Role.PERIPHERALS else None
    return station or shop.enrolment_url(code)


def link(unit: UnitOfWork, by: Actor, shop: Shop, device_id: int, code: LinkCode) -> DeviceNow:
    """Make another link, or another station's code, for a device that was enrolled before.

    It works once, for `LINK_LIFETIME`, and replaces the one before; browsers that are enrolled
    stay so, and a station stays until another one uses the code.

    Raises:
        NotFound: There is no such device.
        InvalidState: It is revoked.
        ValidationFailed: It is a daemon, and no certificate vouches for this machine.
    """
    device = _with_id(unit, device_id)
    _link_again(unit, by, shop, device, code)
    return _now(unit, device)


def _link_again(unit: UnitOfWork, by: Actor, shop: Shop, device: Device, code: LinkCode) -> None:
    if device.kind is Role.PERIPHERALS and shop.authority is None:
        raise ValidationFailed(
            N_(
                "There is no code for a station here, because this machine has no certificate. "
                "Use the token that was shown when the device was added."
            )
        )
    if device.revoked_at:
        raise InvalidState(
            "The device {name} is revoked. Add it under another name.", name=device.name
        )
    _let_link(unit, device, code)
    unit.record("device_link_made", by, unit.now(), detail={"device": device.name})


def _let_link(unit: UnitOfWork, device: Device, code: LinkCode) -> None:
    devices.set_code(unit.session, device, token_digest(code), unit.now() + LINK_LIFETIME)


def revoke(unit: UnitOfWork, by: Actor, device_id: int) -> DeviceNow:
    """End a device's token, browsers and link at once; its name stays in the history.

    Raises:
        NotFound: There is no such device.
    """
    device = _with_id(unit, device_id)
    return _now(unit, revoke_device(unit, by, device.name))


def _with_id(unit: UnitOfWork, device_id: int) -> Device:
    device = devices.take(unit.session, device_id)
    if device is None:
        raise NotFound("Device not found.")
    return device


def _now(unit: UnitOfWork, device: Device) -> DeviceNow:
    return DeviceNow(device, devices.browsers(unit.session).get(device.id, 0))


def revoke_device(unit: UnitOfWork, by: Actor, name: str) -> Device:
    """End a device's token, browsers and link at once.

    Raises:
        NotFound: There is no such device.
    """
    device = devices.named(unit.session, name)
    if device is None:
        raise NotFound(f"There is no device {name}.")
    device.revoked_at = device.revoked_at or unit.now()
    unit.changes.revoked.add(device.actor.key)
    unit.changes.devices = True
    unit.record("device_revoked", by, unit.now(), detail={"device": name})
    return device


def list_devices(unit: UnitOfWork) -> Sequence[DeviceNow]:
    """Every device, by kind and name."""
    browsers = devices.browsers(unit.session)
    return [DeviceNow(device, browsers.get(device.id, 0)) for device in devices.every(unit.session)]
