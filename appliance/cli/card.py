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
    click.echo(f"{found.shop.name}, {devices}: usable.")


@card.command("example")
def card_example() -> None:
    """Print a lobby.yaml with a comment for everything that it can say."""
    from appliance.card.example import EXAMPLE

    click.echo(EXAMPLE.read_text(encoding="utf-8"), nl=False)
