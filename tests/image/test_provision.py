"""A technician looks after a card that was flashed: it stays the lobby that it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.appliance.books import books
from tests.appliance.shop import APPLIANCE, Shop, a_day
from tests.appliance.technician import Technician
from tests.appliance.test_kiosk import becomes, is_painted
from tests.appliance.test_recovery import is_healthy
from tests.appliance.test_upgrade import wait_healthy
from tests.support.fake_printer import FakePrinter
from tools.image.package_proxy import PackageProxy

from .conftest import KEPT
from .flashed import Flashed
from .test_first_start import fingerprints, nothing_failed

SITE = KEPT / "site"
"""That of who has made the image."""
FIRST = {
    # The accounts as the roles write them, which a later release may change.
    "mariadb : Who may do what",
    "mariadb : Grant",
    "backup_access : Who may do what beside the live data",
    "backup_access : Grant",
    # On the technician's machine: what a dead card would take with it.
    "tls : Place for its keys",
    "tls : It is kept here as well",
    "tls : For its owner alone",
    "backup_access : Place for the site's keys",
    "backup_access : Fetch it",
    "backup_access : For its owner alone",
}
"""What a first run may do on a card of the same release."""


@pytest.fixture(scope="module")
def technician(machine: Flashed, shop: Shop) -> Iterator[Technician]:
    """Who has made the image, and has not logged in to the card yet."""
    with who_made_the_image(machine) as technician:
        yield technician


@contextmanager
def who_made_the_image(machine: Flashed) -> Iterator[Technician]:
    """A technician with the site's keys, and the release that is in the image."""
    (release,) = (KEPT / "dist").glob("appliance-*.tar")
    with PackageProxy(KEPT / "packages", machine.host_address) as proxy:
        machine.find_packages(f"http://{machine.host_address}:{proxy.port}")
        yield Technician(
            machine,
            {
                "release_file": str(release),
                "release_key_file": str(SITE / "release.key"),
                "release_public_key_file": str(SITE / "release.pub"),
                # In a container the root is no partition, and does not grow to the card.
                "preflight_free_bytes": 64 * 1024**2,
                # A container is given what it lacks beside the roles.
                "kiosk_headless": False,
            },
        )


def changed(log: Path) -> set[str]:
    """The tasks and handlers that have changed something."""
    found, task = set(), ""
    for line in log.read_text().splitlines():
        if heading := re.match(r"(?:TASK|RUNNING HANDLER) \[(.*)\] \*", line):
            task = heading[1]
        elif line.startswith("changed:"):
            found.add(task)
    return found


def certificate(machine: Flashed) -> str:
    return machine.ssh("cat /etc/appliance/tls/server.crt /etc/appliance/tls/server.key")


def test_a_flashed_card_has_nothing_to_be_done_but_what_is_new(
    machine: Flashed, shop: Shop, printer: FakePrinter, technician: Technician
) -> None:
    a_day(shop, printer)
    secrets, vouched, kept = fingerprints(machine), certificate(machine), books(machine)
    let_in = machine.ssh(f"{APPLIANCE} devices list")
    settings = machine.ssh("cat /etc/appliance/lobby.env /etc/appliance/peripherals.toml")
    technician.run("site.yml")
    assert changed(technician.logs[-1]) <= FIRST
    assert technician.run("site.yml") == 0
    assert technician.run("site.yml", "--check", "--diff") == 0

    assert secrets.items() <= fingerprints(machine).items()
    assert certificate(machine) == vouched
    assert books(machine) == kept
    assert becomes(lambda: machine.ssh(f"{APPLIANCE} devices list") == let_in, 60)
    now = machine.ssh("cat /etc/appliance/lobby.env /etc/appliance/peripherals.toml")
    assert now == settings
    # With the authority that phones trust since the first day.
    assert a_day(shop, printer)["status"] == "paid"
    assert nothing_failed(machine)


def test_what_a_dead_card_would_take_with_it_is_kept(
    machine: Flashed, technician: Technician
) -> None:
    kept = technician.site / "cards" / "lobby"
    for name, there in {
        "backup.key": "/etc/appliance/secrets/backup_key",
        "ca.key": "/etc/appliance/authority/ca.key",
        "ca.crt": "/etc/appliance/ca.crt",
    }.items():
        assert (kept / name).read_text() == machine.ssh(f"cat {there}")
    for name in ("backup.key", "ca.key"):
        assert (kept / name).stat().st_mode & 0o777 == 0o600
    # No second authority was made beside it.
    assert not (technician.site / "ca.key").exists()


def test_its_own_start_and_the_roles_agree(
    machine: Flashed, shop: Shop, technician: Technician
) -> None:
    machine.power_off()
    machine.boot()
    wait_healthy(machine)
    assert technician.run("site.yml") == 0


def test_a_setting_of_the_inventory_arrives(
    machine: Flashed, shop: Shop, technician: Technician
) -> None:
    rotation = ("--extra-vars", "server_turn_rule=rotation")
    technician.run("site.yml", *rotation)
    assert changed(technician.logs[-1]) == {"server : Settings", "server : Restart the server"}
    wait_healthy(machine)
    assert technician.run("site.yml", *rotation) == 0
    technician.run("site.yml", "--tags", "server")
    wait_healthy(machine)


def test_printers_stand_in_one_place(technician: Technician) -> None:
    said = technician.fail("site.yml", "--extra-vars", '{"peripherals_rooms": [{"number": "9"}]}')
    assert "its printers and rooms stand in lobby.yaml" in said


def test_another_card_of_the_same_name_is_refused(machine: Flashed, technician: Technician) -> None:
    kept = technician.site / "cards/lobby/ca.crt"
    right = kept.read_text()
    kept.write_text(right.replace("A", "B"))
    try:
        said = technician.fail("site.yml", "--tags", "tls")
    finally:
        kept.write_text(right)
    assert "has the keys of another card" in said


def test_a_backup_is_put_back_and_a_later_start_goes_through(
    machine: Flashed, shop: Shop, printer: FakePrinter, technician: Technician
) -> None:
    technician.run("backup.yml")
    kept = books(machine)
    technician.run("restore.yml")
    wait_healthy(machine)
    assert books(machine) == kept
    assert becomes(lambda: is_healthy(shop), 60), "the devices' daemon is let in"
    assert a_day(shop, printer)["status"] == "paid"
    # The start lets its devices in once more with new rooms: they are in under another name.
    machine.write_lobby({"rooms": [{"number": "Garden"}, {"number": "Tower"}]})
    machine.power_off()
    machine.boot()
    wait_healthy(machine)
    assert becomes(lambda: is_healthy(shop), 60)
    assert "Tower" in machine.ssh(f"{APPLIANCE} rooms list")
    assert becomes(lambda: is_painted(machine), 180)
    assert nothing_failed(machine)
    assert technician.run("site.yml") == 0
