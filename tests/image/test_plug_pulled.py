"""The plug is pulled while people work: each start is a lobby again, and no answer was a lie.

It is pulled in the middle of an upgrade from a USB stick, too, with people at work: each start is a
lobby of the release before or of the new one, whole, and a later stick finds nothing in its way.
"""

from __future__ import annotations

import json
import random
import shutil
import time
from pathlib import Path

from tests.appliance.books import every_promise_holds, sql
from tests.appliance.busy import Busy
from tests.appliance.shop import Shop
from tests.appliance.test_kiosk import becomes
from tests.appliance.test_recovery import is_healthy
from tests.appliance.test_upgrade import PROGRAM, current, wait_healthy
from tests.support.campaign import rounds
from tests.support.fake_printer import FakePrinter

from .conftest import MIGRATED, Flash, opened
from .flashed import Flashed
from .test_first_start import note, nothing_failed
from .test_stick import put_in


def test_the_plug_is_pulled_while_people_work(
    machine: Flashed, shop: Shop, printer: FakePrinter
) -> None:
    assert becomes(lambda: is_healthy(shop), 60)
    chance = random.Random(16)
    busy = Busy(shop)
    many = rounds(10, 50)
    with busy.at_work():
        for number in range(many):
            # Not a wait for something: the moment of the cut is what is tried.
            moment = 1 + 4 * chance.random()
            time.sleep(moment)
            before = len(busy.visits)
            machine.cut()
            began = time.monotonic()
            machine.boot()
            wait_healthy(machine)
            took = time.monotonic() - began
            assert becomes(lambda before=before: len(busy.visits) > before, 60), "nobody works on"
            assert every_promise_holds(machine)
            assert nothing_failed(machine)
            note(
                machine,
                f"cut {number + 1} after {moment:.1f} s of work: healthy {took:.1f} s after power",
            )
    nothing_was_a_lie(machine, busy)
    machine.power_off()
    machine.unmount()
    assert machine.check_card() == ""
    machine.boot()
    note(machine, f"{len(busy.visits)} visits, longest silence {busy.longest_silence:.1f} s")


def nothing_was_a_lie(machine: Flashed, busy: Busy) -> None:
    """Look for every answer that people got: a visit that was said to be paid is paid, once."""
    assert [person.contradictions for person in busy.people] == [[], [], []]
    codes = sql(machine, "SELECT code FROM transactions WHERE status = 'paid' ORDER BY id")
    assert codes[-len(busy.visits) :] == busy.visits
    assert every_promise_holds(machine)


def test_the_plug_is_pulled_in_an_upgrade_from_a_stick(
    flash: Flash, migrated_release: Path, tmp_path: Path
) -> None:
    # Its schema is another: the database is changed and changed back in the middle of it all.
    for file in (migrated_release, migrated_release.with_name(f"{migrated_release.name}.sig")):
        shutil.copy(file, tmp_path)
    machine = flash()
    machine.boot()
    shop = opened(machine)
    first = current(machine)
    chance = random.Random(16)
    many = rounds(2, 10)
    with FakePrinter(machine.host_address, 9100):
        assert becomes(lambda: is_healthy(shop), 60)
        busy = Busy(shop)
        with busy.at_work():
            began = time.monotonic()
            put_in(machine, tmp_path)
            length = time.monotonic() - began
            assert current(machine) == MIGRATED
            for number in range(many):
                go_back(machine, first)
                # Not a wait for something: one moment in each part of it is tried.
                moment = length * (number + chance.random()) / many
                step = cut_in_an_upgrade(machine, tmp_path, moment)
                there = len(busy.visits)
                machine.boot()
                wait_healthy(machine, 300)
                found = current(machine)
                assert found in {first, MIGRATED}
                assert json.loads(machine.ssh(f"{PROGRAM} status"))["unfinished"] is None
                assert becomes(lambda there=there: len(busy.visits) > there, 120), "nobody works"
                assert every_promise_holds(machine)
                assert nothing_failed(machine)
                note(
                    machine,
                    f"upgrade cut after {moment:.1f} of {length:.1f} s, {step}: {found}",
                )
            # What the cuts have left is in nobody's way.
            if current(machine) == first:
                put_in(machine, tmp_path)
            assert current(machine) == MIGRATED
    nothing_was_a_lie(machine, busy)
    assert "incoming" not in machine.ssh("ls /opt/appliance")
    machine.power_off()
    machine.unmount()
    assert machine.check_card() == ""
    note(machine, f"{len(busy.visits)} visits, longest silence {busy.longest_silence:.1f} s")
    machine.throw_away()


def go_back(machine: Flashed, first: str) -> None:
    """Let the next upgrade be a whole one; what an unfinished one has left stays for it to find."""
    if current(machine) != first:
        machine.ssh(f"{PROGRAM} rollback {first}", timeout=900)
    place = f"/opt/appliance/releases/{MIGRATED}"
    machine.ssh(f"if [ -e {place}/release.json ]; then rm -rf {place}; fi")


def cut_in_an_upgrade(machine: Flashed, folder: Path, moment: float) -> str:
    """Put a stick in, and pull the plug in the middle; returns how far it had come.

    Args:
        machine: Runs.
        folder: What is on the stick.
        moment: Seconds after the stick was put in.
    """
    with machine.stick(folder) as device:
        machine.ssh(f"systemctl start --no-block appliance-stick@{device}.service")
        time.sleep(moment)
        journal = machine.root / "opt/appliance/upgrade.json"
        try:
            step = str(json.loads(journal.read_text())["step"])
        except FileNotFoundError:
            step = "no switch at work"
        machine.cut()
    return step
