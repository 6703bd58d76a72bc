"""Enrolling a browser: a link that works once, exchanged for a secret of the browser's own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from appliance.server.app import Application
from appliance.server.auth import tokens
from appliance.server.config import Settings
from appliance.server.domain.errors import InvalidState, NotFound, ValidationFailed
from appliance.server.domain.security import token_digest
from appliance.server.domain.states import SYSTEM
from appliance.server.store import devices
from appliance.server.store.models import DeviceSession, EnrolmentCode
from appliance.server.store.unit_of_work import Store
from appliance.server.usecases import manager
from tests.support import still_throttle
from tests.support.spa import Clock, Spa
from tests.support.threads import PATIENCE

COOKIE = "appliance_kiosk"
MakeLink = Callable[..., str]
pytestmark = pytest.mark.usefixtures("spa")


@pytest.fixture(autouse=True)
def _still_throttle(monkeypatch: pytest.MonkeyPatch) -> None:
    still_throttle.stop_here(monkeypatch)


@pytest.fixture
def make_link(application: Application) -> MakeLink:
    """Make a link; what stands behind its #."""

    def make(name: str = "door") -> str:
        shop = Settings.from_environment().shop
        link = application.store.run(lambda unit: manager.enrolment_link(unit, SYSTEM, shop, name))
        page, _, code = link.partition("#")
        assert page == f"{shop.public_url}/enroll"
        return code

    return make


def enrol(application: Application, secret: str, address: str = "10.0.0.7") -> tuple[Any, Any]:
    """A new browser that opens a link, and the answer it gets."""
    browser = application.flask.test_client()
    answer = browser.post(
        "/devices/session", json={"token": secret}, environ_base={"REMOTE_ADDR": address}
    )
    return browser, answer


def is_in(browser: Any) -> bool:
    """Whether a browser is the kiosk."""
    status = browser.get("/api/board").status_code
    assert status in {200, 401}
    return bool(status == 200)


def refusal(answer: Any) -> str:
    """Why a browser was not let in."""
    assert (answer.status_code, answer.get_json()["code"]) == (401, "invalid_credentials")
    assert "Set-Cookie" not in answer.headers
    return str(answer.get_json()["error"])


# --- the link ---------------------------------------------------------------------------------


def test_a_link_works_once(application: Application, make_link: MakeLink) -> None:
    code = make_link()
    tablet, answer = enrol(application, code)
    assert answer.get_json() == {"ok": True, "device": {"kind": "kiosk", "name": "door"}}
    assert is_in(tablet)
    stranger, answer = enrol(application, code)
    assert "used already" in refusal(answer)
    assert not is_in(stranger)
    assert is_in(tablet), "the one who was first stays"


def test_a_link_ends_after_fifteen_minutes(
    application: Application, make_link: MakeLink, clock: Clock
) -> None:
    in_time, late = make_link("door"), make_link("pool")
    clock.advance(minutes=14, seconds=59)
    assert enrol(application, in_time)[1].status_code == 200
    clock.advance(seconds=1)
    assert "expired" in refusal(enrol(application, late)[1])


def test_a_new_link_ends_the_one_before_and_no_browser(
    application: Application, make_link: MakeLink
) -> None:
    tablet, _ = enrol(application, make_link())
    before, after = make_link(), make_link()
    assert "no longer valid" in refusal(enrol(application, before)[1])
    assert enrol(application, after)[1].status_code == 200
    assert is_in(tablet)


def test_a_link_is_no_token(application: Application, make_link: MakeLink) -> None:
    """It opens the one door where it is exchanged, and its browser's secret only as a cookie."""
    code = make_link()
    tablet, _ = enrol(application, make_link("pool"))
    for secret in (code, tablet.get_cookie(COOKIE).value):
        socket = application.socketio.test_client(application.flask, auth={"device_token": secret})
        assert not socket.is_connected()
    guest = application.flask.test_client()
    guest.set_cookie(COOKIE, code)
    assert not is_in(guest)
    assert enrol(application, code)[1].status_code == 200, "trying has not used it up"


def test_who_gets_no_link(application: Application, make_link: MakeLink) -> None:
    with pytest.raises(ValidationFailed, match="no code for a station"):
        make_link("pi")
    with pytest.raises(NotFound):
        make_link("nobody")
    application.store.run(lambda unit: manager.revoke_device(unit, SYSTEM, "door"))
    with pytest.raises(InvalidState, match="revoked"):
        make_link("door")


@pytest.mark.parametrize("protected", [True, False])
def test_of_two_screens_with_one_link_one_is_let_in(
    application: Application,
    make_link: MakeLink,
    monkeypatch: pytest.MonkeyPatch,
    protected: bool,
) -> None:
    """Both have read the code before one has used it; the control does not take its row."""
    code = make_link()
    both_have_looked = threading.Barrier(2)
    tried = threading.local()
    protected_look = devices.code_with

    def look(session: Session, digest: bytes) -> EnrolmentCode | None:
        again, tried.once = getattr(tried, "once", False), True
        if protected:
            # Both have begun, and have read the devices, when they come to the code; the database
            # may make the second of them begin again.
            if not again:
                both_have_looked.wait(PATIENCE)
            return protected_look(session, digest)
        asked = select(EnrolmentCode).where(EnrolmentCode.digest == digest)
        found = session.scalars(asked).first()
        both_have_looked.wait(PATIENCE)
        return found

    monkeypatch.setattr(devices, "code_with", look)
    statuses: list[int] = []

    def open_link() -> None:
        statuses.append(enrol(application, code)[1].status_code)

    screens = [threading.Thread(target=open_link) for _ in range(2)]
    for screen in screens:
        screen.start()
    for screen in screens:
        screen.join(PATIENCE)
    assert sorted(statuses) == ([200, 401] if protected else [200, 200])


