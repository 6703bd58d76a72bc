"""How customers pay: each row is whole, and the page has its icon."""

from __future__ import annotations

from decimal import Decimal

import pytest

from appliance.server.domain.errors import ValidationFailed
from appliance.server.domain.ledger import Offer, check_offers
from appliance.server.domain.payments import METHODS, PaymentMethod
from tools.icons import ICONS

VOUCHER = PaymentMethod("voucher", "Voucher", "ticket", "{paid} by voucher", asks_reference=True)


@pytest.mark.parametrize("method", METHODS.values(), ids=lambda method: method.name)
def test_a_row_says_all_that_page_and_paper_need(method: PaymentMethod) -> None:
    assert method.icon in ICONS
    assert method.label
    assert "{paid}" in method.received
    assert bool(method.received_for) is method.gives_change
    assert bool(method.instruction) is not method.gives_change
    assert len(method.name) <= 10, "as the column has it"


def test_the_protocols_methods_are_there_and_only_cash_is_counted() -> None:
    assert list(METHODS) == ["cash", "card", "other"]
    assert [m.name for m in METHODS.values() if m.gives_change or m.opens_drawer] == ["cash"]


def test_only_what_gives_change_takes_more_than_is_due() -> None:
    check_offers(Decimal(80), [Offer(METHODS["cash"], Decimal(500))], "USD")
    check_offers(Decimal(80), [Offer(METHODS["card"], Decimal(80))], "USD")
    with pytest.raises(ValidationFailed, match="Only cash gives change"):
        check_offers(Decimal(80), [Offer(METHODS["card"], Decimal("80.01"))], "USD")


@pytest.mark.parametrize("reference", [None, ""])
def test_a_reference_is_needed_where_it_is_asked_for(reference: str | None) -> None:
    check_offers(Decimal(80), [Offer(VOUCHER, Decimal(80), reference="A-17")], "USD")
    with pytest.raises(ValidationFailed, match="needs a reference"):
        check_offers(Decimal(80), [Offer(VOUCHER, Decimal(80), reference=reference)], "USD")
