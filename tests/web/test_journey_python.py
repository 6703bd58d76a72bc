"""One customer's whole visit, by python-socketio clients that know only the protocol."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from tests.support.clients import Client, Http, Json
from tests.support.lobby import Lobby
from tests.web.conftest import OpenLobby

TIMES = {
    "created_at",
    "selection_confirmed_at",
    "therapist_confirmed_at",
    "service_start_at",
    "service_finish_at",
    "cashier_claimed_at",
    "paid_at",
}
TRANSACTION = TIMES | {
    "id",
    "code",
    "status",
    "therapist",
    "cashier",
    "room_number",
    "total_amount",
    "total_duration_minutes",
    "items",
    "payment",
    "allowed_events",
}
ITEM = {
    "id",
    "service_id",
    "service_name",
    "service_classification_id",
    "classification_name",
    "price",
    "duration_minutes",
}
PAYMENT = {
    "amount_due",
    "amount_paid",
    "change_amount",
    "method",
    "receipt_number",
    "tip_amount",
    "rounding_amount",
    "tax",
    "tenders",
    "created_at",
}


@pytest.fixture(params=["gevent", "threading"])
def lobby(open_lobby: OpenLobby, request: pytest.FixtureRequest) -> Lobby:
    return open_lobby(SOCKETIO_ASYNC_MODE=request.param, APPLIANCE_CURRENCY="EUR")


def test_a_customer_visits_the_spa(lobby: Lobby) -> None:
    Visit(lobby).run()


class Visit:
    """The visit, step by step; each step looks at everything that anybody is told."""

    def __init__(self, lobby: Lobby) -> None:
        self.lobby = lobby
        self.variants = dict(variants_of(lobby.http()))
        self.kiosk = lobby.device("door")
        self.board = lobby.device("lobby")
        self.ana = lobby.person("ana")
        self.eva = lobby.person("eva")
        self.transaction: Json = {}

    @property
    def id(self) -> int:
        return int(self.transaction["id"])

    def run(self) -> None:
        self.everybody_sees_an_empty_spa()
        self.the_customer_chooses()
        self.the_customer_confirms()
        self.who_comes_now_sees_the_customer_waiting()
        self.ana_calls_the_customer()
        self.ana_treats_the_customer()
        self.ana_prepares_her_room()
        self.eva_takes_the_payment()
        self.eva_prints_the_receipt_again()
        self.who_comes_now_sees_an_empty_spa()
        self.the_history_tells_it_all()
        self.versions_only_grew()

    def everybody_sees_an_empty_spa(self) -> None:
        for screen in (self.kiosk, self.board):
            check_board(screen.wait_for("board_updated"), calls=[], waiting=[])
        for screen in (self.ana, self.eva):
            queue = screen.wait_for("queue_updated")
            assert (queue["pending"], queue["in_progress"], queue["finished"]) == ([], [], [])
        for screen in (self.kiosk, self.ana, self.eva):
            devices = screen.wait_for("devices_updated")
            assert devices["ok"] is True
            assert devices["printers"] == []

    def the_customer_chooses(self) -> None:
        started = self.ask(self.kiosk, "customer_start", "customer_start_result")
        assert started == {
            **started,
            "status": "selecting",
            "items": [],
            "total_amount": 0,
            "total_duration_minutes": 0,
        }
        assert set_times(started) == {"created_at"}
        assert set(started["allowed_events"]) == {
            "customer_add_item",
            "customer_remove_item",
            "customer_cancel",
        } or set(started["allowed_events"]) == {"customer_add_item", "customer_cancel"}

        self.add("Swedish Massage", "60 minutes")
        two = self.add("Deep Tissue", "60 minutes")
        assert (two["total_amount"], two["total_duration_minutes"]) == (175.5, 120)
        assert [item["service_name"] for item in two["items"]] == ["Swedish Massage", "Deep Tissue"]
        assert [item["price"] for item in two["items"]] == [80, 95.5]

        one = self.ask(
            self.kiosk,
            "customer_remove_item",
            "customer_remove_result",
            {"transaction_id": self.id, "item_id": two["items"][1]["id"]},
        )
        assert (one["total_amount"], one["total_duration_minutes"]) == (80, 60)
        assert "customer_confirm_selection" in one["allowed_events"]

    def the_customer_confirms(self) -> None:
        payload = {"transaction_id": self.id, "request_id": "confirm-1"}
        names = ("customer_confirm_selection", "customer_confirm_result")
        answer = self.kiosk.ask(*names, payload)
        assert self.kiosk.ask(*names, payload) == answer, "a repeated request changes nothing"
        assert set(answer) == {"ok", "transaction", "queue_position", "estimated_wait_minutes"}
        assert (answer["queue_position"], answer["estimated_wait_minutes"]) == (1, 0)
        self.note(answer["transaction"], "pending_therapist")
        assert self.transaction["code"] == "0001"
        assert set_times(self.transaction) == {"created_at", "selection_confirmed_at"}

        for screen in (self.kiosk, self.board):
            board = screen.wait_for("board_updated", lambda body: body["waiting"])
            check_board(board, [], [{"code": "0001", "estimated_wait_minutes": 0}])
        for screen in (self.ana, self.eva):
            self.queue_holds(screen, "pending", "pending_therapist")
        self.kiosk.wait_for("devices_updated", lambda body: body["jobs_waiting"]["ticket"] == 1)

    def who_comes_now_sees_the_customer_waiting(self) -> None:
        ben = self.lobby.person("ben")
        [waiting] = ben.wait_for("queue_updated")["pending"]
        check_transaction(waiting)
        assert {**waiting, **self.transaction} == waiting
        display = self.lobby.device("lobby")
        assert [entry["code"] for entry in display.wait_for("board_updated")["waiting"]] == ["0001"]

    def ana_calls_the_customer(self) -> None:
        called = self.ask(self.ana, "therapist_confirm_next", "therapist_confirm_result")
        self.note(called, "therapist_confirmed")
        assert (called["therapist"], called["room_number"]) == ("Ana", "1")
        assert "therapist_start_service" in called["allowed_events"]
        for screen in (self.kiosk, self.board):
            board = screen.wait_for("board_updated", lambda body: body["calls"])
            at = called["therapist_confirmed_at"]
            check_board(board, [{"code": "0001", "room_number": "1", "at": at}], [])
        self.queue_holds(self.eva, "in_progress", "therapist_confirmed")

    def ana_treats_the_customer(self) -> None:
        mine = {"transaction_id": self.id}
        started = self.ask(self.ana, "therapist_start_service", "therapist_start_result", mine)
        self.note(started, "in_service")
        self.board.wait_for("board_updated", lambda body: body["version"] and not body["calls"])
        facial = self.variants["Classic", "One"]
        added = self.ask(
            self.ana,
            "therapist_add_service",
            "therapist_add_result",
            {**mine, "service_classification_id": facial},
        )
        assert (added["total_amount"], added["total_duration_minutes"]) == (145, 110)
        item = {"item_id": added["items"][0]["id"]}
        left = self.ask(
            self.ana, "therapist_remove_item", "therapist_remove_result", {**mine, **item}
        )
        assert (left["total_amount"], left["total_duration_minutes"]) == (65, 50)
        finished = self.ask(self.ana, "therapist_finish_service", "therapist_finish_result", mine)
        self.note(finished, "finished")
        queue = self.queue_holds(self.eva, "finished", "finished")
        assert room(queue, "1")["status"] == "preparing"

    def ana_prepares_her_room(self) -> None:
        answer = self.ana.ask("therapist_room_ready", "therapist_room_ready_result")
        assert answer["ok"] is True
        assert answer["room"] == {
            **answer["room"],
            "room_number": "1",
            "status": "available",
            "current_transaction_id": None,
        }
        self.eva.wait_for("queue_updated", lambda body: room(body, "1")["status"] == "available")

    def eva_takes_the_payment(self) -> None:
        claimed = self.ask(self.eva, "cashier_claim_code", "cashier_claim_result", {"code": "0001"})
        self.note(claimed, "awaiting_payment")
        assert claimed["cashier"] == "Eva"
        pay = {"transaction_id": self.id, "method": "cash"}
        little = self.eva.ask("cashier_pay", "cashier_pay_result", {**pay, "amount_paid": 64.99})
        assert set(little) == {"ok", "error", "code"}
        assert (little["ok"], little["code"]) == (False, "insufficient_payment")
        self.queue_holds(self.ana, "finished", "awaiting_payment")

        paid = self.ask(
            self.eva, "cashier_pay", "cashier_pay_result", {**pay, "amount_paid": "100.50"}
        )
        self.note(paid, "paid")
        payment = paid["payment"]
        assert payment == {
            "amount_due": 65,
            "amount_paid": 100.5,
            "change_amount": 35.5,
            "method": "cash",
            "receipt_number": 1,
            "tip_amount": 0,
            "rounding_amount": 0,
            "tax": [],
            "tenders": [
                {
                    "method": "cash",
                    "amount": 65,
                    "given": 100.5,
                    "change": 35.5,
                    "tip": 0,
                    "rounding": 0,
                }
            ],
            "created_at": payment["created_at"],
        }
        check_time(payment["created_at"])
        assert set_times(paid) == TIMES
        assert paid["allowed_events"] == [
            "cashier_reprint",
            "cashier_refund",
            "cashier_correct_tender",
        ]
        for screen in (self.ana, self.eva):
            screen.wait_for(
                "transaction_updated", lambda body: body["transaction"]["status"] == "paid"
            )
        self.eva.wait_for("devices_updated", lambda body: body["jobs_waiting"]["receipt"] == 1)

    def eva_prints_the_receipt_again(self) -> None:
        answer = self.eva.ask(
            "cashier_reprint", "cashier_reprint_result", {"transaction_id": self.id}
        )
        assert answer["ok"] is True
        assert isinstance(answer["job"]["id"], int)
        assert answer["job"]["kind"] == "receipt"
        # It has not come out yet, and is not owed a second time.
        assert answer["job"]["copy"] is False

    def who_comes_now_sees_an_empty_spa(self) -> None:
        felix = self.lobby.person("felix")
        queue = felix.wait_for("queue_updated")
        assert (queue["pending"], queue["in_progress"], queue["finished"]) == ([], [], [])
        pool = self.lobby.device("pool")
        check_board(pool.wait_for("board_updated"), calls=[], waiting=[])

    def the_history_tells_it_all(self) -> None:
        answer = self.lobby.http(self.lobby.token("gloria")).get(f"/api/transactions/{self.id}")
        body = answer.json()
        assert (answer.status_code, body["ok"]) == (200, True)
        check_transaction(body["transaction"])
        assert {**body["transaction"], **self.transaction} == body["transaction"]
        assert [(row["event"], row["from"], row["to"]) for row in body["history"]] == HISTORY
        for row in body["history"]:
            assert row["actor"]
            check_time(row["at"])

    def versions_only_grew(self) -> None:
        for screen in (self.kiosk, self.board, self.ana, self.eva):
            for event in ("queue_updated", "board_updated", "devices_updated"):
                versions = [body["version"] for body in screen.pushed(event)]
                assert versions == sorted(set(versions)), event
        for screen in (self.ana, self.eva):
            versions = [body["version"] for body in screen.pushed("transaction_updated")]
            assert versions == sorted(versions)
            for body in screen.pushed("transaction_updated"):
                check_transaction(body["transaction"])
        assert self.kiosk.pushed("queue_updated") == self.board.pushed("queue_updated") == []
        assert self.kiosk.pushed("transaction_updated") == []
        assert self.board.pushed("transaction_updated") == []

    # --- helpers ------------------------------------------------------------------------------

    def ask(self, who: Client, event: str, result_event: str, *payload: Json) -> Json:
        answer = who.ask(event, result_event, *payload)
        # What was taken off can be put back; no other answer says so.
        undo = {"undo"} if event == "customer_remove_item" else set()
        assert set(answer) == {"ok", "transaction"} | undo, answer
        assert answer["ok"] is True
        check_transaction(answer["transaction"])
        self.transaction = answer["transaction"]
        return self.transaction

    def add(self, service: str, variant: str) -> Json:
        return self.ask(
            self.kiosk,
            "customer_add_item",
            "customer_add_result",
            {
                "transaction_id": self.id,
                "service_classification_id": self.variants[service, variant],
            },
        )

    def note(self, transaction: Json, status: str) -> None:
        check_transaction(transaction)
        assert transaction["status"] == status
        self.transaction = transaction
        self.ana.wait_for(
            "transaction_updated",
            lambda body: body["transaction"] == transaction,
        )

    def queue_holds(self, who: Client, where: str, status: str) -> Json:
        queue: Json = who.wait_for(
            "queue_updated", lambda body: [row["status"] for row in body[where]] == [status]
        )
        assert queue["ok"] is True
        check_transaction(queue[where][0])
        others = {"pending", "in_progress", "finished"} - {where}
        assert [queue[other] for other in others] == [[], []]
        return queue


HISTORY = [
    ("customer_start", None, "selecting"),
    ("customer_add_item", "selecting", "selecting"),
    ("customer_add_item", "selecting", "selecting"),
    ("customer_remove_item", "selecting", "selecting"),
    ("customer_confirm_selection", "selecting", "pending_therapist"),
    ("therapist_confirm_next", "pending_therapist", "therapist_confirmed"),
    ("therapist_start_service", "therapist_confirmed", "in_service"),
    ("therapist_add_service", "in_service", "in_service"),
    ("therapist_remove_item", "in_service", "in_service"),
    ("therapist_finish_service", "in_service", "finished"),
    ("cashier_claim_code", "finished", "awaiting_payment"),
    ("cashier_pay", "awaiting_payment", "paying"),
    ("payment_refused", "paying", "awaiting_payment"),
    ("cashier_pay", "awaiting_payment", "paying"),
    ("payment_accepted", "paying", "paid"),
    ("cashier_reprint", None, None),
]


def variants_of(http: Http) -> Iterator[tuple[tuple[str, str], int]]:
    """What the catalogue offers: (service, variant) → id."""
    catalog = http.get("/api/catalog").json()
    assert (catalog["ok"], catalog["currency"]) == (True, "EUR")
    for category in catalog["categories"]:
        assert set(category) >= {"id", "name", "services"}
        for service in category["services"]:
            assert set(service) >= {"id", "name", "description", "classifications"}
            for variant in service["classifications"]:
                assert set(variant) >= {"id", "name", "price", "duration_minutes"}
                yield (service["name"], variant["name"]), variant["id"]


def check_transaction(body: Json) -> None:
    """Every field of the protocol is there, each with the type it should have."""
    assert set(body) >= TRANSACTION
    assert isinstance(body["id"], int)
    assert body["code"] is None or (len(body["code"]) == 4 and body["code"].isdigit())
    assert isinstance(body["total_amount"], int | float)
    assert isinstance(body["total_duration_minutes"], int)
    assert all(isinstance(event, str) for event in body["allowed_events"])
    for name in ("therapist", "cashier", "room_number"):
        assert body[name] is None or isinstance(body[name], str)
    for name in TIMES:
        if body[name] is not None:
            check_time(body[name])
    for item in body["items"]:
        assert set(item) >= ITEM
        assert isinstance(item["price"], int | float)
    if body["payment"] is not None:
        assert set(body["payment"]) >= PAYMENT
    assert (body["payment"] is not None) == (body["status"] == "paid")
    assert sum(item["duration_minutes"] for item in body["items"]) == body["total_duration_minutes"]
    assert sum(item["price"] for item in body["items"]) == body["total_amount"]


def set_times(body: Json) -> set[str]:
    return {name for name in TIMES if body[name] is not None}


def check_time(text: str) -> None:
    assert datetime.fromisoformat(text).utcoffset() is not None


def check_board(body: Json, calls: list[Json], waiting: list[Json]) -> None:
    """What the lobby sees is exactly this: no names, no money."""
    version: Any = body["version"]
    assert isinstance(version, int)
    assert body == {"ok": True, "version": version, "calls": calls, "waiting": waiting}
    assert "Ana" not in json.dumps(body)


def room(queue: Json, number: str) -> Json:
    [found] = [entry for entry in queue["rooms"] if entry["room_number"] == number]
    return dict(found)
