"""Paper: what the peripherals daemon tells and asks, and what staff do when none comes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from sqlalchemy import func, select, update

from appliance.protocol import Paper, PrintRole
from appliance.server.domain.errors import N_, InvalidState, NotFound, ValidationFailed
from appliance.server.domain.printers import is_ready, may_stand_in
from appliance.server.domain.states import Actor
from appliance.server.store import claims, outbox
from appliance.server.store.models import Device, Printer, PrintJob
from appliance.server.store.unit_of_work import UnitOfWork, affected


class Introduced(NamedTuple):
    """A printer as its daemon introduces it.

    Attributes:
        name: How staff know it.
        roles: What it is for.
        fallback_roles: What it prints only while the printers that are for it cannot.
    """

    name: str
    roles: Sequence[PrintRole]
    fallback_roles: Sequence[PrintRole] = ()


def introduce(
    unit: UnitOfWork,
    daemon: Actor,
    printers: Sequence[Introduced],
    held: Collection[str] | None = None,
) -> None:
    """A daemon says which printers it has; those it no longer has are forgotten.

    Args:
        unit: The open unit of work.
        daemon: The device.
        printers: Its printers.
        held: The leases that it has at hand; its printers' other ones died with it and are handed
            out again at once. None for a daemon that does not say: theirs run out.
    """
    device_id = _set_connected(unit, daemon, connected=True)
    names = {printer.name for printer in printers}
    for old in unit.session.query(Printer).filter(Printer.device_id == device_id):
        if old.name not in names:
            unit.session.delete(old)
            # What was moved to it may come out anywhere again.
            unit.session.execute(
                update(PrintJob)
                .where(PrintJob.wanted_printer == old.name)
                .values(wanted_printer=None)
            )
    for introduced in printers:
        printer = unit.session.get(Printer, introduced.name)
        if printer is None:
            printer = Printer(
                name=introduced.name,
                online=False,
                paper=Paper.UNKNOWN,
                cover_open=False,
                trouble_since=unit.now(),
            )
            unit.session.add(printer)
        printer.device_id = device_id
        printer.roles = [role.value for role in introduced.roles]
        printer.fallback_roles = [role.value for role in introduced.fallback_roles]
        printer.changed_at = unit.now()
    if held is not None:
        outbox.return_lost(unit, names, held)
    unit.changes.devices = True


def leave(unit: UnitOfWork, daemon: Actor) -> None:
    """A daemon's connection is gone, and its printers with it."""
    device_id = _set_connected(unit, daemon, connected=False)
    unit.session.execute(
        update(Printer)
        .where(Printer.device_id == device_id)
        .values(
            online=False,
            error=N_("its computer does not answer"),
            changed_at=unit.now(),
            trouble_since=func.coalesce(Printer.trouble_since, unit.now()),
        )
    )
    unit.changes.devices = True


def forget_connections(unit: UnitOfWork) -> None:
    """At the server's start nobody is connected yet, whatever the last run left behind."""
    unit.session.execute(update(Device).values(connected=False))
    unit.session.execute(
        update(Printer).values(
            online=False,
            error=N_("not connected yet"),
            changed_at=unit.now(),
            trouble_since=func.coalesce(Printer.trouble_since, unit.now()),
        )
    )


def put_down_as_away(unit: UnitOfWork, daemons: Collection[int]) -> set[int]:
    """Which of the daemons that are connected here the database takes for away.

    Another server that starts, or one that notices late that a daemon has gone elsewhere, puts
    down as away what is not connected to it.

    Args:
        unit: The open unit of work.
        daemons: Ids of devices that are connected.
    """
    away = select(Device.id).where(Device.id.in_(daemons), Device.connected.is_(False))
    return set(unit.session.scalars(away))


