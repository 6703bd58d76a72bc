"""Statements of the reports: what the shifts of one Z moved, and what is kept of closed days.

Everything is read by indexes on what one day holds, without a lock; only the rows of closed days
are read by range.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import (
    ColumnElement,
    Subquery,
    Text,
    cast,
    func,
    insert,
    literal,
    literal_column,
    null,
    select,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, selectinload

from appliance.server.domain.ledger import TenderKind
from appliance.server.domain.reports import (
    SUMS,
    TELL_WAITS,
    Figures,
    Grouping,
    all_waits,
    packed,
    percentiles,
    unpacked,
)
from appliance.server.domain.shifts import MovementKind, ShiftState

from .models import (
    Adjustment,
    DailyRow,
    NoShow,
    Payment,
    Refund,
    RefundLine,
    Service,
    Shift,
    ShiftMovement,
    Staff,
    Tender,
    Transaction,
    TransactionItem,
    ZReport,
)

Key = Any
"""What a row is found by: a date, an hour, a person's or service's id, a method, a room."""
Rows = dict[tuple[Grouping, str, Key], Figures]
"""Figures to keep by grouping, date and key."""
_ROWS_AT_ONCE: Final = 500
_READY_AT_ONCE: Final = 50
"""A tenth of a second on a Pi, in which nobody else is answered."""
_NOTHING: Final = Decimal(0)
_FINEST: Final = 3
"""Decimals that an amount may have; SQLite adds up in floats."""
_READ: Final = tuple(name for name in SUMS if name != "waits")
"""What is read in this order as an array."""
_STORED: Final = tuple(name for name in _READ if name != "no_shows")
"""No-shows have rows of their own: they end outside every shift."""
_READ_SUMS: Final = msgspec.json.Decoder(Figures).decode


def _sum(name: str) -> ColumnElement[Any]:
    if name not in _STORED:
        return literal_column("0")
    total = func.sum(getattr(DailyRow, name))
    return total if isinstance(getattr(Figures(), name), int) else func.round(total, _FINEST)


_ADDED_UP: Final = func.json_array(*map(_sum, _READ), type_=Text)
"""The sums of rows as one text: to fetch and read each of them costs ten times as much."""


def _day_as_text() -> ColumnElement[str]:
    # A date and numbers need no care of an array's: MariaDB joins texts in two thirds of the time.
    sums = (
        cast(getattr(DailyRow, name), Text) if name in _STORED else literal("0") for name in _READ
    )
    said = literal('["') + DailyRow.row_key + '",[' + next(sums)
    for each in sums:
        said += "," + each
    packed_waits = '"' + DailyRow.packed_waits + '"'
    # A release before keeps waits by minutes alone.
    said += "]," + func.coalesce(packed_waits, cast(DailyRow.waits, Text), "{}")
    both = "[" + cast(DailyRow.wait_p50, Text) + "," + cast(DailyRow.wait_p90, Text) + "]"
    return said + "," + func.coalesce(both, "null") + "]"


_DAY_AS_TEXT: Final = _day_as_text()
"""What a row of a day says as JSON, for `_READ_DAYS`; it takes long to put together."""
_READ_DAYS: Final = msgspec.json.Decoder(
    list[tuple[str, Figures, str | dict[int, int], tuple[int, int] | None]]
).decode
_READ_PAIRS: Final = msgspec.json.Decoder(list[tuple[str | int | None, int]]).decode
_READ_WAITS: Final = msgspec.json.Decoder(list[dict[int, int]]).decode
_IDS: Final = frozenset({Grouping.SERVICE, Grouping.THERAPIST, Grouping.CASHIER})


@dataclass(frozen=True, slots=True)
class Range:
    """Business dates, both included."""

    since: str
    to: str

    def __contains__(self, day: str) -> bool:
        return self.since <= day <= self.to

    def holds(self, column: Any) -> ColumnElement[bool]:
        """Whether a column is a date of these."""
        found: ColumnElement[bool] = column.between(self.since, self.to)
        return found


class Moved(NamedTuple):
    """A tender of some shifts."""

    date: str
    cashier_id: int
    therapist_id: int | None
    room: str | None
    kind: TenderKind
    method: str
    at: datetime
    amount: Decimal
    tip: Decimal
    rounding: Decimal
    given: Decimal
    change: Decimal


class Sale(NamedTuple):
    """A visit that was paid in some shifts; `date` is its shift's, `visit_date` its own."""

    visit_id: int
    date: str
    cashier_id: int
    visit_date: str | None
    therapist_id: int | None
    room: str | None
    came_at: datetime
    confirmed_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    commission_percent: Decimal | None
    paid_at: datetime
    due: Decimal
    tax: list[dict[str, str]] | None


