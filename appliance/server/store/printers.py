"""Printers, as their daemons last described them."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from appliance.protocol import Paper
from appliance.server.domain.printers import is_ready

from .models import Device, Printer, PrintJob
from .unit_of_work import UnitOfWork


def every(session: Session) -> Sequence[Printer]:
    """Every printer."""
    return session.scalars(select(Printer)).all()


def named(session: Session, name: str) -> Printer | None:
    """The printer of this name."""
    return session.get(Printer, name)


def owner(session: Session, name: str) -> Device | None:
    """The device at which the printer of this name was introduced last."""
    return session.scalar(
        select(Device).join(Printer, Printer.device_id == Device.id).where(Printer.name == name)
    )


def unreachable(unit: UnitOfWork, error: str, *, device_id: int | None = None) -> None:
    """Printers went with their device.

    Args:
        unit: The open one.
        error: Why they cannot print, for people.
        device_id: The device; None for every one.
    """
    which = update(Printer)
    if device_id is not None:
        which = which.where(Printer.device_id == device_id)
    unit.session.execute(
        which.values(
            online=False,
            error=error,
            changed_at=unit.now(),
            trouble_since=func.coalesce(Printer.trouble_since, unit.now()),
        )
    )


def keep_only(unit: UnitOfWork, device_id: int, names: Collection[str]) -> None:
    """Forget a device's other printers; what was moved to one may come out anywhere again."""
    for old in unit.session.scalars(select(Printer).where(Printer.device_id == device_id)):
        if old.name not in names:
            unit.session.delete(old)
            unit.session.execute(
                update(PrintJob)
                .where(PrintJob.wanted_printer == old.name)
                .values(wanted_printer=None)
            )


def put(
    unit: UnitOfWork,
    device_id: int,
    name: str,
    roles: Sequence[str],
    fallback_roles: Sequence[str],
    cash_drawer: bool | None = None,
) -> Printer:
    """Write a printer as its daemon introduces it; a new one has told nothing of its health yet."""
    row = unit.session.get(Printer, name)
    if row is None:
        row = Printer(
            name=name,
            online=False,
            paper=Paper.UNKNOWN,
            cover_open=False,
            trouble_since=unit.now(),
        )
        unit.session.add(row)
    row.device_id = device_id
    row.roles, row.fallback_roles = list(roles), list(fallback_roles)
    row.cash_drawer = cash_drawer
    row.changed_at = unit.now()
    return row


def put_health(
    unit: UnitOfWork,
    row: Printer,
    *,
    online: bool,
    paper: Paper,
    cover_open: bool,
    error: str | None,
) -> None:
    """Write how a printer is, and since when it cannot print."""
    row.online, row.paper, row.cover_open = online, paper, cover_open
    row.error = error[:200] if error else None
    row.changed_at = unit.now()
    if is_ready(online=online, paper=paper, cover_open=cover_open):
        row.trouble_since = None
    else:
        row.trouble_since = row.trouble_since or unit.now()
