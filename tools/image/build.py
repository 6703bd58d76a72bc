"""From Debian's packages and a release to a tree that the roles have filled, without a machine."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from . import foreign, lgpio, tree
from .package_proxy import PackageProxy
from .programs import NoImage, run

ROOT: Final = Path(__file__).resolve().parents[2]
PLAYBOOKS: Final = ROOT / "provisioning/ansible"
ANSIBLE: Final = ROOT / "var/ansible/bin/ansible-playbook"
_PLACED: Final = "placed.sha256"
_NO_SERVICES: Final = "usr/sbin/policy-rc.d"
_PROXY: Final = "etc/apt/apt.conf.d/00build-proxy"
_OF_ONE_MACHINE: Final = (
    "etc/ssh/ssh_host_*",
    "var/lib/dbus/machine-id",
    "var/lib/systemd/random-seed",
    "var/lib/systemd/credential.secret",
    "var/lib/NetworkManager/secret_key",
    "etc/appliance/tls/*",
)
_OF_THE_BUILD: Final = (
    _NO_SERVICES,
    _PROXY,
    "etc/.pwd.lock",
    "etc/*-",
    "root/.ansible",
    "root/.cache",
    "var/cache/apt/*.bin",
    "var/cache/apt/archives/*.deb",
    "var/cache/debconf/*-old",
    "var/cache/ldconfig/aux-cache",
    "var/lib/apt/lists/*",
    "var/lib/dpkg/*-old",
    "tmp/*",
    "var/tmp/*",
)
_SUITES: Final = ("main", "non-free-firmware")


@dataclass(frozen=True, slots=True)
class Arch:
    """A processor for which images are made.

    Attributes:
        debian: Debian's name of it.
        kernel: The kernel's name of it.
        wheels: The platform of a release's wheels.
        elf: What an ELF file says in its head (e_machine).
        has_pins: Whether its boards have GPIO lines on a header.
    """

    debian: str
    kernel: str
    wheels: str
    elf: int
    has_pins: bool


ARCHES: Final = {
    "amd64": Arch("amd64", "x86_64", "cp313-x86_64", 62, has_pins=False),
    "arm64": Arch("arm64", "aarch64", "cp313-aarch64", 183, has_pins=True),
}


def provisioned_tree(arch: Arch, work: Path, release: Path, site: Path, epoch: int) -> Path:
    """The tree of an image, as the roles leave it. What is there from the last time is kept.

    Args:
        arch: For which processor.
        work: Where trees and packages stay for the next time.
        release: The release's file.
        site: The folder of the site's keys; only the seal of the release is looked at.
        epoch: The time that files get at most, in seconds since 1970.

    Returns:
        The tree.

    Raises:
        NoImage: Debian's part of it cannot be made, or a role failed; the log says where.
    """
    folder = work / arch.debian / "tree"
    if not folder.is_dir():
        _unpack(_base(arch, work), folder)
    _open(folder)
    _forget_other_release(folder, release)
    with PackageProxy(work / "packages", "127.0.0.1") as proxy:
        (folder / _PROXY).write_text(
            f'Acquire::http::Proxy "http://127.0.0.1:{proxy.port}";\n'
            # For a Python that is not the tree's own.
            f'APT::Architecture "{arch.debian}";\n'
        )
        if arch.has_pins:
            lgpio.provide(folder, arch.debian, work, epoch)
        variables: dict[str, Any] = {
            "release_file": str(release),
            # The playbook looks from a folder of its own.
            "release_key_file": str(site.resolve() / "release.key"),
            "appliance_site_dir": str(site.resolve()),
        }
        where = {"IMAGE_TREE": str(folder.resolve()), "SOURCE_DATE_EPOCH": str(epoch)}
        if foreign.is_foreign(arch.kernel):
            variables["image_python"] = foreign.PYTHON
            variables["hardening_check_firewall"] = {"image": f"{foreign.FIREWALL_CHECK} %s"}
            where["IMAGE_NATIVE"] = str(foreign.native_programs(work, arch.kernel).resolve())
        _play(folder.parent, variables, where)
    (folder.parent / _PLACED).write_text(_digest(release))
    close(folder, epoch)
    return folder


def _base(arch: Arch, work: Path) -> Path:
    made = work / f"{tree.SUITE}-{arch.debian}.tar"
    if not made.exists():
        work.mkdir(parents=True, exist_ok=True)
        part = made.with_name(f"part-{made.name}")
        tree.make(part, tree.MACHINE, arch=arch.debian)
        part.rename(made)
    return made


def _unpack(base: Path, folder: Path) -> None:
    part = folder.with_name("part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    run(["tar", "-xf", str(base), "-C", str(part), "--numeric-owner", "--xattrs"])
    part.rename(folder)


def _open(folder: Path) -> None:
    """Ready for packages: none of them starts anything, and where they come from is known."""
    refuses = folder / _NO_SERVICES
    refuses.write_text("#!/bin/sh\nexit 101\n")
    refuses.chmod(0o755)
    (folder / "etc/apt/sources.list").write_text("\n".join(tree.sources(_SUITES)) + "\n")
    for stale in (folder / "etc/apt/sources.list.d").glob("0000*.list"):
        stale.unlink()


def _forget_other_release(folder: Path, release: Path) -> None:
    placed = folder.parent / _PLACED
    if placed.exists() and placed.read_text() == _digest(release):
        return
    (folder / "opt/appliance/current").unlink(missing_ok=True)
    shutil.rmtree(folder / "opt/appliance/releases", ignore_errors=True)
    placed.unlink(missing_ok=True)


def _play(work: Path, variables: Mapping[str, Any], where: Mapping[str, str]) -> None:
    log = work / "roles.log"
    with log.open("w") as said:
        code = subprocess.call(  # noqa: S603 — our own arguments
            [
                str(ANSIBLE), "--inventory", "inventories/image",
                "--extra-vars", json.dumps(variables), "site.yml",
            ],
            cwd=PLAYBOOKS,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            env=os.environ
            | {
                "ANSIBLE_CONFIG": str(PLAYBOOKS / "ansible.cfg"),
                "ANSIBLE_HOME": str(work / "ansible"),
            }
            | dict(where),
        )  # fmt: skip
    if code:
        sys.stderr.write(log.read_text()[-3000:])
        raise NoImage(f"the roles did not end well, see {log}")


def close(folder: Path, epoch: int) -> None:
    """Take out what is of one machine or of this build, and date nothing later than the sources."""
    for pattern in (*_OF_ONE_MACHINE, *_OF_THE_BUILD):
        for path in folder.glob(pattern):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
    # Their folders stay: nginx does not start without its own.
    for log in (folder / "var/log").rglob("*"):
        if log.is_symlink() or not log.is_dir():
            log.unlink()
    # Empty, not missing and not "uninitialized": that would enable every unit at the first start.
    (folder / "etc/machine-id").write_text("")
    for link, target in (
        ("etc/resolv.conf", "../run/systemd/resolve/stub-resolv.conf"),
        ("var/lib/dbus/machine-id", "/etc/machine-id"),
    ):
        (folder / link).parent.mkdir(parents=True, exist_ok=True)
        (folder / link).unlink(missing_ok=True)
        (folder / link).symlink_to(target)
    # journald keeps a journal where this is; a Pi has no clock, and starts with this time.
    (folder / "var/log/journal").mkdir(parents=True, exist_ok=True)
    clock = folder / "var/lib/systemd/timesync/clock"
    clock.parent.mkdir(parents=True, exist_ok=True)
    clock.touch()
    newer = ["find", str(folder), "-xdev", "-newermt", f"@{epoch}"]
    touch = ["-exec", "touch", "--no-dereference", f"--date=@{epoch}", "{}", "+"]
    run([*newer, *touch])


def _digest(path: Path) -> str:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
