"""Print jobs as the bytes that a printer takes.

Pure: the same job, profile and paper always give the same bytes, and no device is touched.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Any, Final, assert_never, cast

import qrcode  # type: ignore[import-untyped]
from PIL import Image

from appliance.amounts import written
from appliance.peripherals.printing import documents
from appliance.peripherals.printing.layout import (
    Element,
    OpenDrawer,
    Pair,
    QrCode,
    Rule,
    Space,
    Text,
)
from appliance.peripherals.printing.profiles import PrinterProfile, profile_for
from appliance.peripherals.printing.python_escpos import QR_ECLEVEL_M, Dummy
from appliance.peripherals.printing.raster import Align, draw_pair, draw_text
from appliance.peripherals.printing.wrapping import clean, wrap
from appliance.protocol import (
    PrintJob,
    PrintRole,
    ReceiptDocument,
    ReportDocument,
    TicketDocument,
)

_LARGEST_SIZE: Final = 8
"""The largest multiple that `GS ! n` knows."""
_QR_MODULE_DOTS: Final = 6
"""0.75 mm at 203 dpi: phones read it from a hand's breadth."""
_SMALL_QR_MODULE_DOTS: Final = 4
"""0.5 mm at 203 dpi: for a scanner that is held to it."""
_QR_QUIET_MODULES: Final = 8
"""Four white modules on each side, as ISO/IEC 18004 asks for."""
_PLAIN_LETTERS: Final = b"\x1c."
"""`FS .` cancels the Chinese mode, in which many clones wake up after `ESC @`: there two adjacent
bytes from 0x80 on are one Chinese character, and "Zürich" loses letters. Others ignore it (Epson,
ESC/POS Command Reference, "FS .")."""
_IMAGE_COMMANDS: Final = ("bitImageRaster", "graphics", "bitImageColumn")


def render(
    job: PrintJob,
    profile: str,
    *,
    paper_width_mm: int | None = None,
    cash_drawer: bool = False,
    cash_drawer_pin: int = 2,
) -> bytes:
    """Turn a job into the commands for one model of printer.

    Args:
        job: A job as `documents.parse_job` returns it.
        profile: Name of a python-escpos profile.
        paper_width_mm: 58 or 80, or None for the model's own width.
        cash_drawer: True when a drawer hangs on this printer.
        cash_drawer_pin: Of its connector, 2 or 5.

    Returns:
        ESC/POS bytes, from `ESC @` to the cut.

    Raises:
        documents.BadJobError: An amount or a time in the document cannot be read.
    """
    model = profile_for(profile, paper_width_mm)
    try:
        return render_elements(
            _elements(job, model),
            model,
            cash_drawer=cash_drawer,
            cash_drawer_pin=cash_drawer_pin,
            right_to_left=documents.runs_from_the_right(job),
        )
    except InvalidOperation as error:
        raise documents.BadJobError("the job cannot be read: an amount is not a number") from error


def render_elements(
    elements: Iterable[Element],
    model: PrinterProfile,
    *,
    cash_drawer: bool,
    cash_drawer_pin: int = 2,
    right_to_left: bool = False,
) -> bytes:
    """Turn what a paper is made of into bytes, from `ESC @` to the cut; as `render`.

    Args:
        elements: From the top.
        model: Of the printer.
        cash_drawer: As `render`.
        cash_drawer_pin: As `render`.
        right_to_left: Whether what stands left elsewhere stands right, and amounts left.
    """
    pen = _Pen(model, cash_drawer_pin, right_to_left=right_to_left)
    for element in elements:
        if cash_drawer or not isinstance(element, OpenDrawer):
            pen.put(element)
    return pen.finish()


def _elements(job: PrintJob, model: PrinterProfile) -> Iterable[Element]:
    def money(amount: str, currency: str) -> str:
        return written(Decimal(amount), currency, model.can_spell)

    if job["copy"]:
        yield Text(f" {documents.COPY_HEADING} ", size=2, align="center", bold=True, inverse=True)
        yield Space()
    if job["kind"] is PrintRole.TICKET:
        yield from documents.ticket(cast("TicketDocument", job["document"]), money)
    elif job["kind"] is PrintRole.RECEIPT:
        document = cast("ReceiptDocument", job["document"])
        yield from documents.receipt(document, money, copy=job["copy"])
    else:
        yield from documents.report(cast("ReportDocument", job["document"]))


