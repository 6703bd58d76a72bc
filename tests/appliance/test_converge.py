"""The playbook makes a lobby out of a bare machine, and then has nothing left to do."""

from __future__ import annotations

from .machine import Machine
from .technician import Technician


def test_a_bare_machine_becomes_a_lobby(technician: Technician, machine: Machine) -> None:
    assert technician.run("site.yml") > 20
    assert machine.ssh("systemctl --failed --no-legend --plain") == ""


def test_the_second_run_changes_nothing(technician: Technician) -> None:
    assert technician.run("site.yml") == 0


def test_a_dry_run_finds_no_difference(technician: Technician) -> None:
    assert technician.run("site.yml", "--check", "--diff") == 0
