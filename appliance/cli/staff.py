"""`appliance staff`: the people who work here."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from .asking import ask, person_named, route, typed_by_technician
from .data import technician, work

if TYPE_CHECKING:
    from appliance.server.store.unit_of_work import UnitOfWork

_DUTY = {"out": "", "in": "on duty", "break": "on a break"}

_GENDER = click.option("--gender", type=click.Choice(["woman", "man", "none"]))
_COMMISSION = click.option(
    "--commission", metavar="PERCENT", help="Percent of what their services earn, or none."
)


@click.group()
def staff() -> None:
    """The people who work here."""


@staff.command("add")
@click.argument("role", type=click.Choice(["therapist", "cashier", "manager"]))
@click.argument("username")
@click.option("--name", help="Name shown on screens (default: the username).")
@click.option("--room", help="A therapist's room.")
@_GENDER
@_COMMISSION
@click.option("--password-stdin", is_flag=True, required=True, help="Read the password from stdin.")
def staff_add(
    role: str,
    username: str,
    name: str | None,
    room: str | None,
    gender: str | None,
    commission: str | None,
    *,
    password_stdin: bool,
) -> None:
    """Add a person."""
    from appliance.server.domain.states import Role
    from appliance.server.usecases.manager import people

    hashed = people.Hashed(_password_from_stdin(password_stdin))
    more = _gender_and_commission(gender, commission)
    work(
        lambda unit: people.add(
            unit, technician(), Role(role), username, name or username, hashed, room, **more
        )
    )
    click.echo(f"{username} can log in at /{role}/dashboard.")


@staff.command("list")
def staff_list() -> None:
    """Show everyone."""
    from appliance.server.usecases import manager

    for row in work(manager.list_staff):
        state = "disabled" if row.disabled_at else _DUTY[row.duty]
        click.echo(
            f"{row.role:10} {row.username:20} {row.room_number or '-':6} {row.name}  {state}"
        )


@staff.command("set-room")
@click.argument("username")
@click.argument("room", required=False)
@click.option("--none", is_flag=True, help="Remove their room.")
def staff_set_room(username: str, room: str | None, *, none: bool) -> None:
    """Give a therapist another room."""
    from appliance.server.usecases import manager

    if none == (room is not None):
        raise click.UsageError("give a room, or --none")
    person = work(lambda unit: manager.set_room(unit, technician(), username, room))
    where = f"in room {person.room_number}" if person.room_number else "without a room"
    click.echo(f"{username} now works {where}.")


@staff.command("change")
@click.argument("username")
@click.option("--name", help="Name shown on screens.")
@click.option("--username", "new_username", help="New username.")
@_GENDER
@_COMMISSION
def staff_change(
    username: str,
    name: str | None,
    new_username: str | None,
    gender: str | None,
    commission: str | None,
) -> None:
    """Change a person; only the given options are changed."""
    from appliance.server.usecases.manager import people

    wanted: dict[str, object] = {"name": name, "username": new_username}
    wanted = {field: value for field, value in wanted.items() if value is not None}
    wanted |= _gender_and_commission(gender, commission)
    if not wanted:
        raise click.UsageError("nothing to change: see --help")
    person = work(lambda unit: people.change_named(unit, technician(), username, wanted))
    click.echo(f"Saved: {person.username} ({person.name}).")


@staff.command("set-password")
@click.argument("username")
@click.option("--password-stdin", is_flag=True, required=True, help="Read the password from stdin.")
def staff_set_password(username: str, *, password_stdin: bool) -> None:
    """Give a person a new password; their sessions end."""
    from appliance.server.usecases import manager

    hashed = _password_from_stdin(password_stdin)
    work(lambda unit: manager.set_password(unit, technician(), username, hashed))
    click.echo(f"{username} has a new password and must log in again.")


@staff.command("set-pin")
@click.argument("username")
@click.option("--pin-stdin", is_flag=True, required=True, help="Read the PIN from stdin.")
def staff_set_pin(username: str, *, pin_stdin: bool) -> None:
    """Set a manager's PIN for approvals at the cashier's screen."""
    from appliance.server.auth import passwords
    from appliance.server.usecases.manager import staff as people

    if not pin_stdin:
        raise click.UsageError("give the PIN on standard input, with --pin-stdin")
    pin = sys.stdin.readline().rstrip("\r\n")
    hashed = passwords.hash_password(people.read_pin(pin))
    work(lambda unit: people.set_pin(unit, technician(), username, hashed))
    click.echo(f"{username} has a new PIN.")


@staff.command("set-language")
@click.argument("username")
@click.argument("language")
def staff_set_language(username: str, language: str) -> None:
    """Choose in which language a person's pages speak, on every device: en, fil, es, ja or ar."""

    def choose(unit: UnitOfWork) -> None:
        person = person_named(unit, username)
        row = route("POST", f"/{person.role}/language")
        ask(row, unit, typed_by_technician(person.actor), {"language": language})

    work(choose)
    click.echo(f"The pages of {username} now speak {language}.")


@staff.command("revoke")
@click.argument("username")
def staff_revoke(username: str) -> None:
    """Log a person out everywhere, right away."""
    from appliance.server.usecases import manager

    work(lambda unit: manager.revoke_staff(unit, technician(), username))
    click.echo(f"{username} must log in again.")


@staff.command("disable")
@click.argument("username")
def staff_disable(username: str) -> None:
    """Disable a person's log-in."""
    from appliance.server.usecases import manager

    work(lambda unit: manager.disable_staff(unit, technician(), username))
    click.echo(f"{username} can no longer log in.")


@staff.command("enable")
@click.argument("username")
def staff_enable(username: str) -> None:
    """Let a disabled person log in again."""
    from appliance.server.usecases import manager

    work(lambda unit: manager.enable_staff(unit, technician(), username))
    click.echo(f"{username} can log in again.")


def _gender_and_commission(gender: str | None, commission: str | None) -> dict[str, Any]:
    """Those that are said."""
    from appliance.server.domain.money import parse_amount
    from appliance.server.domain.states import Gender

    said: dict[str, Any] = {}
    if gender is not None:
        said["gender"] = None if gender == "none" else Gender(gender)
    if commission is not None:
        percent = None if commission == "none" else parse_amount(commission, "the commission")
        said["commission_percent"] = percent
    return said


def _password_from_stdin(wanted: bool) -> str:
    from appliance.server.auth import passwords
    from appliance.server.usecases.manager import check_password

    if not wanted:
        raise click.UsageError("give the password on standard input, with --password-stdin")
    password = sys.stdin.readline().rstrip("\r\n")
    check_password(password)
    return passwords.hash_password(password)
