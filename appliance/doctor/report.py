"""The whole examination."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from . import devices, machine, server
from .finding import Finding, Level

STATION: Final = Path("/etc/appliance/station")
"""On a machine with printers and call buttons alone, whose server is elsewhere."""
DEVICES_CONFIG: Final = Path("/etc/appliance/peripherals.toml")


def examine(devices_config: Path | None) -> Iterator[Finding]:
    """Look at everything, in the order in which one thing needs another.

    Args:
        devices_config: `peripherals.toml`; without it the one of the installation, if any.

    Yields:
        Findings, each as soon as it is known. A part that cannot be looked at is a finding, too.
    """
    if not STATION.exists():
        yield from _guarded("server", server.examine)
    yield from _guarded("clock", lambda: [machine.clock(datetime.now(UTC))])
    yield from _guarded("disk", machine.disk)
    yield from _guarded("card", machine.card)
    yield from _guarded("authority", machine.authority)
    yield from _guarded("notice", machine.told)
    path = devices_config or (DEVICES_CONFIG if DEVICES_CONFIG.exists() else None)
    if path is None:
        yield Finding(
            "devices", Level.NOTE, f"There is no {DEVICES_CONFIG} on this machine.",
            "Name another with --config.",
        )  # fmt: skip
    else:
        yield from _guarded("devices", lambda: devices.examine(path))
    yield from _guarded("services", machine.services)
    yield from _guarded("power-on", machine.power_on)


def _guarded(subject: str, look: Callable[[], list[Finding]]) -> list[Finding]:
    try:
        return look()
    except Exception as error:  # noqa: BLE001 — one part that fails must not hide the others
        return [Finding(subject, Level.RED, f"It could not be looked at: {error}")]
