"""The lobby as its people reach it: over TLS, from the shop's network."""

from __future__ import annotations

from contextlib import ExitStack

from tests.support.clients import Client, Http, Json
from tests.support.fake_printer import FakePrinter

from .machine import Machine
from .technician import Technician

APPLIANCE = "/usr/local/sbin/appliance"


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
