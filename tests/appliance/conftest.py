"""One machine for all tests, in the order in which a technician would look at it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.fake_printer import FakePrinter
from tools.image.package_proxy import PackageProxy

from . import variants
from .machine import Machine, unpacked
from .shop import APPLIANCE, Shop, serve_who_waits
from .technician import ROOT, Technician, release_file
from .tree import debian_tree

KEPT = ROOT / "var" / "appliance-test"
STAYS = bool(os.environ.get("KEEP_MACHINE"))
"""Whether the machine stays as it is for the next run: a new test is tried in minutes."""


@pytest.fixture(scope="session")
def printer(machine: Machine) -> Iterator[FakePrinter]:
    """A printer on the shop's network."""
    with FakePrinter(machine.host_address, 9100) as printer:
        yield printer


@pytest.fixture(scope="session")
def machine() -> Iterator[Machine]:
    """A Pi with a fresh card, reachable over SSH and nothing more."""
    number = 1 if STAYS else os.getpid()
    work = KEPT / f"run-{number}"
    work.mkdir(parents=True, exist_ok=STAYS)
    latest = KEPT / "latest"
    latest.unlink(missing_ok=True)
    latest.symlink_to(work.name)
    known = STAYS and (work / "root").exists()
    with unpacked(debian_tree(KEPT), work / "root", stays=STAYS) as root:
        machine = Machine(root, work, number)
        if not known:
            machine.prepare()
        try:
            machine.boot()
            with PackageProxy(KEPT / "packages", machine.host_address) as proxy:
                machine.find_packages(f"http://{machine.host_address}:{proxy.port}")
                machine.ssh("systemctl is-system-running --wait", check=False)
                yield machine
        finally:
            with contextlib.suppress(Exception):
                (work / "journal.log").write_text(machine.ssh("journalctl --no-pager", check=False))
            machine.power_off()


@pytest.fixture(scope="session")
def technician(machine: Machine, printer: FakePrinter) -> Technician:
    """Who provisions the machine; has not done it yet."""
    return Technician(
        machine,
        {
            "release_file": str(release_file(KEPT, made_before=STAYS)),
            "release_key_file": str(KEPT / "site" / "release.key"),
            "peripherals_pin_factory": "mock",
            "peripherals_printers": [
                {
                    "name": "lobby",
                    "roles": ["ticket", "receipt", "report"],
                    "connection": printer.url,
                    "profile": "TM-T20II",
                }
            ],
        },
    )


@pytest.fixture(scope="session")
def shop(machine: Machine, technician: Technician) -> Shop:
    """The lobby with the demo's staff and catalogue."""
    seeded = machine.work / "people.txt"
    if not seeded.exists():
        seeded.write_text(machine.ssh(f"{APPLIANCE} db seed --demo"))
    printed = seeded.read_text()
    people = [line.split() for line in printed.splitlines()]
    found = Shop(
        machine,
        technician,
        {line[1]: (line[0], line[2]) for line in people if len(line) == 3},
    )
    # A test that failed in an earlier run may have left somebody waiting.
    serve_who_waits(found)
    return found


@pytest.fixture(scope="session")
def next_release() -> Path:
    """The product under a later number, for an upgrade and back; its loop can be blocked."""
    return release_file(KEPT, "9.1.0", variants.blockable, made_before=STAYS)


@pytest.fixture(scope="session")
def sick_release() -> Path:
    """Never becomes healthy."""
    return release_file(KEPT, "9.2.0", variants.never_well, made_before=STAYS)


@pytest.fixture(scope="session")
def half_migrated_release() -> Path:
    """Its migration fails half way."""
    return release_file(KEPT, "9.3.0", variants.half_migrated, made_before=STAYS)


@pytest.fixture(scope="session")
def migrated_release() -> Path:
    """Has a schema of its own."""
    return release_file(KEPT, "9.4.0", variants.migrated, made_before=STAYS)
