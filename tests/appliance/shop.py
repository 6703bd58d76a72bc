"""The lobby as its people reach it: over TLS, from the shop's network."""

from __future__ import annotations

from contextlib import ExitStack

from tests.support.clients import Client, Http, Json, refusal
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

    def first(self, role: str) -> str:
        """The name of the first of the staff who has this role."""
        return next(name for name, (found, _) in self.passwords.items() if found == role)

    def token(self, username: str) -> str:
        """What somebody gets for their password."""
        role, password = self.passwords[username]
        with self.http() as browser:
            answer = browser.post(
                f"/{role}/login", json={"username": username, "password": password}
            )
            assert answer.status_code == 200, answer.text
            return str(answer.json()["token"])

    def staff(self, username: str) -> Client:
        """Somebody, logged in and connected."""
        return Client(self.base_url, {"token": self.token(username)}, ca=self.ca)

    def kiosk_token(self) -> str:
        """That of the kiosk at the wall."""
        return self.machine.ssh("cat /etc/appliance/secrets/kiosk.token").strip()

    def kiosk(self) -> Client:
        """A kiosk with the token of the one at the wall."""
        return Client(self.base_url, {"device_token": self.kiosk_token()}, ca=self.ca)

    def refuses_device(self, token: str) -> bool:
        """Whether a device with this token is not let in."""
        return bool(refusal(self.base_url, {"device_token": token}, ca=self.ca)["code"])


def a_choice(shop: Shop) -> Json:
    """An order of the first thing on the menu."""
    with shop.http() as browser:
        catalog = browser.get("/api/catalog").json()
    choice = catalog["categories"][0]["services"][0]["classifications"][0]
    return {"items": [{"service_classification_id": choice["id"]}]}


def order(shop: Shop) -> str:
    """Somebody orders at the kiosk and waits; returns the code on their ticket."""
    with shop.kiosk() as kiosk:
        confirmed = kiosk.call("customer_confirm_selection", a_choice(shop))
    assert confirmed["ok"], confirmed
    return str(confirmed["transaction"]["code"])


def serve_who_waits(shop: Shop) -> list[str]:
    """Treat and charge everybody who waits; returns their codes, in the order of their turn."""
    codes: list[str] = []
    with (
        shop.staff(shop.first("therapist")) as therapist,
        shop.staff(shop.first("cashier")) as cashier,
    ):
        while (claimed := therapist.call("therapist_confirm_next"))["ok"]:
            visit = claimed["transaction"]
            this = {"transaction_id": visit["id"]}
            assert therapist.call("therapist_start_service", this)["ok"]
            assert therapist.call("therapist_finish_service", this)["ok"]
            assert therapist.call("therapist_room_ready")["ok"]
            assert cashier.call("cashier_claim_code", {"code": visit["code"]})["ok"]
            paid = {**this, "amount_paid": visit["total_amount"], "method": "cash"}
            assert cashier.call("cashier_pay", paid)["ok"]
            codes.append(visit["code"])
    return codes


def a_day(shop: Shop, printer: FakePrinter) -> Json:
    """From the kiosk to the receipt; returns the paid transaction."""
    with ExitStack() as people:
        kiosk = people.enter_context(shop.kiosk())
        therapist = people.enter_context(shop.staff(shop.first("therapist")))
        cashier = people.enter_context(shop.staff(shop.first("cashier")))

        before = len(printer.paper)
        confirmed = kiosk.call("customer_confirm_selection", a_choice(shop))
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
    return printer.wait_for_more(before, b"\x1dV", 60)
