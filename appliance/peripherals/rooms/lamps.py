"""What the lamps show. Patterns are tables of time; a thread only looks up and switches.

All edges are computed from the moment at which a pattern began, never from the last edge, so that
late wake-ups do not add up. No pattern flashes more than three times in a second in a large way
(WCAG 2.3.1): these are single small lamps.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable, Mapping
from typing import Final

from appliance.peripherals.pulse import IDLE_SECONDS, Pulse
from appliance.protocol import LampPattern

log = logging.getLogger(__name__)

_TICK: Final = 1e-6
"""Floating-point slack, so that a look at the very moment of a change sees what comes after it."""

_LONGEST_SILENCE_SECONDS: Final = 15.0

Step = tuple[bool, float]
"""A level and how many seconds it lasts."""

CYCLES: Final[Mapping[LampPattern, tuple[Step, ...]]] = {
    LampPattern.OFF: ((False, math.inf),),
    LampPattern.ON: ((True, math.inf),),
    LampPattern.SLOW_BLINK: ((True, 1.0), (False, 1.0)),
    LampPattern.FAST_BLINK: ((True, 0.2), (False, 0.2)),
    LampPattern.PULSE: ((True, 0.2), (False, 2.8)),
}
TRIPLE_FLASH: Final[tuple[Step, ...]] = (
    # Dark first, so that three flashes are seen on a lamp that was on.
    (False, 0.25),
    (True, 0.15),
    (False, 0.15),
    (True, 0.15),
    (False, 0.15),
    (True, 0.15),
    (False, 0.25),
)


def level_at(steps: tuple[Step, ...], elapsed: float) -> tuple[bool, float]:
    """Look a table up once through.

    Args:
        steps: The table.
        elapsed: Seconds since it began.

    Returns:
        The level and the second at which it ends; the last level, for ever, after the end.
    """
    end = 0.0
    for level, seconds in steps:
        end += seconds
        if elapsed < end - _TICK:
            return level, end
    return steps[-1][0], math.inf


def cycle_at(steps: tuple[Step, ...], elapsed: float) -> tuple[bool, float]:
    """Look up a table that repeats for ever; as `level_at`."""
    period = sum(seconds for _, seconds in steps)
    if math.isinf(period):
        return level_at(steps, elapsed)
    turns = math.floor((elapsed + _TICK) / period)
    level, end = level_at(steps, elapsed - turns * period)
    return level, turns * period + end


class LampSchedule:
    """What one lamp shows: a pattern, and now and then a triple flash over it."""

    def __init__(self) -> None:
        self._pattern = LampPattern.OFF
        self._since = 0.0
        self._flash_since: float | None = None

    @property
    def pattern(self) -> LampPattern:
        """The pattern below any flash."""
        return self._pattern

    def show(self, pattern: LampPattern, now: float) -> None:
        """Change the pattern; the same again does not disturb its rhythm."""
        if pattern is not self._pattern:
            self._pattern, self._since = pattern, now

    def flash(self, now: float) -> None:
        """Begin a triple flash, after which the pattern is back."""
        self._flash_since = now

    def at(self, now: float) -> tuple[bool, float]:
        """The level now and the time of the next possible change, `inf` when there is none."""
        if self._flash_since is not None:
            level, end = level_at(TRIPLE_FLASH, now - self._flash_since)
            if not math.isinf(end):
                return level, self._flash_since + end
            self._flash_since = None
        level, end = cycle_at(CYCLES[self._pattern], now - self._since)
        return level, self._since + end


class LampDriver:
    """Drives all lamps from one thread.

    Args:
        clock: A monotonic clock in seconds.

    Attributes:
        pulse: Its thread's sign of life.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._switches: dict[str, Callable[[bool], None]] = {}
        self._schedules: dict[str, LampSchedule] = {}
        self._levels: dict[str, bool] = {}
        self._changed = threading.Condition()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="lamps", daemon=True)
        self.pulse = Pulse(self._thread, _LONGEST_SILENCE_SECONDS)

    def add(self, room: str, switch: Callable[[bool], None]) -> None:
        """Take a room's lamp; before `start`. `switch` turns it on (True) and off."""
        self._switches[room] = switch
        self._schedules[room] = LampSchedule()

    def show(self, room: str, pattern: LampPattern) -> None:
        """Show a pattern in a room.

        Raises:
            KeyError: There is no such room.
        """
        with self._changed:
            self._schedules[room].show(pattern, self._clock())
            self._changed.notify()

    def flash(self, room: str) -> None:
        """Show the triple flash in a room."""
        with self._changed:
            self._schedules[room].flash(self._clock())
            self._changed.notify()

    def pattern(self, room: str) -> LampPattern:
        """The pattern that a room shows."""
        with self._changed:
            return self._schedules[room].pattern

    def start(self) -> None:
        """Begin to drive."""
        self._thread.start()

    def stop(self) -> None:
        """Stop, with all lamps off."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join()
        for room in self._switches:
            self._switch(room, level=False)

    def _run(self) -> None:
        with self._changed:
            while not self._stopping:
                self.pulse.beat()
                now = self._clock()
                following = math.inf
                for room, schedule in self._schedules.items():
                    level, until = schedule.at(now)
                    following = min(following, until)
                    self._switch(room, level=level)
                self._changed.wait(min(max(following - self._clock(), 0.0), IDLE_SECONDS))

    def _switch(self, room: str, *, level: bool) -> None:
        if self._levels.get(room) is level:
            return
        try:
            self._switches[room](level)
            self._levels[room] = level
        except Exception:
            # One broken lamp must not stop the others; it is tried again at its next edge.
            log.exception("Room %s: its lamp could not be switched.", room)
