"""How long a log-in lasts, and everything that ends it: by a clock that the test sets."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import flask_socketio
import pytest

from appliance.protocol import PERIPHERALS_NAMESPACE
from appliance.server.app import Application
from appliance.server.auth import tokens
from appliance.server.domain.states import SYSTEM, Actor
from appliance.server.store.models import AuthToken
from appliance.server.store.unit_of_work import Store
from appliance.server.usecases import manager
from tests.support.spa import PASSWORD, Clock, Spa

pytestmark = pytest.mark.usefixtures("spa")


class Tab:
    """A tab of a browser.

    Args:
        application: The server.
        browser: Flask's client, which keeps the cookies; shared between the tabs of one browser.
    """

    def __init__(self, application: Application, browser: Any = None) -> None:
        self.application = application
        self.browser = browser or application.flask.test_client()

    def another(self) -> Tab:
        """A second tab of the same browser."""
        return Tab(self.application, self.browser)

    def log_in(self, username: str = "ana", role: str = "therapist") -> str:
        answer = self.browser.post(
            f"/{role}/login", json={"username": username, "password": PASSWORD}
        )
        assert answer.status_code == 200, answer.text
        return str(answer.get_json()["token"])

    def works(self, role: str = "therapist") -> bool:
        status = self.browser.get(f"/{role}/me").status_code
        assert status in {200, 401}
        return bool(status == 200)

    def socket(self, **options: Any) -> flask_socketio.SocketIOTestClient:
        return self.application.socketio.test_client(
            self.application.flask, flask_test_client=self.browser, **options
        )


@pytest.fixture
def tab(application: Application) -> Tab:
    return Tab(application)


def events(socket: flask_socketio.SocketIOTestClient, namespace: str | None = None) -> list[str]:
    return [received["name"] for received in socket.get_received(namespace)]


def answer_code(socket: flask_socketio.SocketIOTestClient) -> str:
    answer = socket.emit("cashier_pay", {}, callback=True)
    return str(answer["code"])


# --- time -------------------------------------------------------------------------------------


def test_use_within_24_hours_extends_for_ever(tab: Tab, clock: Clock) -> None:
    tab.log_in()
    for _ in range(10):
        clock.advance(hours=23, minutes=59)
        assert tab.works()


def test_24_hours_and_a_minute_without_use_end_it(tab: Tab, clock: Clock) -> None:
    tab.log_in()
    clock.advance(hours=24, minutes=1)
    assert not tab.works()


def test_it_lasts_to_the_last_second_and_no_longer(tab: Tab, clock: Clock) -> None:
    tab.log_in()
    clock.advance(hours=23, minutes=59, seconds=59)
    assert tab.works()
    clock.advance(hours=24)
    assert not tab.works()


def test_an_event_on_a_socket_is_use(tab: Tab, clock: Clock) -> None:
    tab.log_in()
    socket = tab.socket()
    for _ in range(3):
        clock.advance(hours=23)
        assert socket.emit("therapist_confirm_next", {}, callback=True)["code"] == "nothing_waiting"
    assert tab.works()


def test_extending_is_written_at_most_once_a_minute(store: Store, spa: Spa, clock: Clock) -> None:
    def log_in(unit: Any) -> str:
        return tokens.issue(unit, manager.staff_named(unit, "ana"))[0]

    token = store.run(log_in)

    def expires_at() -> Any:
        found = store.run(lambda unit: tokens.find_person(unit, token))
        assert found is not None
        return found.expires_at

    first = expires_at()
    clock.advance(seconds=50)
    assert expires_at() == first
    clock.advance(seconds=11)
    assert expires_at() > first


def test_an_expired_token_is_removed_and_its_screen_is_told(
    application: Application, tab: Tab, clock: Clock
) -> None:
    tab.log_in()
    socket = tab.socket()
    assert "queue_updated" in events(socket)
    clock.advance(hours=24, minutes=1)
    application.sweeper.sweep()
    assert events(socket) == ["identity_revoked"]
    assert answer_code(socket) == "authentication_required"
    with application.store.database.session() as session:
        assert session.query(AuthToken).count() == 0


# --- tabs and log-ins -------------------------------------------------------------------------


def test_two_tabs_of_a_browser_share_a_log_in(tab: Tab) -> None:
    tab.log_in()
    other = tab.another()
    first, second = tab.socket(), other.socket()
    assert other.works()
    for socket in (first, second):
        assert answer_code(socket) == "forbidden"


def test_a_log_in_in_one_tab_is_one_in_the_other(tab: Tab) -> None:
    tab.log_in()
    other = tab.another()
    before = other.socket()
    events(before)
    tab.log_in()
    assert other.works(), "the browser has the new token"
    assert events(before) == ["identity_revoked"], "nobody could log the old one out any more"
    assert answer_code(other.socket()) == "forbidden"


def test_a_phone_and_a_desk_are_two_log_ins(tab: Tab, application: Application) -> None:
    tab.log_in()
    socket = tab.socket()
    events(socket)
    elsewhere = Tab(application)
    elsewhere.log_in()
    assert "identity_revoked" not in events(socket)
    assert answer_code(socket) == "forbidden"
    assert tab.works()
    assert elsewhere.works()


def log_out(application: Application, token: str, **asked: Any) -> None:
    answer = application.flask.test_client().post(
        "/therapist/logout", json=asked, headers={"Authorization": f"Bearer {token}"}
    )
    assert answer.status_code == 200, answer.text


def on_duty(application: Application, username: str = "ana") -> bool:
    return application.store.run(
        lambda unit: manager.staff_named(unit, username).on_duty_since is not None
    )


def test_a_log_out_leaves_the_other_log_in_and_the_duty(tab: Tab, application: Application) -> None:
    phone, desk = tab, Tab(application)
    of_the_phone, of_the_desk = phone.log_in(), desk.log_in()
    sockets = phone.socket(), desk.socket()
    for socket in sockets:
        events(socket)
    log_out(application, of_the_phone)
    assert (phone.works(), desk.works()) == (False, True)
    assert events(sockets[0]) == ["identity_revoked"]
    assert "identity_revoked" not in events(sockets[1])
    assert on_duty(application)
    log_out(application, of_the_desk, everywhere=False)
    assert not desk.works()
    assert not on_duty(application), "the last one went"


def test_a_log_out_everywhere_ends_all_log_ins(tab: Tab, application: Application) -> None:
    phone, desk, ben = tab, Tab(application), Tab(application)
    token = phone.log_in()
    desk.log_in()
    ben.log_in("ben")
    socket = desk.socket()
    events(socket)
    log_out(application, token, everywhere=True)
    assert (phone.works(), desk.works(), ben.works()) == (False, False, True)
    assert events(socket) == ["identity_revoked"]
    assert (on_duty(application), on_duty(application, "ben")) == (False, True)


@pytest.mark.parametrize("everywhere", [1, "yes", None, []], ids=str)
def test_a_log_out_that_says_nonsense_changes_nothing(
    tab: Tab, application: Application, everywhere: Any
) -> None:
    token = tab.log_in()
    answer = application.flask.test_client().post(
        "/therapist/logout",
        json={"everywhere": everywhere},
        headers={"Authorization": f"Bearer {token}"},
    )
    assert answer.get_json()["code"] == "validation_failed"
    assert tab.works()


def test_an_expired_log_in_leaves_the_one_that_is_used(
    tab: Tab, application: Application, clock: Clock
) -> None:
    forgotten = Tab(application)
    forgotten.log_in()
    tab.log_in()
    clock.advance(hours=23)
    assert tab.works()
    clock.advance(hours=2)
    application.sweeper.sweep()
    assert (forgotten.works(), tab.works()) == (False, True)
    assert on_duty(application)
    clock.advance(hours=24)
    application.sweeper.sweep()
    assert not on_duty(application)


def test_a_program_that_never_logs_out_does_not_fill_the_table(
    tab: Tab, application: Application, clock: Clock, spa: Spa
) -> None:
    def log_in(unit: Any) -> str:
        return tokens.issue(unit, manager.staff_named(unit, "ana"))[0]

    tab.log_in()
    issued = []
    for _ in range(tokens.MOST_AT_ONCE):
        clock.advance(seconds=1)
        issued.append(application.store.run(log_in))
    assert not tab.works(), "it was used longest ago"
    for token in issued:
        assert application.store.run(lambda unit, it=token: tokens.find_person(unit, it))
    with application.store.database.session() as session:
        of_ana = session.query(AuthToken).filter(AuthToken.staff_id == spa.ana.id)
        assert of_ana.count() == tokens.MOST_AT_ONCE


def test_a_log_in_changes_the_token_and_the_session(tab: Tab) -> None:
    tab.browser.get("/kiosk")
    before = tab.browser.get_cookie("appliance_session").value
    first, second = tab.log_in(), tab.log_in()
    after = tab.browser.get_cookie("appliance_session").value
    assert first != second
    assert before != after


# --- every other end --------------------------------------------------------------------------

ENDS: dict[str, Callable[[Any], Any]] = {
    "a revocation": lambda unit: manager.revoke_staff(unit, SYSTEM, "ana"),
    "another password": lambda unit: manager.set_password(unit, SYSTEM, "ana", "x"),
    "a disabled person": lambda unit: manager.disable_staff(unit, SYSTEM, "ana"),
}


@pytest.mark.parametrize("end", list(ENDS))
def test_it_ends_at_once_and_the_screen_hears_no_more(
    application: Application, tab: Tab, spa: Spa, end: str
) -> None:
    tab.log_in()
    phone = Tab(application)
    phone.log_in()
    ben = Tab(application)
    ben.log_in("ben")
    socket, bens = tab.socket(), ben.socket()
    events(socket)
    application.store.run(ENDS[end])
    assert not tab.works()
    assert not phone.works()
    assert events(socket) == ["identity_revoked"]
    application.socketio.emit("queue_updated", {}, to="staff")
    assert events(socket) == []
    assert "queue_updated" in events(bens), "others go on hearing"
    assert answer_code(bens) == "forbidden"


def test_a_log_out_ends_the_token_everywhere(tab: Tab, application: Application) -> None:
    token = tab.log_in()
    socket = tab.socket()
    events(socket)
    program = application.flask.test_client()
    header = {"Authorization": f"Bearer {token}"}
    assert program.post("/therapist/logout", headers=header).status_code == 200
    assert not tab.works()
    assert events(socket) == ["identity_revoked"]
    assert program.get("/therapist/me", headers=header).status_code == 401


def test_what_another_process_ends_is_noticed_by_those_who_watch(
    application: Application, tab: Tab, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The technician's command has a store of its own; `watch` finds what it wrote."""
    tab.log_in()
    socket = tab.socket()
    events(socket)
    application.socketio.start_background_task(application.watcher.run)
    looks = iter(range(1000))
    for _ in looks:
        application.watcher.look()
        if application.watcher._known is not None:
            break
        time.sleep(0.01)
    store.run(lambda unit: manager.revoke_staff(unit, SYSTEM, "ana"))
    for _ in looks:
        application.watcher.look()
        if "identity_revoked" in events(socket):
            return
        time.sleep(0.01)
    raise AssertionError("the screen was not told")


