"""The plug is pulled while people work: each start is a lobby again, and no answer was a lie.

It is pulled in the middle of an upgrade from a USB stick, too, with people at work: each start is a
lobby of the release before or of the new one, whole, and a later stick finds nothing in its way.
"""

from __future__ import annotations

import json
import random
import shutil
import time
from functools import partial
from itertools import pairwise
from pathlib import Path

from appliance.release.layout import Layout, Step
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

SOON = 0.01
"""Seconds between two looks for a step of a switch, the shortest of which takes a second or so."""


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
    # By turns: anywhere in the whole, which is mostly before the switch, and in each of its steps.
    turns = [None, *Step]
    seen = set()
    with FakePrinter(machine.host_address, 9100):
        assert becomes(lambda: is_healthy(shop), 60)
        busy = Busy(shop)
        with busy.at_work():
            length, lengths = lengths_of_an_upgrade(machine, tmp_path)
            assert current(machine) == MIGRATED
            for number in range(rounds(len(turns), 4 * len(turns))):
                turn, step = divmod(number, len(turns))
                aim = turns[step]
                go_back(machine, first, whole=aim is None)
                if aim is None:
                    # Not a wait for something: one moment in each part of it is tried.
                    moment = length * (turn + chance.random()) / rounds(1, 4)
                else:
                    # At first soon after the step has begun, which hits it however fast it is.
                    moment = chance.random() * (lengths.get(aim, 0) if turn else 0.1)
                cut_in_an_upgrade(machine, tmp_path, aim, moment)
                left = step_on_the_card(machine)
                told = (
                    f"upgrade cut {moment:.1f} s after {aim or 'its begin'}: {left or 'no'} switch"
                )
                if left and turn % 2:
                    told += f", cut again with {cut_in_the_undo(machine, 3 * chance.random())} left"
                seen.add(left)
                there = len(busy.visits)
                began = time.monotonic()
                machine.boot()
                wait_healthy(machine, 300)
                told += f"; healthy {time.monotonic() - began:.1f} s after power"
                found = current(machine)
                assert found in ({first} if left else {first, MIGRATED})
                assert json.loads(machine.ssh(f"{PROGRAM} status"))["unfinished"] is None
                assert becomes(lambda there=there: len(busy.visits) > there, 120), "nobody works"
                assert every_promise_holds(machine)
                assert nothing_failed(machine)
                note(machine, f"{told}, {found}")
            assert seen >= set(Step), "a step of the switch that was never cut"
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


def go_back(machine: Flashed, first: str, *, whole: bool) -> None:
    """Let the next upgrade begin; what an unfinished one has left stays for it to find.

    Args:
        machine: Runs.
        first: The release that it had in the beginning.
        whole: Whether the new release is to be built again.
    """
    if current(machine) != first:
        machine.ssh(f"{PROGRAM} rollback {first}", timeout=900)
    # Each cut leaves a journal of 8 MB, and the root of a card in a container has not grown.
    machine.ssh("journalctl --rotate --vacuum-size=16M")
    place = f"/opt/appliance/releases/{MIGRATED}"
    if whole:
        machine.ssh(f"if [ -e {place}/release.json ]; then rm -rf {place}; fi")


def step_on_the_card(machine: Flashed) -> Step | None:
    """How far a switch has come by the machine's own journal; None where there is none at work."""
    machine.mount()
    unfinished = Layout(machine.root / "opt/appliance").unfinished()
    return unfinished.step if unfinished else None


def is_at(machine: Flashed, step: Step | None) -> bool:
    return step_on_the_card(machine) is step


def lengths_of_an_upgrade(machine: Flashed, folder: Path) -> tuple[float, dict[Step, float]]:
    """Upgrade from a stick without a cut; returns seconds: of the whole, and of each step."""
    began = time.monotonic()
    begins: dict[Step | None, float] = {}

    def ended() -> bool:
        step = step_on_the_card(machine)
        if step or begins:
            begins.setdefault(step, time.monotonic())
        return None in begins

    with machine.stick(folder) as device:
        machine.ssh(f"systemctl start --no-block appliance-stick@{device}.service")
        assert becomes(ended, 900, every=SOON)
        # It removes what it needed, and says that the stick can be pulled out.
        assert becomes(lambda: not is_working(machine, device), 300)
    return begins[None] - began, {
        step: end - begin for (step, begin), (_, end) in pairwise(begins.items()) if step
    }


def is_working(machine: Flashed, device: str) -> bool:
    """Whether the machine has not done with a stick yet."""
    asked = f"systemctl show --property=ActiveState appliance-stick@{device}.service"
    return "=activating" in machine.ssh(asked)


def cut_in_an_upgrade(machine: Flashed, folder: Path, aim: Step | None, moment: float) -> None:
    """Put a stick in, and pull the plug in the middle.

    Args:
        machine: Runs.
        folder: What is on the stick.
        aim: The step of the switch in which to pull it; None for anywhere.
        moment: Seconds after the step has begun, or after the stick was put in.
    """
    with machine.stick(folder) as device:
        machine.ssh(f"systemctl start --no-block appliance-stick@{device}.service")
        if aim is not None:
            assert becomes(partial(is_at, machine, aim), 900, every=SOON), aim
            # A step that ends sooner than the last time is cut at its end.
            becomes(lambda: not is_at(machine, aim), moment, every=SOON)
        else:
            time.sleep(moment)
        machine.cut()


def cut_in_the_undo(machine: Flashed, moment: float) -> Step | None:
    """Start it after a cut in the switch, and pull the plug again while it undoes the switch.

    Args:
        machine: Is off, and a switch is unfinished.
        moment: Seconds after the undoing has begun.

    Returns:
        What is left to undo.
    """
    machine.switch_on()
    asked = "systemctl is-active appliance-release-recover"
    assert becomes(
        lambda: machine.inside(asked).strip() == "activating" or step_on_the_card(machine) is None,
        300,
    )
    time.sleep(moment)
    machine.cut()
    return step_on_the_card(machine)
