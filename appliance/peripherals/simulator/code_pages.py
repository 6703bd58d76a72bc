"""The character tables that ESC t selects, by Epson's numbers."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

_CODECS: Final = {
    0: "cp437",
    1: "cp932",  # only its single-byte half: katakana
    2: "cp850",
    3: "cp860",
    4: "cp863",
    5: "cp865",
    13: "cp857",
    14: "cp737",
    15: "iso8859_7",
    16: "cp1252",
    17: "cp866",
    18: "cp852",
    19: "cp858",
    20: "cp874",
    21: "cp874",
    26: "cp874",
    32: "cp720",
    33: "cp775",
    34: "cp855",
    35: "cp861",
    36: "cp862",
    37: "cp864",
    38: "cp869",
    39: "iso8859_2",
    40: "iso8859_15",
    44: "cp1125",
    45: "cp1250",
    46: "cp1251",
    47: "cp1253",
    48: "cp1254",
    49: "cp1255",
    50: "cp1256",
    51: "cp1257",
    52: "cp1258",
    53: "kz1048",
}

UNPRINTABLE: Final = "\N{REPLACEMENT CHARACTER}"
"""Shown for a byte that the selected table does not have."""


@lru_cache(maxsize=64)
def _upper_half(number: int) -> str:
    codec = _CODECS.get(number)
    if codec is None:
        return UNPRINTABLE * 128
    return "".join(
        bytes((byte,)).decode(codec, errors="replace")[:1] or UNPRINTABLE
        for byte in range(128, 256)
    )


def decode(text: bytes, number: int) -> str:
    """Read text as a printer does: one byte, one character.

    Args:
        text: bytes from 0x20 up.
        number: the table that ESC t selected.

    Returns:
        As many characters as there are bytes.
    """
    upper = _upper_half(number)
    return "".join(chr(byte) if byte < 128 else upper[byte - 128] for byte in text)
