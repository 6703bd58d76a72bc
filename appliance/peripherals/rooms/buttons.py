"""Pins: call buttons in, lamps out. The only module that touches gpiozero."""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from gpiozero import Button, Device, OutputDevice
from gpiozero.pins.mock import MockFactory

from appliance.peripherals.config import ConfigError, RoomConfig

_ADVICE: Final = {
    "lgpio": (
        " Raspberry Pi OS has it as python3-lgpio; the service's user must be in the group gpio "
        "and its unit must allow char-gpiochip."
    ),
}

OnEdge = Callable[[bool, float], None]
"""Takes an edge: True when the button went down, and the monotonic time in seconds."""


def mock_pins() -> Any:
    """Pins that exist in memory only."""
    return MockFactory()


def machine_pins() -> Any:
    """The pins that `GPIOZERO_PIN_FACTORY` names, explicitly: never whatever happens to load.

    Raises:
        ConfigError: The variable is missing, or what it names does not work here.
    """
    name = os.environ.get("GPIOZERO_PIN_FACTORY", "")
    if not name:
        raise ConfigError(
            "GPIOZERO_PIN_FACTORY is not set: use lgpio on a Raspberry Pi, mock elsewhere."
        )
    try:
        with _lgpio_workshop() if name == "lgpio" else contextlib.nullcontext():
            Device.ensure_pin_factory()
    except Exception as error:  # each factory fails in ways of its own
        raise ConfigError(
            f"GPIOZERO_PIN_FACTORY: {name!r} does not work on this machine ({error})."
            f"{_ADVICE.get(name, '')}"
        ) from error
    # On a Pi 5 the header has been gpiochip4, and gpiochip0 since kernel 6.6.45; on a Pi 4 it is
    # gpiochip0. gpiozero from 2.0.1.post3 looks for itself.
    return Device.pin_factory


@contextlib.contextmanager
def _lgpio_workshop() -> Iterator[None]:
    """A folder for the pipe that lgpio makes when it is imported.

    It would make `.lgd-nfy0` in the working directory, which a service may not write to. With
    `LG_WD` it makes it elsewhere, but moves the whole process there. Once the pipe is open at both
    ends nobody needs its name: the folder goes, and the process returns.
    """
    working_directory = Path.cwd()
    before = os.environ.get("LG_WD")
    with tempfile.TemporaryDirectory(prefix="appliance-gpio-") as folder:
        os.environ["LG_WD"] = folder
        try:
            yield
        finally:
            os.chdir(working_directory)
            if before is None:
                del os.environ["LG_WD"]
            else:
                os.environ["LG_WD"] = before


class RoomPins:
    """One room's call button and lamp.

    The button connects its pin to ground and is pulled up inside the chip; the lamp's pin is
    high when the lamp is on, or low where it is active low.

    Args:
        room: Which pins.
        pins: A gpiozero pin factory.
        on_edge: Takes each edge of the button. It is called where a raised exception would end
            all button events, so it may only put the edge somewhere and return.

    Raises:
        ConfigError: A pin cannot be used.
    """

    def __init__(self, room: RoomConfig, pins: Any, on_edge: OnEdge) -> None:
        self._button: Any = None
        self._lamp: Any = None
        try:
            # Bounces are ours to judge: gpiozero's own filter differs from factory to factory.
            self._button = Button(room.button_pin, pull_up=True, bounce_time=None, pin_factory=pins)
            self._lamp = OutputDevice(
                room.lamp_pin,
                active_high=not room.lamp_active_low,
                initial_value=False,
                pin_factory=pins,
            )
        except Exception as error:
            self.close()
            raise ConfigError(f"room {room.number}: its pins cannot be used ({error}).") from error
        self._button.when_pressed = lambda: on_edge(True, time.monotonic())
        self._button.when_released = lambda: on_edge(False, time.monotonic())

    @property
    def is_down(self) -> bool:
        """Whether the button is down at this moment."""
        return bool(self._button.is_pressed)

    def light(self, on: bool) -> None:
        """Switch the lamp."""
        if on:
            self._lamp.on()
        else:
            self._lamp.off()

    def close(self) -> None:
        """Give the pins back."""
        for device in (self._button, self._lamp):
            if device is not None:
                device.close()
