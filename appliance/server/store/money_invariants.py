"""What must be true of money at every moment: the ledger's equations, looked up in the data."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, Final

import msgspec
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
    nowhere = select(Tender.id).where(
        page.holds(Tender.transaction_id), ~exists().where(Shift.id == Tender.shift_id)
    )
    for key in session.scalars(nowhere):
        yield f"tender {key}: in no shift"
    spread = (
        select(Tender.transaction_id, func.count(Tender.shift_id.distinct()))
        .where(page.holds(Tender.transaction_id), Tender.kind == TenderKind.PAYMENT)
        .group_by(Tender.transaction_id)
        .having(func.count(Tender.shift_id.distinct()) > 1)
    )
    for key, count in session.execute(spread):
        yield f"transaction {key}: one payment in {count} shifts"


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
    elsewhere = (
        select(Refund.id)
        .join(Tender, Tender.refund_id == Refund.id)
        .where(page.holds(Refund.transaction_id), Tender.shift_id != Refund.shift_id)
        .distinct()
    )
    for key in session.scalars(elsewhere):
        yield f"refund {key}: its money went out of another shift"
    yield from _refunded_items(session, page)
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


def _refunded_items(session: Session, page: Page) -> Iterator[str]:
    """Nobody gets back more for a service than was paid for it.

    A discount on the whole visit is shared out to the smallest unit of a currency that the data do
    not name; what it leaves is looked at for the visit as a whole.
    """
    strange = session.execute(
        select(RefundLine.refund_id, RefundLine.item_id)
        .join(Refund, Refund.id == RefundLine.refund_id)
        .join(TransactionItem, TransactionItem.id == RefundLine.item_id)
        .where(
            page.holds(Refund.transaction_id),
            TransactionItem.transaction_id != Refund.transaction_id,
        )
    )
    for refund, item in strange:
        yield f"refund {refund}: item {item} is of another visit"
    # A new price that is higher than the old one is an adjustment, too: it takes off less than 0.
    taken_off = (
        select(_sum(Adjustment.amount))
        .where(
            Adjustment.transaction_id == Transaction.id,
            (Adjustment.item_id == TransactionItem.id)
            | (Adjustment.item_id.is_(None) & (Adjustment.amount < 0)),
        )
        .correlate(Transaction, TransactionItem)
        .scalar_subquery()
    )
    most = TransactionItem.price - taken_off + Transaction.tax_on_top
    back = (
        select(_sum(RefundLine.amount))
        .where(RefundLine.item_id == TransactionItem.id)
        .correlate(TransactionItem)
        .scalar_subquery()
    )
    refunded = (
        select(RefundLine.item_id)
        .join(Refund, Refund.id == RefundLine.refund_id)
        .where(page.holds(Refund.transaction_id))
    )
    over = session.execute(
        select(TransactionItem.id, most, back)
        .join(Transaction, Transaction.id == TransactionItem.transaction_id)
        .where(TransactionItem.id.in_(refunded), back > most)
    )
    for item, paid, given in over:
        yield f"item {item}: {paid} paid at most, {given} refunded"


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
            yield from of_shift(session, shift)


def of_shift(session: Session, shift: Shift) -> Iterator[str]:
    """What is wrong with one shift."""
    closed = shift.state is ShiftState.CLOSED
    if closed == (shift.open_cashier_id is not None) or closed != (shift.closed_at is not None):
        yield f"shift {shift.id}: {shift.state}, but it says otherwise"
    if shift.z_number is not None and not closed:
        yield f"shift {shift.id}: in Z {shift.z_number}, and not closed"
    if shift.state is not ShiftState.OPEN:
        expected = takings_of(session, shift).expected_cash
        if shift.expected_amount != expected:
            yield f"shift {shift.id}: expected {shift.expected_amount}, adds up to {expected}"


def days_of_shifts(session: Session) -> Iterator[str]:
    """Every shift is in the Z of its own business date, and in no other."""
    astray = (
        select(
            Shift.id,
            Shift.business_date,
            Shift.z_number,
            func.coalesce(ZReport.business_date, "nothing"),
        )
        .outerjoin(ZReport, ZReport.number == Shift.z_number)
        .where(
            Shift.z_number.is_not(None),
            ZReport.number.is_(None) | (ZReport.business_date != Shift.business_date),
        )
    )
    for key, date, number, other in session.execute(astray):
        yield f"shift {key}: of {date}, but in Z {number} of {other}"


def days(session: Session, *, in_part: bool = False) -> Iterator[str]:
    """Each Z holds the hash of the one before and adds to its grand total; nobody touched either.

    Args:
        session: Open.
        in_part: Whether only some are there: one that does not follow another is looked at alone.
    """
    number, previous, ever = 0, z.FIRST, Decimal(0)
    for page in pages(session, ZReport.number, _FEW):
        for report in session.scalars(
            select(ZReport).where(page.holds(ZReport.number)).order_by(ZReport.number)
        ):
            told = msgspec.json.decode(report.document)
            taken = Decimal(told["sales"]) - Decimal(told["refunds"])
            before = previous
            if in_part and report.number != number + 1:
                before, ever = report.previous_hash, report.grand_total - taken
            if report.previous_hash != before or report.hash != z.seal(before, report.document):
                yield f"Z {report.number}: its seal is broken"
            if not ever + taken == report.grand_total == Decimal(told["grand_total"]):
                yield (
                    f"Z {report.number}: {ever} before and {taken} of its own, but it says "
                    f"{report.grand_total} in all, and {told['grand_total']} on paper"
                )
            number, previous, ever = report.number, report.hash, report.grand_total


def sums(session: Session) -> Iterator[str]:
    """What each Z says is what the tenders, payments and refunds of its shifts say."""
    for page in pages(session, ZReport.number, _FEW):
        yield from _sums(session, page)


def sums_of(session: Session, report: ZReport) -> Iterator[str]:
    """A Z says what its shifts' tenders, payments and refunds say.

    Args:
        session: Open.
        report: One whose shifts and visits are all there.
    """
    yield from _sums(session, Page(report.number, report.number))


def _sums(session: Session, page: Page) -> Iterator[str]:
    in_page = (Shift.z_number.is_not(None), page.holds(Shift.z_number))
    found: dict[int, dict[str, Any]] = {}
    kept: dict[int, dict[str, Decimal]] = {}
    moved = session.execute(
        select(
            Shift.z_number,
            Tender.method,
            _sum(Tender.given - Tender.change_amount),
            _sum(Tender.tip),
            _sum(Tender.rounding),
        )
        .join(Tender, Tender.shift_id == Shift.id)
        .where(*in_page)
        .group_by(Shift.z_number, Tender.method)
    )
    for number, method, amount, tip, rounding in moved:
        kept.setdefault(number, {})[method] = amount
        of_z = found.setdefault(number, {})
        of_z["tips"] = of_z.get("tips", 0) + tip
        of_z["rounding"] = of_z.get("rounding", 0) + rounding
    paid_in = (
        select(Tender.transaction_id, Shift.z_number)
        .join(Shift, Shift.id == Tender.shift_id)
        .where(*in_page, Tender.kind == TenderKind.PAYMENT)
        .distinct()
        .subquery()
    )
    taken = session.execute(
        select(paid_in.c.z_number, _sum(Payment.amount_due), func.count(Payment.id))
        .join(Payment, Payment.transaction_id == paid_in.c.transaction_id)
        .group_by(paid_in.c.z_number)
    )
    for number, due, visits in taken:
        found.setdefault(number, {}).update(sales=due, visits=visits)
    back = session.execute(
        select(Shift.z_number, _sum(Refund.amount))
        .join(Refund, Refund.shift_id == Shift.id)
        .where(*in_page)
        .group_by(Shift.z_number)
    )
    for number, amount in back:
        found.setdefault(number, {})["refunds"] = amount
    reports = select(ZReport).where(page.holds(ZReport.number)).order_by(ZReport.number)
    for report in session.scalars(reports):
        told = msgspec.json.decode(report.document)
        of_z, by_method = found.get(report.number, {}), kept.get(report.number, {})
        for name in ("sales", "visits", "refunds", "tips", "rounding"):
            amount = of_z.get(name, Decimal(0))
            if Decimal(told[name]) != amount:
                yield f"Z {report.number}: it says {name} {told[name]}, its rows sum to {amount}"
        for method in sorted({*told["totals"], *by_method}):
            said = Decimal(told["totals"].get(method, 0))
            amount = by_method.get(method, Decimal(0))
            if said != amount:
                yield f"Z {report.number}: it says {said} by {method}, its tenders keep {amount}"


CHECKS: Final[tuple[Callable[[Session], Iterator[str]], ...]] = (
    numbers,
    shifts,
    days_of_shifts,
    days,
    sums,
)
CHECKS_OF_VISITS: Final[tuple[Callable[[Session, Page], Iterator[str]], ...]] = (
    totals,
    payments,
    tenders,
    refunds,
    tips,
)
