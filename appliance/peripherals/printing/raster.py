"""Lines of text drawn as black-and-white pictures."""

from __future__ import annotations

from typing import Final, Literal

from PIL import Image, ImageDraw

from appliance.peripherals.printing.fonts import load_font, runs
from appliance.peripherals.printing.wrapping import wrap

Align = Literal["left", "center"]

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
        align: Where the lines stand.
        bold: Draws a thicker stroke.

    Returns:
        A greyscale picture that is exactly `width` wide: black on white.
    """
    lines = wrap(text, width, lambda part: text_width(part, size))
    image = Image.new("L", (width, LINE_DOTS * size * len(lines)), _WHITE)
    for index, line in enumerate(lines):
        left = (width - text_width(line, size)) / 2 if align == "center" else 0
        _draw_line(image, max(left, 0), index * LINE_DOTS * size, line, size=size, bold=bold)
    return _to_black_and_white(image)


def draw_pair(left: str, right: str, width: int, *, bold: bool = False) -> Image.Image:
    """Draw a text on the left, wrapped, and a short one on the right of its first line."""
    right_width = text_width(right)
    gap = _FONT_DOTS if right else 0
    lines = wrap(left, max(width - right_width - gap, width / 4), text_width)
    image = Image.new("L", (width, LINE_DOTS * len(lines)), _WHITE)
    for index, line in enumerate(lines):
        _draw_line(image, 0, index * LINE_DOTS, line, size=1, bold=bold)
    _draw_line(image, width - right_width, 0, right, size=1, bold=bold)
    return _to_black_and_white(image)


def _draw_line(
    image: Image.Image, left: float, top: int, text: str, *, size: int, bold: bool
) -> None:
    draw = ImageDraw.Draw(image)
    baseline = top + round(_FONT_DOTS * size * 1.05)
    for path, part in runs(text):
        font = load_font(path, _FONT_DOTS * size)
        draw.text(
            (left, baseline), part, fill=_BLACK, font=font, anchor="ls", stroke_width=int(bold)
        )
        left += font.getlength(part)


def _to_black_and_white(image: Image.Image) -> Image.Image:
    # A hard threshold: dithered grey edges look like dirt on thermal paper.
    return image.point(lambda value: _BLACK if value < 144 else _WHITE)
