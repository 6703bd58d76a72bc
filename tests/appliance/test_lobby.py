"""A day at the lobby from outside: over TLS, on MariaDB, with paper from a network printer."""

from __future__ import annotations

import asyncio

from tests.support.clients import Http
from tests.support.fake_printer import FakePrinter

from .machine import Machine
from .shop import APPLIANCE, Shop, a_day
from .test_kiosk import becomes, is_painted
from .test_recovery import is_healthy

OPEN_PORTS = {22, 80, 443}


def test_from_the_kiosk_to_the_receipt(shop: Shop, printer: FakePrinter) -> None:
    assert a_day(shop, printer)["status"] == "paid"


def test_the_books_agree(machine: Machine, shop: Shop) -> None:
    assert "the data is consistent" in machine.ssh(f"{APPLIANCE} db check")


def test_health_says_that_all_is_well(shop: Shop) -> None:
    with shop.http() as browser:
        answer = browser.get("/healthz")
    assert answer.status_code == 200, answer.text
    assert answer.json()["ok"]


def test_what_looks_at_everything_finds_nothing_red(machine: Machine, shop: Shop) -> None:
    assert becomes(lambda: is_healthy(shop), 60)
    said = looked_at(machine)
    assert any("device token" in line for line in said)
    assert not [line for line in said if line.startswith("RED")], said


def looked_at(machine: Machine) -> list[str]:
    """What a look at everything found, a line for each."""
    machine.ssh("systemctl start appliance-health.service")
    return machine.ssh(
        "journalctl --no-pager --output=cat _SYSTEMD_INVOCATION_ID="
        "$(systemctl show --property=InvocationID --value appliance-health.service)"
    ).splitlines()


def test_only_what_is_documented_is_open(machine: Machine) -> None:
    assert asyncio.run(open_ports(machine.address)) == OPEN_PORTS


async def open_ports(address: str) -> set[int]:
    """Which TCP ports take a connection; the firewall lets the others wait in vain."""

    async def probe(port: int, patience: float = 0.5) -> int | None:
        try:
            _, writer = await asyncio.wait_for(asyncio.open_connection(address, port), patience)
        except (OSError, TimeoutError):
            return None
        writer.close()
        return port

    found: list[int | None] = []
    for first in range(1, 65536, 900):
        found += await asyncio.gather(*map(probe, range(first, min(first + 900, 65536))))
    # Of nine hundred at once, a machine with much to do may hear none in time.
    found += await asyncio.gather(*(probe(port, 10) for port in OPEN_PORTS))
    return {port for port in found if port is not None}


def test_http_leads_to_tls_and_hands_out_the_authority(machine: Machine, shop: Shop) -> None:
    with Http(f"http://{machine.address}") as browser:
        assert browser.get("/kiosk").headers["Location"].startswith("https://")
        assert "certificate" in browser.get("/trust").text
        assert browser.get("/ca.crt").text == shop.ca.read_text()


def test_no_secret_is_in_the_process_list_or_readable(machine: Machine, shop: Shop) -> None:
    secrets = machine.ssh(
        "cat /etc/appliance/secrets/*.token /etc/appliance/secrets/mysql_password"
    )
    processes = machine.ssh("cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ | tr '\\0' '\\n'")
    assert not [secret for secret in secrets.split() if secret in processes]
    assert machine.ssh("find /etc/appliance/secrets -perm /077") == ""


def test_everything_is_back_after_a_reboot(
    machine: Machine, shop: Shop, printer: FakePrinter
) -> None:
    machine.power_off()
    machine.boot()
    assert machine.ssh("systemctl is-system-running --wait").strip() == "running"
    assert becomes(lambda: is_healthy(shop), 60)
    assert becomes(lambda: is_painted(machine), 120)
    assert a_day(shop, printer)["status"] == "paid"
