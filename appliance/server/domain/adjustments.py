"""What is taken off a bill before it is paid: an amount, a percentage, or another price.

The list price stays on the item; an adjustment says what is taken off it, by whom and why. A later
adjustment works on what the earlier ones have left. Nothing goes below zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from .currencies import rounded, share_out
from .errors import ValidationFailed

_HUNDRED = Decimal(100)


class AdjustmentKind(StrEnum):
    """How much is taken off."""

    AMOUNT_OFF = "amount_off"
    PERCENT_OFF = "percent_off"
    PRICE = "price"


@dataclass(frozen=True, slots=True)
class Adjustment:
    """One thing taken off.

    Attributes:
        kind: How `value` is meant.
        value: An amount off, a percentage from 0 to 100, or the new price.
        item_id: The item; None for the whole visit.
    """

    kind: AdjustmentKind
    value: Decimal
    item_id: int | None = None


@dataclass(frozen=True, slots=True)
class Priced:
    """An item and its list price."""

    item_id: int
    price: Decimal


@dataclass(frozen=True, slots=True)
class Bill:
    """What is due.

    Attributes:
        subtotal: The sum of the list prices.
        lines: Item → what is charged for it.
        taken_off: What each adjustment took off, in their order; negative where it added.
    """

    subtotal: Decimal
    lines: dict[int, Decimal]
    taken_off: tuple[Decimal, ...]

    @property
    def total(self) -> Decimal:
        """What is charged for all items."""
        return sum(self.lines.values(), Decimal(0))

    @property
    def discount(self) -> Decimal:
        """What all adjustments took off."""
        return self.subtotal - self.total


def check(adjustment: Adjustment) -> None:
    """Make sure that an adjustment makes sense by itself.

    Raises:
        ValidationFailed: It does not.
    """
    if adjustment.value < 0:
        raise ValidationFailed("A discount must not be negative.")
    if adjustment.kind is AdjustmentKind.PERCENT_OFF and adjustment.value > _HUNDRED:
        raise ValidationFailed("A discount is at most 100 %.")


def bill(items: Sequence[Priced], adjustments: Sequence[Adjustment], currency: str) -> Bill:
    """Work out a bill.

    Args:
        items: In their order: where a discount does not divide evenly, earlier items bear more.
        adjustments: In the order in which they were made. One for an item that is no longer there
            takes off nothing.
        currency: ISO 4217 code.
    """
    lines = {item.item_id: item.price for item in items}
    taken = tuple(_apply(lines, adjustment, currency) for adjustment in adjustments)
    return Bill(sum((item.price for item in items), Decimal(0)), lines, taken)


def _apply(lines: dict[int, Decimal], adjustment: Adjustment, currency: str) -> Decimal:
    if adjustment.item_id is None:
        which = list(lines)
    else:
        which = [adjustment.item_id] if adjustment.item_id in lines else []
    if not which:
        return Decimal(0)
    before = sum((lines[item] for item in which), Decimal(0))
    off = _off(before, adjustment, currency)
    for item, part in zip(
        which, share_out(off, [lines[item] for item in which], currency), strict=True
    ):
        lines[item] -= part
    return off


def _off(before: Decimal, adjustment: Adjustment, currency: str) -> Decimal:
    match adjustment.kind:
        case AdjustmentKind.AMOUNT_OFF:
            return min(adjustment.value, before)
        case AdjustmentKind.PERCENT_OFF:
            return rounded(before * adjustment.value / _HUNDRED, currency)
        case AdjustmentKind.PRICE:
            return before - adjustment.value


def percent_off(subtotal: Decimal, discount: Decimal) -> Decimal:
    """How much of a bill is taken off, in percent: what a cashier's limit is measured by."""
    return discount * _HUNDRED / subtotal if subtotal else Decimal(0)
