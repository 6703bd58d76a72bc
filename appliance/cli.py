"""The `appliance` command.

Nothing of the server is imported before a command asks for it: `serve` must replace the standard
library's blocking parts first, and `peripherals` must never load them replaced.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from appliance.server.backup import Backups
    from appliance.server.config import Settings
    from appliance.server.store.unit_of_work import Store, UnitOfWork

T = TypeVar("T")


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


@main.command()
def serve() -> None:
    """Run the server; the environment configures it."""
    from appliance.server.main import serve as run

    run()


@main.command()
@click.option(
    "--config",
    "config_path",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    required=True,
    help="The devices' configuration, such as /etc/appliance/peripherals.toml.",
)
def peripherals(config_path: Path) -> None:
    """Run the devices' daemon: printers, call buttons, lamps."""
    from appliance.peripherals import lean

    lean.leave_out()
    from appliance.peripherals.daemon import run

    run(config_path)


@main.command()
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


_CONFIG_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@main.command()
@click.option(
    "--config",
    "config_path",
    type=_CONFIG_FILE,
    help="The devices' configuration; /etc/appliance/peripherals.toml where it exists.",
)
def doctor(config_path: Path | None) -> None:
    """Look whether everything is well; one line each, with what to do."""
    from appliance.doctor.finding import Level
    from appliance.doctor.report import examine

    red = 0
    for finding in examine(config_path):
        click.secho(str(finding), fg=_COLOURS.get(finding.level))
        red += finding.level is Level.RED
    if red:
        raise click.ClickException(f"{red} of these need you: see RED above")


_COLOURS = {"ok": "green", "warning": "yellow", "RED": "red"}


@main.command("test-page")
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


@main.command()
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


# --- db ---------------------------------------------------------------------------------------


@main.group()
def db() -> None:
    """The database: schema, consistency, first data."""


@db.command("upgrade")
def db_upgrade() -> None:
    """Bring the schema up to date."""
    from appliance.server.store import schema

    schema.upgrade(_store().database.engine)
    click.echo("The schema is current.")


@db.command("downgrade")
@click.argument("revision")
def db_downgrade(revision: str) -> None:
    """Take the schema back to REVISION, for an older release; the data stay."""
    from appliance.server.store import schema

    schema.downgrade(_store().database.engine, revision)
    click.echo(f"The schema is at {revision}.")


@db.command("check")
def db_check() -> None:
    """Is the schema current and the data consistent? Prints what is broken."""
    from appliance.server.store import invariants, schema

    store = _store()
    if not schema.is_current(store.database.engine):
        raise click.ClickException("the schema is not current: run `appliance db upgrade`")
    broken = store.run(lambda unit: list(invariants.violations(unit.session)))
    for line in broken:
        click.echo(line)
    if broken:
        raise click.ClickException(f"{len(broken)} broken promises in the data")
    click.echo("The schema is current and every promise holds.")


@db.command("seed")
@click.option("--demo", "with_demo", is_flag=True, help="Rooms, staff and catalogue of the demo.")
def db_seed(*, with_demo: bool) -> None:
    """First data for an empty database."""
    from appliance.server.demo_data import seed_demo

    if not with_demo:
        click.echo(
            "Nothing is needed: add rooms, staff, devices and a catalogue with "
            "`appliance rooms add`, `staff add`, `devices add` and `catalog import`."
        )
        return
    for log_in in seed_demo(_current_store()):
        click.echo(f"{log_in.role:10} {log_in.username:10} {log_in.password}")


# --- staff ------------------------------------------------------------------------------------


@main.group()
def staff() -> None:
    """The people who work here."""


