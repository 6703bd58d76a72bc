"""The answers to DLE EOT, bit by bit as in Epson's ESC/POS command reference."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum
from typing import Final


class Switch(StrEnum):
    """What can happen to a printer in a shop."""

    PAPER_OUT = "paper_out"
    PAPER_LOW = "paper_low"
    COVER_OPEN = "cover_open"
    UNPLUGGED = "unplugged"


_FIXED: Final = 0b0001_0010
"""Bits 1 and 4 are always on, bits 0 and 7 always off."""

_DRAWER_PIN_HIGH: Final = 0b0000_0100
_OFFLINE: Final = 0b0000_1000
_COVER_OPEN: Final = 0b0000_0100
_STOPPED_BY_PAPER_END: Final = 0b0010_0000
_PAPER_NEAR_END: Final = 0b0000_1100
_PAPER_END: Final = 0b0110_0000


def is_ready(switches: Collection[str]) -> bool:
    """Return whether a printer with these switches on prints what it gets."""
    return not {Switch.PAPER_OUT, Switch.COVER_OPEN, Switch.UNPLUGGED}.intersection(switches)


def real_time_status(number: int, switches: Collection[str]) -> bytes:
    """Answer DLE EOT n.

    Args:
        number: 1 printer, 2 cause of being offline, 3 error, 4 paper sensors.
        switches: those that are on.

    Returns:
        One byte, or none for a number that the printer does not know.
    """
    bits = _FIXED
    if number == 1:
        bits |= _DRAWER_PIN_HIGH  # no drawer switch is connected: the pin is pulled up
        bits |= 0 if is_ready(switches) else _OFFLINE
    elif number == 2:
        bits |= _COVER_OPEN if Switch.COVER_OPEN in switches else 0
        bits |= _STOPPED_BY_PAPER_END if Switch.PAPER_OUT in switches else 0
    elif number == 4:
        # With no paper left the near-end sensor sees none either.
        low = Switch.PAPER_LOW in switches or Switch.PAPER_OUT in switches
        bits |= _PAPER_NEAR_END if low else 0
        bits |= _PAPER_END if Switch.PAPER_OUT in switches else 0
    elif number != 3:
        return b""
    return bytes((bits,))
