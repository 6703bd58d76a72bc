"""Money that goes back, and money that was keyed the wrong way."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from appliance.server.domain import ledger as rules
from appliance.server.domain.currencies import share_out
from appliance.server.domain.errors import InvalidState, NotFound, ValidationFailed
from appliance.server.domain.ledger import TenderKind
from appliance.server.domain.payments import method_named
from appliance.server.domain.shifts import ShiftState
from appliance.server.domain.states import Actor, TransactionStatus
from appliance.server.domain.tax import Taxed, TaxMode, refunded_tax
from appliance.server.store import claims, drawer, ledger, numbers
from appliance.server.store.models import Refund, RefundLine, Transaction
from appliance.server.store.numbers import Series
from appliance.server.store.unit_of_work import UnitOfWork

from ..shop import Shop
from . import shifts, slips
from .approvals import Approver, needed
from .bills import check_amount, paid_lines, tax_texts


def refund(
    unit: UnitOfWork,
    shop: Shop,
    cashier: Actor,
    transaction_id: int,
    lines: Mapping[int, Decimal],
    reason: str,
    tip_amount: Decimal = Decimal(0),
    methods: Mapping[str, Decimal] | None = None,
    approver: Approver | None = None,
    shift_id: int | None = None,
) -> tuple[Transaction, Refund]:
    """Give money back: into the present shift, with a number and a paper of its own.

    The visit stays locked, so that two desks never give back more than was paid.

    Args:
        unit: The open unit of work.
        shop: The shop's settings.
        cashier: Who gives it: a cashier, or a manager out of a cashier's drawer.
        transaction_id: Whose.
        lines: Item → how much of it.
        reason: In words.
        tip_amount: How much of the tip.
        methods: Method → how much of it, where a manager has chosen.
        approver: The manager who approves; a manager who gives it has approved it.
        shift_id: Which open shift the money goes out of, where a manager has to choose.

    Raises:
        ApprovalRequired: No manager approves.
        ValidationFailed: There is no reason, nothing is given back, or the sums do not fit.
        InvalidState: The visit is not paid, or more than was paid; no shift is open, or several
            are and a manager has not chosen one.
        NotFound: There is no such visit or shift.
        Forbidden: A cashier names another cashier's shift.
    """
    manager = needed(approver, cashier)
    reason = reason.strip()
    if not reason:
        raise ValidationFailed("Please give a reason.")
    for amount in (*lines.values(), tip_amount, *(methods or {}).values()):
        check_amount(shop, amount, "amount")
    visit = _paid(unit, transaction_id)
    before = [line for row in visit.refunds for line in row.lines]
    given: dict[int, Decimal] = {}
    for line in before:
        given[line.item_id] = given.get(line.item_id, Decimal(0)) + line.amount
    known = {
        item: rules.Line(item, paid, given.get(item, Decimal(0)))
        for item, paid in paid_lines(shop, visit).items()
    }
    total = rules.check_refund(known, lines, shop.currency)
    if not total and not tip_amount:
        raise ValidationFailed("A refund must be more than nothing.")
    shift = shifts.for_refund(unit, shop, cashier, shift_id)
    tenders = rules.give_back(
        total,
        tip_amount,
        ledger.books(visit),
        shop.currency,
        shop.cash_rounding,
        methods,
    )
    rates = {item.id: item.tax_rate or Decimal(0) for item in visit.items}
    row = Refund(
        number=numbers.take(unit.session, Series.REFUND),
        transaction_id=visit.id,
        shift_id=shift.id,
        amount=total,
        tip_amount=tip_amount,
        rounding_amount=sum((tender.rounding for tender in tenders), Decimal(0)),
        tax=tax_texts(
            shop,
            # What was paid for an item holds its tax, wherever the price did.
            refunded_tax(
                [Taxed(line.amount, rates[line.item_id]) for line in before],
                [Taxed(amount, rates[item]) for item, amount in lines.items()],
                TaxMode.INCLUSIVE,
                shop.currency,
            ),
        ),
        reason=reason,
        by_name=cashier.name,
        approved_by_name=manager.name,
        created_at=unit.now(),
        lines=[RefundLine(item_id=item, amount=amount) for item, amount in lines.items()],
    )
    unit.session.add(row)
    unit.session.flush()
    ledger.write_tenders(unit, visit.id, shift, tenders, cashier, refund=row)
    if tip_amount:
        _take_tips_back(unit, shop, visit, tip_amount)
    unit.session.flush()
    unit.session.expire(visit, ["refunds", "tenders"])
    unit.record(
        "cashier_refund",
        cashier,
        unit.now(),
        transaction_id=visit.id,
        detail={
            "number": row.number,
            "amount": str(total),
            "tip": str(tip_amount),
            "reason": reason,
            "approved_by": manager.name,
        },
    )
    if any(method_named(tender.method).opens_drawer for tender in tenders):
        drawer.owe(unit)
    slips.refund(unit, shop, cashier, visit, row)
    _changed(unit, visit)
    return visit, row


def correct_tender(
    unit: UnitOfWork,
    shop: Shop,
    cashier: Actor,
    transaction_id: int,
    tenders: Mapping[str, Decimal],
    reason: str,
    approver: Approver | None = None,
) -> Transaction:
    """Put right what was keyed as the wrong method; sales stay as they were, no drawer opens.

    Args:
        unit: The open unit of work.
        shop: The shop's settings.
        cashier: Who does it: a cashier or a manager.
        transaction_id: Whose.
        tenders: Method → what it really took of the bill.
        reason: In words.
        approver: The manager who approves; a manager who does it has approved it.

    Raises:
        ApprovalRequired: No manager approves.
        ValidationFailed: There is no reason, or the sums do not fit.
        InvalidState: The visit is not paid, has been refunded, or its shift is closed.
        NotFound: There is no such visit.
    """
    manager = needed(approver, cashier)
    reason = reason.strip()
    if not reason:
        raise ValidationFailed("Please give a reason.")
    for amount in tenders.values():
        check_amount(shop, amount, "amount")
    visit = _paid(unit, transaction_id)
    if visit.refunds:
        raise InvalidState("This visit has been refunded. Its payment cannot be corrected.")
    first = next((row for row in visit.tenders if row.kind is TenderKind.PAYMENT), None)
    shift = claims.shift_by_id(unit.session, first.shift_id) if first is not None else None
    if shift is None or shift.state is ShiftState.CLOSED:
        raise InvalidState("The shift of this payment is closed. Refund it and charge it again.")
    shifts.count_is_void(shift)
    rows = ledger.write_tenders(
        unit,
        visit.id,
        shift,
        rules.correct(
            ledger.books(visit),
            tenders,
            shop.currency,
            shop.cash_rounding,
        ),
        cashier,
    )
    unit.session.flush()
    unit.session.expire(visit, ["tenders"])
    unit.record(
        "cashier_correct_tender",
        cashier,
        unit.now(),
        transaction_id=visit.id,
        detail={
            "moved": {row.method: str(row.amount) for row in rows},
            "reason": reason,
            "approved_by": manager.name,
        },
    )
    _changed(unit, visit)
    return visit


def _paid(unit: UnitOfWork, transaction_id: int) -> Transaction:
    visit = claims.transaction_by_id(unit.session, transaction_id)
    if visit is None:
        raise NotFound("Customer not found. The list may be out of date; please check again.")
    if visit.status is not TransactionStatus.PAID:
        raise InvalidState("Only a paid visit can be refunded or corrected.")
    # Read under the lock: what another desk has given back meanwhile counts.
    unit.session.expire(visit, ["refunds", "tenders", "adjustments"])
    return visit


def _take_tips_back(unit: UnitOfWork, shop: Shop, visit: Transaction, tip: Decimal) -> None:
    shares = ledger.tip_shares(unit.session, visit.id)
    parts = share_out(-tip, list(shares.values()), shop.currency)
    ledger.write_tip(unit, visit.id, dict(zip(shares, parts, strict=True)))


def _changed(unit: UnitOfWork, visit: Transaction) -> None:
    unit.changes.queue = True
    unit.changes.transactions.add(visit.id)
