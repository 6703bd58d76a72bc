"""Another release, with staff at work; one that fails; power lost in the middle."""

from __future__ import annotations

import json
import random
import threading
import time
from pathlib import Path

from tests.support.campaign import rounds

from .machine import Machine
from .technician import Technician

PROGRAM = "/opt/appliance/bin/appliance-release"


def current(machine: Machine) -> str:
    return str(json.loads(machine.ssh(f"sudo {PROGRAM} status"))["current"])


def healthy(machine: Machine) -> bool:
    said = machine.ssh("curl --silent --max-time 5 http://127.0.0.1:5000/healthz", check=False)
    return '"ok":true' in said.replace(" ", "")


def wait_healthy(machine: Machine, seconds: float = 120) -> None:
    give_up_at = time.monotonic() + seconds
    while not healthy(machine):
        assert time.monotonic() < give_up_at, machine.ssh(
            "journalctl -n 50 --no-pager", check=False
        )
        time.sleep(0.5)


def rooms(machine: Machine) -> set[str]:
    return {line.split()[0] for line in machine.ssh("sudo appliance rooms list").splitlines()}


def test_an_upgrade_with_staff_at_work_and_the_way_back(
    technician: Technician, machine: Machine, next_release: Path
) -> None:
    before = current(machine)
    machine.ssh("sudo appliance rooms add u1")
    stop, gaps = threading.Event(), [0.0]

    def watch() -> None:
        last = time.monotonic()
        while not stop.is_set():
            if healthy(machine):
                gaps.append(time.monotonic() - last)
                last = time.monotonic()
            stop.wait(0.1)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        technician.run("upgrade.yml", "--extra-vars", f"release_file={next_release}")
    finally:
        stop.set()
        watcher.join()
    assert current(machine) == "9.1.0"
    # Seen by whoever keeps the log; a test says nothing about speed.
    (machine.work / "upgrade.txt").write_text(f"longest silence {max(gaps):.1f} s\n")
    assert "u1" in rooms(machine)
    technician.run("rollback.yml")
    assert current(machine) == before
    assert "u1" in rooms(machine)


def test_power_lost_in_the_middle(machine: Machine, next_release: Path) -> None:
    before = current(machine)
    known = rooms(machine)
    for _ in range(rounds(2, 10)):
        # The release is on the machine already: what is cut off is the switch itself.
        machine.ssh(f"sudo systemd-run --collect --unit=cut {PROGRAM} rollback 9.1.0")
        time.sleep(random.uniform(0.5, 8))
        machine.pull_the_plug()
        machine.boot()
        wait_healthy(machine)
        assert current(machine) in {before, "9.1.0"}
        assert json.loads(machine.ssh(f"sudo {PROGRAM} status"))["unfinished"] is None
        assert rooms(machine) == known
        assert "every promise holds" in machine.ssh("sudo appliance db check")
        if current(machine) == "9.1.0":
            machine.ssh(f"sudo {PROGRAM} rollback {before}")


def test_the_program_killed_in_the_middle(machine: Machine, next_release: Path) -> None:
    before = current(machine)
    machine.ssh(f"sudo systemd-run --collect --unit=cut {PROGRAM} rollback 9.1.0")
    machine.ssh("while [ ! -e /opt/appliance/upgrade.json ]; do sleep 0.05; done")
    machine.ssh("sudo systemctl kill --signal=KILL cut.service", check=False)
    machine.ssh("while [ -e /opt/appliance/upgrade.json ]; do sleep 0.1; done")
    wait_healthy(machine)
    assert current(machine) == before