def note_status(
    unit: UnitOfWork,
    daemon: Actor,
    name: str,
    *,
    online: bool,
    paper: Paper,
    cover_open: bool,
    error: str | None,
) -> None:
    """A printer's state has changed.

    Raises:
        NotFound: The daemon has not introduced this printer.
    """
    printer = unit.session.get(Printer, name)
    if printer is None or printer.device_id != daemon.id:
        raise NotFound(f"There is no printer {name!r} at this device.")
    printer.online, printer.paper, printer.cover_open = online, paper, cover_open
    printer.error = error[:200] if error else None
    printer.changed_at = unit.now()
    if is_ready(online=online, paper=paper, cover_open=cover_open):
        printer.trouble_since = None
    else:
        printer.trouble_since = printer.trouble_since or unit.now()
    unit.changes.devices = True


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
    printers = unit.session.scalars(select(Printer)).all()
    fallback = next((p.fallback_roles or [] for p in printers if p.name == name), [])
    roles = [
        PrintRole(role)
        for role in fallback
        if may_stand_in((p.trouble_since for p in printers if role in p.roles), unit.now())
    ]
    return outbox.lease(unit, name, roles) if roles else None


def done(unit: UnitOfWork, job_id: int, lease_id: str) -> PrintJob:
    """Paper came out."""
    return outbox.done(unit, job_id, lease_id)


def failed(
    unit: UnitOfWork,
    job_id: int,
    lease_id: str,
    reason: str,
    *,
    maybe: bool,
    put_off: bool = False,
) -> PrintJob:
    """No paper came out, or nobody knows; the job waits for the printer, or for somebody."""
    return outbox.failed(unit, job_id, lease_id, reason, maybe=maybe, put_off=put_off)


def reprint(unit: UnitOfWork, actor: Actor, job_id: int) -> PrintJob:
    """Print a paper again, marked COPY.

    Raises:
        NotFound: No such paper.
        InvalidState: It has not come out yet.
    """
    original = _job(unit, job_id)
    if original.state in ("waiting", "leased"):
        raise InvalidState(f"This {original.kind} has not been printed yet. It comes by itself.")
    copy = outbox.copy(unit, original)
    _record(unit, "print_job_reprint", actor, original)
    unit.session.flush()
    return copy


def move(unit: UnitOfWork, actor: Actor, job_id: int, printer_name: str) -> PrintJob:
    """Let a waiting paper come out of a printer that staff choose, whatever that is for.

    Raises:
        NotFound: No such paper or printer.
        InvalidState: It is on its way already, or does not wait any more.
    """
    job = _waiting(unit, job_id)
    printer = unit.session.get(Printer, printer_name)
    if printer is None:
        raise NotFound(f"There is no printer {printer_name!r}.")
    detail: dict[str, object] = {"from": job.wanted_printer or job.printer, "to": printer.name}
    outbox.move(unit, job, printer.name)
    unit.changes.print_roles |= {job.kind, *map(PrintRole, printer.roles)}
    _record(unit, "print_job_move", actor, job, detail)
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
    job = _waiting(unit, job_id)
    outbox.drop(unit, job, reason)
    _record(unit, "print_job_drop", actor, job, {"reason": reason})
    return job


def _job(unit: UnitOfWork, job_id: int) -> PrintJob:
    job = claims.print_job_by_id(unit.session, job_id)
    if job is None:
        raise NotFound("There is no such print job.")
    return job


def _waiting(unit: UnitOfWork, job_id: int) -> PrintJob:
    job = _job(unit, job_id)
    if job.state == "leased":
        raise InvalidState(f"This {job.kind} is being printed. Please look again in a minute.")
    if job.state != "waiting":
        raise InvalidState(f"This {job.kind} does not wait any more: it is {job.state}.")
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


def _set_connected(unit: UnitOfWork, daemon: Actor, *, connected: bool) -> int:
    # An UPDATE before anything is read: it takes the row, so that two connections of one daemon,
    # such as the one before a crash and the one after it, introduce their printers in turn.
    changed = unit.session.execute(
        update(Device).where(Device.id == daemon.id).values(connected=connected)
    )
    if daemon.id is None or affected(changed) == 0:
        raise NotFound("This device is not enrolled any more.")
    return daemon.id
