"""One shape for every refusal, over every route and every event."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
import requests

from appliance.protocol import DeviceEvent
from appliance.server.app import create_app
from appliance.server.auth.permissions import ROUTES
from appliance.server.config import Settings
from appliance.server.domain.states import Role
from appliance.server.events import EVENTS, SCREENS, EventRow
from tests.support.clients import Client, Json, refusal
from tests.support.lobby import Lobby
from tests.support.mariadb import PrivateMariaDB

STATUS = {
    "authentication_required": 401,
    "invalid_credentials": 401,
    "forbidden": 403,
    "approval_required": 403,
    "validation_failed": 400,
    "not_found": 404,
    "invalid_state": 409,
    "nothing_waiting": 404,
    "room_unavailable": 409,
    "insufficient_payment": 409,
    "busy": 409,
    "too_many_attempts": 429,
    "unavailable": 503,
    "internal": 500,
}
GARBAGE: list[Any] = ["text", 7, 1.5, True, ["a", "list"], [[[]]]]
COMMANDS = [row for row in EVENTS if row.namespace == SCREENS and row.roles]
DEVICE_EVENTS = [
    DeviceEvent.HELLO,
    DeviceEvent.BUTTON,
    DeviceEvent.PRINT_LEASE,
    DeviceEvent.DRAWER_TAKE,
    DeviceEvent.PRINT_DONE,
    DeviceEvent.PRINT_FAILED,
    DeviceEvent.PRINTER_STATUS,
]
# The id in every path: of nobody and nothing, whatever ran before.
NOBODY = "900000007"
SOMEBODY = {
    Role.KIOSK: "door",
    Role.THERAPIST: "ana",
    Role.CASHIER: "eva",
    Role.MANAGER: "gloria",
    Role.DISPLAY: "lobby",
}


def address(rule: str) -> str:
    """A route's path, with the id of nobody in it."""
    return re.sub(r"<(int:)?[^>]+>", lambda found: NOBODY if found[1] else "x", rule)


@pytest.fixture
def app_routes(
    monkeypatch: pytest.MonkeyPatch, mariadb: PrivateMariaDB
) -> Iterator[list[tuple[str, str]]]:
    """(method, path) of every route of the application, static files aside."""
    for name, value in mariadb.environment("lobby_test").items():
        monkeypatch.setenv(name, value)
    application = create_app(Settings.from_environment())
    yield [
        (method, address(rule.rule))
        for rule in application.flask.url_map.iter_rules()
        if not rule.endpoint.startswith("static")
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]
    application.store.database.dispose()


def check(body: Any, code: str | None = None) -> None:
    """A refusal has this shape, and none other."""
    assert isinstance(body, dict), body
    assert set(body) - {"retry_after"} == {"ok", "error", "code"}, body
    assert body["ok"] is False
    assert body["code"] in STATUS
    assert body["code"] != "internal", body
    assert isinstance(body["error"], str)
    assert body["error"][:1].isupper(), "a sentence for people"
    if code is not None:
        assert body["code"] == code, body


def check_http(answer: requests.Response, code: str | None = None) -> None:
    assert answer.headers["Content-Type"] == "application/json", answer.text[:200]
    body = answer.json()
    check(body, code)
    assert answer.status_code == STATUS[body["code"]]


# --- HTTP -------------------------------------------------------------------------------------


def test_every_route_answers_nobody_well(lobby: Lobby, app_routes: list[tuple[str, str]]) -> None:
    """Open routes answer; all others refuse in the one shape."""
    refused = set()
    for method, path in app_routes:
        answer = lobby.http().request(method, path, json=None if method == "GET" else {})
        if answer.status_code >= 400:
            check_http(answer)
            refused.add(path)
    assert refused >= {
        "/api/queue",
        "/api/board",
        f"/api/transactions/{NOBODY}",
        "/api/t/x",
        "/devices/session",
        *(f"/{role}/{what}" for role in STAFF for what in ("dashboard", "me", "login", "logout")),
    }
    for path in ("/api/queue", "/api/board", f"/api/transactions/{NOBODY}", "/cashier/me"):
        check_http(lobby.http().get(path), "authentication_required")
    assert lobby.http().get("/api/queue").json()["error"] == "Authentication required"


