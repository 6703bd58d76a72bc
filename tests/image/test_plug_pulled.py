"""The plug is pulled while people work: each start is a lobby again, and no answer was a lie."""

from __future__ import annotations

import random
import time

from tests.appliance.books import every_promise_holds, sql
from tests.appliance.busy import Busy
from tests.appliance.shop import Shop
from tests.appliance.test_kiosk import becomes
from tests.appliance.test_recovery import is_healthy
from tests.appliance.test_upgrade import wait_healthy
from tests.support.campaign import rounds
from tests.support.fake_printer import FakePrinter

from .flashed import Flashed
from .test_first_start import note, nothing_failed


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
    assert [person.contradictions for person in busy.people] == [[], [], []]
    # A visit that was said to be paid is paid, and only once.
    codes = sql(machine, "SELECT code FROM transactions WHERE status = 'paid' ORDER BY id")
    assert codes[-len(busy.visits) :] == busy.visits
    assert every_promise_holds(machine)
    machine.power_off()
    machine.unmount()
    assert machine.check_card() == ""
    machine.boot()
    note(machine, f"{len(busy.visits)} visits, longest silence {busy.longest_silence:.1f} s")
