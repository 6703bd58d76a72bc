"""What a cashier does at the desk."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final

from appliance.server.domain.errors import (
    InsufficientPayment,
    NotFound,
    NothingWaiting,
)
from appliance.server.domain.ledger import Offer, asked, check_offers, settle
from appliance.server.domain.states import SYSTEM, Actor, TransactionStatus
from appliance.server.domain.visits import Event
from appliance.server.store import claims, numbers, people, visits
from appliance.server.store.models import Transaction
from appliance.server.store.unit_of_work import LookAgain, UnitOfWork

from .effects import OpenDrawer, OweReceipt, TakePayment
from .shop import Shop
from .steps import Step
from .till import shifts
from .till.bills import check_amount

INTERRUPTED: Final = "A payment was interrupted. Check whether the customer has paid."


def claim_next(unit: UnitOfWork, shop: Shop, cashier: Actor) -> Transaction:
    """Claim the customer who has waited longest to pay.

    Raises:
        NothingWaiting: Nobody waits to pay.
    """
    step = Step(unit, shop, cashier)
    transaction = claims.next_at_desk(unit.session)
    if transaction is None:
        if claims.anybody_next(unit.session, TransactionStatus.FINISHED):
            raise LookAgain
        raise NothingWaiting("Nobody is waiting to pay.")
    return step.apply(transaction, step.decide(transaction, Event.CASHIER_CLAIM_NEXT))


def claim_code(unit: UnitOfWork, shop: Shop, cashier: Actor, code: str) -> Transaction:
    """Claim the customer who shows this code.

    A code means an open visit, else one of this business day: every number comes again, and
    somebody's visit of weeks ago must not tell the cashier that who stands here has paid.

    A bill that another cashier has left open, logged out or disabled, is taken over.

    Raises:
        NotFound: Nobody has this code today.
        InvalidState: The customer is not ready to pay, or a cashier has them who is there.
    """
    step = Step(unit, shop, cashier)
    transaction = claims.transaction_by_code(unit.session, code)
    if transaction is None:
        raise NotFound("No customer with number {code}. Please check the ticket.", code=code)
    if transaction.open_code is None and not _of_today(shop, transaction, unit.now()):
        raise NotFound(
            "No customer with number {code} today; it was last used on {date}. Please check the "
            "ticket.",
            code=code,
            date=str(transaction.business_date),
        )
    if transaction.status is not TransactionStatus.AWAITING_PAYMENT:
        return step.apply(transaction, step.decide(transaction, Event.CASHIER_CLAIM_CODE))
    holder = transaction.cashier
    gone = holder is None or not people.logged_in(unit.session, holder.id, unit.now())
    decision = step.decide(transaction, Event.CASHIER_CLAIM_CODE, cashier_gone=gone)
    return step.apply(
        transaction,
        decision,
        detail={"from": holder.name if holder else None},
        facts={"cashier_id": cashier.id},
    )


def _of_today(shop: Shop, ended: Transaction, now: datetime) -> bool:
    today = shop.day.date_of(now)
    at = ended.paid_at or ended.cancelled_at
    return ended.business_date == today.isoformat() or (
        at is not None and shop.day.date_of(at) == today
    )


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
    offers: Sequence[Offer],
) -> Transaction | InsufficientPayment:
    """Take a payment that is decided at the desk: cash, or a terminal that the cashier reads.

    Both transitions, into `paying` and out of it, stand in the history. The money belongs to the
    cashier's shift, which opens by itself where there is none.

    Args:
        unit: The open unit of work.
        shop: The shop's settings.
        cashier: Who takes it.
        transaction_id: Whose it is.
        offers: What the customer hands over, by method; cash comes last, whatever the order.

    Returns:
        The paid transaction, or why it was refused: a refusal is recorded too, and the customer
        is back at `awaiting_payment`.

    Raises:
        ValidationFailed: It cannot be paid like this; nothing is recorded.
    """
    for offer in offers:
        check_amount(shop, offer.given, "amount_paid")
        check_amount(shop, offer.tip, "tip")
    step = Step(unit, shop, cashier)
    transaction = step.transaction(transaction_id)
    begun = step.decide(transaction, Event.CASHIER_PAY)
    due = transaction.total_amount
    check_offers(due, offers, shop.currency)
    step.apply(transaction, begun, detail=_described(offers))
    try:
        accepted = step.decide(
            transaction,
            Event.PAYMENT_ACCEPTED,
            actor=SYSTEM,
            amount_due=asked(due, offers, shop.cash_rounding),
            amount_paid=sum((offer.given for offer in offers), Decimal(0)),
        )
    except InsufficientPayment as refusal:
        refused = step.decide(transaction, Event.PAYMENT_REFUSED, actor=SYSTEM)
        step.apply(transaction, refused, actor=SYSTEM, detail={"reason": refusal.message})
        return refusal
    tenders = settle(due, offers, shop.cash_rounding)
    shift = shifts.for_money(unit, shop, cashier)
    receipt_number = numbers.take(unit.session, numbers.Series.RECEIPT)
    return step.apply(
        transaction,
        accepted,
        TakePayment(tenders, shift, cashier, receipt_number),
        OpenDrawer([offer.method for offer in offers]),
        OweReceipt(cashier.name),
        actor=SYSTEM,
        facts={"note": None},
    )


def _described(offers: Sequence[Offer]) -> dict[str, object]:
    if len(offers) != 1:
        return {"tenders": [_one(offer) for offer in offers]}
    return _one(offers[0])


def _one(offer: Offer) -> dict[str, object]:
    described: dict[str, object] = {
        "amount_paid": str(offer.given),
        "method": offer.method.name,
    }
    if offer.tip:
        described["tip"] = str(offer.tip)
    if offer.reference:
        described["reference"] = offer.reference
    return described


def recent_payments(unit: UnitOfWork, shop: Shop, cashier: Actor) -> list[Transaction]:
    """Today's payments at a cashier's desk, the newest first; the last fifty at most."""
    if cashier.id is None:
        return []
    today = shop.day.date_of(unit.now())
    return sorted(
        (
            paid
            for paid in visits.recently_paid(unit.session, cashier.id)
            if paid.paid_at is not None and shop.day.date_of(paid.paid_at) == today
        ),
        key=lambda paid: (paid.paid_at, paid.id),
        reverse=True,
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
