"""What a customer does at the kiosk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final, overload

from appliance.server.domain.currencies import rounded
from appliance.server.domain.errors import NotFound, ValidationFailed
from appliance.server.domain.lanes import Wanted
from appliance.server.domain.money import digits
from appliance.server.domain.selection import Choice, may_replace
from appliance.server.domain.states import SYSTEM, Actor, TransactionStatus
from appliance.server.domain.visits import Event
from appliance.server.store import catalog, visits
from appliance.server.store.models import Transaction, TransactionItem
from appliance.server.store.unit_of_work import UnitOfWork
from appliance.words import N_

from . import items
from .places import take_place
from .shop import Shop
from .steps import Step


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A confirmed selection.

    Attributes:
        transaction: With its code.
        queue_position: 1 = next.
        estimated_wait_minutes: None while nobody is on duty.
    """

    transaction: Transaction
    queue_position: int
    estimated_wait_minutes: int | None


UNDO_SECONDS: Final = 10
"""How long a screen offers to take a removal or a replacement back."""


@dataclass(frozen=True, slots=True)
class Undo:
    """What `customer_add_item` is told to take the last change of a selection back.

    What comes back is the variant, as the menu has it at that moment: at its price of then.

    Attributes:
        classification_id: The variant that was taken off.
        replaces: The item that has taken its place and goes again; None where none has.
    """

    classification_id: int
    replaces: int | None = None


@dataclass(frozen=True, slots=True)
class Selected:
    """A selection after a change.

    Attributes:
        transaction: The selection.
        undo: How the change is taken back; None where nothing was taken off, or where it is no
            longer offered.
    """

    transaction: Transaction
    undo: Undo | None = None


class PriceChanged(ValidationFailed):
    """The selection costs something else than the customer has seen, and is not confirmed.

    `confirm_selection` returns it rather than raises it: the selection stays as the answer shows
    it, at present prices and still open, so that the customer can confirm it or change it.

    Args:
        transaction: The selection.
        currency: Of its total, ISO 4217.
    """

    def __init__(self, transaction: Transaction, currency: str) -> None:
        super().__init__(
            "The price has changed. It is now {amount}.",
            amount=digits(transaction.total_amount, currency),
        )
        self.transaction = transaction


class AnotherVariantChosen(ValidationFailed):
    """The customer is to be asked first: in place of an item of the same service, or beside it?

    Args:
        item: The id of that item.
    """

    def __init__(self, item: int) -> None:
        super().__init__(N_("Another variant of this service is chosen already."))
        self.item = item


def start(unit: UnitOfWork, shop: Shop, kiosk: Actor) -> Transaction:
    """A customer begins to choose."""
    step = Step(unit, shop, kiosk)
    decision = step.decide(None, Event.CUSTOMER_START)
    return step.begin(decision)


def add_item(
    unit: UnitOfWork,
    shop: Shop,
    kiosk: Actor,
    transaction_id: int,
    classification_id: int,
    replaces: int | None = None,
    ask: bool = False,
) -> Selected:
    """The customer chooses a variant, beside what is chosen or in place of one item.

    Args:
        unit: The open unit of work.
        shop: The shop's settings.
        kiosk: The kiosk that the customer stands at.
        transaction_id: The selection.
        classification_id: The variant.
        replaces: The item that it takes the place of: one of the same service.
        ask: Whether the customer has yet to be asked whether it takes the place of another variant.

    Raises:
        AnotherVariantChosen: It may, and `ask` is set; nothing has changed.
        NotFound: No such transaction, item or variant, or it is no longer offered.
        ValidationFailed: The item is of another service.
        DomainError: The table says no.
    """
    step = Step(unit, shop, kiosk)
    transaction = step.transaction(transaction_id)
    if replaces is None:
        before = [
            Choice(item.id, item.service_id, item.service_classification_id)
            for item in transaction.items
        ]
        items.add(step, transaction, Event.CUSTOMER_ADD_ITEM, classification_id)
        service = transaction.items[-1].service_id
        if ask and (other := may_replace(before, service, classification_id)) is not None:
            raise AnotherVariantChosen(other)
        return Selected(transaction)
    removed = items.remove(step, transaction, Event.CUSTOMER_REMOVE_ITEM, replaces)
    items.add(step, transaction, Event.CUSTOMER_ADD_ITEM, classification_id)
    added = transaction.items[-1]
    if added.service_id != removed.service_id:
        raise ValidationFailed("Only a variant of the same service can be replaced.")
    return Selected(transaction, _undo(unit, removed, replaces=added.id))


