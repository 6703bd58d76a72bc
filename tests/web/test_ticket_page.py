"""The customer's own page behind the ticket's QR code."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.clients import Client, Json
from tests.support.lobby import Lobby
from tests.web.conftest import OpenLobby


class Customers:
    """Customers with tickets, and one therapist who calls them."""

    def __init__(self, lobby: Lobby) -> None:
        self.lobby = lobby
        self.kiosk = lobby.device("door")
        self.daemon = lobby.daemon()
        self.ana = lobby.person("ana")
        self.eva = lobby.person("eva")

    def confirm(self, variant: int) -> tuple[int, str]:
        """A new customer's id, and the token in the QR code of their ticket."""
        items = [{"service_classification_id": variant}]
        confirmed = self.kiosk.call("customer_confirm_selection", {"items": items})
        leased = self.daemon.call("print_lease", {"printer": "lobby", "roles": ["ticket"]})
        url = leased["job"]["document"]["status_url"]
        assert url.startswith("http")
        _, _, token = url.rpartition("/t/")
        assert len(token) >= 22, "128 bits that nobody guesses"
        return confirmed["transaction"]["id"], token

    def look(self, token: str) -> Json:
        answer = self.lobby.http().get(f"/api/t/{token}")
        assert answer.status_code == 200
        body: Json = answer.json()
        assert set(body) == {
            "ok",
            "version",
            "code",
            "status",
            "hold",
            "events",
            "people_before",
            "estimated_wait_minutes",
            "room_number",
            "items",
            "total_amount",
            "free_until",
        }
        assert body["ok"] is True
        return body


def do(who: Client, event: str, customer: int | None = None, **more: Any) -> None:
    payload = {"transaction_id": customer, **more} if customer else more
    answer = who.call(event, payload)
    assert answer["ok"] is True, answer


def shown(body: Json) -> tuple[str, int | None, int | None, str | None]:
    return (
        body["status"],
        body["people_before"],
        body["estimated_wait_minutes"],
        body["room_number"],
    )


def test_a_customer_follows_their_place_in_the_queue(open_lobby: OpenLobby) -> None:
    lobby = open_lobby()
    there = Customers(lobby)
    lobby.http(lobby.token("ben")).post("/therapist/logout")  # Ana works alone today.
    first, first_token = there.confirm(lobby.spa.swedish_60)
    _, second_token = there.confirm(lobby.spa.swedish_30)
    _, third_token = there.confirm(lobby.spa.swedish_30)

    assert shown(there.look(first_token)) == ("pending_therapist", 0, 0, None)
    assert shown(there.look(second_token)) == ("pending_therapist", 1, 60, None)
    assert shown(there.look(third_token)) == ("pending_therapist", 2, 90, None)
    assert [there.look(token)["code"] for token in (first_token, second_token)] == ["0001", "0002"]

    do(there.ana, "therapist_confirm_next")
    assert shown(there.look(first_token)) == ("therapist_confirmed", None, None, "1")
    assert shown(there.look(second_token)) == ("pending_therapist", 0, 60, None)
    do(there.ana, "therapist_start_service", first)
    assert shown(there.look(first_token)) == ("in_service", None, None, "1")
    do(there.ana, "therapist_finish_service", first)
    do(there.ana, "therapist_room_ready")
    assert there.look(first_token)["status"] == "finished"
    assert shown(there.look(second_token)) == ("pending_therapist", 0, 0, None)
    do(there.eva, "cashier_claim_next")
    do(there.eva, "cashier_pay", first, amount_paid=80, method="card")
    assert there.look(first_token)["status"] == "paid"


def tap(lobby: Lobby, token: str, event: str, **more: Any) -> tuple[int, Json]:
    answer = lobby.http().post(f"/api/t/{token}", json={"event": event, **more})
    return answer.status_code, answer.json()


