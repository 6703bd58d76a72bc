"""`appliance devices`: kiosks, displays and peripherals daemons."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from .data import settings, technician, work

if TYPE_CHECKING:
    from appliance.server.store.unit_of_work import UnitOfWork


@click.group()
def devices() -> None:
    """Kiosks, displays and peripherals daemons."""


@devices.command("add")
@click.argument("kind", type=click.Choice(["kiosk", "display", "peripherals"]))
@click.argument("name")
@click.option(
    "--link",
    is_flag=True,
    help="Print a link, or a station's code, instead of its token.",
)
@click.option(
    "--token-stdin", is_flag=True, help="Let in a device that has made its own token: read it here."
)
def devices_add(kind: str, name: str, *, link: bool, token_stdin: bool) -> None:
    """Enrol a device; the token is shown only once.

    With --link, what is printed turns the browser that opens it into this device; for peripherals
    it is the code that is written into the lobby.yaml of a station's card. It works once, for 15
    minutes; `devices link` makes another.

    With --token-stdin nothing is printed, and a device that is there with this token stays as it
    is.
    """
    from appliance.server.domain.states import Role
    from appliance.server.usecases import manager

    if link and token_stdin:
        raise click.UsageError("give --link or --token-stdin, not both")
    if token_stdin:
        token = sys.stdin.readline().strip()
        work(lambda unit: manager.let_in(unit, technician(), Role(kind), name, token))
        return
    shop = settings().shop

    def add(unit: UnitOfWork) -> str:
        token = manager.add_device(unit, technician(), Role(kind), name)
        return manager.enrolment_link(unit, technician(), shop, name) if link else token

    click.echo(work(add))


@devices.command("link")
@click.argument("name")
def devices_link(name: str) -> None:
    """Print a new enrolment link for a kiosk's or display's browser, or a station's new code.

    It works once, for 15 minutes, and the previous one stops working. Enrolled browsers
    stay enrolled; a station stays until another one uses the code.
    """
    from appliance.server.usecases import manager

    shop = settings().shop
    click.echo(work(lambda unit: manager.enrolment_link(unit, technician(), shop, name)))


@devices.command("list")
def devices_list() -> None:
    """Show every device."""
    from appliance.server.usecases import manager

    for row, _ in work(manager.list_devices):
        state = "revoked" if row.revoked_at else ("connected" if row.connected else "")
        click.echo(f"{row.kind:12} {row.name:20} {state}".rstrip())


@devices.command("revoke")
@click.argument("name")
def devices_revoke(name: str) -> None:
    """Revoke a device: its token and its browsers stop working right away."""
    from appliance.server.usecases import manager

    work(lambda unit: manager.revoke_device(unit, technician(), name))
    click.echo(f"{name} is revoked.")
