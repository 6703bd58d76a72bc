"""A second card of the same image, with a printer alone, which the first one lets in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import yaml

from tests.appliance.machine import connect
from tests.appliance.shop import APPLIANCE, Shop, order, paper_came, serve_who_waits
from tests.appliance.test_kiosk import becomes
from tests.appliance.test_recovery import is_healthy
from tests.appliance.test_station import CODE, DAEMON, is_connected
from tests.support.fake_printer import FakePrinter

from .conftest import Flash
from .flashed import Flashed
from .test_first_start import nothing_failed


@pytest.fixture
def station(machine: Flashed, shop: Shop, flash: Flash) -> Iterator[Flashed]:
    """Flashed, with `role: station` and a code in its file; still off."""
    station = flash()
    said = machine.ssh(f"{APPLIANCE} devices add peripherals annex --link")
    code = CODE.search(said)
    assert code
    file = station.boot_partition / "lobby.yaml"
    technician = yaml.safe_load(file.read_text())["technician"]
    printer = {
        "name": "back",
        "roles": ["ticket"],
        "connection": f"tcp://{station.host_address}:9100",
        "profile": "TM-T20II",
    }
    server = f"{machine.ssh('hostname').strip()}.local"
    file.write_text(
        yaml.safe_dump(
            {
                "role": "station",
                "server": server,
                "code": code[0],
                "hostname": "annex",
                "technician": technician,
                "printers": [printer],
            }
        )
    )
    yield station
    station.throw_away()


@pytest.fixture
def lobby_without_printer(machine: Flashed, shop: Shop) -> Iterator[None]:
    """The lobby's own printer rests: what is printed, the station prints."""
    machine.ssh(f"systemctl stop {DAEMON}")
    yield
    machine.ssh(f"systemctl start {DAEMON}")
    serve_who_waits(shop)
    assert becomes(lambda: is_healthy(shop), 60)


@pytest.mark.usefixtures("lobby_without_printer")
def test_a_flashed_station_is_let_in_prints_and_comes_back(
    machine: Flashed, shop: Shop, station: Flashed
) -> None:
    station.boot()
    with FakePrinter(station.host_address, 9100) as printer:
        connect(machine, station)
        assert becomes(lambda: is_connected(machine), 120)
        before = len(printer.paper)
        order(shop)
        assert paper_came(printer, before)
        assert nothing_failed(station)
        for unit in ("mariadb", "nginx", "appliance-server", "appliance-kiosk"):
            asked = f"systemctl is-active {unit}.service"
            assert station.ssh(asked, check=False).strip() == "inactive", unit
        journals = machine.ssh("journalctl --no-pager") + station.ssh("journalctl --no-pager")
        assert not CODE.search(journals)

        station.cut()
        assert becomes(lambda: not is_connected(machine), 120), "the lobby sees that it is gone"
        station.boot()
        connect(machine, station)
        assert becomes(lambda: is_connected(machine), 120)
        before = len(printer.paper)
        order(shop)
        assert paper_came(printer, before)
        assert nothing_failed(station)
