"""A manager keeps people, rooms and devices over HTTP, as `protocol.md` has it."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
import requests

from appliance import notices
from appliance.card.screen import AS_BEFORE, WRONG
from appliance.notices import Notice, Sentence
from appliance.server.usecases.manager import machine
from appliance.server.wire import serialize
from tests.support.clients import Http, Json, refusal
from tests.support.lobby import Lobby
from tests.support.spa import PASSWORD
from tests.web.conftest import OpenLobby

PIN = "483920"
CODE = "validation_failed"


@pytest.fixture
def lobby(open_lobby: OpenLobby) -> Lobby:
    """A server of the test's own: people and rooms change here."""
    return open_lobby()


@pytest.fixture
def gloria(lobby: Lobby) -> Http:
    return lobby.http(lobby.token("gloria"))


def good(answer: requests.Response) -> Json:
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def refused(answer: requests.Response, status: int, code: str) -> str:
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    return str(answer.json()["error"])


def by_name(http: Http, what: str, key: str = "name") -> dict[str, Json]:
    return {entry[key]: entry for entry in good(http.get(f"/api/manager/{what}"))[what]}


def history(lobby: Lobby, event: str) -> list[Any]:
    """The details of the rows of this event."""
    return [row[-1] for row in lobby.rows()["history"] if row[2] == event]


# --- people -----------------------------------------------------------------------------------


def test_a_person_from_the_first_day_to_the_last(lobby: Lobby, gloria: Http) -> None:
    new = {
        "role": "therapist",
        "username": "carmen",
        "name": "Carmen",
        "password": PASSWORD,
        "room_number": "1",
        "gender": "woman",
        "commission_percent": "12.5",
        "request_id": "add carmen",
    }
    added = good(gloria.post("/api/manager/staff", json=new))
    carmen = added["person"]
    assert (carmen["gender"], carmen["commission_percent"]) == ("woman", 12.5)
    assert good(gloria.post("/api/manager/staff", json=new)) == added, "a repeat adds nobody"
    refused(gloria.post("/api/manager/staff", json=new | {"request_id": "2"}), 409, "invalid_state")
    path = f"/api/manager/staff/{carmen['id']}"

    changed = {"name": "Carmen Díaz", "username": "carmen.d", "room_number": "2", "gender": None}
    after = good(gloria.patch(path, json=changed | {"request_id": "marry"}))["person"]
    assert {name: after[name] for name in changed} == changed
    assert by_name(gloria, "staff")["Carmen Díaz"] == after
    assert history(lobby, "staff_changed") == [
        {
            "person": carmen["id"],
            "username": "carmen",
            "before": {"name": "Carmen", "username": "carmen", "gender": "woman"},
            "after": {"name": "Carmen Díaz", "username": "carmen.d", "gender": None},
        }
    ]

    her = lobby.http()
    log_in = {"username": "carmen.d", "password": PASSWORD}
    assert her.post("/therapist/login", json=log_in).status_code == 200
    good(gloria.post(f"{path}/revoke", json={}))
    refused(her.get("/therapist/me"), 401, "authentication_required")
    good(gloria.post(f"{path}/password", json={"password": "other water 8"}))
    refused(her.post("/therapist/login", json=log_in), 401, "invalid_credentials")
    assert good(gloria.patch(path, json={"disabled": True}))["person"]["disabled"] is True
    log_in["password"] = "other water 8"
    refused(her.post("/therapist/login", json=log_in), 401, "invalid_credentials")
    assert good(gloria.patch(path, json={"disabled": False}))["person"]["disabled"] is False
    assert her.post("/therapist/login", json=log_in).status_code == 200


