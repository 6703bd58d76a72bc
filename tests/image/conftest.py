"""One card for all tests that use a lobby; those that break one have their own."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.appliance.shop import APPLIANCE, Shop
from tests.appliance.technician import release_file
from tests.appliance.test_kiosk import becomes
from tests.appliance.test_upgrade import wait_healthy
from tests.appliance.variants import blockable, migrated, never_well
from tests.support.clients import Http
from tests.support.fake_printer import FakePrinter

from .flashed import Flashed

KEPT = Path(__file__).resolve().parents[2] / "var" / "image"
NEXT = "9.1.0"
SICK = "9.2.0"
MIGRATED = "9.4.0"

Flash = Callable[[], Flashed]


@pytest.fixture(scope="session")
def image() -> Path:
    """The image, as `tools/test-image` has made it."""
    return Path(os.environ["IMAGE"])


@pytest.fixture(scope="session")
def work() -> Path:
    """Where what the tests saw is read afterwards."""
    folder = KEPT / f"run-{os.getpid()}"
    folder.mkdir(parents=True)
    latest = KEPT / "latest"
    latest.unlink(missing_ok=True)
    latest.symlink_to(folder.name)
    return folder


@pytest.fixture(scope="session")
def flash(image: Path, work: Path) -> Iterator[Flash]:
    """Flashes a card with the image and puts it into a machine of its own, which is still off."""
    made: list[Flashed] = []

    def one() -> Flashed:
        number = os.getpid() + len(made)
        folder = work / f"card-{len(made) + 1}"
        folder.mkdir()
        machine = Flashed(image, folder, number)
        made.append(machine)
        key = machine.make_key()
        machine.write_lobby(
            {
                "hostname": f"lobby{len(made)}",
                "shop": {
                    # What a shell, a page and a playbook each write in their own way.
                    "name": 'Rosa & Son\'s "Garden"',
                    "time_zone": "Asia/Manila",
                    "currency": "PHP",
                },
                "technician": {"ssh_key": key},
                # Beside those that the demo brings.
                "rooms": [{"number": "Garden"}],
                "printers": [
                    {
                        "name": "lobby",
                        "roles": ["ticket", "receipt", "report"],
                        "connection": f"tcp://{machine.host_address}:9100",
                        "profile": "TM-T20II",
                    }
                ],
            }
        )
        machine.plug_in_a_container()
        return machine

    yield one
    for machine in made:
        machine.throw_away()


@pytest.fixture(scope="session")
def machine(flash: Flash) -> Flashed:
    """A flashed card that has been started once, by nobody."""
    machine = flash()
    machine.boot()
    return machine


@pytest.fixture(scope="session")
def printer(machine: Flashed) -> Iterator[FakePrinter]:
    """A printer on the shop's network."""
    with FakePrinter(machine.host_address, 9100) as printer:
        yield printer


@pytest.fixture(scope="session")
def shop(machine: Flashed) -> Shop:
    """The lobby with the demo's staff and catalogue."""
    return opened(machine)


@pytest.fixture(scope="session")
def newer() -> Path:
    """A later release of the site that has made the image."""
    return release_file(KEPT, NEXT, blockable)


@pytest.fixture(scope="session")
def sick_release() -> Path:
    """Never becomes healthy."""
    return release_file(KEPT, SICK, never_well)


@pytest.fixture(scope="session")
def migrated_release() -> Path:
    """Has a schema of its own."""
    return release_file(KEPT, MIGRATED, migrated)


_ADDRESSES: dict[str, str] = {}
_RESOLVE = socket.getaddrinfo


@pytest.fixture(scope="session", autouse=True)
def names() -> Iterator[None]:
    """Resolves the names of flashed cards, as a phone in the shop does by multicast."""

    def resolve(host: Any, *rest: Any, **more: Any) -> Any:
        return _RESOLVE(_ADDRESSES.get(str(host), host), *rest, **more)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(socket, "getaddrinfo", resolve)
        yield


def is_listening(address: str, port: int) -> bool:
    """Whether somebody takes connections."""
    try:
        with socket.create_connection((address, port), timeout=2):
            return True
    except OSError:
        return False


def opened(machine: Flashed) -> Shop:
    """Give a lobby staff and a catalogue, and trust it as a phone does."""
    site = SimpleNamespace(site=machine.work)
    wait_healthy(machine)
    assert becomes(lambda: is_listening(machine.address, 80), 60), "nginx has its certificate"
    with Http(f"http://{machine.address}") as browser:
        (machine.work / "ca.crt").write_text(browser.get("/ca.crt").text)
    people = [line.split() for line in machine.ssh(f"{APPLIANCE} db seed --demo").splitlines()]
    passwords = {line[1]: (line[0], line[2]) for line in people if len(line) == 3}
    shop = Shop(machine, site, passwords)
    # A card's certificate is good for its name alone. Where the test runs nobody answers for it.
    name = f"{machine.ssh('hostname').strip()}.local"
    _ADDRESSES[name] = machine.address
    shop.base_url = f"https://{name}"
    return shop
