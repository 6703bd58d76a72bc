"""Paper: how a daemon gets and reports it, and what staff do when none comes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from appliance.protocol import PrintRole
from appliance.server.domain.errors import InvalidState, NotFound, ValidationFailed
from appliance.server.domain.money import digits
from appliance.server.domain.papers import PaperEvent, PaperState, decide, opens_drawer
from appliance.server.domain.printers import may_stand_in
from appliance.server.domain.states import Actor
from appliance.server.store import claims, printers, visits
from appliance.server.store import papers as outbox
from appliance.server.store.models import Printer, PrintJob
from appliance.server.store.unit_of_work import UnitOfWork


class Handed(NamedTuple):
    """A paper on its way to a printer.

    Attributes:
        job: The paper.
        opens_drawer: Whether its document may still open the drawer: for a daemon from before
            pulses, which would leave it shut otherwise.
    """

    job: PrintJob
    opens_drawer: bool


def hand_out(unit: UnitOfWork, printer: str, roles: list[PrintRole]) -> Handed | None:
    """A daemon asks for paper for a printer; as `lease`."""
    job = lease(unit, printer, roles)
    if job is None:
        return None
    row = printers.named(unit.session, printer)
    takes_pulses = row is not None and row.cash_drawer is not None
    asked = bool(job.document.get("open_drawer")) and not takes_pulses
    return Handed(job, opens_drawer(asked=asked, copy=job.maybe_printed))


def lease(unit: UnitOfWork, printer: str, roles: list[PrintRole]) -> PrintJob | None:
    """Hand the oldest paper to a printer; None when nothing waits that it may print.

    Args:
        unit: The open unit of work.
        printer: Its name.
        roles: What it is for. What it stands in for, it gets when nothing of its own waits and
            the printers that are for it cannot print.
    """
    return outbox.lease(unit, printer, roles) or _stand_in(unit, printer)


def _stand_in(unit: UnitOfWork, name: str) -> PrintJob | None:
    known = printers.every(unit.session)
    fallback = next((stands_in_for(p, known) for p in known if p.name == name), [])
    roles = [
        PrintRole(role)
        for role in fallback
        if may_stand_in((p.trouble_since for p in known if role in p.roles), unit.now())
    ]
    return outbox.lease(unit, name, roles) if roles else None


def stands_in_for(printer: Printer, known: Iterable[Printer]) -> list[str]:
    """What a printer prints while the printers that are for it cannot.

    Where nobody has a printer for reports, what prints receipts prints them: a pay-out has a slip
    to sign in a shop with one printer, too.

    Args:
        printer: Which.
        known: All that there are.
    """
    said = list(printer.fallback_roles or [])
    nobody = not any(PrintRole.REPORT in (*p.roles, *(p.fallback_roles or ())) for p in known)
    return [*said, PrintRole.REPORT] if nobody and PrintRole.RECEIPT in printer.roles else said


def done(unit: UnitOfWork, job_id: int, lease_id: str) -> PrintJob:
    """Paper came out.

    A late *done* of a lease that has run out still counts while nobody else has the job: the paper
    is there.

    Raises:
        NotFound: No such job.
        InvalidState: Another daemon has the job now.
    """
    job = _held(unit, job_id, lease_id)
    outbox.done(unit, job)
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
    """No paper came out, or nobody knows; the job waits for the printer, or for somebody.

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
    outbox.failed(unit, job, reason, maybe=maybe, at_once=put_off)
    return job


def extend(unit: UnitOfWork, job_id: int, lease_id: str, seconds: float) -> PrintJob:
    """A printer is slow: its daemon needs more time for a paper.

    Raises:
        NotFound: No such paper.
        InvalidState: Another daemon has it now.
    """
    job = _held(unit, job_id, lease_id)
    outbox.extend(unit, job, seconds)
    return job


def reprint(unit: UnitOfWork, actor: Actor, job_id: int) -> PrintJob:
    """Print a paper again, marked COPY.

    Returns:
        The copy. While the paper itself or a copy of it has still to come out, that one instead,
        and nothing new is owed: impatient taps on an empty printer give no pile of copies. One
        that was held, as nobody knew whether it is out, comes out once more.

    Raises:
        NotFound: No such paper.
        InvalidState: It is a ticket from so long ago that what it said is gone.
    """
    return _print_again(unit, actor, job_id, "print_job_reprint")


