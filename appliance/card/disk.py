"""Growing the root file system to the whole of the card, while it is mounted."""

from __future__ import annotations

import re
from typing import Final

from .machine import CommandFailed, Machine

_SLACK_BYTES: Final = 16 * 1024 * 1024
"""What a partition may leave free behind it and still counts as grown: partitions are aligned."""
_SECTOR: Final = 512


def size(machine: Machine) -> str:
    """How large the card is, in sectors; another card, written from this one, is another size."""
    found = _place(machine)
    if found is None:
        return ""
    return (machine.read(f"/sys/class/block/{found[0]}/size") or "").strip()


def grow(machine: Machine) -> None:
    """Take all of the card.

    Each command does nothing where nothing is left to do. The table of partitions is one sector.

    Raises:
        CommandFailed: The card cannot be written.
    """
    found = _place(machine)
    if found is None:
        # A container, or a root that is no partition: nobody's to grow.
        return
    disk, partition, number = found
    folder = f"/sys/class/block/{partition}"
    total = int(machine.read(f"/sys/class/block/{disk}/size") or 0)
    start = int(machine.read(f"{folder}/start") or 0)
    taken = int(machine.read(f"{folder}/size") or 0)
    if (total - start - taken) * _SECTOR > _SLACK_BYTES:
        machine.run("sfdisk", "--no-reread", "-N", number, f"/dev/{disk}", given=",+\n")
        machine.run("partx", "--update", "--nr", number, f"/dev/{disk}")
    machine.run("resize2fs", f"/dev/{partition}")


def _place(machine: Machine) -> tuple[str, str, str] | None:
    """The disk, the partition and its number that the root is on: mmcblk0, mmcblk0p2, 2."""
    try:
        source = machine.run("findmnt", "--noheadings", "--output", "SOURCE", "/").strip()
    except CommandFailed:
        return None
    # A whole /dev/loop0 is a container's root, and no partition of anything.
    found = re.fullmatch(
        r"/dev/((?:mmcblk|nvme\d+n|loop)\d+)(p)(\d+)|/dev/((?:s|h|v|xv)d[a-z]+)(\d+)", source
    )
    if found is None:
        return None
    if found[1]:
        return found[1], f"{found[1]}p{found[3]}", found[3]
    return found[4], f"{found[4]}{found[5]}", found[5]
