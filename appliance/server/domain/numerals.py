"""Numbers as people type, paste, scan or say them: every script's digits, every usual separator.

The one reader of numbers for people's entries. It reads the whole text or nothing: digits are never
picked out of something else.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_DROPPED: Final = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\u061c\ufeff]")
"""Marks without width, which come along with pasted text and right-to-left keyboards."""
_SAME: Final = str.maketrans(
    {
        "．": ".",
        "，": ",",
        "、": ",",
        "。": ".",
        "٫": ".",  # Arabic decimal separator
        "٬": "'",  # Arabic thousands separator
        "،": ",",  # Arabic comma
        "’": "'",
        "＇": "'",
        "－": "-",
        "−": "-",
        "＋": "+",
    }
)
_GROUPS: Final = r"[1-9][0-9]{0,2}(?:%s[0-9]{2,3})*%s[0-9]{3}"
"""Thousands, as in 1,500,000 and in India's 15,00,000. Nobody groups what begins with 0: 0,500 of a
currency with three decimals is half of one."""
_SIGN: Final = "[+-]?"
_PLAIN: Final = re.compile(_SIGN + r"(?:[0-9]+[.,]?[0-9]*|[.,][0-9]+)")
_PLAIN_POINT: Final = re.compile(_SIGN + r"[0-9]+\.[0-9]*")
_GROUPED: Final = [
    re.compile(_SIGN + _GROUPS % (mark, mark) + rf"(?:{decimal}[0-9]*)?")
    for mark, decimal in ((",", r"\."), (r"\.", ","), ("'", "[.,]"), (" ", "[.,]"))
]


def with_plain_digits(text: str) -> str:
    """The text with every script's decimal digits as 0 to 9, and without marks that nobody sees."""
    return "".join(
        str(unicodedata.decimal(each)) if unicodedata.category(each) == "Nd" else each
        for each in _DROPPED.sub("", text)
    ).strip()


def read_digits(text: str) -> str | None:
    """Read a text of nothing but digits.

    Args:
        text: `"0042"`, `" ００４２ "`, `"٤٢"`.

    Returns:
        The digits 0 to 9; None where anything else is in it.
    """
    plain = with_plain_digits(text)
    return plain if plain and plain.isascii() and plain.isdecimal() else None


def read_amount(text: str) -> str | None:
    """Read an amount of money.

    A lone point is a decimal point, as in the protocol's own strings. A lone comma before exactly
    three digits groups thousands, else it is a decimal point. A currency's sign may stand before or
    after.

    Args:
        text: `"95.50"`, `"1,500"`, `"1.500,00"`, `"１，５００"`, `"٩٥٫٥"`, `"$ 20"`.

    Returns:
        The amount with a point and without groups, such as `"1500"`; None for what is no amount.
    """
    plain = with_plain_digits(text).translate(_SAME)
    plain = re.sub(r"\s", " ", plain)
    if plain and unicodedata.category(plain[0]) == "Sc":
        plain = plain[1:].lstrip()
    elif plain and unicodedata.category(plain[-1]) == "Sc":
        plain = plain[:-1].rstrip()
    if not _PLAIN_POINT.fullmatch(plain) and any(each.fullmatch(plain) for each in _GROUPED):
        # A second kind of mark is the decimal point; the first one's are groups.
        marks = re.findall(r"[^0-9+-]", plain)
        if len(set(marks)) == 2:
            whole, _, part = plain.rpartition(marks[-1])
            return re.sub(r"[^0-9+-]", "", whole) + (f".{part}" if part else "")
        return re.sub(r"[^0-9+-]", "", plain)
    if _PLAIN.fullmatch(plain):
        return plain.replace(",", ".").rstrip(".")
    return None
