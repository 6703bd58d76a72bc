"""Logging in over HTTP: guesses are slowed down, and the right person still comes in."""

from __future__ import annotations

import pytest

from appliance.server.auth.throttle import ADDRESS, PERSON
from tests.security.conftest import OpenLobby
from tests.support import still_throttle
from tests.support.clients import Http, Json
from tests.support.lobby import ROLES, Lobby
from tests.support.raw import post
from tests.support.spa import PASSWORD


def attempt(http: Http, username: str, password: str = "a wrong guess") -> Json:
    role = ROLES.get(username, "cashier")
    answer = http.post(f"/{role}/login", json={"username": username, "password": password})
    body = dict(answer.json())
    if answer.status_code == 429:
        assert body["code"] == "too_many_attempts"
        assert int(answer.headers["Retry-After"]) == body["retry_after"] >= 1
    return body | {"status": answer.status_code}


def guess_until_paused(lobby: Lobby, username: str) -> int:
    for number in range(1, 100):
        if attempt(lobby.http(), username)["status"] == 429:
            return number
    raise AssertionError("nobody has slowed the guessing down")


@pytest.mark.parametrize("spelling", [str, str.upper])
def test_guesses_at_one_person_are_slowed_down_however_the_name_is_spelled(
    open_lobby: OpenLobby, spelling: type[str]
) -> None:
    lobby = open_lobby(**still_throttle.IN_A_SERVER)
    at_the_tablet = lobby.http()
    lobby.log_in("eva", at_the_tablet)
    for _ in range(PERSON.free + 1):
        http = lobby.http()
        http.post("/cashier/login", json={"username": spelling("eva"), "password": "wrong"})
    assert attempt(lobby.http(), "eva")["status"] == 429
    assert attempt(lobby.http(), "eva", PASSWORD)["status"] == 429, "not even looked at"
    assert attempt(at_the_tablet, "eva", PASSWORD)["status"] == 200, "a known browser still works"
    assert attempt(lobby.http(), "felix", PASSWORD)["status"] == 200, "and so does everybody else"


def test_a_right_password_starts_the_count_over(open_lobby: OpenLobby) -> None:
    lobby = open_lobby(**still_throttle.IN_A_SERVER)
    for _ in range(2):
        for _ in range(PERSON.free - 1):
            assert attempt(lobby.http(), "ben")["status"] == 401
        assert attempt(lobby.http(), "ben", PASSWORD)["status"] == 200


def test_one_device_that_guesses_keeps_nobody_out_of_a_new_browser(open_lobby: OpenLobby) -> None:
    lobby = open_lobby(**still_throttle.IN_A_SERVER)
    port = lobby.server.port
    guesses = {"username": "eva", "password": "a wrong guess"}
    statuses = [post(port, "/cashier/login", guesses, "127.0.0.9")[0] for _ in range(40)]
    assert statuses[: PERSON.free] == [401] * PERSON.free
    assert statuses[-1] == 429
    assert attempt(lobby.http(), "eva", PASSWORD)["status"] == 200


def test_guesses_at_names_from_one_address_are_slowed_down(open_lobby: OpenLobby) -> None:
    lobby = open_lobby(**still_throttle.IN_A_SERVER)
    at_the_tablet = lobby.http()
    lobby.log_in("eva", at_the_tablet)
    answers = [
        attempt(lobby.http(), f"nobody{number}")["status"] for number in range(ADDRESS.free + 2)
    ]
    assert answers[: ADDRESS.free - 1] == [401] * (ADDRESS.free - 1)
    assert answers[-1] == 429
    assert attempt(lobby.http(), "felix", PASSWORD)["status"] == 429
    assert attempt(at_the_tablet, "eva", PASSWORD)["status"] == 200


def test_a_browser_is_known_only_to_those_who_logged_in_there(open_lobby: OpenLobby) -> None:
    lobby = open_lobby(**still_throttle.IN_A_SERVER)
    evas = lobby.http()
    lobby.log_in("eva", evas)
    guess_until_paused(lobby, "felix")
    assert attempt(evas, "felix", PASSWORD)["status"] == 429
    assert attempt(evas, "eva", PASSWORD)["status"] == 200


def test_the_cookie_that_makes_a_browser_known_cannot_be_made_up(open_lobby: OpenLobby) -> None:
    lobby = open_lobby(**still_throttle.IN_A_SERVER)
    guess_until_paused(lobby, "eva")
    forged = lobby.http()
    forged.cookies.set("appliance_session", "eyJrbm93biI6eyJpZCI6IngiLCJwZW9wbGUiOlszXX19.x.y")
    assert attempt(forged, "eva", PASSWORD)["status"] == 429


def test_the_history_tells_of_guesses_and_keeps_no_secret(open_lobby: OpenLobby) -> None:
    lobby = open_lobby(**still_throttle.IN_A_SERVER)
    typed_into_the_wrong_field = "my secret pass phrase"
    attempt(lobby.http(), typed_into_the_wrong_field, "eva")
    guess_until_paused(lobby, "eva")
    rows = lobby.rows()["history"]
    text = repr(rows)
    assert "log_in_failed" in text
    assert "log_in_paused" in text
    assert "127.0.0.1" in text
    assert "eva at cashier" in text
    assert "unknown at cashier" in text
    for secret in (typed_into_the_wrong_field, PASSWORD, "a wrong guess"):
        assert secret not in text
    assert len([row for row in rows if "log_in_failed" in row]) <= 3, "a flood is a few rows"
