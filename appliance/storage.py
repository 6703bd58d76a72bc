"""How full, how worn and how old the machine's card or disk is, as the kernel tells everybody.

Read from /sys, /proc and one file's date: nothing is written and no rights are needed. In
`/sys/block/mmcblk0/device` an eMMC says how much of its life is used (`life_time`, `pre_eol_info`:
JEDEC JESD84-B51, EXT_CSD 267 to 269; kernel: Documentation/driver-api/mmc/mmc-dev-attrs.rst). An SD
card says nothing of the kind: there it is told how much has been written to the file system.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final, Literal

from .notices import Sentence
from .words import N_

FULL_BYTES: Final = 500 * 1024 * 1024
"""A file system with less than this free counts as full."""
TIGHT_SHARE: Final = 0.1
"""With less than this share free it is almost full."""
_WORN_TENTHS: Final = 8
_ALL_TENTHS: Final = 10
_WARNING: Final = 2
_URGENT: Final = 3

USED: Final = N_("{free} GB of {total} GB are free.")
ALMOST_FULL: Final = N_("The card is almost full: {free} GB of {total} GB are free.")
LIFE: Final = N_("About {percent} % of the card's expected life is used.")
WORN: Final = N_(
    "The card is worn: about {percent} % of its expected life is used. Have a new card ready."
)
WORN_OUT: Final = N_("The card is worn out. Replace it now, and restore the latest backup on it.")
WRITTEN: Final = N_("{written} GB have been written to the card since it was set up.")
MADE: Final = N_("The card was made in {month}.")
SINCE: Final = N_("This machine has been set up since {date}.")

Level = Literal["ok", "warning", "bad"]


@dataclass(frozen=True, slots=True)
class Fact:
    """Something about the card.

    Attributes:
        level: Whether somebody has to do something about it.
        sentence: What.
    """

    level: Level
    sentence: Sentence


def look(root: Path = Path("/"), device: str | None = None) -> list[Fact]:
    """Everything that can be known.

    Args:
        root: What `/` is.
        device: The kernel's name of the partition that `/` is on; found out unless given.
    """
    return [*room(root), *card(root, device)]


def card(root: Path = Path("/"), device: str | None = None) -> list[Fact]:
    """How worn and how old it is.

    Args:
        root: What `/` is.
        device: As of `look`.
    """
    name = device or _device_of(root)
    return [*_wear(root, name), *_age(root, name)]


def room(root: Path = Path("/")) -> list[Fact]:
    """How full it is."""
    total, _, free = shutil.disk_usage(root)
    full = free < FULL_BYTES or free < total * TIGHT_SHARE
    params = (("free", f"{free / 1e9:.1f}"), ("total", f"{total / 1e9:.1f}"))
    if not full:
        return [Fact("ok", Sentence(USED, params))]
    return [Fact("bad" if free < FULL_BYTES else "warning", Sentence(ALMOST_FULL, params))]


def _wear(root: Path, device: str | None) -> Iterator[Fact]:
    told = False
    for folder in sorted((root / "sys/block").glob("mmcblk*/device")):
        if device and not device.startswith(folder.parent.name):
            continue
        life = _numbers(folder / "life_time")
        spare = max(_numbers(folder / "pre_eol_info"), default=0)
        # 1 is up to 10 %, 10 up to 100 %, 11 is beyond; 0 says that it does not know.
        tenths = max(life, default=0)
        if tenths == 0 and spare == 0:
            continue
        told = True
        params = (("percent", str(min(tenths, _ALL_TENTHS) * 10)),)
        if tenths > _ALL_TENTHS or spare >= _URGENT:
            yield Fact("bad", Sentence(WORN_OUT))
        elif tenths > _WORN_TENTHS or (spare >= _WARNING and tenths):
            yield Fact("warning", Sentence(WORN, params))
        elif tenths:
            yield Fact("ok", Sentence(LIFE, params))
    kilobytes = _numbers(root / f"sys/fs/ext4/{device}/lifetime_write_kbytes", base=10)
    if kilobytes and not told:
        yield Fact("ok", Sentence(WRITTEN, (("written", f"{kilobytes[0] * 1024 / 1e9:.1f}"),)))


def _age(root: Path, device: str | None) -> Iterator[Fact]:
    for file in sorted((root / "sys/block").glob("mmcblk*/device/date")):
        made = re.fullmatch(r"(\d\d)/(\d{4})", _text(file))
        if made and (not device or device.startswith(file.parts[-3])):
            yield Fact("ok", Sentence(MADE, (("month", f"{made[2]}-{made[1]}"),)))
    # systemd writes it at a system's first start, and never again.
    try:
        first = datetime.fromtimestamp((root / "etc/machine-id").stat().st_mtime, UTC).date()
    except OSError:
        return
    if first > date(2025, 1, 1):
        yield Fact("ok", Sentence(SINCE, (("date", first.isoformat()),)))


def _device_of(root: Path) -> str | None:
    """The partition that the root is on; None where it is none, as in a container."""
    number = root.stat().st_dev
    described = root / f"sys/dev/block/{os.major(number)}:{os.minor(number)}/uevent"
    found = re.search(r"(?m)^DEVNAME=(\S+)$", _text(described))
    return found[1] if found else None


def _numbers(file: Path, base: int = 16) -> list[int]:
    try:
        return [int(word, base) for word in _text(file).split()]
    except ValueError:
        return []


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return ""
