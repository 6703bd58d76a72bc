"""What must be true of the data at every moment, looked up in the data itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any, Final

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session, aliased

from appliance.protocol import PrintRole
from appliance.server.domain.states import (
    AT_THE_DESK,
    OPEN,
    TERMINAL,
    Hold,
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

_S = TransactionStatus
_BATCH: Final = 1000


def violations(session: Session) -> Iterator[str]:
    """Look for broken promises.

    Yields:
        One line for each, naming the row.
    """
    for check in _CHECKS:
        yield from check(session)


def _codes(session: Session) -> Iterator[str]:
    confirmed = Transaction.selection_confirmed_at.is_not(None)
    for key in session.scalars(
        select(Transaction.id).where(confirmed != Transaction.code.is_not(None))
    ):
        yield f"transaction {key}: a code without a confirmation, or the other way round"
    doubled = session.execute(
        select(Transaction.code, Transaction.code_series, func.count())
        .where(Transaction.code.is_not(None))
        .group_by(Transaction.code, Transaction.code_series)
        .having(func.count() > 1)
    )
    for code, series, count in doubled:
        yield f"code {code} of series {series}: given out {count} times"
    for key, status, code, open_code in session.execute(
        select(Transaction.id, Transaction.status, Transaction.code, Transaction.open_code).where(
            (
                Transaction.code.is_not(None)
                & Transaction.status.in_(OPEN)
                & Transaction.open_code.is_(None)
            )
            | (Transaction.status.in_(TERMINAL) & Transaction.open_code.is_not(None))
            | (Transaction.open_code != Transaction.code)
            | (Transaction.code.is_(None) & Transaction.open_code.is_not(None))
        )
    ):
        yield f"transaction {key}: {status} with code {code}, held as {open_code}"
    if session.scalar(select(func.count()).select_from(TransactionCounter)) != 1:
        yield "the code counter: not exactly one row"


def _jobs(session: Session) -> Iterator[str]:
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
            select(Transaction.id, originals).where(owes, originals != 1)
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
    """Nobody who may not log in any more holds a customer."""
    held = (
        (Transaction.therapist_id == Staff.id)
        & Transaction.status.in_((_S.THERAPIST_CONFIRMED, _S.IN_SERVICE))
    ) | (
        (Transaction.cashier_id == Staff.id)
        & Transaction.status.in_((_S.AWAITING_PAYMENT, _S.PAYING))
    )
    for key, code, status, username in session.execute(
        select(Transaction.id, Transaction.code, Transaction.status, Staff.username)
        .join(Staff, held)
        .where(Staff.disabled_at.is_not(None))
    ):
        yield f"transaction {key}: {code} is {status} with {username}, who is disabled"


def _holds(session: Session) -> Iterator[str]:
    """Only who is in a line can be passed over in it."""
    for key, status, hold in session.execute(
        select(Transaction.id, Transaction.status, Transaction.hold).where(
            Transaction.hold.is_not(None),
            Transaction.status != _S.PENDING_THERAPIST,
            (Transaction.hold != Hold.CARRIED_OVER) | Transaction.status.not_in(AT_THE_DESK),
        )
    ):
        yield f"transaction {key}: {status}, and on hold as {hold}"


def _history(session: Session) -> Iterator[str]:
    """Every history is a walk through the table that ends in the present state."""
    rows: dict[tuple[str, str | None, str | None], Transition] = {
        (row.event.value, row.source, row.target): row for row in TABLE
    }
    entries = session.execute(
        select(
            HistoryEntry.transaction_id,
            HistoryEntry.event,
            HistoryEntry.from_status,
            HistoryEntry.to_status,
        )
        .where(HistoryEntry.transaction_id.is_not(None), HistoryEntry.to_status.is_not(None))
        .order_by(HistoryEntry.transaction_id, HistoryEntry.id)
        .execution_options(yield_per=_BATCH)
    )
    ends: dict[int | None, str | None] = {}
    broken: set[int | None] = set()
    stamps: defaultdict[int | None, set[str]] = defaultdict(set)
    for key, event, source, target in entries:
        row = rows.get((event, source, target))
        if key not in broken and (row is None or ends.get(key) != source):
            broken.add(key)
            yield f"transaction {key}: {event} from {source} to {target} after {ends.get(key)}"
        ends[key] = target
        if row is not None:
            _note_stamps(stamps[key], row)
    for transaction in session.scalars(select(Transaction).execution_options(yield_per=_BATCH)):
        yield from _against_history(transaction, ends, stamps)


def _note_stamps(held: set[str], row: Transition) -> None:
    held.update(row.stamps)
    held.difference_update(row.clears)


def _against_history(
    transaction: Transaction, ends: dict[int | None, str | None], stamps: dict[int | None, set[str]]
) -> Iterator[str]:
    key = transaction.id
    if ends.get(key) != transaction.status:
        yield f"transaction {key}: {transaction.status}, but its history ends in {ends.get(key)}"
    held: Any = {name for name in _STAMPS if getattr(transaction, name) is not None}
    if held != stamps.get(key, set()):
        odd = ", ".join(sorted(held ^ stamps.get(key, set())))
        yield f"transaction {key}: history and timestamps differ in {odd}"
    if transaction.status in _NEEDS_THERAPIST and transaction.therapist_id is None:
        yield f"transaction {key}: {transaction.status} without a therapist"
    if transaction.status in _NEEDS_CASHIER and transaction.cashier_id is None:
        yield f"transaction {key}: {transaction.status} without a cashier"


def _replays(session: Session) -> Iterator[str]:
    """No reprint of a reprint of somebody else's paper."""
    original = aliased(PrintJob)
    for key in session.scalars(
        select(PrintJob.id)
        .join(original, original.id == PrintJob.original_id)
        .where(PrintJob.transaction_id != original.transaction_id)
    ):
        yield f"print job {key}: a copy of another customer's paper"


_STAMPS: Final = sorted({stamp for row in TABLE for stamp in row.stamps})
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
    _codes,
    _jobs,
    _rooms,
    _one_customer_each,
    _holders_can_act,
    _holds,
    _history,
    _replays,
)