def test_what_cannot_be_done_with_people_changes_nothing(lobby: Lobby, gloria: Http) -> None:
    people = by_name(gloria, "staff", "username")
    ana, eva, me = (f"/api/manager/staff/{people[who]['id']}" for who in ("ana", "eva", "gloria"))
    before = lobby.rows()
    taken = refused(gloria.patch(ana, json={"username": "BEN"}), 409, "invalid_state")
    assert taken == "The username BEN is taken."
    refused(gloria.patch(ana, json={"room_number": "9"}), 404, "not_found")
    refused(gloria.patch(eva, json={"room_number": "1"}), 400, "validation_failed")
    only = refused(gloria.patch(me, json={"disabled": True}), 409, "invalid_state")
    assert only == "The last manager cannot be disabled. Add another one first."
    refused(gloria.patch("/api/manager/staff/999", json={"name": "X"}), 404, "not_found")
    for bad in (
        {"name": " "},
        {"name": "x" * 121},
        {"name": "two\nlines"},
        {"name": "\ud800"},
        {"username": "a b"},
        {"gender": "other"},
        {"disabled": "yes"},
        {"commission_percent": 100.1},
        {"commission_percent": -1},
        {"commission_percent": "1e1"},
        {"request_id": "x" * 65, "name": "Ana"},
        {"expected": 7},
    ):
        refused(gloria.patch(ana, json=bad), 400, "validation_failed")
    for percent in (-1, "1e1", 100.1, "a lot"):
        said = refused(gloria.patch(ana, json={"commission_percent": percent}), 400, CODE)
        assert said == "Commission must be 0–100 percent.", "as the screens translate it"
    for pin in ("123", "1" * 11, "12a4", "１２3a", 1234, None):
        refused(gloria.post(f"{me}/pin", json={"pin": pin}), 400, "validation_failed")
    refused(gloria.post(f"{ana}/password", json={"password": "short"}), 400, "validation_failed")
    assert lobby.rows() == before


def test_two_managers_change_one_person(lobby: Lobby, gloria: Http) -> None:
    ana = by_name(gloria, "staff")["Ana"]
    path = f"/api/manager/staff/{ana['id']}"
    seen = {"expected": {"name": "Ana", "commission_percent": None}}
    good(gloria.patch(path, json={"commission_percent": 10, **seen}))
    said = refused(
        gloria.patch(path, json={"commission_percent": 20, **seen}), 409, "invalid_state"
    )
    assert "10" in said, "the second sees the first's change"
    assert by_name(gloria, "staff")["Ana"]["commission_percent"] == 10


