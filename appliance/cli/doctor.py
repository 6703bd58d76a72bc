"""Checking system health, and trying the devices."""

from __future__ import annotations

from pathlib import Path

import click

_CONFIG_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.option(
    "--config",
    "config_path",
    type=_CONFIG_FILE,
    help="The devices' configuration; /etc/appliance/peripherals.toml where it exists.",
)
def doctor(config_path: Path | None) -> None:
    """Check system health: one line per finding, with what to do."""
    from appliance import lean

    lean.doctor()
    from appliance.doctor.finding import Level
    from appliance.doctor.report import examine

    red = 0
    for finding in examine(config_path):
        click.secho(str(finding), fg=_COLOURS.get(finding.level))
        red += finding.level is Level.RED
    if red:
        raise click.ClickException(f"{red} need attention: see RED above")


_COLOURS = {"ok": "green", "warning": "yellow", "RED": "red"}


@click.command("test-page")
@click.argument("printer")
@click.option(
    "--config",
    "config_path",
    type=_CONFIG_FILE,
    default="/etc/appliance/peripherals.toml",
    show_default=True,
    help="The devices' configuration.",
)
def test_page(printer: str, config_path: Path) -> None:
    """Print a page that shows what PRINTER can do."""
    from appliance.doctor.test_page import print_test_page

    click.echo(print_test_page(config_path, printer))


@click.command()
@click.option(
    "--config",
    "config_path",
    type=_CONFIG_FILE,
    default="/etc/appliance/peripherals.toml",
    show_default=True,
    help="The devices' configuration.",
)
@click.option(
    "--seconds",
    default=30.0,
    show_default=True,
    type=click.FloatRange(min=0, min_open=True),
    help="How long to wait for each press.",
)
def wiring(config_path: Path, seconds: float) -> None:
    """Walk through each lamp and button; end the devices' service first."""
    from appliance.doctor.wiring import walk

    failed = walk(config_path, click.echo, seconds=seconds)
    if failed:
        raise click.ClickException(f"not every button works: room {', '.join(failed)}")
