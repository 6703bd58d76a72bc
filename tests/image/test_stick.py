"""A release on a USB stick, with staff at work and no laptop."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.appliance.shop import Shop, a_day
from tests.appliance.test_kiosk import ask, becomes, is_painted
from tests.appliance.test_recovery import is_healthy
from tests.appliance.test_upgrade import wait_healthy
from tests.support.fake_printer import FakePrinter
from tools import release

from .conftest import NEXT
from .flashed import Flashed
from .test_first_start import nothing_failed


def put_in(machine: Flashed, folder: Path) -> None:
    """Put a stick in and wait until the machine has done with it."""
    with machine.stick(folder) as device:
        machine.ssh(f"systemctl start appliance-stick@{device}.service", timeout=900)


def current(machine: Flashed) -> str:
    return machine.ssh("readlink /opt/appliance/current").strip().rpartition("/")[2]


def told(shop: Shop) -> list[str]:
    """What the manager's page says about it."""
    username = shop.first("manager")
    login = {"username": username, "password": shop.passwords[username][1]}
    with shop.http() as browser:
        assert browser.post("/manager/login", json=login).status_code == 200
        answer = browser.get("/api/manager/machine").json()
    return [sentence for fact in answer["facts"] for sentence in fact["sentences"]]


def test_a_release_that_this_site_has_signed_is_installed_from_a_stick(
    machine: Flashed, shop: Shop, printer: FakePrinter, newer: Path, tmp_path: Path
) -> None:
    wait_healthy(machine)
    machine.ssh("udevadm verify /etc/udev/rules.d/95-appliance-stick.rules")
    before = current(machine)
    stick = tmp_path / "stick"
    stick.mkdir()
    put_in(machine, stick)
    assert told(shop), "what else there is to say of the card"
    assert not [line for line in told(shop) if "USB" in line], "a stick with something else on it"

    shutil.copy(newer, stick)
    other = tmp_path / "another site"
    other.mkdir()
    release.sign(stick / newer.name, other)
    put_in(machine, stick)
    assert current(machine) == before
    refused = "The release on the USB stick was not installed."
    assert refused in told(shop)
    assert becomes(lambda: refused in str(ask(machine, "document.body.innerText")), 60)
    assert becomes(lambda: is_painted(machine), 60), "the kiosk goes on"

    shutil.copy(newer.with_name(f"{newer.name}.sig"), stick)
    put_in(machine, stick)
    assert current(machine) == NEXT, told(shop)
    assert f"Release {NEXT} has been installed from the USB stick." in told(shop)
    assert "incoming" not in machine.ssh("ls /opt/appliance")
    assert becomes(lambda: is_healthy(shop), 60)
    assert a_day(shop, printer)["status"] == "paid"
    assert nothing_failed(machine)
