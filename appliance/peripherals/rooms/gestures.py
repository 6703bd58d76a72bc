"""From the chatter of a contact to what a finger meant. Pure: time comes in as an argument.

A contact bounces when it closes and when it opens. A change counts once the contact has been
quiet for longer than the debounce time, and is dated back to the first edge of its burst.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from appliance.protocol import HOLD_SECONDS, Gesture

DEBOUNCE_SECONDS: Final = 0.030
FINGER_SECONDS: Final = 0.080
"""A contact that never came to rest for the debounce time, over so long, was no bounce..."""
FINGER_SHARE: Final = 0.6
"""...and, closed for more than this share of it, no hum of a cable, which closes it for half of
every period."""
_TICK: Final = 1e-6
"""Floating-point slack: a microsecond is no time for a contact."""


@dataclass(frozen=True)
class Made:
    """A gesture and the moment, on the clock of the edges, at which the finger came down.

    Attributes:
        gesture: None where a finger was there, and a worn contact does not let anybody tell what
            it meant: the lamp says no, so that it is pressed again.
        at: The moment.
    """

    gesture: Gesture | None
    at: float


class GestureDetector:
    """Turns edges of one contact into gestures.

    A press is reported when the contact is released, a hold as soon as it has lasted long enough;
    the release after a hold is no press.

    Args:
        debounce: Seconds of quiet that make a change count; bounces up to this long are ignored.
        hold: Seconds that make a hold.
    """

    def __init__(self, *, debounce: float = DEBOUNCE_SECONDS, hold: float = HOLD_SECONDS) -> None:
        self._debounce = debounce
        self._hold = hold
        self._level = False
        self._last_edge: float | None = None
        self._burst_start = 0.0
        self._closed = 0.0
        self._down_since: float | None = None
        self._held = False

    @property
    def deadline(self) -> float | None:
        """When `advance` must be called next, or None while nothing can happen without an edge."""
        times = []
        if self._last_edge is not None:
            times.append(self._last_edge + self._debounce)
        opening = self._last_edge is not None and not self._level
        if self._down_since is not None and not self._held and not opening:
            times.append(self._down_since + self._hold)
        return min(times, default=None)

    def edge(self, down: bool, at: float) -> list[Made]:
        """Take an edge.

        Args:
            down: True when the contact has closed.
            at: When, in seconds on a monotonic clock; never earlier than the call before.

        Returns:
            Gestures that were complete before this edge.
        """
        # An edge exactly at the end of the debounce time still belongs to the burst.
        made = self._advance(at - _TICK)
        if self._last_edge is None:
            self._burst_start, self._closed = at, 0.0
        elif self._level:
            self._closed += at - self._last_edge
        self._last_edge = at
        self._level = down
        return made

    def advance(self, now: float) -> list[Made]:
        """Let time pass.

        Args:
            now: The time, on the clock of the edges.

        Returns:
            Gestures that have become complete.
        """
        return self._advance(now + _TICK)

    def _advance(self, now: float) -> list[Made]:
        made: list[Made] = []
        settles = self._last_edge + self._debounce if self._last_edge is not None else None
        self._note_hold(now if settles is None else min(now, settles), made)
        if settles is not None and settles <= now:
            self._settle(made)
            self._note_hold(now, made)
        return made

    def _note_hold(self, now: float, made: list[Made]) -> None:
        if self._down_since is None or self._held:
            return
        if self._last_edge is not None and not self._level:
            # It has just opened: whether that is a bounce or the release is not known yet.
            now = min(now, self._burst_start)
        if now >= self._down_since + self._hold:
            self._held = True
            made.append(Made(Gesture.HOLD, self._down_since))

    def _settle(self, made: list[Made]) -> None:
        lasted = (self._last_edge or self._burst_start) - self._burst_start
        self._last_edge = None
        if self._down_since is None and not self._level and lasted >= FINGER_SECONDS:
            if self._closed >= FINGER_SHARE * lasted:
                made.append(Made(None, self._burst_start))
            return
        if self._level and self._down_since is None:
            self._down_since, self._held = self._burst_start, False
        elif not self._level and self._down_since is not None:
            if not self._held:
                made.append(Made(Gesture.PRESS, self._down_since))
            self._down_since = None
