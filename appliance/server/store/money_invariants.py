"""What must be true of money at every moment: the ledger's equations, looked up in the data."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from sqlalchemy import Select, exists, func, select
from sqlalchemy.orm import Session

from appliance.server.domain import z
from appliance.server.domain.ledger import TenderKind
from appliance.server.domain.payments import METHODS
from appliance.server.domain.shifts import ShiftState
from appliance.server.domain.states import TransactionStatus

from .ledger import takings_of
from .models import (
    Adjustment,
    Payment,
    Refund,
    RefundLine,
    Shift,
    Tender,
    TipShare,
    Transaction,
    TransactionItem,
    ZReport,
)
from .pages import Page, pages

_FEW: Final = 100
"""Rows of a page of shifts or Z reports: a Z is kilobytes, and a shift adds up its own tenders."""
_GIVES_CHANGE: Final = sorted(name for name, method in METHODS.items() if method.gives_change)


def _sum(column: Any) -> Any:
    return func.coalesce(func.sum(column), 0)


def totals(session: Session, page: Page) -> Iterator[str]:
    """What is due is the sum of the items, less what is taken off, with the tax on top."""
    price, minutes = (
        select(_sum(column))
        .where(TransactionItem.transaction_id == Transaction.id)
        .correlate(Transaction)
        .scalar_subquery()
        for column in (TransactionItem.price, TransactionItem.duration_minutes)
    )
    off = (
        select(_sum(Adjustment.amount))
        .where(Adjustment.transaction_id == Transaction.id)
        .correlate(Transaction)
        .scalar_subquery()
    )
    wrong: Select[Any] = select(
        Transaction.id,
        Transaction.total_amount,
        Transaction.total_duration_minutes,
        price,
        minutes,
        off,
        Transaction.tax_on_top,
    ).where(
        page.holds(Transaction.id),
        (Transaction.total_amount != price - off + Transaction.tax_on_top)
        | (Transaction.total_duration_minutes != minutes)
        | (Transaction.subtotal_amount != price),
    )
    for key, amount, planned, summed, lasting, taken_off, on_top in session.execute(wrong):
        yield (
            f"transaction {key}: total {amount} and {planned} min, but its items sum to {summed} "
            f"and {lasting} min, with {taken_off} taken off and {on_top} tax"
        )


def payments(session: Session, page: Page) -> Iterator[str]:
    """Every paid visit has one payment, and its tenders add up to it."""
    unpaid = select(Transaction.id).where(
        page.holds(Transaction.id),
        Transaction.status == TransactionStatus.PAID,
        ~exists().where(Payment.transaction_id == Transaction.id),
    )
    for key in session.scalars(unpaid):
        yield f"transaction {key}: paid without a payment"
    wrong = (
        select(Transaction.id, Transaction.status, Transaction.total_amount, Payment)
        .join(Payment, Payment.transaction_id == Transaction.id)
        .where(
            page.holds(Transaction.id),
            (Transaction.status != TransactionStatus.PAID)
            | (Payment.amount_due != Transaction.total_amount)
            | (
                Payment.amount_paid - Payment.change_amount
                != Payment.amount_due + Payment.tip_amount + Payment.rounding_amount
            ),
        )
    )
    for key, status, total, payment in session.execute(wrong):
        yield (
            f"transaction {key}: {status}, total {total}, but its payment says "
            f"{payment.amount_due} due, {payment.amount_paid} paid, {payment.change_amount} "
            f"change, {payment.tip_amount} tip, {payment.rounding_amount} rounding"
        )
    yield from _tenders_of_payments(session, page)


def _tenders_of_payments(session: Session, page: Page) -> Iterator[str]:
    # A payment without a receipt number is one of a release before the ledger.
    rows = session.execute(
        select(
            Payment,
            _sum(Tender.amount),
            _sum(Tender.given - Tender.change_amount),
            _sum(Tender.tip),
            _sum(Tender.rounding),
        )
        .outerjoin(
            Tender,
            (Tender.transaction_id == Payment.transaction_id) & (Tender.kind != TenderKind.REFUND),
        )
        .where(page.holds(Payment.transaction_id), Payment.receipt_number.is_not(None))
        .group_by(Payment.id)
        .having(
            (_sum(Tender.amount) - _sum(Tender.rounding) != Payment.amount_due)
            | (
                _sum(Tender.given - Tender.change_amount)
                != Payment.amount_due + _sum(Tender.tip) + _sum(Tender.rounding)
            )
            | (_sum(Tender.tip) != Payment.tip_amount)
        )
    )
    for payment, amount, kept, tip, rounding in rows:
        yield (
            f"transaction {payment.transaction_id}: {payment.amount_due} due, but its tenders pay "
            f"{amount}, keep {kept}, tip {tip}, rounding {rounding}"
        )


def tenders(session: Session, page: Page) -> Iterator[str]:
    """Only cash gives change or is rounded; anything else gives its amount and its tip."""
    odd = select(Tender).where(
        page.holds(Tender.transaction_id),
        Tender.method.not_in(_GIVES_CHANGE),
        (Tender.change_amount != 0)
        | (Tender.rounding != 0)
        | (Tender.given != Tender.amount + Tender.tip),
    )
    for tender in session.scalars(odd):
        yield f"tender {tender.id}: {tender.method} with change, rounding or a wrong sum"
    uneven = select(Tender).where(
        page.holds(Tender.transaction_id),
        Tender.given - Tender.change_amount != Tender.amount + Tender.tip,
    )
    for tender in session.scalars(uneven):
        yield f"tender {tender.id}: given less change is not its amount and tip"


def refunds(session: Session, page: Page) -> Iterator[str]:
    """Nobody gets back more than they paid: by line, by method without change, and in all."""
    lines = session.execute(
        select(Refund.id, Refund.amount, _sum(RefundLine.amount))
        .outerjoin(RefundLine, RefundLine.refund_id == Refund.id)
        .where(page.holds(Refund.transaction_id))
        .group_by(Refund.id)
        .having(Refund.amount != _sum(RefundLine.amount))
    )
    for key, amount, summed in lines:
        yield f"refund {key}: {amount}, but its lines sum to {summed}"
    moved = session.execute(
        select(
            Refund.id,
            Refund.amount,
            Refund.tip_amount,
            Refund.rounding_amount,
            -_sum(Tender.given),
        )
        .outerjoin(Tender, Tender.refund_id == Refund.id)
        .where(page.holds(Refund.transaction_id))
        .group_by(Refund.id)
        .having(-_sum(Tender.given) != Refund.amount + Refund.tip_amount - Refund.rounding_amount)
    )
    for key, amount, tip, _, back in moved:
        yield f"refund {key}: {amount} and tip {tip}, but {back} went back"
    over = session.execute(
        select(
            Payment.transaction_id,
            Payment.amount_due,
            Payment.tip_amount,
            _sum(Refund.amount),
        )
        .join(Refund, Refund.transaction_id == Payment.transaction_id)
        .where(page.holds(Payment.transaction_id))
        .group_by(Payment.id)
        .having(
            (_sum(Refund.amount) > Payment.amount_due)
            | (_sum(Refund.tip_amount) > Payment.tip_amount)
        )
    )
    for key, due, _, back in over:
        yield f"transaction {key}: {due} paid, {back} refunded"
    by_method = session.execute(
        select(Tender.transaction_id, Tender.method, _sum(Tender.amount))
        .join(Payment, Payment.transaction_id == Tender.transaction_id)
        # What a release before the ledger took has no tenders of its own.
        .where(
            page.holds(Tender.transaction_id),
            Tender.method.not_in(_GIVES_CHANGE),
            Payment.receipt_number.is_not(None),
        )
        .group_by(Tender.transaction_id, Tender.method)
        .having(_sum(Tender.amount) < 0)
    )
    for key, method, net in by_method:
        yield f"transaction {key}: {net} by {method}: more was given back than came in"


def tips(session: Session, page: Page) -> Iterator[str]:
    """A tip belongs to therapists, to the last unit, where a visit has one."""
    tipped = (
        select(Tender.transaction_id, _sum(Tender.tip).label("tip"))
        .where(page.holds(Tender.transaction_id))
        .group_by(Tender.transaction_id)
        .subquery()
    )
    shared = (
        select(TipShare.transaction_id, _sum(TipShare.amount).label("shared"))
        .where(page.holds(TipShare.transaction_id))
        .group_by(TipShare.transaction_id)
        .subquery()
    )
    rows = session.execute(
        select(tipped.c.transaction_id, tipped.c.tip, func.coalesce(shared.c.shared, 0))
        .outerjoin(shared, shared.c.transaction_id == tipped.c.transaction_id)
        .where(tipped.c.tip != func.coalesce(shared.c.shared, 0))
    )
    for key, tip, parts in rows:
        yield f"transaction {key}: tip {tip}, but its shares sum to {parts}"


def numbers(session: Session) -> Iterator[str]:
    """Receipts, refunds and Z reports are numbered 1…n without a gap."""
    for name, column in (
        ("receipts", Payment.receipt_number),
        ("refunds", Refund.number),
        ("Z reports", ZReport.number),
    ):
        count, first, last = session.execute(
            select(func.count(column), func.min(column), func.max(column))
        ).one()
        if count and (first != 1 or last != count):
            yield f"{name}: {count} of them, numbered from {first} to {last}"


def shifts(session: Session) -> Iterator[str]:
    """Closed shifts hold nobody's place, and what was expected is what adds up."""
    for page in pages(session, Shift.id, _FEW):
        for shift in session.scalars(select(Shift).where(page.holds(Shift.id)).order_by(Shift.id)):
            yield from _of_shift(session, shift)


