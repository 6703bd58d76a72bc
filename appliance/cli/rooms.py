"""`appliance rooms`: the treatment rooms."""

from __future__ import annotations

import click

from .data import technician, work


@click.group()
def rooms() -> None:
    """The treatment rooms."""


@rooms.command("add")
@click.argument("number")
def rooms_add(number: str) -> None:
    """Add a room."""
    from appliance.server.usecases import manager

    work(lambda unit: manager.add_room(unit, technician(), number))
    click.echo(f"Room {number} is there.")


@rooms.command("list")
def rooms_list() -> None:
    """Show every room."""
    from appliance.server.store import queries

    for room, therapist in work(lambda unit: queries.rooms(unit.session)):
        click.echo(f"{room.room_number:10} {room.status:10} {therapist or ''}".rstrip())
