"""The only code, with `counter.py` and `numbers.py`, that takes row locks.

There are two ways to take a row and they are never mixed: `next_…` takes the oldest that nobody
holds and may find nothing; `…_by_id` and `…_by_code` take that one row, wait briefly for it, and
say *busy* where somebody keeps it. The order of locks is in `docs/locking.md`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, NamedTuple, TypeAlias, TypeVar

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Integer,
    Select,
    bindparam,
    exists,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute, Session

from appliance.protocol import PrintRole
from appliance.server.domain.lanes import ANYONE, Wanted, WantedKind, lanes_of
from appliance.server.domain.papers import PaperState
from appliance.server.domain.states import WITH_THERAPIST, Role, TransactionStatus
from appliance.server.domain.turns import Duty, duty_of

from . import rows
from .models import Base, PrintJob, Room, Shift, Staff, Transaction, TransactionItem
from .prepared import Prepared
from .rows import Objects

_T = TypeVar("_T", bound=Base)


class Claimant(NamedTuple):
    """A therapist who asks for a customer.

    Attributes:
        has_customer: Whether they have one already, in whichever room.
        duty: Whether they are there.
        heads: The lanes that they serve; each with the place in the queue of the customer who is
            first in it, or None where nobody waits in it.
    """

    has_customer: bool
    duty: Duty
    heads: Heads


Heads: TypeAlias = dict[int, datetime | None]
"""Lane → the first place in it, None for an empty one."""


def _oldest(
    status: TransactionStatus,
    since: InstrumentedAttribute[datetime | None],
    *also: ColumnElement[bool],
) -> Select[Transaction]:
    return (
        select(Transaction)
        .where(Transaction.status == status, *also)
        .order_by(since, Transaction.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )


def _locked(kind: type[_T], which: ColumnElement[bool]) -> Objects[_T]:
    return Objects(kind, select(kind).where(which).with_for_update())


# Statements are made once, not at each claim: to build one costs as much as to run it.
MAY_BE_CALLED: Final = (
    Transaction.status == TransactionStatus.PENDING_THERAPIST,
    Transaction.hold.is_(None),
)
"""Equality on the head of the claim's index. A customer on hold stands elsewhere in it, so that no
claim ever looks at them."""
_WAITING_SINCE: Final = Transaction.selection_confirmed_at


# By name: while nobody is on hold or asks for somebody the optimizer takes the index of the whole
# queue for as good, and once many do, each claim would lock its way past all of them.
_BY_LANE: Final = (Transaction, "FORCE INDEX (ix_transactions_lane)", "mysql")
_OLDEST_WAITING: Final = Objects(
    Transaction,
    _oldest(
        TransactionStatus.PENDING_THERAPIST,
        _WAITING_SINCE,
        Transaction.hold.is_(None),
        Transaction.lane == bindparam("lane"),
    ).with_hint(*_BY_LANE),
)


def _head(lane: ColumnElement[int] | int) -> Select[Any]:
    # The least of an index's next column is one look into the index, which MariaDB does while it
    # plans; the first of an order is planned and run, at three times the cost.
    return select(func.min(_WAITING_SINCE)).where(*MAY_BE_CALLED, Transaction.lane == lane)


_FIRST_IN_LANE: Final = _head(bindparam("lane"))
# Nobody from yesterday comes first. There are few of them at any time, so the index that gives the
# order is enough: it is read past them.
_OLDEST_AT_DESK: Final = Objects(
    Transaction,
    _oldest(TransactionStatus.FINISHED, Transaction.service_finish_at, Transaction.hold.is_(None)),
)
_ANYBODY: Final = select(exists().where(Transaction.status == bindparam("status")))
_ANYBODY_NEXT: Final = select(
    exists().where(Transaction.status == bindparam("status"), Transaction.hold.is_(None))
)
_TRANSACTION: Final = _locked(Transaction, Transaction.id == bindparam("id"))
_ITEMS: Final = Objects(
    TransactionItem,
    select(TransactionItem)
    .where(TransactionItem.transaction_id == bindparam("id"))
    .order_by(TransactionItem.id),
)
_HOLDER: Final = _locked(Transaction, Transaction.open_code == bindparam("code"))
_LAST_HOLDER: Final = (
    select(Transaction)
    .where(Transaction.code == bindparam("code"))
    .order_by(Transaction.id.desc())
    .limit(1)
)
_ROOM_BY_ID: Final = _locked(Room, Room.id == bindparam("id"))
_ROOM: Final = _locked(Room, Room.room_number == bindparam("room_number"))
_WITH_CUSTOMER: Final = exists().where(
    Transaction.therapist_id == bindparam("therapist_id"),
    or_(*(Transaction.status == status for status in sorted(WITH_THERAPIST))),
)
FRONTS: Final = (16, 200)
"""How many at the front of the queue a claim over several lanes tries at once, and then: as many as
there are therapists who call at the same moment, and more than the connections of ten servers."""
_GENDERS: Final = (Wanted(WantedKind.WOMAN), Wanted(WantedKind.MAN))
_HAS_CUSTOMER: Final = select(_WITH_CUSTOMER)
# One look for all that a claim asks of who claims, and of the front of each lane of hers.
_LANES: Final = {
    "anyone": _head(ANYONE),
    "own": _head(bindparam("therapist_id")),
    **{gender.kind.value: _head(gender.lane) for gender in _GENDERS},
}
_CLAIMANT: Final = Prepared(
    select(
        _WITH_CUSTOMER.label("has_customer"),
        Staff.on_duty_since,
        Staff.on_break_since,
        Staff.gender,
        *(head.scalar_subquery().label(f"head_{name}") for name, head in _LANES.items()),
    ).where(Staff.id == bindparam("therapist_id"))
)
_OPEN_SHIFT: Final = _locked(Shift, Shift.open_cashier_id == bindparam("cashier_id"))
_SHIFT: Final = _locked(Shift, Shift.id == bindparam("id"))
_SHIFTS_OF_DAY: Final = (
    select(Shift)
    .where(Shift.business_date == bindparam("business_date"), Shift.z_number.is_(None))
    .order_by(Shift.id)
    .with_for_update()
)
_MANAGERS: Final = (
    select(Staff).where(Staff.role == Role.MANAGER).order_by(Staff.id).with_for_update()
)
_PRINT_JOB: Final = _locked(PrintJob, PrintJob.id == bindparam("id"))


# By name: the index's order is that of the ids too, so that from time to time the optimizer takes
# the table itself for as good, and each claim would lock its way past every paper ever printed.
_BY_PRINTER: Final = "ix_print_jobs_wanted_printer"
_BY_KIND: Final = "ix_print_jobs_state"


def _first_in_line(entities: Any, which: ColumnElement[bool], index: str) -> Select[Any]:
    return (
        select(entities)
        .with_hint(PrintJob, f"FORCE INDEX ({index})", "mysql")
        .where(
            PrintJob.state == PaperState.WAITING,
            which,
            PrintJob.leased_until.is_(None) | (PrintJob.leased_until < bindparam("now")),
        )
        .order_by(PrintJob.id)
        .limit(1)
    )


def _moved(entities: Any) -> Select[Any]:
    return _first_in_line(entities, PrintJob.wanted_printer == bindparam("printer"), _BY_PRINTER)


def _of_kind(entities: Any, kind: PrintRole | ColumnElement[PrintRole]) -> Select[Any]:
    return _first_in_line(
        entities, (PrintJob.kind == kind) & PrintJob.wanted_printer.is_(None), _BY_KIND
    )


_NEXT_MOVED: Final = _moved(PrintJob).with_for_update(skip_locked=True)
_NEXT_OF_KIND: Final = _of_kind(PrintJob, bindparam("kind")).with_for_update(skip_locked=True)


@lru_cache(maxsize=32)
def _lines(kinds: tuple[PrintRole, ...]) -> CompoundSelect[Any]:
    """Who is first in each line that a printer serves: what was moved to it, and each kind."""
    # One look at each line, so that every one is an equality on the head of an index.
    looks = [_moved(PrintJob.id), *(_of_kind(PrintJob.id, kind) for kind in kinds)]
    firsts = [look.subquery() for look in looks]
    return union_all(
        *(select(first.c.id, literal(line).label("line")) for line, first in enumerate(firsts))
    )


@lru_cache(maxsize=8)
def _oldest_in_lanes(lanes: int) -> Objects[Transaction]:
    """The oldest whom nobody holds, of the first in so many lanes.

    The front of each lane (`lane_0`, `lane_1`, …) is read by equality, without a lock, and put in
    order: the only sort, over copies. Then one after the other is tried, until one is free: the
    statement ends there, so no row is locked but the one that it answers. It is tried in the
    claims' index and not by its id alone: each claim locks the index's entry first, so those over
    one lane and those over several pass each other, and none waits for another's end.
    """
    first = bindparam("front", type_=Integer)
    fronts = [
        select(Transaction.id, Transaction.lane, _WAITING_SINCE.label("since"))
        .where(*MAY_BE_CALLED, Transaction.lane == bindparam(f"lane_{number}"))
        .order_by(_WAITING_SINCE, Transaction.id)
        .limit(first)
        .with_hint(*_BY_LANE)
        .subquery()
        for number in range(lanes)
    ]
    together = union_all(*(select(one) for one in fronts)).order_by("since", "id")
    # No further than every lane is known: behind its front another's would come too early.
    front = together.limit(first).subquery("front")
    statement = (
        select(Transaction)
        # In this order whatever the optimizer thinks: the other way round would lock everybody.
        .prefix_with("STRAIGHT_JOIN", dialect="mysql")
        .with_hint(*_BY_LANE)
        .select_from(front)
        .join(
            Transaction,
            (Transaction.lane == front.c.lane)
            & (front.c.since == _WAITING_SINCE)
            & (Transaction.id == front.c.id),
        )
        .where(*MAY_BE_CALLED)
        .order_by(front.c.since, front.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    return Objects(Transaction, statement)


def next_waiting(session: Session, heads: Heads | None = None) -> Transaction | None:
    """Take the customer who has waited longest for a therapist, of those who may be called.

    Args:
        session: Inside the claim, its room locked.
        heads: The lanes that the therapist serves, as `claimant` has seen them; only the lane of
            those who asked for nobody where it is not given.

    Returns:
        None where nobody waits there, or others hold everybody at the front.
    """
    lanes = [lane for lane, since in (heads or {}).items() if since is not None] or [ANYONE]
    if len(lanes) == 1:
        return _with_items(session, _OLDEST_WAITING.first(session, {"lane": lanes[0]}))
    numbers = {f"lane_{number}": lane for number, lane in enumerate(lanes)}
    for front in FRONTS:
        if found := _oldest_in_lanes(len(lanes)).first(session, {**numbers, "front": front}):
            return _with_items(session, found)
    return None


def next_at_desk(session: Session) -> Transaction | None:
    """Take the customer who has waited longest to pay."""
    return _with_items(session, _OLDEST_AT_DESK.first(session, {}))


def anybody_in(session: Session, status: TransactionStatus) -> bool:
    """Whether anybody is in this state, looked up without a lock."""
    return bool(session.connection().scalar(_ANYBODY, {"status": status}))


def anybody_next(session: Session, status: TransactionStatus) -> bool:
    """Whether anybody is in this state whom `next_…` may take, looked up without a lock."""
    return bool(session.connection().scalar(_ANYBODY_NEXT, {"status": status}))


def first_place(session: Session, lane: int) -> datetime | None:
    """The place in the queue of the customer who is first in a lane, looked up without a lock."""
    found: datetime | None = session.connection().scalar(_FIRST_IN_LANE, {"lane": lane})
    return found


def anybody_in_lane(session: Session, lane: int) -> bool:
    """Whether anybody in this lane may be called, looked up without a lock."""
    return first_place(session, lane) is not None


def transaction_by_id(session: Session, transaction_id: int) -> Transaction | None:
    """Take this transaction; None where it does not exist."""
    return _with_items(session, _this(session, _TRANSACTION, {"id": transaction_id}))


def transaction_by_code(session: Session, code: str) -> Transaction | None:
    """Take the transaction that holds this code now; else the last one that held it."""
    current = _this(session, _HOLDER, {"code": code})
    if current is not None:
        return _with_items(session, current)
    return session.scalars(_LAST_HOLDER, {"code": code}).first()


def room_by_number(session: Session, room_number: str) -> Room | None:
    """Take this room; None where it does not exist."""
    return _this(session, _ROOM, {"room_number": room_number})


def room_by_id(session: Session, room_id: int) -> Room | None:
    """Take this room; None where it does not exist."""
    return _this(session, _ROOM_BY_ID, {"id": room_id})


def holds_a_customer(session: Session, therapist_id: int) -> bool:
    """Whether a therapist has a customer, in whichever room.

    Read after the therapist's own room is locked, which is what makes two claims by one therapist
    take turns.
    """
    return bool(session.connection().scalar(_HAS_CUSTOMER, {"therapist_id": therapist_id}))


def claimant(session: Session, therapist_id: int) -> Claimant:
    """Whether a therapist can be given a customer; read as `holds_a_customer` is."""
    found = _CLAIMANT.first(session.connection(), {"therapist_id": therapist_id})
    if found is None:
        return Claimant(has_customer=False, duty=Duty.OUT, heads={})
    has_customer, on_duty_since, on_break_since, gender, *fronts = found
    lanes = (ANYONE, therapist_id, *(wanted.lane for wanted in _GENDERS))
    heads = dict(zip(lanes, fronts, strict=True))
    return Claimant(
        has_customer=bool(has_customer),
        duty=duty_of(on_duty_since, on_break_since),
        heads={lane: heads[lane] for lane in lanes_of(therapist_id, gender)},
    )


def room_and_claimant(
    session: Session, room_number: str, therapist_id: int
) -> tuple[Room | None, Claimant]:
    """Take a therapist's room, and then see whether they can be given a customer.

    Both are asked at once; MariaDB answers the second when it has the room.
    """
    room = _ROOM.first_later(session, {"room_number": room_number}, fresh=True)
    found = claimant(session, therapist_id)
    return room(), found


def next_print_job(
    session: Session, printer: str, kinds: Sequence[PrintRole], now: datetime
) -> PrintJob | None:
    """Take the oldest waiting print job for a printer that is not put off until later.

    Args:
        session: Open.
        printer: Its name: what staff have moved to it comes whatever kind it is.
        kinds: What it prints of the papers that nobody has moved.
        now: The moment.
    """
    values = {"printer": printer, "now": now}
    # Looked up first and then taken, so that no paper is kept from another printer meanwhile.
    firsts = session.connection().execute(_lines(tuple(kinds)), values)
    for _, line in sorted((row.id, row.line) for row in firsts):
        job: PrintJob | None = (
            session.scalars(_NEXT_MOVED, values).first()
            if line == 0
            else session.scalars(_NEXT_OF_KIND, {"kind": kinds[line - 1], "now": now}).first()
        )
        if job is not None:
            return job
    return None


def print_job_by_id(session: Session, job_id: int) -> PrintJob | None:
    """Take this print job; None where it does not exist."""
    return _this(session, _PRINT_JOB, {"id": job_id})


def _with_items(session: Session, transaction: Transaction | None) -> Transaction | None:
    # Every decision counts the items; to load them here costs half of what a lazy load does.
    if transaction is not None:
        rows.know(transaction, items=_ITEMS.all(session, {"id": transaction.id}))
    return transaction


def _this(session: Session, row: Objects[_T], values: dict[str, object]) -> _T | None:
    # A wait of innodb_lock_wait_timeout, then error 1205, which the unit of work calls busy.
    return row.first(session, values, fresh=True)


def managers(session: Session) -> Sequence[Staff]:
    """Take every manager's row, so that no two of them are disabled as the last but one at once."""
    return session.scalars(_MANAGERS, execution_options={"populate_existing": True}).all()


# --- the till ---------------------------------------------------------------------------------


def shift_of_cashier(session: Session, cashier_id: int) -> Shift | None:
    """Take a cashier's open shift; None where they have none."""
    return _this(session, _OPEN_SHIFT, {"cashier_id": cashier_id})


def shift_by_id(session: Session, shift_id: int) -> Shift | None:
    """Take this shift; None where it does not exist."""
    return _this(session, _SHIFT, {"id": shift_id})


def shifts_of_day(session: Session, business_date: str) -> Sequence[Shift]:
    """Take every shift of a business date that is in no Z yet, in the order of their ids."""
    return session.scalars(
        _SHIFTS_OF_DAY,
        {"business_date": business_date},
        execution_options={"populate_existing": True},
    ).all()
