"""Statements on money: tenders, shifts, refunds, Z reports. Rows are locked in `claims.py`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import Select, func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload, selectinload

from appliance.server.domain import ledger
from appliance.server.domain.clock import is_ahead
from appliance.server.domain.shifts import Movement, ShiftState, Takings, takings
from appliance.server.domain.states import AT_THE_DESK, WITH_NUMBER, Actor, TransactionStatus

from . import claims
from .models import (
    Adjustment,
    HistoryEntry,
    Payment,
    Refund,
    Shift,
    ShiftMovement,
    Tender,
    TipShare,
    Transaction,
    ZReport,
)
from .unit_of_work import UnitOfWork

LISTED = 200
"""How many receipts of a day are listed at once; the others are found by their number."""

_NOTHING = Decimal(0)


# --- shifts -----------------------------------------------------------------------------------


def begin_shift(
    unit: UnitOfWork, cashier: Actor, drawer: str, business_date: str, start: Decimal | None
) -> Shift | None:
    """Open a shift; None where somebody's is open at this drawer, or this cashier has one.

    Args:
        unit: The open one.
        cashier: Whose.
        drawer: Where, as people call it.
        business_date: The day that its money belongs to.
        start: The float; None where it was not counted.
    """
    try:
        # Not through the session, whose flush would need a savepoint: a deadlock ends the whole
        # transaction, its savepoints with it, and would come out as an error that is none.
        unit.connection.execute(
            insert(Shift),
            {
                "drawer": drawer,
                "cashier_id": cashier.id,
                "open_cashier_id": cashier.id,
                "open_drawer": drawer,
                "state": ShiftState.OPEN,
                "business_date": business_date,
                "opened_at": unit.now(),
                "float_amount": start,
            },
        )
    except IntegrityError:
        return None  # The unique columns decide between two who open at the same moment.
    return open_shift(unit, cashier)


def open_shift(unit: UnitOfWork, cashier: Actor) -> Shift | None:
    """A cashier's open shift, locked."""
    return claims.shift_of_cashier(unit.session, cashier.id) if cashier.id is not None else None


def look_at_open_shift(session: Session, cashier: Actor) -> Shift | None:
    """A cashier's open shift, for reading alone: a payment of theirs is not waited for."""
    return session.scalars(select(Shift).where(Shift.open_cashier_id == cashier.id)).first()


def open_shifts(session: Session) -> Sequence[Shift]:
    """Every shift that is not closed, oldest first, for reading alone."""
    return session.scalars(
        select(Shift)
        .where(Shift.open_cashier_id.is_not(None))
        .options(selectinload(Shift.movements), selectinload(Shift.cashier))
        .order_by(Shift.id)
    ).all()


def holder_of_drawer(session: Session, drawer: str) -> Shift | None:
    """The shift that is open at a drawer."""
    return session.scalars(select(Shift).where(Shift.open_drawer == drawer)).first()


def takings_of(session: Session, shift: Shift) -> Takings:
    """Add up what a shift took until now."""
    movements = session.execute(
        select(ShiftMovement.kind, ShiftMovement.amount).where(ShiftMovement.shift_id == shift.id)
    )
    return takings(
        shift.float_amount or _NOTHING,
        moved_in(session, [shift.id]),
        [Movement(kind, amount) for kind, amount in movements],
    )


def moved_in(session: Session, shifts: Sequence[int]) -> list[ledger.Tender]:
    """What moved in some shifts, added up by kind and method: a day has thousands of tenders."""
    sums: list[Any] = [
        func.sum(column)
        for column in (
            Tender.amount,
            Tender.given,
            Tender.change_amount,
            Tender.tip,
            Tender.rounding,
        )
    ]
    rows = session.execute(
        select(Tender.method, *sums, Tender.kind)
        .where(Tender.shift_id.in_(shifts))
        .group_by(Tender.kind, Tender.method)
        .order_by(Tender.kind, Tender.method)
    )
    return [ledger.Tender(*row) for row in rows]


def corrections_in(session: Session, shifts: Sequence[int]) -> int:
    """How often a wrong tender was put right in some shifts."""
    return (
        session.scalar(
            select(func.count())
            .select_from(Tender)
            .where(
                Tender.shift_id.in_(shifts),
                Tender.kind == ledger.TenderKind.CORRECTION,
                Tender.amount > 0,
            )
        )
        or 0
    )


# --- tenders ----------------------------------------------------------------------------------


def as_tender(row: Tender) -> ledger.Tender:
    """A row as the domain knows it."""
    return ledger.Tender(
        row.method,
        row.amount,
        row.given,
        row.change_amount,
        row.tip,
        row.rounding,
        row.kind,
    )


