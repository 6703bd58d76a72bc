"""The print outbox: paper that is owed, leased to a daemon, and done."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, case, update

from appliance.protocol import PrintRole
from appliance.server.domain.errors import InvalidState, NotFound

from . import claims
from .models import PrintJob
from .unit_of_work import UnitOfWork, affected

ATTEMPTS_IN_ORDER: Final = 5
"""A job that has failed this often lets the ones behind it pass, and is tried once a minute."""
LEASE_SECONDS: Final = 60
"""How long a daemon may take over one piece of paper before the job goes back to the queue."""


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
        state="waiting",
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
    job.state = "leased"
    job.lease = secrets.token_hex(16)
    job.leased_until = unit.now() + timedelta(seconds=LEASE_SECONDS)
    job.printer = printer
    job.attempts += 1
    return job


def copy(unit: UnitOfWork, original: PrintJob) -> PrintJob:
    """Owe a paper once more, marked COPY. A copy never opens the cash drawer."""
    document = dict(original.document)
    if "open_drawer" in document:
        document["open_drawer"] = False
    return owe(
        unit,
        original.kind,
        document,
        transaction_id=original.transaction_id,
        original=original,
    )


def move(unit: UnitOfWork, job: PrintJob, printer: str) -> None:
    """Let only this printer have a waiting job, at once."""
    job.wanted_printer, job.leased_until, job.attempts = printer, None, 0
    unit.changes.devices = True


def drop(unit: UnitOfWork, job: PrintJob, reason: str) -> None:
    """Owe a waiting paper no more."""
    job.state, job.leased_until, job.error = "dropped", None, reason
    unit.changes.devices = True


def done(unit: UnitOfWork, job_id: int, lease_id: str) -> PrintJob:
    """Paper came out.

    A late *done* of a lease that has run out still counts while nobody else has the job: the paper
    is there. Said twice, it is done once.

    Raises:
        NotFound: No such job.
        InvalidState: Another daemon has the job now.
    """
    job = _held(unit, job_id, lease_id)
    if job.state != "printed":
        job.state, job.printed_at, job.error = "printed", unit.now(), None
        unit.changes.devices = True
    return job


def failed(
    unit: UnitOfWork,
    job_id: int,
    lease_id: str,
    reason: str,
    *,
    maybe: bool,
    put_off: bool = False,
) -> PrintJob:
    """No paper came out, or nobody knows.

    Args:
        unit: The open one.
        job_id: The job.
        lease_id: The lease it was handed out with.
        reason: What the printer said, for people.
        maybe: Whether paper may have come out, so that the next one is marked COPY.
        put_off: Whether to let the ones behind it pass at once: it fails for its own sake, not for
            the printer's.

    Raises:
        NotFound: No such job.
        InvalidState: Another daemon has the job now.
    """
    job = _held(unit, job_id, lease_id)
    if job.state == "leased":
        job.state, job.leased_until, job.error = "waiting", None, reason[:200]
        if put_off or job.attempts >= ATTEMPTS_IN_ORDER:
            job.leased_until = unit.now() + timedelta(seconds=LEASE_SECONDS)
        job.maybe_printed = job.maybe_printed or maybe
        unit.changes.devices = True
    return job


def _held(unit: UnitOfWork, job_id: int, lease_id: str) -> PrintJob:
    job = claims.print_job_by_id(unit.session, job_id)
    if job is None:
        raise NotFound("There is no such print job.")
    if job.lease != lease_id:
        raise InvalidState("This print job has been handed to another printer.")
    return job


def return_expired(unit: UnitOfWork) -> int:
    """Put jobs whose lease has run out back into the queue.

    Returns:
        How many; each may be on paper already and is marked so.
    """
    return _return(unit, PrintJob.leased_until < unit.now())


def return_lost(unit: UnitOfWork, printers: Collection[str], held: Collection[str]) -> int:
    """Put jobs back that a daemon had and, having started anew, knows nothing of.

    Args:
        unit: The open one.
        printers: The daemon's.
        held: The leases that it still has at hand.

    Returns:
        How many; each may be on paper already and is marked so.
    """
    return _return(unit, PrintJob.printer.in_(printers), PrintJob.lease.not_in(held))


def _return(unit: UnitOfWork, *which: ColumnElement[bool]) -> int:
    again = unit.now() + timedelta(seconds=LEASE_SECONDS)
    returned = unit.session.execute(
        update(PrintJob)
        .where(PrintJob.state == "leased", *which)
        .values(
            state="waiting",
            leased_until=case((PrintJob.attempts >= ATTEMPTS_IN_ORDER, again), else_=None),
            maybe_printed=True,
        )
        .execution_options(synchronize_session=False)
    )
    count = affected(returned)
    if count:
        unit.changes.print_roles |= set(PrintRole)
    return count
