"""The `appliance` command: a module for each group of commands.

Nothing of the server is imported before a command asks for it: `serve` must replace the standard
library's blocking parts first, and `peripherals` must never load them replaced.
"""

from __future__ import annotations

import logging
import sys
from typing import Any

import click

from .archive import archive
from .backup import backup
from .card import card
from .catalog import catalog
from .db import db
from .devices import devices
from .doctor import doctor, test_page, wiring
from .kiosk import kiosk
from .queue import duty, queue
from .rooms import rooms
from .running import demo, peripherals, serve
from .staff import staff
from .station import station
from .till import till


class _OneLineErrors(click.Group):
    """Turns what goes wrong into one clear line; `--debug` shows the traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            if ctx.params.get("debug"):
                raise
            message = " ".join(str(error).split()) or type(error).__name__
            raise click.ClickException(message) from error


@click.group(cls=_OneLineErrors, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--debug", is_flag=True, help="Show tracebacks and more of the log.")
@click.version_option(package_name="lobby-appliance")
def main(*, debug: bool) -> None:
    """A spa's lobby: kiosk, codes on paper, call buttons, cashier, receipts."""
    logging.basicConfig(
        level=logging.DEBUG if debug else logging.INFO,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        stream=sys.stderr,
    )
    # The web servers' request lines would repeat handshake tokens.
    for noisy in ("engineio", "socketio", "alembic", "urllib3", "PIL", "geventwebsocket"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


for _command in (
    serve,
    peripherals,
    demo,
    doctor,
    test_page,
    wiring,
    db,
    staff,
    rooms,
    queue,
    duty,
    till,
    devices,
    catalog,
    backup,
    archive,
    kiosk,
    card,
    station,
):
    main.add_command(_command)
