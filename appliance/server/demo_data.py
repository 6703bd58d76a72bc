"""First data: an empty shop's minimum, and the demo's spa."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from .auth import passwords
from .domain.states import SYSTEM, Role
from .store.unit_of_work import Store, UnitOfWork
from .usecases import manager
from .wire import catalog_file

CATALOG: Final = Path(__file__).with_name("demo_catalog.yaml")
RESET_FILE: Final = "reset"
"""Somebody wants to start over: the front page's button makes it, beside `demo.json`."""
_PEOPLE: Final = (
    (Role.THERAPIST, "ana", "Ana", "1"),
    (Role.THERAPIST, "ben", "Ben", "2"),
    (Role.THERAPIST, "carmen", "Carmen", "3"),
    (Role.THERAPIST, "dario", "Dario", "4"),
    (Role.CASHIER, "eva", "Eva", None),
    (Role.CASHIER, "felix", "Felix", None),
    (Role.MANAGER, "gloria", "Gloria", None),
)


@dataclass(frozen=True, slots=True)
class LogIn:
    """A demo log-in, shown to the person who started the demo."""

    role: str
    username: str
    password: str
    room_number: str | None
    pin: str | None = None


def seed_demo(store: Store) -> list[LogIn]:
    """Give an empty database the demo's rooms, staff and catalogue.

    Returns:
        The log-ins, with passwords made for this database alone.

    Raises:
        InvalidState: Somebody works here already.
    """
    log_ins = [
        LogIn(
            role.value,
            username,
            secrets.token_urlsafe(9),
            room,
            f"{secrets.randbelow(10**6):06}" if role is Role.MANAGER else None,
        )
        for role, username, _, room in _PEOPLE
    ]
    hashes = [passwords.hash_password(log_in.password) for log_in in log_ins]
    pins = {
        log_in.username: passwords.hash_password(log_in.pin) for log_in in log_ins if log_in.pin
    }
    catalog = catalog_file.load(CATALOG.read_text(encoding="utf-8"))

    def seed(unit: UnitOfWork) -> None:
        manager.require_empty(unit)
        for number in ("1", "2", "3", "4"):
            manager.add_room(unit, SYSTEM, number)
        for (role, username, name, room), password_hash in zip(_PEOPLE, hashes, strict=True):
            person = manager.add_staff(unit, SYSTEM, role, username, name, password_hash, room)
            if role is Role.THERAPIST:
                # The call buttons work at once, before anybody has logged in.
                person.on_duty_since = unit.now()
            person.pin_hash = pins.get(username)
        manager.import_catalog(unit, SYSTEM, catalog)

    store.run(seed)
    return log_ins
