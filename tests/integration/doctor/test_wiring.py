"""The walk through the rooms, on mock pins."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from gpiozero import pi_info
from gpiozero.pins.mock import MockFactory

from appliance.doctor.wiring import walk
from appliance.peripherals.config import ConfigError
from appliance.peripherals.rooms.header import HEADER_PINS
from tests.support.hands import FINGER_SECONDS, press

SERVER = '[server]\nurl = "http://127.0.0.1:5000"\ntoken_file = "TOKEN"\n'
ROOMS = (
    '[[room]]\nnumber = "1"\nbutton_pin = 17\nlamp_pin = 27\n'
    '[[room]]\nnumber = "2"\nbutton_pin = 22\nlamp_pin = 23\n'
)
BUTTONS = {"1": 17, "2": 22}


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "peripherals.toml"
    path.write_text(SERVER + ROOMS)
    return path


@pytest.fixture
def pins() -> Iterator[Any]:
    factory = MockFactory()
    yield factory
    factory.reset()


class Technician:
    """Reads each line and presses buttons: by room, the rooms whose buttons are pressed."""

    def __init__(self, pins: Any, presses: dict[str, list[str]]) -> None:
        self._pins = pins
        self._presses = presses
        self._fingers: list[threading.Thread] = []
        self.told: list[str] = []
        self.seen: list[tuple[bool, bool]] = []

    def hears(self, line: str) -> None:
        self.told.append(line)
        if "is lit now" in line:
            room = line.removeprefix("Room ").split(":")[0]
            finger = threading.Thread(target=self._press, args=(self._presses.get(room, []),))
            finger.start()
            self._fingers.append(finger)

    def leaves(self) -> None:
        for finger in self._fingers:
            finger.join()

    def _press(self, rooms: list[str]) -> None:
        for room in rooms:
            time.sleep(FINGER_SECONDS)  # between two presses
            self.seen.append((bool(self._pins.pin(27).state), bool(self._pins.pin(23).state)))
            press(self._pins.pin(BUTTONS[room]))


def test_each_lamp_is_lit_in_turn_until_its_button_is_pressed(config: Path, pins: Any) -> None:
    technician = Technician(pins, {"1": ["1"], "2": ["2"]})
    assert walk(config, technician.hears, pins=pins) == []
    technician.leaves()
    assert technician.seen == [(True, False), (False, True)]
    assert technician.told[0].endswith("Press its button (GPIO 17, header pin 11).")
    assert "2 of 2 buttons work." in technician.told
    assert pins.pin(27).function == "input", "the pins are given back"


def test_exchanged_wires_are_recognized(config: Path, pins: Any) -> None:
    technician = Technician(pins, {"1": ["2", "1"], "2": ["2"]})
    assert walk(config, technician.hears, pins=pins) == []
    technician.leaves()
    assert any("That was the button of room 2" in line for line in technician.told)


def test_a_button_that_nobody_hears_of_fails_and_the_others_are_still_tried(
    config: Path, pins: Any
) -> None:
    technician = Technician(pins, {"2": ["2"]})
    assert walk(config, technician.hears, seconds=0.5, pins=pins) == ["1"]
    technician.leaves()
    assert any("no press came" in line and "header pin 11" in line for line in technician.told)
    assert "1 of 2 buttons work." in technician.told


def test_a_button_that_is_stuck_down_fails_without_waiting(config: Path, pins: Any) -> None:
    technician = Technician(pins, {"1": ["1"]})

    def hears(line: str) -> None:
        technician.hears(line)
        pins.pin(BUTTONS["2"]).drive_low()

    assert walk(config, hears, pins=pins) == ["2"]
    technician.leaves()
    assert any("already pressed" in line for line in technician.told)


@pytest.mark.parametrize(
    ("text", "words"),
    [("", "has no rooms"), (ROOMS + "[simulator]\nenabled = true\n", "are simulated")],
)
def test_where_there_is_nothing_to_try(config: Path, text: str, words: str) -> None:
    config.write_text(SERVER + text)
    with pytest.raises(ConfigError, match=words):
        walk(config, print)


def test_the_header_is_the_one_that_gpiozero_knows() -> None:
    for revision in ("c03111", "d04170"):  # Pi 4B, Pi 5
        header = pi_info(revision).headers["J8"]
        known = {
            int(name.removeprefix("GPIO")): number
            for number, pin in header.pins.items()
            if (name := pin.name).startswith("GPIO")
        }
        assert {bcm: known[bcm] for bcm in HEADER_PINS} == dict(HEADER_PINS)
