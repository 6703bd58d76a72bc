"""Putting services onto a transaction and taking them off, for kiosk and therapist alike."""

from __future__ import annotations

from typing import Final

from appliance.server.domain.errors import InvalidState, NotFound
from appliance.server.domain.money import MAX_AMOUNT
from appliance.server.domain.visits import Event
from appliance.server.store import catalog
from appliance.server.store.models import Transaction, TransactionItem

from .steps import Step

MAX_ITEMS: Final = 30
"""More services than this in one visit is a finger on the screen, not a wish."""


def add(step: Step, transaction: Transaction, event: Event, classification_id: int) -> Transaction:
    """Add a variant, with its names, price and minutes copied as they are now.

    Args:
        step: The step that has locked the transaction.
        transaction: The locked row.
        event: `customer_add_item` or `therapist_add_service`.
        classification_id: The variant.

    Raises:
        NotFound: The catalogue has no such variant, or no longer.
        DomainError: The table says no.
    """
    decision = step.decide(transaction, event)
    if len(transaction.items) >= MAX_ITEMS:
        raise InvalidState("At most {count} services fit in one visit.", count=MAX_ITEMS)
    offered = catalog.offered(step.unit.session, classification_id)
    if offered is None:
        raise NotFound("This service is not offered any more. Please choose another.")
    variant, service = offered
    item = TransactionItem(
        service_id=service.id,
        service_classification_id=variant.id,
        service_name=service.service_name,
        classification_name=variant.name,
        price=variant.price,
        duration_minutes=variant.duration_minutes,
        tax_rate=service.tax_rate,
    )
    if transaction.total_amount + item.price > MAX_AMOUNT:
        raise InvalidState("A visit cannot cost more than {amount}.", amount=str(MAX_AMOUNT))
    transaction.items.append(item)
    return step.apply(transaction, decision, detail=_describe(item))


def remove(step: Step, transaction: Transaction, event: Event, item_id: int) -> Transaction:
    """Take an item off.

    Args:
        step: The step that has locked the transaction.
        transaction: The locked row.
        event: `customer_remove_item` or `therapist_remove_item`.
        item_id: The item.

    Raises:
        NotFound: The transaction has no such item.
        DomainError: The table says no.
    """
    decision = step.decide(transaction, event)
    item = next((item for item in transaction.items if item.id == item_id), None)
    if item is None:
        raise NotFound("This service is not on the list any more.")
    transaction.items.remove(item)
    return step.apply(transaction, decision, detail=_describe(item))


def _describe(item: TransactionItem) -> dict[str, object]:
    return {"item": f"{item.service_name}, {item.classification_name}", "price": str(item.price)}
