"""Who somebody is: every way to say it, and every way in which it ends."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask, jsonify, request
from sqlalchemy import update

from appliance.server.auth import decorators
from appliance.server.auth.identity import log_in
from appliance.server.domain.states import Role
from appliance.server.http import answers
from appliance.server.store.models import AuthToken
from appliance.server.store.unit_of_work import Store, UnitOfWork
from appliance.server.usecases import manager
from tests.support.clients import Client, Http, Json, Refused, refusal
from tests.support.lobby import ROLES, Lobby
from tests.support.spa import PASSWORD, Spa

STAFF = [("ana", "therapist"), ("eva", "cashier"), ("gloria", "manager")]
WRONG = "x" * 43


def is_somebody(client: Client) -> bool:
    """Whether the socket is anybody: an event of a wrong role is forbidden, not unauthenticated."""
    answers_ = {
        event: client.call(event, {})["code"] for event in ("customer_cancel", "cashier_release")
    }
    return "authentication_required" not in answers_.values()


def csrf(http: Http, page: str = "/kiosk") -> str:
    """The CSRF token that a page's script reads."""
    text = http.get(page).text
    return text.partition('"csrf_token": "')[2].partition('"')[0]


# --- logging in -------------------------------------------------------------------------------


@pytest.mark.parametrize(("username", "role"), STAFF)
def test_somebody_logs_in(lobby: Lobby, username: str, role: str) -> None:
    answer = lobby.log_in(username)
    assert set(answer) == {"ok", "token", "expires_at", role}
    assert answer["ok"] is True
    assert len(answer["token"]) >= 43, "32 random bytes"
    lifetime = datetime.fromisoformat(answer["expires_at"]) - datetime.now().astimezone()
    assert 23 < lifetime.total_seconds() / 3600 <= 24
    person = answer[role]
    assert person == {
        **person,
        "name": username.title(),
        "username": username,
        **({"room_number": "1"} if role == "therapist" else {}),
    }
    me = lobby.http(answer["token"]).get(f"/{role}/me").json()
    assert me == {"ok": True, "expires_at": answer["expires_at"], role: person}


@pytest.mark.parametrize(
    ("role", "username", "password"),
    [
        ("therapist", "ana", "wrong water 7"),
        ("therapist", "ana", ""),
        ("therapist", "ana", PASSWORD.upper()),
        ("therapist", "nobody", PASSWORD),
        ("therapist", "", ""),
        ("cashier", "ana", PASSWORD),
        ("manager", "ana", PASSWORD),
    ],
)
def test_a_wrong_name_or_password_or_door(
    lobby: Lobby, role: str, username: str, password: str
) -> None:
    http = lobby.http()
    answer = http.post(f"/{role}/login", json={"username": username, "password": password})
    assert answer.status_code == 401
    body = answer.json()
    assert set(body) == {"ok", "error", "code"}
    assert body["code"] == "invalid_credentials"
    assert http.get(f"/{role}/me").status_code == 401


# --- ways to say it ---------------------------------------------------------------------------


def test_http_takes_the_token_in_two_headers(lobby: Lobby) -> None:
    token = lobby.token("ana")
    for headers in (
        {"Authorization": f"Bearer {token}"},
        {"authorization": f"bearer {token}"},
        {"X-Auth-Token": token},
    ):
        answer = lobby.http().get("/therapist/me", headers=headers)
        assert answer.json()["therapist"]["username"] == "ana", headers


@pytest.mark.parametrize("path", ["/therapist/me", "/therapist/dashboard", "/api/queue"])
def test_no_page_and_no_api_takes_the_token_in_the_address(lobby: Lobby, path: str) -> None:
    answer = lobby.http().get(path, params={"auth_token": lobby.token("ana")})
    assert answer.status_code == 401
    assert answer.json()["code"] == "authentication_required"


def test_a_browser_keeps_a_session(lobby: Lobby) -> None:
    browser = lobby.http()
    lobby.log_in("ana", browser)
    cookie: Any
    [cookie] = browser.cookies
    assert cookie.has_nonstandard_attr("HttpOnly")
    assert cookie.get_nonstandard_attr("SameSite") == "Lax"
    assert browser.get("/therapist/me").json()["therapist"]["username"] == "ana"
    page = browser.get("/therapist/dashboard", headers={"Accept": "text/html"})
    assert page.status_code == 200
    assert page.headers["Content-Type"].startswith("text/html")


