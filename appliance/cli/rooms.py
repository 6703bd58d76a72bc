"""`appliance rooms`: the treatment rooms."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from .asking import ask, event, person_named, typed_by_technician
from .data import technician, work

if TYPE_CHECKING:
    from appliance.server.store.unit_of_work import UnitOfWork


@click.group()
def rooms() -> None:
    """The treatment rooms."""


@rooms.command("add")
@click.argument("numbers", nargs=-1, required=True, metavar="NUMBER…")
@click.option("--if-missing", is_flag=True, help="Leave out those that are there.")
def rooms_add(numbers: tuple[str, ...], *, if_missing: bool) -> None:
    """Add rooms: all of them, or none where one cannot be added."""
    from appliance.server.store import queries
    from appliance.server.usecases import manager

    def add(unit: UnitOfWork) -> list[str]:
        known = {room.room_number for room, _ in queries.rooms(unit.session)} if if_missing else ()
        wanted = [number for number in numbers if number not in known]
        for number in wanted:
            manager.add_room(unit, technician(), number)
        return wanted

    for number in work(add):
        click.echo(f"Room {number} added.")


@rooms.command("rename")
@click.argument("number")
@click.argument("new")
def rooms_rename(number: str, new: str) -> None:
    """Rename a room; its therapists and its customer stay.

    Call buttons use the number: update it in peripherals.toml, too.
    """
    from appliance.server.usecases.manager import rooms as keeping

    def rename(unit: UnitOfWork) -> str:
        room_id = keeping.numbered(unit, number)
        return keeping.rename(unit, technician(), room_id, new).room.room_number

    click.echo(f"Room {number} is now called {work(rename)}.")


@rooms.command("remove")
@click.argument("number")
def rooms_remove(number: str) -> None:
    """Remove a room that nobody uses; past visits keep its number."""
    from appliance.server.usecases.manager import rooms as keeping

    work(lambda unit: keeping.remove(unit, technician(), keeping.numbered(unit, number)))
    click.echo(f"Room {number} removed.")


@rooms.command("ready")
@click.argument("number")
@click.option("--as", "username", metavar="USERNAME", help="In whose name: a therapist.")
def rooms_ready(number: str, username: str | None) -> None:
    """Mark a room ready for the next customer."""

    def ready(unit: UnitOfWork) -> None:
        said = {"room_number": number}
        if username is None:
            ask(event("manager_room_ready"), unit, technician(), said)
            return
        person = person_named(unit, username)
        if person.role != "therapist":
            raise click.UsageError(f"a {person.role} does not do this: see --help")
        actor = typed_by_technician(person.actor)
        ask(event("therapist_room_ready"), unit, actor, said)

    work(ready)
    click.echo(f"Room {number} is ready.")


@rooms.command("list")
def rooms_list() -> None:
    """Show every room."""
    from appliance.server.store import queries

    for room, therapist in work(lambda unit: queries.rooms(unit.session)):
        click.echo(f"{room.room_number:10} {room.status:10} {therapist or ''}".rstrip())
