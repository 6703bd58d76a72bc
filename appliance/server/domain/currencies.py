"""How fine a currency is, and how its amounts are rounded and shared out.

Amounts are `Decimal`, never a float. A stated amount is rounded once, half up; an amount that is
shared out (a discount over lines, a tip over people, a refund over lines) is divided by the largest
remainder, so that the parts always add up.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from typing import Final

FINEST: Final = 3
"""Decimals that the database keeps: `NUMERIC(14,3)`."""

_DENOMINATIONS: Final = {
    "USD": "100 50 20 10 5 2 1 0.50 0.25 0.10 0.05 0.01",
    "EUR": "500 200 100 50 20 10 5 2 1 0.50 0.20 0.10 0.05 0.02 0.01",
    "GBP": "50 20 10 5 2 1 0.50 0.20 0.10 0.05 0.02 0.01",
    "PHP": "1000 500 200 100 50 20 10 5 1 0.25 0.05 0.01",
    "JPY": "10000 5000 2000 1000 500 100 50 10 5 1",
    "CHF": "1000 200 100 50 20 10 5 2 1 0.50 0.20 0.10 0.05",
    "CAD": "100 50 20 10 5 2 1 0.25 0.10 0.05",
    "AUD": "100 50 20 10 5 2 1 0.50 0.20 0.10 0.05",
    "AED": "1000 500 200 100 50 20 10 5 1 0.50 0.25",
    "SAR": "500 200 100 50 20 10 5 2 1 0.50 0.25 0.10 0.05 0.01",
    "KWD": "20 10 5 1 0.500 0.250 0.100 0.050 0.020 0.010 0.005",
    "MXN": "1000 500 200 100 50 20 10 5 2 1 0.50 0.20 0.10",
}
"""As their central banks list them, those that are still legal tender and in use."""


@cache
def exponent(currency: str) -> int:
    """How many decimals a currency has.

    ISO 4217 says so, and not CLDR, which leaves out small coins that nobody uses any more but that
    banks still count in (IQD, LBP, RSD).

    Args:
        currency: ISO 4217 code.

    Returns:
        2 for USD, 0 for JPY, 3 for KWD; at most `FINEST`, and 2 where ISO names none.
    """
    # It reads a table when it is imported, which only a server and a till have use for.
    from iso4217 import Currency

    found = next((entry for entry in Currency if entry.code == currency), None)
    digits = found.exponent if found is not None else None
    return min(digits, FINEST) if digits is not None else 2


def smallest(currency: str) -> Decimal:
    """The smallest amount of a currency: 0.01 for USD, 1 for JPY."""
    return Decimal(1).scaleb(-exponent(currency))


def rounded(amount: Decimal, currency: str) -> Decimal:
    """An amount as the currency can say it, half up (0.005 USD is 0.01; -0.005 is -0.01)."""
    return amount.quantize(smallest(currency), ROUND_HALF_UP)


def is_exact(amount: Decimal, currency: str) -> bool:
    """Whether a currency can say this amount without rounding."""
    return amount == rounded(amount, currency)


def denominations(currency: str) -> tuple[Decimal, ...]:
    """The coins and notes to count, the largest first.

    Neither ISO nor CLDR has them. Where a currency is not listed the usual 1–2–5 series stands in,
    from its smallest unit on: a count by denominations adds up all the same.

    Args:
        currency: ISO 4217 code.
    """
    known = _DENOMINATIONS.get(currency)
    if known is not None:
        return tuple(Decimal(value) for value in known.split())
    unit = smallest(currency)
    series = (unit * step * Decimal(10) ** power for power in range(5) for step in (1, 2, 5))
    return tuple(sorted(series, reverse=True))


def to_coins(amount: Decimal, coin: Decimal | None) -> Decimal:
    """An amount as it can be paid in cash where the smallest coins are gone, half up.

    Args:
        amount: Not negative.
        coin: The smallest coin in use, e.g. 0.05; None where every amount can be paid.
    """
    if not coin:
        return amount
    return (amount / coin).quantize(Decimal(1), ROUND_HALF_UP) * coin


def share_out(amount: Decimal, weights: Sequence[Decimal], currency: str) -> list[Decimal]:
    """Divide an amount in proportion, so that the parts add up to it.

    The method of the largest remainder (Hamilton's): each part is rounded down, and what is left
    goes, a smallest unit at a time, to the parts that lost most; between equals to the earlier.

    Args:
        amount: What is shared out; exact in the currency, and it may be negative.
        weights: One per part, none negative. Where all are 0, the parts are alike.
        currency: ISO 4217 code.

    Returns:
        One part per weight, each of the amount's sign or 0.

    Raises:
        ValueError: There is nobody to share with, or a weight is negative.
    """
    if not weights or any(weight < 0 for weight in weights):
        raise ValueError("shares need weights, and none of them negative")
    unit = smallest(currency)
    units = int(abs(amount) / unit)
    total = sum(weights, Decimal(0))
    shares = list(weights) if total else [Decimal(1)] * len(weights)
    total = total or Decimal(len(weights))
    # Whole numbers from here on: a quotient is rounded, and that would decide a tie.
    scale = Decimal(10) ** max(max(-_places(share), 0) for share in shares)
    parts = [divmod(units * int(share * scale), int(total * scale)) for share in shares]
    whole = [part for part, _ in parts]
    left = units - sum(whole)
    neediest = sorted(range(len(parts)), key=lambda place: (-parts[place][1], place))
    for place in neediest[:left]:
        whole[place] += 1
    sign = -1 if amount < 0 else 1
    return [sign * part * unit for part in whole]


def _places(value: Decimal) -> int:
    places = value.as_tuple().exponent
    if not isinstance(places, int):
        raise ValueError("a share is a finite number")  # noqa: TRY004 — NaN is a Decimal too
    return places
