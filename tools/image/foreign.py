"""A tree for another processor than this machine's: its programs are emulated, Ansible's are not.

qemu-user runs what is in the tree, dpkg among it. A role's modules are only Python, and starting an
emulated Python for each of some two hundred tasks takes seven times as long as the tasks. So they
run in this machine's own, from a Debian tree beside the image's that is seen in it and is no part
of it. So does what looks at the firewall's rules: the emulator knows no netlink for them.
"""

from __future__ import annotations

import platform
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from . import tree
from .programs import NoImage, run

PYTHON: Final = "/run/native/python"
"""Where `tools/image/ssh` lets the tree see it."""
FIREWALL_CHECK: Final = "/run/native/check-firewall"
"""Takes a file of rules."""
_SEEN_AT: Final = str(Path(PYTHON).parent)
_OLDEST: Final = 9
_NEEDED: Final = "qemu-user-binfmt of version 9 or newer (on Debian 12 from bookworm-backports)"
_START: Final = """\
#!/bin/sh
# The tree's own loader and libraries are for another processor.
exec {loader} --library-path {libraries} --argv0 {python} {python} "$@"
"""
_CHECK: Final = """\
#!/bin/sh
# In a network of its own, as this machine's is nothing to look at.
native="{loader} --library-path {libraries}"
apart="$native {seen_at}/usr/bin/unshare --user --map-root-user --net"
exec $apart $native {seen_at}/usr/sbin/nft -c -f "$1"
"""
_MACHINE: Final = """\
\"\"\"The roles ask Python for the machine's processor: it is the tree's.\"\"\"

import os

_uname = os.uname
os.uname = lambda: os.uname_result((*_uname()[:4], "{kernel}"))
"""


def is_foreign(kernel: str) -> bool:
    """Whether programs for a processor, by the kernel's name of it, are not this machine's."""
    return platform.machine() != kernel


def require(debian: str) -> None:
    """See that this machine runs programs for another processor.

    Args:
        debian: Debian's name of the processor.

    Raises:
        NoImage: It does not; says what to install.
    """
    asked = subprocess.run(["arch-test", debian], capture_output=True, check=False)  # noqa: S603, S607
    if asked.returncode:
        raise NoImage(
            f"This machine runs no programs for {debian}. Install {_NEEDED}. Where that changes"
            " nothing, the kernel was not told of it: sudo systemctl restart systemd-binfmt."
        )


def warn_of_slow_emulator(kernel: str) -> None:
    """Say on stderr that an emulator of some years ago takes nine times as long."""
    program = shutil.which(f"qemu-{kernel}") or shutil.which(f"qemu-{kernel}-static")
    if program is None:
        return
    version = run([program, "--version"]).partition(" version ")[2].partition(".")[0]
    if version.isdecimal() and int(version) < _OLDEST:
        sys.stderr.write(f"{program} {version} takes nine times as long: install {_NEEDED}.\n")


def native_programs(work: Path, kernel: str) -> Path:
    """A Debian tree with nft and a Python of this machine, which says that it is on another one.

    Args:
        work: Where it stays for the next time.
        kernel: The kernel's name of the image's processor.

    Returns:
        The tree; `tools/image/ssh` shows it to the image's.
    """
    made = work / f"native-programs-for-{kernel}"
    if not made.exists():
        part = work / f"part-{made.name}"
        shutil.rmtree(part, ignore_errors=True)
        tree.make(part, ("python3", "python3-apt", "nftables"))
        prepare(part, kernel)
        part.rename(made)
    return made


def prepare(folder: Path, kernel: str) -> None:
    """Make a Debian tree's programs ones that can be started from within another tree.

    Args:
        folder: The tree.
        kernel: The kernel's name of the processor that it speaks of.
    """
    (loader,) = folder.glob("usr/lib*/ld-linux-*.so.*")
    (python,) = folder.glob("usr/bin/python3.[0-9][0-9]")
    places = {
        "loader": f"{_SEEN_AT}/{loader.relative_to(folder)}",
        "libraries": f"{_SEEN_AT}/usr/lib/{platform.machine()}-linux-gnu",
        "python": f"{_SEEN_AT}/{python.relative_to(folder)}",
        "seen_at": _SEEN_AT,
    }
    for name, program in ((PYTHON, _START), (FIREWALL_CHECK, _CHECK)):
        start = folder / Path(name).name
        start.write_text(program.format(**places))
        start.chmod(0o755)
    site = folder / "usr/lib" / python.name / "sitecustomize.py"
    # Debian's is a link out of the tree.
    site.unlink(missing_ok=True)
    site.write_text(_MACHINE.format(kernel=kernel))
