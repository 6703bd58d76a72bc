"""The one place that reads the time: the wall clock, what has elapsed, and "the clock was set"."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from .domain.clock import STEP

_TORN_SECONDS: Final = 0.05


def utc_now() -> datetime:
    """The wall clock, aware UTC."""
    return datetime.now(UTC)


def elapsed() -> float:
    """Seconds since the machine started, sleep included; nobody can set them."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class ServerClock:
    """The time that a running server lives by.

    It follows the wall clock as long as that passes as time does. When somebody sets the wall
    clock, this one goes on in the old time, so that no session and no time-out ends of it, until
    `take_up`: its caller has moved what is written in the old time.

    Args:
        wall: Tells the time of day, aware UTC.
        elapsed: Seconds that only grow, as time passes.

    Attributes:
        since: The first moment read off this clock, in the time it tells now.
    """

    def __init__(
        self,
        wall: Callable[[], datetime] = utc_now,
        elapsed: Callable[[], float] = elapsed,
    ) -> None:
        self._wall = wall
        self._elapsed = elapsed
        self._base = wall(), elapsed()
        self.since = self._base[0]

    def __call__(self) -> datetime:
        """The moment, aware UTC."""
        reckoned, wall, at = self._read()
        if abs(wall - reckoned) >= STEP:
            return reckoned
        self._base = wall, at
        return wall

    @property
    def step(self) -> timedelta:
        """By how much the wall clock was set and nobody has taken it up yet; else zero."""
        reckoned, wall, _ = self._read()
        return wall - reckoned if abs(wall - reckoned) >= STEP else timedelta(0)

    def take_up(self, step: timedelta) -> None:
        """Live by the new time from here on."""
        wall, at = self._base
        self._base = wall + step, at
        self.since += step

    def reach_back(self, moment: datetime) -> None:
        """A moment before `since` has been expressed in this clock's time, too."""
        self.since = min(self.since, moment)

    def _read(self) -> tuple[datetime, datetime, float]:
        while True:
            before, wall, after = self._elapsed(), self._wall(), self._elapsed()
            if after - before < _TORN_SECONDS:
                break  # Else this thread had to wait in between: the two would not belong together.
        base_wall, base_elapsed = self._base
        return base_wall + timedelta(seconds=after - base_elapsed), wall, after