def books(visit: Transaction) -> list[ledger.Tender]:
    """Every movement of a paid visit's money.

    What a release before the ledger took has no tenders: its payment says what they would say.
    """
    payment = visit.payment
    moved = [as_tender(row) for row in visit.tenders]
    if payment is None or payment.receipt_number is not None:
        return moved
    taken = ledger.Tender(
        payment.method, payment.amount_due, payment.amount_paid, payment.change_amount
    )
    return [taken, *moved]


def write_tenders(
    unit: UnitOfWork,
    transaction_id: int,
    shift: Shift,
    tenders: Iterable[ledger.Tender],
    by: Actor,
    *,
    refund: Refund | None = None,
) -> list[Tender]:
    """Move money."""
    rows = [
        Tender(
            transaction_id=transaction_id,
            shift_id=shift.id,
            refund_id=refund.id if refund is not None else None,
            kind=tender.kind,
            method=tender.method,
            amount=tender.amount,
            given=tender.given,
            change_amount=tender.change,
            tip=tender.tip,
            rounding=tender.rounding,
            by_id=by.id,
            at=unit.now(),
        )
        for tender in tenders
    ]
    unit.session.add_all(rows)
    return rows


def tips_of(session: Session, therapist_id: int, since: datetime) -> Decimal:
    """What of tips has become a therapist's since a moment, less what was given back."""
    return session.scalar(
        select(func.sum(TipShare.amount)).where(
            TipShare.therapist_id == therapist_id, TipShare.at >= since
        )
    ) or Decimal(0)


def write_tip(unit: UnitOfWork, transaction_id: int, shares: Mapping[int, Decimal]) -> None:
    """Owe a tip to therapists, or take it back where a share is negative.

    Args:
        unit: The open one.
        transaction_id: Whose tip.
        shares: Therapist → amount.
    """
    unit.session.add_all(
        TipShare(
            transaction_id=transaction_id, therapist_id=therapist, amount=amount, at=unit.now()
        )
        for therapist, amount in shares.items()
        if amount
    )


def tip_shares(session: Session, transaction_id: int) -> dict[int, Decimal]:
    """Who is owed how much of a visit's tips."""
    rows = session.execute(
        select(TipShare.therapist_id, func.sum(TipShare.amount))
        .where(TipShare.transaction_id == transaction_id)
        .group_by(TipShare.therapist_id)
        .order_by(TipShare.therapist_id)
    )
    return {therapist: Decimal(amount) for therapist, amount in rows}


# --- finding ----------------------------------------------------------------------------------


def by_receipt(session: Session, number: int) -> Sequence[Transaction]:
    """The visit with this receipt number, if there is one."""
    return session.scalars(
        select(Transaction).join(Payment).where(Payment.receipt_number == number)
    ).all()


def by_code(session: Session, code: str, business_date: str) -> Sequence[Transaction]:
    """The paid visits that had this number on a business date."""
    return session.scalars(
        select(Transaction)
        .where(
            Transaction.business_date == business_date,
            Transaction.code == code,
            Transaction.status == TransactionStatus.PAID,
        )
        .order_by(Transaction.id.desc())
    ).all()


def paid_on(session: Session, business_date: str) -> Sequence[Transaction]:
    """The last paid visits of a business date, newest first: `LISTED` and at most one more."""
    return session.scalars(
        select(Transaction)
        .where(
            Transaction.business_date == business_date,
            Transaction.status == TransactionStatus.PAID,
        )
        .options(
            selectinload(Transaction.items),
            selectinload(Transaction.adjustments),
            selectinload(Transaction.payment),
            selectinload(Transaction.refunds),
            selectinload(Transaction.tenders),
            joinedload(Transaction.therapist),
            joinedload(Transaction.cashier),
            joinedload(Transaction.asked_for),
        )
        .order_by(Transaction.id.desc())
        .limit(LISTED + 1)
    ).all()


def by_ticket(session: Session, token: str) -> Sequence[Transaction]:
    """The paid visit of this ticket, if there is one."""
    # Our tokens are ASCII, and so is their column: it cannot be compared with more.
    if not token.isascii():
        return []
    return session.scalars(
        select(Transaction).where(
            Transaction.ticket_token == token, Transaction.status == TransactionStatus.PAID
        )
    ).all()


# --- the day ----------------------------------------------------------------------------------


def oldest_open_date(session: Session) -> str | None:
    """The earliest business date whose shifts are in no Z yet."""
    return session.scalar(select(func.min(Shift.business_date)).where(Shift.z_number.is_(None)))


