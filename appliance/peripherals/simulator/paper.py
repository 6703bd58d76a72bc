"""Obey ESC/POS commands: text, styles, symbols and pictures become elements on paper.

Written from Epson's ESC/POS command reference; the printer is one with 80 mm paper, font A of
12 × 24 dots and font B of 9 × 17 dots (as a TM-T20II: 48 and 64 characters a line).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from PIL import Image

from appliance.peripherals.simulator import code_pages, pictures
from appliance.peripherals.simulator.elements import (
    Align,
    Barcode,
    Drawer,
    Element,
    Feed,
    Json,
    Picture,
    QrCode,
    Style,
    TextLine,
)
from appliance.peripherals.simulator.framing import Command, Framer
from appliance.peripherals.simulator.line import LineBuffer
from appliance.peripherals.simulator.pieces import Strip

_ALIGNMENTS: Final[Mapping[int, Align]] = {0: "left", 1: "center", 2: "right"}
_BARCODES: Final = (
    *("UPC-A", "UPC-E", "EAN13", "EAN8", "CODE39", "ITF", "CODABAR", "CODE93", "CODE128"),
    *("GS1-128", "GS1 DataBar", "GS1 DataBar Truncated", "GS1 DataBar Limited"),
    *("GS1 DataBar Expanded", "CODE128"),
)
_MATRIX_CODES: Final = {48: "PDF417", 50: "MaxiCode", 51: "DataBar", 53: "Aztec", 54: "DataMatrix"}
_PRINTER_IDS: Final = {
    **dict.fromkeys((1, 49), b"\x20"),
    **dict.fromkeys((2, 50), b"\x02"),
    **dict.fromkeys((3, 51), b"\x01"),
    66: b"_Simulated\0",
    67: b"_ESC/POS printer\0",
}


@dataclass(slots=True)
class _Settings:
    """What commands set until ESC @ or power off; the values here are the defaults."""

    style: Style = field(default_factory=Style)
    double_strike: bool = False
    align: Align = "left"
    code_page: int = 0
    line_spacing: int = 30
    tabs: tuple[int, ...] = tuple(range(8, 48, 8))
    bar_height: int = 162
    symbols: dict[int, bytes] = field(default_factory=dict)
    qr_level: int = 48
    qr_size: int = 3
    graphics: Image.Image | None = None


class Interpreter:
    """The part of a printer that understands commands and moves paper.

    Args:
        strip: where it prints.
        answer: called with bytes for the host when a command asks for some (GS r, GS I, GS ( H);
            they come in turn with the printing, unlike real-time answers.
        paper_low: asked when GS r wants to know.
    """

    def __init__(
        self,
        strip: Strip,
        answer: Callable[[bytes], None] = lambda _: None,
        paper_low: Callable[[], bool] = lambda: False,
    ) -> None:
        self._strip = strip
        self._answer = answer
        self._paper_low = paper_low
        self._settings = _Settings()
        self._line = LineBuffer()
        self._handlers = self._table()

    def reset(self) -> None:
        """Forget all settings and the unprinted line: ESC @, or power off."""
        self._settings = _Settings()
        self._line = LineBuffer()

    def run(self, command: Command) -> None:
        """Obey one command; an unknown one, or one with too few bytes, does nothing."""
        if command.name == b"":
            self._text(command.args)
            return
        least, handler = self._handlers.get(command.name, (0, None))
        if handler is not None and len(command.args) >= least:
            handler(command.args)

    def _table(self) -> dict[bytes, tuple[int, Callable[[bytes], object]]]:
        """Return the known commands: the fewest bytes that each needs, and what it does."""
        return {
            b"\t": (0, lambda _: self._line.tab(self._settings.tabs)),
            b"\n": (0, lambda _: self._print_line()),
            b"\x1b@": (0, lambda _: self.reset()),
            b"\x1b!": (1, lambda a: self._print_mode(a[0])),
            b"\x1b$": (2, lambda a: self._line.move_to(int.from_bytes(a, "little"))),
            b"\x1b*": (3, self._columns),
            b"\x1b-": (1, lambda a: self._set_style(underline=a[0] in (1, 2, 49, 50))),
            b"\x1b2": (0, lambda _: self._set(line_spacing=_Settings().line_spacing)),
            b"\x1b3": (1, lambda a: self._set(line_spacing=a[0])),
            b"\x1bD": (1, lambda a: self._set(tabs=tuple(a.rstrip(b"\0")))),
            b"\x1bE": (1, lambda a: self._set_style(bold=bool(a[0] & 1))),
            b"\x1bG": (1, lambda a: self._set(double_strike=bool(a[0] & 1))),
            b"\x1bJ": (1, lambda a: self._feed(a[0])),
            b"\x1bM": (1, lambda a: self._set_style(small=a[0] in (1, 49))),
            b"\x1ba": (1, lambda a: self._justify(a[0])),
            b"\x1bd": (1, lambda a: self._feed(a[0] * self._settings.line_spacing)),
            b"\x1bi": (0, lambda _: self._cut(0)),
            b"\x1bm": (0, lambda _: self._cut(0)),
            b"\x1bp": (1, lambda a: self.kick_drawer(a[0])),
            b"\x1bt": (1, lambda a: self._set(code_page=a[0])),
            b"\x1d!": (1, lambda a: self._size(a[0])),
            b"\x1d(H": (6, self._process_id),
            b"\x1d(L": (2, self._graphics_function),
            b"\x1d(k": (2, self._symbol_function),
            b"\x1dB": (1, lambda a: self._set_style(invert=bool(a[0] & 1))),
            b"\x1dI": (1, lambda a: self._answer(_PRINTER_IDS.get(a[0], b""))),
            b"\x1dV": (1, lambda a: self._cut(a[1] if len(a) > 1 else 0)),
            b"\x1dh": (1, lambda a: self._set(bar_height=a[0])),
            b"\x1dk": (2, self._barcode),
            b"\x1dr": (1, lambda a: self._status(a[0])),
            b"\x1dv0": (5, lambda a: self._print_picture(pictures.from_raster(a))),
        }

    # Text and its styles

    def _set(self, **changes: Any) -> None:
        self._settings = replace(self._settings, **changes)

    def _set_style(self, **changes: Any) -> None:
        self._settings.style = replace(self._settings.style, **changes)

    def _print_mode(self, mode: int) -> None:
        """ESC !: font, bold, double height, double width and underline in one byte."""
        self._set_style(
            width=2 if mode & 0x20 else 1,
            height=2 if mode & 0x10 else 1,
            bold=bool(mode & 0x08),
            underline=bool(mode & 0x80),
            small=bool(mode & 0x01),
        )

    def _size(self, size: int) -> None:
        """GS !: width in the upper half, height in the lower, each less one."""
        width, height = (size >> 4) + 1, (size & 0x0F) + 1
        if width <= 8 and height <= 8:
            self._set_style(width=width, height=height)

    def _justify(self, number: int) -> None:
        """ESC a: obeyed only at the beginning of a line, as the reference says."""
        if self._line.is_empty and number % 48 in _ALIGNMENTS:
            self._settings.align = _ALIGNMENTS[number % 48]

    def _text(self, text: bytes) -> None:
        style = self._settings.style
        if self._settings.double_strike:
            style = replace(style, bold=True)
        for character in code_pages.decode(text, self._settings.code_page):
            if not self._line.has_room(style):
                self._print_line()
            self._line.append(character, style)

    # Lines and paper

    def _print_line(self) -> int:
        """LF: print what is in the line buffer; returns how far the paper moved, in dots."""
        line, self._line = self._line, LineBuffer()
        for strip in line.strips:
            self._strip.add(Picture(self._settings.align, strip, strip=True))
        if line.spans:
            tallest = max(span.style.line_dots for span in line.spans)
            dots = max(self._settings.line_spacing, tallest)
            self._strip.add(TextLine(self._settings.align, tuple(line.spans), dots))
            return dots
        if line.strips:
            return line.strips[-1].height
        return self._feed_only(self._settings.line_spacing)

    def _feed_only(self, dots: int) -> int:
        if dots > 0:
            self._strip.add(Feed(dots))
        return dots

    def _feed(self, dots: int) -> None:
        """ESC d, ESC J: print the line, then go on until the paper has moved that far."""
        moved = 0 if self._line.is_empty else self._print_line()
        self._feed_only(dots - moved)

    def _cut(self, feed: int) -> None:
        """GS V, ESC i, ESC m: obeyed only at the beginning of a line, as the reference says."""
        if self._line.is_empty:
            self._feed_only(feed)
            self._strip.cut()

    def kick_drawer(self, connector: int) -> None:
        """ESC p, DLE DC4 1: 0 is pin 2, 1 is pin 5.

        Between two pieces of paper the kick stands alone, as one without paper.
        """
        alone = self._strip.is_cut and self._line.is_empty
        self._strip.add(Drawer(5 if connector in (1, 49) else 2))
        if alone:
            self._strip.cut()

    def _print(self, element: Element) -> None:
        if not self._line.is_empty:
            self._print_line()
        self._strip.add(element)

    # Pictures and symbols

    def _print_picture(self, image: Image.Image | None) -> None:
        if image is not None:
            self._print(Picture(self._settings.align, image))

    def _columns(self, args: bytes) -> None:
        """ESC *: the band stands in the line, and is printed with it."""
        image = pictures.from_columns(args)
        if image is not None:
            self._line.add_strip(image)

    def _graphics_function(self, args: bytes) -> None:
        """GS ( L: function 112 stores a picture, functions 2 and 50 print it."""
        if args[1] == 112:
            self._settings.graphics = pictures.from_graphics(args)
        elif args[1] in (2, 50):
            self._print_picture(self._settings.graphics)
            self._settings.graphics = None

    def _symbol_function(self, args: bytes) -> None:
        """GS ( k cn fn …: settings, content (function 80) and printing (81) of matrix codes."""
        kind, function, value = args[0], args[1], args[2:]
        if function == 80:
            self._settings.symbols[kind] = value[1:]
        elif function == 81:
            self._print_symbol(kind, self._settings.symbols.get(kind, b""))
        elif kind == 49 and function == 67 and value and 1 <= value[0] <= 16:
            self._settings.qr_size = value[0]
        elif kind == 49 and function == 69 and value and 48 <= value[0] <= 51:
            self._settings.qr_level = value[0]

    def _print_symbol(self, kind: int, data: bytes) -> None:
        settings = self._settings
        if data and kind == 49:
            self._print(QrCode(settings.align, data, settings.qr_level, settings.qr_size))
        elif data:
            name = _MATRIX_CODES.get(kind, "2D code")
            self._print(Barcode(settings.align, name, data, settings.bar_height))

    def _barcode(self, args: bytes) -> None:
        """GS k: functions A (ends with NUL) and B (has a length)."""
        number, data = (args[0], args[1:-1]) if args[0] <= 6 else (args[0] - 65, args[2:])
        if data and 0 <= number < len(_BARCODES):
            settings = self._settings
            self._print(Barcode(settings.align, _BARCODES[number], data, settings.bar_height))

    # Answers that come in turn with the printing

    def _process_id(self, args: bytes) -> None:
        """GS ( H function 48: say the four bytes back once all before is printed."""
        if args[0] == 48:
            self._answer(b"\x37\x22" + args[2:6] + b"\0")

    def _status(self, number: int) -> None:
        """GS r: paper sensors (1) or the drawer's switch (2), which is not connected."""
        if number in (1, 49):
            self._answer(b"\x03" if self._paper_low() else b"\x00")
        elif number in (2, 50):
            self._answer(b"\x01")


def interpret(data: bytes) -> list[Json]:
    """Print bytes on fresh paper, for tests and tools.

    Args:
        data: an ESC/POS job.

    Returns:
        The pieces of paper: `{id, elements, complete}`, oldest first.
    """
    strip = Strip()
    interpreter = Interpreter(strip)
    for command in Framer().feed(data):
        if not command.is_real_time:
            interpreter.run(command)
    return strip.tell(strip.view())
