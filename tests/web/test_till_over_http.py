"""The till over HTTP: shifts, past receipts, X and Z, as `protocol.md` has them."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from appliance.server.store.models import Transaction
from tests.support.clients import Client, Http, Json
from tests.support.lobby import Lobby
from tests.web.conftest import OpenLobby


@pytest.fixture
def lobby(open_lobby: OpenLobby) -> Lobby:
    """A server of the test's own: a day is closed here."""
    return open_lobby()


def pay_for_one(lobby: Lobby, eva: Client) -> Json:
    """A customer comes, is treated by Ana and pays 50.00 with a tip of 5 by card."""
    kiosk, ana = lobby.device("door"), lobby.person("ana")
    items = {"items": [{"service_classification_id": lobby.spa.swedish_30}]}
    visit = kiosk.call("customer_confirm_selection", items)["transaction"]
    on = {"transaction_id": visit["id"]}
    assert ana.call("therapist_confirm_next", {})["ok"]
    assert ana.call("therapist_start_service", on)["ok"]
    assert ana.call("therapist_finish_service", on)["ok"]
    assert eva.call("cashier_claim_next", {})["ok"]
    paid = eva.call("cashier_pay", on | {"amount_paid": "55.00", "method": "card", "tip": 5})
    assert paid["ok"], paid
    return dict(paid["transaction"])


def ticket_of(lobby: Lobby, visit: Json) -> str:
    """What the QR code of a customer's ticket says."""
    with lobby.database.engine.connect() as connection:
        asked = select(Transaction.ticket_token).where(Transaction.id == visit["id"])
        return str(connection.scalar(asked))


def good(http: Http, path: str) -> Json:
    answer = http.get(path)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_a_day_from_the_float_to_the_z(lobby: Lobby) -> None:
    token = lobby.token("eva")
    eva, desk = lobby.connect({"token": token}), lobby.http(token)
    gloria = lobby.http(lobby.token("gloria"))
    assert good(desk, "/api/shift") == {"ok": True, "shift": None}
    for neither in ({}, {"float_amount": 200, "denominations": {"100": 2}}):
        refused = eva.call("shift_open", neither)
        assert (refused["ok"], refused["code"]) == (False, "validation_failed")
    pieces = {"100.00": 1, "20": 4, "0.25": 80}
    shift = eva.call("shift_open", {"denominations": pieces})["shift"]
    assert shift["float_amount"] == 200
    assert good(desk, "/api/shift") == {"ok": True, "shift": shift}
    paid = pay_for_one(lobby, eva)

    number = paid["payment"]["receipt_number"]
    by_number = good(desk, f"/api/receipts?number={number}")
    assert [visit["id"] for visit in by_number["transactions"]] == [paid["id"]]
    by_code = good(gloria, f"/api/receipts?code={paid['code']}&date={shift['business_date']}")
    assert by_code == by_number
    assert good(gloria, "/api/receipts?number=999")["transactions"] == []
    for of_today in (
        "days_ago=0",
        f"days_ago=0&code={paid['code']}",
        f"date={shift['business_date']}",
    ):
        assert good(desk, f"/api/receipts?{of_today}") == by_number | {"more": False}
    assert good(desk, "/api/receipts?days_ago=1")["transactions"] == []

    (listed,) = good(gloria, f"/api/manager/shifts?date={shift['business_date']}")["shifts"]
    assert (listed["id"], listed["expected_amount"]) == (shift["id"], None), "blind until counted"
    assert good(gloria, "/api/manager/shifts")["shifts"] == [listed]
    assert good(gloria, "/api/manager/shifts?date=2001-01-01")["shifts"] == []

    by_ticket = good(desk, f"/api/receipts?ticket={ticket_of(lobby, paid)}")
    assert by_ticket == by_number
    for other in ("x" * 64, "é"):
        assert good(desk, f"/api/receipts?ticket={other}")["transactions"] == []
    copy = gloria.post(f"/api/receipts/{paid['id']}/print", json={"request_id": "a copy"})
    assert copy.json()["job"]["kind"] == "receipt"
    nothing = desk.post("/api/receipts/999999/print", json={})
    assert (nothing.status_code, nothing.json()["code"]) == (404, "not_found")

    reading = good(gloria, "/api/manager/x")
    x = reading["x"]
    assert (x["sales"], x["tips"], x["totals"]) == (50, 5, {"card": 55})
    assert (reading["today"], reading["closed"]) == (x["business_date"], False)
    assert good(gloria, "/api/manager/x?date=2001-01-01")["x"]["sales"] == 0
    on_paper = gloria.post("/api/manager/x/print", json={"request_id": "x on paper"})
    assert on_paper.json() == reading

    refused = gloria.post("/api/manager/days/close", json={})
    assert (refused.status_code, refused.json()["code"]) == (409, "invalid_state")
    assert "Eva" in refused.json()["error"]
    assert eva.call("shift_count", {"counted_amount": 200})["ok"]
    assert eva.call("shift_close", {})["ok"]

    once = {"request_id": "close the day"}
    closed = gloria.post("/api/manager/days/close", json=once)
    assert closed.status_code == 200, closed.text
    z = closed.json()["z"]
    assert (z["number"], z["sales"], z["tips"], z["grand_total"]) == (1, 50, 5, 50)
    assert z["shifts"][0]["float"] == 200
    assert gloria.post("/api/manager/days/close", json=once).json() == closed.json()
    assert good(gloria, "/api/manager/z/1")["z"] == z
    assert good(gloria, "/api/manager/x")["closed"]
    listed_z = {"ok": True, "reports": [z | {"verified": True}], "before": None}
    assert good(gloria, "/api/manager/z") == listed_z
    assert good(gloria, "/api/manager/z?before=1")["reports"] == []
    again = gloria.post("/api/manager/z/1/print", json={"request_id": "on paper"})
    assert again.json() == {"ok": True, "z": z}
    papers = [row for row in lobby.rows()["print_jobs"] if "report" in row]
    assert len(papers) == 3, "an X, a Z when the day was closed, a Z when somebody asked"