class Back(NamedTuple):
    """A refund that was given in some shifts."""

    date: str
    therapist_id: int | None
    commission_percent: Decimal | None
    amount: Decimal
    tax: list[dict[str, str]]


# --- what the shifts of one Z moved -----------------------------------------------------------


def _of(z_number: int | None) -> ColumnElement[bool]:
    """The shifts of a Z; those that are in none yet where there is no number."""
    return Shift.z_number.is_(None) if z_number is None else Shift.z_number == z_number


def moved(session: Session, z_number: int | None) -> list[Moved]:
    """Every tender."""
    columns: tuple[Any, ...] = (
        Shift.business_date,
        Shift.cashier_id,
        Transaction.therapist_id,
        Transaction.room_number,
        Tender.kind,
        Tender.method,
        Tender.at,
        Tender.amount,
        Tender.tip,
        Tender.rounding,
        Tender.given,
        Tender.change_amount,
    )
    rows = session.execute(
        select(*columns)
        .join(Shift, Shift.id == Tender.shift_id)
        .join(Transaction, Transaction.id == Tender.transaction_id)
        .where(_of(z_number))
    )
    return [Moved(*row) for row in rows]


_OF_THE_VISIT: Final = (
    Transaction.business_date,
    Transaction.therapist_id,
    Transaction.room_number,
    Transaction.created_at,
    Transaction.selection_confirmed_at,
    Transaction.service_start_at,
    Transaction.service_finish_at,
    Transaction.commission_percent,
    Payment.created_at,
    Payment.amount_due,
    Payment.tax,
)
"""What a `Sale` says after its number, day and cashier."""


def sales(session: Session, z_number: int | None) -> list[Sale]:
    """Every visit that was paid."""
    found = _paid_in(z_number)
    rows = session.execute(
        select(
            found.c.transaction_id,
            found.c.business_date,
            found.c.cashier_id,
            *_OF_THE_VISIT,
        )
        .select_from(found)
        .join(Transaction, Transaction.id == found.c.transaction_id)
        .join(Payment, Payment.transaction_id == found.c.transaction_id)
    )
    return [Sale(*row) for row in rows]


def discounts(session: Session, z_number: int | None) -> dict[int, Decimal]:
    """What was taken off before each visit was paid."""
    found = _paid_in(z_number)
    rows = session.execute(
        select(found.c.transaction_id, func.sum(Adjustment.amount))
        .select_from(found)
        .join(Adjustment, Adjustment.transaction_id == found.c.transaction_id)
        .group_by(found.c.transaction_id)
    )
    return {row[0]: row[1] for row in rows}


def plain_items(session: Session, z_number: int | None) -> Iterator[tuple[int, str, Figures]]:
    """What was paid for services at their list price: service, date and figures."""
    found = _paid_in(z_number)
    rows = session.execute(
        select(
            TransactionItem.service_id,
            found.c.business_date,
            func.count(),
            func.sum(TransactionItem.price),
        )
        .select_from(found)
        .join(TransactionItem, TransactionItem.transaction_id == found.c.transaction_id)
        .join(Transaction, Transaction.id == found.c.transaction_id)
        .where(
            Transaction.tax_on_top == 0,
            ~select(Adjustment.id)
            .where(Adjustment.transaction_id == found.c.transaction_id)
            .exists(),
        )
        .group_by(TransactionItem.service_id, found.c.business_date)
    )
    for service, day, items, price in rows:
        yield service, day, Figures(items=items, sales=price)


def other_bills(session: Session, z_number: int | None) -> Iterator[tuple[str, Transaction]]:
    """The paid visits whose services cost something else than their list prices, with the date."""
    found = _paid_in(z_number)
    discounted = select(Adjustment.transaction_id).where(
        Adjustment.transaction_id == found.c.transaction_id
    )
    dates = {
        row[0]: row[1]
        for row in session.execute(
            select(found.c.transaction_id, found.c.business_date)
            .select_from(found)
            .join(Transaction, Transaction.id == found.c.transaction_id)
            .where((Transaction.tax_on_top != 0) | discounted.exists())
            .order_by(found.c.transaction_id)
        )
    }
    ids = list(dates)
    for first in range(0, len(ids), _ROWS_AT_ONCE):
        for visit in session.scalars(
            select(Transaction)
            .where(Transaction.id.in_(ids[first : first + _ROWS_AT_ONCE]))
            .options(selectinload(Transaction.items), selectinload(Transaction.adjustments))
        ):
            yield dates[visit.id], visit


