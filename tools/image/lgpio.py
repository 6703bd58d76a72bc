"""Debian's package of lgpio, for an image whose archives have none.

Raspberry Pi OS has `python3-lgpio`. Debian has not, and of Debian 13's Python there is no wheel. So
it is built from the source that our lock file names by its hash, in a tree of the same Debian, and
packed under the same name: the role asks for it as on every machine, and each later release finds
it where this one did.
"""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path
from typing import Final
from zipfile import ZipFile

from . import tree
from .programs import run

PACKAGE: Final = "python3-lgpio"
TOOLS: Final = ("gcc", "libc6-dev", "swig", "python3-dev", "python3-pip", "python3-setuptools")
"""What a tree needs in which the library is built."""
_LOCK: Final = Path(__file__).resolve().parents[2] / "requirements-pi.lock"
_CONTROL: Final = """\
Package: {package}
Version: {version}~appliance1
Architecture: {arch}
Maintainer: root <root@localhost>
Depends: python3 (>= {python}), python3 (<< {next_python}), libc6
Section: python
Priority: optional
Description: GPIO lines of a Raspberry Pi, for Python
 Built from the source on PyPI, because Debian has no package of it.
"""


def provide(folder: Path, arch: str, work: Path, epoch: int) -> None:
    """See that the role `release` finds lgpio: in the archives, or built here.

    Args:
        folder: The image's tree.
        arch: Debian's name of its processor.
        work: Where the package stays for the next time.
        epoch: The time that its files get, in seconds since 1970.

    Raises:
        NoImage: It cannot be built.
    """
    installed = (folder / "var/lib/dpkg/status").read_text()
    if f"Package: {PACKAGE}\n" in installed:
        return
    tree.inside(folder, "apt-get update --quiet=2")
    if tree.inside(folder, f"apt-cache search --names-only '^{PACKAGE}$'"):
        return
    made = _package(arch, work, epoch)
    shutil.copy(made, folder / "var/tmp" / made.name)
    tree.inside(folder, f"apt-get install --quiet=2 --yes /var/tmp/{made.name}")


def build_wheel(folder: Path) -> Path:
    """Build the wheel in a Debian tree that has `TOOLS`, for this tree's Python.

    Returns:
        The wheel, in the tree.

    Raises:
        NoImage: The source cannot be fetched, or does not build.
    """
    place = folder / "lgpio"
    place.mkdir()
    (pin,) = re.findall(r"^lgpio==.*(?:\n    .*)*", _LOCK.read_text(), re.MULTILINE)
    wanted = place / "lgpio.txt"
    # Without the marker: this is for the Python for which there is no wheel.
    wanted.write_text(re.sub(r" ;[^\\]*", " ", pin) + "\n")
    run(
        [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:",
         "--no-build-isolation", "--require-hashes", "--dest", str(place), "-r", str(wanted)]
    )  # fmt: skip
    # PYPI: with the C library in it.
    pip = "PYPI=1 python3 -m pip wheel --no-index --no-deps --no-build-isolation"
    tree.inside(folder, f"cd /lgpio && {pip} --wheel-dir . lgpio-*.tar.gz")
    (wheel,) = place.glob("lgpio-*.whl")
    return wheel


def _package(arch: str, work: Path, epoch: int) -> Path:
    (version,) = re.findall(r"^lgpio==(\S+)", _LOCK.read_text(), re.MULTILINE)
    made = work / f"{PACKAGE}-{version}-{tree.SUITE}-{arch}.deb"
    if not made.exists():
        tools = work / f"lgpio-{arch}"
        shutil.rmtree(tools, ignore_errors=True)
        tree.make(tools, TOOLS, arch=arch)
        pack(build_wheel(tools), arch, made, epoch)
        shutil.rmtree(tools)
    return made


def pack(wheel: Path, arch: str, target: Path, epoch: int) -> None:
    """Make a Debian package of the wheel's modules.

    Args:
        wheel: As pip builds it.
        arch: Debian's name of the processor.
        target: The package; is there only when it is whole.
        epoch: The time that its files get, in seconds since 1970.
    """
    _, version, tag, *_ = wheel.name.split("-")
    major, minor = tag.removeprefix("cp")[:1], int(tag.removeprefix("cp")[1:])
    files = target.with_suffix(".files")
    shutil.rmtree(files, ignore_errors=True)
    modules = files / "usr/lib/python3/dist-packages"
    modules.mkdir(parents=True)
    with ZipFile(wheel) as content:
        for name in content.namelist():
            if name.endswith((".py", ".so")):
                content.extract(name, modules)
    (files / "DEBIAN").mkdir()
    (files / "DEBIAN/control").write_text(
        _CONTROL.format(
            package=PACKAGE,
            version=version,
            arch=arch,
            python=f"{major}.{minor}",
            next_python=f"{major}.{minor + 1}",
        )
    )
    part = target.with_suffix(".part")
    command = ["dpkg-deb", "--root-owner-group", "--build", str(files), str(part)]
    run(command, environment={"SOURCE_DATE_EPOCH": str(epoch)})
    part.rename(target)
    shutil.rmtree(files)
