"""What must be true of a finished image, looked at in the image and not in what it came from."""

from __future__ import annotations

import os
import re
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from . import disk
from .build import ARCHES, Arch
from .programs import run

LIMIT: Final = 1_200_000_000
"""Bytes of the compressed image."""
PUBLIC: Final = frozenset({"grants.sql"})
"""What may lie in the folder of secrets: it says which table may be changed, and is no secret."""
_SECRETS: Final = "etc/appliance/secrets"
_PRIVATE: Final = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----")
_LOOKED_INTO: Final = ("etc", "home", "root", "opt/appliance/bin", "var/lib", "var/backups", "srv")
_LARGEST_KEY: Final = 64 * 1024
_FOR_THE_GPU: Final = "usr/lib/raspi-firmware"
"""What a Pi's graphics processor runs before there is a kernel; it is one of its own."""
_PI_LOADS: Final = re.compile(r"^(?:kernel=|initramfs )(\S+)", re.MULTILINE)
_KERNEL_ROOT: Final = re.compile(r"\broot=(\S+)")

Look = Callable[[Path, Arch], Iterator[str]]


def faults_of_image(image: Path) -> list[str]:
    """Everything that is wrong with an image; needs root, because it is mounted.

    Args:
        image: As it is flashed, not compressed.
    """
    with mounted(image) as root:
        arch = arch_of(root)
        return [*faults_of_boot(boot_files(image), arch), *faults_of_root(root, arch)]


def faults_of_root(root: Path, arch: Arch) -> list[str]:
    """What is wrong with the root's files."""
    looks: tuple[Look, ...] = (_secrets, _identity, _passwords, _file_systems, _build, _elf)
    return [fault for look in looks for fault in look(root, arch)]


def faults_of_boot(files: dict[str, str], arch: Arch) -> list[str]:
    """What is wrong with the boot partition.

    Args:
        files: Its texts by path; other files have an empty text.
        arch: For which processor it is.
    """
    faults = []
    if not files.get("lobby.yaml"):
        faults.append("lobby.yaml: is not there, so nobody can say which lobby this is")
    line = "loader/entries/lobby.conf" if arch.debian == "amd64" else "cmdline.txt"
    roots = _KERNEL_ROOT.findall(files.get(line, ""))
    if roots != [f"LABEL={disk.ROOT_LABEL}"]:
        faults.append(f"{line}: starts from {', '.join(roots) or 'nothing'}")
    needed = {
        "amd64": ("EFI/BOOT/BOOTX64.EFI", "vmlinuz", "initrd.img"),
        "arm64": ("config.txt", "start4.elf", "bcm2711-rpi-4-b.dtb", "bcm2712-rpi-5-b.dtb"),
    }[arch.debian]
    if arch.debian == "arm64":
        loaded = _PI_LOADS.findall(files.get("config.txt", ""))
        needed = (*needed, *loaded)
        if len(loaded) < 2:
            faults.append("config.txt: names no kernel with its initrd")
        if "cma=" in files.get(line, ""):
            faults.append(f"{line}: reserves memory by cma=, with which a Pi 4 does not start")
    return faults + [f"{name}: is not there" for name in needed if name not in files]


def size_fault(compressed: Path) -> str | None:
    """What is wrong with the size of the file that people fetch."""
    size = compressed.stat().st_size
    return f"{compressed.name}: {size} bytes are more than {LIMIT}" if size > LIMIT else None


def arch_of(root: Path) -> Arch:
    """For which processor a root is, as its dpkg says."""
    stated = (
        (root / "var/lib/dpkg/arch").read_text() if (root / "var/lib/dpkg/arch").exists() else ""
    )
    name = (stated.split() or [_package_arch(root)])[0]
    return ARCHES[name]


def boot_files(image: Path) -> dict[str, str]:
    """The boot partition's files, with the text of those that have one."""
    device = disk.fat(image)
    said = run(["mdir", "-/", "-b", "-a", "-i", device, "::"])
    paths = [line.removeprefix("::/") for line in said.splitlines() if not line.endswith("/")]
    texts = (".txt", ".conf", ".yaml")
    return {
        path: run(["mtype", "-i", device, f"::/{path}"]) if path.endswith(texts) else ""
        for path in paths
    }


