"""Amounts of money: decimal, two places at most, never a float inside."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from .errors import ValidationFailed

CENT: Final = Decimal("0.01")
MAX_AMOUNT: Final = Decimal("99999999.99")
"""What NUMERIC(10,2) holds."""
_MAX_TEXT: Final = 20
_PLAIN: Final = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)")
"""Digits as people write them: no exponent, no NaN, no digits of other scripts."""


def parse_amount(value: object, name: str = "amount") -> Decimal:
    """Read an amount that came from outside.

    Args:
        value: A number, or a string such as `"95.50"`.
        name: The field's name, for the message.

    Returns:
        The amount with exactly two decimals.

    Raises:
        ValidationFailed: Not a number, not finite, negative, too large, or finer than a cent.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        raise ValidationFailed(f"{name} must be an amount of money such as 95.50.")
    text = str(value).strip() if not isinstance(value, int) or abs(value) < 10**12 else str(10**12)
    if len(text) > _MAX_TEXT or not _PLAIN.fullmatch(text):
        raise ValidationFailed(f"{name} must be an amount of money such as 95.50.")
    amount = Decimal(text)
    if amount.is_signed() and amount != 0:
        raise ValidationFailed(f"{name} must not be negative.")
    if amount > MAX_AMOUNT:
        raise ValidationFailed(f"{name} must not be more than {MAX_AMOUNT}.")
    cents = amount.quantize(CENT)
    if cents != amount:
        raise ValidationFailed(f"{name} must have at most two decimals.")
    return abs(cents)


def digits(amount: Decimal) -> str:
    """An amount as plain digits for a document, e.g. `95.00`."""
    return f"{amount:.2f}"


def number(amount: Decimal) -> float | int:
    """An amount as a JSON number with at most two decimals."""
    return int(amount) if amount == amount.to_integral_value() else float(amount)
