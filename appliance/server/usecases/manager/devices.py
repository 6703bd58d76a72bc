"""Enrolling kiosks, displays and peripherals daemons."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from appliance.server.domain.errors import InvalidState, NotFound, ValidationFailed
from appliance.server.domain.security import token_digest
from appliance.server.domain.states import DEVICE_ROLES, Actor, Role
from appliance.server.store import devices
from appliance.server.store.models import Device
from appliance.server.store.unit_of_work import UnitOfWork

from .names import NAME


def add_device(unit: UnitOfWork, by: Actor, kind: Role, name: str) -> str:
    """Enrol a device.

    Returns:
        Its token: this is the only time it can be read.

    Raises:
        ValidationFailed: The kind or the name is odd.
        InvalidState: The name is taken.
    """
    if kind not in DEVICE_ROLES:
        raise ValidationFailed(f"A kind is one of {', '.join(DEVICE_ROLES)}.")
    if not NAME.fullmatch(name):
        raise ValidationFailed("A device's name has letters, digits, dots, hyphens, underscores.")
    if devices.named(unit.session, name) is not None:
        raise InvalidState(f"There is a device {name} already.")
    token = secrets.token_urlsafe(32)
    unit.add(Device(kind=kind, name=name, digest=token_digest(token), created_at=unit.now()))
    unit.record("device_added", by, unit.now(), detail={"device": name, "kind": kind.value})
    return token


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
