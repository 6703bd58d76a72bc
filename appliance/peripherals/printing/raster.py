"""Lines of text drawn as black-and-white pictures."""

from __future__ import annotations

from typing import Final, Literal

from PIL import Image, ImageDraw

from appliance.peripherals.printing.fonts import can_shape, is_right_to_left, load_font, runs
from appliance.peripherals.printing.wrapping import wrap

Align = Literal["left", "center", "right"]

LINE_DOTS: Final = 30
"""Height of a line at size 1: the 24 dots of font A and the usual gap below."""
_FONT_DOTS: Final = 22
_BLACK: Final = 0
_WHITE: Final = 255


def text_width(text: str, size: int = 1) -> float:
    """Width of a text in dots when drawn at a multiple of the normal size."""
    return sum(load_font(path, _FONT_DOTS * size).getlength(part) for path, part in runs(text))


def draw_text(
    text: str, width: int, *, size: int = 1, align: Align = "left", bold: bool = False
) -> Image.Image:
    """Draw a text as wide as the paper, in as many lines as it needs.

    Args:
        text: A cleaned text in any script.
        width: Width of the paper in dots.
        size: Multiple of the normal text size, 1 to 8.
        align: Where the lines stand; text that runs from the right stands right instead of left.
        bold: Draws a thicker stroke.

    Returns:
        A greyscale picture that is exactly `width` wide: black on white.
    """
    lines = wrap(text, width, lambda part: text_width(part, size))
    image = Image.new("L", (width, LINE_DOTS * size * len(lines)), _WHITE)
    ink = _Ink(image, size=size, bold=bold, right_to_left=is_right_to_left(text))
    for index, line in enumerate(lines):
        room = max(width - text_width(line, size), 0)
        left = room / 2 if align == "center" else room * (align == "right" or ink.right_to_left)
        ink.draw(left, index * LINE_DOTS * size, line)
    return _to_black_and_white(image)


def draw_pair(
    left: str, right: str, width: int, *, bold: bool = False, right_to_left: bool = False
) -> Image.Image:
    """Draw a text on the left, wrapped, and a short one on the right of its first line.

    Args:
        left: The first.
        right: The second.
        width: Width of the paper in dots.
        bold: Draws a thicker stroke.
        right_to_left: Whether they change sides.
    """
    right_width = text_width(right)
    gap = _FONT_DOTS if right else 0
    lines = wrap(left, max(width - right_width - gap, width / 4), text_width)
    image = Image.new("L", (width, LINE_DOTS * len(lines)), _WHITE)
    ink = _Ink(image, size=1, bold=bold, right_to_left=is_right_to_left(left))
    for index, line in enumerate(lines):
        start = max(width - text_width(line), 0) if right_to_left else 0
        ink.draw(start, index * LINE_DOTS, line)
    other = _Ink(image, size=1, bold=bold, right_to_left=is_right_to_left(right))
    other.draw(0 if right_to_left else width - right_width, 0, right)
    return _to_black_and_white(image)


class _Ink:
    """Draws lines of one paragraph.

    Raqm orders and joins what is set in one font. Where a paragraph needs several, its runs follow
    each other in the paragraph's direction.
    """

    def __init__(self, image: Image.Image, *, size: int, bold: bool, right_to_left: bool) -> None:
        self.right_to_left = right_to_left
        self._draw = ImageDraw.Draw(image)
        self._size = size
        self._bold = bold
        self._direction = ("rtl" if right_to_left else "ltr") if can_shape() else None

    def draw(self, left: float, top: int, text: str) -> None:
        """Draw one line with its left end and its top there, in dots."""
        baseline = top + round(_FONT_DOTS * self._size * 1.05)
        parts = runs(text)
        for path, part in reversed(parts) if self.right_to_left else parts:
            font = load_font(path, _FONT_DOTS * self._size)
            # Twice, a dot apart: an outline would fill the small counters of 層 or م.
            for shift in (0, self._size) if self._bold else (0,):
                self._draw.text(
                    (left + shift, baseline),
                    part,
                    fill=_BLACK,
                    font=font,
                    anchor="ls",
                    # Pillow's own font raises KeyError at the mere mention of a direction.
                    direction=self._direction if path else None,
                )
            left += font.getlength(part)


def _to_black_and_white(image: Image.Image) -> Image.Image:
    # A hard threshold: dithered grey edges look like dirt on thermal paper.
    return image.point(lambda value: _BLACK if value < 144 else _WHITE)
