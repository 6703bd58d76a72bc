"""Keeping the staff, the rooms, the devices and the catalogue."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from sqlalchemy import delete, func, select

from appliance.server.domain.errors import InvalidState, NotFound, ValidationFailed
from appliance.server.domain.states import DEVICE_ROLES, STAFF_ROLES, Actor, Role, RoomStatus
from appliance.server.store import queries
from appliance.server.store.models import (
    AuthToken,
    Device,
    Room,
    Service,
    ServiceCategory,
    ServiceClassification,
    Staff,
)
from appliance.server.store.unit_of_work import UnitOfWork

PASSWORD_MIN_LENGTH: Final = 8
_USERNAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_ROOM_NUMBER = re.compile(r"[^\s\x00-\x1f]{1,20}")


# --- staff ------------------------------------------------------------------------------------


def check_password(password: str) -> None:
    """Make sure that a new password is worth having.

    Raises:
        ValidationFailed: It is too short or too long.
    """
    if not PASSWORD_MIN_LENGTH <= len(password) <= 200:
        raise ValidationFailed(f"A password has from {PASSWORD_MIN_LENGTH} to 200 characters.")


def add_staff(
    unit: UnitOfWork,
    by: Actor,
    role: Role,
    username: str,
    name: str,
    password_hash: str,
    room_number: str | None = None,
) -> Staff:
    """Add a person.

    Raises:
        ValidationFailed: A name is missing or odd, or the room belongs to another role.
        InvalidState: The user name is taken.
        NotFound: There is no such room.
    """
    if role not in STAFF_ROLES:
        raise ValidationFailed(f"A role is one of {', '.join(STAFF_ROLES)}.")
    if not _USERNAME.fullmatch(username):
        raise ValidationFailed("A user name has letters, digits, dots, hyphens or underscores.")
    if not 1 <= len(name.strip()) <= 120:
        raise ValidationFailed("A name has from 1 to 120 characters.")
    if unit.session.scalar(select(Staff.id).where(Staff.username == username)) is not None:
        raise InvalidState(f"The user name {username} is taken.")
    if room_number is not None:
        if role is not Role.THERAPIST:
            raise ValidationFailed("Only a therapist has a room.")
        _room(unit, room_number)
    person = Staff(
        role=role,
        username=username,
        name=name.strip(),
        password_hash=password_hash,
        room_number=room_number,
    )
    unit.session.add(person)
    unit.session.flush()
    unit.record("staff_added", by, unit.now(), detail={"username": username, "role": role.value})
    return person


def set_password(unit: UnitOfWork, by: Actor, username: str, password_hash: str) -> Staff:
    """Give a person a new password; their token ends.

    Raises:
        NotFound: There is no such person.
    """
    person = staff_named(unit, username)
    person.password_hash = password_hash
    end_tokens(unit, person)
    unit.record("password_set", by, unit.now(), detail={"username": person.username})
    return person


def revoke_staff(unit: UnitOfWork, by: Actor, username: str) -> Staff:
    """End a person's token and session at once.

    Raises:
        NotFound: There is no such person.
    """
    person = staff_named(unit, username)
    end_tokens(unit, person)
    unit.record("staff_revoked", by, unit.now(), detail={"username": person.username})
    return person


def disable_staff(unit: UnitOfWork, by: Actor, username: str) -> Staff:
    """Let a person log in no more; what they did stays in the history.

    Raises:
        NotFound: There is no such person.
    """
    person = staff_named(unit, username)
    person.disabled_at = person.disabled_at or unit.now()
    end_tokens(unit, person)
    unit.record("staff_disabled", by, unit.now(), detail={"username": person.username})
    return person


def end_tokens(unit: UnitOfWork, person: Staff) -> None:
    """End a person's token and duty; open screens are told after the commit."""
    unit.session.execute(delete(AuthToken).where(AuthToken.staff_id == person.id))
    person.on_duty_since = None
    unit.changes.revoked.add(Actor(person.role, person.id, person.name).key)
    unit.changes.queue = True


def staff_named(unit: UnitOfWork, username: str) -> Staff:
    """Find a person.

    Raises:
        NotFound: There is no such person.
    """
    person = unit.session.scalars(select(Staff).where(Staff.username == username)).first()
    if person is None:
        raise NotFound(f"There is nobody with the user name {username}.")
    return person


def list_staff(unit: UnitOfWork) -> Sequence[Staff]:
    """Everybody, by role and user name."""
    return unit.session.scalars(select(Staff).order_by(Staff.role, Staff.username)).all()


# --- rooms ------------------------------------------------------------------------------------


def add_room(unit: UnitOfWork, by: Actor, room_number: str) -> Room:
    """Add a treatment room.

    Raises:
        ValidationFailed: The number is empty, too long, or has blanks.
        InvalidState: There is one with that number.
    """
    if not _ROOM_NUMBER.fullmatch(room_number):
        raise ValidationFailed("A room number has from 1 to 20 characters and no blanks.")
    if unit.session.scalar(select(Room.id).where(Room.room_number == room_number)) is not None:
        raise InvalidState(f"There is a room {room_number} already.")
    room = Room(room_number=room_number, status=RoomStatus.AVAILABLE)
    unit.session.add(room)
    unit.record("room_added", by, unit.now(), detail={"room_number": room_number})
    unit.changes.queue = True
    return room


