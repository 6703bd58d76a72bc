"""Text in lines, whether it is measured in characters or in dots."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

Measure = Callable[[str], float]


def clean(text: str) -> str:
    """One line of composed text: no control characters, single spaces."""
    composed = unicodedata.normalize("NFC", text)
    visible = "".join(" " if char.isspace() else char for char in composed)
    return " ".join(
        "".join(char for char in visible if unicodedata.category(char) not in ("Cc", "Cs")).split()
    )


def wrap(text: str, width: float, measure: Measure) -> list[str]:
    """Break a text into lines, between words where it can, within a word where it must.

    Args:
        text: A cleaned text.
        width: Room in a line, in the unit that `measure` returns.
        measure: Width of a text.

    Returns:
        The lines; at least one, which may be empty. A line is wider than `width` only when a
        single character is.
    """
    lines: list[str] = []
    line = ""
    for word in text.split(" "):
        candidate = f"{line} {word}" if line else word
        if measure(candidate) <= width:
            line = candidate
            continue
        if line:
            lines.append(line)
        *full, line = _break_word(word, width, measure)
        lines.extend(full)
    lines.append(line)
    return lines


def _break_word(word: str, width: float, measure: Measure) -> list[str]:
    pieces = [""]
    for char in word:
        if pieces[-1] and measure(pieces[-1] + char) > width:
            pieces.append(char)
        else:
            pieces[-1] += char
    return pieces
