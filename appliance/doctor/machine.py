"""The machine itself: its clock, its disk, its services."""

from __future__ import annotations

import hashlib
import shutil
import ssl
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from appliance import notices, storage

from .finding import Finding, Level

_FIRST_YEAR: Final = 2026
"""No installation is older than the product: an earlier year is a clock that starts at zero."""
_LAST_YEAR: Final = 2100
_PLACES: Final = (Path("/"), Path("/var/lib/mysql"), Path("/boot/firmware"))
_AUTHORITY: Final = Path("/etc/appliance/ca.crt")
_SYSTEMD: Final = Path("/run/systemd/system")
_UNITS: Final = ("appliance-*", "mariadb.service", "nginx.service")
_SECONDS: Final = 5
_AT_POWER_ON: Final = {
    "mariadb.service": "the database",
    "appliance-server.service": "the server",
    "appliance-peripherals.service": "printers and buttons",
    "appliance-kiosk.service": "the kiosk on the screen",
}
_SLOW_START_SECONDS: Final = 90
_LEVELS: Final = (("bad", Level.RED), ("warning", Level.WARNING))
_OF_A_BOOT_SECONDS: Final = 600
"""What is up later than this after power-on was started by somebody, not by the boot."""


def clock(now: datetime) -> Finding:
    """Whether the time of day can be right."""
    shown = f"It is {now.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    if not _FIRST_YEAR <= now.year <= _LAST_YEAR:
        return Finding(
            "clock", Level.RED, f"{shown}, which is wrong.",
            "Connect the machine to the Internet for a minute, or set the time with "
            "`timedatectl set-time`; a Pi 5 keeps it with a battery on its RTC connector.",
        )  # fmt: skip
    synchronised = _run("timedatectl", "show", "--property=NTPSynchronized", "--value")
    if synchronised == "yes":
        return Finding("clock", Level.OK, f"{shown}, kept right over the network.")
    if synchronised == "no":
        return Finding(
            "clock", Level.WARNING, f"{shown}, but no time server has confirmed it.",
            "If the time is right, ignore this; otherwise check the network.",
        )  # fmt: skip
    return Finding("clock", Level.NOTE, f"{shown}; time sync status unknown.")


def authority(certificate: Path = _AUTHORITY) -> list[Finding]:
    """What phones must show of the site's authority before somebody lets them trust it.

    Args:
        certificate: The authority's, as the playbook has put it there.
    """
    if not certificate.exists():
        return []
    try:
        der = ssl.PEM_cert_to_DER_cert(certificate.read_text(encoding="ascii"))
    except ValueError:
        return [
            Finding(
                "authority", Level.RED, f"{certificate} is not a certificate.",
                "Run `make provision` again on the technician's machine.",
            )
        ]  # fmt: skip
    digits = hashlib.sha256(der).digest().hex(":").upper()
    return [
        Finding(
            "authority", Level.OK, f"The certificate's SHA-256 fingerprint is {digits}.",
            "Give it to the manager on paper: a phone that trusts the lobby must show the same.",
        )
    ]  # fmt: skip


def told(files: Sequence[Path] | None = None) -> list[Finding]:
    """What the start of a flashed card and a release on a USB stick have left to be read."""
    return [
        Finding(
            "notice",
            Level.OK if notice.good else Level.WARNING,
            " ".join(notice.english()),
        )
        for notice in notices.remaining(files)
    ]


def card() -> list[Finding]:
    """How worn and how old the card is; how full it is, `disk` says of each file system."""
    facts = storage.card()
    if not facts:
        return []
    worst = next(
        (level for known, level in _LEVELS if any(fact.level == known for fact in facts)), Level.OK
    )
    return [Finding("card", worst, " ".join(fact.sentence.english() for fact in facts))]


def disk(places: tuple[Path, ...] = _PLACES) -> list[Finding]:
    """Whether there is room on each file system that the appliance writes to."""
    findings, seen = [], set()
    for place in places:
        if not place.is_dir() or (device := place.stat().st_dev) in seen:
            continue
        seen.add(device)
        total, _, free = shutil.disk_usage(place)
        findings.append(_disk(place, total, free, small=place == Path("/boot/firmware")))
    return findings


