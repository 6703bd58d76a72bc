"""`appliance card`: what a flashed card makes of its `lobby.yaml`."""

from __future__ import annotations

from pathlib import Path

import click

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def card() -> None:
    """A flashed card: its first start, and what its lobby.yaml says."""


@card.command("check")
@click.argument("file", type=_FILE)
def card_check(file: Path) -> None:
    """Whether a lobby.yaml can be used; every mistake with its line."""
    from appliance.card import lobby
    from appliance.card.text import MOST_BYTES, Mistaken

    # A byte more than is read says that there is more, whatever was put on the card.
    with file.open("rb") as opened:
        content = opened.read(MOST_BYTES + 1)
    try:
        found = lobby.load(content)
    except Mistaken as mistaken:
        for mistake in mistaken.mistakes:
            click.echo(str(mistake))
        count = len(mistaken.mistakes)
        raise click.ClickException(
            f"{count} {'mistake' if count == 1 else 'mistakes'} in {file.name}"
        ) from None
    devices = f"{len(found.printers)} printer(s) and {len(found.rooms)} room(s)"
    who = found.shop.name if isinstance(found, lobby.Lobby) else f"A station of {found.server}"
    click.echo(f"{who}, {devices}: usable.")


@card.command("example")
@click.option("--station", is_flag=True, help="For a machine with printers and call buttons alone.")
def card_example(*, station: bool) -> None:
    """Print a lobby.yaml with a comment for everything that it can say."""
    from appliance.card.example import EXAMPLE, STATION

    click.echo((STATION if station else EXAMPLE).read_text(encoding="utf-8"), nl=False)


@card.command("start")
@click.option("--root", default="/", type=click.Path(file_okay=False, path_type=Path), hidden=True)
@click.option("--once", is_flag=True, help="Fail where something does not work, and do not wait.")
def card_start(root: Path, *, once: bool) -> None:
    """Make what this card has to make for itself, and take what lobby.yaml says.

    Run at each start, before the server; whatever was cut off is done over. Tries until it has
    worked, and shows on the first console what is wrong.
    """
    from appliance.card.machine import Machine
    from appliance.card.start import Start

    Start(Machine(root)).run(keep_trying=not once)


@card.command("enrol")
@click.option("--root", default="/", type=click.Path(file_okay=False, path_type=Path), hidden=True)
def card_enrol(root: Path) -> None:
    """On a station: be let in by the main machine, with the code in lobby.yaml.

    Asks until the main machine answers. Where it says no, this ends with exit status 3, and the
    next start asks again.
    """
    from appliance.card import start, station
    from appliance.card.lobby import Station
    from appliance.card.machine import Machine

    machine = Machine(root)
    found = start.accepted(machine)
    if not isinstance(found, Station):
        raise click.ClickException("this card is not a station: lobby.yaml has no `role: station`")
    try:
        station.keep_asking(machine, found, station.Main(found.server))
    except station.NotLetInError as error:
        click.echo(f"Error: the main machine has not let this station in. {error}", err=True)
        raise click.exceptions.Exit(3) from None


@card.command("status")
@click.option("--root", default="/", type=click.Path(file_okay=False, path_type=Path), hidden=True)
def card_status(root: Path) -> None:
    """What has been made, and whether the lobby.yaml on the card is in use."""
    from appliance.card.machine import Machine
    from appliance.card.start import read_journal, read_mistakes

    machine = Machine(root)
    done = ", ".join(read_journal(machine)) or "nothing yet"
    click.echo(f"Made: {done}.")
    mistakes = read_mistakes(machine)
    for mistake in mistakes:
        click.echo(mistake)
    if mistakes:
        raise click.ClickException("lobby.yaml cannot be used; what was set before stays in use")
    click.echo("lobby.yaml is in use.")
