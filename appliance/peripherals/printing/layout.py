"""What a piece of paper is made of, before any printer is thought of."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.peripherals.printing.raster import Align


@dataclass(frozen=True)
class Text:
    """A paragraph.

    Attributes:
        text: What it says.
        size: Multiple of the normal size, 1 to 8; as large as the paper allows when None.
        align: Where it stands.
        bold: Thicker.
        inverse: White on black.
    """

    text: str
    size: int | None = 1
    align: Align = "left"
    bold: bool = False
    inverse: bool = False


@dataclass(frozen=True)
class Pair:
    """A text on the left and a short one, such as a price, at the right edge."""

    left: str
    right: str
    bold: bool = False


@dataclass(frozen=True)
class Rule:
    """A line across the paper."""


@dataclass(frozen=True)
class Space:
    """An empty line."""


@dataclass(frozen=True)
class QrCode:
    """A QR code, centred.

    Attributes:
        content: What it says.
        small: For a scanner at the desk; else for a phone at arm's length.
    """

    content: str
    small: bool = False


@dataclass(frozen=True)
class OpenDrawer:
    """The pulse that opens the cash drawer."""


Element = Text | Pair | Rule | Space | QrCode | OpenDrawer
