"""`appliance devices`: kiosks, displays and peripherals daemons."""

from __future__ import annotations

import click

from .data import technician, work


@click.group()
def devices() -> None:
    """Kiosks, displays and peripherals daemons."""


@devices.command("add")
@click.argument("kind", type=click.Choice(["kiosk", "display", "peripherals"]))
@click.argument("name")
def devices_add(kind: str, name: str) -> None:
    """Enrol a device; its token is printed once, alone."""
    from appliance.server.domain.states import Role
    from appliance.server.usecases import manager

    click.echo(work(lambda unit: manager.add_device(unit, technician(), Role(kind), name)))


@devices.command("list")
def devices_list() -> None:
    """Show every device."""
    from appliance.server.usecases import manager

    for row in work(manager.list_devices):
        state = "revoked" if row.revoked_at else ("connected" if row.connected else "")
        click.echo(f"{row.kind:12} {row.name:20} {state}".rstrip())


@devices.command("revoke")
@click.argument("name")
def devices_revoke(name: str) -> None:
    """End a device's token at once."""
    from appliance.server.usecases import manager

    work(lambda unit: manager.revoke_device(unit, technician(), name))
    click.echo(f"{name} is no longer let in.")