# --- devices ----------------------------------------------------------------------------------


def test_a_revoked_kiosk_is_told_and_hears_no_more(
    application: Application, spa: Spa, tab: Tab
) -> None:
    kiosk = tab.socket(auth={"device_token": spa.device_tokens["door"]})
    assert "board_updated" in events(kiosk)
    application.store.run(lambda unit: manager.revoke_device(unit, SYSTEM, "door"))
    assert events(kiosk) == ["identity_revoked"]
    application.socketio.emit("board_updated", {}, to="board")
    assert events(kiosk) == []
    assert answer_code(kiosk) == "authentication_required"


def test_a_revoked_daemon_is_told_and_hears_no_more(
    application: Application, spa: Spa, tab: Tab
) -> None:
    namespace = PERIPHERALS_NAMESPACE
    auth = {"device_token": spa.device_tokens["pi"]}
    daemon = tab.socket(namespace=namespace, auth=auth)
    hello = {"name": "pi", "printers": [], "rooms": ["1"]}
    assert daemon.emit("device_hello", hello, callback=True, namespace=namespace)["ok"] is True
    application.socketio.emit("lamp", {}, to="room/1", namespace=namespace)
    application.socketio.emit("print_ready", {}, to="daemons", namespace=namespace)
    assert events(daemon, namespace) == ["lamp", "print_ready"]
    application.store.run(lambda unit: manager.revoke_device(unit, SYSTEM, "pi"))
    assert events(daemon, namespace) == ["identity_revoked"]
    application.socketio.emit("lamp", {}, to="room/1", namespace=namespace)
    application.socketio.emit("print_ready", {}, to="daemons", namespace=namespace)
    assert events(daemon, namespace) == []
    answer = daemon.emit("device_hello", hello, callback=True, namespace=namespace)
    assert answer["code"] == "authentication_required"


