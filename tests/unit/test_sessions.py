"""The session cookie and clocks that are set."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from flask import Flask, session

from appliance.server.auth.sessions import Sessions


@pytest.fixture
def app() -> Flask:
    app = Flask("test")
    app.secret_key = "tests only"
    app.permanent_session_lifetime = timedelta(days=30)
    app.session_interface = Sessions()

    @app.get("/in")
    def log_in() -> str:
        session.permanent = True
        session["who"] = "ana"
        return ""

    @app.get("/who")
    def who() -> str:
        return str(session.get("who"))

    return app


@pytest.mark.parametrize("days", [-400, -1, 2, 400])
def test_setting_the_clock_ends_no_session(
    app: Flask, days: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = app.test_client()
    client.get("/in")
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + days * 86400)
    assert client.get("/who").text == "ana"


def test_the_browser_counts_the_cookies_days_itself(app: Flask) -> None:
    (cookie,) = app.test_client().get("/in").headers.getlist("Set-Cookie")
    assert f"Max-Age={30 * 86400}" in cookie


def test_a_cookie_that_is_not_ours_holds_nothing(app: Flask) -> None:
    client = app.test_client()
    client.get("/in")
    held = client.get_cookie("session")
    assert held is not None
    said, _, signature = held.value.rpartition(".")
    # Its end would not do: the last character of Base64 has bits that say nothing.
    other = ("a" if signature[0] != "a" else "b") + signature[1:]
    client.set_cookie("session", f"{said}.{other}")
    assert client.get("/who").text == "None"


def test_a_late_answer_does_not_bring_back_what_the_cookie_held_before(app: Flask) -> None:
    client = app.test_client()
    client.get("/in")
    assert client.get("/who").headers.getlist("Set-Cookie") == []


def test_a_cookie_that_is_used_is_sent_again_once_a_day(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = app.test_client()
    client.get("/in")
    real = time.time
    sent = []
    for hours in (1, 23, 25, 26, 48, 50):
        monkeypatch.setattr(time, "time", lambda hours=hours: real() + hours * 3600)
        sent.append(bool(client.get("/who").headers.getlist("Set-Cookie")))
    assert sent == [False, False, True, False, False, True]
