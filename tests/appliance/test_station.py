"""A second machine with a printer and a call button alone, beside the lobby that lets it in.

It is converged from a bare tree, which takes minutes: a campaign (`CAMPAIGN=full`).
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator

import pytest

from tests.support.campaign import rounds
from tests.support.clients import Client
from tests.support.fake_printer import FakePrinter
from tests.support.hands import FINGER_SECONDS
from tools.image.package_proxy import PackageProxy

from .conftest import KEPT, STAYS
from .machine import Machine, connect, unpacked
from .shop import APPLIANCE, Shop, order, paper_came, serve_who_waits
from .technician import Technician
from .test_kiosk import becomes
from .test_lobby import looked_at
from .test_recovery import is_healthy
from .tree import debian_tree

pytestmark = pytest.mark.skipif(not rounds(0, 1), reason="CAMPAIGN=full makes a station, too")

CODE = re.compile(r"\b([a-z2-7]{4}-){7}[a-z2-7]{4}\b")
DAEMON = "appliance-peripherals.service"
TRAINING = "/etc/systemd/system/appliance-server.service.d/training.conf"
ROOM = "1"


@pytest.fixture(scope="module")
def annex(machine: Machine, shop: Shop) -> Iterator[Machine]:
    """Another Pi with a fresh card, on one cable with the lobby."""
    work = machine.work / "annex"
    work.mkdir(exist_ok=True)
    known = STAYS and (work / "root").exists()
    with unpacked(debian_tree(KEPT), work / "root", stays=STAYS) as root:
        annex = Machine(root, work, 7001 + (1 if STAYS else os.getpid()))
        if not known:
            annex.prepare("annex")
        try:
            annex.boot()
            connect(machine, annex)
            with PackageProxy(KEPT / "packages", annex.host_address) as proxy:
                annex.find_packages(f"http://{annex.host_address}:{proxy.port}")
                yield annex
        finally:
            (work / "journal.log").write_text(annex.ssh("journalctl --no-pager", check=False))
            annex.power_off()


@pytest.fixture(scope="module")
def back_printer(annex: Machine) -> Iterator[FakePrinter]:
    """The station's."""
    with FakePrinter(annex.host_address, 9100) as printer:
        yield printer


@pytest.fixture(scope="module")
def station(
    machine: Machine, annex: Machine, technician: Technician, back_printer: FakePrinter
) -> Technician:
    """Who provisions the station; has not done it yet."""
    return Technician(
        annex,
        {
            "lab_address": machine.address,
            "lab_station_address": annex.address,
            "ansible_ssh_common_args": " ".join([*annex.ssh_options(), "-i", str(machine.key)]),
            "release_file": technician.variables["release_file"],
            "release_key_file": technician.variables["release_key_file"],
            "peripherals_pin_factory": "mock",
            "peripherals_simulator": True,
            # Fonts for other scripts take their time, and are the same as in the lobby.
            "peripherals_packages": [],
            "peripherals_rooms": [{"number": ROOM, "button_pin": 17, "lamp_pin": 27}],
            "peripherals_printers": [
                {
                    "name": "back",
                    "roles": ["ticket"],
                    "connection": back_printer.url,
                    "profile": "TM-T20II",
                }
            ],
        },
        host="annex",
    )


@pytest.fixture(scope="module")
def lobby_without_devices(machine: Machine, shop: Shop) -> Iterator[None]:
    """The lobby's own printer rests: what is printed, the station prints. Its server has the
    simulator's page, by which a finger reaches the station's mock pins.
    """
    machine.ssh(
        f"systemctl stop {DAEMON} && mkdir -p $(dirname {TRAINING}) && "
        f"printf '[Service]\\nEnvironment=APPLIANCE_SIMULATOR=1\\n' > {TRAINING} && "
        "systemctl daemon-reload && systemctl restart appliance-server"
    )
    yield
    machine.ssh(
        f"rm {TRAINING} && systemctl daemon-reload && systemctl restart appliance-server && "
        f"systemctl start {DAEMON}"
    )
    serve_who_waits(shop)
    assert becomes(lambda: is_healthy(shop), 120)