def _of_shift(session: Session, shift: Shift) -> Iterator[str]:
    closed = shift.state is ShiftState.CLOSED
    if closed == (shift.open_cashier_id is not None) or closed != (shift.closed_at is not None):
        yield f"shift {shift.id}: {shift.state}, but it says otherwise"
    if shift.z_number is not None and not closed:
        yield f"shift {shift.id}: in Z {shift.z_number}, and not closed"
    if shift.state is not ShiftState.OPEN:
        expected = takings_of(session, shift).expected_cash
        if shift.expected_amount != expected:
            yield f"shift {shift.id}: expected {shift.expected_amount}, adds up to {expected}"


def days(session: Session) -> Iterator[str]:
    """Each Z holds the hash of the one before, and nobody has touched either."""
    previous = z.FIRST
    for page in pages(session, ZReport.number, _FEW):
        for report in session.scalars(
            select(ZReport).where(page.holds(ZReport.number)).order_by(ZReport.number)
        ):
            if report.previous_hash != previous or report.hash != z.seal(previous, report.document):
                yield f"Z {report.number}: its seal is broken"
            previous = report.hash


CHECKS: Final[tuple[Callable[[Session], Iterator[str]], ...]] = (numbers, shifts, days)
CHECKS_OF_VISITS: Final[tuple[Callable[[Session, Page], Iterator[str]], ...]] = (
    totals,
    payments,
    tenders,
    refunds,
    tips,
)