def test_one_browser_may_hold_several_roles(lobby: Lobby) -> None:
    browser = lobby.http()
    for username in ("ana", "eva", "gloria"):
        lobby.log_in(username, browser)
    for username, role in STAFF:
        assert browser.get(f"/{role}/me").json()[role]["username"] == username


def test_a_socket_takes_the_token_in_every_way(lobby: Lobby) -> None:
    browser = lobby.http()
    token = str(lobby.log_in("ana", browser)["token"])
    cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in browser.cookies)
    ways: list[Json] = [
        {"auth": {"token": token}},
        {"headers": {"Authorization": f"Bearer {token}"}},
        {"headers": {"X-Auth-Token": token}},
        {"query": f"auth_token={token}"},
        {"headers": {"Cookie": cookies}},
        {"headers": {"Cookie": cookies}, "auth": {"as": "therapist"}},
        {"auth": {"token": token}, "transport": "polling"},
        {"query": f"auth_token={token}", "transport": "polling"},
    ]
    for way in ways:
        client = lobby.connect(**way)
        assert client.wait_for("queue_updated")["ok"] is True, way
        assert client.call("therapist_room_ready", {})["ok"] is True, way


def test_a_browser_with_several_roles_says_which_one_a_socket_is(lobby: Lobby) -> None:
    browser = lobby.http()
    for username in ("ana", "eva"):
        lobby.log_in(username, browser)
    token = lobby.spa.device_tokens["door"]
    assert browser.post("/devices/session", json={"token": token}).status_code == 200
    cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in browser.cookies)
    for role, event in (
        ("therapist", "therapist_room_ready"),
        ("cashier", "cashier_claim_next"),
        ("kiosk", "customer_start"),
    ):
        client = lobby.connect({"as": role}, headers={"Cookie": cookies})
        answer = client.call(event, {})
        assert answer["ok"] or answer["code"] == "nothing_waiting", (role, answer)


def test_a_device_takes_its_token_and_its_cookie(lobby: Lobby) -> None:
    for name, kind in (("door", "kiosk"), ("lobby", "display")):
        assert lobby.device(name).wait_for("board_updated")["ok"] is True
        browser = lobby.http()
        answer = browser.post("/devices/session", json={"token": lobby.spa.device_tokens[name]})
        assert answer.json() == {"ok": True, "device": {"kind": kind, "name": name}}
        cookie: Any
        [cookie] = browser.cookies
        assert cookie.has_nonstandard_attr("HttpOnly")
        assert browser.get("/api/board").json()["ok"] is True
        header = {"Cookie": f"{cookie.name}={cookie.value}"}
        assert lobby.connect(headers=header).wait_for("board_updated")["ok"] is True


@pytest.mark.parametrize("token", [WRONG, "", "é", "\x00", "x" * 5000])
def test_a_wrong_device_token_gets_no_cookie(lobby: Lobby, token: str) -> None:
    browser = lobby.http()
    answer = browser.post("/devices/session", json={"token": token})
    assert answer.status_code in {400, 401}
    assert answer.json()["code"] in {"validation_failed", "invalid_credentials"}
    assert len(browser.cookies) == 0


# --- who is not let in ------------------------------------------------------------------------


def test_a_wrong_credential_refuses_the_socket(lobby: Lobby) -> None:
    stolen = lobby.spa.device_tokens["door"]
    mine = lobby.token("ana")
    for way in (
        {"auth": {"token": WRONG}},
        {"auth": {"device_token": WRONG}},
        {"auth": {"token": stolen}},
        {"auth": {"device_token": mine}},
        {"auth": {"token": "x" * 5000}},
        {"auth": {"token": "é"}},
        {"auth": {"token": "\ud800"}},
        {"auth": {"token": "\x00"}},
        {"headers": {"Authorization": f"Bearer {WRONG}"}},
        {"headers": {"X-Auth-Token": WRONG}},
        {"query": f"auth_token={WRONG}"},
        {"headers": {"Cookie": f"appliance_kiosk={WRONG}"}},
    ):
        data = refusal(lobby.base_url, **way)
        assert set(data) == {"ok", "error", "code"}, way
        assert data["code"] == "invalid_credentials", (way, data)


