"""What a cashier does at the desk."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from sqlalchemy import select

from appliance.protocol import PrintRole
from appliance.server.domain.errors import (
    InsufficientPayment,
    InvalidState,
    NotFound,
    NothingWaiting,
)
from appliance.server.domain.payments import PaymentMethod
from appliance.server.domain.states import SYSTEM, Actor, TransactionStatus
from appliance.server.domain.visits import Event
from appliance.server.store import claims, outbox
from appliance.server.store.models import PrintJob, Transaction
from appliance.server.store.unit_of_work import LookAgain, UnitOfWork

from .shop import Shop
from .steps import Step

INTERRUPTED: Final = "A payment was interrupted. Check whether the customer has paid."


def claim_next(unit: UnitOfWork, shop: Shop, cashier: Actor) -> Transaction:
    """Claim the customer who has waited longest to pay.

    Raises:
        NothingWaiting: Nobody waits to pay.
    """
    step = Step(unit, shop, cashier)
    transaction = claims.next_at_desk(unit.session)
    if transaction is None:
        if claims.anybody_in(unit.session, TransactionStatus.FINISHED):
            raise LookAgain
        raise NothingWaiting("Nobody is waiting to pay.")
    return step.apply(transaction, step.decide(transaction, Event.CASHIER_CLAIM_NEXT))


def claim_code(unit: UnitOfWork, shop: Shop, cashier: Actor, code: str) -> Transaction:
    """Claim the customer who shows this code.

    Raises:
        NotFound: Nobody has this code.
        InvalidState: The customer is not ready to pay, or another cashier has them.
    """
    step = Step(unit, shop, cashier)
    transaction = claims.transaction_by_code(unit.session, code)
    if transaction is None:
        raise NotFound("Nobody has the code {code}. Please check the ticket.", code=code)
    return step.apply(transaction, step.decide(transaction, Event.CASHIER_CLAIM_CODE))


def release(unit: UnitOfWork, shop: Shop, cashier: Actor, transaction_id: int) -> Transaction:
    """Put a customer back to where they were in the desk's queue."""
    step = Step(unit, shop, cashier)
    transaction = step.transaction(transaction_id)
    return step.apply(transaction, step.decide(transaction, Event.CASHIER_RELEASE))


def pay(
    unit: UnitOfWork,
    shop: Shop,
    cashier: Actor,
    transaction_id: int,
    amount_paid: Decimal,
    method: PaymentMethod,
) -> Transaction | InsufficientPayment:
    """Take a payment that is decided at the desk: cash, or a terminal that the cashier reads.

    Both transitions, into `paying` and out of it, stand in the history.

    Args:
        unit: The open unit of work.
        shop: The shop's settings.
        cashier: Who takes it.
        transaction_id: Whose it is.
        amount_paid: What the customer hands over.
        method: How.

    Returns:
        The paid transaction, or why it was refused: a refusal is recorded too, and the customer
        is back at `awaiting_payment`.
    """
    step = Step(unit, shop, cashier)
    transaction = step.transaction(transaction_id)
    detail: dict[str, object] = {"amount_paid": str(amount_paid), "method": method.name}
    step.apply(transaction, step.decide(transaction, Event.CASHIER_PAY), detail=detail)
    try:
        accepted = step.decide(
            transaction, Event.PAYMENT_ACCEPTED, actor=SYSTEM, amount_paid=amount_paid
        )
    except InsufficientPayment as refusal:
        refused = step.decide(transaction, Event.PAYMENT_REFUSED, actor=SYSTEM)
        step.apply(transaction, refused, actor=SYSTEM, detail={"reason": refusal.message})
        return refusal
    return step.apply(
        transaction,
        accepted,
        actor=SYSTEM,
        facts={"note": None},
        amount_paid=amount_paid,
        method=method,
    )


def reprint(unit: UnitOfWork, cashier: Actor, transaction_id: int) -> PrintJob:
    """Print a receipt again, marked COPY, without opening the drawer.

    Raises:
        NotFound: No such transaction.
        InvalidState: It has not been paid, so there is no receipt.
    """
    if unit.session.get(Transaction, transaction_id) is None:
        raise NotFound("There is no such customer.")
    original = unit.session.scalars(
        select(PrintJob)
        .where(
            PrintJob.transaction_id == transaction_id,
            PrintJob.kind == PrintRole.RECEIPT,
            PrintJob.original_id.is_(None),
        )
        .limit(1)
    ).first()
    if original is None:
        raise InvalidState("There is no receipt yet: this customer has not paid.")
    copy = outbox.copy(unit, original)
    unit.record("cashier_reprint", cashier, unit.now(), transaction_id=transaction_id)
    unit.session.flush()
    return copy


def recover_interrupted(unit: UnitOfWork, shop: Shop) -> int:
    """Put payments that a crash left unresolved back before the cashier.

    Returns:
        How many there were.
    """
    interrupted = unit.session.scalars(
        select(Transaction.id).where(Transaction.status == TransactionStatus.PAYING)
    ).all()
    for transaction_id in interrupted:
        step = Step(unit, shop, SYSTEM)
        transaction = step.transaction(transaction_id)
        decision = step.decide(transaction, Event.PAYMENT_REFUSED)
        step.apply(
            transaction, decision, detail={"reason": INTERRUPTED}, facts={"note": INTERRUPTED}
        )
    return len(interrupted)
