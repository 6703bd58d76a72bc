"""Flashed, plugged in, and a lobby: nobody has typed anything."""

from __future__ import annotations

import asyncio
import random
import time

import yaml

from appliance.card.screen import AS_BEFORE, NOT_YET, WRONG
from appliance.translations import translations
from tests.appliance.books import every_promise_holds
from tests.appliance.shop import APPLIANCE, Shop, a_day
from tests.appliance.test_kiosk import ask, becomes, is_painted
from tests.appliance.test_lobby import OPEN_PORTS, open_ports
from tests.appliance.test_recovery import is_healthy
from tests.appliance.test_upgrade import wait_healthy
from tests.support.campaign import rounds
from tests.support.fake_printer import FakePrinter

from .conftest import Flash, opened
from .flashed import Flashed

OF_ONE_CARD = (
    "/etc/machine-id",
    "/etc/ssh/ssh_host_ed25519_key.pub",
    "/etc/appliance/ca.crt",
    "/etc/appliance/secrets/*",
)


def fingerprints(machine: Flashed) -> dict[str, str]:
    """What must be another on each card: a hash by file."""
    said = machine.ssh(f"sha256sum {' '.join(OF_ONE_CARD)}")
    return {name: digest for digest, name in (line.split() for line in said.splitlines())}


def nothing_failed(machine: Flashed) -> bool:
    """Whether every unit is well, and the root can be written."""
    return (
        machine.ssh("systemctl --failed --no-legend --plain") == ""
        and machine.ssh("touch /var/lib/appliance/written && rm /var/lib/appliance/written") == ""
    )


def test_the_first_start_ends_in_a_lobby(
    machine: Flashed, shop: Shop, printer: FakePrinter
) -> None:
    wait_healthy(machine)
    assert becomes(lambda: is_healthy(shop), 60), "the devices' daemon is let in"
    assert becomes(lambda: is_painted(machine), 180), "so is the kiosk"
    assert a_day(shop, printer)["status"] == "paid"
    assert every_promise_holds(machine)
    assert nothing_failed(machine)


def test_only_what_is_documented_is_open(machine: Flashed, shop: Shop) -> None:
    assert asyncio.run(open_ports(machine.address)) == OPEN_PORTS


def test_the_second_start_makes_nothing_anew(
    machine: Flashed, shop: Shop, printer: FakePrinter
) -> None:
    before = fingerprints(machine)
    machine.power_off()
    began = time.monotonic()
    machine.boot()
    wait_healthy(machine)
    note(machine, f"second start: healthy after {time.monotonic() - began:.1f} s")
    assert fingerprints(machine) == before
    assert becomes(lambda: is_healthy(shop), 60)
    assert a_day(shop, printer)["status"] == "paid"


def test_two_cards_share_no_secret(machine: Flashed, shop: Shop, flash: Flash) -> None:
    other = flash()
    began = time.monotonic()
    other.boot()
    wait_healthy(other)
    note(machine, f"first start: healthy after {time.monotonic() - began:.1f} s")
    here, there = fingerprints(machine), fingerprints(other)
    assert here.keys() == there.keys()
    same = {name.rpartition("/")[2] for name, digest in here.items() if there[name] == digest}
    assert same <= {"grants.sql"}
    other.throw_away()


def test_a_first_start_that_is_cut_goes_on_at_the_next(flash: Flash) -> None:
    machine = flash()
    chance = random.Random(16)
    many = rounds(3, 10)
    for number in range(many):
        machine.switch_on()
        # From its first second to its last: a first start takes about ten here.
        moment = 12 * (number + chance.random()) / many
        time.sleep(moment)
        machine.cut()
        note(machine, f"first start cut after {moment:.1f} s")
    machine.boot()
    wait_healthy(machine)
    before = fingerprints(machine)
    shop = opened(machine)
    with FakePrinter(machine.host_address, 9100) as printer:
        assert becomes(lambda: is_healthy(shop), 60)
        assert a_day(shop, printer)["status"] == "paid"
    assert every_promise_holds(machine)
    assert nothing_failed(machine)
    machine.power_off()
    machine.unmount()
    assert machine.check_card() == ""
    machine.boot()
    assert fingerprints(machine) == before
    machine.throw_away()


def test_a_wrong_file_is_on_the_screen_until_it_is_corrected(flash: Flash) -> None:
    machine = flash()
    file = machine.boot_partition / "lobby.yaml"
    right = yaml.safe_load(file.read_text())
    file.write_text(
        yaml.safe_dump(right | {"shop": right["shop"] | {"currency": "yen", "language": "ja"}})
    )
    machine.switch_on()
    words = translations("ja")

    def shown() -> str:
        return str(ask(machine, "document.body.innerText", run=machine.inside) or "")

    assert becomes(lambda: words.gettext(WRONG) in shown(), 120), shown()
    assert "`currency` is 'yen'" in shown()
    assert words.gettext(NOT_YET) in shown()
    assert machine.inside("systemctl is-active appliance-server").strip() == "inactive"
    machine.cut()

    file.write_text(yaml.safe_dump(right))
    machine.boot()
    wait_healthy(machine)
    opened(machine)
    assert becomes(lambda: is_painted(machine), 180), "it goes on by itself"
    assert nothing_failed(machine)

    # Later it does not hold up the lobby: what was set before is in use.
    file.write_text(yaml.safe_dump(right | {"hostname": "a b"}))
    machine.power_off()
    machine.boot()
    assert becomes(lambda: AS_BEFORE in str(ask(machine, "document.body.innerText")), 120)
    wait_healthy(machine)
    assert "`hostname` is 'a b'" in machine.ssh(f"{APPLIANCE} doctor", check=False)
    assert becomes(lambda: is_painted(machine), 120), "the kiosk is back"
    machine.throw_away()


def test_a_damaged_boot_partition_keeps_what_was_set_before(flash: Flash) -> None:
    machine = flash()
    machine.boot()
    wait_healthy(machine)
    opened(machine)
    before = fingerprints(machine), machine.ssh("cat /etc/appliance/lobby.env")
    machine.power_off()
    machine.damage_boot_partition()
    machine.boot()
    assert becomes(lambda: AS_BEFORE in str(ask(machine, "document.body.innerText")), 120)
    wait_healthy(machine)
    assert "LOBBYBOOT, cannot be read" in machine.ssh(f"{APPLIANCE} doctor", check=False)
    assert (fingerprints(machine), machine.ssh("cat /etc/appliance/lobby.env")) == before
    assert becomes(lambda: is_painted(machine), 120), "the kiosk is back"
    failed = machine.ssh("systemctl --failed --no-legend --plain").splitlines()
    assert [line.split()[0] for line in failed] == ["boot-firmware.mount"]
    machine.power_off()
    machine.repair_boot_partition()
    machine.boot()
    wait_healthy(machine)
    assert "lobby.yaml is in use" in machine.ssh(f"{APPLIANCE} card status")
    assert nothing_failed(machine)
    machine.throw_away()


def note(machine: Flashed, line: str) -> None:
    """Keep a figure for the reader of the log."""
    with (machine.work / "figures.txt").open("a") as file:
        file.write(f"{line}\n")
