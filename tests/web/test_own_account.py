"""Everybody changes their own password and language, and a manager their own PIN."""

from __future__ import annotations

import re

import pytest
import requests

from tests.support import still_throttle
from tests.support.clients import Http
from tests.support.lobby import Lobby
from tests.support.spa import PASSWORD
from tests.web.conftest import OpenLobby

OTHER = "other water 8"
STAFF = [("ana", "therapist"), ("eva", "cashier"), ("gloria", "manager")]


@pytest.fixture
def lobby(open_lobby: OpenLobby) -> Lobby:
    """A server of the test's own: passwords change here."""
    return open_lobby(**still_throttle.IN_A_SERVER)


def code(answer: requests.Response) -> tuple[int, str | None]:
    return answer.status_code, answer.json().get("code")


def log_in(lobby: Lobby, role: str, username: str, password: str) -> requests.Response:
    return lobby.http().post(f"/{role}/login", json={"username": username, "password": password})


def test_a_new_password_ends_the_other_log_ins(lobby: Lobby) -> None:
    for username, role in STAFF:
        changes_password(lobby, username, role)
    for secret in (PASSWORD, OTHER):
        assert secret not in str(lobby.rows())
    changed = [row for row in lobby.rows()["history"] if row[2] == "password_changed"]
    assert len(changed) == len(STAFF)


def changes_password(lobby: Lobby, username: str, role: str) -> None:
    desk, phone = lobby.http(lobby.token(username)), lobby.http(lobby.token(username))
    screen = lobby.person(username)
    path = f"/{role}/password"
    wrong = {"password": OTHER, "current_password": "a guess at it"}
    assert code(desk.post(path, json=wrong)) == (401, "invalid_credentials")
    short = {"password": "short", "current_password": PASSWORD}
    assert code(desk.post(path, json=short)) == (400, "validation_failed")
    assert code(desk.post(path, json={"password": OTHER})) == (400, "validation_failed")
    assert log_in(lobby, role, username, PASSWORD).status_code == 200, "nothing has changed"

    right = {"password": OTHER, "current_password": PASSWORD, "request_id": "once"}
    assert desk.post(path, json=right).json() == {"ok": True}
    assert desk.post(path, json=right).json() == {"ok": True}, "a lost answer is told again"
    assert desk.get(f"/{role}/me").status_code == 200, "who asks stays logged in"
    assert code(phone.get(f"/{role}/me")) == (401, "authentication_required")
    screen.wait_for("identity_revoked")
    assert log_in(lobby, role, username, PASSWORD).status_code == 401
    assert log_in(lobby, role, username, OTHER).status_code == 200


def test_guesses_at_a_screen_that_was_left_alone_are_slowed_down(lobby: Lobby) -> None:
    left = lobby.http(lobby.token("ana"))
    guess = {"password": OTHER, "current_password": "a guess at it"}
    codes = [code(left.post("/therapist/password", json=guess))[1] for _ in range(12)]
    assert codes[:10] == ["invalid_credentials"] * 10
    assert codes[-1] == "too_many_attempts"
    assert log_in(lobby, "therapist", "ana", PASSWORD).status_code == 200, "the door stays open"
    noted = {row[2] for row in lobby.rows()["history"]}
    assert "password_check_failed" in noted


def test_a_manager_sets_a_pin_of_her_own(lobby: Lobby) -> None:
    gloria = lobby.http(lobby.token("gloria"))
    assert not pin_is_set(gloria)
    body = {"pin": "483920", "current_password": "a guess at it"}
    assert code(gloria.post("/manager/pin", json=body)) == (401, "invalid_credentials")
    odd = {"pin": "12", "current_password": PASSWORD}
    assert code(gloria.post("/manager/pin", json=odd)) == (400, "validation_failed")
    assert not pin_is_set(gloria)
    right = body | {"current_password": PASSWORD}
    assert gloria.post("/manager/pin", json=right).json() == {"ok": True}
    assert pin_is_set(gloria)


def pin_is_set(manager: Http) -> bool:
    staff = manager.get("/api/manager/staff").json()["staff"]
    return bool(next(each["has_pin"] for each in staff if each["username"] == "gloria"))


def test_a_language_stays_with_the_person_on_every_device(lobby: Lobby) -> None:
    for username, role in STAFF:
        chosen_at, elsewhere = browser(lobby, role, username), browser(lobby, role, username)
        assert spoken(chosen_at, role) == "en"
        odd = chosen_at.post(f"/{role}/language", json={"language": "xx"})
        assert code(odd) == (400, "validation_failed")
        assert spoken(elsewhere, role) == "en"
        asked = {"language": "ja", "request_id": f"{username} once"}
        for _ in range(2):
            assert chosen_at.post(f"/{role}/language", json=asked).json() == {"ok": True}
        # The other device's own choice is for its log-in page, and for who has chosen nothing.
        elsewhere.cookies.set("appliance_language_staff", "es")
        assert (spoken(elsewhere, role), log_in_page(elsewhere, role)) == ("ja", "es")
        assert log_in_page(chosen_at, role) == "en"
    ben = browser(lobby, "therapist", "ben")
    ben.cookies.set("appliance_language_staff", "es")
    assert spoken(ben, "therapist") == "es"


def browser(lobby: Lobby, role: str, username: str) -> Http:
    """A device at which somebody has logged in."""
    http = lobby.http()
    answer = http.post(f"/{role}/login", json={"username": username, "password": PASSWORD})
    assert answer.status_code == 200
    page = http.get(f"/{role}/dashboard", headers={"Accept": "text/html"}).text
    found = re.search(r'"csrf_token": *"([^"]+)"', page)
    assert found, page
    http.headers["X-CSRFToken"] = found[1]
    return http


def spoken(http: Http, role: str) -> str:
    """In which language a page of theirs speaks."""
    return language_in(http.get(f"/{role}/dashboard", headers={"Accept": "text/html"}).text)


def log_in_page(http: Http, role: str) -> str:
    return language_in(http.get(f"/{role}/login", headers={"Accept": "text/html"}).text)


def language_in(page: str) -> str:
    found = re.search(r'<html[^>]* lang="([a-z]+)"', page)
    assert found, page[:500]
    return found[1]