def _room(unit: UnitOfWork, room_number: str) -> Room:
    room = unit.session.scalars(select(Room).where(Room.room_number == room_number)).first()
    if room is None:
        raise NotFound(f"There is no room {room_number}. Add it first.")
    return room


# --- devices ----------------------------------------------------------------------------------


def token_digest(token: str) -> bytes:
    """What the database keeps of a token."""
    return hashlib.sha256(token.encode()).digest()


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
    if not _USERNAME.fullmatch(name):
        raise ValidationFailed("A device's name has letters, digits, dots, hyphens, underscores.")
    if unit.session.scalar(select(Device.id).where(Device.name == name)) is not None:
        raise InvalidState(f"There is a device {name} already.")
    token = secrets.token_urlsafe(32)
    unit.session.add(
        Device(kind=kind, name=name, digest=token_digest(token), created_at=unit.now())
    )
    unit.record("device_added", by, unit.now(), detail={"device": name, "kind": kind.value})
    return token


def revoke_device(unit: UnitOfWork, by: Actor, name: str) -> Device:
    """End a device's token at once.

    Raises:
        NotFound: There is no such device.
    """
    device = unit.session.scalars(select(Device).where(Device.name == name)).first()
    if device is None:
        raise NotFound(f"There is no device {name}.")
    device.revoked_at = device.revoked_at or unit.now()
    unit.changes.revoked.add(Actor(device.kind, device.id, device.name).key)
    unit.changes.devices = True
    unit.record("device_revoked", by, unit.now(), detail={"device": name})
    return device


def list_devices(unit: UnitOfWork) -> Sequence[Device]:
    """Every device, by kind and name."""
    return unit.session.scalars(select(Device).order_by(Device.kind, Device.name)).all()


# --- catalogue --------------------------------------------------------------------------------

Translations = dict[str, dict[str, str]]
"""Language → what is translated."""


@dataclass(frozen=True, slots=True)
class CatalogClassification:
    """A variant as the manager wants it; `translations` is language → `{name}`."""

    name: str
    price: Decimal
    duration_minutes: int
    translations: Translations = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CatalogService:
    """A service as the manager wants it; `translations` is language → `{name, description?}`."""

    name: str
    description: str = ""
    classifications: tuple[CatalogClassification, ...] = field(default=())
    translations: Translations = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CatalogCategory:
    """A category as the manager wants it; `translations` is language → `{name}`."""

    name: str
    services: tuple[CatalogService, ...] = field(default=())
    translations: Translations = field(default_factory=dict)


def import_catalog(unit: UnitOfWork, by: Actor, wanted: Sequence[CatalogCategory]) -> None:
    """Make the catalogue what the list says.

    What is no longer on the list is not offered any more, but stays where past visits refer to it;
    what comes back under its old name is the old entry again.
    """
    known = {category.name: category for category in queries.catalog(unit.session)}
    for category in known.values():
        category.active = False
    for position, entry in enumerate(wanted):
        category = known.get(entry.name) or ServiceCategory(name=entry.name, services=[])
        category.active, category.position = True, position
        category.translations = entry.translations or None
        unit.session.add(category)
        _import_services(category, entry.services)
    unit.record("catalog_imported", by, unit.now(), detail={"categories": len(wanted)})
    unit.changes.catalog = True


def _import_services(category: ServiceCategory, wanted: Sequence[CatalogService]) -> None:
    known: dict[str, Service | None] = {row.service_name: row for row in category.services}
    for old in category.services:
        old.active = False
    for position, entry in enumerate(wanted):
        service = known.get(entry.name)
        if service is None:
            service = Service(service_name=entry.name, classifications=[])
            category.services.append(service)
        service.active, service.position = True, position
        service.description = entry.description
        service.translations = entry.translations or None
        _import_classifications(service, entry.classifications)


def _import_classifications(service: Service, wanted: Sequence[CatalogClassification]) -> None:
    known: dict[str, ServiceClassification | None] = {
        row.name: row for row in service.classifications
    }
    for old in service.classifications:
        old.active = False
    for position, entry in enumerate(wanted):
        variant = known.get(entry.name)
        if variant is None:
            variant = ServiceClassification(name=entry.name)
            service.classifications.append(variant)
        variant.active, variant.position = True, position
        variant.price, variant.duration_minutes = entry.price, entry.duration_minutes
        variant.translations = entry.translations or None


def export_catalog(unit: UnitOfWork) -> list[CatalogCategory]:
    """The catalogue as it is offered now, in the shape that `import_catalog` takes."""
    return [
        CatalogCategory(
            category.name,
            tuple(
                CatalogService(
                    service.service_name,
                    service.description,
                    tuple(
                        CatalogClassification(
                            row.name, row.price, row.duration_minutes, row.translations or {}
                        )
                        for row in service.classifications
                        if row.active
                    ),
                    service.translations or {},
                )
                for service in category.services
                if service.active
            ),
            category.translations or {},
        )
        for category in queries.catalog(unit.session)
        if category.active
    ]


def require_empty(unit: UnitOfWork) -> None:
    """Make sure that nobody works here yet.

    Raises:
        InvalidState: Somebody does.
    """
    if unit.session.scalar(select(func.count()).select_from(Staff)):
        raise InvalidState("This database has its first data already.")