STAFF = ("therapist", "cashier", "manager")


def test_every_route_of_a_role_is_closed_to_the_others(lobby: Lobby) -> None:
    for username, own in (("ana", "therapist"), ("eva", "cashier"), ("gloria", "manager")):
        session = lobby.http(lobby.token(username))
        for role in set(STAFF) - {own}:
            check_http(session.get(f"/{role}/me"), "forbidden")
            check_http(session.get(f"/{role}/dashboard"), "forbidden")
            check_http(session.post(f"/{role}/logout"), "forbidden")
        check_http(session.get("/api/board"), "forbidden")
        assert session.get(f"/{own}/me").status_code == 200, "a wrong door ends nobody's token"


def test_every_route_refuses_garbage(lobby: Lobby, app_routes: list[tuple[str, str]]) -> None:
    session = lobby.http(lobby.token("gloria"))
    bodies: list[Any] = [
        b"",
        b"{",
        b"null",
        b"\xff\xfe",
        b"[]",
        b'"text"',
        b"7",
        b"NaN",
        b"[" * 50_000,
        b'{"username": null, "password": null, "token": null}',
        b'{"username": {}, "password": [], "token": 7}',
        b'{"username": "\\ud800", "password": "\\ud800", "token": "\\ud800"}',
        b'{"username": "\\u0000", "password": "\\u0000", "token": "\\u0000"}',
        b'{"username": "%s", "password": "x", "token": "%s"}' % (b"x" * 500, b"x" * 500),
    ]
    changes = [
        (method, path)
        for method, path in app_routes
        if method != "GET" and not path.endswith(("logout", "/days/close", "/x/print"))
    ]
    assert len(changes) >= 5
    closed = {
        (method, address(rule))
        for (method, rule), permission in ROUTES.items()
        if permission.roles and Role.MANAGER not in permission.roles
    }
    for method, path in changes:
        others = (method, path) in closed
        for body in bodies:
            if not body and path.startswith("/api/"):
                continue  # The address alone says it, where nothing else is needed.
            json = {"Content-Type": "application/json"}
            answer = session.request(method, path, data=body, headers=json)
            check_http(answer)
            assert answer.status_code in {400, 401, 404} | ({403} if others else set()), (
                f"{path} {body[:60]!r} {answer.text}"
            )
        text = {"Content-Type": "text/plain"}
        answer = session.request(method, path, data=b"{}", headers=text)
        check_http(answer, "forbidden" if answer.status_code == 403 else "validation_failed")
        assert others or answer.status_code != 403


def test_a_body_that_is_too_large_is_refused(lobby: Lobby) -> None:
    answer = lobby.http().post("/cashier/login", json={"username": "x" * 1_000_000})
    body = answer.json()
    assert answer.status_code in {400, 413}
    check(body, "validation_failed")


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/api/nothing",
        "/static/bundles/nothing.js",
        "/static/common/../../cli.py",
        "/static/common/..%2f..%2fcli.py",
        "/api/transactions/0",
        "/api/transactions/9223372036854775808",
        "/api/transactions/" + "9" * 5000,
        "/api/transactions/-1",
        "/api/transactions/abc",
        "/api/t/%00",
        "/api/t/%F0%9F%98%80",
        "/therapist",
    ],
)
def test_an_unknown_address_is_not_found(lobby: Lobby, path: str) -> None:
    check_http(lobby.http(lobby.token("gloria")).get(path), "not_found")


def test_a_wrong_method_is_refused_and_the_right_ones_are_named(
    lobby: Lobby, app_routes: list[tuple[str, str]]
) -> None:
    known = {path for _, path in app_routes}
    for path in sorted(known):
        answer = lobby.http().put(path)
        assert answer.status_code == 405
        check(answer.json(), "validation_failed")
        assert {method for method, known in app_routes if known == path} <= set(
            answer.headers["Allow"].split(", ")
        )


