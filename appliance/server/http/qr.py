"""QR codes as drawings."""

from __future__ import annotations

from typing import Final

import qrcode  # type: ignore[import-untyped]

_QUIET: Final = 4
"""Modules of white around the code: ISO/IEC 18004 asks for four."""


def qr_svg(text: str) -> str:
    """A QR code, black on white whatever the page's colours are.

    Args:
        text: What it says, such as an address.
    """
    code = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_M, border=_QUIET)
    code.add_data(text)
    matrix = code.get_matrix()
    dots = "".join(
        f"M{x} {y}h1v1h-1z" for y, row in enumerate(matrix) for x, dark in enumerate(row) if dark
    )
    size = len(matrix)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" '
        f'shape-rendering="crispEdges"><path fill="#fff" d="M0 0h{size}v{size}H0z"/>'
        f'<path d="{dots}"/></svg>'
    )