def reprint_receipt(unit: UnitOfWork, cashier: Actor, transaction_id: int) -> PrintJob:
    """Print a visit's receipt again, as `reprint` does.

    Raises:
        NotFound: No such transaction.
        InvalidState: It has not been paid, so there is no receipt.
    """
    if visits.by_id(unit.session, transaction_id) is None:
        raise NotFound("Customer not found.")
    receipt_id = outbox.receipt_of(unit.session, transaction_id)
    if receipt_id is None:
        raise InvalidState("There is no receipt yet: this customer has not paid.")
    return _print_again(unit, cashier, receipt_id, "cashier_reprint")


def _print_again(unit: UnitOfWork, actor: Actor, job_id: int, event: str) -> PrintJob:
    asked = _job(unit, job_id)
    original = asked if asked.original_id is None else _job(unit, asked.original_id)
    job = outbox.to_come(unit.session, original)
    if job is None:
        decide(original.state, PaperEvent.PRINT_AGAIN)
        if not original.document:
            raise InvalidState("This ticket is too old to be printed again.")
        job = outbox.copy(unit, original, given_back(unit, original))
    elif (found := _job(unit, job.id)).state is PaperState.HELD:
        outbox.again(unit, found)
    _record(unit, event, actor, asked)
    unit.session.flush()
    return job


def given_back(unit: UnitOfWork, original: PrintJob) -> dict[str, Any]:
    """What a later copy of a receipt says beside what the receipt said: refunds since."""
    if original.kind is not PrintRole.RECEIPT or original.transaction_id is None:
        return {}
    visit = visits.by_id(unit.session, original.transaction_id)
    if visit is None or not visit.refunds:
        return {}
    currency = original.document["currency"]
    return {
        "refunds": [
            {
                "number": row.number,
                "amount": digits(row.rounding_amount - row.amount - row.tip_amount, currency),
            }
            for row in visit.refunds
        ]
    }


def move(unit: UnitOfWork, actor: Actor, job_id: int, printer_name: str) -> PrintJob:
    """Let a waiting paper come out of a printer that staff choose, whatever that is for.

    Raises:
        NotFound: No such paper or printer.
        InvalidState: It is on its way already, or does not wait any more.
    """
    job = _job(unit, job_id)
    before = job.wanted_printer or job.printer
    printer = printers.named(unit.session, printer_name)
    if printer is None:
        decide(job.state, PaperEvent.MOVE)
        raise NotFound(f"There is no printer {printer_name!r}.")
    outbox.move(unit, job, printer.name)
    unit.changes.print_roles |= {job.kind, *map(PrintRole, printer.roles)}
    _record(unit, "print_job_move", actor, job, {"from": before, "to": printer.name})
    return job


def drop(unit: UnitOfWork, actor: Actor, job_id: int, reason: str) -> PrintJob:
    """Give up a waiting paper; who did and why stays in the history.

    Raises:
        ValidationFailed: No reason is given.
        NotFound: No such paper.
        InvalidState: It is on its way already, or does not wait any more.
    """
    reason = reason.strip()
    if not reason:
        raise ValidationFailed("Please say why this paper is not needed.")
    job = _job(unit, job_id)
    outbox.drop(unit, job, reason)
    _record(unit, "print_job_drop", actor, job, {"reason": reason})
    return job


def _job(unit: UnitOfWork, job_id: int) -> PrintJob:
    job = claims.print_job_by_id(unit.session, job_id)
    if job is None:
        raise NotFound("Print job not found.")
    return job


def _held(unit: UnitOfWork, job_id: int, lease_id: str) -> PrintJob:
    job = _job(unit, job_id)
    if job.lease != lease_id:
        raise InvalidState("This print job has been handed to another printer.")
    return job


def _record(
    unit: UnitOfWork,
    event: str,
    actor: Actor,
    job: PrintJob,
    detail: dict[str, object] | None = None,
) -> None:
    unit.record(
        event,
        actor,
        unit.now(),
        transaction_id=job.transaction_id,
        detail={"job": job.id, "kind": job.kind.value, **(detail or {})},
    )
