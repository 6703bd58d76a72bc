"""The icon for a phone's home screen, drawn from `icon.svg`: iOS takes no SVG there.

`python -m tools.touch_icon FILE` writes it.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw

ICON: Final = Path(__file__).parents[1] / "appliance" / "web_common" / "static" / "icon.svg"
SIDE: Final = 180
"""Pixels, as Apple asks for."""
_UNITS: Final = 32
"""The side of the drawing's view box."""
_FINER: Final = 4
"""Drawn so many times larger first, so that edges are smooth."""
_STEPS: Final = 24
"""Straight lines for each curve."""


def main() -> None:
    """Write the picture to the file that is named."""
    draw().save(sys.argv[1], format="PNG", optimize=True)


def draw() -> Image.Image:
    """The icon, without the rounded corners that phones cut themselves."""
    drawing = ICON.read_text()
    ground, leaf = re.findall(r'fill="(#\w+)"', drawing)
    (path,) = re.findall(r' d="([^"]+)"', drawing)
    scale = SIDE * _FINER / _UNITS
    picture = Image.new("RGB", (SIDE * _FINER, SIDE * _FINER), ground)
    outline = [(x * scale, y * scale) for x, y in points(path)]
    ImageDraw.Draw(picture).polygon(outline, fill=leaf)
    return picture.resize((SIDE, SIDE), Image.Resampling.LANCZOS)


def points(path: str) -> Iterator[tuple[float, float]]:
    """Points along an SVG path, close enough for a polygon.

    Args:
        path: Of the commands `M`, `C`, `c` and `z`.

    Raises:
        ValueError: It has another command.
    """
    here = 0.0, 0.0
    for command, numbers in re.findall(r"([A-Za-z])([^A-Za-z]*)", path):
        given = [float(number) for number in re.findall(r"-?(?:\d+\.?\d*|\.\d+)", numbers)]
        if command == "M":
            here = given[0], given[1]
            yield here
        elif command in "Cc":
            for begin in range(0, len(given), 6):
                curve = given[begin : begin + 6]
                left, top = here if command == "c" else (0, 0)
                xs = here[0], *(x + left for x in curve[::2])
                ys = here[1], *(y + top for y in curve[1::2])
                for step in range(1, _STEPS + 1):
                    yield _on_curve(xs, step / _STEPS), _on_curve(ys, step / _STEPS)
                here = xs[3], ys[3]
        elif command not in "Zz":
            raise ValueError(f"{ICON.name} has the command {command}")


def _on_curve(ends: tuple[float, ...], t: float) -> float:
    """Where a cubic Bézier curve is at `t`, 0 to 1."""
    a, b, c, d = ends
    s = 1 - t
    return s**3 * a + 3 * s**2 * t * b + 3 * s * t**2 * c + t**3 * d


if __name__ == "__main__":
    main()
