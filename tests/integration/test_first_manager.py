"""A shop without a manager: its kiosk shows a code, and with it one person becomes the manager."""

from __future__ import annotations

import contextlib
import threading
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select

from appliance.server.app import Application
from appliance.server.auth import passwords
from appliance.server.auth.first_manager import RENEWED_EVERY
from appliance.server.domain.errors import InvalidState, Unavailable
from appliance.server.domain.security import LOG_IN_FAILED, LOG_IN_PAUSED
from appliance.server.domain.states import SYSTEM, Role
from appliance.server.store import counter, people
from appliance.server.store.models import HistoryEntry, Staff
from appliance.server.store.unit_of_work import Store
from appliance.server.usecases import manager
from appliance.server.usecases.manager.first import add_first_manager
from tests.support import still_throttle
from tests.support.spa import PASSWORD, Clock
from tests.support.threads import PATIENCE, at_once

GLORIA = {"username": "gloria", "name": "Gloria", "password": PASSWORD}


@pytest.fixture(autouse=True)
def _still_throttle(monkeypatch: pytest.MonkeyPatch) -> None:
    still_throttle.stop_here(monkeypatch)


@pytest.fixture
def kiosk(application: Application) -> Any:
    """The browser of an enrolled kiosk."""
    token = application.store.run(lambda unit: manager.add_device(unit, SYSTEM, Role.KIOSK, "door"))
    browser = application.flask.test_client()
    assert browser.post("/devices/session", json={"token": token}).status_code == 200
    return browser


def code_on(kiosk: Any) -> str:
    """What stands on the kiosk's screen."""
    page = kiosk.get("/kiosk")
    assert page.headers["Cache-Control"] == "no-store"
    _, _, rest = page.text.partition('<p class="setup-code-digits" dir="ltr">')
    code = rest.partition("<")[0]
    assert len(code.replace(" ", "")) == 8
    return code


def set_up(application: Application, code: str, address: str = "10.0.0.7", **said: str) -> Any:
    return application.flask.test_client().post(
        "/setup", json=GLORIA | said | {"code": code}, environ_base={"REMOTE_ADDR": address}
    )


def test_the_code_on_the_kiosk_makes_the_first_manager(
    application: Application, kiosk: Any
) -> None:
    stranger = application.flask.test_client()
    assert "Set up this shop" in stranger.get("/manager/login").text
    assert stranger.get("/setup").status_code == 200
    assert set_up(application, code_on(kiosk)).get_json() == {"ok": True}
    logged_in = stranger.post("/manager/login", json={"username": "gloria", "password": PASSWORD})
    assert logged_in.status_code == 200
    assert "setup-code-digits" not in kiosk.get("/kiosk").text, "the kiosk is one now"
    assert stranger.get("/setup").status_code == 302
    assert "Set up this shop" not in application.flask.test_client().get("/manager/login").text


def test_only_an_enrolled_kiosk_shows_the_code(application: Application, kiosk: Any) -> None:
    code = code_on(kiosk)
    token = application.store.run(
        lambda unit: manager.add_device(unit, SYSTEM, Role.DISPLAY, "lobby")
    )
    board = application.flask.test_client()
    board.post("/devices/session", json={"token": token})
    for browser in (application.flask.test_client(), board):
        for page in ("/kiosk", "/setup", "/manager/login", "/board", "/healthz", "/openapi.json"):
            shown = browser.get(page).text
            assert code not in shown
            assert code.replace(" ", "") not in shown


def test_the_code_is_read_in_any_script_and_changes(
    application: Application, kiosk: Any, clock: Clock
) -> None:
    code = code_on(kiosk)
    clock.advance(seconds=RENEWED_EVERY.total_seconds())
    assert code_on(kiosk) != code
    arabic = code.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
    assert set_up(application, f" {arabic} ").status_code == 200, "read off a moment ago"


