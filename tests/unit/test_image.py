"""What `make image` refuses to hand out; and what the roles leave to a card's first start."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tools.image import build, check, disk

AMD64 = build.ARCHES["amd64"]
ROLES = build.PLAYBOOKS / "roles"
FSTAB = """\
LABEL=lobbyroot / ext4 defaults,noatime 0 1
# A comment.
LABEL=LOBBYBOOT /boot/firmware vfat ro,noatime 0 2
"""
BOOT = {
    "lobby.yaml": "# Which lobby this is.\n",
    "loader/entries/lobby.conf": "linux /vmlinuz\noptions root=LABEL=lobbyroot ro quiet\n",
    "EFI/BOOT/BOOTX64.EFI": "",
    "vmlinuz": "",
    "initrd.img": "",
}


def elf(machine: int) -> bytes:
    return b"\x7fELF\x02\x01\x01" + bytes(11) + machine.to_bytes(2, "little") + bytes(44)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A root as it has to be, as far as anybody looks."""
    for name, content in {
        "etc/machine-id": b"",
        "etc/shadow": b"root:*:20000:0:99999:7:::\ntechnician:!:20000:0:99999:7:::\n",
        "etc/fstab": FSTAB.encode(),
        "etc/appliance/secrets/grants.sql": b"SELECT 1;\n",
        "opt/appliance/releases/1.0/bin/appliance": b"#!/bin/sh\n",
        "usr/bin/true": elf(AMD64.elf),
        "var/lib/dpkg/status": b"Package: dpkg\nStatus: install ok\nArchitecture: amd64\n\n",
    }.items():
        write(tmp_path, name, content)
    (tmp_path / "opt/appliance/current").symlink_to("releases/1.0")
    (tmp_path / "boot/firmware").mkdir(parents=True)
    return tmp_path


def write(root: Path, name: str, content: bytes) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def test_a_root_as_it_has_to_be_has_no_fault(root: Path) -> None:
    assert check.arch_of(root) is AMD64
    assert check.faults_of_root(root, AMD64) == []
    assert check.faults_of_boot(BOOT, AMD64) == []


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("etc/appliance/secrets/flask_secret_key", b"x"),
        ("etc/appliance/kiosk.token", b"x"),
        ("etc/ssh/ssh_host_ed25519_key.pub", b"x"),
        ("var/lib/somewhere/key.pem", b"-----BEGIN EC PRIVATE KEY-----\n"),
        ("etc/machine-id", b"0123456789abcdef0123456789abcdef\n"),
        ("etc/machine-id", b"uninitialized\n"),
        ("var/lib/systemd/random-seed", b"x"),
        ("etc/shadow", b"technician:$y$j9T$x:20000:0:99999:7:::\n"),
        ("etc/shadow", b"root::20000:0:99999:7:::\n"),
        ("home/technician/.ssh/authorized_keys", b"ssh-ed25519 x\n"),
        ("etc/fstab", FSTAB.replace("LABEL=lobbyroot", "/dev/vda").encode()),
        ("etc/fstab", FSTAB.replace("vfat ro,", "vfat ").encode()),
        ("usr/sbin/policy-rc.d", b"#!/bin/sh\nexit 101\n"),
        ("boot/firmware/vmlinuz", b"x"),
        ("usr/lib/libforeign.so", elf(build.ARCHES["arm64"].elf)),
    ],
)
def test_what_no_two_cards_may_share_is_named(root: Path, name: str, content: bytes) -> None:
    write(root, name, content)
    faults = check.faults_of_root(root, AMD64)
    assert faults
    assert all(fault.startswith((name, "boot/firmware", "etc/fstab")) for fault in faults), faults


def test_a_pis_graphics_processor_is_another_one(root: Path) -> None:
    write(root, "usr/lib/raspi-firmware/start4.elf", elf(137))
    assert check.faults_of_root(root, AMD64) == []


