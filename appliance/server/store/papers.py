"""The print outbox: paper that is owed, leased to a daemon, and done."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping
from datetime import datetime
from itertools import takewhile
from typing import Any, Final

from sqlalchemy import ColumnElement, case, exists, select, update
from sqlalchemy.orm import Session

from appliance.protocol import PrintRole
from appliance.server.domain.papers import (
    ATTEMPTS_IN_ORDER,
    LEASE_TIME,
    OPEN,
    SETTLED,
    TRIES_IN_DOUBT,
    PaperEvent,
    PaperState,
    decide,
    in_doubt_too_often,
    lease_time,
    marked,
    opens_drawer,
    put_off,
)
from appliance.server.domain.states import TERMINAL

from . import claims
from .models import PrintJob, Transaction, Upkeep
from .unit_of_work import UnitOfWork, affected

_PAPERS: Final = "papers"
_AT_ONCE: Final = 200
"""Papers that are looked at in one transaction."""


def owe(
    unit: UnitOfWork,
    kind: PrintRole,
    document: Mapping[str, Any],
    *,
    transaction_id: int | None = None,
    original: PrintJob | None = None,
) -> PrintJob:
    """Write a job in the caller's unit of work.

    Args:
        unit: The open one.
        kind: Which printers may take it.
        document: What the paper says, as `appliance.protocol` describes it.
        transaction_id: Whose paper it is.
        original: The job that this one prints again.
    """
    job = PrintJob(
        kind=kind,
        transaction_id=transaction_id,
        original_id=original.id if original else None,
        state=PaperState.WAITING,
        maybe_printed=original is not None,
        document=dict(document),
        attempts=0,
        created_at=unit.now(),
    )
    unit.session.add(job)
    unit.changes.print_roles.add(kind)
    return job


def lease(unit: UnitOfWork, printer: str, kinds: list[PrintRole]) -> PrintJob | None:
    """Hand the oldest waiting job of these kinds, or one that staff moved to it, to a printer."""
    job = claims.next_print_job(unit.session, printer, kinds, unit.now())
    if job is None:
        return None
    job.state = decide(job.state, PaperEvent.LEASE).target
    job.lease = secrets.token_hex(16)
    job.leased_until = unit.now() + LEASE_TIME
    job.printer = printer
    job.attempts += 1
    return job


def copy(unit: UnitOfWork, original: PrintJob, more: Mapping[str, Any] | None = None) -> PrintJob:
    """Owe a paper once more, marked COPY.

    Args:
        unit: The open one.
        original: What is printed again.
        more: What has happened since and belongs on it.
    """
    document = {**original.document, **(more or {})}
    if "open_drawer" in document:
        document["open_drawer"] = opens_drawer(asked=document["open_drawer"], copy=True)
    return owe(
        unit,
        original.kind,
        document,
        transaction_id=original.transaction_id,
        original=original,
    )


def to_come(session: Session, original: PrintJob) -> PrintJob | None:
    """The paper itself or a copy of it, whichever has still to come out; None when all are out.

    Args:
        session: The open one.
        original: The locked row of a paper that is no copy itself.
    """
    if original.state in OPEN:
        return original
    return session.scalars(
        select(PrintJob)
        .where(PrintJob.original_id == original.id, PrintJob.state.in_(OPEN))
        .order_by(PrintJob.id)
        .limit(1)
    ).first()


def receipt_of(session: Session, transaction_id: int) -> int | None:
    """The id of a visit's receipt; None before it is paid."""
    return session.scalar(
        select(PrintJob.id)
        .where(
            PrintJob.transaction_id == transaction_id,
            PrintJob.kind == PrintRole.RECEIPT,
            PrintJob.original_id.is_(None),
        )
        .limit(1)
    )


def move(unit: UnitOfWork, job: PrintJob, printer: str) -> None:
    """Let only this printer have a waiting job, at once."""
    job.state = decide(job.state, PaperEvent.MOVE).target
    job.wanted_printer, job.leased_until, job.attempts = printer, None, 0
    unit.changes.devices = True


def drop(unit: UnitOfWork, job: PrintJob, reason: str) -> None:
    """Owe a waiting paper no more."""
    job.state = decide(job.state, PaperEvent.DROP).target
    job.leased_until, job.error = None, reason
    unit.changes.devices = True


def done(unit: UnitOfWork, job: PrintJob) -> None:
    """Paper came out; said twice, it is done once."""
    target = decide(job.state, PaperEvent.DONE).target
    if job.state is not target:
        job.state, job.printed_at, job.error = target, unit.now(), None
        unit.changes.devices = True


