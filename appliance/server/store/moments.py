"""Stored times that a clock has got wrong: looked for, and moved to where they belong.

What has happened and is told on paper is not rewritten: the history says when it was written, by
the clock of that moment. Moved is what the appliance still acts on or shows as going on: open
visits, sessions, leases, duty, and the business day under which a visit is counted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session, load_only

from appliance.server.domain.clock import (
    TOLERANCE,
    Move,
    back_to,
    in_line,
    in_words,
    is_ahead,
    with_the_clock,
)
from appliance.server.domain.codes import BusinessDay, put_right
from appliance.server.domain.papers import LEASE_TIME, LONGEST_LEASE_TIME
from appliance.server.domain.papers import OPEN as OWED
from appliance.server.domain.security import LINK_LIFETIME
from appliance.server.domain.states import OPEN, SYSTEM, WITH_NUMBER, TransactionStatus

from . import counter
from .models import (
    AuthToken,
    EnrolmentCode,
    NoShow,
    Payment,
    Printer,
    PrintJob,
    Room,
    Shift,
    Staff,
    StoredResult,
    Transaction,
    TransactionCounter,
)
from .unit_of_work import UnitOfWork

_S = TransactionStatus
_HELD = "held_since"
_STAMPS: Final = (
    "created_at",
    "touched_at",
    "selection_confirmed_at",
    "therapist_confirmed_at",
    "service_start_at",
    "service_finish_at",
    "cashier_claimed_at",
    "paid_at",
    "cancelled_at",
)
_ORDERS: Final = ("selection_confirmed_at", "service_finish_at")
"""What claims go by."""
_RUNNING: Final[tuple[InstrumentedAttribute[Any], ...]] = (
    Staff.on_duty_since,
    Staff.on_break_since,
    Staff.duty_since,
    Printer.trouble_since,
    Printer.changed_at,
    Room.available_since,
    TransactionCounter.called_at,
)
"""Since when something is as it is."""
KEPT_IN_STEP: Final = frozenset(
    f"{column.class_.__tablename__}.{column.key}"
    for column in (
        *(getattr(Transaction, name) for name in (*_STAMPS, _HELD)),
        *_RUNNING,
        TransactionCounter.confirmed_at,
        Payment.created_at,
        Shift.opened_at,
        Shift.closed_at,
        AuthToken.touched_at,
        AuthToken.expires_at,
        EnrolmentCode.expires_at,
        PrintJob.created_at,
        PrintJob.leased_until,
        StoredResult.at,
    )
)
"""The columns whose times are moved: `table.column`. The answers' are renewed after it."""
_HERE: Final = sorted(WITH_NUMBER)
_AT_ONCE: Final = timedelta(0)


@dataclass(frozen=True, slots=True)
class Ahead:
    """Something that is dated ahead of now.

    Attributes:
        what: In a technician's words.
        until: Up to when.
        happened: Whether that is when something happened; else it is when something is due.
    """

    what: str
    until: datetime
    happened: bool = True


def told(one: Ahead, now: datetime) -> str:
    """What is ahead, and by how much, for a technician; a sentence without its end."""
    return (
        f"{one.what} is dated {one.until:%Y-%m-%d %H:%M} UTC, {in_words(one.until - now)} ahead of "
        "now: the clock was wrong then, or is wrong now"
    )


def ahead(session: Session, now: datetime, day: BusinessDay) -> list[Ahead]:
    """What is dated so far ahead of now that a clock was or is wrong.

    Args:
        session: Open.
        now: Aware UTC.
        day: When the shop's day starts.
    """
    return list(_ahead(session, now, day))


def _ahead(session: Session, now: datetime, day: BusinessDay) -> Iterator[Ahead]:
    for what, latest, allowed in _LATEST:
        found: datetime | None = session.scalar(latest)
        if found is not None and is_ahead(found - allowed, now):
            yield Ahead(what, found, happened=allowed is _AT_ONCE)
    today = _latest_day(now, day)
    period = session.scalar(select(func.max(TransactionCounter.period)))
    if period and period > today:
        yield Ahead("the code counter's day", _start_of(period), happened=False)
    for what, last in _LAST_DAYS:
        last_day: str | None = session.scalar(last)
        if last_day is not None and last_day > today:
            yield Ahead(what, _start_of(last_day), happened=False)


def _latest_day(now: datetime, day: BusinessDay) -> str:
    # By the tolerance, too: a clock that is steered back over the day's start is not wrong.
    return day.date_of(now + TOLERANCE).isoformat()


def _start_of(day: str) -> datetime:
    return datetime.combine(date.fromisoformat(day), time(), UTC)


def _latest(column: InstrumentedAttribute[Any], *which: ColumnElement[bool]) -> Any:
    return select(func.max(column)).where(*which)


