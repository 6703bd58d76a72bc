"""A backup's copy goes to another machine, and a copy that did not is seen."""

from __future__ import annotations

import json

import pytest

from .machine import Machine
from .technician import Technician

AWAY = "copies@127.0.0.1:lobby"


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
