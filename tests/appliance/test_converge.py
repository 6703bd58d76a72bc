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


def test_a_machine_that_kept_a_binary_log_goes_on_without_one(
    technician: Technician, machine: Machine
) -> None:
    machine.ssh(
        "sed -i 's|^skip_log_bin|log_bin = /var/lib/mysql/binlog|' "
        "/etc/mysql/mariadb.conf.d/90-appliance.cnf && systemctl restart mariadb"
    )
    kept = "mariadb --batch --skip-column-names --execute 'SELECT @@log_bin'"
    assert machine.ssh(kept).strip() == "1"
    # As after a power cut: what only the log can decide must be decided before it goes.
    machine.ssh("systemctl kill --signal=KILL mariadb")
    assert technician.run("site.yml", "--tags", "database") > 0
    assert machine.ssh(kept).strip() == "0"
    assert machine.ssh("ls /var/lib/mysql | grep binlog || true").strip() == ""
    assert technician.run("site.yml", "--tags", "database") == 0
