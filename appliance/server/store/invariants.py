"""What must be true of the data at every moment, looked up in the data itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import reduce
from itertools import groupby
from operator import add, attrgetter
from typing import Any, Final

from sqlalchemy import ColumnElement, case, exists, func, select
from sqlalchemy.orm import Session, aliased

from appliance.protocol import PrintRole
from appliance.server.domain.states import (
    AT_THE_DESK,
    OPEN,
    TERMINAL,
    Hold,
    Role,
    RoomStatus,
    TransactionStatus,
)
from appliance.server.domain.visits import TABLE, Transition

from . import money_invariants
from .models import (
    HistoryEntry,
    PrintJob,
    Room,
    Staff,
    Transaction,
    TransactionCounter,
)
from .pages import Page, pages

_S = TransactionStatus


def violations(session: Session) -> Iterator[str]:
    """Look for broken promises, in a memory that does not grow with the years.

    What is true of one visit is looked up a page of visits at a time, each in statements of its own
    that see one moment each: this may run beside the server.

    Args:
        session: Open; READ COMMITTED where others work meanwhile.

    Yields:
        One line for each, naming the row.
    """
    for check in _CHECKS:
        yield from check(session)
    yield from of_visits(session)


def of_visits(session: Session) -> Iterator[str]:
    """Look for broken promises of single visits alone, as `violations` does."""
    for page in pages(session, Transaction.id):
        for check_page in _CHECKS_OF_VISITS:
            yield from check_page(session, page)


def _counter(session: Session) -> Iterator[str]:
    if session.scalar(select(func.count()).select_from(TransactionCounter)) != 1:
        yield "the code counter: not exactly one row"


def _doubled_codes(session: Session) -> Iterator[str]:
    doubled = session.execute(
        select(Transaction.code, Transaction.code_series, func.count())
        .where(Transaction.code.is_not(None))
        .group_by(Transaction.code, Transaction.code_series)
        .having(func.count() > 1)
    )
    for code, series, count in doubled:
        yield f"code {code} of series {series}: given out {count} times"


def _codes(session: Session, page: Page) -> Iterator[str]:
    confirmed = Transaction.selection_confirmed_at.is_not(None)
    for key in session.scalars(
        select(Transaction.id).where(
            page.holds(Transaction.id), confirmed != Transaction.code.is_not(None)
        )
    ):
        yield f"transaction {key}: a code without a confirmation, or the other way round"
    for key, status, code, open_code in session.execute(
        select(Transaction.id, Transaction.status, Transaction.code, Transaction.open_code).where(
            page.holds(Transaction.id),
            (
                Transaction.code.is_not(None)
                & Transaction.status.in_(OPEN)
                & Transaction.open_code.is_(None)
            )
            | (Transaction.status.in_(TERMINAL) & Transaction.open_code.is_not(None))
            | (Transaction.open_code != Transaction.code)
            | (Transaction.code.is_(None) & Transaction.open_code.is_not(None)),
        )
    ):
        yield f"transaction {key}: {status} with code {code}, held as {open_code}"


def _jobs(session: Session, page: Page) -> Iterator[str]:
    for kind, owes in (
        (PrintRole.TICKET, Transaction.code.is_not(None)),
        (PrintRole.RECEIPT, Transaction.status == _S.PAID),
    ):
        originals = (
            select(func.count())
            .where(
                PrintJob.transaction_id == Transaction.id,
                PrintJob.kind == kind,
                PrintJob.original_id.is_(None),
            )
            .correlate(Transaction)
            .scalar_subquery()
        )
        for key, count in session.execute(
            select(Transaction.id, originals).where(
                page.holds(Transaction.id), owes, originals != 1
            )
        ):
            yield f"transaction {key}: {count} {kind} jobs instead of one"


def _rooms(session: Session) -> Iterator[str]:
    for room, transaction in session.execute(
        select(Room, Transaction).outerjoin(
            Transaction, Transaction.id == Room.current_transaction_id
        )
    ):
        occupied = room.status is RoomStatus.OCCUPIED
        fits = transaction is not None and transaction.status in {
            _S.THERAPIST_CONFIRMED,
            _S.IN_SERVICE,
        }
        if occupied != fits or (transaction is None) != (room.current_transaction_id is None):
            yield (
                f"room {room.room_number}: {room.status}, but it names transaction "
                f"{room.current_transaction_id}"
            )
        elif transaction is not None and transaction.room_number != room.room_number:
            yield f"room {room.room_number}: its transaction {transaction.id} is in another room"
    homeless = select(Transaction.id).where(
        Transaction.status.in_((_S.THERAPIST_CONFIRMED, _S.IN_SERVICE)),
        ~exists().where(Room.current_transaction_id == Transaction.id),
    )
    for key in session.scalars(homeless):
        yield f"transaction {key}: with a therapist, but no room names it"


def _one_customer_each(session: Session) -> Iterator[str]:
    for person, count in session.execute(
        select(Transaction.therapist_id, func.count())
        .where(Transaction.status.in_((_S.THERAPIST_CONFIRMED, _S.IN_SERVICE)))
        .group_by(Transaction.therapist_id)
        .having(func.count() > 1)
    ):
        yield f"therapist {person}: {count} customers at once"


def _holders_can_act(session: Session) -> Iterator[str]:
    """Nobody who may not log in any more holds a customer, and no therapist who is off duty."""
    held = (
        (Transaction.therapist_id == Staff.id)
        & Transaction.status.in_((_S.THERAPIST_CONFIRMED, _S.IN_SERVICE))
    ) | (
        (Transaction.cashier_id == Staff.id)
        & Transaction.status.in_((_S.AWAITING_PAYMENT, _S.PAYING))
    )
    gone_home = (Staff.role == Role.THERAPIST) & Staff.on_duty_since.is_(None)
    for key, code, status, username, disabled_at in session.execute(
        select(
            Transaction.id, Transaction.code, Transaction.status, Staff.username, Staff.disabled_at
        )
        .join(Staff, held)
        .where(Staff.disabled_at.is_not(None) | gone_home)
    ):
        why = "off duty" if disabled_at is None else "disabled"
        yield f"transaction {key}: {code} is {status} with {username}, who is {why}"


def _holds(session: Session, page: Page) -> Iterator[str]:
    """Only who is in a line can be passed over in it."""
    for key, status, hold in session.execute(
        select(Transaction.id, Transaction.status, Transaction.hold).where(
            page.holds(Transaction.id),
            Transaction.hold.is_not(None),
            Transaction.status != _S.PENDING_THERAPIST,
            (Transaction.hold != Hold.CARRIED_OVER) | Transaction.status.not_in(AT_THE_DESK),
        )
    ):
        yield f"transaction {key}: {status}, and on hold as {hold}"


def _history(session: Session, page: Page) -> Iterator[str]:
    """Every history is a walk through the table that ends in the present state."""
    rows = session.execute(
        # One statement, so that a visit is not seen before a step and its history after it.
        select(
            Transaction.id,
            Transaction.status,
            _STAMPED.label("stamped"),
            Transaction.therapist_id,
            Transaction.cashier_id,
            HistoryEntry.event,
            HistoryEntry.from_status,
            HistoryEntry.to_status,
        )
        .outerjoin(
            HistoryEntry,
            (HistoryEntry.transaction_id == Transaction.id) & HistoryEntry.to_status.is_not(None),
        )
        .where(page.holds(Transaction.id))
        .order_by(Transaction.id, HistoryEntry.id)
    )
    for _, steps in groupby(rows, attrgetter("id")):
        yield from _walk(list(steps))


def _walk(steps: list[Any]) -> Iterator[str]:
    visit = steps[0]
    state: str | None = None
    stamps: set[str] = set()
    broken = False
    for step in steps if visit.event is not None else ():
        row = _BY_STEP.get((step.event, step.from_status, step.to_status))
        if not broken and (row is None or state != step.from_status):
            broken = True
            yield (
                f"transaction {visit.id}: {step.event} from {step.from_status} to "
                f"{step.to_status} after {state}"
            )
        state = step.to_status
        if row is not None:
            stamps.update(row.stamps)
            stamps.difference_update(row.clears)
    yield from _against_history(visit, state, stamps)


def _against_history(visit: Any, state: str | None, stamps: set[str]) -> Iterator[str]:
    if state != visit.status:
        yield f"transaction {visit.id}: {visit.status}, but its history ends in {state}"
    held = {name for place, name in enumerate(_STAMPS) if visit.stamped >> place & 1}
    if held != stamps:
        odd = ", ".join(sorted(held ^ stamps))
        yield f"transaction {visit.id}: history and timestamps differ in {odd}"
    if visit.status in _NEEDS_THERAPIST and visit.therapist_id is None:
        yield f"transaction {visit.id}: {visit.status} without a therapist"
    if visit.status in _NEEDS_CASHIER and visit.cashier_id is None:
        yield f"transaction {visit.id}: {visit.status} without a cashier"


def _replays(session: Session, page: Page) -> Iterator[str]:
    """No reprint of a reprint of somebody else's paper."""
    original = aliased(PrintJob)
    for key in session.scalars(
        select(PrintJob.id)
        .join(original, original.id == PrintJob.original_id)
        .where(
            page.holds(PrintJob.transaction_id),
            PrintJob.transaction_id != original.transaction_id,
        )
    ):
        yield f"print job {key}: a copy of another customer's paper"


