"""What a browser is given: cookies that scripts and other sites cannot use, headers, ways back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.test import Client as Browser

from appliance.server.app import create_app
from appliance.server.auth.sessions import same_site
from appliance.server.config import Settings
from tests.support.mariadb import PrivateMariaDB
from tests.support.spa import PASSWORD, Spa

PROXY, STRANGER = "192.0.2.1", "192.0.2.99"


@pytest.fixture
def flask(monkeypatch: pytest.MonkeyPatch, mariadb: PrivateMariaDB, spa: Spa) -> Iterator[Any]:
    settings = mariadb.environment("lobby_test") | {
        "TRUSTED_PROXIES": PROXY,
        "FLASK_SECRET_KEY": "of the tests",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    made = create_app(Settings.from_environment())
    yield made.flask
    made.store.database.dispose()


def log_in(flask: Any, peer: str, **headers: str) -> tuple[Browser, list[str]]:
    browser = flask.test_client()
    answer = browser.post(
        "/cashier/login",
        json={"username": "eva", "password": PASSWORD},
        headers=headers,
        environ_base={"REMOTE_ADDR": peer},
    )
    assert answer.status_code == 200, answer.text
    return browser, answer.headers.getlist("Set-Cookie")


def test_over_tls_the_cookie_is_secure(flask: Any) -> None:
    _, [cookie] = log_in(flask, PROXY, **{"X-Forwarded-Proto": "https"})
    for attribute in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
        assert attribute in cookie
    assert "Domain=" not in cookie


def test_on_the_machine_itself_it_need_not_be(flask: Any) -> None:
    _, [cookie] = log_in(flask, "127.0.0.1")
    assert "Secure" not in cookie
    assert "HttpOnly" in cookie


def test_only_a_trusted_proxy_may_say_that_it_was_tls(flask: Any) -> None:
    _, [cookie] = log_in(flask, STRANGER, **{"X-Forwarded-Proto": "https"})
    assert "Secure" not in cookie


def test_a_devices_cookie_is_strict_and_secure(flask: Any, spa: Spa) -> None:
    answer = flask.test_client().post(
        "/devices/session",
        json={"token": spa.device_tokens["lobby"]},
        headers={"X-Forwarded-Proto": "https"},
        environ_base={"REMOTE_ADDR": PROXY},
    )
    [cookie] = answer.headers.getlist("Set-Cookie")
    for attribute in ("Secure", "HttpOnly", "SameSite=Strict"):
        assert attribute in cookie


def test_a_session_from_before_the_log_in_is_worth_nothing_after_it(flask: Any) -> None:
    """One who puts a session into another's browser does not share their log-in."""
    browser = flask.test_client()
    browser.get("/kiosk")
    planted = browser.get_cookie("appliance_session").value
    browser.post("/cashier/login", json={"username": "eva", "password": PASSWORD})
    attacker = flask.test_client()
    attacker.set_cookie("appliance_session", planted)
    assert browser.get("/cashier/me").status_code == 200
    assert attacker.get("/cashier/me").status_code == 401


def test_a_session_that_we_have_not_signed_is_none(flask: Any) -> None:
    browser, _ = log_in(flask, "127.0.0.1")
    value = browser.get_cookie("appliance_session").value  # type: ignore[union-attr]
    payload, _, signature = value.rpartition(".")
    forged = flask.test_client()
    for strange in (f"{payload}.{signature[::-1]}", payload, "", "x", value[:-1]):
        forged.set_cookie("appliance_session", strange)
        assert forged.get("/cashier/me").status_code == 401


@pytest.mark.parametrize("path", ["/kiosk", "/cashier/login", "/livez", "/nothing", "/api/queue"])
def test_every_answer_has_the_safe_headers(flask: Any, path: str) -> None:
    headers = flask.test_client().get(path).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "path", ["/cashier/dashboard", "/cashier/dashboard?day=2026-11-22", "/t/abc#x", "/"]
)
def test_after_the_log_in_somebody_goes_on_where_they_were(flask: Any, path: str) -> None:
    assert same_site(path) == path
    page = flask.test_client().get("/cashier/login", query_string={"next": path})
    assert f'"next": "{path}"' in page.text.replace("\\u0026", "&")


@pytest.mark.parametrize(
    "path",
    [
        "",
        "https://elsewhere.test/",
        "//elsewhere.test/",
        "/\\elsewhere.test",
        "\\\\elsewhere.test",
        "/\t/elsewhere.test",
        "/\n/elsewhere.test",
        " //elsewhere.test",
        "javascript:alert(1)",
        "cashier/dashboard",
        "/" + "x" * 1000,
        "/\x00",
        "/..//elsewhere.test/",
        "/../",
        "/.//elsewhere.test/",
        "/./",
        "/cashier/..//..//elsewhere.test",
        "/cashier//elsewhere.test",
        "/%2e%2e//elsewhere.test/",
        "/.%2E//elsewhere.test",
        "/%2f/elsewhere.test",
        "/%5celsewhere.test",
        "/kiosk%0d%0a",
        "/kiosk\u2028",
        "/．．//elsewhere.test",
        "/kiosk?a=\\x",
        "/kiosk?a=\x01",
    ],
)
def test_nobody_is_sent_to_another_site(flask: Any, path: str) -> None:
    assert same_site(path) == ""
    page = flask.test_client().get("/cashier/login", query_string={"next": path})
    assert page.status_code == 200
    assert '"next": ""' in page.text
