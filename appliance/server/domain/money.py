"""Amounts of money: decimal, two places at most, never a float inside."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from .currencies import exponent
from .errors import ValidationFailed
from .numerals import read_amount

_CENT: Final = Decimal("0.01")
_FINEST: Final = Decimal("0.001")
MAX_AMOUNT: Final = Decimal("99999999.99")
"""More than any visit costs, in every currency."""
_MAX_TEXT: Final = 24
_PLAIN: Final = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)")
"""Digits with a point: no exponent, no NaN."""


def parse_amount(value: object, name: str = "amount") -> Decimal:
    """Read an amount that came from outside.

    Args:
        value: A number, or a string such as `"95.50"`, in whatever script: `numerals` reads it.
        name: The field's name, for the message.

    Returns:
        The amount with two decimals, or three where it has three. Whether its currency has as
        many, `currencies.is_exact` tells.

    Raises:
        ValidationFailed: Not a number, not finite, negative, too large, or finer than any currency.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        raise ValidationFailed(f"{name} must be an amount of money such as 95.50.")
    text = _text(value)
    if text is None or not _PLAIN.fullmatch(text):
        raise ValidationFailed(f"{name} must be an amount of money such as 95.50.")
    amount = Decimal(text)
    if amount.is_signed() and amount != 0:
        raise ValidationFailed(f"{name} must not be negative.")
    if amount > MAX_AMOUNT:
        raise ValidationFailed(f"{name} must not be more than {MAX_AMOUNT}.")
    exact = amount.quantize(_FINEST)
    if exact != amount:
        raise ValidationFailed(f"{name} must have at most three decimals.")
    cents = amount.quantize(_CENT)
    return abs(cents if cents == amount else exact)


def _text(value: float | str | Decimal) -> str | None:
    if isinstance(value, str):
        return read_amount(value) if len(value) <= _MAX_TEXT else None
    if isinstance(value, int) and abs(value) >= 10**12:
        return str(10**12)  # Long enough to be refused, and quickly written.
    text = str(value)
    return text if len(text) <= _MAX_TEXT else None


def digits(amount: Decimal, currency: str = "USD") -> str:
    """An amount as plain digits for a document, with its currency's decimals, e.g. `95.00`."""
    return f"{amount:.{exponent(currency)}f}"


def number(amount: Decimal) -> float | int:
    """An amount as a JSON number, with no more decimals than it has."""
    # Exact for as many digits as amounts have; asking the decimal itself takes twice as long.
    value = float(amount)
    return int(value) if value.is_integer() else value


def numbers(amounts: Iterable[Decimal]) -> list[float | int]:
    """Many amounts as JSON numbers, like `number`."""
    values = map(float, amounts)
    return [int(value) if value.is_integer() else value for value in values]
