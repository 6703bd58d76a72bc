"""Read-only looks at the database, in short transactions and without locks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple, TypeVar

from sqlalchemy import ColumnElement, bindparam, exists, func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from appliance.protocol import PrintRole
from appliance.server.domain import papers
from appliance.server.domain.lanes import ANYONE, WantedKind, lanes_of, wanted_in
from appliance.server.domain.security import NOTHING_CHANGED
from appliance.server.domain.states import (
    AT_THE_DESK,
    WITH_NUMBER,
    WITH_THERAPIST,
    Gender,
    Role,
    TransactionStatus,
)
from appliance.server.domain.turns import Duty, duty_of
from appliance.server.domain.waits import InLine, Serving, wait_behind, waits_in_lanes

from . import overview
from .claims import MAY_BE_CALLED
from .models import (
    AuthToken,
    Device,
    HistoryEntry,
    Printer,
    PrintJob,
    Room,
    Staff,
    Transaction,
)

_Room = TypeVar("_Room", Room, overview.Room)
_EVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
LIST_LIMIT: Final = overview.LIST_LIMIT
JOBS_SHOWN: Final = 50
"""The longest lists in a snapshot; its `counts` tell the whole."""
BOARD_CALLS: Final = 12
RECENT_CALL: Final = timedelta(minutes=5)
"""For so long a call stays on the board after its treatment has begun."""


class OnDuty(NamedTuple):
    """A therapist on duty.

    Attributes:
        therapist_id: Who.
        name: By name.
        gender: As customers may ask for it; None where it is nobody's business.
        room_number: Their room; None where they have none.
        on_duty_since: When they came in.
        on_break_since: When their break began; None where they are there.
        since: Since when they are there, or on their break.
    """

    therapist_id: int
    name: str
    gender: Gender | None
    room_number: str | None
    on_duty_since: datetime
    on_break_since: datetime | None
    since: datetime

    @property
    def lanes(self) -> tuple[int, ...]:
        """Whose customers they take."""
        return lanes_of(self.therapist_id, self.gender)

    @property
    def duty(self) -> Duty:
        """In, or on a break."""
        return duty_of(self.on_duty_since, self.on_break_since)


@dataclass(frozen=True, slots=True)
class Queue:
    """Everything that staff see at once.

    Attributes:
        pending: Waiting for a therapist, oldest first, those on hold among them.
        waits: The estimated minutes of each of them; None for who is on hold.
        in_progress: Called or in treatment, oldest first.
        finished: At the cashier's desk, oldest first.
        counts: How many there are in each list, without the limit; of those who wait, who may be
            called and who is on hold.
        rooms: Each with the name of the therapist on duty.
        duty: The therapists on duty, in the order in which they came in.
        mark: How far the data had come.
    """

    pending: Sequence[overview.Visit]
    waits: Sequence[int | None]
    in_progress: Sequence[overview.Visit]
    finished: Sequence[overview.Visit]
    counts: dict[str, int]
    rooms: Sequence[tuple[overview.Room, str | None]]
    duty: Sequence[OnDuty]
    mark: Mark


class BoardPlace(NamedTuple):
    """Somebody who waits, as the lobby sees them.

    Attributes:
        code: Theirs.
        wait: The estimated minutes.
        wanted: Whether they asked for somebody; never whom.
    """

    code: str
    wait: int | None
    wanted: WantedKind


@dataclass(frozen=True, slots=True)
class Board:
    """What the lobby sees: codes and rooms, no names and no money.

    Attributes:
        calls: Code, room and time of those called to a room, newest first.
        waiting: Those who wait and may be called, oldest first.
        recent_calls: As `calls`, of those whose treatment has begun since.
        more_waiting: How many wait behind those.
    """

    calls: Sequence[tuple[str, str, datetime]]
    waiting: Sequence[BoardPlace]
    recent_calls: Sequence[tuple[str, str, datetime]] = ()
    more_waiting: int = 0


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a customer's phone sees.

    Attributes:
        transaction: The customer's visit.
        people_before: How many are called before; None when the customer does not wait any more,
            or is on hold.
        estimated_wait_minutes: None when unknown or over.
    """

    transaction: Transaction
    people_before: int | None
    estimated_wait_minutes: int | None


