"""The table of permissions knows every route and every event, and the server does what it says.

Every route and every event meets everybody, with each way of saying who they are, over real
sockets; what happens is compared with the table alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, update

from appliance.protocol import PERIPHERALS_NAMESPACE
from appliance.server.app import create_app
from appliance.server.auth import permissions, tokens
from appliance.server.auth.permissions import EVENTS, NAMESPACES, PUSHES, ROUTES, Permission
from appliance.server.clock import utc_now
from appliance.server.config import Settings
from appliance.server.domain.security import token_digest
from appliance.server.domain.states import DEVICE_ROLES, STAFF_ROLES, SYSTEM, Role
from appliance.server.store.db import Database
from appliance.server.store.models import AuthToken, Staff
from appliance.server.store.unit_of_work import Store, UnitOfWork
from appliance.server.usecases import manager
from tests.support.clients import Client, Http, Refused
from tests.support.lobby import Lobby
from tests.support.mariadb import PrivateMariaDB
from tests.support.spa import PASSWORD, password_hash

WAYS = ("authorization", "x-auth-token", "query", "cookie")
NO_ID = 987_654_321
DEAD = ("wrong", "expired", "revoked", "logged out")


@dataclass
class Visitor:
    """Somebody with a credential.

    Attributes:
        name: What the tests call them.
        role: Who they are; None for those who are nobody, or nobody any more.
        token: What they say it with; None for nobody at all.
        cookies: What their browser holds.
    """

    name: str
    role: Role | None = None
    token: str | None = None
    cookies: dict[str, str] = field(default_factory=dict)

    @property
    def is_device(self) -> bool:
        return any(name.startswith("appliance_") and name != SESSION for name in self.cookies)

    def headers(self, way: str) -> dict[str, str]:
        if self.token is None:
            return {}
        if way == "authorization":
            return {"Authorization": f"Bearer {self.token}"}
        if way == "x-auth-token":
            return {"X-Auth-Token": self.token}
        if way == "cookie":
            return {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        return {}

    def query(self, way: str) -> str:
        return f"auth_token={self.token}" if way == "query" and self.token else ""

    def is_known(self, way: str, *, socket: bool) -> bool:
        """Whether this way of saying it is one that counts, by the table's own words."""
        if self.role is None:
            return False
        method = {"authorization": "bearer", "cookie": "session"}.get(way, way)
        if self.is_device:
            return way == "cookie"
        return method in (permissions.PERSONS_SOCKETS if socket else permissions.PERSONS)


SESSION = "appliance_session"


class Crowd:
    """Everybody who may come, each with a credential that lives or has died."""

    def __init__(self, lobby: Lobby, store: Store) -> None:
        self.lobby, self.store = lobby, store
        self.visitors = [Visitor("nobody"), self._wrong()]
        for name in ("expired", "revoked", "logged out"):
            self.visitors.append(self._dead(name))
        for name in ("ana", "ben", "eva", "gloria"):
            self.visitors.append(self._person(name))
        for kind, device in ((Role.KIOSK, "door"), (Role.DISPLAY, "lobby")):
            token = lobby.spa.device_tokens[device]
            self.visitors.append(Visitor(kind, kind, token, {f"appliance_{kind}": token}))
        token = lobby.spa.device_tokens["pi"]
        daemon = Visitor("peripherals", Role.PERIPHERALS, token, {"appliance_peripherals": token})
        self.visitors.append(daemon)

    def _wrong(self) -> Visitor:
        token = "x" * 43
        return Visitor("wrong", None, token, {SESSION: token, "appliance_kiosk": token})

    def _log_in(self, username: str, role: Role) -> tuple[Http, str]:
        browser = self.lobby.http()
        answer = browser.post(
            f"/{role}/login", json={"username": username, "password": PASSWORD}
        ).json()
        return browser, answer["token"]

    def _person(self, username: str) -> Visitor:
        role = {"ana": Role.THERAPIST, "ben": Role.THERAPIST, "eva": Role.CASHIER}.get(
            username, Role.MANAGER
        )
        browser, token = self._log_in(username, role)
        return Visitor(username, role, token, {SESSION: browser.cookies[SESSION]})

    def _dead(self, name: str) -> Visitor:
        username = name.replace(" ", "-")
        self.store.run(
            lambda unit: manager.add_staff(
                unit, SYSTEM, Role.MANAGER, username, name, password_hash()
            )
        )
        browser, token = self._log_in(username, Role.MANAGER)
        cookies = {SESSION: browser.cookies[SESSION]}
        if name == "expired":
            self.store.run(lambda unit: expire(unit, username))
        elif name == "revoked":
            self.store.run(lambda unit: manager.revoke_staff(unit, SYSTEM, username))
        else:
            answer = self.lobby.http(token).post("/manager/logout")
            assert answer.json() == {"ok": True}
        return Visitor(name, None, token, cookies)

    def revive(self, visitor: Visitor) -> None:
        """Give a person back the token that a log-out has ended, without their noticing."""

        def give_back(unit: UnitOfWork) -> None:
            person = manager.staff_named(unit, visitor.name)
            # Log-ins live side by side: the one that this brings back may never have ended.
            unit.session.execute(delete(AuthToken).where(AuthToken.staff_id == person.id))
            tokens.issue(unit, person)
            unit.session.flush()
            unit.session.execute(
                update(AuthToken)
                .where(AuthToken.staff_id == person.id)
                .values(digest=token_digest(visitor.token or ""))
            )

        self.store.run(give_back)


