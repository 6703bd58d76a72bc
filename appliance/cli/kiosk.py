"""`appliance kiosk`: the screen that customers touch, on the machine that it hangs on."""

from __future__ import annotations

import json
from pathlib import Path

import click


@click.group()
def kiosk() -> None:
    """The kiosk's browser on this machine."""


@kiosk.command("keep")
@click.option(
    "--config",
    "config_path",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    default="/etc/appliance/kiosk.toml",
    show_default=True,
    help="Which screens there are.",
)
def kiosk_keep(config_path: Path) -> None:
    """Run the browser until it is dead; systemd starts it again."""
    from appliance.kiosk_host.keeper import keep

    raise click.ClickException(keep(config_path))


@kiosk.command("policies")
@click.option("--port", default=5000, show_default=True, type=click.IntRange(1, 65535))
def kiosk_policies(port: int) -> None:
    """Print what the browser may do, as Chromium reads it."""
    from appliance.kiosk_host.policies import policies

    click.echo(json.dumps(policies(port), indent=2))