@dataclass(frozen=True, slots=True)
class Mark:
    """How far the data has come: while it stays the same, so does every snapshot.

    Attributes:
        history: Id of the last history row.
        print_jobs: Id of the last print job.
        printers: When a printer or a daemon last changed.
    """

    history: int
    print_jobs: int
    printers: datetime | None


@dataclass(frozen=True, slots=True)
class Devices:
    """Printers and daemons as they last described themselves."""

    printers: Sequence[Printer]
    peripherals: Sequence[Device]
    jobs_waiting: dict[str, int]
    jobs: Sequence[PrintJob]
    """What is owed, oldest first, as far as a screen shows it."""


def queue(session: Session, now: datetime, today: datetime = _EVER) -> Queue:
    """The whole queue; `today` as in `serving`."""
    found = overview.read(session, today)
    pending, in_progress, finished = (
        _oldest_first(found.visits, states)
        for states in ((TransactionStatus.PENDING_THERAPIST,), WITH_THERAPIST, AT_THE_DESK)
    )
    people = [_as_on_duty(one) for one in found.people]
    people.sort(key=lambda one: (one.on_duty_since, one.therapist_id))
    rooms = {room.id: room for room in found.rooms}
    working = [
        _Works(room.id, one.id, one.gender, room.customer_status, room.planned, room.started)
        for one in found.people
        if one.here and one.on_break_since is None and (room := rooms.get(one.room_id or 0))
    ]
    return Queue(
        pending,
        _waits_of(pending, _serving(working, now)),
        in_progress,
        finished,
        _counts(session, found.visits),
        _with_therapists([rooms[key] for key in sorted(rooms)], people),
        people,
        _mark(found.ends),
    )


def everybody_is_in(found: Queue) -> bool:
    """Whether a queue shows everybody, so that other questions can be answered from it."""
    return max(len(found.pending), len(found.in_progress), len(found.finished)) < LIST_LIMIT


def board_in(found: Queue, now: datetime) -> Board:
    """What the lobby board shows, from a queue that everybody is in."""
    called = _calls_in(found, TransactionStatus.THERAPIST_CONFIRMED)
    begun = _calls_in(found, TransactionStatus.IN_SERVICE)
    return Board(
        called[:BOARD_CALLS],
        [
            BoardPlace(row.code or "", wait, wanted_in(row.asked_lane).kind)
            for row, wait in zip(found.pending, found.waits, strict=True)
            if row.hold is None
        ],
        [call for call in begun if call[2] > now - RECENT_CALL][:BOARD_CALLS],
    )


def _calls_in(found: Queue, status: TransactionStatus) -> list[tuple[str, str, datetime]]:
    rows = [row for row in found.in_progress if row.status is status]
    rows.sort(key=lambda row: (row.therapist_confirmed_at or _EVER, row.id), reverse=True)
    return [
        (row.code, row.room_number, row.therapist_confirmed_at)
        for row in rows
        if row.code and row.room_number and row.therapist_confirmed_at
    ]


def _waits_of(pending: Sequence[overview.Visit], rooms: Sequence[Serving]) -> list[int | None]:
    line = [InLine(row.total_duration_minutes, row.lane) for row in pending if row.hold is None]
    waits = iter(waits_in_lanes(rooms, line))
    return [next(waits) if row.hold is None else None for row in pending]


