"""Pulses for the cash drawer that are owed: a row each, gone as soon as a printer takes it."""

from __future__ import annotations

from sqlalchemy import delete, select

from appliance.server.domain.drawer import EXPIRES_AFTER, is_due

from .models import DrawerPulse
from .unit_of_work import UnitOfWork, affected


def owe(unit: UnitOfWork) -> None:
    """Write a pulse in the caller's unit of work."""
    unit.session.add(DrawerPulse(asked_at=unit.now()))
    unit.changes.drawer = True


def take(unit: UnitOfWork) -> bool:
    """Take the oldest pulse that is not late, so that nobody else does.

    Returns:
        False when there is none.
    """
    for pulse in unit.session.scalars(select(DrawerPulse).order_by(DrawerPulse.id)).all():
        # The DELETE takes the row: of two printers that ask at once, one is told to open.
        taken = unit.session.execute(
            delete(DrawerPulse)
            .where(DrawerPulse.id == pulse.id)
            .execution_options(synchronize_session=False)
        )
        if affected(taken) == 1 and is_due(pulse.asked_at, unit.now()):
            return True
    return False


def forget_late(unit: UnitOfWork) -> None:
    """Drop what no printer has taken in time."""
    unit.session.execute(
        delete(DrawerPulse).where(
            (DrawerPulse.asked_at < unit.now() - EXPIRES_AFTER)
            | (DrawerPulse.asked_at > unit.now())
        )
    )
