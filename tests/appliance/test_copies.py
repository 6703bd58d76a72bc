"""A backup's copy goes to another machine, and a copy that did not is seen."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from .machine import Machine
from .technician import Technician

AWAY = "copies@127.0.0.1:lobby"
STICK_BYTES = 64 * 1024 * 1024
# What udev and the kernel's own device list do on a Pi.
PLUG_IN = """
mknod /dev/stick b {major} {minor}
mkdir -p /dev/disk/by-label
ln -sf /dev/stick /dev/disk/by-label/LOBBY
test -e /dev/autofs || mknod /dev/autofs c 10 235
systemctl daemon-reexec
"""
PULL_OUT = "umount -l /mnt/backup 2>/dev/null; rm -f /dev/disk/by-label/LOBBY /dev/stick"


@contextmanager
def usb_stick(machine: Machine, image: Path) -> Iterator[None]:
    """Something that a USB stick would be is plugged in, prepared as docs/operations.md says."""
    image.write_bytes(b"")
    os.truncate(image, STICK_BYTES)
    owner = ":".join(machine.ssh("id -u appliance; id -g appliance").split())
    subprocess.run(
        ["mkfs.ext4", "-q", "-L", "LOBBY", "-E", f"root_owner={owner}", image], check=True
    )
    loop = subprocess.run(
        ["/usr/sbin/losetup", "--find", "--show", image],
        capture_output=True,
        text=True,
        check=False,
    )
    if loop.returncode:
        pytest.skip(f"no loop device can stand in for a USB stick: {loop.stderr.strip()}")
    device = loop.stdout.strip()
    number = Path(device).stat().st_rdev
    try:
        machine.ssh(PLUG_IN.format(major=os.major(number), minor=os.minor(number)))
        yield
    finally:
        machine.ssh(PULL_OUT, check=False)
        subprocess.run(["/usr/sbin/losetup", "--detach", device], check=True)


@pytest.fixture
def other_machine(machine: Machine, technician: Technician) -> dict[str, str]:
    """Somewhere that takes files by SFTP; it happens to be the same machine."""
    machine.ssh(
        "sudo sh -ec '"
        "id copies >/dev/null 2>&1 || useradd --create-home copies; "
        "install -d -o copies -m 700 /home/copies/.ssh /home/copies/lobby; "
        "rm -f /run/copies /run/copies.pub; "
        'ssh-keygen -q -t ed25519 -N "" -f /run/copies; '
        "install -o copies -m 600 /run/copies.pub /home/copies/.ssh/authorized_keys'"
    )
    host_key = machine.ssh("cat /etc/ssh/ssh_host_ed25519_key.pub")
    return {
        "backup_sftp": AWAY,
        "backup_sftp_key": machine.ssh("sudo cat /run/copies"),
        "backup_sftp_host_key": f"127.0.0.1 {' '.join(host_key.split()[:2])}",
    }


def test_a_copy_goes_away_by_sftp(
    machine: Machine, technician: Technician, other_machine: dict[str, str]
) -> None:
    technician.run("site.yml", "--tags", "backup", "--extra-vars", json.dumps(other_machine))
    try:
        machine.ssh("sudo systemctl start appliance-backup.service")
        newest = machine.ssh("sudo ls -1t /var/backups/appliance").splitlines()[0]
        machine.ssh(f"sudo cmp /var/backups/appliance/{newest} /home/copies/lobby/{newest}")

        machine.ssh("sudo rm /home/copies/.ssh/authorized_keys")
        # A copy that did not go is a failed unit, and the backup itself is there all the same.
        machine.ssh("sudo systemctl start appliance-backup.service", check=False)
        result = "systemctl show --property=Result --value appliance-backup.service"
        assert machine.ssh(result).strip() == "exit-code"
        assert f"no copy reached {AWAY}" in machine.ssh("journalctl -u appliance-backup.service")
        kept = machine.ssh("sudo ls -1t /var/backups/appliance").splitlines()
        assert kept[0] != newest
        machine.ssh(f"sudo appliance backup verify /var/backups/appliance/{kept[0]}")
    finally:
        machine.ssh("sudo systemctl stop appliance-backup.service", check=False)
        machine.ssh("sudo systemctl reset-failed appliance-backup.service", check=False)
        technician.run("site.yml", "--tags", "backup")
        machine.ssh("sudo userdel --remove copies; sudo rm -f /run/copies /run/copies.pub")


def test_a_copy_goes_to_a_usb_stick(
    machine: Machine, technician: Technician, tmp_path: Path
) -> None:
    with usb_stick(machine, tmp_path / "stick.img"):
        stick = json.dumps({"backup_usb_label": "LOBBY"})
        technician.run("site.yml", "--tags", "backup", "--extra-vars", stick)
        try:
            machine.ssh("systemctl start appliance-backup.service")
            newest = machine.ssh("ls -1t /var/backups/appliance").splitlines()[0]
            machine.ssh(f"cmp /var/backups/appliance/{newest} /mnt/backup/{newest}")

            # Pulled out: what is on the card is there all the same, and the unit says what is not.
            machine.ssh(PULL_OUT)
            machine.ssh("systemctl start appliance-backup.service", check=False)
            assert "the USB stick LOBBY did not take a copy" in machine.ssh(
                "journalctl -u appliance-backup.service"
            )
            kept = machine.ssh("ls -1t /var/backups/appliance").splitlines()
            assert kept[0] != newest
            machine.ssh(f"appliance backup verify /var/backups/appliance/{kept[0]}")
        finally:
            machine.ssh("systemctl stop appliance-backup.service", check=False)
            machine.ssh("systemctl reset-failed appliance-backup.service", check=False)
            machine.ssh("systemctl disable --now mnt-backup.automount", check=False)
            machine.ssh("rm -f /etc/systemd/system/mnt-backup.*", check=False)
            technician.run("site.yml", "--tags", "backup")
