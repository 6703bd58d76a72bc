"""The arithmetic of a drawer: what should be in it, and what a blind count says.

A shift belongs to one drawer and one cashier. What should be there is told only after the count.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from .errors import ValidationFailed
from .ledger import Tender
from .payments import method_named

_NOTHING = Decimal(0)


class ShiftState(StrEnum):
    """Where a shift stands."""

    OPEN = "open"
    COUNTED = "counted"
    CLOSED = "closed"


class MovementKind(StrEnum):
    """Why cash went into a drawer or out of it without a customer."""

    PAY_IN = "pay_in"
    PAY_OUT = "pay_out"
    DROP = "drop"
    TIP_PAYOUT = "tip_payout"

    @property
    def sign(self) -> int:
        """1 where the drawer gains, -1 where it loses."""
        return 1 if self is MovementKind.PAY_IN else -1


@dataclass(frozen=True, slots=True)
class Movement:
    """Cash that moved without a customer; the amount is positive whatever the direction."""

    kind: MovementKind
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Takings:
    """What a shift took.

    Attributes:
        expected_cash: What should be in the drawer.
        totals: Method → what it took, tips included, change and refunds taken off.
        tips: Of all methods.
        rounding: What cash rounding added or took.
    """

    expected_cash: Decimal
    totals: dict[str, Decimal]
    tips: Decimal
    rounding: Decimal


def takings(start: Decimal, tenders: Iterable[Tender], movements: Iterable[Movement]) -> Takings:
    """Add up a shift.

    Args:
        start: The float that was there at the start.
        tenders: All of the shift: payments, refunds and corrections.
        movements: Its pay-ins, pay-outs, drops and tip pay-outs.
    """
    totals: dict[str, Decimal] = {}
    tips = rounding = _NOTHING
    cash = start
    for tender in tenders:
        moved = tender.given - tender.change
        totals[tender.method] = totals.get(tender.method, _NOTHING) + moved
        tips += tender.tip
        rounding += tender.rounding
        if method_named(tender.method).gives_change:
            cash += moved
    cash += sum((move.kind.sign * move.amount for move in movements), _NOTHING)
    return Takings(cash, totals, tips, rounding)


def counted(denominations: Mapping[Decimal, int], known: Iterable[Decimal]) -> Decimal:
    """What coins and notes add up to.

    Args:
        denominations: Value → how many.
        known: The values that the shop's currency has.

    Raises:
        ValidationFailed: There is no such coin or note, or a number makes no sense.
    """
    values = set(known)
    for value, count in denominations.items():
        if value not in values:
            raise ValidationFailed("There is no coin or note of {value}.", value=str(value))
        if count < 0:
            raise ValidationFailed("A count must not be negative.")
    return sum((value * count for value, count in denominations.items()), _NOTHING)