@staff.command("add")
@click.argument("role", type=click.Choice(["therapist", "cashier", "manager"]))
@click.argument("username")
@click.option("--name", help="As it is shown; the user name unless given.")
@click.option("--room", help="A therapist's room.")
@click.option("--password-stdin", is_flag=True, required=True, help="Read the password from stdin.")
def staff_add(
    role: str, username: str, name: str | None, room: str | None, *, password_stdin: bool
) -> None:
    """Add a person."""
    from appliance.server.domain.states import Role
    from appliance.server.usecases import manager

    hashed = _password_from_stdin(password_stdin)
    _work(
        lambda unit: manager.add_staff(
            unit, _technician(), Role(role), username, name or username, hashed, room
        )
    )
    click.echo(f"{username} can log in at /{role}/dashboard.")


@staff.command("list")
def staff_list() -> None:
    """Show everybody."""
    from appliance.server.usecases import manager

    for row in _work(manager.list_staff):
        state = "disabled" if row.disabled_at else ("on duty" if row.on_duty_since else "")
        click.echo(
            f"{row.role:10} {row.username:20} {row.room_number or '-':6} {row.name}  {state}"
        )


@staff.command("set-password")
@click.argument("username")
@click.option("--password-stdin", is_flag=True, required=True, help="Read the password from stdin.")
def staff_set_password(username: str, *, password_stdin: bool) -> None:
    """Give a person a new password; their sessions end."""
    from appliance.server.usecases import manager

    hashed = _password_from_stdin(password_stdin)
    _work(lambda unit: manager.set_password(unit, _technician(), username, hashed))
    click.echo(f"{username} has a new password and has to log in again.")


@staff.command("revoke")
@click.argument("username")
def staff_revoke(username: str) -> None:
    """End a person's tokens and sessions at once."""
    from appliance.server.usecases import manager

    _work(lambda unit: manager.revoke_staff(unit, _technician(), username))
    click.echo(f"{username} has to log in again.")


@staff.command("disable")
@click.argument("username")
def staff_disable(username: str) -> None:
    """Let a person log in no more."""
    from appliance.server.usecases import manager

    _work(lambda unit: manager.disable_staff(unit, _technician(), username))
    click.echo(f"{username} cannot log in any more.")


# --- rooms and devices ------------------------------------------------------------------------


@main.group()
def rooms() -> None:
    """The treatment rooms."""


@rooms.command("add")
@click.argument("number")
def rooms_add(number: str) -> None:
    """Add a room."""
    from appliance.server.usecases import manager

    _work(lambda unit: manager.add_room(unit, _technician(), number))
    click.echo(f"Room {number} is there.")


@rooms.command("list")
def rooms_list() -> None:
    """Show every room."""
    from appliance.server.store import queries

    for room, therapist in _work(lambda unit: queries.rooms(unit.session)):
        click.echo(f"{room.room_number:10} {room.status:10} {therapist or ''}".rstrip())


@main.group()
def devices() -> None:
    """Kiosks, displays and peripherals daemons."""


@devices.command("add")
@click.argument("kind", type=click.Choice(["kiosk", "display", "peripherals"]))
@click.argument("name")
def devices_add(kind: str, name: str) -> None:
    """Enrol a device; its token is printed once, alone."""
    from appliance.server.domain.states import Role
    from appliance.server.usecases import manager

    click.echo(_work(lambda unit: manager.add_device(unit, _technician(), Role(kind), name)))


@devices.command("list")
def devices_list() -> None:
    """Show every device."""
    from appliance.server.usecases import manager

    for row in _work(manager.list_devices):
        state = "revoked" if row.revoked_at else ("connected" if row.connected else "")
        click.echo(f"{row.kind:12} {row.name:20} {state}".rstrip())


@devices.command("revoke")
@click.argument("name")
def devices_revoke(name: str) -> None:
    """End a device's token at once."""
    from appliance.server.usecases import manager

    _work(lambda unit: manager.revoke_device(unit, _technician(), name))
    click.echo(f"{name} is no longer let in.")


# --- catalogue --------------------------------------------------------------------------------


@main.group()
def catalog() -> None:
    """The services that the shop offers."""