def test_a_forged_session_cookie_is_nobodys(lobby: Lobby) -> None:
    forged = "appliance_session=eyJ0b2tlbnMiOnsidGhlcmFwaXN0IjoieCJ9fQ.aaaaaa.bbbbbbbb"
    assert lobby.http().get("/therapist/me", headers={"Cookie": forged}).status_code == 401
    assert not is_somebody(lobby.connect(headers={"Cookie": forged}))


def test_no_credential_connects_as_nobody(lobby: Lobby) -> None:
    nobody = lobby.connect()
    for event, result in (
        ("therapist_confirm_next", "therapist_confirm_result"),
        ("customer_start", "customer_start_result"),
        ("cashier_claim_next", "cashier_claim_result"),
    ):
        assert nobody.ask(event, result) == {
            "ok": False,
            "error": "Authentication required",
            "code": "authentication_required",
        }
    for push in ("queue_updated", "board_updated", "devices_updated"):
        assert nobody.pushed(push) == []


@pytest.mark.parametrize(
    "auth",
    [
        True,
        False,
        0,
        7,
        1.5,
        "",
        "text",
        [],
        ["token"],
        [{"token": "x"}],
        {"token": None},
        {"token": 7},
        {"token": True},
        {"token": ["x"]},
        {"token": {"x": 1}},
        {"device_token": {}},
        {"as": "manager"},
        {"as": 7},
        {"as": "nobody at all"},
        {"x": "y"},
        {"token": WRONG, "device_token": WRONG},
        {"token": "x" * 100_000},
    ],
    ids=lambda value: str(value)[:40],
)
@pytest.mark.parametrize("namespace", ["/", "/peripherals"])
def test_strange_auth_never_lets_anybody_in(lobby: Lobby, auth: Any, namespace: str) -> None:
    """It is refused with the one shape, or it is nobody; nothing hangs and nobody gets in."""
    data, client = None, None
    try:
        client = lobby.connect(auth, namespace=namespace)
    except Refused as error:
        data = error.data
    if client is not None:
        assert namespace == "/", "nobody comes into the devices' namespace"
        assert not is_somebody(client)
        return
    assert data is not None, "the server did not answer"
    assert set(data["data"]) == {"ok", "error", "code"}
    assert data["data"]["code"] in {
        "validation_failed",
        "invalid_credentials",
        "authentication_required",
    }


# --- how it ends ------------------------------------------------------------------------------


def dead(lobby: Lobby, token: str, role: str) -> None:
    assert lobby.http(token).get(f"/{role}/me").json()["code"] == "authentication_required"
    assert lobby.http().get("/api/queue", headers={"X-Auth-Token": token}).status_code == 401
    assert refusal(lobby.base_url, {"token": token})["code"] == "invalid_credentials"
    assert refusal(lobby.base_url, query=f"auth_token={token}")["code"] == "invalid_credentials"


def told(client: Client) -> None:
    assert client.wait_for("identity_revoked")["code"] == "authentication_required"
    if client.connected:
        assert client.call("therapist_confirm_next")["code"] == "authentication_required"


@pytest.mark.parametrize(("username", "role"), STAFF)
def test_a_log_out_ends_the_token_everywhere(lobby: Lobby, username: str, role: str) -> None:
    browser = lobby.http()
    token = str(lobby.log_in(username, browser)["token"])
    screen = lobby.connect({"token": token})
    screen.wait_for("queue_updated")
    answer = lobby.http(token).post(f"/{role}/logout")
    assert (answer.status_code, answer.json()) == (200, {"ok": True})
    dead(lobby, token, role)
    assert browser.get(f"/{role}/me").status_code == 401, "its session is dead too"
    told(screen)


def test_a_new_log_in_leaves_the_one_before(lobby: Lobby) -> None:
    old = lobby.token("ana")
    screen = lobby.connect({"token": old})
    screen.wait_for("queue_updated")
    new = lobby.token("ana")
    assert new != old
    assert lobby.http(old).get("/therapist/me").status_code == 200
    assert screen.call("therapist_room_ready", {})["ok"] is True
    assert screen.pushed("identity_revoked") == []
    assert lobby.http(new).get("/therapist/me").status_code == 200
    assert lobby.connect({"token": new}).call("therapist_room_ready", {})["ok"] is True