_LATEST: Final[tuple[tuple[str, Any, timedelta], ...]] = (
    ("the last place in the queue", _latest(TransactionCounter.confirmed_at), _AT_ONCE),
    *(
        (
            f"a visit ({state})",
            _latest(Transaction.touched_at, Transaction.status == state),
            _AT_ONCE,
        )
        for state in sorted(OPEN)
    ),
    (
        "a customer's place in the queue",
        _latest(Transaction.selection_confirmed_at, Transaction.status == _S.PENDING_THERAPIST),
        _AT_ONCE,
    ),
    ("a log-in", _latest(AuthToken.touched_at), _AT_ONCE),
    ("a therapist's duty", _latest(Staff.on_duty_since), _AT_ONCE),
    ("a therapist's break", _latest(Staff.on_break_since), _AT_ONCE),
    ("a change of a therapist's duty", _latest(Staff.duty_since), _AT_ONCE),
    ("a room's state", _latest(Room.available_since), _AT_ONCE),
    ("the last call in rotation", _latest(TransactionCounter.called_at), _AT_ONCE),
    ("a cashier's shift", _latest(Shift.opened_at, Shift.z_number.is_(None)), _AT_ONCE),
    (
        "an enrolment link",
        _latest(EnrolmentCode.expires_at, EnrolmentCode.used_at.is_(None)),
        LINK_LIFETIME,
    ),
    ("a printer's state", _latest(Printer.changed_at), _AT_ONCE),
    ("a printer's trouble", _latest(Printer.trouble_since), _AT_ONCE),
    ("a print job", _latest(PrintJob.created_at, PrintJob.state.in_(OWED)), _AT_ONCE),
    (
        "a print job's next try",
        _latest(PrintJob.leased_until, PrintJob.state.in_(OWED)),
        LONGEST_LEASE_TIME,
    ),
    ("a stored answer", _latest(StoredResult.at), _AT_ONCE),
)
_LAST_DAYS: Final[tuple[tuple[str, Any], ...]] = (
    ("the business day of a visit", _latest(Transaction.business_date)),
    (
        "the business day of a cashier's shift",
        _latest(Shift.business_date, Shift.z_number.is_(None)),
    ),
    ("the business day of a customer who did not come", _latest(NoShow.business_date)),
)


@dataclass(frozen=True, slots=True)
class Correction:
    """How stored times are moved.

    Attributes:
        now: The moment, by the clock that is right.
        noted: Where a moment belongs at which something happened.
        running: Where a moment belongs since which something runs.
        due: Where a moment belongs at which something is due.
    """

    now: datetime
    noted: Move
    running: Move
    due: Move

    @classmethod
    def of_a_step(cls, now: datetime, step: timedelta, since: datetime) -> Correction:
        """For a running server whose clock was set: what runs goes on running as long as before.

        Args:
            now: The moment, by the new time.
            step: By how much the clock was set.
            since: The first moment that this server has read off its clock, in its old time.
        """

        def by_the_step(moment: datetime) -> datetime:
            return moment + step

        return cls(now, with_the_clock(step, since), by_the_step, by_the_step)

    @classmethod
    def of_times_ahead(cls, now: datetime, found: Sequence[Ahead]) -> Correction:
        """For what a wrong clock has dated ahead, unseen."""
        newest = max((one.until for one in found if one.happened), default=now)
        move = back_to(now, newest)
        # What is due lies ahead by its nature; how far it may is the matter of each kind.
        return cls(now, move, move, lambda moment: moment)


def renew_selections(unit: UnitOfWork, now: datetime) -> None:
    """Give those who choose at a kiosk their whole time again, so that no clock times them out.

    In a unit of work of its own: a customer who confirms holds their row and waits for the counter.
    """
    unit.connection.execute(
        update(Transaction).where(Transaction.status == _S.SELECTING).values(touched_at=now)
    )


