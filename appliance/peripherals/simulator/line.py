"""The line buffer: what has arrived of a line that is not printed yet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PIL import Image

from appliance.peripherals.simulator.elements import PAPER_DOTS, Span, Style

CELL: Final = 12
"""Dots of a character of font A, the unit of tabs."""


class LineBuffer:
    """Characters and picture bands side by side, never wider than the paper."""

    def __init__(self) -> None:
        self.spans: list[Span] = []
        self.strips: list[Image.Image] = []
        self._used = 0

    @property
    def is_empty(self) -> bool:
        """True at the beginning of a line, where some commands have to stand."""
        return not self.spans and not self.strips

    def has_room(self, style: Style) -> bool:
        """Return whether one more character fits; the first one always does."""
        return self.is_empty or self._used + style.char_dots <= PAPER_DOTS

    def append(self, text: str, style: Style) -> None:
        """Add characters to the right."""
        self._used += len(text) * style.char_dots
        if self.spans and self.spans[-1].style == style:
            text = self.spans.pop().text + text
        self.spans.append(Span(text, style))

    def add_strip(self, strip: Image.Image) -> None:
        """Add a band of a picture to the right."""
        self.strips.append(strip)
        self._used += strip.width

    def tab(self, stops: Sequence[int]) -> None:
        """Go to the next of the stops (in characters of font A), if there is one."""
        stop = next((stop * CELL for stop in stops if stop * CELL > self._used), None)
        if stop is not None:
            self.move_to(stop)

    def move_to(self, dots: int) -> None:
        """Go right, by whole characters of font A; going back over print is not simulated."""
        gap = (min(dots, PAPER_DOTS) - self._used) // CELL
        if gap > 0:
            self.append(" " * gap, Style())