def shifts_of(session: Session, business_date: str) -> Sequence[Shift]:
    """Every shift of a business date."""
    return session.scalars(
        select(Shift)
        .where(Shift.business_date == business_date)
        .options(selectinload(Shift.movements), selectinload(Shift.cashier))
        .order_by(Shift.id)
    ).all()


def last_z(session: Session) -> ZReport | None:
    """The newest Z."""
    return session.scalars(select(ZReport).order_by(ZReport.number.desc()).limit(1)).first()


def closed_at(session: Session, report: ZReport, now: datetime) -> datetime:
    """When a Z was made, by a clock that is right.

    A Z is not rewritten. One of a clock that was ahead would count everybody who leaves until that
    date as its own: it was made before the times were brought back.

    Args:
        session: Open.
        report: The newest Z.
        now: Aware UTC.
    """
    if not is_ahead(report.created_at, now):
        return report.created_at
    closing = select(func.max(HistoryEntry.id)).where(HistoryEntry.event == "day_close")
    put_right: datetime | None = session.scalar(
        select(func.min(HistoryEntry.at)).where(
            HistoryEntry.event == "clock_set", HistoryEntry.id > closing.scalar_subquery()
        )
    )
    return min(put_right or report.created_at, report.created_at)


def z_numbered(session: Session, number: int) -> ZReport | None:
    """This Z."""
    return session.get(ZReport, number)


def z_reports(session: Session, limit: int, before: int | None = None) -> Sequence[ZReport]:
    """The newest Z reports, newest first; with `before` those older than this number."""
    asked = select(ZReport).order_by(ZReport.number.desc()).limit(limit)
    if before is not None:
        asked = asked.where(ZReport.number < before)
    return session.scalars(asked).all()


def z_of_date(session: Session, business_date: str) -> bool:
    """Whether a business date has a Z."""
    return (
        session.scalar(
            select(ZReport.number).where(ZReport.business_date == business_date).limit(1)
        )
        is not None
    )


class Paid(NamedTuple):
    """A payment, as far as a Z tells of it."""

    due: Decimal
    tax: list[dict[str, str]] | None


def payments_in(session: Session, shifts: Sequence[int]) -> list[Paid]:
    """The payments that were taken in these shifts."""
    rows = session.execute(
        select(Payment.amount_due, Payment.tax)
        .where(Payment.transaction_id.in_(_paid_in(shifts)))
        .order_by(Payment.id)
    )
    return [Paid(*row) for row in rows]


def _paid_in(shifts: Sequence[int]) -> Select[Any]:
    return select(Tender.transaction_id).where(
        Tender.shift_id.in_(shifts), Tender.kind == ledger.TenderKind.PAYMENT
    )


def refunds_in(session: Session, shifts: Sequence[int]) -> Sequence[Refund]:
    """The refunds that were given in these shifts."""
    return session.scalars(
        select(Refund).where(Refund.shift_id.in_(shifts)).order_by(Refund.id)
    ).all()


def discounts_in(session: Session, shifts: Sequence[int]) -> Decimal:
    """What was taken off the bills that were paid in these shifts."""
    found = session.scalar(
        select(func.sum(Adjustment.amount)).where(Adjustment.transaction_id.in_(_paid_in(shifts)))
    )
    return Decimal(found or 0)


class StillOpen(NamedTuple):
    """An open customer, as far as a Z tells of them."""

    code: str | None
    status: TransactionStatus
    total_amount: Decimal

    @property
    def owes(self) -> Decimal:
        """What they have had and not paid: nothing before the service is finished."""
        return self.total_amount if self.status in AT_THE_DESK else _NOTHING


def still_open(session: Session) -> list[StillOpen]:
    """Customers who have a number and are not done, in the order of their numbers."""
    rows = session.execute(
        select(Transaction.code, Transaction.status, Transaction.total_amount)
        .where(Transaction.status.in_(sorted(WITH_NUMBER)))
        .order_by(Transaction.selection_confirmed_at, Transaction.id)
    )
    return [StillOpen(*row) for row in rows]


def uncollected(session: Session, since: datetime | None) -> Sequence[Transaction]:
    """Visits that ended after their service without a payment.

    Args:
        session: Open.
        since: When to begin; None for all.
    """
    found = (
        select(Transaction)
        .where(
            Transaction.status == TransactionStatus.CANCELLED,
            Transaction.service_finish_at.is_not(None),
        )
        .order_by(Transaction.cancelled_at, Transaction.id)
    )
    if since is not None:
        found = found.where(Transaction.cancelled_at >= since)
    return session.scalars(found).all()