@contextmanager
def mounted(image: Path) -> Iterator[Path]:
    """The image's root, to be looked at only."""
    part = disk.partitions(image)[1]
    offset, size = int(part["start"]) * disk.SECTOR, int(part["size"]) * disk.SECTOR
    with tempfile.TemporaryDirectory() as folder:
        options = f"ro,noload,loop,offset={offset},sizelimit={size}"
        run(["mount", "-t", "ext4", "-o", options, str(image), folder])
        try:
            yield Path(folder)
        finally:
            run(["umount", folder])


# --- looks ------------------------------------------------------------------------------------


def _secrets(root: Path, _arch: Arch) -> Iterator[str]:
    for path in sorted((root / _SECRETS).glob("*")):
        if path.name not in PUBLIC:
            yield f"{_name(path, root)}: a secret that every card would have"
    for folder in _LOOKED_INTO:
        for path in _files(root / folder):
            if path.name.startswith("ssh_host_") or (
                path.lstat().st_size <= _LARGEST_KEY and _PRIVATE.search(path.read_bytes())
            ):
                yield f"{_name(path, root)}: a private key that every card would have"


def _identity(root: Path, _arch: Arch) -> Iterator[str]:
    machine = root / "etc/machine-id"
    if not machine.is_file() or machine.stat().st_size:
        yield "etc/machine-id: is not an empty file, so cards are not told apart"
    for name in ("var/lib/systemd/random-seed", "var/lib/systemd/credential.secret"):
        if (root / name).exists():
            yield f"{name}: every card would have the same"
    devices = [path for path in _files(root / "etc/appliance") if path.name.endswith(".token")]
    for path in devices:
        yield f"{_name(path, root)}: a device's token that every card would have"


def _passwords(root: Path, _arch: Arch) -> Iterator[str]:
    for line in (root / "etc/shadow").read_text().splitlines():
        name, password, *_ = line.split(":")
        if password[:1] not in {"!", "*"}:
            yield f"etc/shadow: {name} has a password, or needs none"
    for path in root.glob("home/*/.ssh/authorized_keys"):
        yield f"{_name(path, root)}: somebody's key opens every card"


def _file_systems(root: Path, _arch: Arch) -> Iterator[str]:
    lines = [line.split() for line in (root / "etc/fstab").read_text().splitlines()]
    mounts = {line[1]: line for line in lines if len(line) == 6 and line[0] != "#"}
    if mounts.get("/", [""])[0] != f"LABEL={disk.ROOT_LABEL}":
        yield "etc/fstab: / is not the image's root"
    boot = mounts.get(f"/{disk.BOOT_FOLDER}", ["", "", "", ""])
    if boot[0] != f"LABEL={disk.BOOT_LABEL}" or "ro" not in boot[3].split(","):
        yield "etc/fstab: the boot partition is not there, or can be written"


def _build(root: Path, _arch: Arch) -> Iterator[str]:
    for name in ("usr/sbin/policy-rc.d", "etc/apt/apt.conf.d/00build-proxy", "root/.ansible"):
        if (root / name).exists():
            yield f"{name}: is left over from the build"
    if not (root / "opt/appliance/current/bin/appliance").exists():
        yield "opt/appliance/current: no release is in its place"
    if list((root / "boot").glob("firmware/*")):
        yield "boot/firmware: files lie under the boot partition"


def _elf(root: Path, arch: Arch) -> Iterator[str]:
    """Programs of another processor: they would fail on the day on which they are needed."""
    for path in _files(root):
        if path.is_relative_to(root / _FOR_THE_GPU):
            continue
        with path.open("rb") as file:
            head = file.read(20)
        if head[:4] == b"\x7fELF" and int.from_bytes(head[18:20], "little") != arch.elf:
            yield f"{_name(path, root)}: is not for {arch.debian}"


def _files(folder: Path) -> Iterator[Path]:
    for where, _, names in os.walk(folder):
        for name in names:
            path = Path(where, name)
            if stat.S_ISREG(path.lstat().st_mode):
                yield path


def _package_arch(root: Path) -> str:
    status = (root / "var/lib/dpkg/status").read_text()
    found = re.search(r"(?ms)^Package: dpkg\n.*?^Architecture: (\S+)", status)
    return found[1] if found else ""


def _name(path: Path, root: Path) -> str:
    return str(path.relative_to(root))
