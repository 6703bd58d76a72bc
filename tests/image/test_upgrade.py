"""Another release for a flashed card, by the playbook: it comes, goes back, or fails."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.appliance.books import books, every_promise_holds, schema
from tests.appliance.shop import Shop, a_day
from tests.appliance.technician import Technician
from tests.appliance.test_kiosk import becomes, is_painted
from tests.appliance.test_recovery import is_healthy
from tests.appliance.test_upgrade import current, healthy, wait_healthy
from tests.support.fake_printer import FakePrinter

from .conftest import NEXT, SICK, Flash, opened
from .flashed import Flashed
from .test_first_start import fingerprints, nothing_failed
from .test_provision import certificate, who_made_the_image


@pytest.fixture
def machine(flash: Flash) -> Iterator[Flashed]:
    """A card of its own: the others' is as a flashed one with its first release."""
    machine = flash()
    machine.boot()
    yield machine
    machine.throw_away()


@pytest.fixture
def printer(machine: Flashed) -> Iterator[FakePrinter]:
    """A printer on the shop's network."""
    with FakePrinter(machine.host_address, 9100) as printer:
        yield printer


@pytest.fixture
def shop(machine: Flashed) -> Shop:
    """The lobby with the demo's staff and catalogue."""
    return opened(machine)


@pytest.fixture
def technician(machine: Flashed, shop: Shop) -> Iterator[Technician]:
    """Who has made the image, and has not logged in to the card yet."""
    with who_made_the_image(machine) as technician:
        yield technician


def with_file(release: Path) -> tuple[str, str]:
    """The playbook's arguments for another release than the image's."""
    return "--extra-vars", f"release_file={release}"


def test_a_newer_release_comes_by_make_provision_and_goes_back(
    machine: Flashed, shop: Shop, printer: FakePrinter, technician: Technician, newer: Path
) -> None:
    assert becomes(lambda: is_healthy(shop), 60)
    a_day(shop, printer)
    first = current(machine)
    secrets, vouched, kept = fingerprints(machine), certificate(machine), books(machine)
    technician.run("site.yml", *with_file(newer))
    assert current(machine) == NEXT
    assert books(machine) == kept
    assert secrets.items() <= fingerprints(machine).items()
    assert certificate(machine) == vouched
    assert becomes(lambda: is_healthy(shop), 60)
    a_day(shop, printer)
    assert technician.run("site.yml", *with_file(newer)) == 0

    kept = books(machine)
    technician.run("rollback.yml")
    assert current(machine) == first
    assert books(machine) == kept, "what was done on the newer release stays"
    assert becomes(lambda: is_healthy(shop), 60)
    a_day(shop, printer)

    technician.run("upgrade.yml", *with_file(newer))
    machine.power_off()
    machine.boot()
    wait_healthy(machine)
    assert current(machine) == NEXT
    assert becomes(lambda: is_healthy(shop), 60)
    assert becomes(lambda: is_painted(machine), 180)
    assert a_day(shop, printer)["status"] == "paid"
    assert every_promise_holds(machine)
    assert nothing_failed(machine)


def test_a_release_that_does_not_come_up_is_taken_back_by_itself(
    machine: Flashed, shop: Shop, printer: FakePrinter, technician: Technician, sick_release: Path
) -> None:
    a_day(shop, printer)
    before, kept, columns = current(machine), books(machine), schema(machine)
    said = technician.fail("upgrade.yml", *with_file(sick_release))
    assert f"release {SICK} is not healthy" in said
    assert f"release {before} works on" in said
    machine.power_off()
    machine.boot()
    wait_healthy(machine)
    assert healthy(machine)
    assert current(machine) == before
    assert books(machine) == kept
    assert schema(machine) == columns
    assert becomes(lambda: is_healthy(shop), 60)
    assert a_day(shop, printer)["status"] == "paid"
    assert every_promise_holds(machine)
    assert nothing_failed(machine)
