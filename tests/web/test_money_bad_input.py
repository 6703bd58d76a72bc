"""Money that cannot be so, over the wire: a clear answer, and nothing has changed."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from appliance.server.auth.throttle import PIN as PATIENCE_WITH_PINS
from tests.support import still_throttle
from tests.support.clients import Client, Http, Json
from tests.support.lobby import Lobby
from tests.web.conftest import OpenLobby
from tests.web.test_till_over_http import pay_for_one

PIN = "483920"
APPROVAL = {"username": "gloria", "pin": PIN}
NO_AMOUNTS = ("50.001", "0.001", -1, "-0.01", 10**9, "1e3000", "ten", "NaN", "", None, True, [1])
REFUSALS = {"validation_failed", "invalid_state"}
MONEY = ("tenders", "refunds", "payments", "print_jobs", "shifts")
TOO_LONG = "x" * 10_000
FORMULA = '=HYPERLINK("http://evil.test","refund")'


class Desk(NamedTuple):
    """A shop with a paid visit of 50 and a tip of 5 by card, and a bill of 50 at Eva's desk."""

    lobby: Lobby
    eva: Client
    gloria: Client
    manager: Http
    paid: Json
    bill: int

    def refused(self, who: Client, event: str, payload: Json) -> str:
        """Make sure that nothing changes; what is said."""
        before = self.lobby.rows()
        answer = who.call(event, payload)
        assert not answer["ok"], (event, payload)
        assert answer["code"] in REFUSALS, answer
        assert self.lobby.rows() == before, (event, payload)
        assert 10 < len(answer["error"]) < 300
        return str(answer["error"])

    def books(self) -> list[Any]:
        """What money has left behind."""
        rows = self.lobby.rows()
        return [rows[name] for name in MONEY]

    @property
    def on_paid(self) -> Json:
        """The paid visit, as a refund and a correction name it."""
        return {"transaction_id": self.paid["id"], "reason": "cut short", "approval": APPROVAL}

    def lines(self, amount: Any) -> list[Json]:
        """So much of its service."""
        return [{"item_id": self.paid["items"][0]["id"], "amount": amount}]


@pytest.fixture
def shop(open_lobby: OpenLobby) -> Desk:
    lobby = open_lobby(**still_throttle.IN_A_SERVER)
    token = lobby.token("gloria")
    manager = lobby.http(token)
    (row,) = [
        one
        for one in manager.get("/api/manager/staff").json()["staff"]
        if one["username"] == "gloria"
    ]
    given = manager.post(f"/api/manager/staff/{row['id']}/pin", json={"pin": PIN})
    assert given.status_code == 200, given.text
    eva = lobby.person("eva")
    assert eva.call("shift_open", {"float_amount": 100})["ok"]
    paid = pay_for_one(lobby, eva)
    kiosk, ana = lobby.device("door"), lobby.person("ana")
    assert ana.call("therapist_room_ready", {})["ok"]
    items = {"items": [{"service_classification_id": lobby.spa.swedish_30}]}
    visit = kiosk.call("customer_confirm_selection", items)["transaction"]["id"]
    assert ana.call("therapist_confirm_next", {})["ok"]
    for step in ("therapist_start_service", "therapist_finish_service"):
        assert ana.call(step, {"transaction_id": visit})["ok"]
    assert eva.call("cashier_claim_next", {})["ok"]
    return Desk(lobby, eva, lobby.connect({"token": token}), manager, paid, visit)


def test_amounts_that_are_none(shop: Desk) -> None:
    on_bill = {"transaction_id": shop.bill}
    for amount in NO_AMOUNTS:
        one = [{"method": "cash", "amount": amount}]
        for event, payload in (
            ("cashier_pay", on_bill | {"method": "cash", "amount_paid": amount}),
            ("cashier_pay", on_bill | {"tenders": [{"method": "cash", "amount_paid": amount}]}),
            ("cashier_adjust", on_bill | {"kind": "amount_off", "value": amount, "reason": "x"}),
            ("cashier_refund", shop.on_paid | {"lines": shop.lines(amount)}),
            ("cashier_refund", shop.on_paid | {"lines": shop.lines(5), "methods": one}),
            ("cashier_correct_tender", shop.on_paid | {"tenders": one}),
            ("shift_movement", {"kind": "pay_out", "amount": amount, "reason": "x"}),
            ("shift_count", {"counted_amount": amount}),
        ):
            shop.refused(shop.eva, event, payload)


def test_tenders_that_do_not_add_up(shop: Desk) -> None:
    def tenders(**amounts: Any) -> Json:
        named = [{"method": name, "amount_paid": amount} for name, amount in amounts.items()]
        return {"transaction_id": shop.bill, "tenders": named}

    # That somebody tried stands in the history; no money has moved.
    before = shop.books()
    short = shop.eva.call("cashier_pay", tenders(card=30, cash="19.99"))
    assert (short["code"], "$0.01" in short["error"]) == ("insufficient_payment", True)
    assert shop.books() == before
    # A card never gives change, beside cash or alone, and as an old client says it.
    shop.refused(shop.eva, "cashier_pay", tenders(card=60))
    shop.refused(shop.eva, "cashier_pay", tenders(card=51, cash=10))
    old = {"transaction_id": shop.bill, "method": "card", "amount_paid": 100}
    shop.refused(shop.eva, "cashier_pay", old)
    shop.refused(
        shop.eva,
        "cashier_correct_tender",
        shop.on_paid | {"tenders": [{"method": "cash", "amount": 49}]},
    )
    # What stands beside several tenders would be left out, a tip above all.
    for beside in ({"tip": 5}, {"amount_paid": 50}, {"method": "card"}, {"reference": "7"}):
        shop.refused(shop.eva, "cashier_pay", tenders(cash=50) | beside)
    paid = shop.eva.call("cashier_pay", old | {"amount_paid": 50})
    assert (paid["transaction"]["payment"]["change_amount"], paid["ok"]) == (0, True)


