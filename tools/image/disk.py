"""From a tree to a disk: two partitions, made without mounting anything.

1 is FAT32, which firmware and every laptop read, with the kernel and `lobby.yaml`; 2 is ext4, the
root, which grows to the card's size at the first start.
"""

from __future__ import annotations

import json
import os
import shutil
import uuid
from pathlib import Path
from typing import Final

from .programs import run

MIB: Final = 1024 * 1024
SECTOR: Final = 512
BOOT_LABEL: Final = "LOBBYBOOT"
ROOT_LABEL: Final = "lobbyroot"
BOOT_FOLDER: Final = "boot/firmware"
_BOOT_START: Final = 4
_BOOT_SIZE: Final = 512
_ROOM: Final = 400
"""MiB that stay free on the root before it has grown: a first start must not fill it."""
_BOOT_TYPE: Final = {"amd64": "ef", "arm64": "c"}
"""What firmware looks for: a PC's an EFI system partition, a Pi's FAT32."""


def write(image: Path, folder: Path, arch: str, name: str, epoch: int) -> None:
    """Write a disk.

    Args:
        image: The file; what was there is gone.
        folder: The tree; `boot/firmware` in it becomes the first partition.
        arch: Debian's name of the processor.
        name: Of what is built: the same name gives the same identities of partitions.
        epoch: The time of both file systems, in seconds since 1970.
    """
    one = uuid.uuid5(uuid.NAMESPACE_DNS, name)
    boot = image.with_name(f"{image.name}.boot")
    shutil.rmtree(boot, ignore_errors=True)
    inside = folder / BOOT_FOLDER
    # Another name for the time of the build: on the root the folder is where the partition is seen.
    inside.rename(boot)
    inside.mkdir(mode=0o755)
    os.utime(inside, (epoch, epoch))
    try:
        root_size = _used(folder) * 112 // 100 + _ROOM
        root_start = _BOOT_START + _BOOT_SIZE
        image.unlink(missing_ok=True)
        with image.open("wb") as file:
            file.truncate((root_start + root_size + 1) * MIB)
        _partitions(image, arch, one, root_start, root_size)
        _fat(image, boot, one, epoch)
        _root(image, folder, one, root_start, root_size, epoch)
    finally:
        inside.rmdir()
        boot.rename(inside)


def partitions(image: Path) -> list[dict[str, int | str]]:
    """The partitions of a disk, as sfdisk tells them: `start` and `size` in sectors, `type`."""
    said = run(["sfdisk", "--json", str(image)])
    return list(json.loads(said)["partitiontable"]["partitions"])


def fat(image: Path) -> str:
    """How mtools are told of the first partition."""
    return f"{image}@@{int(partitions(image)[0]['start']) * SECTOR}"


def _partitions(image: Path, arch: str, one: uuid.UUID, start: int, size: int) -> None:
    script = (
        f"label: dos\nlabel-id: 0x{one.hex[:8]}\n"
        f"start={_BOOT_START}MiB, size={_BOOT_SIZE}MiB, type={_BOOT_TYPE[arch]}, bootable\n"
        f"start={start}MiB, size={size}MiB, type=83\n"
    )
    run(["sfdisk", "--quiet", str(image)], stdin=script)


def _fat(image: Path, boot: Path, one: uuid.UUID, epoch: int) -> None:
    sectors = _BOOT_START * MIB // SECTOR
    run(
        ["mkfs.vfat", "-F", "32", "-n", BOOT_LABEL, "-i", one.hex[8:16], "--invariant",
         f"--offset={sectors}", str(image), str(_BOOT_SIZE * 1024)],
    )  # fmt: skip
    # In one order, so that the same files come to lie in the same places.
    names = sorted(str(path) for path in boot.iterdir())
    if names:
        command = [
            "mcopy",
            "-s",
            "-p",
            "-m",
            "-Q",
            "-i",
            f"{image}@@{_BOOT_START * MIB}",
            *names,
            "::",
        ]
        run(command, environment={"SOURCE_DATE_EPOCH": str(epoch), "TZ": "UTC"})


def _root(image: Path, folder: Path, one: uuid.UUID, start: int, size: int, epoch: int) -> None:
    extended = (
        f"offset={start * MIB},hash_seed={one},lazy_itable_init=0,lazy_journal_init=0,"
        "root_owner=0:0,discard"
    )
    # Without orphan_file: older tools that a technician may have cannot mend a file system with it.
    command = [
        "mke2fs", "-q", "-t", "ext4", "-F", "-L", ROOT_LABEL, "-U", str(one), "-d", str(folder),
        "-E", extended, "-O", "^orphan_file", str(image), f"{size}M",
    ]  # fmt: skip
    times = {"E2FSPROGS_FAKE_TIME": str(epoch), "SOURCE_DATE_EPOCH": str(epoch)}
    run(command, environment=times)


def _used(folder: Path) -> int:
    return int(run(["du", "-sxm", str(folder)]).split()[0])
