"""Tax on a receipt: one line per rate, rounded once per rate."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from .currencies import rounded


class TaxMode(StrEnum):
    """Whether prices hold the tax already."""

    INCLUSIVE = "inclusive"
    EXCLUSIVE = "exclusive"


@dataclass(frozen=True, slots=True)
class Taxed:
    """An amount that is taxed at one rate.

    Attributes:
        amount: What is charged for it, after every adjustment, tips and cash rounding left out.
        rate: In percent; 0 for what is free of tax.
    """

    amount: Decimal
    rate: Decimal


@dataclass(frozen=True, slots=True)
class TaxLine:
    """What a receipt says of one rate; `net + tax` is what the customer pays at this rate."""

    rate: Decimal
    net: Decimal
    tax: Decimal


def tax_lines(parts: Iterable[Taxed], mode: TaxMode, currency: str) -> list[TaxLine]:
    """The tax in, or on top of, some amounts.

    Args:
        parts: The amounts with their rates.
        mode: Whether the amounts hold the tax.
        currency: ISO 4217 code; the tax of each rate is rounded half up to its smallest unit.

    Returns:
        One line per rate, the lowest first.
    """
    totals: dict[Decimal, Decimal] = {}
    for part in parts:
        rate = part.rate.normalize()
        totals[rate] = totals.get(rate, Decimal(0)) + part.amount
    return [_line(rate, totals[rate], mode, currency) for rate in sorted(totals)]


def _line(rate: Decimal, amount: Decimal, mode: TaxMode, currency: str) -> TaxLine:
    if mode is TaxMode.EXCLUSIVE:
        return TaxLine(rate, amount, rounded(amount * rate / 100, currency))
    tax = rounded(amount * rate / (100 + rate), currency)
    return TaxLine(rate, amount - tax, tax)


def refunded_tax(
    before: Iterable[Taxed], now: Iterable[Taxed], mode: TaxMode, currency: str
) -> list[TaxLine]:
    """The tax that a refund gives back: the difference between cumulated taxes.

    Taxing each refund for itself would round each for itself: three refunds of a third would not
    give back the tax that was taken.

    Args:
        before: What earlier refunds of the same receipt have given back.
        now: What this refund gives back.
        mode: Whether the amounts hold the tax.
        currency: ISO 4217 code.
    """
    earlier = list(before)
    was = {line.rate: line for line in tax_lines(earlier, mode, currency)}
    lines = []
    for line in tax_lines([*earlier, *now], mode, currency):
        known = was.get(line.rate, TaxLine(line.rate, Decimal(0), Decimal(0)))
        if line != known:
            lines.append(TaxLine(line.rate, line.net - known.net, line.tax - known.tax))
    return lines