# --- what is kept -----------------------------------------------------------------------------


def test_only_digests_are_stored(store: Store, spa: Spa) -> None:
    token = store.run(lambda unit: tokens.issue(unit, manager.staff_named(unit, "ana"))[0])
    assert len(token) == 43, "32 random bytes"
    with store.database.engine.connect() as connection:
        for table in ("auth_tokens", "devices", "staff", "history"):
            text = repr(connection.exec_driver_sql(f"SELECT * FROM {table}").fetchall())
            for secret in (token, PASSWORD, *spa.device_tokens.values()):
                assert secret not in text


def test_a_revocation_between_the_look_and_the_joining_is_not_missed(
    application: Application, tab: Tab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One who is revoked while their socket opens does not stay in the audience."""
    tab.log_in()
    added = []

    from appliance.server.realtime.connections import Connections

    original = Connections.add

    def add(self: Connections, connection: Any) -> None:
        if not added and isinstance(connection.actor, Actor):
            added.append(connection)
            # Not yet known as an open socket: nobody tells it.
            application.store.run(lambda unit: manager.revoke_staff(unit, SYSTEM, "ana"))
        original(self, connection)

    monkeypatch.setattr(Connections, "add", add)
    socket = tab.socket()
    assert added
    assert not socket.is_connected()