def expire(unit: UnitOfWork, username: str) -> None:
    person = unit.session.query(Staff).filter(Staff.username == username).one()
    unit.session.execute(
        update(AuthToken)
        .where(AuthToken.staff_id == person.id)
        .values(expires_at=unit.now() - timedelta(seconds=1))
    )


@pytest.fixture(scope="module")
def crowd(module_lobby: Lobby, security_database: Database) -> Iterator[Crowd]:
    yield Crowd(module_lobby, Store(security_database, utc_now))
    module_lobby.leave()


@pytest.fixture
def application(monkeypatch: pytest.MonkeyPatch, mariadb: PrivateMariaDB) -> Iterator[Any]:
    for name, value in mariadb.environment("lobby_test").items():
        monkeypatch.setenv(name, value)
    made = create_app(Settings.from_environment())
    yield made
    made.store.database.dispose()


# --- the table itself -------------------------------------------------------------------------


def test_every_route_and_every_event_is_in_the_table(application: Any) -> None:
    """The server has checked it when it started; this is what would have happened otherwise."""
    permissions.check_routes(application.flask.url_map)
    application.flask.add_url_rule("/a-back-door", view_func=lambda: "hello")
    with pytest.raises(permissions.TableIncomplete, match="back-door"):
        permissions.check_routes(application.flask.url_map)
    handlers = application.socketio.server.handlers
    permissions.check_events(handlers)
    with pytest.raises(permissions.TableIncomplete, match="back_door"):
        permissions.check_events({**handlers, "/": {**handlers["/"], "back_door": None}})
    without = {event: None for event in handlers["/"] if event != "ping_time"}
    with pytest.raises(permissions.TableIncomplete, match="ping_time"):
        permissions.check_events({**handlers, "/": without})


def test_the_table_says_of_events_what_the_protocol_says() -> None:
    """Written out once more, so that a slip in the table does not pass by itself."""
    by_prefix = {
        "customer": Role.KIOSK,
        "therapist": Role.THERAPIST,
        "cashier": Role.CASHIER,
        "manager": Role.MANAGER,
        "duty": Role.THERAPIST,
    }
    for (namespace, event), permission in EVENTS.items():
        role = by_prefix.get(event.partition("_")[0])
        if event in {"cashier_refund", "cashier_correct_tender", "cashier_reprint"}:
            assert (namespace, permission.roles) == ("/", {Role.CASHIER, Role.MANAGER}), event
        elif role is not None:
            assert (namespace, permission.roles) == ("/", {role}), event
        elif namespace == PERIPHERALS_NAMESPACE:
            assert permission.roles == {Role.PERIPHERALS}, event
        elif event.startswith("manager_"):
            assert (namespace, permission.roles) == ("/", {Role.MANAGER}), event
        elif event.startswith("print_job_"):
            assert (namespace, permission.roles) == ("/", {Role.CASHIER, Role.MANAGER}), event
        elif event.startswith("shift_"):
            of_manager = {Role.MANAGER} if event in {"shift_count", "shift_close"} else set()
            assert (namespace, permission.roles) == ("/", {Role.CASHIER} | of_manager), event
        elif event.startswith("queue_"):
            of_manager = {Role.MANAGER} if event == "queue_put_back" else set()
            expected = {Role.THERAPIST, Role.CASHIER} | of_manager
            assert (namespace, permission.roles) == ("/", expected), event
        else:
            assert event in {"ping_time", "simulator_action"}