@catalog.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def catalog_import(file: Path) -> None:
    """Make the catalogue what FILE says; what it leaves out is no longer offered."""
    from appliance.server.usecases import manager
    from appliance.server.wire import catalog_file

    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise click.ClickException(f"{file} is no UTF-8 text") from None
    wanted = catalog_file.load(text)
    _work(lambda unit: manager.import_catalog(unit, _technician(), wanted))
    variants = sum(len(s.classifications) for category in wanted for s in category.services)
    click.echo(f"{len(wanted)} categories with {variants} variants are offered now.")


@catalog.command("export")
def catalog_export() -> None:
    """Print the catalogue as YAML."""
    from appliance.server.usecases import manager
    from appliance.server.wire import catalog_file

    click.echo(catalog_file.dump(_work(manager.export_catalog)), nl=False)


# --- backups ----------------------------------------------------------------------------------


@main.group()
def backup() -> None:
    """Backups: make one, rehearse it, put it back."""


@backup.command("create")
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@click.option("--label", default="manual", show_default=True, help="What it is for.")
@click.option(
    "--keep", type=click.IntRange(min=1), help="Remove all but this many of the same label."
)
def backup_create(folder: Path, label: str, keep: int | None) -> None:
    """Write a backup into DIR and print its path; the server may go on working."""
    click.echo(_backups().create(folder, label=label, keep=keep))


_BACKUP_FILE = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))


@backup.command("verify")
@_BACKUP_FILE
def backup_verify(file: Path) -> None:
    """Rehearse the restore of FILE beside the live data and check what comes out."""
    manifest = _backups().verify(file)
    click.echo(
        f"{file.name} is whole: {sum(manifest.counts.values())} rows in {len(manifest.counts)} "
        f"tables, made {manifest.made_at} by version {manifest.version}."
    )


@backup.command("restore")
@_BACKUP_FILE
@click.option(
    "--safety-dir",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where what was there is backed up first; beside FILE unless given.",
)
@click.option("--over-newer", is_flag=True, help="Even where the data are of a later version.")
def backup_restore(file: Path, safety_dir: Path | None, *, over_newer: bool) -> None:
    """Replace all data by those of FILE; what was there is backed up first."""
    manifest, kept = _backups().restore(
        file, safety_dir or file.resolve().parent, over_newer=over_newer
    )
    click.echo(f"The data are as they were at {manifest.made_at}.")
    if kept:
        click.echo(f"What was there before is in {kept}.")


# --- helpers ----------------------------------------------------------------------------------


def _settings() -> Settings:
    from appliance.server.config import Settings

    # A command needs the database, not the server's own secrets and address.
    os.environ.setdefault("FLASK_SECRET_KEY", "unused by this command")
    return Settings.from_environment()


def _backups() -> Backups:
    from appliance.server.backup import Backups

    settings = _settings()
    return Backups(settings.database_url, settings.database_tls_ca)


def _store() -> Store:
    from appliance.server.app import utc_now
    from appliance.server.store.db import Database
    from appliance.server.store.unit_of_work import Store

    settings = _settings()
    return Store(
        Database(settings.database_url, ssl_ca=settings.database_tls_ca, patient=True), utc_now
    )


def _current_store() -> Store:
    from appliance.server.store import schema

    store = _store()
    if not schema.is_current(store.database.engine):
        raise click.ClickException("the schema is not current: run `appliance db upgrade`")
    return store


def _work(work: Callable[[UnitOfWork], T]) -> T:
    return _current_store().run(work)


def _technician() -> Any:
    from appliance.server.domain.states import Actor, Role

    return Actor(Role.SYSTEM, None, f"command line ({os.environ.get('USER', 'unknown')})")


def _password_from_stdin(wanted: bool) -> str:
    from appliance.server.auth import passwords
    from appliance.server.usecases.manager import check_password

    if not wanted:
        raise click.UsageError("give the password on standard input, with --password-stdin")
    password = sys.stdin.readline().rstrip("\r\n")
    check_password(password)
    return passwords.hash_password(password)
