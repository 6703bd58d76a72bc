"""Secrets that each card makes for itself, once, and keeps for ever."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from typing import Final

from .machine import Machine

FOLDER: Final = "/etc/appliance/secrets"


def _password() -> str:
    return secrets.token_hex(24)


def _device_token() -> str:
    return secrets.token_urlsafe(32)


SECRETS: Final[Mapping[str, Callable[[], str]]] = {
    "flask_secret_key": lambda: secrets.token_urlsafe(48),
    "mysql_password": _password,
    "mysql_server_password": _password,
    "mysql_rehearsal_password": _password,
    # 64 hexadecimal digits: see appliance/seal.py.
    "backup_key": lambda: secrets.token_hex(32),
    "kiosk.token": _device_token,
    "peripherals.token": _device_token,
}
"""File → how it is made. A new one of the first would end everybody's session, one of the last two
would lock the machine's own devices out."""


def make(machine: Machine) -> None:
    """Make those that are missing."""
    folder = machine.path(FOLDER)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name, made in SECRETS.items():
        if not machine.read(f"{FOLDER}/{name}"):
            machine.write(f"{FOLDER}/{name}", made(), 0o600)


def read(machine: Machine, name: str) -> str:
    """One of them.

    Raises:
        FileNotFoundError: It has not been made.
    """
    return machine.path(f"{FOLDER}/{name}").read_text(encoding="ascii").strip()