def is_connected(machine: Machine, name: str = "annex") -> bool:
    """Whether the lobby knows that the station is there."""
    listed = machine.ssh(f"{APPLIANCE} devices list")
    return bool(re.search(rf"^peripherals +{name} +connected$", listed, re.MULTILINE))


def test_a_bare_machine_becomes_a_station(
    machine: Machine, annex: Machine, station: Technician
) -> None:
    assert station.run("station.yml") > 10
    assert annex.ssh("systemctl --failed --no-legend --plain") == ""
    assert becomes(lambda: is_connected(machine), 120)
    # What lets it in is neither in what the technician sees nor in the journals.
    said = station.logs[-1].read_text()
    said += machine.ssh("journalctl --no-pager") + annex.ssh("journalctl --no-pager")
    assert not CODE.search(said)


def test_the_second_run_finds_nothing_to_do(station: Technician) -> None:
    assert station.run("station.yml") == 0


def test_nothing_of_a_lobby_is_on_a_station(annex: Machine) -> None:
    # A unit that another one names is listed among the units, though it is not there.
    units = annex.ssh("systemctl list-unit-files --plain --no-legend")
    assert DAEMON in units
    for name in ("mariadb", "nginx", "appliance-server", "appliance-kiosk", "appliance-backup"):
        assert name not in units
    listening = annex.ssh("ss --no-header --listening --tcp --numeric").splitlines()
    places = [line.split()[3] for line in listening]
    # The resolver listens on loopback.
    assert {place.rpartition(":")[2] for place in places if not place.startswith("127.")} == {"22"}


@pytest.mark.usefixtures("lobby_without_devices")
def test_its_printer_prints_and_its_button_calls(
    machine: Machine, shop: Shop, back_printer: FakePrinter
) -> None:
    # The server was restarted just now; the station has come back by itself.
    assert becomes(lambda: is_connected(machine), 120)
    before = len(back_printer.paper)
    code = order(shop)
    assert paper_came(back_printer, before)
    with Client(shop.base_url, namespace="/simulator", ca=shop.ca) as page:
        page.call("simulator_action", {"action": "button_down", "room_number": ROOM})
        time.sleep(FINGER_SECONDS)
        page.call("simulator_action", {"action": "button_up", "room_number": ROOM})
    assert becomes(lambda: f" {ROOM} " in waiting(machine, code), 60), waiting(machine, code)


def waiting(machine: Machine, code: str) -> str:
    """The customer's line in the queue."""
    lines = machine.ssh(f"{APPLIANCE} queue list").splitlines()
    return next((line for line in lines if code in line), "")


@pytest.mark.usefixtures("lobby_without_devices")
def test_it_is_back_by_itself_after_its_power_was_cut(
    machine: Machine, shop: Shop, annex: Machine, back_printer: FakePrinter
) -> None:
    annex.pull_the_plug()
    annex.boot()
    connect(machine, annex)
    assert becomes(lambda: "Connected to https://lobby.local" in status(annex), 120)
    before = len(back_printer.paper)
    order(shop)
    assert paper_came(back_printer, before)


def status(machine: Machine) -> str:
    """What the daemon says of itself."""
    return machine.ssh(f"systemctl show --property=StatusText --value {DAEMON}").strip()


@pytest.mark.usefixtures("lobby_without_devices")
def test_a_station_that_is_revoked_is_told_so(machine: Machine, annex: Machine) -> None:
    machine.ssh(f"{APPLIANCE} devices revoke annex")
    assert becomes(
        lambda: "refuses this device's token: the device was revoked" in status(annex), 120
    )
    [red] = [line for line in looked_at(annex) if line.startswith("RED")]
    assert "the device was revoked" in red
