"""What the peripherals daemon tells of its devices and asks of the outbox."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import update

from appliance.protocol import Paper, PrintRole
from appliance.server.domain.errors import NotFound
from appliance.server.domain.states import Actor
from appliance.server.store import outbox
from appliance.server.store.models import Device, Printer, PrintJob
from appliance.server.store.unit_of_work import UnitOfWork, affected


def introduce(
    unit: UnitOfWork, daemon: Actor, printers: Sequence[tuple[str, Sequence[PrintRole]]]
) -> None:
    """A daemon says which printers it has; those it no longer has are forgotten.

    Args:
        unit: The open unit of work.
        daemon: The device.
        printers: Name and roles of each.
    """
    device_id = _set_connected(unit, daemon, connected=True)
    names = {name for name, _ in printers}
    for old in unit.session.query(Printer).filter(Printer.device_id == device_id):
        if old.name not in names:
            unit.session.delete(old)
    for name, roles in printers:
        printer = unit.session.get(Printer, name)
        if printer is None:
            printer = Printer(name=name, online=False, paper=Paper.UNKNOWN, cover_open=False)
            unit.session.add(printer)
        printer.device_id = device_id
        printer.roles = [role.value for role in roles]
        printer.changed_at = unit.now()
    unit.changes.devices = True


def leave(unit: UnitOfWork, daemon: Actor) -> None:
    """A daemon's connection is gone, and its printers with it."""
    device_id = _set_connected(unit, daemon, connected=False)
    unit.session.execute(
        update(Printer)
        .where(Printer.device_id == device_id)
        .values(online=False, error="its computer does not answer", changed_at=unit.now())
    )
    unit.changes.devices = True


def forget_connections(unit: UnitOfWork) -> None:
    """At the server's start nobody is connected yet, whatever the last run left behind."""
    unit.session.execute(update(Device).values(connected=False))
    unit.session.execute(update(Printer).values(online=False, error="not connected yet"))


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
    unit.changes.devices = True


def lease(unit: UnitOfWork, printer: str, roles: list[PrintRole]) -> PrintJob | None:
    """Hand the oldest job for these roles to a printer; None when nothing waits."""
    return outbox.lease(unit, printer, roles)


def done(unit: UnitOfWork, job_id: int, lease_id: str) -> PrintJob:
    """Paper came out."""
    return outbox.done(unit, job_id, lease_id)


def failed(unit: UnitOfWork, job_id: int, lease_id: str, reason: str, *, maybe: bool) -> PrintJob:
    """No paper came out, or nobody knows; the job waits for the printer."""
    return outbox.failed(unit, job_id, lease_id, reason, maybe=maybe)


def _set_connected(unit: UnitOfWork, daemon: Actor, *, connected: bool) -> int:
    # An UPDATE before anything is read: it takes the row, so that two connections of one daemon,
    # such as the one before a crash and the one after it, introduce their printers in turn.
    changed = unit.session.execute(
        update(Device).where(Device.id == daemon.id).values(connected=connected)
    )
    if daemon.id is None or affected(changed) == 0:
        raise NotFound("This device is not enrolled any more.")
    return daemon.id
