"""Putting services onto a transaction and taking them off, for kiosk and therapist alike."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from appliance.server.domain.errors import NotFound, VisitFull
from appliance.server.domain.money import MAX_AMOUNT
from appliance.server.domain.visits import Event
from appliance.server.store import catalog
from appliance.server.store.models import Transaction, TransactionItem
from appliance.server.store.unit_of_work import UnitOfWork

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
        VisitFull: It is too much for one visit.
        DomainError: The table says no.
    """
    decision = step.decide(transaction, event)
    _fits(len(transaction.items) + 1)
    item = _copied(step.unit, classification_id)
    _affordable(transaction.total_amount + item.price)
    transaction.items.append(item)
    return step.apply(transaction, decision, detail=_describe(item))


def choose(unit: UnitOfWork, classification_ids: Iterable[int]) -> list[TransactionItem]:
    """A whole selection for a visit that begins with it, copied from the catalogue as it is now.

    Raises:
        VisitFull: It is too much for one visit.
        NotFound: The catalogue has no such variant, or no longer.
    """
    ids = list(classification_ids)
    _fits(len(ids))
    chosen = [_copied(unit, classification_id) for classification_id in ids]
    _affordable(sum((item.price for item in chosen), Decimal(0)))
    return chosen


def _fits(count: int) -> None:
    if count > MAX_ITEMS:
        raise VisitFull("At most {count} services fit in one visit.", count=MAX_ITEMS)


def _affordable(total: Decimal) -> None:
    if total > MAX_AMOUNT:
        raise VisitFull("A visit cannot cost more than {amount}.", amount=str(MAX_AMOUNT))


def _copied(unit: UnitOfWork, classification_id: int) -> TransactionItem:
    offered = catalog.offered(unit.session, classification_id, unit.now())
    if offered is None:
        raise NotFound("This service is no longer offered. Please choose another.")
    variant, service, price = offered
    return TransactionItem(
        service_id=service.id,
        service_classification_id=variant.id,
        service_name=service.service_name,
        classification_name=variant.name,
        price=price,
        duration_minutes=variant.duration_minutes,
        tax_rate=service.tax_rate,
        turn_value=variant.turn_value,
    )


def remove(step: Step, transaction: Transaction, event: Event, item_id: int) -> TransactionItem:
    """Take an item off.

    Args:
        step: The step that has locked the transaction.
        transaction: The locked row; up to date afterwards.
        event: `customer_remove_item` or `therapist_remove_item`.
        item_id: The item.

    Returns:
        What was taken off.

    Raises:
        NotFound: The transaction has no such item.
        DomainError: The table says no.
    """
    decision = step.decide(transaction, event)
    item = next((item for item in transaction.items if item.id == item_id), None)
    if item is None:
        raise NotFound("This service is no longer on the list.")
    transaction.items.remove(item)
    step.apply(transaction, decision, detail=_describe(item))
    return item


def _describe(item: TransactionItem) -> dict[str, object]:
    return {"item": named(item), "price": str(item.price)}


def named(item: TransactionItem) -> str:
    """An item in the history's words."""
    return f"{item.service_name}, {item.classification_name}"