def _disk(place: Path, total: int, free: int, *, small: bool) -> Finding:
    seen = f"{free / 1e9:.1f} GB of {total / 1e9:.1f} GB are free on {place}."
    advice = "Delete old backups and releases; `sudo du -xhd2 / | sort -h` shows what is large."
    if small:
        return Finding("disk", Level.OK if free > 20e6 else Level.WARNING, seen)
    if free < storage.FULL_BYTES:
        return Finding("disk", Level.RED, seen, advice)
    if free < total * storage.TIGHT_SHARE:
        return Finding("disk", Level.WARNING, seen, advice)
    return Finding("disk", Level.OK, seen)


def services() -> list[Finding]:
    """Whether any of the appliance's units has failed."""
    listed = (
        _run("systemctl", "list-units", "--all", "--plain", "--no-legend", *_UNITS)
        if _SYSTEMD.is_dir()
        else None
    )
    if listed is None:
        return [Finding("services", Level.NOTE, "systemd does not run this machine.")]
    return read_units(listed)


def read_units(listed: str) -> list[Finding]:
    """Understand what `systemctl list-units --all --plain --no-legend` printed."""
    findings, active = [], 0
    for line in listed.splitlines():
        name, _, state, detail, *_ = [*line.split(maxsplit=4), "", "", "", ""]
        active += state == "active"
        if state == "failed" or detail == "auto-restart":
            findings.append(
                Finding(
                    f"service {name.removesuffix('.service')}", Level.RED, f"It is {detail}.",
                    f"`journalctl -u {name} -n 30` says why; `sudo systemctl restart {name}`.",
                )
            )  # fmt: skip
    if not listed.strip():
        return [Finding("services", Level.NOTE, "The appliance is not installed as services.")]
    if not findings:
        findings.append(Finding("services", Level.OK, f"{active} running, none failed."))
    return findings


def power_on() -> list[Finding]:
    """How long the last boot took until each part was of use."""
    if not _SYSTEMD.is_dir():
        return []
    times = _run("systemctl", "show", "--property=Id,ActiveEnterTimestampMonotonic", *_AT_POWER_ON)
    # A container's clock is its host's; a machine's begins with its kernel.
    began = _run("systemctl", "show", "--property=UserspaceTimestampMonotonic", "--value")
    if not times or not began or not began.isdecimal():
        return []
    inside = _run("systemd-detect-virt", "--container") is not None
    return read_power_on(times, int(began) / 1e6 if inside else 0.0)


def read_power_on(shown: str, began: float = 0.0) -> list[Finding]:
    """Understand what `systemctl show` printed of the units' Id and ActiveEnterTimestampMonotonic.

    Args:
        shown: A paragraph for each unit; the time is in microseconds, 0 for never.
        began: When the machine was switched on, in seconds of the same clock.
    """
    parts = []
    slowest = 0.0
    for paragraph in shown.split("\n\n"):
        said = dict(line.split("=", 1) for line in paragraph.splitlines() if "=" in line)
        seconds = int(said.get("ActiveEnterTimestampMonotonic") or 0) / 1e6 - began
        if not 0 < seconds <= _OF_A_BOOT_SECONDS or said.get("Id") not in _AT_POWER_ON:
            continue
        parts.append(f"{_AT_POWER_ON[said['Id']]} {seconds:.1f} s")
        slowest = max(slowest, seconds)
    if not parts:
        return []
    seen = f"After power-on: {', '.join(parts)}."
    if slowest <= _SLOW_START_SECONDS:
        return [Finding("power-on", Level.OK, seen)]
    return [
        Finding(
            "power-on", Level.WARNING, seen,
            "`systemd-analyze critical-chain appliance-server.service` says what was waited for; "
            "an old or worn card is the usual reason.",
        )
    ]  # fmt: skip


def status_of(unit: str) -> tuple[str, int]:
    """What a unit says of itself, and the number of `errno` with which it says so.

    Empty and 0 where it says nothing or does not run.
    """
    said = _run("systemctl", "show", "--property=StatusText,StatusErrno", unit) or ""
    told = dict(line.split("=", 1) for line in said.splitlines() if "=" in line)
    return told.get("StatusText", ""), int(told.get("StatusErrno") or 0)


def _run(*command: str) -> str | None:
    try:
        ended = subprocess.run(  # noqa: S603 — fixed words
            command, capture_output=True, text=True, timeout=_SECONDS, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return ended.stdout.strip()