def correct(
    unit: UnitOfWork, correction: Correction, day: BusinessDay, detail: dict[str, object]
) -> datetime:
    """Move everything that the appliance acts on or shows as going on; no line changes its order.

    Args:
        unit: The open unit of work.
        correction: How.
        day: When the shop's day starts.
        detail: What the history should say of it.

    Returns:
        The earliest moment that a visit has been given; now where none was moved.
    """
    session, now = unit.session, correction.now
    stands, last_place = counter.lock(session)
    latest_day = _latest_day(now, day)
    visits = _visits(
        session, Transaction.status.in_(_HERE) | (Transaction.business_date > latest_day)
    )
    lines = {column: _line(visits, column, correction.noted) for column in _ORDERS}
    moved = [
        _moved(row, correction, {column: lines[column].get(row["id"]) for column in _ORDERS})
        for row in visits
    ]
    for old, new in zip(visits, moved, strict=True):
        confirmed_at = new["selection_confirmed_at"]
        if confirmed_at is not None and confirmed_at != old["selection_confirmed_at"]:
            new["business_date"] = day.date_of(confirmed_at).isoformat()
        if old["waits_on"] is not None and old["waits_on"] > latest_day:
            new["waits_on"] = latest_day
    earliest = _put_visits(session, visits, moved, now)
    if last_place is not None:
        last_place = max([correction.noted(last_place), *lines["selection_confirmed_at"].values()])
    if stands.period > latest_day:
        stands = put_right(stands, day.date_of(now))
    counter.put(session, stands, last_place)
    _correct_tokens(session, correction)
    _correct_jobs(session, correction)
    paid = [row["id"] for row in visits if row["paid_at"] is not None]
    _correct_column(session, Payment.created_at, correction.noted, Payment.transaction_id.in_(paid))
    for column in _RUNNING:
        _correct_column(session, column, correction.running, column.is_not(None))
    _correct_shifts(session, correction, day)
    _correct_links(session, correction)
    session.connection().execute(
        update(NoShow)
        .where(NoShow.business_date > latest_day)
        .values(business_date=day.date_of(now).isoformat())
    )
    unit.record("clock_set", SYSTEM, now, detail=detail)
    unit.changes.queue = unit.changes.devices = True
    return earliest


_Row = dict[str, Any]


def _visits(session: Session, which: ColumnElement[bool]) -> list[_Row]:
    columns = [Transaction.id, Transaction.business_date, Transaction.waits_on]
    columns += [getattr(Transaction, name) for name in (*_STAMPS, _HELD)]
    return [dict(row) for row in session.execute(select(*columns).where(which)).mappings()]


def _line(rows: Sequence[_Row], column: str, move: Move) -> dict[int, datetime]:
    """Where each visit stands in a line after the move, by its id."""
    line = sorted((row[column], row["id"]) for row in rows if row[column] is not None)
    places = in_line([place for place, _ in line], move)
    return {key: place for (_, key), place in zip(line, places, strict=True)}


def _moved(row: _Row, correction: Correction, places: dict[str, datetime | None]) -> _Row:
    stamps = {name: correction.noted(row[name]) for name in _STAMPS if row[name] is not None}
    if row[_HELD] is not None:
        stamps[_HELD] = correction.running(row[_HELD])
    return row | stamps | {name: place for name, place in places.items() if place is not None}


def _put_visits(
    session: Session, before: Sequence[_Row], after: Sequence[_Row], now: datetime
) -> datetime:
    earliest = now
    for old, new in zip(before, after, strict=True):
        changed = {name: value for name, value in new.items() if value != old[name]}
        if changed:
            session.connection().execute(
                update(Transaction).where(Transaction.id == old["id"]).values(**changed)
            )
        earliest = min([earliest, *(changed[name] for name in _STAMPS if name in changed)])
    return earliest


def _correct_tokens(session: Session, correction: Correction) -> None:
    for token in session.scalars(
        select(AuthToken).where(AuthToken.expires_at > AuthToken.touched_at)
    ):
        lasts = token.expires_at - token.touched_at
        token.touched_at = correction.running(token.touched_at)
        token.expires_at = token.touched_at + lasts


def _correct_jobs(session: Session, correction: Correction) -> None:
    for job in session.scalars(
        select(PrintJob)
        .where(PrintJob.state.in_(OWED))
        .options(load_only(PrintJob.created_at, PrintJob.leased_until))
    ):
        job.created_at = correction.noted(job.created_at)
        if job.leased_until is not None:
            until = correction.due(job.leased_until)
            job.leased_until = min(until, correction.now + LEASE_TIME)


def _correct_shifts(session: Session, correction: Correction, day: BusinessDay) -> None:
    """Only those that are in no Z yet: what is sealed stays as it was sealed."""
    latest_day = _latest_day(correction.now, day)
    for shift in session.scalars(select(Shift).where(Shift.z_number.is_(None))):
        opened_at = correction.noted(shift.opened_at)
        if opened_at != shift.opened_at or shift.business_date > latest_day:
            shift.opened_at = opened_at
            shift.business_date = day.date_of(opened_at).isoformat()
        if shift.closed_at is not None:
            shift.closed_at = max(correction.noted(shift.closed_at), opened_at)


def _correct_links(session: Session, correction: Correction) -> None:
    for code in session.scalars(select(EnrolmentCode).where(EnrolmentCode.used_at.is_(None))):
        ends = correction.due(code.expires_at)
        # Nobody knows when it was made: one that would last longer than any is over.
        longest = correction.now + LINK_LIFETIME
        code.expires_at = ends if ends <= longest else correction.now


def _correct_column(
    session: Session,
    column: InstrumentedAttribute[Any],
    move: Move,
    which: ColumnElement[bool],
) -> None:
    for row in session.scalars(select(column.class_).where(which)):
        setattr(row, column.key, move(getattr(row, column.key)))