def _bit(place: int, name: str) -> ColumnElement[int]:
    return case((getattr(Transaction, name).is_not(None), 1 << place), else_=0)


_BY_STEP: Final[dict[tuple[str, str | None, str | None], Transition]] = {
    (row.event.value, row.source, row.target): row for row in TABLE
}
_STAMPS: Final = sorted({stamp for row in TABLE for stamp in row.stamps})
_STAMPED: Final[ColumnElement[int]] = reduce(
    add, (_bit(place, name) for place, name in enumerate(_STAMPS))
)
"""Which of `_STAMPS` a visit has, a bit each: the row is repeated for each step of its history."""
_NEEDS_THERAPIST: Final = frozenset(
    {
        _S.THERAPIST_CONFIRMED,
        _S.IN_SERVICE,
        _S.FINISHED,
        _S.AWAITING_PAYMENT,
        _S.PAYING,
        _S.PAID,
    }
)
_NEEDS_CASHIER: Final = frozenset({_S.AWAITING_PAYMENT, _S.PAYING, _S.PAID})

_CHECKS: Final[tuple[Callable[[Session], Iterator[str]], ...]] = (
    *money_invariants.CHECKS,
    _counter,
    _doubled_codes,
    _rooms,
    _one_customer_each,
    _holders_can_act,
)
_CHECKS_OF_VISITS: Final[tuple[Callable[[Session, Page], Iterator[str]], ...]] = (
    *money_invariants.CHECKS_OF_VISITS,
    _codes,
    _jobs,
    _holds,
    _history,
    _replays,
)