def failed(
    unit: UnitOfWork, job: PrintJob, reason: str, *, maybe: bool, at_once: bool = False
) -> None:
    """No paper came out, or nobody knows.

    Args:
        unit: The open one.
        job: The locked row.
        reason: What the printer said, for people.
        maybe: Whether paper may have come out.
        at_once: Whether the ones behind it pass already now.
    """
    row = decide(job.state, PaperEvent.FAIL)
    if job.state is row.target:
        return  # A late word on a lease that has run out.
    if maybe and in_doubt_too_often(job.attempts):
        row = decide(job.state, PaperEvent.HOLD)
    wait = put_off(job.attempts, at_once=at_once)
    job.state, job.error = row.target, reason[:200]
    job.leased_until = unit.now() + wait if wait else None
    job.maybe_printed = marked(row, job.maybe_printed, maybe=maybe)
    unit.changes.devices = True


def extend(unit: UnitOfWork, job: PrintJob, seconds: float) -> None:
    """Give a daemon more time for a paper that it prints."""
    if job.state is PaperState.LEASED:
        job.leased_until = unit.now() + lease_time(seconds)


def again(unit: UnitOfWork, job: PrintJob) -> None:
    """Somebody has looked: a paper that was held comes out once more."""
    row = decide(job.state, PaperEvent.PRINT_AGAIN)
    job.state, job.leased_until, job.attempts = row.target, None, 0
    job.maybe_printed = marked(row, job.maybe_printed)
    unit.changes.print_roles.add(job.kind)
    unit.changes.devices = True


def return_expired(unit: UnitOfWork) -> int:
    """Put jobs whose lease has run out back into the queue.

    Returns:
        How many; each may be on paper already and is marked so.
    """
    return _return(unit, PrintJob.leased_until < unit.now())


def return_lost(unit: UnitOfWork, printers: Collection[str], held: Collection[str]) -> int:
    """Put jobs back that a daemon had and, having restarted, knows nothing of.

    Args:
        unit: The open one.
        printers: The daemon's.
        held: The leases that it still has at hand.

    Returns:
        How many; each may be on paper already and is marked so.
    """
    return _return(unit, PrintJob.printer.in_(printers), PrintJob.lease.not_in(held))


def forget_documents(unit: UnitOfWork, than: datetime) -> None:
    """Empty some of the old papers that nobody can want again: tickets of visits that are over.

    Copies go with them, as a copy is made from the paper itself. Receipts and reports stay whole:
    they may be asked for after years. The rows stay, too: a number has its ticket for ever.

    Args:
        unit: The open one.
        than: What was written before this moment is old.
    """
    row = unit.session.get(Upkeep, _PAPERS)
    unseen = PrintJob.id > (row.done if row is not None else 0)
    # Nearly always the oldest is still young: one row says so, every time the sweeper looks.
    oldest = unit.session.scalar(
        select(PrintJob.created_at).where(unseen).order_by(PrintJob.id).limit(1)
    )
    if oldest is None or oldest >= than:
        return
    over = exists().where(
        Transaction.id == PrintJob.transaction_id, Transaction.status.in_(sorted(TERMINAL))
    )
    unwanted = PrintJob.state.in_(SETTLED) & (
        PrintJob.original_id.is_not(None) | ((PrintJob.kind == PrintRole.TICKET) & over)
    )
    found = unit.session.execute(
        select(PrintJob.id, PrintJob.created_at, unwanted)
        .where(unseen)
        .order_by(PrintJob.id)
        .limit(_AT_ONCE)
    )
    # Where the clock was set back, younger papers stand before older ones: none is passed over.
    seen = [(key, empty) for key, _, empty in takewhile(lambda paper: paper[1] < than, found)]
    unit.session.execute(
        update(PrintJob)
        .where(PrintJob.id.in_([key for key, empty in seen if empty]))
        .values(document={})
        .execution_options(synchronize_session=False)
    )
    unit.session.merge(Upkeep(name=_PAPERS, done=seen[-1][0]))


def _return(unit: UnitOfWork, *which: ColumnElement[bool]) -> int:
    row = decide(PaperState.LEASED, PaperEvent.LOSE)
    held = decide(PaperState.LEASED, PaperEvent.HOLD)
    later = unit.now() + LEASE_TIME
    returned = unit.session.execute(
        update(PrintJob)
        .where(PrintJob.state == row.source, *which)
        .values(
            state=case((PrintJob.attempts >= TRIES_IN_DOUBT, held.target), else_=row.target),
            leased_until=case((PrintJob.attempts >= ATTEMPTS_IN_ORDER, later), else_=None),
            maybe_printed=marked(row, before=False),
        )
        .execution_options(synchronize_session=False)
    )
    count = affected(returned)
    if count:
        unit.changes.print_roles |= set(PrintRole)
    return count