def board(session: Session, now: datetime, today: datetime = _EVER) -> Board:
    """What the lobby board shows; `today` as in `serving`."""
    calls = _calls(session, TransactionStatus.THERAPIST_CONFIRMED)
    recent = _calls(
        session,
        TransactionStatus.IN_SERVICE,
        Transaction.therapist_confirmed_at > now - RECENT_CALL,
    )
    waiting = session.execute(
        select(
            Transaction.code,
            Transaction.total_duration_minutes,
            Transaction.lane,
            Transaction.asked_lane,
        )
        .where(*MAY_BE_CALLED)
        .order_by(Transaction.selection_confirmed_at, Transaction.id)
        .limit(LIST_LIMIT)
    ).all()
    waits = waits_in_lanes(
        serving(session, now, today),
        [InLine(row.total_duration_minutes, row.lane) for row in waiting],
    )
    cut = len(waiting) == LIST_LIMIT
    return Board(
        calls,
        [
            BoardPlace(row.code or "", wait, wanted_in(row.asked_lane).kind)
            for row, wait in zip(waiting, waits, strict=True)
        ],
        recent,
        (session.connection().scalar(_LENGTH) or 0) - LIST_LIMIT if cut else 0,
    )


def _calls(
    session: Session, status: TransactionStatus, *where: ColumnElement[bool]
) -> list[tuple[str, str, datetime]]:
    """The last calls of those in a state, newest first."""
    rows = session.execute(
        select(Transaction.code, Transaction.room_number, Transaction.therapist_confirmed_at)
        .where(Transaction.status == status, *where)
        .order_by(Transaction.therapist_confirmed_at.desc(), Transaction.id.desc())
        .limit(BOARD_CALLS)
    )
    return [(code, room, at) for code, room, at in rows if code and room and at]


def ticket(
    session: Session,
    token: str,
    business_date: str,
    now: datetime,
    today: datetime = _EVER,
) -> Ticket | None:
    """The visit behind a ticket's QR code.

    Args:
        session: Open.
        token: From the QR code.
        business_date: Today's; a token of another day is dead unless its visit is still open.
        now: Aware UTC.
        today: As in `serving`.
    """
    transaction = session.scalars(
        select(Transaction)
        .where(Transaction.ticket_token == token)
        .options(selectinload(Transaction.items))
    ).first()
    if transaction is None:
        return None
    if transaction.business_date != business_date and transaction.open_code is None:
        return None
    if transaction.status is not TransactionStatus.PENDING_THERAPIST or transaction.hold:
        return Ticket(transaction, None, None)
    ahead, wait = place_in_queue(
        session,
        now,
        (Transaction.selection_confirmed_at < transaction.selection_confirmed_at)
        | (
            (Transaction.selection_confirmed_at == transaction.selection_confirmed_at)
            & (Transaction.id < transaction.id)
        ),
        today=today,
        lane=transaction.lane,
    )
    return Ticket(transaction, ahead, wait)


def ticket_token(session: Session, transaction_id: int) -> str | None:
    """What a visit's ticket names it by; None before there is a ticket."""
    return session.scalar(select(Transaction.ticket_token).where(Transaction.id == transaction_id))


def place_in_queue(
    session: Session,
    now: datetime,
    before: ColumnElement[bool] | None = None,
    *,
    today: datetime = _EVER,
    lane: int = ANYONE,
) -> tuple[int, int | None]:
    """Where somebody stands in the queue.

    Costs the same however long the queue is, but for a count in an index where it is longer than
    LIST_LIMIT.

    Args:
        session: Open.
        now: Aware UTC.
        before: Which of those who may be called stand before them; all of them unless given.
        today: As in `serving`.
        lane: Whom they wait for.

    Returns:
        How many are before them, and the estimated wait in minutes.
    """
    front, length = (
        (_FRONT, _LENGTH) if before is None else (_FRONT.where(before), _LENGTH.where(before))
    )
    connection = session.connection()
    first_in_line = [InLine(*row) for row in connection.execute(front)]
    ahead = len(first_in_line)
    if ahead == LIST_LIMIT:
        ahead = connection.scalar(length) or 0
    return ahead, wait_behind(serving(session, now, today), first_in_line, ahead, lane)


def serving(session: Session, now: datetime, today: datetime = _EVER) -> list[Serving]:
    """Each room in which a therapist works today, with the minutes until it is probably free.

    Args:
        session: Open.
        now: Aware UTC.
        today: When the business day began. Who has neither logged in nor done anything on a
            screen since then has gone home without logging out.
    """
    rows = session.connection().execute(_SERVING, {"today": today})
    return _serving((_Works(*row) for row in rows), now)


