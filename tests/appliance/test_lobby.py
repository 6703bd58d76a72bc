"""A day at the lobby from outside: over TLS, on MariaDB, with paper from a network printer."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack

import pytest

from tests.support.clients import Client, Http, Json
from tests.support.fake_printer import FakePrinter

from .machine import Machine
from .technician import Technician

APPLIANCE = "/usr/local/sbin/appliance"
OPEN_PORTS = {22, 80, 443}


class Shop:
    """The lobby as its people reach it.

    Args:
        machine: Provisioned.
        technician: Has the authority's certificate.
        passwords: By user name.
    """

    def __init__(
        self, machine: Machine, technician: Technician, passwords: dict[str, tuple[str, str]]
    ) -> None:
        self.machine = machine
        self.base_url = f"https://{machine.address}"
        self.ca = technician.site / "ca.crt"
        self.passwords = passwords

    def http(self) -> Http:
        """A browser."""
        return Http(self.base_url, self.ca)

    def staff(self, username: str) -> Client:
        """Somebody, logged in and connected."""
        role, password = self.passwords[username]
        with self.http() as browser:
            answer = browser.post(
                f"/{role}/login", json={"username": username, "password": password}
            )
            assert answer.status_code == 200, answer.text
            token = answer.json()["token"]
        return Client(self.base_url, {"token": token}, ca=self.ca)

    def kiosk(self) -> Client:
        """A kiosk with the token of the one at the wall."""
        token = self.machine.ssh("cat /etc/appliance/secrets/kiosk.token").strip()
        return Client(self.base_url, {"device_token": token}, ca=self.ca)


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


def a_day(shop: Shop, printer: FakePrinter) -> Json:
    """From the kiosk to the receipt; returns the paid transaction."""
    with ExitStack() as people:
        with shop.http() as browser:
            catalog = browser.get("/api/catalog").json()
        choice = catalog["categories"][0]["services"][0]["classifications"][0]
        kiosk = people.enter_context(shop.kiosk())
        therapists = [name for name, (role, _) in shop.passwords.items() if role == "therapist"]
        cashiers = [name for name, (role, _) in shop.passwords.items() if role == "cashier"]
        therapist = people.enter_context(shop.staff(therapists[0]))
        cashier = people.enter_context(shop.staff(cashiers[0]))

        before = len(printer.paper)
        confirmed = kiosk.call(
            "customer_confirm_selection", {"items": [{"service_classification_id": choice["id"]}]}
        )
        assert confirmed["ok"], confirmed
        assert paper_came(printer, before)
        claimed = therapist.call("therapist_confirm_next")
        assert claimed["ok"], claimed
        assert claimed["transaction"]["code"] == confirmed["transaction"]["code"]
        this = {"transaction_id": claimed["transaction"]["id"]}
        assert therapist.call("therapist_start_service", this)["ok"]
        assert therapist.call("therapist_finish_service", this)["ok"]
        assert therapist.call("therapist_room_ready")["ok"]
        code = {"code": confirmed["transaction"]["code"]}
        assert cashier.call("cashier_claim_code", code)["ok"]
        before = len(printer.paper)
        paid = cashier.call(
            "cashier_pay",
            {**this, "amount_paid": claimed["transaction"]["total_amount"], "method": "cash"},
        )
        assert paid["ok"], paid
        assert paper_came(printer, before)
        return dict(paid["transaction"])


def paper_came(printer: FakePrinter, before: int) -> bool:
    """Whether more is on paper than before, down to a cut (GS V)."""
    return printer.wait_for_more(before, b"\x1dV")


def test_from_the_kiosk_to_the_receipt(shop: Shop, printer: FakePrinter) -> None:
    assert a_day(shop, printer)["status"] == "paid"


def test_the_books_agree(machine: Machine, shop: Shop) -> None:
    assert "every promise holds" in machine.ssh(f"{APPLIANCE} db check")


def test_health_says_that_all_is_well(shop: Shop) -> None:
    with shop.http() as browser:
        answer = browser.get("/healthz")
    assert answer.status_code == 200, answer.text
    assert answer.json()["ok"]


def test_only_what_is_documented_is_open(machine: Machine) -> None:
    assert asyncio.run(open_ports(machine.address)) == OPEN_PORTS


async def open_ports(address: str) -> set[int]:
    """Which TCP ports take a connection; the firewall lets the others wait in vain."""
    at_once = asyncio.Semaphore(900)

    async def probe(port: int) -> int | None:
        async with at_once:
            try:
                _, writer = await asyncio.wait_for(asyncio.open_connection(address, port), 0.5)
            except (OSError, TimeoutError):
                return None
            writer.close()
            return port

    found = await asyncio.gather(*(probe(port) for port in range(1, 65536)))
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
    assert a_day(shop, printer)["status"] == "paid"
