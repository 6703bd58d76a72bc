"""The cash drawer."""

from __future__ import annotations

from typing import Final

from appliance.server.domain.errors import NotFound, ValidationFailed
from appliance.server.domain.states import Actor
from appliance.server.store import drawer, printers
from appliance.server.store.unit_of_work import UnitOfWork

OPENED: Final = "cashier_open_drawer"


def open_drawer(unit: UnitOfWork, cashier: Actor, reason: str) -> None:
    """Open the drawer without a payment; who did and why stays in the history.

    Raises:
        ValidationFailed: No reason is given.
    """
    reason = reason.strip()
    if not reason:
        raise ValidationFailed("Please say why the drawer is opened.")
    drawer.owe(unit)
    unit.record(OPENED, cashier, unit.now(), detail={"reason": reason})


def take(unit: UnitOfWork, daemon: Actor, printer: str) -> bool:
    """A printer with a drawer asks whether it is to be opened.

    Returns:
        True once for each pulse that is owed and not late.

    Raises:
        NotFound: The daemon has not introduced this printer.
    """
    row = printers.named(unit.session, printer)
    if row is None or row.device_id != daemon.id:
        raise NotFound(f"There is no printer {printer!r} at this device.")
    return drawer.take(unit)