def test_coins_and_notes_that_cannot_be(shop: Desk) -> None:
    for pieces in (
        {"100": 10**12},
        {"100": 10**30},
        {"100": -1},
        {"3": 1},
        {"20": 1, "20.00": 2},
        {"20": 1, "٢٠": 2},
    ):
        for event in ("shift_count", "shift_open"):
            shop.refused(shop.eva, event, {"denominations": pieces})


def test_more_back_than_was_paid(shop: Desk) -> None:
    def back(amount: Any, **more: Any) -> Json:
        return shop.on_paid | {"lines": shop.lines(amount)} | more

    assert "$50.00" in shop.refused(shop.eva, "cashier_refund", back("50.01"))
    shop.refused(shop.eva, "cashier_refund", back(5, tip_amount="5.01"))
    both = [{"method": "card", "amount": 56}]
    shop.refused(shop.eva, "cashier_refund", back(50, methods=both))
    shop.refused(shop.eva, "cashier_refund", back(20) | {"lines": shop.lines(25) * 2})
    shop.refused(shop.eva, "cashier_refund", back(0))
    assert shop.eva.call("cashier_refund", back(30))["ok"]
    assert "$20.00" in shop.refused(shop.eva, "cashier_refund", back("20.01"))


def test_reasons_of_ten_thousand_characters_and_none(shop: Desk) -> None:
    for reason in (TOO_LONG, "", "   ", None, 5):
        for event, payload in (
            ("cashier_refund", shop.on_paid | {"lines": shop.lines(5)}),
            (
                "cashier_correct_tender",
                shop.on_paid | {"tenders": [{"method": "cash", "amount": 50}]},
            ),
            ("cashier_adjust", {"transaction_id": shop.bill, "kind": "price", "value": 5}),
            ("shift_movement", {"kind": "pay_in", "amount": 5}),
            ("cashier_open_drawer", {}),
        ):
            shop.refused(shop.eva, event, payload | {"reason": reason})


def test_a_wrong_pin_five_times_and_then_the_right_one(shop: Desk) -> None:
    wrong = shop.on_paid | {"lines": shop.lines(5), "approval": APPROVAL | {"pin": "000000"}}
    before = shop.books()
    told = [shop.eva.call("cashier_refund", wrong) for _ in range(PATIENCE_WITH_PINS.free + 1)]
    assert {answer["code"] for answer in told} == {"invalid_credentials"}
    right = shop.eva.call("cashier_refund", wrong | {"approval": APPROVAL})
    assert right["code"] == "too_many_attempts"
    assert shop.books() == before
    # Who is logged in as a manager has nothing to guess.
    given = {name: value for name, value in wrong.items() if name != "approval"}
    assert shop.gloria.call("cashier_refund", given)["ok"]


def test_a_day_with_an_open_shift_is_not_closed(shop: Desk) -> None:
    before = shop.lobby.rows()
    refused = shop.manager.post("/api/manager/days/close", json={})
    assert (refused.status_code, refused.json()["code"]) == (409, "invalid_state")
    assert "Eva" in refused.json()["error"]
    assert shop.lobby.rows() == before


def test_a_formula_as_a_reason_stays_text_and_is_in_no_file(shop: Desk) -> None:
    given = shop.eva.call(
        "cashier_refund", shop.on_paid | {"lines": shop.lines(5), "reason": FORMULA}
    )
    assert given["refund"]["reason"] == FORMULA
    for by in ("day", "hour", "service", "therapist", "cashier", "method", "room"):
        file = shop.manager.get(f"/api/manager/reports.csv?by={by}")
        assert "HYPERLINK" not in file.text
    # A name is in the file: there it is no formula any more.
    (person,) = [
        one
        for one in shop.manager.get("/api/manager/staff").json()["staff"]
        if one["username"] == "eva"
    ]
    renamed = shop.manager.patch(f"/api/manager/staff/{person['id']}", json={"name": FORMULA})
    assert renamed.status_code == 200, renamed.text
    file = shop.manager.get("/api/manager/reports.csv?by=cashier")
    assert "\"'=HYPERLINK(" in file.text


@pytest.mark.parametrize(
    "path",
    [
        "/api/manager/shifts?date=2026-99-99",
        "/api/manager/x?date=2026-02-31",
        "/api/receipts?date=2025-02-29&code=0001",
    ],
)
def test_a_date_that_no_calendar_has_is_refused(shop: Desk, path: str) -> None:
    refused = shop.manager.get(path)
    assert (refused.status_code, refused.json()["code"]) == (400, "validation_failed")
    assert "There is no date 202" in refused.json()["error"]