def test_the_table_says_of_routes_what_the_protocol_says() -> None:
    roles: dict[str, set[Role]] = {
        "/api/queue": set(STAFF_ROLES),
        "/api/transactions/<int:transaction_id>": set(STAFF_ROLES),
        "/api/payments/recent": {Role.CASHIER},
        "/api/board": {Role.DISPLAY, Role.KIOSK},
        "/kiosk/tickets/<int:transaction_id>/qr.svg": {Role.KIOSK},
        "/api/shift": {Role.CASHIER},
        "/api/therapists": {Role.KIOSK, Role.CASHIER, Role.MANAGER},
        "/api/wait": {Role.KIOSK, Role.CASHIER, Role.MANAGER},
        "/api/my-day": {Role.THERAPIST},
        "/api/my-day/print": {Role.THERAPIST},
        "/api/receipts": {Role.CASHIER, Role.MANAGER},
        "/api/receipts/<int:transaction_id>/print": {Role.CASHIER, Role.MANAGER},
    }
    for (_, rule), permission in ROUTES.items():
        role_of_path = rule.split("/")[1]
        if role_of_path in set(STAFF_ROLES) and not rule.endswith("/login"):
            assert permission.roles == {role_of_path}
        elif rule in roles:
            assert permission.roles == roles[rule]
        elif rule.startswith("/api/manager/"):
            assert permission.roles == {Role.MANAGER}
        elif rule == "/metrics":
            assert (permission.roles, permission.loopback) == ({Role.MANAGER}, True)
        else:
            assert permission.open, rule


# --- HTTP -------------------------------------------------------------------------------------


def expected_over_http(permission: Permission, visitor: Visitor, way: str) -> set[int]:
    good = {200, 302, 400, 401, 404}
    if permission.open or permission.loopback:
        return good
    if not visitor.is_known(way, socket=False):
        return {401}
    if visitor.role in permission.roles:
        return {200, 400, 404, 409}
    return {403}


@pytest.mark.parametrize("way", WAYS)
def test_every_route_for_everybody(crowd: Crowd, way: str) -> None:
    for (method, rule), permission in ROUTES.items():
        if permission.optional:
            continue
        path = re.sub(r"<int:\w+>", str(NO_ID), rule).replace("<ticket_token>", "x")
        for visitor in crowd.visitors:
            http = Http(crowd.lobby.base_url)
            headers = visitor.headers(way)
            if method != "GET" and way == "cookie":
                headers |= csrf(crowd.lobby, visitor)
            answer = http.request(
                method,
                path,
                headers=headers | {"Accept": "application/json"},
                params=visitor.query(way) or None,
                json=None if method == "GET" else {},
            )
            http.close()
            expected = expected_over_http(permission, visitor, way)
            case = (visitor.name, way, method, rule, answer.text[:200])
            assert answer.status_code in expected, case
            if answer.status_code in {401, 403} and not permission.open:
                assert answer.json()["code"] in {"authentication_required", "forbidden"}, case
            if rule.endswith("/logout") and answer.status_code == 200:
                crowd.revive(visitor)


def csrf(lobby: Lobby, visitor: Visitor) -> dict[str, str]:
    """What a page of this visitor's browser would send along with its cookie."""
    http = Http(lobby.base_url)
    answer = http.get("/kiosk", headers=visitor.headers("cookie"))
    token = answer.text.partition('"csrf_token": "')[2].partition('"')[0]
    cookies = {**visitor.cookies, **http.cookies.get_dict()}
    http.close()
    return {
        "X-CSRFToken": token,
        "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
    }


def test_a_cookie_alone_changes_nothing(crowd: Crowd) -> None:
    staff = {visitor.role: visitor for visitor in crowd.visitors if visitor.role in STAFF_ROLES}
    tried = 0
    for (method, rule), permission in ROUTES.items():
        if method == "GET" or permission.open or permission.optional:
            continue
        for role in permission.roles & staff.keys():
            path = re.sub(r"<int:\w+>", str(NO_ID), rule)
            http = crowd.lobby.http()
            answer = http.request(method, path, headers=staff[role].headers("cookie"), json={})
            http.close()
            case = (role, method, rule, answer.text[:200])
            assert (answer.status_code, answer.json()["code"]) == (403, "forbidden"), case
            tried += 1
    assert tried > 30


# --- sockets ----------------------------------------------------------------------------------


def opened(crowd: Crowd, visitor: Visitor, way: str, namespace: str) -> Client | str:
    """A socket, or the code that it was refused with."""
    try:
        return Client(
            crowd.lobby.base_url,
            headers=visitor.headers(way),
            query=visitor.query(way),
            namespace=namespace,
        )
    except Refused as error:
        return code_of(error)


def code_of(refused: Refused) -> str:
    """The code in what a refused socket was told."""
    return str(refused.data.get("data", refused.data)["code"])