def test_nobody_hears_anything_after_the_end(lobby: Lobby) -> None:
    token, ben = lobby.token("ana"), lobby.person("ben")
    ana = lobby.connect({"token": token})
    ana.wait_for("queue_updated")
    assert lobby.http(token).post("/therapist/logout").json() == {"ok": True}
    told(ana)
    ana.forget()
    kiosk = lobby.device("door")
    items = [{"service_classification_id": lobby.spa.swedish_30}]
    code = kiosk.call("customer_confirm_selection", {"items": items})["transaction"]["code"]
    ben.wait_for("queue_updated", lambda body: code in [row["code"] for row in body["pending"]])
    if ana.connected:
        ana.call("ping_time")
    assert ana.pushed("queue_updated") == []
    assert ana.pushed("transaction_updated") == []


def test_a_revoked_person_is_out_at_once(lobby: Lobby) -> None:
    token = lobby.token("felix")
    screen = lobby.connect({"token": token})
    screen.wait_for("queue_updated")
    technician(lobby).run(lambda unit: manager.revoke_staff(unit, lobby.spa.manager, "felix"))
    assert screen.call("cashier_claim_next")["code"] == "authentication_required"
    dead(lobby, token, "cashier")
    told(screen)


def test_a_revoked_screen_is_told_though_it_says_nothing(lobby: Lobby) -> None:
    """The technician's command runs in a process of its own."""
    screen = lobby.person("felix")
    screen.wait_for("queue_updated")
    technician(lobby).run(lambda unit: manager.revoke_staff(unit, lobby.spa.manager, "felix"))
    told(screen)


def test_an_expired_token_is_out_and_its_screen_is_told(lobby: Lobby) -> None:
    token = lobby.token("eva")
    screen = lobby.connect({"token": token})
    screen.wait_for("queue_updated")

    def expire(unit: UnitOfWork) -> None:
        past = unit.now() - timedelta(seconds=1)
        unit.session.execute(
            update(AuthToken).where(AuthToken.staff_id == lobby.spa.eva.id).values(expires_at=past)
        )

    technician(lobby).run(expire)
    dead(lobby, token, "cashier")
    told(screen)


def test_a_disabled_person_does_not_come_back(lobby: Lobby) -> None:
    token = lobby.token("felix")
    technician(lobby).run(lambda unit: manager.disable_staff(unit, lobby.spa.manager, "felix"))
    dead(lobby, token, "cashier")
    answer = lobby.http().post("/cashier/login", json={"username": "felix", "password": PASSWORD})
    assert answer.json()["code"] == "invalid_credentials"


def test_a_revoked_device_is_out_at_once(lobby: Lobby) -> None:
    token = technician(lobby).run(
        lambda unit: manager.add_device(unit, lobby.spa.manager, Role.KIOSK, "sauna")
    )
    kiosk = lobby.connect({"device_token": token})
    assert kiosk.call("customer_start")["ok"] is True
    technician(lobby).run(lambda unit: manager.revoke_device(unit, lobby.spa.manager, "sauna"))
    assert kiosk.call("customer_start")["code"] == "authentication_required"
    told(kiosk)
    assert refusal(lobby.base_url, {"device_token": token})["code"] == "invalid_credentials"


def test_a_revoked_daemon_is_out_at_once(lobby: Lobby) -> None:
    token = technician(lobby).run(
        lambda unit: manager.add_device(unit, lobby.spa.manager, Role.PERIPHERALS, "pi2")
    )
    daemon = lobby.connect({"device_token": token}, namespace="/peripherals")
    hello = {"name": "pi2", "printers": [], "rooms": []}
    assert daemon.call("device_hello", hello)["ok"] is True
    technician(lobby).run(lambda unit: manager.revoke_device(unit, lobby.spa.manager, "pi2"))
    assert daemon.call("device_hello", hello)["code"] == "authentication_required"


def technician(lobby: Lobby) -> Store:
    """Somebody at the command line, in another process than the server's."""
    from appliance.server.clock import utc_now

    return Store(lobby.database, utc_now)