def test_one_name_for_two_at_once(lobby: Lobby) -> None:
    token = lobby.token("gloria")
    barrier, answers = threading.Barrier(4), []

    def add(number: int) -> None:
        http = lobby.http(token)
        barrier.wait()
        new = {"role": "cashier", "username": "twin", "name": f"T{number}", "password": PASSWORD}
        answers.append(http.post("/api/manager/staff", json=new))

    threads = [threading.Thread(target=add, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]


def test_a_pin_approves_at_the_desk_and_is_kept_as_a_hash(lobby: Lobby, gloria: Http) -> None:
    me = by_name(gloria, "staff")["Gloria"]
    assert me["has_pin"] is False
    body = {"pin": PIN, "request_id": "my pin"}
    set_ = good(gloria.post(f"/api/manager/staff/{me['id']}/pin", json=body))
    assert set_["person"]["has_pin"] is True
    assert PIN not in str(lobby.rows())

    kiosk, ana, eva = lobby.device("door"), lobby.person("ana"), lobby.person("eva")
    items = {"items": [{"service_classification_id": lobby.spa.swedish_30}]}
    on = {
        "transaction_id": kiosk.call("customer_confirm_selection", items)["transaction"]["id"],
    }
    for client, event in (
        (ana, "therapist_confirm_next"),
        (ana, "therapist_start_service"),
        (ana, "therapist_finish_service"),
        (eva, "cashier_claim_next"),
    ):
        assert client.call(event, on)["ok"]
    half = on | {"kind": "percent_off", "value": 50, "reason": "The heating was off"}
    assert eva.call("cashier_adjust", half)["code"] == "approval_required"
    wrong = half | {"approval": {"username": "gloria", "pin": "000000"}}
    assert eva.call("cashier_adjust", wrong)["code"] == "invalid_credentials"
    right = half | {"approval": {"username": "gloria", "pin": PIN}}
    assert eva.call("cashier_adjust", right)["transaction"]["total_amount"] == 25


def test_a_pin_is_the_same_on_every_keyboard(lobby: Lobby, gloria: Http) -> None:
    me = by_name(gloria, "staff")["Gloria"]
    good(gloria.post(f"/api/manager/staff/{me['id']}/pin", json={"pin": "٤٨٣٩٢٠"}))
    eva = lobby.person("eva")
    nobody = {"transaction_id": 10**9, "kind": "percent_off", "value": 50, "reason": "because"}
    for typed in ("483920", "４８３９２０", "٤٨٣٩٢٠", " 483920 "):
        approved = nobody | {"approval": {"username": "gloria", "pin": typed}}
        assert eva.call("cashier_adjust", approved)["code"] == "not_found", "the PIN is right"


# --- rooms ------------------------------------------------------------------------------------


def test_a_room_keeps_its_people_and_its_customer_when_it_is_renamed(
    lobby: Lobby, gloria: Http
) -> None:
    room = by_name(gloria, "rooms", "room_number")["1"]
    assert room["therapists"] == ["Ana"]
    path = f"/api/manager/rooms/{room['id']}"
    ana = lobby.person("ana")
    items = {"items": [{"service_classification_id": lobby.spa.swedish_30}]}
    visit = lobby.device("door").call("customer_confirm_selection", items)["transaction"]
    assert ana.call("therapist_confirm_next", {})["transaction"]["room_number"] == "1"
    refused(gloria.delete(path), 409, "invalid_state")
    taken = refused(gloria.patch(path, json={"room_number": "2"}), 409, "invalid_state")
    assert taken == "Room 2 already exists."

    renamed = good(gloria.patch(path, json={"room_number": "蓮"}))["room"]
    assert (renamed["room_number"], renamed["status"]) == ("蓮", "occupied")
    shown = good(gloria.get(f"/api/transactions/{visit['id']}"))["transaction"]
    assert shown["room_number"] == "蓮"
    on = {"transaction_id": visit["id"]}
    assert ana.call("therapist_start_service", on)["ok"]
    assert ana.call("therapist_finish_service", on)["ok"]
    assert ana.call("therapist_room_ready", {})["room"]["room_number"] == "蓮"
    assert history(lobby, "room_renamed")[0]["before"] == {"room_number": "1"}


def test_the_second_of_two_managers_sees_the_first_s_name_of_a_room(
    lobby: Lobby, gloria: Http
) -> None:
    path = f"/api/manager/rooms/{by_name(gloria, 'rooms', 'room_number')['2']['id']}"
    seen = {"expected": {"room_number": "2"}}
    good(gloria.patch(path, json={"room_number": "Garden room", **seen}))
    said = refused(gloria.patch(path, json={"room_number": "Lotus", **seen}), 409, "invalid_state")
    assert "Garden room" in said
    seen = {"expected": {"room_number": "Garden room"}}
    good(gloria.patch(path, json={"room_number": "Lotus", **seen}))
    refused(gloria.patch(path, json={**seen}), 400, "validation_failed")
    assert set(by_name(gloria, "rooms", "room_number")) == {"1", "Lotus"}


def test_a_manager_marks_a_room_ready(lobby: Lobby, gloria: Http) -> None:
    good(gloria.post("/api/manager/rooms", json={"room_number": "Garden room"}))
    ana, manager = lobby.person("ana"), lobby.person("gloria")
    items = {"items": [{"service_classification_id": lobby.spa.swedish_30}]}
    lobby.device("door").call("customer_confirm_selection", items)
    on = {"transaction_id": ana.call("therapist_confirm_next", {})["transaction"]["id"]}
    assert ana.call("therapist_start_service", on)["ok"]
    assert ana.call("therapist_change_room", on | {"room_number": "Garden room"})["ok"]
    left = {"room_number": "1"}
    inside = manager.call("manager_room_ready", {"room_number": "Garden room"})
    assert inside["error"] == "Garden room is occupied. Finish the service first."
    assert manager.call("manager_room_ready", {"room_number": "9"})["code"] == "not_found"
    assert manager.call("manager_room_ready", {})["code"] == "validation_failed"
    assert ana.call("manager_room_ready", left)["code"] == "forbidden"
    room = manager.call("manager_room_ready", left)["room"]
    assert (room["room_number"], room["status"], room["therapist"]) == ("1", "available", None)
    assert lobby.person("ben").call("therapist_room_ready", left)["ok"], "said twice it still is"
    assert history(lobby, "therapist_room_ready") == [left]


def test_a_room_that_nobody_needs_goes(lobby: Lobby, gloria: Http) -> None:
    added = good(gloria.post("/api/manager/rooms", json={"room_number": " VIP "}))["room"]
    assert added["room_number"] == "VIP"
    garden = good(gloria.post("/api/manager/rooms", json={"room_number": "Garden room"}))["room"]
    good(gloria.delete(f"/api/manager/rooms/{garden['id']}"))
    refused(gloria.post("/api/manager/rooms", json={"room_number": "VIP"}), 409, "invalid_state")
    path = f"/api/manager/rooms/{added['id']}"
    ana = f"/api/manager/staff/{by_name(gloria, 'staff')['Ana']['id']}"
    good(gloria.patch(ana, json={"room_number": "VIP"}))
    assert "Ana" in refused(gloria.delete(path), 409, "invalid_state")
    good(gloria.patch(ana, json={"room_number": "1"}))
    once = {"request_id": "away with it"}
    gone = good(gloria.delete(path, json=once))
    assert good(gloria.delete(path, json=once)) == gone
    refused(gloria.delete(path), 404, "not_found")
    assert set(by_name(gloria, "rooms", "room_number")) == {"1", "2"}
    for bad in ("", " ", "two\nlines", "x" * 21, 7, None):
        answer = gloria.post("/api/manager/rooms", json={"room_number": bad})
        refused(answer, 400, "validation_failed")


# --- the machine ------------------------------------------------------------------------------


def test_a_manager_sees_how_the_machine_is(gloria: Http) -> None:
    found = good(gloria.get("/api/manager/machine"))
    assert found["release"]
    assert [fact for fact in found["facts"] if "GB are free" in fact["sentences"][0]]


def test_what_has_to_be_done_stands_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "notice.json"
    monkeypatch.setattr(notices, "FILES", (file,))
    said = (Sentence(WRONG), Sentence("Line 4: a tab."), Sentence(AS_BEFORE))
    file.write_text(Notice("ja", said).text())
    found = serialize.machine(machine.look())
    assert found.facts[0].level == "warning"
    assert found.facts[0].sentences == [WRONG, "Line 4: a tab.", AS_BEFORE]
    file.unlink()
    assert WRONG not in serialize.machine(machine.look()).facts[0].sentences


# --- devices ----------------------------------------------------------------------------------


def test_a_device_is_enrolled_and_revoked(lobby: Lobby, gloria: Http) -> None:
    new = {"kind": "display", "name": "bar", "request_id": "a board at the bar"}
    added = good(gloria.post("/api/manager/devices", json=new))
    token = added["token"]
    assert good(gloria.post("/api/manager/devices", json=new)) == added, "also its token"
    code = added["enrol_url"].partition("/enroll#")[2]
    for secret in (token, code):
        assert secret not in str(lobby.rows()), "it is told, and kept nowhere"
    tablet = lobby.http()
    assert good(tablet.post("/devices/session", json={"token": code}))["device"]["name"] == "bar"
    again = lobby.http().post("/devices/session", json={"token": code})
    refused(again, 401, "invalid_credentials")
    other = gloria.post("/api/manager/devices", json=new | {"request_id": "another"})
    refused(other, 409, "invalid_state")
    for bad in ({"kind": "manager"}, {"name": "a b"}, {"name": ""}):
        refused(gloria.post("/api/manager/devices", json=new | bad), 400, "validation_failed")

    board = lobby.connect({"device_token": token})
    board.wait_for("board_updated")
    listed = by_name(gloria, "devices")["bar"]
    assert listed == added["device"] | {"browsers": 1}
    gone = good(gloria.delete(f"/api/manager/devices/{listed['id']}"))["device"]
    assert gone["revoked"] is True
    board.wait_for("identity_revoked")
    assert refusal(lobby.base_url, {"device_token": token})["code"] == "invalid_credentials"
    refused(gloria.delete("/api/manager/devices/999"), 404, "not_found")
    link = f"/api/manager/devices/{listed['id']}/link"
    assert "revoked" in refused(gloria.post(link, json={}), 409, "invalid_state")
    daemon = good(gloria.post("/api/manager/devices", json={"kind": "peripherals", "name": "pi2"}))
    assert (daemon["enrol_url"], daemon["enrol_qr"]) == (None, None)
    assert daemon["station_code"] is None, "no certificate vouches for this server"
    link = f"/api/manager/devices/{daemon['device']['id']}/link"
    refused(gloria.post(link, json={}), 400, "validation_failed")


def test_a_device_gets_another_link(lobby: Lobby, gloria: Http) -> None:
    door = by_name(gloria, "devices")["door"]
    path = f"/api/manager/devices/{door['id']}/link"
    first = good(gloria.post(path, json={"request_id": "1"}))
    assert good(gloria.post(path, json={"request_id": "1"})) == first
    second = good(gloria.post(path, json={"request_id": "2"}))
    assert second["enrol_url"] != first["enrol_url"]
    assert second["enrol_qr"].startswith("<svg")
    codes = [each["enrol_url"].partition("/enroll#")[2] for each in (first, second)]
    assert not any(code in str(lobby.rows()) for code in codes)
    ended = lobby.http().post("/devices/session", json={"token": codes[0]})
    refused(ended, 401, "invalid_credentials")
    assert good(lobby.http().post("/devices/session", json={"token": codes[1]}))["ok"]
    assert by_name(gloria, "devices")["door"]["browsers"] == 1
    refused(gloria.post("/api/manager/devices/999/link", json={}), 404, "not_found")