# --- the browser's own secret -----------------------------------------------------------------


def test_the_cookie_never_holds_the_token(
    application: Application, spa: Spa, make_link: MakeLink, store: Store
) -> None:
    token, code = spa.device_tokens["door"], make_link()
    held = set()
    for secret in (token, token, code):
        browser, answer = enrol(application, secret)
        assert is_in(browser)
        [cookie] = answer.headers.getlist("Set-Cookie")
        assert token not in cookie
        assert code not in cookie
        held.add(browser.get_cookie(COOKIE).value)
    assert len(held) == 3, "each browser has its own, and the token may be opened again and again"
    with store.database.engine.connect() as connection:
        for table in ("devices", "device_sessions", "enrolment_codes", "history"):
            kept = repr(connection.execute(text(f"SELECT * FROM {table}")).fetchall())
            for secret in (token, code, *held):
                assert secret not in kept


def test_a_revoked_device_ends_its_browsers_and_its_link(
    application: Application, spa: Spa, make_link: MakeLink
) -> None:
    tablet, _ = enrol(application, make_link())
    other, _ = enrol(application, spa.device_tokens["pool"])
    code = make_link()
    screen = application.socketio.test_client(application.flask, flask_test_client=tablet)
    assert "board_updated" in {received["name"] for received in screen.get_received()}
    application.store.run(lambda unit: manager.revoke_device(unit, SYSTEM, "door"))
    assert [received["name"] for received in screen.get_received()] == ["identity_revoked"]
    assert not is_in(tablet)
    for secret in (code, spa.device_tokens["door"]):
        assert "no longer valid" in refusal(enrol(application, secret)[1])
    assert is_in(other), "another device's"


def test_an_open_screen_hears_of_what_another_process_revoked(
    application: Application, make_link: MakeLink, store: Store
) -> None:
    """The technician's command has a store of its own: the server asks whose secrets are good."""
    tablet, _ = enrol(application, make_link())
    screen = application.socketio.test_client(application.flask, flask_test_client=tablet)
    secret = tablet.get_cookie(COOKIE).value
    digest = token_digest(secret)
    assert store.run(lambda unit: tokens.alive(unit, [digest])) == {digest}
    assert screen.is_connected()
    store.run(lambda unit: manager.revoke_device(unit, SYSTEM, "door"))
    assert store.run(lambda unit: tokens.alive(unit, [digest])) == set()


def test_a_browser_that_the_release_before_has_enrolled_is_let_in(
    application: Application, spa: Spa
) -> None:
    browser = application.flask.test_client()
    browser.set_cookie(COOKIE, spa.device_tokens["door"])
    assert is_in(browser)
    browser.set_cookie(COOKIE, spa.device_tokens["lobby"])
    assert not is_in(browser), "a display's is no kiosk's"


def test_a_kiosks_cookie_is_no_displays(application: Application, make_link: MakeLink) -> None:
    tablet, _ = enrol(application, make_link())
    guest = application.flask.test_client()
    guest.set_cookie("appliance_display", tablet.get_cookie(COOKIE).value)
    assert not is_in(guest)


def test_a_device_keeps_its_newest_browsers(
    application: Application, spa: Spa, make_link: MakeLink, store: Store
) -> None:
    pool, _ = enrol(application, make_link("pool"))
    browsers = [
        enrol(application, spa.device_tokens["door"])[0]
        for _ in range(devices.SESSIONS_AT_MOST + 2)
    ]
    assert [is_in(browser) for browser in browsers] == [False] * 2 + [True] * (len(browsers) - 2)
    assert is_in(pool)
    with store.database.session() as session:
        assert session.query(DeviceSession).count() == devices.SESSIONS_AT_MOST + 1


# --- guesses ----------------------------------------------------------------------------------


def test_guesses_at_links_are_slowed_down_and_remembered(
    application: Application, make_link: MakeLink, store: Store
) -> None:
    statuses = {}
    for n in range(60):
        _, answer = enrol(application, f"guess{n}", "10.0.0.66")
        statuses[answer.status_code] = answer
    assert set(statuses) == {401, 429}
    assert statuses[429].get_json()["code"] == "too_many_attempts"
    code = make_link()
    assert enrol(application, code, "10.0.0.66")[1].status_code == 429, "nor is the right one seen"
    assert enrol(application, code, "10.0.0.7")[1].status_code == 200, "elsewhere it is"
    application.sweeper.sweep()
    with store.database.engine.connect() as connection:
        rows = connection.execute(
            text("SELECT detail FROM history WHERE event = 'device_refused'")
        ).fetchall()
    assert rows