class _Pen:
    """Writes elements for one job.

    The library tracks the printer's code page and does not notice when `ESC @` resets it, so each
    job gets an object of its own that starts with `ESC @` and knows nothing.
    """

    def __init__(self, model: PrinterProfile, cash_drawer_pin: int, *, right_to_left: bool) -> None:
        self._model = model
        self._right_to_left = right_to_left
        self._cash_drawer_pin = cash_drawer_pin
        self._out: Any = Dummy(
            profile=model.escpos, magic_encode_args={"encoder": model.new_encoder()}
        )
        self._out.hw("INIT")
        self._out._raw(_PLAIN_LETTERS)
        self._image_command = next(
            (name for name in _IMAGE_COMMANDS if model.supports(name)), _IMAGE_COMMANDS[0]
        )

    def put(self, element: Element) -> None:
        match element:
            case Text():
                self._text(element)
            case Pair():
                self._pair(element)
            case Rule():
                self._out.textln("-" * self._model.columns)
            case Space():
                self._out.ln()
            case QrCode():
                self._qr(
                    element.content, _SMALL_QR_MODULE_DOTS if element.small else _QR_MODULE_DOTS
                )
            case OpenDrawer():
                self._out.cashdraw(self._cash_drawer_pin)
            case _:
                assert_never(element)

    def finish(self) -> bytes:
        self._out.cut()
        return bytes(self._out.output)

    def _text(self, element: Text) -> None:
        # Clean inside the padding only: the spaces around an inverse heading are its frame.
        text = element.text if element.inverse else clean(element.text)
        size = element.size or max(1, min(_LARGEST_SIZE, self._model.columns // (len(text) or 1)))
        mirrored = self._right_to_left and element.align == "left"
        align: Align = "right" if mirrored else element.align
        if not self._model.can_spell(text):
            self._image(
                draw_text(text, self._model.dots, size=size, align=align, bold=element.bold)
            )
            return
        self._out.set(
            align=align,
            bold=element.bold,
            invert=element.inverse,
            custom_size=True,
            width=size,
            height=size,
        )
        for line in [text] if element.inverse else wrap(text, self._model.columns // size, len):
            self._out.textln(line)
        self._out.set(align="left", bold=False, invert=False, custom_size=True, width=1, height=1)

    def _pair(self, element: Pair) -> None:
        left, right = clean(element.left), clean(element.right)
        if not self._model.can_spell(left + right):
            self._image(
                draw_pair(
                    left,
                    right,
                    self._model.dots,
                    bold=element.bold,
                    right_to_left=self._right_to_left,
                )
            )
            return
        columns = self._model.columns
        if len(right) > columns - columns // 4:
            self._text(Text(left, bold=element.bold))
            self._text(Text(right, bold=element.bold))
            return
        first, *rest = wrap(left, columns - len(right) - 1, len)
        if element.bold:
            self._out.set(bold=True)
        if self._right_to_left:
            first, rest = (
                f"{right}{first:>{columns - len(right)}}",
                [f"{line:>{columns}}" for line in rest],
            )
        else:
            first = f"{first}{right:>{columns - len(first)}}"
        for line in (first, *rest):
            self._out.textln(line)
        if element.bold:
            self._out.set(bold=False)

    def _image(self, image: Image.Image) -> None:
        # Profiles give the width at full horizontal density; only 9-pin printers are coarser, and
        # only in height.
        self._out.image(
            image,
            impl=self._image_command,
            high_density_vertical=self._model.supports("highDensity"),
        )

    def _qr(self, content: str, dots: int) -> None:
        code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M)
        code.add_data(content)
        # Only its size is wanted: making the code itself takes ten times as long as the ticket.
        modules = 4 * code.best_fit() + 17
        room = self._model.dots // (modules + _QR_QUIET_MODULES)
        size = max(1, min(dots, room))
        native = self._model.supports("qrCode")
        self._out.set(align="center")
        self._out.qr(content, ec=QR_ECLEVEL_M, size=size, native=native, center=False)
        self._out.set(align="left")
        if native:
            self._out.ln()
