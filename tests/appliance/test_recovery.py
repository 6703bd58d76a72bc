"""Whatever dies is back by itself within half a minute, and health says so."""

from __future__ import annotations

import pytest

from .machine import Machine
from .shop import Shop
from .test_kiosk import becomes


def is_healthy(shop: Shop) -> bool:
    """Whether the server, its database and the devices are there."""
    try:
        with shop.http() as browser:
            answer = browser.get("/healthz")
            return bool(answer.status_code == 200 and answer.json()["peripherals"] > 0)
    except (OSError, ValueError, KeyError, TypeError):
        return False


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


def test_nothing_has_failed(machine: Machine, shop: Shop) -> None:
    assert machine.ssh("systemctl --failed --no-legend --plain") == ""
