"""One machine for all tests, in the order in which a technician would look at it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.fake_printer import FakePrinter

from .machine import Machine, unpacked
from .package_proxy import PackageProxy
from .shop import APPLIANCE, Shop
from .technician import ROOT, Technician, release_file
from .tree import debian_tree

KEPT = ROOT / "var" / "appliance-test"


@pytest.fixture(scope="session")
def printer(machine: Machine) -> Iterator[FakePrinter]:
    """A printer on the shop's network."""
    with FakePrinter(machine.host_address) as printer:
        yield printer


@pytest.fixture(scope="session")
def machine() -> Iterator[Machine]:
    """A Pi with a fresh card, reachable over SSH and nothing more."""
    number = os.getpid()
    work = KEPT / f"run-{number}"
    work.mkdir(parents=True)
    latest = KEPT / "latest"
    latest.unlink(missing_ok=True)
    latest.symlink_to(work.name)
    with unpacked(debian_tree(KEPT), work / "root") as root:
        machine = Machine(root, work, number)
        with PackageProxy(KEPT / "packages") as proxy:
            machine.prepare(f"http://{machine.host_address}:{proxy.port}")
            try:
                machine.boot()
                yield machine
            finally:
                with contextlib.suppress(Exception):
                    (work / "journal.log").write_text(
                        machine.ssh("journalctl --no-pager", check=False)
                    )
                machine.power_off()


@pytest.fixture(scope="session")
def technician(machine: Machine, printer: FakePrinter) -> Technician:
    """Who provisions the machine; has not done it yet."""
    return Technician(
        machine,
        {
            "release_file": str(release_file(KEPT)),
            "peripherals_pin_factory": "mock",
            "peripherals_printers": [
                {
                    "name": "lobby",
                    "roles": ["ticket", "receipt", "report"],
                    "connection": printer.url,
                }
            ],
        },
    )


@pytest.fixture(scope="session")
def shop(machine: Machine, technician: Technician) -> Shop:
    """The lobby with the demo's staff and catalogue."""
    printed = machine.ssh(f"{APPLIANCE} db seed --demo")
    people = [line.split() for line in printed.splitlines()]
    return Shop(
        machine,
        technician,
        {line[1]: (line[0], line[2]) for line in people if len(line) == 3},
    )


@pytest.fixture(scope="session")
def next_release() -> Path:
    """The same product under a later number, for an upgrade and the way back."""
    return release_file(KEPT, "9.1.0")