def test_a_root_without_a_release_is_refused(root: Path) -> None:
    (root / "opt/appliance/current").unlink()
    assert check.faults_of_root(root, AMD64) == [
        "opt/appliance/current: no release is in its place"
    ]


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"lobby.yaml": ""}, "lobby.yaml: is not there"),
        (
            {"loader/entries/lobby.conf": "options root=/dev/vda2 ro\n"},
            "loader/entries/lobby.conf: starts from /dev/vda2",
        ),
        (
            {"loader/entries/lobby.conf": "options root=LABEL=lobbyroot root=/dev/vda2\n"},
            "loader/entries/lobby.conf: starts from LABEL=lobbyroot, /dev/vda2",
        ),
    ],
)
def test_a_boot_partition_that_starts_something_else_is_refused(
    changed: dict[str, str], fault: str
) -> None:
    [found] = check.faults_of_boot(BOOT | changed, AMD64)
    assert found.startswith(fault)


def test_a_boot_partition_without_a_kernel_is_refused() -> None:
    files = {name: text for name, text in BOOT.items() if name != "vmlinuz"}
    assert check.faults_of_boot(files, AMD64) == ["vmlinuz: is not there"]


def test_the_tree_is_closed_without_anything_of_one_machine(root: Path) -> None:
    """The builder's own part; what it forgot, the check would name."""
    for name in ("etc/ssh/ssh_host_rsa_key", "var/lib/systemd/random-seed", "etc/machine-id"):
        write(root, name, b"of one machine")
    write(root, "usr/sbin/policy-rc.d", b"exit 101\n")
    write(root, "var/log/apt/term.log", b"said\n")
    build.close(root, epoch=1_700_000_000)
    assert check.faults_of_root(root, AMD64) == []
    assert (root / "var/log/apt").is_dir(), "nginx does not start without the folder of its logs"
    assert not (root / "var/log/apt/term.log").exists()
    assert max(path.lstat().st_mtime for path in root.rglob("*")) == 1_700_000_000


def test_the_roles_and_the_disk_call_its_parts_by_one_name() -> None:
    defaults = yaml.safe_load((ROLES / "boot/defaults/main.yml").read_text())
    assert defaults["boot_label"] == disk.BOOT_LABEL
    assert defaults["boot_root_label"] == disk.ROOT_LABEL
    assert defaults["boot_folder"] == f"/{disk.BOOT_FOLDER}"


NO_IMAGE = (
    "appliance_target == 'machine'",
    "appliance_target == 'card'",
    "appliance_target != 'image'",
)


def tasks(items: list[dict[str, Any]], conditions: tuple[str, ...]) -> Iterator[Any]:
    """Every task with all the conditions that it stands under."""
    for item in items:
        when = item.get("when", [])
        under = (*conditions, *(map(str, when) if isinstance(when, list) else (str(when),)))
        if "block" in item:
            yield from tasks(item["block"], under)
        else:
            yield item, under


def secret(task: dict[str, Any]) -> bool:
    """Whether a task makes, reads or writes what only one machine may have."""
    text = yaml.safe_dump(task)
    return (
        "{{ appliance_secrets }}/" in text
        or "chdir: '{{ appliance_secrets }}'" in text
        or "server.key" in text
        or "devices add" in text
    ) and not any(f"/{name}" in text for name in check.PUBLIC)


def test_no_task_touches_a_secret_in_an_image() -> None:
    """Each stands under the condition that it is none, or in a role that does."""
    site = yaml.safe_load((build.PLAYBOOKS / "site.yml").read_text())[0]["roles"]
    seen = 0
    for role in site:
        files = sorted((ROLES / role["role"] / "tasks").glob("*.yml"))
        for file in files:
            for task, under in tasks(yaml.safe_load(file.read_text()), (role.get("when", ""),)):
                if secret(task):
                    seen += 1
                    optional = "backup_sftp | length > 0" in under
                    assert optional or any(
                        condition in one for one in under for condition in NO_IMAGE
                    ), f"{file.relative_to(ROLES)}: {task['name']}"
    assert seen, "no task was looked at"
