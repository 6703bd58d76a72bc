"""The daemon with simulated devices: the same parts, paper and buttons on a web page."""

from __future__ import annotations

import json
from typing import Any

from tests.integration.peripherals.conftest import ROOM_ENTRY
from tests.support.documents import ticket_job
from tests.support.fake_server import FakeServer

SIMULATED = (
    "[simulator]\nenabled = true\n"
    '[[printer]]\nname = "lobby"\nroles = ["ticket"]\nconnection = "simulator:lobby"\n'
    'profile = "TM-T20II"\n' + ROOM_ENTRY
)


def lobby(state: dict[str, Any]) -> dict[str, Any]:
    (printer,) = state["printers"]
    found: dict[str, Any] = printer
    return found


def test_paper_comes_out_on_the_page(server: FakeServer, start_simulated: Any) -> None:
    start_simulated(SIMULATED)
    server.wait("print_lease")
    server.add_job(ticket_job(1))
    server.wait("print_done")
    state = server.wait("simulator_state", where=lambda body: bool(lobby(body)["papers"]))
    assert "0042" in json.dumps(lobby(state)["papers"])


def test_paper_taken_out_on_the_page_is_reported_and_put_back_prints(
    server: FakeServer, start_simulated: Any
) -> None:
    start_simulated(SIMULATED)
    server.wait("print_lease")
    switch = {"action": "switch", "printer": "lobby", "switch": "paper_out"}
    server.push("simulator_action", {**switch, "on": True})
    server.wait("printer_status", where=lambda body: body["paper"] == "out")
    server.add_job(ticket_job(1))
    server.push("simulator_action", {**switch, "on": False})
    server.wait("print_done")


def test_a_button_pressed_on_the_page_is_a_press(server: FakeServer, start_simulated: Any) -> None:
    server.answers["button"] = lambda _: {"ok": True, "lamp": "on"}
    start_simulated(SIMULATED)
    server.wait("device_hello")
    server.wait("simulator_state")
    server.push("simulator_action", {"action": "button_down", "room_number": "1"})
    server.wait("simulator_state", where=lambda body: bool(body["rooms"][0]["pressed"]))
    server.push("simulator_action", {"action": "button_up", "room_number": "1"})
    assert server.wait("button")["gesture"] == "press"
    server.wait("simulator_state", where=lambda body: body["rooms"][0]["pattern"] == "on")


def test_the_page_is_told_everything_again_after_the_server_was_away(
    server: FakeServer, start_simulated: Any
) -> None:
    start_simulated(SIMULATED)
    server.wait("simulator_state")
    server.drop()
    server.wait("device_hello", count=2)
    count = len(server.said("simulator_state"))
    server.wait("simulator_state", count=count)
