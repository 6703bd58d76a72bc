"""Peripherals daemons: who is there, with which printers, and how those are."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from appliance.protocol import LampPattern, Paper, PrintRole
from appliance.server.domain.errors import Forbidden, NotFound
from appliance.server.domain.states import Actor
from appliance.server.store import devices, papers, printers, queries
from appliance.server.store.unit_of_work import UnitOfWork
from appliance.words import N_

from .rooms import lamps
from .shop import Shop


class Introduced(NamedTuple):
    """A printer as its daemon introduces it.

    Attributes:
        name: How staff know it.
        roles: What it is for.
        fallback_roles: What it prints only while the printers that are for it cannot.
        cash_drawer: Whether it takes pulses for a drawer; None for a daemon that knows none.
    """

    name: str
    roles: Sequence[PrintRole]
    fallback_roles: Sequence[PrintRole] = ()
    cash_drawer: bool | None = None


class Introduction(NamedTuple):
    """What a daemon learns when it introduces itself.

    Attributes:
        lamps: What its rooms' lamps show now, by room number.
        jobs_waiting: How many papers are owed, by kind; a kind of which none is, is left out.
    """

    lamps: Mapping[str, LampPattern]
    jobs_waiting: Mapping[str, int]


def hello(
    unit: UnitOfWork,
    shop: Shop,
    daemon: Actor,
    printers: Sequence[Introduced],
    rooms: Sequence[str],
    held: Collection[str] | None,
) -> Introduction:
    """A daemon introduces itself and learns its lamps.

    Args:
        unit: The open unit of work.
        shop: The shop's settings.
        daemon: The device.
        printers: Its printers.
        rooms: Numbers of the rooms whose lamps it shows; one that the spa does not have is dark.
        held: The leases that it has at hand; None for a daemon that does not say.

    Raises:
        NotFound: The device is not enrolled any more.
    """
    introduce(unit, daemon, printers, held)
    patterns = lamps(unit, shop)
    shown = {number: patterns.get(number, LampPattern.OFF) for number in rooms}
    return Introduction(shown, queries.devices(unit.session).jobs_waiting)


def introduce(
    unit: UnitOfWork,
    daemon: Actor,
    introduced: Sequence[Introduced],
    held: Collection[str] | None = None,
) -> None:
    """A daemon says which printers it has; those it no longer has are forgotten.

    Args:
        unit: The open unit of work.
        daemon: The device.
        introduced: Its printers.
        held: The leases that it has at hand; its printers' other ones died with it and are handed
            out again at once. None for a daemon that does not say: theirs run out.

    Raises:
        NotFound: The device is not enrolled any more.
        Forbidden: A printer of that name is at another device, which is connected.
    """
    device_id = _set_connected(unit, daemon, connected=True)
    for one in introduced:
        _refuse_printer_of_another(unit, device_id, one.name)
    names = {printer.name for printer in introduced}
    printers.keep_only(unit, device_id, names)
    for one in introduced:
        printers.put(unit, device_id, one.name, one.roles, one.fallback_roles, one.cash_drawer)
    if held is not None:
        papers.return_lost(unit, names, held)
    unit.changes.devices = True


def _refuse_printer_of_another(unit: UnitOfWork, device_id: int, name: str) -> None:
    # As with rooms: papers must not go now to the one machine and now to the other. A machine that
    # takes another's place finds it gone.
    owner = printers.owner(unit.session, name)
    if owner is not None and owner.id != device_id and owner.connected:
        raise Forbidden(
            f"The printer {name} belongs to the device {owner.name}, which is connected: "
            f"give one of the two another name than {name} in peripherals.toml."
        )


def leave(unit: UnitOfWork, daemon: Actor) -> None:
    """A daemon's connection is gone, and its printers with it.

    Raises:
        NotFound: The device is not enrolled any more.
    """
    device_id = _set_connected(unit, daemon, connected=False)
    printers.unreachable(unit, N_("printer service offline"), device_id=device_id)
    unit.changes.devices = True


def forget_connections(unit: UnitOfWork) -> None:
    """At the server's start nobody is connected yet, whatever the last run left behind."""
    devices.all_away(unit.session)
    printers.unreachable(unit, N_("not connected yet"))


def put_down_as_away(unit: UnitOfWork, daemons: Collection[int]) -> set[int]:
    """Which of the daemons that are connected here the database takes for away.

    Another server that starts, or one that notices late that a daemon has gone elsewhere, puts
    down as away what is not connected to it.

    Args:
        unit: The open unit of work.
        daemons: Ids of devices that are connected.
    """
    return devices.away(unit.session, daemons)


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
    printer = printers.named(unit.session, name)
    if printer is None or printer.device_id != daemon.id:
        raise NotFound(f"There is no printer {name!r} at this device.")
    printers.put_health(
        unit, printer, online=online, paper=paper, cover_open=cover_open, error=error
    )
    unit.changes.devices = True


def _set_connected(unit: UnitOfWork, daemon: Actor, *, connected: bool) -> int:
    if not devices.set_connected(unit, daemon.id, connected=connected) or daemon.id is None:
        raise NotFound("This device is no longer enrolled.")
    return daemon.id
