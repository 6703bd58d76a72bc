"""QR codes as drawings."""

from __future__ import annotations

import io
from typing import Final

import segno

_QUIET: Final = 4
"""Modules of white around the code: ISO/IEC 18004 asks for four."""


def qr_svg(text: str) -> str:
    """A QR code, black on white whatever the page's colours are.

    Args:
        text: What it says, such as an address.
    """
    drawing = io.BytesIO()
    segno.make_qr(text, error="m").save(
        drawing,
        kind="svg",
        border=_QUIET,
        light="white",
        omitsize=True,
        xmldecl=False,
        svgclass=None,
        lineclass=None,
    )
    return drawing.getvalue().decode()