class _Works(NamedTuple):
    """A therapist at work, in columns of `_SERVING`."""

    room_id: int
    therapist_id: int
    gender: Gender | None
    status: TransactionStatus | None
    planned: int | None
    started: datetime | None


def _serving(rows: Iterable[_Works], now: datetime) -> list[Serving]:
    # A room takes one customer, however many therapists share it, of all their lanes.
    rooms: dict[int, Serving] = {}
    for row in rows:
        lanes = frozenset(lanes_of(row.therapist_id, row.gender))
        known = rooms.get(row.room_id)
        rooms[row.room_id] = (
            replace(known, lanes=known.lanes | lanes)
            if known
            else Serving(_minutes_left(row.status, row.planned, row.started, now), lanes)
        )
    return list(rooms.values())


def _minutes_left(
    status: TransactionStatus | None, planned: int | None, started: datetime | None, now: datetime
) -> int:
    if status is None or planned is None:
        return 0
    if started is None:
        return planned
    return max(0, planned - int((now - started).total_seconds() // 60))


class FirstVisit(NamedTuple):
    """How far somebody who tries the product has come: what has ever happened here."""

    chosen: bool
    ticket: bool
    served: bool
    paid: bool
    receipt: bool


def first_visit(session: Session) -> FirstVisit:
    """Which steps of a visit somebody has been through; for the demo's front page."""

    def ever(happened: ColumnElement[bool]) -> bool:
        return bool(session.scalar(select(exists().where(happened))))

    def printed(kind: PrintRole) -> ColumnElement[bool]:
        return (PrintJob.kind == kind) & (PrintJob.state == papers.PaperState.PRINTED)

    return FirstVisit(
        chosen=ever(Transaction.code.is_not(None)),
        ticket=ever(printed(PrintRole.TICKET)),
        served=ever(Transaction.service_finish_at.is_not(None)),
        paid=ever(Transaction.paid_at.is_not(None)),
        receipt=ever(printed(PrintRole.RECEIPT)),
    )


def status_counts(session: Session) -> dict[TransactionStatus, int]:
    """How many transactions are in each open state, by the index alone."""
    return _counted(session)[0]


def _counted(session: Session) -> tuple[dict[TransactionStatus, int], int]:
    """How many there are in each open state, and how many of those who wait are on hold."""
    counts: dict[TransactionStatus, int] = {}
    on_hold = 0
    for status, hold, count in session.connection().execute(_COUNTS):
        counts[status] = counts.get(status, 0) + count
        if hold is not None and status is TransactionStatus.PENDING_THERAPIST:
            on_hold += count
    return counts, on_hold


_WHOLE: Final = (
    selectinload(Transaction.items),
    joinedload(Transaction.therapist).load_only(Staff.name),
    joinedload(Transaction.cashier).load_only(Staff.name),
)
_AT_THE_DESK: Final = (selectinload(Transaction.adjustments),)
"""Nothing is taken off a bill before."""


_FRONT: Final = (
    select(Transaction.total_duration_minutes, Transaction.lane)
    .where(*MAY_BE_CALLED)
    .order_by(Transaction.selection_confirmed_at, Transaction.id)
    .limit(LIST_LIMIT)
)
_LENGTH: Final = select(func.count()).select_from(Transaction).where(*MAY_BE_CALLED)
_SERVING: Final = (
    select(
        Room.id.label("room_id"),
        Staff.id.label("therapist_id"),
        Staff.gender,
        Transaction.status,
        Transaction.total_duration_minutes.label("planned"),
        Transaction.service_start_at.label("started"),
    )
    .select_from(Staff)
    .join(Room, Room.room_number == Staff.room_number)
    .outerjoin(Transaction, Transaction.id == Room.current_transaction_id)
    .where(
        Staff.role == Role.THERAPIST,
        Staff.on_duty_since.is_not(None),
        Staff.on_break_since.is_(None),
        Staff.disabled_at.is_(None),
        (Staff.on_duty_since >= bindparam("today"))
        | exists().where(
            AuthToken.staff_id == Staff.id, AuthToken.touched_at >= bindparam("today")
        ),
    )
)
_COUNTS: Final = (
    select(Transaction.status, Transaction.hold, func.count())
    .where(Transaction.status.in_(sorted(WITH_NUMBER)))
    .group_by(Transaction.status, Transaction.hold)
)
_ENDS: Final = select(
    select(func.max(HistoryEntry.id)).scalar_subquery(),
    select(func.max(PrintJob.id)).scalar_subquery(),
    select(func.max(Printer.changed_at)).scalar_subquery(),
)
_ON_DUTY: Final = (
    select(
        Staff.id,
        Staff.name,
        Staff.gender,
        Staff.room_number,
        Staff.on_duty_since,
        Staff.on_break_since,
        Staff.duty_since,
    )
    .where(
        Staff.role == Role.THERAPIST,
        Staff.on_duty_since.is_not(None),
        Staff.disabled_at.is_(None),
    )
    .order_by(Staff.on_duty_since, Staff.id)
)
_ROOMS: Final = (
    select(Room)
    .options(joinedload(Room.current_transaction).load_only(Transaction.status))
    .order_by(Room.id)
)


def _oldest_first(
    visits: Mapping[TransactionStatus, Sequence[overview.Visit]],
    states: Iterable[TransactionStatus],
) -> list[overview.Visit]:
    found = [row for status in states for row in visits.get(status, ())]
    found.sort(key=lambda row: (row.service_finish_at or row.selection_confirmed_at, row.id))
    return found


def _counts(
    session: Session, visits: Mapping[TransactionStatus, Sequence[overview.Visit]]
) -> dict[str, int]:
    if any(len(rows) >= LIST_LIMIT for rows in visits.values()):
        count, on_hold = _counted(session)
    else:
        count = {status: len(rows) for status, rows in visits.items()}
        waiting = visits.get(TransactionStatus.PENDING_THERAPIST, ())
        on_hold = sum(row.hold is not None for row in waiting)
    return {
        "pending": count.get(TransactionStatus.PENDING_THERAPIST, 0) - on_hold,
        "on_hold": on_hold,
        "in_progress": sum(count.get(status, 0) for status in WITH_THERAPIST),
        "finished": sum(count.get(status, 0) for status in AT_THE_DESK),
    }


def transactions(session: Session, ids: Iterable[int]) -> Sequence[Transaction]:
    """These transactions, whole, in the order of their ids."""
    return session.scalars(
        select(Transaction)
        .where(Transaction.id.in_(list(ids)))
        .order_by(Transaction.id)
        .options(*_WHOLE, *_AT_THE_DESK, selectinload(Transaction.payment))
    ).all()


def mark(session: Session) -> Mark:
    """How far the data has come, by a look at the ends of three indexes."""
    return _mark(overview.Ends(*session.connection().execute(_ENDS).one()))


def _mark(ends: overview.Ends) -> Mark:
    return Mark(ends.history or 0, ends.print_jobs or 0, ends.printers)


def changed_since(session: Session, history_id: int, limit: int) -> tuple[set[int], bool]:
    """What the history says happened after one of its rows.

    Args:
        session: Open.
        history_id: The last row that is known.
        limit: At most so many of the newest rows are looked at.

    Returns:
        The transactions concerned, and whether anything else happened: to people, rooms, devices or
        the catalogue.
    """
    rows = session.scalars(
        select(HistoryEntry.transaction_id)
        .where(HistoryEntry.id > history_id, HistoryEntry.event.not_in(NOTHING_CHANGED))
        .order_by(HistoryEntry.id.desc())
        .limit(limit)
    ).all()
    return {key for key in rows if key is not None}, None in rows


def history(session: Session, transaction_id: int) -> Sequence[HistoryEntry]:
    """What happened to a transaction, in order."""
    return session.scalars(
        select(HistoryEntry)
        .where(HistoryEntry.transaction_id == transaction_id)
        .order_by(HistoryEntry.id)
    ).all()


class Wanted(NamedTuple):
    """Which rows of the history; None where it does not matter.

    Attributes:
        since: From this moment on.
        until: Before this moment.
        who: By the name of the one who did it.
        event: Of this kind.
        code: To customers with this number.
        before: Older than the row with this id.
    """

    since: datetime | None
    until: datetime | None
    who: str | None
    event: str | None
    code: str | None
    before: int | None


def happened(
    session: Session, wanted: Wanted, limit: int
) -> Sequence[tuple[HistoryEntry, str | None]]:
    """What happened, newest first, each row with the customer's number, if it is about one."""
    asked = select(HistoryEntry, Transaction.code).outerjoin(
        Transaction, Transaction.id == HistoryEntry.transaction_id
    )
    if wanted.since is not None:
        asked = asked.where(HistoryEntry.at >= wanted.since)
    if wanted.until is not None:
        asked = asked.where(HistoryEntry.at < wanted.until)
    if wanted.who is not None:
        asked = asked.where(HistoryEntry.actor_name == wanted.who)
    if wanted.event is not None:
        asked = asked.where(HistoryEntry.event == wanted.event)
    if wanted.code is not None:
        asked = asked.where(Transaction.code == wanted.code)
    if wanted.before is not None:
        asked = asked.where(HistoryEntry.id < wanted.before)
    found = session.execute(asked.order_by(HistoryEntry.id.desc()).limit(limit))
    return [(row, code) for row, code in found]


def rooms(session: Session) -> list[tuple[Room, str | None]]:
    """Every room with the therapist on duty in it, by number."""
    return _with_therapists(all_rooms(session), on_duty(session))


def _with_therapists(
    rooms: Iterable[_Room], people: Iterable[OnDuty]
) -> list[tuple[_Room, str | None]]:
    # Of several who share a room the last to come, and of those who are there.
    there = sorted(people, key=lambda one: one.on_break_since is None)
    names = {one.room_number: one.name for one in there}
    return [(room, names.get(room.room_number)) for room in rooms]


def all_rooms(session: Session) -> Sequence[Room]:
    """Every room, in the order in which they were added, with the state of who is in it."""
    return session.scalars(_ROOMS).all()


def on_duty(session: Session) -> list[OnDuty]:
    """The therapists on duty, on a break or not, in the order in which they came in."""
    return [_as_on_duty(row) for row in session.connection().execute(_ON_DUTY)]


def _as_on_duty(row: Any) -> OnDuty:
    return OnDuty(
        row.id,
        row.name,
        row.gender,
        row.room_number,
        row.on_duty_since,
        row.on_break_since,
        row.on_break_since or max(row.on_duty_since, row.duty_since or row.on_duty_since),
    )


def devices(session: Session) -> Devices:
    """What is known of printers and daemons."""
    counts = session.execute(
        select(PrintJob.kind, func.count())
        .where(PrintJob.state.in_(papers.OPEN))
        .group_by(PrintJob.kind)
    )
    return Devices(
        session.scalars(select(Printer).order_by(Printer.name)).all(),
        session.scalars(
            select(Device)
            .where(Device.kind == Role.PERIPHERALS, Device.revoked_at.is_(None))
            .order_by(Device.name)
        ).all(),
        {kind.value: count for kind, count in counts},
        session.scalars(
            select(PrintJob)
            .where(PrintJob.state.in_(papers.OPEN))
            .order_by(PrintJob.id)
            .limit(JOBS_SHOWN)
        ).all(),
    )


def print_jobs(session: Session, transaction_id: int) -> Sequence[PrintJob]:
    """A visit's papers, in the order in which they were owed."""
    return session.scalars(
        select(PrintJob).where(PrintJob.transaction_id == transaction_id).order_by(PrintJob.id)
    ).all()
