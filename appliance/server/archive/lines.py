"""What an archive's lines hold: each is a JSON object, from a table's name to rows of it.

People, devices and the menu come first, then the year's Z reports and shifts, then a line for each
visit with everything that belongs to it, then for each day what happened without a visit. A row
names its columns as the database does; amounts are decimal digits, times are UTC.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final, NamedTuple, TypeVar

import msgspec
from sqlalchemy import Column, ColumnElement, Numeric, Table, insert, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from appliance.server.domain.codes import BusinessDay
from appliance.server.domain.states import OPEN
from appliance.server.store.models import (
    Adjustment,
    Base,
    Device,
    HistoryEntry,
    NoShow,
    Payment,
    PrintJob,
    Refund,
    RefundLine,
    Service,
    ServiceCategory,
    ServiceClassification,
    Shift,
    ShiftCount,
    ShiftMovement,
    Staff,
    Tender,
    TipShare,
    Transaction,
    TransactionItem,
    ZReport,
)
from appliance.server.store.types import DIGEST, Money, UtcDateTime
from appliance.server.store.unit_of_work import Store

T = TypeVar("T")
Row = dict[str, Any]
Line = dict[str, list[Row]]
"""A table's name → rows of it, each from a column's name to what it holds."""

_VISITS: Final = 200
"""Read at one moment and kept in memory at once."""
_LEFT_OUT: Final[Mapping[str, frozenset[str]]] = {
    "staff": frozenset({"password_hash", "pin_hash"}),
    "devices": frozenset({"digest"}),
    "services": frozenset({"photo"}),
    "service_categories": frozenset({"photo"}),
}
"""Secrets, and pictures, which no year needs."""
_KNOWN: Final = (Staff, Device, ServiceCategory, Service, ServiceClassification)
_OF_VISIT: Final[tuple[InstrumentedAttribute[Any], ...]] = (
    Transaction.id,
    TransactionItem.transaction_id,
    Adjustment.transaction_id,
    Payment.transaction_id,
    Refund.transaction_id,
    Tender.transaction_id,
    TipShare.transaction_id,
    NoShow.transaction_id,
    HistoryEntry.transaction_id,
    PrintJob.transaction_id,
)
"""By which column rows belong to a visit."""
_OF_SHIFT: Final[tuple[InstrumentedAttribute[Any], ...]] = (
    Shift.id,
    ShiftMovement.shift_id,
    ShiftCount.shift_id,
)


class Year(NamedTuple):
    """The business dates of a calendar year.

    Attributes:
        number: Such as 2024.
        day: When the shop's days begin.
    """

    number: int
    day: BusinessDay

    @property
    def first(self) -> date:
        """Its first business date."""
        return date(self.number, 1, 1)

    @property
    def last(self) -> date:
        """Its last business date."""
        return date(self.number, 12, 31)

    def holds(self, column: InstrumentedAttribute[Any]) -> ColumnElement[bool]:
        """Whether a column is a business date of it."""
        return column.between(self.first.isoformat(), self.last.isoformat())

    def moments(self, first: date, days: int) -> tuple[datetime, datetime]:
        """When so many of its days begin and end."""
        return self.day.started(first), self.day.started(first + timedelta(days=days))

    def days(self) -> Iterator[date]:
        """Each of its business dates."""
        for n in range((self.last - self.first).days + 1):
            yield self.first + timedelta(days=n)

    def has_ended(self, now: datetime) -> bool:
        """Whether its last business date is over."""
        return self.day.date_of(now) > self.last


def not_closed(session: Session, year: Year) -> str | None:
    """What of a year still may change, in words; None where every day has its Z.

    Args:
        session: Open.
        year: Which.
    """
    shift = session.scalars(
        select(Shift)
        .where(year.holds(Shift.business_date), Shift.z_number.is_(None))
        .order_by(Shift.business_date)
        .limit(1)
    ).first()
    if shift is not None:
        return f"{shift.business_date} has no Z report yet"
    visit = session.scalars(
        select(Transaction)
        .where(Transaction.status.in_(OPEN), _came_in(year))
        .order_by(Transaction.id)
        .limit(1)
    ).first()
    if visit is not None:
        day = visit.business_date or f"{visit.created_at:%Y-%m-%d}"
        return f"the visit {visit.code or visit.id} of {day} is still open"
    return None


def of_year(store: Store, year: Year) -> Iterator[Line]:
    """Read a closed year, in a memory that does not grow with it and while others work.

    A visit belongs to the year in which it came, and to that of a Z in which money of it is. With
    each visit comes all of it, so also a refund of a later year, with its shift and Z.

    Args:
        store: The database.
        year: Which.

    Yields:
        The archive's lines.
    """
    yield _read(store, _known)
    visits = _read(store, _visits, year)
    shifts = _read(store, _shifts, year, visits)
    for page in _pages(_read(store, _z_numbers, year, shifts)):
        yield from _read(store, _whole, (ZReport.number,), page).values()
    for page in _pages(shifts):
        yield from _read(store, _whole, _OF_SHIFT, page).values()
    for page in _pages(visits):
        yield from _read(store, _visits_whole, page).values()
    for first in year.days():
        if events := _read(store, _events, *year.moments(first, 1)):
            yield {HistoryEntry.__tablename__: events}


def put(session: Session, lines: Sequence[Line]) -> None:
    """Write lines into an empty schema in which what they refer to stands already.

    Args:
        session: Open; nothing is committed.
        lines: As `of_year` yields them.

    Raises:
        KeyError: A line names a table or column that there is none of.
    """
    together: dict[str, list[Row]] = defaultdict(list)
    for line in lines:
        for name, rows in line.items():
            together[name] += rows
    for name in together.keys() - Base.metadata.tables.keys():
        raise KeyError(name)
    for table in Base.metadata.sorted_tables:
        if known := together.get(table.name):
            session.execute(insert(table), [_for_database(table, row) for row in known])


def _read(store: Store, work: Callable[..., T], *args: Any) -> T:
    return store.look(lambda unit: work(unit.session, *args))


def _known(session: Session) -> Line:
    return {kind.__tablename__: _rows(session, kind) for kind in _KNOWN}


def _came_in(year: Year) -> ColumnElement[bool]:
    since, until = year.moments(year.first, (year.last - year.first).days + 1)
    return or_(
        year.holds(Transaction.business_date),
        # Who left the kiosk without a number has no business date.
        Transaction.business_date.is_(None)
        & (Transaction.created_at >= since)
        & (Transaction.created_at < until),
    )


def _visits(session: Session, year: Year) -> array[int]:
    found = set(session.scalars(select(Transaction.id).where(_came_in(year))))
    found |= set(
        session.scalars(
            select(Tender.transaction_id)
            .join(Shift, Shift.id == Tender.shift_id)
            .join(ZReport, ZReport.number == Shift.z_number)
            .where(year.holds(ZReport.business_date))
        )
    )
    return array("q", sorted(found))


def _shifts(session: Session, year: Year, visits: Sequence[int]) -> array[int]:
    found = set(
        session.scalars(
            select(Shift.id)
            .join(ZReport, ZReport.number == Shift.z_number)
            .where(year.holds(ZReport.business_date))
        )
    )
    for page in _pages(visits):
        found |= set(
            session.scalars(
                select(Tender.shift_id).where(Tender.transaction_id.in_(page)).distinct()
            )
        )
    return array("q", sorted(found))


def _z_numbers(session: Session, year: Year, shifts: Sequence[int]) -> list[int]:
    found = set(session.scalars(select(ZReport.number).where(year.holds(ZReport.business_date))))
    for page in _pages(shifts):
        of_page = session.scalars(select(Shift.z_number).where(Shift.id.in_(page)))
        found |= {number for number in of_page if number is not None}
    return sorted(found)


def _pages(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for first in range(0, len(ids), _VISITS):
        yield list(ids[first : first + _VISITS])


def _visits_whole(session: Session, ids: Sequence[int]) -> dict[int, Line]:
    found = _whole(session, _OF_VISIT, ids)
    refunds = session.execute(
        select(Refund.id, Refund.transaction_id).where(Refund.transaction_id.in_(ids))
    )
    visit_of = {row.id: row.transaction_id for row in refunds}
    for row in _rows(session, RefundLine, RefundLine.refund_id.in_(visit_of)):
        of_visit = found[visit_of[row["refund_id"]]]
        of_visit.setdefault(RefundLine.__tablename__, []).append(row)
    return found


def _whole(
    session: Session, keys: Sequence[InstrumentedAttribute[Any]], ids: Sequence[int]
) -> dict[int, Line]:
    """Everything of each by its number, in the order of the numbers."""
    found: dict[int, Line] = {key: {} for key in ids}
    for key in keys:
        kind: type[Base] = key.parent.class_
        for row in _rows(session, kind, key.in_(ids)):
            found[row[key.key]].setdefault(kind.__tablename__, []).append(row)
    return found


def _events(session: Session, since: datetime, until: datetime) -> list[Row]:
    return _rows(
        session,
        HistoryEntry,
        HistoryEntry.transaction_id.is_(None),
        HistoryEntry.at >= since,
        HistoryEntry.at < until,
    )


def _rows(session: Session, kind: type[Base], *where: ColumnElement[bool]) -> list[Row]:
    table = Base.metadata.tables[kind.__tablename__]
    columns = _columns(table)
    found = session.execute(select(*columns).where(*where).order_by(*table.primary_key))
    return [dict(zip([c.name for c in columns], row, strict=True)) for row in found]


def _columns(table: Table) -> list[Column[Any]]:
    left_out = _LEFT_OUT.get(table.name, frozenset())
    return [column for column in table.columns if column.name not in left_out]


def _for_database(table: Table, row: Row) -> Row:
    values = {name: _value(table.columns[name], value) for name, value in row.items()}
    # What must be there and an archive does not tell.
    for name in _LEFT_OUT.get(table.name, frozenset()):
        column = table.columns[name]
        if not column.nullable:
            is_digest = column.type is DIGEST
            values[name] = int(row["id"]).to_bytes(32, "big") if is_digest else ""
    return values


def _value(column: Column[Any], value: Any) -> Any:
    if value is None:
        return None
    if isinstance(column.type, UtcDateTime):
        return msgspec.convert(value, datetime)
    if isinstance(column.type, Money | Numeric):
        return Decimal(value)
    return value