def refunded_items(session: Session, z_number: int | None) -> Iterator[tuple[int, str, Figures]]:
    """What was given back for services: service, date and figures."""
    rows = session.execute(
        select(TransactionItem.service_id, Shift.business_date, func.sum(RefundLine.amount))
        .join(Refund, Refund.id == RefundLine.refund_id)
        .join(Shift, Shift.id == Refund.shift_id)
        .join(TransactionItem, TransactionItem.id == RefundLine.item_id)
        .where(_of(z_number))
        .group_by(TransactionItem.service_id, Shift.business_date)
    )
    for service, day, amount in rows:
        yield service, day, Figures(refunds=amount)


def refunds(session: Session, z_number: int | None) -> list[Back]:
    """Every refund."""
    rows = session.execute(
        select(
            Shift.business_date,
            Transaction.therapist_id,
            Transaction.commission_percent,
            Refund.amount,
            Refund.tax,
        )
        .join(Shift, Shift.id == Refund.shift_id)
        .join(Transaction, Transaction.id == Refund.transaction_id)
        .where(_of(z_number))
    )
    return [Back(*row) for row in rows]


def tips_paid(session: Session, z_number: int | None) -> Iterator[tuple[int | None, str, Decimal]]:
    """Tips that were paid out: therapist, date and amount."""
    rows = session.execute(
        select(ShiftMovement.therapist_id, Shift.business_date, ShiftMovement.amount)
        .join(Shift, Shift.id == ShiftMovement.shift_id)
        .where(ShiftMovement.kind == MovementKind.TIP_PAYOUT, _of(z_number))
    )
    yield from ((therapist, day, amount) for therapist, day, amount in rows)


def differences(session: Session, z_number: int | None) -> Iterator[tuple[int, str, Decimal]]:
    """What was counted beyond what was expected: cashier, date and amount."""
    rows = session.execute(
        select(
            Shift.cashier_id, Shift.business_date, Shift.counted_amount, Shift.expected_amount
        ).where(
            Shift.state == ShiftState.CLOSED,
            Shift.counted_amount.is_not(None),
            Shift.expected_amount.is_not(None),
            _of(z_number),
        )
    )
    for cashier, day, counted, expected in rows:
        yield cashier, day, (counted or _NOTHING) - (expected or _NOTHING)


def _paid_in(z_number: int | None) -> Subquery:
    """Each visit that was paid in these shifts, once, with its shift's date and person.

    Several tenders of one payment are of one shift.
    """
    return (
        select(Tender.transaction_id, Shift.business_date, Shift.cashier_id)
        .join(Shift, Shift.id == Tender.shift_id)
        .where(Tender.kind == TenderKind.PAYMENT, _of(z_number))
        .distinct()
        .subquery()
    )


# --- what is in no shift ----------------------------------------------------------------------


def no_shows(session: Session, days: Range, by: Grouping) -> Iterator[tuple[Key, int]]:
    """How many customers did not come, by day or by therapist."""
    key: Any = NoShow.business_date if by is Grouping.DAY else NoShow.therapist_id
    each = (
        select(key.label("key"), func.count().label("number"))
        .where(days.holds(NoShow.business_date))
        .group_by(key)
        .subquery()
    )
    # One text, too: years have thousands of days.
    pair = func.json_array(each.c.key, each.c.number, type_=Text)
    said = session.scalar(select(func.group_concat(pair)))
    yield from _READ_PAIRS(f"[{said or ''}]")


def taken_before(session: Session, days: Range) -> Iterator[tuple[Sale, str, Decimal]]:
    """What a release before the ledger took, with its method and what stayed of it.

    Its payments have no tenders, number and shift.
    """
    rows = session.execute(
        select(
            Transaction.id,
            Transaction.business_date,
            Transaction.cashier_id,
            *_OF_THE_VISIT,
            Payment.method,
            Payment.amount_paid - Payment.change_amount,
        )
        .join(Transaction, Transaction.id == Payment.transaction_id)
        .where(Payment.receipt_number.is_(None), days.holds(Transaction.business_date))
        .execution_options(yield_per=_ROWS_AT_ONCE)
    )
    for *sale, method, kept in rows:
        yield Sale(*sale), method, kept


def items_before(session: Session, days: Range) -> Iterator[tuple[int, str, Figures]]:
    """What a release before the ledger took for services."""
    rows = session.execute(
        select(
            TransactionItem.service_id,
            Transaction.business_date,
            func.count(),
            func.sum(TransactionItem.price),
        )
        .join(Transaction, Transaction.id == TransactionItem.transaction_id)
        .join(Payment, Payment.transaction_id == Transaction.id)
        .where(Payment.receipt_number.is_(None), days.holds(Transaction.business_date))
        .group_by(TransactionItem.service_id, Transaction.business_date)
    )
    for service, day, items, price in rows:
        yield service, str(day), Figures(items=items, sales=price)


