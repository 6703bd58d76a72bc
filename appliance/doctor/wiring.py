"""A walk through the rooms: each lamp is lit, each button is waited for."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

from appliance.peripherals import config as settings
from appliance.peripherals.config import Config, ConfigError, RoomConfig
from appliance.peripherals.rooms.buttons import RoomPins, machine_pins
from appliance.peripherals.rooms.gestures import GestureDetector
from appliance.peripherals.rooms.header import describe

Say = Callable[[str], None]

_PRESS_SECONDS: Final = 30.0


def walk(
    config_path: Path, say: Say, *, seconds: float = _PRESS_SECONDS, pins: Any = None
) -> list[str]:
    """Try every lamp and button, one room after the other.

    Args:
        config_path: `peripherals.toml`.
        say: Takes each line for the technician.
        seconds: How long to wait for each press.
        pins: A gpiozero pin factory; the machine's unless given.

    Returns:
        Rooms whose button did not do what it should.

    Raises:
        ConfigError: The configuration or a pin cannot be used; the devices' service has the pins
            for itself while it runs.
    """
    config = settings.load(config_path)
    if not config.rooms:
        raise ConfigError(f"{config_path} has no rooms: there is nothing to try.")
    if config.simulator.enabled:
        raise ConfigError("buttons and lamps are simulated here: try them on /simulator.")
    with ExitStack() as stack:
        rooms = _Rooms(config, machine_pins() if pins is None else pins, stack)
        failed = [room.number for room in config.rooms if not _try(rooms, room, say, seconds)]
    total = len(config.rooms)
    say(f"{total - len(failed)} of {total} buttons work.")
    say("If a lamp stayed dark, check its polarity, resistor and pin.")
    return failed


class _Rooms:
    """All rooms' pins at once, so that a button on a wrong pin is recognized."""

    def __init__(self, config: Config, pins: Any, stack: ExitStack) -> None:
        self._edges: queue.SimpleQueue[tuple[str, bool, float]] = queue.SimpleQueue()
        self.pins: dict[str, RoomPins] = {}
        for room in config.rooms:
            self.pins[room.number] = RoomPins(room, pins, self._take(room.number))
            stack.callback(self.pins[room.number].close)
        self._detectors = {number: GestureDetector() for number in self.pins}

    def _take(self, number: str) -> Callable[[bool, float], None]:
        return lambda down, at: self._edges.put((number, down, at))

    def next_press(self, deadline: float) -> str | None:
        """The room whose button is pressed next, or None when the time is over."""
        while (now := time.monotonic()) < deadline:
            for number, detector in self._detectors.items():
                if self._edges.empty() and detector.advance(now):
                    return number
            times = [d for one in self._detectors.values() if (d := one.deadline) is not None]
            try:
                number, down, at = self._edges.get(
                    timeout=max(min([*times, deadline]) - time.monotonic(), 0.0)
                )
            except queue.Empty:
                continue
            if self._detectors[number].edge(down, at):
                return number
        return None


def _try(rooms: _Rooms, room: RoomConfig, say: Say, seconds: float) -> bool:
    pins = rooms.pins[room.number]
    if pins.is_down:
        say(
            f"Room {room.number}: the button ({describe(room.button_pin)}) is already pressed. Is "
            "it stuck, or does its wire touch ground?"
        )
        return False
    say(
        f"Room {room.number}: its lamp ({describe(room.lamp_pin)}) is lit now. "
        f"Press its button ({describe(room.button_pin)})."
    )
    pins.light(True)
    try:
        deadline = time.monotonic() + seconds
        while (pressed := rooms.next_press(deadline)) is not None:
            if pressed == room.number:
                say(f"Room {room.number}: works.")
                return True
            say(f"That was the button of room {pressed}: are wires swapped? Still waiting.")
    finally:
        pins.light(False)
    say(
        f"Room {room.number}: no press came within {seconds:g} s. Check both wires of the button: "
        f"one to {describe(room.button_pin)}, one to ground."
    )
    return False
