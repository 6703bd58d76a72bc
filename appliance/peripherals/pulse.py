"""Signs of life: whether a thread still goes around."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final

IDLE_SECONDS: Final = 5.0
"""A thread with nothing to do still goes around this often, so that its silence means something."""


class Pulse:
    """One thread's sign of life.

    Args:
        thread: Whose.
        longest_silence: Seconds after which a living thread counts as stuck; longer than its
            longest honest work.
        clock: Monotonic seconds.
    """

    def __init__(
        self,
        thread: threading.Thread,
        longest_silence: float,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._thread = thread
        self._longest_silence = longest_silence
        self._clock = clock
        self._last = clock()

    def beat(self) -> None:
        """Called by the thread each time it goes around."""
        self._last = self._clock()

    @property
    def ailment(self) -> str | None:
        """What is wrong with the thread, in words; None when it is well."""
        if not self._thread.is_alive():
            return f"thread {self._thread.name} has ended"
        silence = self._clock() - self._last
        if silence > self._longest_silence:
            return f"thread {self._thread.name} has been stuck for {silence:.0f} s"
        return None