def test_an_old_code_and_a_guess_are_refused_and_slowed_down(
    application: Application, kiosk: Any, clock: Clock
) -> None:
    code = code_on(kiosk)
    clock.advance(seconds=2 * RENEWED_EVERY.total_seconds())
    refused = set_up(application, code)
    assert (refused.status_code, refused.get_json()["code"]) == (401, "invalid_credentials")
    codes = {set_up(application, "1").get_json()["code"] for _ in range(60)}
    assert codes == {"invalid_credentials", "too_many_attempts"}
    paused = set_up(application, code_on(kiosk))
    assert paused.get_json()["code"] == "too_many_attempts", "the right one waits as well"
    noted = application.store.look(
        lambda unit: set(
            unit.session.scalars(
                select(HistoryEntry.event).where(HistoryEntry.event.like("log_in%"))
            )
        )
    )
    assert noted == {LOG_IN_FAILED, LOG_IN_PAUSED}
    assert set_up(application, code_on(kiosk), address="10.0.0.8").status_code == 200


@pytest.mark.parametrize(
    "said",
    [{"password": "short"}, {"username": "two words"}, {"name": " "}, {"username": ""}],
    ids=["password", "username", "name", "nobody"],
)
def test_what_cannot_be_used_is_said_and_makes_nobody(
    application: Application, kiosk: Any, said: dict[str, str]
) -> None:
    refused = set_up(application, code_on(kiosk), **said)
    assert (refused.status_code, refused.get_json()["code"]) == (400, "validation_failed")
    assert set_up(application, code_on(kiosk)).status_code == 200


def test_a_shop_with_a_manager_takes_no_code(application: Application, kiosk: Any) -> None:
    code = code_on(kiosk)
    assert set_up(application, code).status_code == 200
    again = set_up(application, code, username="mallory")
    assert (again.status_code, again.get_json()["code"]) == (409, "invalid_state")


def test_while_the_database_is_away_nobody_is_told_that_there_is_a_manager(
    application: Application, kiosk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = code_on(kiosk)

    def away(_session: object) -> bool:
        raise Unavailable("The database is unavailable. Please try again soon.")

    with monkeypatch.context() as outage:
        outage.setattr(people, "has_manager", away)
        refused = set_up(application, code)
        assert (refused.status_code, refused.get_json()["code"]) == (503, "unavailable")
        assert kiosk.get("/kiosk").status_code == 200, "the page waits for the server as ever"
    assert set_up(application, code).status_code == 200


def both_at_once(
    store: Store, monkeypatch: pytest.MonkeyPatch, *, patience: float = PATIENCE
) -> list[str]:
    """Two people set the shop up in the same moment.

    Args:
        store: Of a shop without a manager.
        monkeypatch: Lets each wait for the other before it writes.
        patience: For how many seconds; a lock keeps one of them from ever coming.

    Returns:
        Who became a manager.
    """
    hashed = passwords.hash_password(PASSWORD)
    together = threading.Barrier(2)
    has_manager = people.has_manager

    def looks(session: Any) -> bool:
        found = has_manager(session)
        # Both have looked before either writes, unless one waits for the other's lock.
        with contextlib.suppress(threading.BrokenBarrierError):
            together.wait(patience)
        return found

    monkeypatch.setattr(people, "has_manager", looks)

    def add(username: str) -> None:
        with contextlib.suppress(InvalidState):
            store.run(lambda unit: add_first_manager(unit, username, username, hashed))

    at_once([partial(add, "gloria"), partial(add, "mallory")])
    return list(store.look(lambda unit: unit.session.scalars(select(Staff.username)).all()))


def test_of_two_at_once_one_becomes_the_manager(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert len(both_at_once(store, monkeypatch, patience=0.5)) == 1


def test_without_the_lock_both_would(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control."""
    monkeypatch.setattr(counter, "lock", lambda _session: None)
    assert len(both_at_once(store, monkeypatch)) == 2
