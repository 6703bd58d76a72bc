"""Makes the image that is flashed on a card, and looks at one.

    python -m tools.image build [--arch arm64] [--release FILE]
    python -m tools.image check IMAGE

Needs root, and Linux: packages are installed into a tree.
"""

from __future__ import annotations

import argparse
import os
import sys
import tomllib
from pathlib import Path
from typing import Final

from tools import release

from . import build, check, disk, foreign, tree
from .programs import NoImage, run

ROOT: Final = build.ROOT
_EXAMPLE: Final = "/opt/appliance/current/bin/appliance card example"
"""Prints the file that a shop edits, as the release in the image explains it."""


def main() -> None:
    """Do what the command line says; exits 1 with what is wrong."""
    parser = argparse.ArgumentParser(prog="python -m tools.image")
    commands = parser.add_subparsers(dest="command", required=True)
    making = commands.add_parser("build", help="make dist/lobby-VERSION-ARCH.img.xz")
    making.add_argument("--arch", choices=sorted(build.ARCHES), default="arm64")
    making.add_argument("--release", type=Path, help="this release's file; else it is made")
    making.add_argument("--outdir", type=Path, default=ROOT / "dist")
    making.add_argument("--work", type=Path, default=ROOT / "var/image")
    making.add_argument("--site", type=Path, default=ROOT / "var/site", help="with the site's keys")
    making.add_argument("--plain", action="store_true", help="do not compress it")
    looking = commands.add_parser("check", help="look at an image, not compressed")
    looking.add_argument("image", type=Path)
    wanted = parser.parse_args()
    if os.getuid() != 0:
        sys.exit("An image is made and looked at by root: sudo make image")
    try:
        if wanted.command == "check":
            _report(check.faults_of_image(wanted.image))
        else:
            arch = build.ARCHES[wanted.arch]
            made = make(
                arch, wanted.release, wanted.outdir, wanted.work, wanted.site, plain=wanted.plain
            )
            sys.stdout.write(f"{made}\n")
    except NoImage as error:
        sys.exit(f"Error: {error}")


def make(
    arch: build.Arch,
    release_file: Path | None,
    outdir: Path,
    work: Path,
    site: Path,
    *,
    plain: bool,
) -> Path:
    """Make an image, look at it, and list what is in it beside it.

    Args:
        arch: For which processor.
        release_file: The release; made of this checkout unless given.
        outdir: Where to.
        work: Where trees and packages stay for the next time.
        site: The folder of the site's keys.
        plain: Whether it stays as it is, for a test, and is not compressed.

    Returns:
        The file.
    """
    if foreign.is_foreign(arch.kernel):
        foreign.require(arch.debian)
        foreign.warn_of_slow_emulator(arch.kernel)
    epoch = _epoch()
    file = release_file or release.make([arch.wheels], None, work / "dist", ROOT, site)
    folder = build.provisioned_tree(arch, work, file.resolve(), site, epoch)
    for name, command in (
        ("lobby.yaml", _EXAMPLE),
        ("station.example.yaml", f"{_EXAMPLE} --station"),
    ):
        (folder / disk.BOOT_FOLDER / name).write_text(tree.inside(folder, command))
        os.utime(folder / disk.BOOT_FOLDER / name, (epoch, epoch))
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    outdir.mkdir(parents=True, exist_ok=True)
    image = outdir / f"lobby-{version}-{arch.debian}.img"
    disk.write(image, folder, arch.debian, image.stem, epoch)
    image.with_suffix(".packages").write_text(_packages(folder))
    _report(check.faults_of_image(image))
    return image if plain else _compressed(image)


def _packages(folder: Path) -> str:
    """Every package with its version: the archives do not keep them for ever."""
    said = tree.inside(folder, r"dpkg-query -W -f '${Package} ${Version} ${Architecture}\n'")
    return "".join(f"{line}\n" for line in sorted(said.splitlines()))


def _compressed(image: Path) -> Path:
    target = image.with_suffix(".img.xz")
    target.unlink(missing_ok=True)
    run(["xz", "--threads=2", "-6", str(image)])
    fault = check.size_fault(target)
    _report([fault] if fault else [])
    return target


def _epoch() -> int:
    """The time of the sources: SOURCE_DATE_EPOCH, or the last commit's."""
    if stated := os.environ.get("SOURCE_DATE_EPOCH"):
        return int(stated)
    return int(run(["git", "-C", str(ROOT), "log", "-1", "--format=%ct"]))


def _report(faults: list[str]) -> None:
    if faults:
        sys.exit("\n".join(["The image is not fit to be flashed:", *faults]))


if __name__ == "__main__":
    main()
