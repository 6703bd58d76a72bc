"""What staff do about paper that does not come, over the wire."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.clients import Client
from tests.support.lobby import Lobby

Json = dict[str, Any]


def connect_printers(lobby: Lobby) -> Client:
    daemon = lobby.daemon()
    printers = [
        {"name": "lobby", "roles": ["ticket"]},
        {"name": "desk", "roles": ["receipt"], "fallback_roles": ["ticket"]},
    ]
    assert daemon.call("device_hello", {"name": "pi", "printers": printers, "rooms": []})["ok"]
    return daemon


@pytest.fixture(autouse=True)
def nothing_owed(lobby: Lobby) -> None:
    """Whatever an earlier test has left is printed."""
    daemon = connect_printers(lobby)
    while job := lease(daemon, "lobby", "ticket", "receipt") or lease(daemon, "desk", "ticket"):
        daemon.call("print_done", {"id": job["id"], "lease": job["lease"]})
    daemon.close()


def confirm(lobby: Lobby) -> Json:
    items = [{"service_classification_id": lobby.spa.swedish_60}]
    answer = lobby.device("door").call("customer_confirm_selection", {"items": items})
    return dict(answer["transaction"])


def owed(screen: Client, customer: Json) -> Json:
    body = screen.wait_for(
        "devices_updated",
        lambda body: any(job["transaction_id"] == customer["id"] for job in body["jobs"]),
    )
    return next(job for job in body["jobs"] if job["transaction_id"] == customer["id"])


def lease(daemon: Client, printer: str, *roles: str) -> Json | None:
    job: Json | None = daemon.call("print_lease", {"printer": printer, "roles": list(roles)})["job"]
    return job


def test_a_cashier_moves_a_ticket_drops_it_and_prints_one_again(lobby: Lobby) -> None:
    daemon, eva = connect_printers(lobby), lobby.person("eva")
    customer = confirm(lobby)
    job = owed(eva, customer)
    assert (job["kind"], job["state"], job["code"]) == ("ticket", "waiting", customer["code"])

    moved = eva.ask(
        "print_job_move", "print_job_move_result", {"job_id": job["id"], "printer": "desk"}
    )
    assert moved["ok"], moved
    assert moved["job"]["printer"] == "desk"
    assert lease(daemon, "lobby", "ticket") is None
    leased = lease(daemon, "desk", "receipt")
    assert leased is not None
    assert daemon.call("print_done", {"id": leased["id"], "lease": leased["lease"]})["ok"]

    again = eva.ask("print_job_reprint", "print_job_reprint_result", {"job_id": job["id"]})
    assert again["job"]["copy"] is True
    dropped = eva.ask(
        "print_job_drop",
        "print_job_drop_result",
        {"job_id": again["job"]["id"], "reason": "the customer has found it"},
    )
    assert dropped["job"]["state"] == "dropped"
    assert lease(daemon, "lobby", "ticket") is None
    eva.wait_for("devices_updated", lambda body: body["jobs"] == [])
    assert eva.call("print_job_drop", {"job_id": job["id"]})["code"] == "validation_failed"


def test_a_request_that_is_repeated_prints_one_copy(lobby: Lobby) -> None:
    daemon, gloria = connect_printers(lobby), lobby.person("gloria")
    customer = confirm(lobby)
    job = owed(gloria, customer)
    leased = lease(daemon, "lobby", "ticket")
    assert leased is not None
    daemon.call("print_done", {"id": leased["id"], "lease": leased["lease"]})
    wish = {"job_id": job["id"], "request_id": "once"}
    assert gloria.call("print_job_reprint", wish) == gloria.call("print_job_reprint", wish)
    assert lease(daemon, "lobby", "ticket") is not None
    assert lease(daemon, "lobby", "ticket") is None


def test_a_visit_tells_of_its_papers(lobby: Lobby) -> None:
    eva = lobby.person("eva")
    customer = confirm(lobby)
    owed(eva, customer)
    http = lobby.http(lobby.token("gloria"))
    body = http.get(f"/api/transactions/{customer['id']}").json()
    assert [(job["kind"], job["state"]) for job in body["print_jobs"]] == [("ticket", "waiting")]


def test_trouble_of_a_printer_is_told_to_kiosk_and_cashier_and_goes_away(lobby: Lobby) -> None:
    daemon = connect_printers(lobby)
    screens = [lobby.device("door"), lobby.person("eva")]

    def say(paper: str) -> None:
        status = {"printer": "lobby", "online": True, "paper": paper, "cover_open": False}
        assert daemon.call("printer_status", status)["ok"]

    def problem(body: Json) -> str | None:
        found: str | None = next(p["problem"] for p in body["printers"] if p["name"] == "lobby")
        return found

    say("out")
    for screen in screens:
        screen.wait_for(
            "devices_updated",
            lambda body: bool(body["printers"]) and problem(body) == "Lobby printer: out of paper",
        )
    say("ok")
    for screen in screens:
        screen.wait_for(
            "devices_updated", lambda body: bool(body["printers"]) and problem(body) is None
        )
