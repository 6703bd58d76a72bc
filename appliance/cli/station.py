"""`appliance station`: a machine with printers and call buttons alone, made by the playbook."""

from __future__ import annotations

import sys
from pathlib import Path

import click


@click.group()
def station() -> None:
    """A machine with printers and call buttons alone, which no lobby.yaml has set up."""


@station.command("enrol")
@click.argument("server")
@click.option("--root", default="/", type=click.Path(file_okay=False, path_type=Path), hidden=True)
def station_enrol(server: str, root: Path) -> None:
    """Be let in by the main machine SERVER, with a code from standard input.

    The code is no argument, which others on the machine could read. Asks once: a
    code that has let this station in already changes nothing. Where the main machine says no, this
    ends with exit status 3: make another code.
    """
    from appliance import station_code
    from appliance.card import station as card_station
    from appliance.card.machine import Machine

    try:
        code = station_code.read(sys.stdin.readline())
    except ValueError as error:
        raise click.ClickException(
            f"this is no station code: {error}. The manager's page Devices shows it."
        ) from None
    machine = Machine(root)
    card_station.prepare_bare(machine)
    try:
        new = card_station.enrol(machine, code, card_station.Main(server))
    except card_station.NotLetInError as error:
        click.echo(f"Error: the main machine has not let this station in. {error}", err=True)
        raise click.exceptions.Exit(3) from None
    click.echo(f"{server} has let this station in{'' if new else ' before'}.")
