"""A finger on a call button, and the patience of the person there."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final

FINGER_SECONDS: Final = 0.06
"""How long a finger stays; longer than the debounce time."""
PATIENCE_SECONDS: Final = 240.0


def press(pin: Any, seconds: float = FINGER_SECONDS) -> None:
    """Hold a button down for so long: the time is what the daemon is told, and no wait for it."""
    pin.drive_low()
    time.sleep(seconds)
    pin.drive_high()


def until(condition: Callable[[], bool], what: str = "it did not happen") -> None:
    """Look again and again, where nobody tells when it happens."""
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < give_up_at, what
        time.sleep(0.01)
