"""What a customer does at the kiosk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from appliance.server.domain.errors import NotFound, ValidationFailed
from appliance.server.domain.states import SYSTEM, Actor, TransactionStatus
from appliance.server.domain.visits import Event
from appliance.server.store import counter, queries, visits
from appliance.server.store.models import Transaction
from appliance.server.store.unit_of_work import UnitOfWork

from . import items
from .effects import GiveCode, OweTicket
from .shop import Shop
from .steps import Step, new_ticket_token


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


def start(unit: UnitOfWork, shop: Shop, kiosk: Actor) -> Transaction:
    """A customer begins to choose."""
    step = Step(unit, shop, kiosk)
    decision = step.decide(None, Event.CUSTOMER_START)
    transaction = Transaction(
        **decision.facts,
        touched_at=decision.at,
        total_amount=Decimal(0),
        total_duration_minutes=0,
        items=[],
    )
    unit.add(transaction)
    unit.record(
        decision.event,
        kiosk,
        decision.at,
        transaction_id=transaction.id,
        target=decision.target,
    )
    unit.changes.transactions.add(transaction.id)
    return transaction


def add_item(
    unit: UnitOfWork, shop: Shop, kiosk: Actor, transaction_id: int, classification_id: int
) -> Transaction:
    """The customer chooses a variant."""
    step = Step(unit, shop, kiosk)
    transaction = step.transaction(transaction_id)
    return items.add(step, transaction, Event.CUSTOMER_ADD_ITEM, classification_id)


def remove_item(
    unit: UnitOfWork, shop: Shop, kiosk: Actor, transaction_id: int, item_id: int
) -> Transaction:
    """The customer changes their mind about one variant."""
    step = Step(unit, shop, kiosk)
    transaction = step.transaction(transaction_id)
    return items.remove(step, transaction, Event.CUSTOMER_REMOVE_ITEM, item_id)


def confirm_selection(
    unit: UnitOfWork,
    shop: Shop,
    kiosk: Actor,
    transaction_id: int | None,
    classification_ids: Sequence[int] | None,
) -> Confirmed:
    """The customer confirms, gets a code, and joins the queue.

    Args:
        unit: The open unit of work.
        shop: The shop's settings.
        kiosk: The kiosk that the customer stands at.
        transaction_id: The selection; None to start one here, with `classification_ids`.
        classification_ids: Replaces the selection where given.

    Raises:
        ValidationFailed: Neither a transaction nor items.
        NotFound: No such transaction, or a variant is not offered any more.
        DomainError: The table says no, or the codes are used up.
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
    return _join_queue(step, transaction)


def _join_queue(step: Step, transaction: Transaction) -> Confirmed:
    decision = step.decide(transaction, Event.CUSTOMER_CONFIRM_SELECTION)
    unit, shop = step.unit, step.shop
    taken = counter.take_code(unit.session, shop.code_reset, shop.day.date_of(unit.now()))
    # Under the counter's lock: the paper and the day have the real time; the place in the queue is
    # later than the last one given out, whatever the clock says.
    now = unit.now()
    place = counter.confirmation_time(unit.session, now)
    # The counter's lock comes first: whoever confirmed before has committed and is counted, and
    # nobody else joins meanwhile, so no two tickets name the same place.
    ahead, wait = queries.place_in_queue(unit.session, now, today=shop.day.start_of(now))
    position = ahead + 1
    token = new_ticket_token()
    step.apply(
        transaction,
        replace(decision, at=now),
        GiveCode(taken, token),
        OweTicket(taken.code, token, position, wait),
        facts={"selection_confirmed_at": place},
    )
    return Confirmed(transaction, position, wait)


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