# --- cross-site requests ----------------------------------------------------------------------


def test_a_log_out_by_cookie_needs_the_pages_token(lobby: Lobby) -> None:
    browser = lobby.http()
    lobby.log_in("ana", browser)
    for headers in ({}, {"X-CSRFToken": ""}, {"X-CSRFToken": "forged"}):
        answer = browser.post("/therapist/logout", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert browser.get("/therapist/me").status_code == 200, "still logged in"
    token = csrf(browser)
    assert token
    answer = browser.post("/therapist/logout", headers={"X-CSRFToken": token})
    assert (answer.status_code, answer.json()) == (200, {"ok": True})
    assert browser.get("/therapist/me").status_code == 401


def test_a_strangers_page_token_does_not_do(lobby: Lobby) -> None:
    browser, stranger = lobby.http(), lobby.http()
    lobby.log_in("ana", browser)
    answer = browser.post("/therapist/logout", headers={"X-CSRFToken": csrf(stranger)})
    assert answer.status_code == 403


def test_a_log_out_by_token_needs_none(lobby: Lobby) -> None:
    assert lobby.http(lobby.token("ana")).post("/therapist/logout").status_code == 200
    answer = lobby.http().post("/cashier/logout", headers={"X-Auth-Token": lobby.token("eva")})
    assert answer.status_code == 200


# --- secrets ----------------------------------------------------------------------------------


def test_tokens_never_stand_in_the_log(lobby: Lobby) -> None:
    token = lobby.token("ana")
    for way in ({"auth": {"token": token}}, {"query": f"auth_token={token}"}):
        for transport in ("polling", "websocket"):
            lobby.connect(**way, transport=transport).wait_for("queue_updated")
    lobby.http(token).get("/therapist/me")
    lobby.http().get("/therapist/me", params={"auth_token": token})
    log = lobby.server.log.read_text()
    assert token not in log
    assert PASSWORD not in log
    for device_token in lobby.spa.device_tokens.values():
        assert device_token not in log


# --- for those who write routes ---------------------------------------------------------------


@pytest.mark.parametrize("username", list(ROLES))
def test_a_decorator_leaves_who_asks_on_the_request(store: Store, spa: Spa, username: str) -> None:
    role = Role(ROLES[username])
    _, token = log_in(store, role, username, PASSWORD)
    client = small_app(store).test_client()
    for headers, method in (
        ({"Authorization": f"Bearer {token}"}, "bearer"),
        ({"X-Auth-Token": token}, "x-auth-token"),
    ):
        for path in (f"/{role}", "/staff"):
            body = client.get(path, headers=headers).get_json()
            assert body == {"name": username.title(), "method": method}
    for other in {"therapist", "cashier", "manager"} - {role.value}:
        answer = client.get(f"/{other}", headers={"X-Auth-Token": token})
        assert (answer.status_code, answer.get_json()["code"]) == (403, "forbidden")
    assert client.get(f"/{role}").status_code == 401
    assert client.get(f"/{role}?auth_token={token}").status_code == 401


def test_a_decorator_leaves_the_device_on_the_request(store: Store, spa: Spa) -> None:
    client = small_app(store).test_client()
    client.set_cookie("appliance_kiosk", spa.device_tokens["door"])
    assert client.get("/device").get_json() == {"name": "door", "method": "device"}
    client.set_cookie("appliance_kiosk", WRONG)
    assert client.get("/device").status_code == 401


def small_app(store: Store) -> Flask:
    app = Flask("small")
    app.config["SECRET_KEY"] = "tests only"
    app.extensions["appliance_store"] = store
    answers.install(app)

    def who(attribute: str) -> Any:
        actor = getattr(request, f"current_{attribute}")
        return jsonify(name=actor.name, method=request.auth_method)  # type: ignore[attr-defined]

    for name, guard in (
        ("therapist", decorators.therapist_required),
        ("cashier", decorators.cashier_required),
        ("manager", decorators.manager_required),
        ("staff", decorators.staff_required),
        ("device", decorators.device_required(Role.KIOSK)),
    ):
        app.add_url_rule(f"/{name}", name, guard(lambda name=name: who(name)))
    return app