def test_a_customer_steps_out_comes_back_and_leaves_by_the_tickets_secret(lobby: Lobby) -> None:
    there = Customers(lobby)
    first, token = there.confirm(lobby.spa.swedish_60)
    second, other = there.confirm(lobby.spa.swedish_30)
    assert there.look(token)["events"] == ["customer_step_out", "customer_leave"]
    status, out = tap(lobby, token, "customer_step_out", request_id="tap-1")
    assert (status, out["hold"], out["people_before"]) == (200, "stepped_out", None)
    assert tap(lobby, token, "customer_step_out", request_id="tap-1") == (200, out)
    status, again = tap(lobby, token, "customer_step_out")
    assert (status, again["code"]) == (409, "invalid_state")
    assert there.look(other)["people_before"] == 0
    called = there.ana.call("therapist_confirm_next")["transaction"]
    assert called["id"] == second
    status, back = tap(lobby, token, "customer_come_back")
    assert (status, back["hold"], back["people_before"]) == (200, None, 0)
    status, left = tap(lobby, token, "customer_leave")
    assert (status, left["status"], left["events"]) == (200, "cancelled", [])
    shown = lobby.http(lobby.token("gloria")).get(f"/api/transactions/{first}").json()
    assert [row["actor_role"] for row in shown["history"][-3:]] == ["customer"] * 3
    # She is free again for the other tests.
    assert there.ana.call("therapist_no_show", {"transaction_id": second})["ok"]


@pytest.mark.parametrize(
    ("token", "said", "status"),
    [
        ("x" * 22, {"event": "customer_leave"}, 404),
        ("é", {"event": "customer_leave"}, 404),
        (None, {"event": "manager_cancel"}, 400),
        (None, {"event": "therapist_no_show"}, 400),
        (None, {}, 400),
        (None, [], 400),
        (None, {"event": ["customer_leave"]}, 400),
        (None, {"event": "customer_leave", "request_id": "x" * 65}, 400),
    ],
)
def test_what_makes_no_sense_changes_nothing(
    lobby: Lobby, token: str | None, said: Any, status: int
) -> None:
    there = Customers(lobby)
    _, mine = there.confirm(lobby.spa.swedish_60)
    answer = lobby.http().post(f"/api/t/{token or mine}", json=said)
    assert (answer.status_code, answer.json()["ok"]) == (status, False)
    body = there.look(mine)
    assert (body["status"], body["hold"]) == ("pending_therapist", None)


def test_versions_only_grow(lobby: Lobby) -> None:
    there = Customers(lobby)
    _, token = there.confirm(lobby.spa.swedish_60)
    versions = [there.look(token)["version"] for _ in range(5)]
    assert versions == sorted(set(versions))


def test_nobody_on_duty_means_that_nobody_knows_how_long(lobby: Lobby) -> None:
    there = Customers(lobby)
    for username in ("ana", "ben"):
        lobby.http(lobby.token(username)).post("/therapist/logout", json={"everywhere": True})
    _, token = there.confirm(lobby.spa.swedish_60)
    assert there.look(token)["estimated_wait_minutes"] is None


@pytest.mark.parametrize(
    "token", ["x", "0001", "x" * 22, "x" * 2000, "%00", "%ED%A0%80", "..%2f..", "é", "😀", "'"]
)
def test_an_unknown_ticket_is_not_found(lobby: Lobby, token: str) -> None:
    answer = lobby.http().get(f"/api/t/{token}")
    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"
    page = lobby.http().get(f"/t/{token}", headers={"Accept": "text/html"})
    assert page.status_code in {200, 404}


def test_a_ticket_is_no_key_to_anything_else(lobby: Lobby) -> None:
    there = Customers(lobby)
    customer, token = there.confirm(lobby.spa.swedish_60)
    for path in (f"/api/transactions/{customer}", "/api/queue", "/api/board"):
        assert lobby.http(token).get(path).status_code == 401
    assert "Ana" not in str(there.look(token)), "no names"
