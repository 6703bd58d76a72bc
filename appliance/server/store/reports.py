"""Statements of the reports: sums that the database makes, read without a lock."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Subquery, extract, func, literal_column, select
from sqlalchemy.orm import Session, selectinload

from appliance.server.domain.ledger import TenderKind
from appliance.server.domain.reports import Figures, Grouping, quarter
from appliance.server.domain.states import TransactionStatus

from .models import (
    Adjustment,
    Payment,
    Refund,
    RefundLine,
    Service,
    Shift,
    Staff,
    Tender,
    Transaction,
    TransactionItem,
)

Key = Any
"""What a row is found by: a date, a person's or service's id, a method, a moment."""
_ROWS_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class Range:
    """Business dates, both included."""

    since: str
    to: str

    def holds(self, column: Any) -> ColumnElement[bool]:
        """Whether a column is a date of these."""
        found: ColumnElement[bool] = column.between(self.since, self.to)
        return found


def moved(session: Session, days: Range, by: Grouping) -> Iterator[tuple[Key, Figures]]:
    """What tenders took and gave back, but for `visits`, `payments` and `discounts`."""
    keys = _keys(
        by,
        day=Shift.business_date,
        at=Tender.at,
        cashier=Shift.cashier_id,
        method=Tender.method,
    )
    back = Tender.kind == TenderKind.REFUND
    rows = session.execute(
        select(
            *keys,
            back.label("back"),
            func.sum(Tender.amount - Tender.rounding),
            func.sum(Tender.tip),
            func.sum(Tender.rounding),
            func.sum(Tender.given - Tender.change_amount),
        )
        .join(Shift, Shift.id == Tender.shift_id)
        .join(Transaction, Transaction.id == Tender.transaction_id)
        .where(days.holds(Shift.business_date))
        .group_by(*keys, back)
    )
    for *key, is_back, amount, tips, rounding, taken in rows:
        figures = Figures(tips=tips, rounding=rounding, taken=taken)
        if is_back:
            figures.refunds = -amount
        else:
            figures.sales = amount
        yield _key(key), figures


def taken_before(session: Session, days: Range, by: Grouping) -> Iterator[tuple[Key, Figures]]:
    """What a release before the ledger took: its payments have no tenders, number and shift."""
    keys = _keys(
        by,
        day=Transaction.business_date,
        at=Payment.created_at,
        cashier=Transaction.cashier_id,
        method=Payment.method,
    )
    rows = session.execute(
        select(
            *keys,
            func.count(),
            func.sum(Payment.amount_due),
            func.sum(Payment.amount_paid - Payment.change_amount),
        )
        .join(Transaction, Transaction.id == Payment.transaction_id)
        .where(Payment.receipt_number.is_(None), days.holds(Transaction.business_date))
        .group_by(*keys)
    )
    for *key, payments, sales, taken in rows:
        yield _key(key), Figures(payments=payments, sales=sales, taken=taken)


def paid(session: Session, days: Range, by: Grouping) -> Iterator[tuple[Key, Figures]]:
    """How many payments there were, and what was taken off before them; not by method."""
    found = _paid_in(days)
    keys = _keys(by, day=found.c.business_date, at=Payment.created_at, cashier=found.c.cashier_id)
    for what, joined in ((func.count(), None), (func.sum(Adjustment.amount), Adjustment)):
        statement = (
            select(*keys, what)
            .select_from(found)
            .join(Transaction, Transaction.id == found.c.transaction_id)
            .join(Payment, Payment.transaction_id == found.c.transaction_id)
        )
        if joined is not None:
            statement = statement.join(joined, joined.transaction_id == found.c.transaction_id)
        for *key, figure in session.execute(statement.group_by(*keys)):
            figures = Figures(discounts=figure) if joined else Figures(payments=figure)
            yield _key(key), figures


def visits(session: Session, days: Range, by: Grouping) -> Iterator[tuple[Key, Figures]]:
    """How many customers were here and have paid, by their own business date."""
    keys = _keys(
        by,
        day=Transaction.business_date,
        at=func.coalesce(Transaction.selection_confirmed_at, Transaction.created_at),
    )
    rows = session.execute(
        select(*keys, func.count())
        .where(Transaction.status == TransactionStatus.PAID, days.holds(Transaction.business_date))
        .group_by(*keys)
    )
    for *key, number in rows:
        yield _key(key), Figures(visits=number)


def plain_items(session: Session, days: Range) -> Iterator[tuple[Key, Figures]]:
    """What was paid for services at their list price, by service."""
    found = _paid_in(days)
    discounted = select(Adjustment.transaction_id)
    price, number = func.sum(TransactionItem.price), func.count()
    now = (
        select(TransactionItem.service_id, number, price)
        .join(found, found.c.transaction_id == TransactionItem.transaction_id)
        .join(Transaction, Transaction.id == TransactionItem.transaction_id)
        .where(Transaction.tax_on_top == 0, Transaction.id.not_in(discounted))
        .group_by(TransactionItem.service_id)
    )
    before = (
        select(TransactionItem.service_id, number, price)
        .join(Transaction, Transaction.id == TransactionItem.transaction_id)
        .join(Payment, Payment.transaction_id == Transaction.id)
        .where(Payment.receipt_number.is_(None), days.holds(Transaction.business_date))
        .group_by(TransactionItem.service_id)
    )
    for statement in (now, before):
        for service, items, sales in session.execute(statement):
            yield service, Figures(items=items, sales=sales)


def other_bills(session: Session, days: Range) -> Iterator[Transaction]:
    """The paid visits whose services cost something else than their list prices."""
    found = _paid_in(days)
    ids = session.scalars(
        select(Transaction.id)
        .join(found, found.c.transaction_id == Transaction.id)
        .where(
            (Transaction.tax_on_top != 0) | Transaction.id.in_(select(Adjustment.transaction_id))
        )
        .order_by(Transaction.id)
    ).all()
    for first in range(0, len(ids), _ROWS_AT_ONCE):
        yield from session.scalars(
            select(Transaction)
            .where(Transaction.id.in_(ids[first : first + _ROWS_AT_ONCE]))
            .options(selectinload(Transaction.items), selectinload(Transaction.adjustments))
        )
        session.expunge_all()  # As much memory for a year as for a day.


def refunded_items(session: Session, days: Range) -> Iterator[tuple[Key, Figures]]:
    """What was given back for services, by service."""
    rows = session.execute(
        select(TransactionItem.service_id, func.sum(RefundLine.amount))
        .join(Refund, Refund.id == RefundLine.refund_id)
        .join(Shift, Shift.id == Refund.shift_id)
        .join(TransactionItem, TransactionItem.id == RefundLine.item_id)
        .where(days.holds(Shift.business_date))
        .group_by(TransactionItem.service_id)
    )
    for service, amount in rows:
        yield service, Figures(refunds=amount)


def names(session: Session, by: Grouping, ids: Sequence[int]) -> dict[int, str]:
    """What people or services are called now, by id."""
    kind = Service if by is Grouping.SERVICE else Staff
    name = Service.service_name if by is Grouping.SERVICE else Staff.name
    return {key: called for key, called in session.execute(select(kind.id, name)) if key in ids}


def _paid_in(days: Range) -> Subquery:
    """Each visit that was paid in a shift of these dates, once, with its shift's date and person.

    Several tenders of one payment are of one shift.
    """
    return (
        select(Tender.transaction_id, Shift.business_date, Shift.cashier_id)
        .join(Shift, Shift.id == Tender.shift_id)
        .where(Tender.kind == TenderKind.PAYMENT, days.holds(Shift.business_date))
        .distinct()
        .subquery()
    )


def _keys(
    by: Grouping, *, day: Any, at: Any, cashier: Any = None, method: Any = None
) -> tuple[Any, ...]:
    if by is Grouping.HOUR:
        minute = extract("minute", at)
        # The database knows no time zones: it groups by what every zone has in common.
        past = minute - minute % literal_column("15")
        return (func.date(at).label("day"), extract("hour", at).label("hour"), past.label("past"))
    found = {
        Grouping.DAY: day,
        Grouping.THERAPIST: Transaction.therapist_id,
        Grouping.CASHIER: cashier,
        Grouping.METHOD: method,
    }[by]
    return (found.label("key"),)


def _key(parts: Sequence[Any]) -> Key:
    if len(parts) == 1:
        return parts[0]
    day, hour, past = parts
    return quarter(str(day), int(hour), int(past))
