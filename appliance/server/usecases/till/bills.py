"""What a visit costs: list prices, discounts, tax, and what was paid for each item."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from appliance.server.domain import adjustments
from appliance.server.domain.currencies import is_exact, share_out
from appliance.server.domain.errors import ValidationFailed
from appliance.server.domain.money import digits
from appliance.server.domain.tax import Taxed, TaxLine, TaxMode, tax_lines
from appliance.server.store.models import Adjustment, Transaction, TransactionItem

from ..shop import Shop


@dataclass(frozen=True, slots=True)
class Bill:
    """A worked-out bill.

    Attributes:
        subtotal: The sum of the list prices.
        lines: Item → what is charged for it, before tax that is put on top.
        taken_off: What each adjustment takes off, in their order.
        tax: One line per rate.
        on_top: Tax that is added to the prices; 0 where they hold it.
    """

    subtotal: Decimal
    lines: dict[int, Decimal]
    taken_off: tuple[Decimal, ...]
    tax: list[TaxLine]
    on_top: Decimal

    @property
    def total(self) -> Decimal:
        """What is due."""
        return sum(self.lines.values(), Decimal(0)) + self.on_top


def work_out(
    shop: Shop,
    items: Iterable[TransactionItem],
    taken_off: Iterable[Adjustment] = (),
    mode: TaxMode | None = None,
) -> Bill:
    """Work out a bill.

    Args:
        shop: The shop's settings.
        items: In their order; one that has no id yet is told from the others by its place.
        taken_off: The adjustments, in their order.
        mode: Whether prices hold the tax; as the shop says now unless given.
    """
    mode = mode or shop.tax_mode
    ordered = list(items)
    keys = {item.id or -place: item for place, item in enumerate(ordered, 1)}
    worked = adjustments.bill(
        [adjustments.Priced(key, item.price) for key, item in keys.items()],
        [adjustments.Adjustment(row.kind, row.value, row.item_id) for row in taken_off],
        shop.currency,
    )
    tax = tax_lines(
        [Taxed(worked.lines[key], item.tax_rate or Decimal(0)) for key, item in keys.items()],
        mode,
        shop.currency,
    )
    on_top = (
        sum((line.tax for line in tax), Decimal(0)) if mode is TaxMode.EXCLUSIVE else Decimal(0)
    )
    return Bill(worked.subtotal, worked.lines, worked.taken_off, tax, on_top)


def as_it_was(shop: Shop, visit: Transaction) -> Bill:
    """A visit's bill as its total was worked out, whatever `TAX_MODE` is today.

    Rates are copied to the items, and what was put on top stands in the visit: a bill with tax on
    top was worked out so, and one without has prices that hold it.
    """
    mode = TaxMode.EXCLUSIVE if visit.tax_on_top else TaxMode.INCLUSIVE
    return work_out(shop, visit.items, visit.adjustments, mode)


def tax_texts(shop: Shop, lines: Iterable[TaxLine]) -> list[dict[str, str]]:
    """Tax lines as they are stored with a payment or refund: decimal digits.

    Args:
        shop: The shop's settings.
        lines: Of one receipt. A rate of 0 is left out: it says nothing.
    """
    return [
        {
            "rate": f"{line.rate:f}",
            "net": digits(line.net, shop.currency),
            "tax": digits(line.tax, shop.currency),
        }
        for line in lines
        if line.rate
    ]


def paid_lines(shop: Shop, visit: Transaction) -> dict[int, Decimal]:
    """What was paid for each item of a paid visit, tax included; the parts add up to the bill.

    Tax that was put on top is shared over the items of its rate in proportion.
    """
    bill = as_it_was(shop, visit)
    if not bill.on_top:
        return bill.lines
    lines = dict(bill.lines)
    for tax in bill.tax:
        which = [
            item.id for item in visit.items if (item.tax_rate or Decimal(0)).normalize() == tax.rate
        ]
        shares = share_out(tax.tax, [bill.lines[item] for item in which], shop.currency)
        for item, share in zip(which, shares, strict=True):
            lines[item] += share
    return lines


def check_amount(shop: Shop, amount: Decimal, name: str) -> Decimal:
    """Make sure that the shop's currency can say an amount.

    Raises:
        ValidationFailed: It is finer than the currency.
    """
    if not is_exact(amount, shop.currency):
        raise ValidationFailed(
            "{name} has more decimals than {currency} has.", name=name, currency=shop.currency
        )
    return amount
