"""The only code, with `counter.py`, that takes row locks.

There are two ways to take a row and they are never mixed: `next_…` takes the oldest that nobody
holds and may find nothing; `…_by_id` and `…_by_code` take that one row, wait briefly for it, and
say *busy* where somebody keeps it. The order of locks is in `docs/locking.md`.
"""

from __future__ import annotations

from datetime import datetime
from typing import TypeVar

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from appliance.protocol import PrintRole
from appliance.server.domain.states import WITH_THERAPIST, TransactionStatus

from .models import PrintJob, Room, Transaction

_T = TypeVar("_T")


def next_waiting(session: Session) -> Transaction | None:
    """Take the customer who has waited longest for a therapist."""
    return _next(session, TransactionStatus.PENDING_THERAPIST, Transaction.selection_confirmed_at)


def next_at_desk(session: Session) -> Transaction | None:
    """Take the customer who has waited longest to pay."""
    return _next(session, TransactionStatus.FINISHED, Transaction.service_finish_at)


def _next(
    session: Session,
    status: TransactionStatus,
    since: InstrumentedAttribute[datetime | None],
) -> Transaction | None:
    oldest = (
        select(Transaction)
        .where(Transaction.status == status)
        .order_by(since, Transaction.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    return session.scalars(oldest).first()


def anybody_in(session: Session, status: TransactionStatus) -> bool:
    """Whether anybody is in this state, looked up without a lock."""
    return bool(session.scalar(select(exists().where(Transaction.status == status))))


def transaction_by_id(session: Session, transaction_id: int) -> Transaction | None:
    """Take this transaction; None where it does not exist."""
    return _this(session, Transaction, Transaction.id == transaction_id)


def transaction_by_code(session: Session, code: str) -> Transaction | None:
    """Take the transaction that holds this code now; else the last one that held it."""
    current = _this(session, Transaction, Transaction.open_code == code)
    if current is not None:
        return current
    past = (
        select(Transaction).where(Transaction.code == code).order_by(Transaction.id.desc()).limit(1)
    )
    return session.scalars(past).first()


def room_by_number(session: Session, room_number: str) -> Room | None:
    """Take this room; None where it does not exist."""
    return _this(session, Room, Room.room_number == room_number)


def holds_a_customer(session: Session, therapist_id: int) -> bool:
    """Whether a therapist has a customer, in whichever room.

    Read after the therapist's own room is locked, which is what makes two claims by one therapist
    take turns.
    """
    return bool(
        session.scalar(
            select(
                exists().where(
                    Transaction.therapist_id == therapist_id,
                    Transaction.status.in_(sorted(WITH_THERAPIST)),
                )
            )
        )
    )


def next_print_job(session: Session, kinds: list[PrintRole], now: datetime) -> PrintJob | None:
    """Take the oldest waiting print job of these kinds that is not put off until later."""
    jobs = [
        job
        for kind in kinds
        if (
            job := session.scalars(
                select(PrintJob)
                .where(
                    PrintJob.state == "waiting",
                    PrintJob.kind == kind,
                    PrintJob.leased_until.is_(None) | (PrintJob.leased_until < now),
                )
                .order_by(PrintJob.id)
                .limit(1)
                .with_for_update(skip_locked=True)
            ).first()
        )
    ]
    return min(jobs, key=lambda job: job.id, default=None)


def print_job_by_id(session: Session, job_id: int) -> PrintJob | None:
    """Take this print job; None where it does not exist."""
    return _this(session, PrintJob, PrintJob.id == job_id)


def _this(session: Session, model: type[_T], criterion: ColumnElement[bool]) -> _T | None:
    # A wait of innodb_lock_wait_timeout, then error 1205, which the unit of work calls busy.
    statement = select(model).where(criterion).with_for_update()
    return session.scalars(statement, execution_options={"populate_existing": True}).first()
