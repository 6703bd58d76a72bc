"""Looking a visit up in an archive's lines, without a database."""

from __future__ import annotations

from collections.abc import Iterable
from typing import IO, NamedTuple

import msgspec

from .lines import Line


class Asked(NamedTuple):
    """Which visit.

    Attributes:
        receipt: By the number of its receipt; or
        code: by the customer's number, and
        day: the business date on which it was given out, ISO.
    """

    receipt: int | None = None
    code: str | None = None
    day: str | None = None


class _Visit(msgspec.Struct):
    code: str | None = None
    business_date: str | None = None


class _Payment(msgspec.Struct):
    receipt_number: int | None = None


class _Key(msgspec.Struct):
    """What a line is found by: the rest of it is passed over unread."""

    transactions: list[_Visit] = []
    payments: list[_Payment] = []


_KEY = msgspec.json.Decoder(_Key)
_LINE = msgspec.json.Decoder(Line)


def line_of(text: bytes) -> Line:
    """A line as it was written.

    Raises:
        ValueError: It is none.
    """
    return _LINE.decode(text)


def find(lines: IO[bytes] | Iterable[bytes], asked: Asked) -> Line | None:
    """The line of a visit; None where there is none.

    Args:
        lines: An archive's.
        asked: Which.

    Raises:
        ValueError: Something in them is no line.
    """
    for text in lines:
        key = _KEY.decode(text)
        for visit in key.transactions:
            by_code = (visit.code, visit.business_date) == (asked.code, asked.day)
            numbers = [payment.receipt_number for payment in key.payments]
            if (asked.code is not None and by_code) or (
                asked.receipt is not None and asked.receipt in numbers
            ):
                return line_of(text)
    return None
