"""What a cashier does at the desk."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from appliance.server.domain.errors import (
    InsufficientPayment,
    NotFound,
    NothingWaiting,
)
from appliance.server.domain.payments import PaymentMethod
from appliance.server.domain.states import SYSTEM, Actor, TransactionStatus
from appliance.server.domain.visits import Event
from appliance.server.store import claims, visits
from appliance.server.store.models import Transaction
from appliance.server.store.unit_of_work import LookAgain, UnitOfWork

from .effects import OpenDrawer, OweReceipt, TakePayment
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
    reference: str | None = None,
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
        reference: What names the payment, where the method asks for it; stays in the history.

    Returns:
        The paid transaction, or why it was refused: a refusal is recorded too, and the customer
        is back at `awaiting_payment`.

    Raises:
        ValidationFailed: The method cannot be paid like this; nothing is recorded.
    """
    step = Step(unit, shop, cashier)
    transaction = step.transaction(transaction_id)
    detail: dict[str, object] = {"amount_paid": str(amount_paid), "method": method.name}
    if reference:
        detail["reference"] = reference
    begun = step.decide(transaction, Event.CASHIER_PAY)
    method.check(transaction.total_amount, amount_paid, reference)
    step.apply(transaction, begun, detail=detail)
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
        TakePayment(amount_paid, method),
        OpenDrawer(method),
        OweReceipt(method, cashier.name),
        actor=SYSTEM,
        facts={"note": None},
    )


def recover_interrupted(unit: UnitOfWork, shop: Shop) -> int:
    """Put payments that a crash left unresolved back before the cashier.

    Returns:
        How many there were.
    """
    interrupted = visits.interrupted_payments(unit.session)
    for transaction_id in interrupted:
        step = Step(unit, shop, SYSTEM)
        transaction = step.transaction(transaction_id)
        decision = step.decide(transaction, Event.PAYMENT_REFUSED)
        step.apply(
            transaction, decision, detail={"reason": INTERRUPTED}, facts={"note": INTERRUPTED}
        )
    return len(interrupted)
