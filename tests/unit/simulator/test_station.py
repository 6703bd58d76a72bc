"""The simulator between the page and gpiozero's mock pins."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from gpiozero import LED, Button
from gpiozero.pins.mock import MockFactory

from appliance.peripherals.rooms.gestures import DEBOUNCE_SECONDS
from appliance.peripherals.simulator import station
from appliance.peripherals.simulator.printer import SimulatedPrinter
from appliance.peripherals.simulator.station import RoomPins, Simulator
from appliance.peripherals.simulator.status import Switch
from appliance.protocol import LampPattern

LONG = 240.0


class Shop:
    """Two rooms as the daemon wires them, one printer, and what the page was told."""

    def __init__(self) -> None:
        self.factory = MockFactory()
        self.rooms = {"1": RoomPins(17, 27), "2": RoomPins(22, 23)}
        self.buttons = {n: self._button(pins) for n, pins in self.rooms.items()}
        self.lamps = {
            n: LED(pins.lamp_pin, pin_factory=self.factory) for n, pins in self.rooms.items()
        }
        self.printer = SimulatedPrinter("lobby", ("ticket",), self._changed)
        self.told: queue.Queue[tuple[str, Any]] = queue.Queue()
        self.simulator = Simulator(
            {"lobby": self.printer}, self.rooms, self.factory, lambda *told: self.told.put(told)
        )

    def _changed(self) -> None:
        self.simulator.changed()

    def _button(self, pins: RoomPins) -> Button:
        return Button(pins.button_pin, pull_up=True, pin_factory=self.factory)

    def next(self, event: str) -> Any:
        """Wait for the next message of a kind."""
        while True:
            name, body = self.told.get(timeout=LONG)
            if name == event:
                return body

    def until(self, event: str, holds: Any) -> Any:
        """Wait for the message for which something holds."""
        while not holds(body := self.next(event)):
            pass
        return body

    def close(self) -> None:
        self.simulator.stop()
        for device in (*self.buttons.values(), *self.lamps.values()):
            device.close()
        self.factory.close()


@pytest.fixture
def shop() -> Iterator[Shop]:
    shop = Shop()
    yield shop
    shop.close()


def act(shop: Shop, **payload: object) -> None:
    shop.simulator.handle_action(payload)


class TestButtons:
    def test_a_finger_on_the_page_presses_the_button(self, shop: Shop) -> None:
        act(shop, action="button_down", room_number="1")
        assert shop.buttons["1"].is_pressed
        assert not shop.buttons["2"].is_pressed
        shop.simulator.start()
        act(shop, action="button_up", room_number="1")
        assert shop.buttons["1"].wait_for_release(LONG)

    def test_the_daemon_is_called_back(self, shop: Shop) -> None:
        calls: list[str] = []
        shop.buttons["2"].when_pressed = lambda: calls.append("pressed")
        shop.buttons["2"].when_released = lambda: calls.append("released")
        shop.simulator.start()
        act(shop, action="button_down", room_number="2")
        act(shop, action="button_up", room_number="2")
        assert shop.buttons["2"].wait_for_release(LONG)
        assert calls == ["pressed", "released"]

    def test_taps_that_arrive_all_at_once_are_presses_that_a_finger_could_make(
        self, shop: Shop
    ) -> None:
        edges: list[tuple[str, float]] = []
        done = threading.Event()

        def note(edge: str) -> None:
            edges.append((edge, time.monotonic()))
            if len(edges) == 6:
                done.set()

        shop.buttons["1"].when_pressed = lambda: note("down")
        shop.buttons["1"].when_released = lambda: note("up")
        shop.simulator.start()
        for _ in range(3):
            act(shop, action="button_down", room_number="1")
            act(shop, action="button_up", room_number="1")
        assert done.wait(LONG)
        assert [edge for edge, _ in edges] == ["down", "up"] * 3
        times = [at for _, at in edges]
        # Never shorter than planned, whatever the machine does; longer is fine.
        presses = [up - down for down, up in zip(times[::2], times[1::2], strict=True)]
        assert min(presses) > DEBOUNCE_SECONDS

    def test_a_flood_of_taps_ends(self) -> None:
        finger = station._Finger()
        for _ in range(1000):
            finger.plan(True, 1.0)
            finger.plan(False, 1.0)
        moves = 0
        while finger.due(1000.0 + moves) is not None:
            moves += 1
        assert 2 <= moves <= 21

    def test_a_late_look_does_not_shorten_a_press(self) -> None:
        finger = station._Finger()
        finger.plan(True, 1.0)
        finger.plan(False, 1.0)
        assert finger.due(5.0) is True
        assert finger.due(5.0) is None
        assert finger.due(5.0 + station.SHORTEST_PRESS) is False

    def test_the_state_shows_who_presses(self, shop: Shop) -> None:
        act(shop, action="button_down", room_number="2")
        rooms: Any = shop.simulator.state()["rooms"]
        assert [(room["number"], room["pressed"]) for room in rooms] == [("1", False), ("2", True)]

    def test_a_forgotten_finger_lets_go(self, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(station, "LONGEST_PRESS", 0.0)
        shop.simulator.start()
        act(shop, action="button_down", room_number="1")
        shop.buttons["1"].wait_for_release(LONG)
        assert not shop.buttons["1"].is_pressed

    def test_stopping_lets_all_buttons_go(self, shop: Shop) -> None:
        shop.simulator.start()
        act(shop, action="button_down", room_number="1")
        shop.simulator.stop()
        assert not shop.buttons["1"].is_pressed


class TestLamps:
    def test_the_page_sees_what_the_pin_does(self, shop: Shop) -> None:
        shop.simulator.start()
        shop.next("simulator_state")
        shop.lamps["2"].on()
        assert shop.next("simulator_lamps") == {"lamps": {"1": False, "2": True}}
        shop.lamps["2"].off()
        assert shop.next("simulator_lamps") == {"lamps": {"1": False, "2": False}}

    def test_a_pin_that_is_no_output_lights_nothing(self, shop: Shop) -> None:
        shop.lamps["1"].on()
        shop.lamps["1"].close()
        rooms: Any = shop.simulator.state()["rooms"]
        assert rooms[0]["lamp"] is False

    def test_blinking_for_weeks_does_not_fill_memory(self, shop: Shop) -> None:
        for _ in range(300):
            shop.lamps["1"].on()
            shop.lamps["1"].off()
        shop.simulator.state()
        assert len(shop.factory.pin(27).states) == 1

    def test_the_pattern_is_for_words_only(self, shop: Shop) -> None:
        shop.simulator.note_pattern("1", LampPattern.ON)
        shop.simulator.note_pattern("99", LampPattern.ON)
        rooms: Any = shop.simulator.state()["rooms"]
        assert [(room["pattern"], room["lamp"]) for room in rooms] == [("on", False), (None, False)]


class TestPrinters:
    def test_switches(self, shop: Shop) -> None:
        act(shop, action="switch", printer="lobby", switch="paper_out", on=True)
        assert shop.printer.is_on(Switch.PAPER_OUT)
        act(shop, action="switch", printer="lobby", switch="paper_out", on=False)
        assert not shop.printer.is_on(Switch.PAPER_OUT)

    def test_clearing_paper(self, shop: Shop) -> None:
        shop.printer.write(b"x\n")
        act(shop, action="clear_paper", printer="lobby")
        assert shop.printer.papers() == []

    @pytest.mark.parametrize(
        "payload",
        [
            None,
            "refresh",
            [],
            {},
            {"action": "explode"},
            {"action": ["refresh"]},
            {"action": "button_down"},
            {"action": "button_down", "room_number": "99"},
            {"action": "button_up", "room_number": ["1"]},
            {"action": "switch", "printer": "lobby", "switch": "paper_out", "on": "yes"},
            {"action": "switch", "printer": "lobby", "switch": "silent", "on": True},
            {"action": "switch", "printer": "lobby", "switch": {}, "on": True},
            {"action": "switch", "printer": "attic", "switch": "paper_out", "on": True},
            {"action": "clear_paper", "printer": {}},
        ],
    )
    def test_nonsense_changes_nothing_and_is_logged(
        self, shop: Shop, payload: object, caplog: pytest.LogCaptureFixture
    ) -> None:
        before = shop.simulator.state()
        with caplog.at_level(logging.WARNING):
            shop.simulator.handle_action(payload)
        assert shop.simulator.state() == before
        assert "action that is not known" in caplog.text


class TestSending:
    def test_the_first_snapshot_comes_at_once(self, shop: Shop) -> None:
        shop.printer.write(b"ticket\n")
        shop.simulator.start()
        state = shop.next("simulator_state")
        assert set(state) == {"printers", "rooms"}
        assert len(state["printers"][0]["papers"]) == 1

    def test_paper_makes_a_new_snapshot(self, shop: Shop) -> None:
        shop.simulator.start()
        shop.next("simulator_state")
        shop.printer.write(b"ticket\n\x1dV\x00")
        shop.until("simulator_state", lambda state: state["printers"][0]["papers"])

    def test_a_new_page_asks_and_gets_everything(self, shop: Shop) -> None:
        shop.simulator.start()
        shop.next("simulator_state")
        act(shop, action="refresh")
        assert shop.next("simulator_state")["rooms"]

    def test_many_changes_are_sent_as_few(self, shop: Shop) -> None:
        shop.simulator.start()
        for _ in range(2000):
            shop.simulator.changed()
        shop.printer.write(b"last\n")
        shop.until("simulator_state", lambda state: state["printers"][0]["papers"])
        shop.simulator.stop()
        assert shop.told.qsize() < 100

    def test_lamps_do_not_carry_paper(self, shop: Shop) -> None:
        shop.simulator.start()
        shop.next("simulator_state")
        shop.lamps["1"].on()
        shop.next("simulator_lamps")
        assert shop.told.empty()

    def test_a_broken_connection_does_not_end_it(
        self, shop: Shop, caplog: pytest.LogCaptureFixture
    ) -> None:
        attempts: queue.Queue[str] = queue.Queue()
        trouble = iter([True, True])

        def send(event: str, body: object) -> None:
            attempts.put(event)
            if next(trouble, False):
                raise OSError("away")

        simulator = Simulator({}, shop.rooms, shop.factory, send)
        simulator.start()
        for _ in range(3):
            assert attempts.get(timeout=LONG) == "simulator_state"
            simulator.changed()
        simulator.stop()
        assert caplog.text.count("could not be told") == 1

    def test_it_starts_again_after_a_stop(self, shop: Shop) -> None:
        shop.simulator.start()
        shop.simulator.start()
        shop.next("simulator_state")
        shop.simulator.stop()
        shop.simulator.start()
        shop.next("simulator_state")
