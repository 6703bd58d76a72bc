"""Enrolling kiosks, displays and peripherals daemons."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import NewType

from appliance.server.domain.errors import InvalidState, NotFound, ValidationFailed
from appliance.server.domain.security import token_digest
from appliance.server.domain.states import DEVICE_ROLES, Actor, Role
from appliance.server.store import devices
from appliance.server.store.models import Device
from appliance.server.store.unit_of_work import UnitOfWork

from .names import NAME

DeviceToken = NewType("DeviceToken", str)
"""A device's token, made before the unit of work began, so that a repeated request tells it too."""


def add(unit: UnitOfWork, by: Actor, kind: Role, name: str, token: DeviceToken) -> Device:
    """Enrol a device; its token is told once.

    Raises:
        ValidationFailed: The kind or the name is odd.
        InvalidState: The name is taken.
    """
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
        raise ValidationFailed("A device's name has letters, digits, dots, hyphens, underscores.")
    if devices.named(unit.session, name) is not None:
        raise _taken(name)


def _taken(name: str) -> InvalidState:
    return InvalidState("There is a device {name} already.", name=name)


def add_device(unit: UnitOfWork, by: Actor, kind: Role, name: str) -> str:
    """Enrol a device.

    Returns:
        Its token: this is the only time it can be read.

    Raises:
        ValidationFailed: The kind or the name is odd.
        InvalidState: The name is taken.
    """
    token = DeviceToken(secrets.token_urlsafe(32))
    add(unit, by, kind, name, token)
    return token


def revoke(unit: UnitOfWork, by: Actor, device_id: int) -> Device:
    """End a device's token at once; its name stays in the history.

    Raises:
        NotFound: There is no such device.
    """
    device = devices.take(unit.session, device_id)
    if device is None:
        raise NotFound("There is no such device.")
    return revoke_device(unit, by, device.name)


def revoke_device(unit: UnitOfWork, by: Actor, name: str) -> Device:
    """End a device's token at once.

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


def list_devices(unit: UnitOfWork) -> Sequence[Device]:
    """Every device, by kind and name."""
    return devices.every(unit.session)
