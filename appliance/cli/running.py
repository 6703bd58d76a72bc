"""What runs until it is ended: the server, the devices' daemon, the demo."""

from __future__ import annotations

import os
from pathlib import Path

import click


@click.command()
def serve() -> None:
    """Run the server; the environment configures it."""
    from appliance import lean

    lean.server(os.environ)
    from appliance.server.main import serve as run

    run()


@click.command()
@click.option(
    "--config",
    "config_path",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    required=True,
    help="The devices' configuration, such as /etc/appliance/peripherals.toml.",
)
@click.option("--check", is_flag=True, help="Only say whether the configuration can be used.")
def peripherals(config_path: Path, *, check: bool) -> None:
    """Run the devices' daemon: printers, call buttons, lamps."""
    if check:
        from appliance.peripherals import config as settings

        config = settings.load(config_path)
        click.echo(f"{len(config.printers)} printer(s) and {len(config.rooms)} room(s): usable.")
        return
    from appliance import lean

    lean.daemon()
    from appliance.peripherals.daemon import run

    run(config_path)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=5000, show_default=True, type=click.IntRange(1, 65535))
@click.option(
    "--data-dir",
    default="var/demo",
    show_default=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Where the demo keeps its database.",
)
@click.option("--reset", is_flag=True, help="Start with a fresh database.")
def demo(host: str, port: int, data_dir: Path, *, reset: bool) -> None:
    """Run everything in one place: server, devices and their simulator."""
    from appliance.demo import run

    run(host, port, data_dir, reset=reset)
