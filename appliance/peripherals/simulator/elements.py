"""What can be on a piece of paper, and how it is told to the page as JSON."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

import qrcode  # type: ignore[import-untyped]
from PIL import Image
from qrcode.exceptions import DataOverflowError  # type: ignore[import-untyped]

Json = dict[str, object]
Align = Literal["left", "center", "right"]

PAPER_DOTS: Final = 576
"""Printable width of 80 mm paper at 203 dots per inch: 72 mm."""

_QR_LEVELS: Final = {
    48: qrcode.constants.ERROR_CORRECT_L,
    49: qrcode.constants.ERROR_CORRECT_M,
    50: qrcode.constants.ERROR_CORRECT_Q,
    51: qrcode.constants.ERROR_CORRECT_H,
}


@dataclass(frozen=True, slots=True)
class Style:
    """How characters look; width and height are multiples from 1 to 8."""

    width: int = 1
    height: int = 1
    bold: bool = False
    underline: bool = False
    invert: bool = False
    small: bool = False
    """Font B (9 × 17 dots) instead of font A (12 × 24)."""

    @property
    def char_dots(self) -> int:
        """Width of one character in dots."""
        return (9 if self.small else 12) * self.width

    @property
    def line_dots(self) -> int:
        """Height of one character in dots."""
        return (17 if self.small else 24) * self.height


@dataclass(frozen=True, slots=True)
class Span:
    """Characters of one style."""

    text: str
    style: Style

    def as_json(self) -> Json:
        """Return the span with its style spelled out."""
        style = self.style
        return {
            "text": self.text,
            "width": style.width,
            "height": style.height,
            "bold": style.bold,
            "underline": style.underline,
            "invert": style.invert,
            "small": style.small,
        }


@dataclass(frozen=True, slots=True)
class TextLine:
    """One printed line; `dots` is how far the paper moved for it."""

    align: Align
    spans: tuple[Span, ...]
    dots: int

    def as_json(self) -> Json:
        """Return type, alignment, height in dots and spans."""
        spans = [span.as_json() for span in self.spans]
        return {"type": "text", "align": self.align, "dots": self.dots, "spans": spans}


@dataclass(frozen=True, slots=True)
class Feed:
    """Empty paper; `dots` long."""

    dots: int

    def as_json(self) -> Json:
        """Return type and length in dots."""
        return {"type": "feed", "dots": self.dots}


@dataclass(frozen=True, slots=True)
class Drawer:
    """The moment the cash drawer was kicked; `pin` is the connector's, 2 or 5."""

    pin: int

    def as_json(self) -> Json:
        """Return type and pin."""
        return {"type": "drawer", "pin": self.pin}


@lru_cache(maxsize=256)
def qr_modules(data: bytes, level: int) -> tuple[str, ...]:
    """Compute a QR symbol.

    Args:
        data: its content.
        level: error correction by ESC/POS number, 48 (L) to 51 (H).

    Returns:
        One string of 0 and 1 for each row of modules, without the quiet zone; nothing when the
        content is too long for any symbol (a printer prints nothing then).
    """
    code = qrcode.QRCode(
        error_correction=_QR_LEVELS.get(level, qrcode.constants.ERROR_CORRECT_L), border=0
    )
    code.add_data(data)
    try:
        code.make(fit=True)
    except (DataOverflowError, ValueError):
        return ()
    return tuple("".join("1" if module else "0" for module in row) for row in code.get_matrix())


@dataclass(frozen=True, slots=True)
class QrCode:
    """A QR symbol that the printer itself draws; `size` is dots per module."""

    align: Align
    data: bytes
    level: int
    size: int

    def as_json(self) -> Json:
        """Return type, alignment, content, module size and the rows of modules."""
        return {
            "type": "qr",
            "align": self.align,
            "data": self.data.decode("utf-8", errors="replace"),
            "size": self.size,
            "modules": list(qr_modules(self.data, self.level)),
        }


@dataclass(frozen=True, slots=True)
class Barcode:
    """A bar code, or a matrix code other than QR, by what it says."""

    align: Align
    symbology: str
    data: bytes
    dots: int

    def as_json(self) -> Json:
        """Return type, alignment, kind of code, content and height in dots."""
        return {
            "type": "barcode",
            "align": self.align,
            "symbology": self.symbology,
            "data": self.data.decode("latin-1"),
            "dots": self.dots,
        }


@dataclass(frozen=True, slots=True)
class Picture:
    """A black-and-white picture, one pixel for each dot.

    `strip` marks a band printed with ESC *: bands that follow each other are one picture.
    """

    align: Align
    image: Image.Image
    strip: bool = False

    def joined_to(self, above: object) -> Picture | None:
        """Return both bands as one, or None when they do not belong together."""
        if not (isinstance(above, Picture) and above.strip and self.strip):
            return None
        if (above.align, above.image.width) != (self.align, self.image.width):
            return None
        joined = Image.new("1", (self.image.width, above.image.height + self.image.height), 1)
        joined.paste(above.image, (0, 0))
        joined.paste(self.image, (0, above.image.height))
        return Picture(self.align, joined, strip=True)

    def as_json(self) -> Json:
        """Return type, alignment, size in dots and the PNG in base64."""
        file = io.BytesIO()
        self.image.save(file, "PNG")
        return {
            "type": "image",
            "align": self.align,
            "width": self.image.width,
            "height": self.image.height,
            "png": base64.b64encode(file.getvalue()).decode("ascii"),
        }


Element = TextLine | Feed | Drawer | QrCode | Barcode | Picture