# --- Socket.IO --------------------------------------------------------------------------------


def somebody(lobby: Lobby, role: Role) -> Client:
    name = SOMEBODY[role]
    return lobby.device(name) if role in {Role.KIOSK, Role.DISPLAY} else lobby.person(name)


def ask(client: Client, command: EventRow[Any], *payload: Any) -> Json:
    return client.ask(command.event, command.result_event or "", *payload)


def test_every_event_of_nobody_needs_a_log_in(lobby: Lobby) -> None:
    nobody = lobby.connect()
    for command in COMMANDS:
        for payload in ([], ["garbage"], [{"transaction_id": 1}]):
            answer = ask(nobody, command, *payload)
            check(answer, "authentication_required")
            assert answer["error"] == "Authentication required"


@pytest.mark.parametrize("role", SOMEBODY)
def test_every_event_is_closed_to_other_roles(lobby: Lobby, role: Role) -> None:
    client = somebody(lobby, role)
    for command in COMMANDS:
        if role not in command.roles:
            check(ask(client, command, {"transaction_id": 1}), "forbidden")


@pytest.mark.parametrize("role", [Role.KIOSK, Role.THERAPIST, Role.CASHIER])
def test_every_event_refuses_what_is_no_object(lobby: Lobby, role: Role) -> None:
    client = somebody(lobby, role)
    for command in COMMANDS:
        if role in command.roles:
            for garbage in [*GARBAGE, b"bytes"]:
                check(ask(client, command, garbage), "validation_failed")
            check(ask(client, command, {}, {}), "validation_failed")


@pytest.mark.parametrize("role", [Role.KIOSK, Role.THERAPIST, Role.CASHIER])
def test_every_event_says_which_field_is_missing(lobby: Lobby, role: Role) -> None:
    client = somebody(lobby, role)
    for command in COMMANDS:
        required = [
            field.encode_name for field in msgspec.structs.fields(command.payload) if field.required
        ]
        if role in command.roles and required:
            for payload in ([], [{}], [None]):
                answer = ask(client, command, *payload)
                check(answer, "validation_failed")
                assert any(field in answer["error"] for field in required), answer


def test_an_unknown_event_is_answered(lobby: Lobby) -> None:
    ana = lobby.person("ana")
    check(ana.call("no_such_event", {}), "not_found")
    check(ana.call("no_such_event", "a", "b"), "not_found")
    check(ana.call("x" * 500), "not_found")
    check(ana.call("\ud800"), "not_found")


# --- /peripherals -----------------------------------------------------------------------------


def test_only_a_daemon_comes_into_the_devices_namespace(lobby: Lobby) -> None:
    options = {"namespace": "/peripherals"}
    check(refusal(lobby.base_url, **options), "authentication_required")
    wrong = {"device_token": "no such token"}
    check(refusal(lobby.base_url, wrong, **options), "invalid_credentials")
    for name in ("door", "lobby"):
        auth = {"device_token": lobby.spa.device_tokens[name]}
        check(refusal(lobby.base_url, auth, **options), "forbidden")
    auth = {"token": lobby.token("gloria")}
    check(refusal(lobby.base_url, auth, **options), "forbidden")
    daemon = {"device_token": lobby.spa.device_tokens["pi"]}
    check(refusal(lobby.base_url, daemon), "forbidden")


@pytest.mark.parametrize("event", DEVICE_EVENTS)
def test_every_device_event_refuses_garbage(lobby: Lobby, event: str) -> None:
    daemon = lobby.daemon()
    for garbage in [*GARBAGE, b"bytes", None, {}, {"name": []}, {"id": "x", "lease": 1}]:
        check(daemon.call(event, garbage), "validation_failed")
    check(daemon.call(event), "validation_failed")
    check(daemon.call(event, {}, {}), "validation_failed")


def test_an_unknown_device_event_is_answered(lobby: Lobby) -> None:
    check(lobby.daemon().call("no_such_event", {}), "not_found")