def remove_item(
    unit: UnitOfWork, shop: Shop, kiosk: Actor, transaction_id: int, item_id: int
) -> Selected:
    """The customer changes their mind about one variant.

    Raises:
        NotFound: No such transaction, or it has no such item.
        DomainError: The table says no.
    """
    step = Step(unit, shop, kiosk)
    transaction = step.transaction(transaction_id)
    removed = items.remove(step, transaction, Event.CUSTOMER_REMOVE_ITEM, item_id)
    return Selected(transaction, _undo(unit, removed))


def _undo(unit: UnitOfWork, removed: TransactionItem, replaces: int | None = None) -> Undo | None:
    variant = removed.service_classification_id
    if catalog.offered(unit.session, variant, unit.now()) is None:
        return None
    return Undo(variant, replaces)


@overload
def confirm_selection(
    unit: UnitOfWork,
    shop: Shop,
    kiosk: Actor,
    transaction_id: int | None,
    classification_ids: Sequence[int] | None,
    *,
    wanted: Wanted | None = None,
) -> Confirmed: ...


@overload
def confirm_selection(
    unit: UnitOfWork,
    shop: Shop,
    kiosk: Actor,
    transaction_id: int | None,
    classification_ids: Sequence[int] | None,
    expected_total: Decimal | None,
    language: str | None = None,
    wanted: Wanted | None = None,
) -> Confirmed | PriceChanged: ...


def confirm_selection(
    unit: UnitOfWork,
    shop: Shop,
    kiosk: Actor,
    transaction_id: int | None,
    classification_ids: Sequence[int] | None,
    expected_total: Decimal | None = None,
    language: str | None = None,
    wanted: Wanted | None = None,
) -> Confirmed | PriceChanged:
    """The customer confirms, gets a code, and joins the queue.

    Args:
        unit: The open unit of work.
        shop: The shop's settings.
        kiosk: The kiosk that the customer stands at.
        transaction_id: The selection; None to start one here, with `classification_ids`.
        classification_ids: Replaces the selection where given.
        expected_total: What the customer has been shown, in the shop's currency; None where
            nobody says.
        language: Which the customer chose, for paper; None where nobody says.
        wanted: Whom the customer asks for; None for anyone.

    Returns:
        The confirmed selection; `PriceChanged` where it costs something else than expected.

    Raises:
        ValidationFailed: Neither a transaction nor items.
        NotFound: No such transaction, or a variant is no longer offered.
        DomainError: The table says no, the one asked for is not there, or the codes are used up.
    """
    step = Step(unit, shop, kiosk)
    if transaction_id is not None:
        transaction = step.transaction(transaction_id)
    elif classification_ids:
        transaction = start(unit, shop, kiosk)
    else:
        raise ValidationFailed("transaction_id or items must be given.")
    if classification_ids is not None:
        for item in list(transaction.items):
            items.remove(step, transaction, Event.CUSTOMER_REMOVE_ITEM, item.id)
        for classification_id in classification_ids:
            items.add(step, transaction, Event.CUSTOMER_ADD_ITEM, classification_id)
    decision = step.decide(transaction, Event.CUSTOMER_CONFIRM_SELECTION)
    if expected_total is not None and rounded(expected_total, shop.currency) != rounded(
        transaction.total_amount, shop.currency
    ):
        return PriceChanged(transaction, shop.currency)
    place = take_place(unit, shop, language, wanted)
    step.apply(transaction, replace(decision, at=place.at), *place.effects, facts=place.facts)
    return Confirmed(transaction, place.position, place.wait)


def cancel(unit: UnitOfWork, shop: Shop, kiosk: Actor, transaction_id: int) -> Transaction:
    """The customer starts over, or walks away and the kiosk notices."""
    step = Step(unit, shop, kiosk)
    transaction = step.transaction(transaction_id)
    decision = step.decide(transaction, Event.CUSTOMER_CANCEL)
    return step.apply(transaction, decision, facts={"note": "started over"})


def time_out(unit: UnitOfWork, shop: Shop) -> int:
    """Cancel selections that nobody has touched for too long, whatever became of the kiosk.

    Returns:
        How many were cancelled.
    """
    before = unit.now() - shop.selecting_timeout
    cancelled = 0
    for transaction_id in visits.idle_selections(unit.session, before):
        step = Step(unit, shop, SYSTEM)
        try:
            transaction = step.transaction(transaction_id)
        except NotFound:
            continue
        if transaction.status is TransactionStatus.SELECTING and transaction.touched_at < before:
            decision = step.decide(transaction, Event.SELECTING_TIMED_OUT)
            step.apply(transaction, decision, facts={"note": "timed out at the kiosk"})
            cancelled += 1
    return cancelled
