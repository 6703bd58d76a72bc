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
    machine.ssh("systemctl start appliance-health.service")
    said = machine.ssh(
        "journalctl --no-pager --output=cat _SYSTEMD_INVOCATION_ID="
        "$(systemctl show --property=InvocationID --value appliance-health.service)"
    )
    assert "device token" in said
    assert "RED" not in said, said


def test_only_what_is_documented_is_open(machine: Machine) -> None:
    assert asyncio.run(open_ports(machine.address)) == OPEN_PORTS


async def open_ports(address: str) -> set[int]:
    """Which TCP ports take a connection; the firewall lets the others wait in vain."""

    async def probe(port: int) -> int | None:
        try:
            _, writer = await asyncio.wait_for(asyncio.open_connection(address, port), 0.5)
        except (OSError, TimeoutError):
            return None
        writer.close()
        return port

    found: list[int | None] = []
    for first in range(1, 65536, 900):
        found += await asyncio.gather(*map(probe, range(first, min(first + 900, 65536))))
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