def test_a_manager_gives_back_and_corrects_over_her_own_line(lobby: Lobby) -> None:
    eva, gloria = lobby.person("eva"), lobby.person("gloria")
    paid = pay_for_one(lobby, eva)
    (shift,) = good(lobby.http(lobby.token("gloria")), "/api/manager/shifts/open")["shifts"]
    on = {"transaction_id": paid["id"], "reason": "keyed wrong"}
    method = {"tenders": [{"method": "cash", "amount": 50}]}
    assert eva.call("cashier_correct_tender", on | method)["code"] == "approval_required"
    assert gloria.call("cashier_correct_tender", on | method)["ok"]
    assert gloria.call("cashier_reprint", {"transaction_id": paid["id"]})["ok"]

    lines = {"lines": [{"item_id": paid["items"][0]["id"], "amount": 20}], "request_id": "once"}
    assert eva.call("cashier_refund", on | lines)["code"] == "approval_required"
    unknown = gloria.call("cashier_refund", on | lines | {"shift_id": 999, "request_id": "x"})
    assert unknown["code"] == "not_found"
    answer = gloria.call("cashier_refund", on | lines | {"shift_id": shift["id"]})
    assert (answer["refund"]["by"], answer["refund"]["approved_by"]) == ("Gloria", "Gloria")
    again = gloria.call("cashier_refund", on | lines | {"shift_id": shift["id"]})
    assert again == answer, "asked twice, given once"
    # 50 and the tip of 5 were cash after all, and 20 went back.
    assert eva.call("shift_count", {"counted_amount": 35})["shift"]["expected_amount"] == 35


def test_a_search_that_cannot_be_read(lobby: Lobby) -> None:
    eva = lobby.http(lobby.token("eva"))
    for query in (
        "",
        "number=x",
        "number=0",
        "number=-1",
        "number=1e3",
        "number=１",
        "code=nine",
        "days_ago=-1",
        "days_ago=yesterday",
        "code=0001&date=yesterday",
        "code=0001&date=2026-1-1",
        "code=0001&date=２026-01-01",
    ):
        answer = eva.get(f"/api/receipts?{query}")
        assert (answer.status_code, answer.json()["code"]) == (400, "validation_failed"), query


def test_a_z_that_does_not_exist(lobby: Lobby) -> None:
    gloria = lobby.http(lobby.token("gloria"))
    for number in (1, 0, 2**63 - 1, 2**70):
        answer = gloria.get(f"/api/manager/z/{number}")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
