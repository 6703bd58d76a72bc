"""A few at a time: checks that each keep a core busy, and the line of those who wait for theirs."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from appliance.server.domain.errors import TooManyAttempts

WAITING_AT_MOST: Final = 64
"""Longer lines than this are not joined: the last in it would wait for several seconds."""
_BUSY_SECONDS: Final = 5


class Line:
    """A few at a time, and only so many who wait.

    Args:
        at_once: How many have their turn at the same time.
        full: What the one too many is told.
    """

    def __init__(self, at_once: int, full: str) -> None:
        self._places = threading.BoundedSemaphore(WAITING_AT_MOST)
        self._hands = threading.BoundedSemaphore(at_once)
        self._full = full

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for one's turn, and have it.

        Raises:
            TooManyAttempts: The line is too long to be joined.
        """
        if not self._places.acquire(blocking=False):
            raise TooManyAttempts(self._full, _BUSY_SECONDS)
        try:
            with self._hands:
                yield
        finally:
            self._places.release()
