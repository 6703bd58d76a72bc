from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from appliance.peripherals.daemon import Daemon
from appliance.protocol import LampPattern
from tests.integration.peripherals.conftest import BUTTON, LAMP, ROOM_ENTRY, StartDaemon
from tests.support.fake_server import FakeServer
from tests.support.hands import FINGER_SECONDS, PATIENCE_SECONDS, press, until


class Room:
    """A room as a person in it knows it: a button to press and a lamp to look at."""

    def __init__(self, daemon: Daemon, pins: Any) -> None:
        self._daemon = daemon
        self._pins = pins
        self._lit: list[bool] = []
        self._news = threading.Condition()
        self._watch(pins.pin(LAMP))

    def press(self, seconds: float = FINGER_SECONDS) -> None:
        press(self._pins.pin(BUTTON), seconds)

    def down(self) -> None:
        self._pins.pin(BUTTON).drive_low()

    def wait_pattern(self, pattern: LampPattern) -> None:
        with self._news:
            assert self._news.wait_for(lambda: self._daemon.lamps.pattern("1") is pattern, 10)

    def wait_flashes(self, count: int) -> None:
        with self._news:
            assert self._news.wait_for(lambda: self._lit.count(True) >= count, 10), self._lit

    def _watch(self, pin: Any) -> None:
        change = pin._change_state

        def watched(level: float) -> bool:
            changed: bool = change(level)
            with self._news:
                if changed:
                    self._lit.append(bool(level))
                self._news.notify_all()
            return changed

        pin._change_state = watched


@pytest.fixture
def room(server: FakeServer, start_daemon: StartDaemon, pins: Any) -> Room:
    daemon = start_daemon(ROOM_ENTRY)
    server.wait("device_hello")
    connected = threading.Event()
    while not daemon.client.connected:
        connected.wait(0.01)
    return Room(daemon, pins)


def test_a_press_is_reported_and_the_lamp_follows_the_answer(
    server: FakeServer, room: Room
) -> None:
    server.answers["button"] = lambda _: {"ok": True, "lamp": "fast_blink"}
    before = datetime.now(UTC)
    room.press()
    body = server.wait("button")
    assert (body["room_number"], body["gesture"]) == ("1", "press")
    assert 0 < len(body["request_id"]) <= 64
    pressed_at = datetime.fromisoformat(body["pressed_at"])
    assert before - timedelta(seconds=1) < pressed_at <= datetime.now(UTC)
    room.wait_flashes(2)
    room.wait_pattern(LampPattern.FAST_BLINK)


def test_holding_is_reported_while_the_button_is_still_down(server: FakeServer, room: Room) -> None:
    room.down()
    assert server.wait("button")["gesture"] == "hold"


def test_each_press_has_its_own_id(server: FakeServer, room: Room) -> None:
    room.press()
    server.wait("button")
    room.press()
    server.wait("button", count=2)
    first, second = server.said("button")
    assert first["request_id"] != second["request_id"]


def test_a_refused_press_is_shown_with_a_triple_flash(server: FakeServer, room: Room) -> None:
    server.answers["button"] = lambda _: {
        "ok": False,
        "error": "No pending customers.",
        "code": "nothing_waiting",
    }
    room.press()
    room.wait_flashes(3)
    assert len(server.said("button")) == 1


def test_while_the_server_is_away_a_press_flashes_and_is_not_sent_later(
    server: FakeServer, room: Room
) -> None:
    server.stop()
    until(lambda: not room._daemon.client.connected)
    room.press()
    room.wait_flashes(3)
    server.start()
    server.wait("device_hello", count=2)
    assert server.said("button") == []


def test_a_press_whose_answer_was_lost_is_sent_again_with_the_same_id(
    server: FakeServer, room: Room
) -> None:
    lost: list[int] = []

    def lose_the_first(_body: dict[str, object]) -> dict[str, object]:
        if not lost:
            lost.append(1)
            server.drop()
        return {"ok": True, "lamp": "on"}

    server.answers["button"] = lose_the_first
    room.press()
    server.wait("button", count=2)
    first, second = server.said("button")
    assert first == second
    room.wait_flashes(1)
    room.wait_pattern(LampPattern.ON)


