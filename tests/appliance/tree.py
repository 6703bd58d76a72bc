"""The Debian tree that a machine starts with: Raspberry Pi OS Lite as far as it matters."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

SUITE = "trixie"
_PACKAGES = (
    "systemd", "systemd-sysv", "systemd-resolved", "libpam-systemd", "dbus", "udev", "kmod",
    "openssh-server", "python3", "python3-apt", "sudo", "iproute2", "ca-certificates", "login",
    "passwd", "netbase",
)  # fmt: skip
_APT = Path("/etc/apt")


def debian_tree(kept: Path) -> Path:
    """A tar of the tree, made at the first call with the host's own mirrors.

    Args:
        kept: Where it stays for the next time.
    """
    tree = kept / f"{SUITE}.tar"
    if tree.exists():
        return tree
    kept.mkdir(parents=True, exist_ok=True)
    part = tree.with_name(f"{SUITE}.part.tar")
    command = [
        "mmdebstrap", "--quiet", "--variant=apt", "--mode=root", f"--include={','.join(_PACKAGES)}",
        '--aptopt=Acquire::Languages "none"', "--dpkgopt=path-exclude=/usr/share/doc/*",
        SUITE, str(part), *_sources(),
    ]  # fmt: skip
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        raise AssertionError(f"mmdebstrap: {result.stderr[-2000:]}")
    return part.rename(tree)


def _sources() -> list[str]:
    """The host's Debian mirrors, for our suite."""
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
        raise AssertionError("This machine's apt has no Debian mirror to make the tree from.")
    lines = [f"deb {main} {SUITE} main", f"deb {main} {SUITE}-updates main"]
    return lines + ([f"deb {security} {SUITE}-security main"] if security else [])