# --- rows of closed days ----------------------------------------------------------------------


def write(session: Session, z_number: int, rows: Rows) -> None:
    """Keep a closed day's figures.

    Args:
        session: Open.
        z_number: Which.
        rows: All of them. Where another server was faster, its rows stay.
    """
    values: list[dict[str, object]] = [
        {
            "z_number": z_number,
            "kind": by,
            "business_date": day,
            "row_key": "" if key is None else str(key),
            # Every release can read these.
            "waits": {str(minutes): number for minutes, number in unpacked(figures.waits).items()}
            or None,
        }
        | (_ready(figures.waits) if by is Grouping.DAY else _NOT_READY)
        | {name: getattr(figures, name) for name in _STORED}
        for (by, day, key), figures in rows.items()
    ]
    with suppress(IntegrityError):
        for first in range(0, len(values), _ROWS_AT_ONCE):
            session.execute(insert(DailyRow), values[first : first + _ROWS_AT_ONCE])


def _ready(waits: int) -> dict[str, object]:
    """A day's waits as reports need them, which read thousands of such rows at once."""
    wait_p50, wait_p90 = percentiles(waits)
    return {"packed_waits": f"{waits:x}", "wait_p50": wait_p50, "wait_p90": wait_p90}


_NOT_READY: Final[dict[str, object]] = dict.fromkeys(_ready(0))
"""Rows by something else are added up before they are told."""


def make_ready(session: Session) -> bool:
    """Give some days that a release before has kept their waits as reports need them.

    Returns:
        Whether there were any; there may be more.
    """
    lacking = session.scalars(
        select(DailyRow)
        .where(DailyRow.kind == Grouping.DAY, DailyRow.packed_waits.is_(None))
        .limit(_READY_AT_ONCE)
    ).all()
    for row in lacking:
        waits = packed({int(minutes): number for minutes, number in (row.waits or {}).items()})
        for name, value in _ready(waits).items():
            setattr(row, name, value)
    return bool(lacking)


def kept(session: Session, days: Range, by: Grouping) -> Iterator[tuple[Key, Figures]]:
    """The figures of closed days, added up by key; a key may come more than once."""
    if by is Grouping.DAY:
        yield from _kept_days(session, days)
        return
    # Put together by the database, a year at a time: a report may be of ten thousands of rows, each
    # of which would cost more to fetch than it says.
    waits = func.group_concat(cast(DailyRow.waits, Text)) if by in TELL_WAITS else null()
    rows = session.execute(
        select(DailyRow.row_key, _ADDED_UP, waits)
        .where(DailyRow.kind == by, days.holds(DailyRow.business_date))
        .group_by(DailyRow.row_key, func.substr(DailyRow.business_date, 1, 4))
    )
    for key, sums, said in rows:
        figures = _READ_SUMS(sums)
        if said:
            figures.waits = all_waits(_READ_WAITS(f"[{said}]"))
        yield _key(by, key), figures


def _kept_days(session: Session, days: Range) -> Iterator[tuple[Key, Figures]]:
    # Hardly any two rows are of one day: there is nothing to add up, and a month is one text.
    for said in session.scalars(
        select(func.group_concat(_DAY_AS_TEXT))
        .where(DailyRow.kind == Grouping.DAY, days.holds(DailyRow.business_date))
        .group_by(func.substr(DailyRow.business_date, 1, 7))
    ):
        for day, figures, waits, known in _READ_DAYS(f"[{said}]"):
            figures.waits = int(waits, 16) if isinstance(waits, str) else packed(waits)
            figures.percentiles = known
            yield day, figures


def _key(by: Grouping, stored: str) -> Key:
    return (int(stored) if stored else None) if by in _IDS else stored


def without_rows(session: Session, *, last_only: bool = False) -> Sequence[int]:
    """The Z reports whose figures are not kept yet, the newest first.

    Args:
        session: Open.
        last_only: Whether to look at the last one alone, which costs next to nothing.
    """
    known = select(DailyRow.z_number).where(DailyRow.kind == Grouping.DAY)
    wanted = select(ZReport.number).order_by(ZReport.number.desc())
    if last_only:
        last = select(func.max(ZReport.number)).scalar_subquery()
        wanted = wanted.where(ZReport.number == last)
        known = known.where(DailyRow.z_number == last)
    return session.scalars(wanted.where(ZReport.number.not_in(known))).all()


def names(session: Session, by: Grouping, ids: Sequence[int]) -> dict[int, str]:
    """What people or services are called now, by id."""
    kind = Service if by is Grouping.SERVICE else Staff
    name = Service.service_name if by is Grouping.SERVICE else Staff.name
    return {key: called for key, called in session.execute(select(kind.id, name)) if key in ids}