def test_lamps_follow_the_greeting_and_then_the_events(
    server: FakeServer, start_daemon: StartDaemon, pins: Any
) -> None:
    server.lamps = {"1": "on", "99": "on"}
    daemon = start_daemon(ROOM_ENTRY)
    room = Room(daemon, pins)
    server.wait("device_hello")
    _until(lambda: daemon.lamps.pattern("1") is LampPattern.ON)
    server.push("lamp", {"room_number": "1", "pattern": "off"})
    room.wait_pattern(LampPattern.OFF)
    server.lamps = {}
    server.push("lamp", {"room_number": "1", "pattern": "pulse"})
    _until(lambda: daemon.lamps.pattern("1") is LampPattern.PULSE)
    server.drop()
    # A room that the server does not name has nothing to show.
    _until(lambda: daemon.lamps.pattern("1") is LampPattern.OFF)


def test_a_burst_of_lamp_events_ends_with_the_last(
    server: FakeServer, start_daemon: StartDaemon
) -> None:
    daemon = start_daemon(ROOM_ENTRY)
    server.wait("device_hello")
    seen: list[str] = []
    show = daemon.show
    done = threading.Event()
    tick = threading.Event()

    def noting(room: object, pattern: object) -> None:
        if pattern == "slow_blink":
            tick.wait(0.002)  # slower than the next two, which must not overtake it
        show(room, pattern)
        if pattern != "off":  # that is the greeting
            seen.append(str(pattern))
        if len(seen) == 300:
            done.set()

    daemon.show = noting  # type: ignore[method-assign]
    sent = ["slow_blink", "fast_blink", "on"] * 100
    for pattern in sent:
        server.push("lamp", {"room_number": "1", "pattern": pattern})
    assert done.wait(PATIENCE_SECONDS)
    assert seen == sent


def test_what_the_server_says_while_it_is_greeted_is_newer_than_its_answer(
    server: FakeServer, start_daemon: StartDaemon, pins: Any
) -> None:
    greet = server.answers["device_hello"]

    def greet_and_say(body: dict[str, Any]) -> dict[str, Any]:
        server.push("lamp", {"room_number": "1", "pattern": "on"})
        return greet(body)

    server.answers["device_hello"] = greet_and_say
    server.lamps = {"1": "pulse"}
    daemon = start_daemon(ROOM_ENTRY)
    room = Room(daemon, pins)
    room.wait_pattern(LampPattern.ON)
    _until(lambda: daemon.client.connected)
    assert daemon.lamps.pattern("1") is LampPattern.ON
    # On the next connection the answer counts again, for nothing newer has come.
    server.answers["device_hello"] = greet
    server.drop()
    _until(lambda: daemon.lamps.pattern("1") is LampPattern.PULSE)


def test_what_the_server_says_while_a_press_is_on_its_way_is_newer_than_its_answer(
    server: FakeServer, room: Room
) -> None:
    def answer(body: dict[str, Any]) -> dict[str, Any]:
        server.push("lamp", {"room_number": "1", "pattern": "pulse"})
        return {"ok": True, "lamp": "on"}

    server.answers["button"] = answer
    room.press()
    room.wait_pattern(LampPattern.PULSE)
    server.answers["button"] = lambda _: {"ok": True, "lamp": "fast_blink"}
    room.press()
    room.wait_pattern(LampPattern.FAST_BLINK)
    assert len(server.said("button")) == 2


@pytest.mark.parametrize(
    "body",
    [
        {"room_number": "99", "pattern": "on"},
        {"room_number": "1", "pattern": "disco"},
        {"room_number": ["1"], "pattern": None},
        {},
    ],
)
def test_a_lamp_event_that_makes_no_sense_changes_nothing(
    server: FakeServer, start_daemon: StartDaemon, body: dict[str, object]
) -> None:
    daemon = start_daemon(ROOM_ENTRY)
    server.wait("device_hello")
    server.push("lamp", body)
    server.push("lamp", {"room_number": "1", "pattern": "on"})
    _until(lambda: daemon.lamps.pattern("1") is LampPattern.ON)


def test_all_lamps_are_off_and_all_pins_free_after_a_stop(
    server: FakeServer, start_daemon: StartDaemon, pins: Any
) -> None:
    server.lamps = {"1": "on"}
    daemon = start_daemon(ROOM_ENTRY)
    _until(lambda: bool(pins.pin(LAMP).state))
    daemon.stop()
    assert pins.pin(LAMP).function == "input"
    assert pins.pin(LAMP).states[-1].state is False


def _until(reached: Callable[[], bool], seconds: float = PATIENCE_SECONDS) -> None:
    """Wait for something that has no event of its own."""
    tick = threading.Event()
    for _ in range(int(seconds / 0.01)):
        if reached():
            return
        tick.wait(0.01)
    raise AssertionError("it did not happen")
