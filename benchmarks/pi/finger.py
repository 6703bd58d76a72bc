"""`appliance peripherals` with a finger on the call button of room 1, and an eye on its lamp.

Run by `Child` with the daemon's settings and a file for its log; the one command, `press`, answers
how long the lamp took.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from typing import Any, Final

from benchmarks.child import obey

BUTTON_PIN: Final = 17
LAMP_PIN: Final = 27
_FINGER_SECONDS: Final = 0.06
"""As `tests.support.hands`; the daemon takes 30 ms of rest for the end of a press."""
_SLOW_BLINK_SECONDS: Final = 0.5
"""Only a lamp that blinks slowly, because somebody waits, is lit for longer and then goes dark."""
_PATIENCE_SECONDS: Final = 15.0


class Lamp:
    """What an eye sees of a lamp.

    Args:
        pin: Of gpiozero's mock factory.
    """

    def __init__(self, pin: Any) -> None:
        self._changed = threading.Condition()
        self._lit = bool(pin.state)
        self._since = self._lasted = 0.0
        change = pin._change_state

        def watched(level: float) -> bool:
            changed: bool = change(level)
            if changed:
                with self._changed:
                    now = time.monotonic()
                    self._lit, self._since, self._lasted = bool(level), now, now - self._since
                    self._changed.notify()
            return changed

        pin._change_state = watched

    def wait(self, *, lit: bool, after_seconds: float = 0.0) -> float:
        """Wait until it is lit, or dark.

        Args:
            lit: Or dark.
            after_seconds: How long it has been the other at least.

        Returns:
            Since when, in seconds of the monotonic clock.

        Raises:
            TimeoutError: It did not become so.
        """
        with self._changed:
            if not self._changed.wait_for(
                lambda: self._lit is lit and self._lasted >= after_seconds, _PATIENCE_SECONDS
            ):
                raise TimeoutError(f"the lamp is not {'lit' if lit else 'dark'}")
            return self._since


class Finger:
    """A finger on a call button whose lamp says that somebody waits."""

    _lamp: Lamp | None = None

    def press(self) -> float:
        """Press once the lamp has gone dark.

        Whatever the answer is, its pattern begins lit. A lamp that blinks slowly is dark for a
        second, so an answer later than that would pass for one after a second.

        Returns:
            Milliseconds from the moment when the finger left the button until the lamp was lit.
        """
        from gpiozero import Device

        pins: Any = Device.pin_factory
        self._lamp = lamp = self._lamp or Lamp(pins.pin(LAMP_PIN))
        lamp.wait(lit=False, after_seconds=_SLOW_BLINK_SECONDS)
        button = pins.pin(BUTTON_PIN)
        button.drive_low()
        time.sleep(_FINGER_SECONDS)
        left = time.monotonic()
        button.drive_high()
        return (lamp.wait(lit=True) - left) * 1000


def main() -> None:
    """Be the daemon, and obey until it ends."""
    _, settings, log = sys.argv
    os.dup2(os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT), sys.stderr.fileno())
    os.environ["GPIOZERO_PIN_FACTORY"] = "mock"
    threading.Thread(target=obey, args=({"press": Finger().press},), daemon=True).start()
    from appliance.cli import main as appliance

    appliance(["peripherals", "--config", settings])


if __name__ == "__main__":
    main()