def expected_of_socket(visitor: Visitor, way: str, namespace: str) -> str | None:
    """The code that this visitor's socket is refused with; None for one that is let in."""
    if visitor.token is None:
        return None if namespace == "/" else "authentication_required"
    if not visitor.is_known(way, socket=True):
        return "invalid_credentials"
    return None if visitor.role in NAMESPACES[namespace] else "forbidden"


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("namespace", list(NAMESPACES))
def test_every_event_for_everybody(crowd: Crowd, way: str, namespace: str) -> None:
    for visitor in crowd.visitors:
        socket = opened(crowd, visitor, way, namespace)
        expected = expected_of_socket(visitor, way, namespace)
        case = (visitor.name, way, namespace)
        if isinstance(socket, str):
            assert socket == expected, case
            continue
        assert expected is None, case
        try:
            for (where, event), permission in EVENTS.items():
                if where == namespace and not permission.optional:
                    check_event(socket, event, permission, visitor)
            check_pushes(socket, visitor)
        finally:
            socket.close()


def check_event(socket: Client, event: str, permission: Permission, visitor: Visitor) -> None:
    payload = {"transaction_id": NO_ID, "service_classification_id": NO_ID, "item_id": NO_ID}
    # Nobody's own state may come into it, so what needs no id is asked for with a bad one.
    answer = socket.call(event, payload | {"request_id": 7})
    case = (visitor.name, event, answer)
    if permission.open:
        assert answer["ok"] is True, case
    elif visitor.role is None:
        assert answer["code"] == "authentication_required", case
    elif visitor.role in permission.roles and event == "ping_time":
        assert answer["ok"] is True, case  # It asks for nothing that could be bad.
    elif visitor.role in permission.roles:
        assert answer["code"] == "validation_failed", case
    else:
        assert answer["code"] == "forbidden", case


def check_pushes(socket: Client, visitor: Visitor) -> None:
    # Its own greeting has come before the answers, since all of it goes through one queue.
    seen = {event for event in PUSHES if socket.pushed(event)}
    greeted = {
        event
        for event, roles in PUSHES.items()
        if visitor.role in roles and event != "transaction_updated"
    }
    assert seen == greeted, visitor.name


def test_nobody_hears_of_a_change_who_may_not(crowd: Crowd) -> None:
    sockets = {
        visitor.name: opened(crowd, visitor, "cookie", "/")
        for visitor in crowd.visitors
        if visitor.name not in DEAD and visitor.role is not Role.PERIPHERALS
    }
    clients = {name: socket for name, socket in sockets.items() if isinstance(socket, Client)}
    assert len(clients) == len(sockets)
    roles = {visitor.name: visitor.role for visitor in crowd.visitors}
    try:
        for client in clients.values():
            client.call("ping_time")
            client.forget()
        answer = clients["kiosk"].call(
            "customer_confirm_selection",
            {"items": [{"service_classification_id": crowd.lobby.spa.swedish_30}]},
        )
        assert answer["ok"] is True
        for name, client in clients.items():
            for event, watchers in PUSHES.items():
                if roles[name] in watchers and event != "devices_updated":
                    client.wait_for(event)
        for name, client in clients.items():
            client.call("ping_time")
            for event, watchers in PUSHES.items():
                if roles[name] not in watchers:
                    assert client.pushed(event) == [], (name, event)
    finally:
        for client in clients.values():
            client.close()


def test_a_devices_token_is_no_persons_and_the_other_way_round(crowd: Crowd) -> None:
    for visitor in crowd.visitors:
        wrong_field = "token" if visitor.is_device else "device_token"
        if visitor.role is None:
            continue
        with pytest.raises(Refused) as refused:
            Client(crowd.lobby.base_url, {wrong_field: visitor.token})
        assert code_of(refused.value) == "invalid_credentials", visitor.name


def test_as_picks_one_of_a_browsers_identities(crowd: Crowd) -> None:
    cookies = [visitor.headers("cookie")["Cookie"] for visitor in crowd.visitors if visitor.role]
    everything = {"Cookie": "; ".join(cookie for cookie in cookies if "kiosk" in cookie)}
    with Client(crowd.lobby.base_url, {"as": "kiosk"}, headers=everything) as kiosk:
        assert kiosk.call("customer_cancel", {})["code"] == "validation_failed"
    with Client(crowd.lobby.base_url, {"as": "manager"}, headers=everything) as nobody:
        assert nobody.call("customer_cancel", {})["code"] == "authentication_required"
    assert set(DEVICE_ROLES) >= {Role.KIOSK, Role.DISPLAY}
