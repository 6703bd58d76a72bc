"""Whatever dies is back by itself within half a minute, and health says so."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.support.clients import Json
from tests.support.fake_printer import FakePrinter

from .books import every_promise_holds
from .machine import Machine
from .shop import APPLIANCE, Shop, a_choice, a_day, serve_who_waits
from .technician import Technician
from .test_kiosk import becomes
from .test_upgrade import current

SERVER = "systemctl show --property=MainPID --value appliance-server.service"


def said_by_health(shop: Shop) -> Json:
    """What the health page says; nothing when nobody answers."""
    try:
        with shop.http() as browser:
            return dict(browser.get("/healthz", timeout=5).json())
    except (OSError, ValueError):
        return {}


def is_healthy(shop: Shop) -> bool:
    """Whether the server, its database and the devices are there."""
    said = said_by_health(shop)
    return bool(said.get("ok") and said["peripherals"] > 0)


@pytest.mark.parametrize(
    "unit",
    [
        "appliance-server.service",
        "appliance-peripherals.service",
        "mariadb.service",
        "nginx.service",
        "avahi-daemon.service",
    ],
)
def test_a_killed_unit_is_back(machine: Machine, shop: Shop, unit: str) -> None:
    pid = machine.ssh(f"systemctl show --property=MainPID --value {unit}").strip()
    machine.ssh(f"kill -KILL {pid}")
    assert becomes(
        lambda: (
            machine.ssh(f"systemctl show --property=MainPID --value {unit}").strip()
            not in {"0", pid}
        ),
        30,
    )
    assert becomes(lambda: is_healthy(shop), 30)


def test_a_database_that_is_away_is_seen_and_comes_back(machine: Machine, shop: Shop) -> None:
    machine.ssh("systemctl kill --signal=KILL mariadb.service")
    assert becomes(lambda: said_by_health(shop).get("database") == "unreachable", 10, every=0.1)
    assert becomes(lambda: is_healthy(shop), 30)


def test_a_blocked_event_loop_is_seen_and_ended(
    machine: Machine, technician: Technician, shop: Shop, next_release: Path
) -> None:
    before = current(machine)
    technician.run("upgrade.yml", "--extra-vars", f"release_file={next_release}")
    try:
        assert becomes(lambda: is_healthy(shop), 30)
        pid = machine.ssh(SERVER).strip()
        # Only this release, made for the tests, has ears for it.
        machine.ssh(f"kill -USR1 {pid}")
        began = time.monotonic()
        assert becomes(lambda: not is_healthy(shop), 10), "it does not block"
        assert "RED" in doctor(machine)
        assert becomes(lambda: is_healthy(shop), 30 - (time.monotonic() - began))
        assert machine.ssh(SERVER).strip() != pid
        note(machine, f"blocked loop: served again after {time.monotonic() - began:.1f} s")
        assert "Watchdog timeout" in machine.ssh("journalctl -n 200 -u appliance-server")
    finally:
        technician.run("rollback.yml")
    assert current(machine) == before


def test_a_full_disk_is_seen_and_everything_goes_on_when_there_is_room(
    machine: Machine, shop: Shop, printer: FakePrinter
) -> None:
    # A disk of its own for the database, so that the host's is not filled.
    machine.ssh(
        "systemctl stop appliance-server mariadb && cd /var/lib && mv mysql mysql.kept && "
        "install -d -o mysql -g mysql mysql && size=$(du -sm mysql.kept | cut -f1) && "
        "mount -t tmpfs -o size=$((size + 60))m,uid=$(id -u mysql),gid=$(id -g mysql),mode=755 "
        "disk mysql && cp -a mysql.kept/. mysql/ && systemctl start mariadb appliance-server"
    )
    try:
        assert becomes(lambda: is_healthy(shop), 60)
        for block in ("64k", "512"):
            machine.ssh(
                f"dd if=/dev/zero bs={block} status=none >> /var/lib/mysql/filled", check=False
            )
        ordered, refused = until_refused(shop)
        assert refused["code"] in {"unavailable", "busy"}, refused
        assert becomes(lambda: not said_by_health(shop).get("ok"), 30)
        assert "RED" in doctor(machine)
        machine.ssh("rm /var/lib/mysql/filled")
        began = time.monotonic()
        # Without a binary log a COMMIT is refused at once, and nothing waits for room.
        assert becomes(lambda: is_healthy(shop), 30)
        note(machine, f"full disk: well {time.monotonic() - began:.1f} s after there was room")
        assert every_promise_holds(machine)
    finally:
        machine.ssh(
            "systemctl stop appliance-server mariadb && cd /var/lib && rm -f mysql/filled && "
            "rm -rf mysql.kept/* && cp -a mysql/. mysql.kept/ && umount mysql && "
            "rmdir mysql && mv mysql.kept mysql && systemctl start mariadb appliance-server"
        )
    assert becomes(lambda: is_healthy(shop), 60)
    # Everyone with a ticket is served; one whose answer was lost may wait as well.
    assert set(ordered) <= set(serve_who_waits(shop))
    a_day(shop, printer)


def until_refused(shop: Shop) -> tuple[list[str], Json]:
    """Order until it is refused; returns the codes that were given out, and the refusal."""
    codes: list[str] = []
    choice = a_choice(shop)
    with shop.kiosk() as kiosk:
        while (answer := kiosk.call("customer_confirm_selection", choice))["ok"]:
            codes.append(answer["transaction"]["code"])
            assert len(codes) < 500, "the disk does not get full"
    return codes, answer


def doctor(machine: Machine) -> str:
    """What the technician's command says."""
    return machine.ssh(f"{APPLIANCE} doctor", check=False)


def note(machine: Machine, line: str) -> None:
    """Keep a figure for the reader of the log."""
    with (machine.work / "recovery.txt").open("a") as file:
        file.write(f"{line}\n")


def test_nothing_has_failed(machine: Machine, shop: Shop) -> None:
    assert machine.ssh("systemctl --failed --no-legend --plain") == ""
