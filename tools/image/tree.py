"""Debian trees, from the mirrors that this machine's own apt uses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from .programs import NoImage, run

SUITE: Final = "trixie"
MACHINE: Final = (
    "systemd", "systemd-sysv", "systemd-resolved", "libpam-systemd", "dbus", "udev", "kmod",
    "openssh-server", "python3", "python3-apt", "sudo", "iproute2", "ca-certificates", "login",
    "passwd", "netbase",
)  # fmt: skip
"""What Raspberry Pi OS Lite has, as far as it matters."""
SSH: Final = Path(__file__).with_name("ssh")
_APT: Final = Path("/etc/apt")


def make(
    target: Path,
    packages: Iterable[str],
    *,
    suite: str = SUITE,
    arch: str | None = None,
    components: Sequence[str] = ("main",),
    options: Sequence[str] = (),
) -> None:
    """Make a Debian tree.

    Args:
        target: A folder, or a file that ends in `.tar`.
        packages: What is in it beyond what Debian calls essential, and apt.
        suite: Debian's release.
        arch: Debian's name of the processor; this machine's unless given.
        components: Of the archive.
        options: Further ones of mmdebstrap.

    Raises:
        NoImage: mmdebstrap failed, or this machine's apt knows no Debian mirror.
    """
    command = [
        "mmdebstrap", "--quiet", "--variant=apt", "--mode=root", f"--include={','.join(packages)}",
        *([f"--architectures={arch}"] if arch else []),
        '--aptopt=Acquire::Languages "none"', "--dpkgopt=path-exclude=/usr/share/doc/*",
        *options, suite, str(target), *sources(components, suite),
    ]  # fmt: skip
    run(command)


def inside(folder: Path, command: str, epoch: int = 0) -> str:
    """Run a command in a tree; returns what it printed.

    Raises:
        NoImage: It failed.
    """
    where = {"IMAGE_TREE": str(folder), "SOURCE_DATE_EPOCH": str(epoch)}
    return run([str(SSH), command], environment=where)


def sources(components: Sequence[str] = ("main",), suite: str = SUITE) -> list[str]:
    """This machine's Debian mirrors, for a release of Debian's.

    Raises:
        NoImage: It has none.
    """
    text = "\n".join(
        path.read_text()
        for path in (_APT / "sources.list", *sorted((_APT / "sources.list.d").glob("*")))
        if path.is_file()
    )
    found = re.findall(
        r"^(?:URIs:\s*|deb\s+(?:\[[^]]*\]\s*)?)(\S*/debian(?:-security)?)/?(?:\s|$)",
        text,
        re.MULTILINE,
    )
    main = next((uri for uri in found if not uri.endswith("-security")), None)
    security = next((uri for uri in found if uri.endswith("-security")), None)
    if main is None:
        raise NoImage("This machine's apt has no Debian mirror to make the tree from.")
    parts = " ".join(components)
    lines = [f"deb {main} {suite} {parts}", f"deb {main} {suite}-updates {parts}"]
    return lines + ([f"deb {security} {suite}-security {parts}"] if security else [])
