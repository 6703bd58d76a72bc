"""Another release, with staff at work; one that fails; power lost in the middle."""

from __future__ import annotations

import hashlib
import json
import random
import time
from collections import Counter
from pathlib import Path

import pytest

from appliance import seal
from tests.support.campaign import rounds
from tests.support.fake_printer import FakePrinter

from .books import books, every_promise_holds, schema, sql
from .busy import Busy
from .machine import Machine
from .shop import Shop, a_day
from .technician import Technician
from .test_kiosk import becomes

PROGRAM = "/opt/appliance/bin/appliance-release"
LONGEST_SILENCE = 10
"""Seconds for which staff may see "back in a moment"."""


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


def carry(machine: Machine, release: Path) -> str:
    """Put a release's file on the machine; returns what `install` is told of it."""
    machine.put(release, Path("/var/tmp") / release.name)
    digest = hashlib.sha256(release.read_bytes()).hexdigest()
    return f"/var/tmp/{release.name} --sha256 {digest}"


def test_a_release_that_the_site_has_not_made_is_refused(
    technician: Technician, machine: Machine, shop: Shop, next_release: Path
) -> None:
    before = current(machine)
    forged = machine.work / "appliance-9.9.9.tar"
    forged.write_bytes(next_release.read_bytes()[: -seal.BLOCK])
    said = technician.fail("upgrade.yml", "--extra-vars", f"release_file={forged}")
    assert "appliance-9.9.9.tar has no seal" in said
    assert current(machine) == before
    assert machine.ssh("ls /opt/appliance/incoming 2>/dev/null", check=False) == ""


def test_an_upgrade_with_staff_at_work_and_the_way_back(
    technician: Technician, machine: Machine, shop: Shop, next_release: Path
) -> None:
    before = current(machine)
    kept = books(machine)
    busy = Busy(shop)
    with busy.at_work():
        technician.run("upgrade.yml", "--extra-vars", f"release_file={next_release}")
        assert current(machine) == "9.1.0"
        there = len(busy.visits)
        technician.run("rollback.yml")
        assert current(machine) == before
    assert len(busy.visits) > there > 0
    # For the reader of the log, beside the promise.
    (machine.work / "upgrade.txt").write_text(
        f"{len(busy.visits)} visits, longest silence {busy.longest_silence:.1f} s\n"
    )
    assert busy.longest_silence <= LONGEST_SILENCE
    # No event lost, none done twice: each visit is there once, paid once, and no other is.
    assert [person.contradictions for person in busy.people] == [[], [], []]
    after = books(machine)
    for name in ("orders", "takings"):
        assert len(after[name]) == len(kept[name]) + len(busy.visits), name
    codes = sql(machine, "SELECT code FROM transactions WHERE status = 'paid' ORDER BY id")
    assert codes[-len(busy.visits) :] == busy.visits
    events = Counter(line.split("\t")[2] for line in after["history"][len(kept["history"]) :])
    assert set(events.values()) == {len(busy.visits)}, events
    assert every_promise_holds(machine)
    # Hundreds of papers: the printer catches up, so that the next test sees its own.
    owed = "SELECT COUNT(*) FROM print_jobs WHERE state IN ('waiting', 'leased')"
    assert becomes(lambda: sql(machine, owed) == ["0"], 300, every=2)


@pytest.mark.parametrize("release", ["sick_release", "half_migrated_release"])
def test_a_release_that_fails_leaves_everything_as_it_was(
    technician: Technician,
    machine: Machine,
    shop: Shop,
    printer: FakePrinter,
    request: pytest.FixtureRequest,
    release: str,
) -> None:
    file: Path = request.getfixturevalue(release)
    a_day(shop, printer)
    before, kept, columns = current(machine), books(machine), schema(machine)
    said = technician.fail(
        "upgrade.yml", "--extra-vars", f"release_file={file} release_patience_seconds=20"
    )
    why = {
        "sick_release": "release 9.2.0 is not healthy",
        "half_migrated_release": "the migration failed in the middle",
    }[release]
    assert why in said
    assert f"release {before} works on" in said
    assert current(machine) == before
    assert healthy(machine)
    assert books(machine) == kept
    assert schema(machine) == columns
    assert every_promise_holds(machine)
    a_day(shop, printer)


def test_power_lost_in_the_middle_of_an_upgrade(
    machine: Machine, shop: Shop, printer: FakePrinter, migrated_release: Path
) -> None:
    a_day(shop, printer)
    before, kept, columns = current(machine), books(machine), schema(machine)
    file = carry(machine, migrated_release)
    seen = []
    began = time.monotonic()
    machine.ssh(f"{PROGRAM} install {file}", timeout=600)
    length = time.monotonic() - began
    many = rounds(2, 10)
    for number in range(many):
        if current(machine) != before:
            machine.ssh(f"{PROGRAM} rollback {before}", timeout=600)
            assert schema(machine) == columns
        # From the beginning each time: unpacking, building, backing up, migrating, switching.
        machine.ssh("rm -rf /opt/appliance/releases/9.4.0")
        machine.ssh(f"systemd-run --collect --unit=cut {PROGRAM} install {file}")
        # At random, but one in each part of it.
        moment = length * (number + random.random()) / many
        time.sleep(moment)
        step = machine.ssh("cat /opt/appliance/upgrade.json 2>/dev/null", check=False)
        machine.pull_the_plug()
        machine.boot()
        began = time.monotonic()
        wait_healthy(machine)
        seen.append(
            f"cut at {moment:.1f} of {length:.1f} s, {step or 'nothing switched'}: "
            f"{current(machine)} healthy {time.monotonic() - began:.1f} s after SSH"
        )
        (machine.work / "power.txt").write_text("\n".join(seen) + "\n")
        assert current(machine) in {before, "9.4.0"}
        assert json.loads(machine.ssh(f"{PROGRAM} status"))["unfinished"] is None
        assert books(machine) == kept, seen
        if current(machine) == before:
            assert schema(machine) == columns
        assert every_promise_holds(machine)
    if current(machine) != before:
        machine.ssh(f"{PROGRAM} rollback {before}", timeout=600)
    assert schema(machine) == columns
    a_day(shop, printer)


def test_the_program_killed_in_the_middle(
    machine: Machine, technician: Technician, next_release: Path
) -> None:
    before = current(machine)
    file = carry(machine, next_release)
    machine.ssh(f"systemd-run --collect --unit=cut {PROGRAM} install {file}")
    machine.ssh("while [ ! -e /opt/appliance/upgrade.json ]; do sleep 0.05; done")
    machine.ssh("systemctl kill --signal=KILL cut.service", check=False)
    machine.ssh("while [ -e /opt/appliance/upgrade.json ]; do sleep 0.1; done")
    wait_healthy(machine)
    assert current(machine) == before
