"""`appliance queue` and `appliance duty`: what people do with customers, from a shell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import click

from .asking import ask, event, person_named, route, typed_by_technician
from .data import settings, technician, work

if TYPE_CHECKING:
    from appliance.server.domain.states import Actor
    from appliance.server.events import EventRow
    from appliance.server.store.models import Transaction
    from appliance.server.store.overview import Visit
    from appliance.server.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Verb:
    """One command.

    Attributes:
        name: As it is typed.
        does: What it does, in a sentence.
        events: Role → the event that somebody of this role asks for with it. A manager's and a
            customer's need nobody's username.
        more: What it is told beside the customer, a key of `_MORE` each.
        on_customer: Whether it is about a customer, who is named first.
    """

    name: str
    does: str
    events: Mapping[str, str]
    more: tuple[str, ...] = ()
    on_customer: bool = True


def _each(event: str, *roles: str) -> dict[str, str]:
    return dict.fromkeys(roles, event)


VERBS: Final = (
    Verb(
        "add",
        "Add somebody who cannot use the kiosk; their ticket is printed.",
        {"cashier": "cashier_add_walk_in"},
        ("services", "note", "wanted"),
        on_customer=False,
    ),
    Verb(
        "call-next",
        "Call the customer who has waited longest to a therapist's room.",
        {"therapist": "therapist_confirm_next"},
        on_customer=False,
    ),
    Verb(
        "call-again",
        "Call a customer once more who has not come yet.",
        {"therapist": "therapist_call_again"},
    ),
    Verb(
        "not-here-yet",
        "Pass over a called customer for some minutes; the place is kept.",
        {"therapist": "therapist_not_here_yet"},
    ),
    Verb(
        "no-show",
        "Cancel a customer who did not come.",
        {"therapist": "therapist_no_show"},
        ("reason",),
    ),
    Verb("start", "The treatment begins.", {"therapist": "therapist_start_service"}),
    Verb(
        "finish",
        "The treatment is over: the customer goes to the desk.",
        {"manager": "manager_finish", "therapist": "therapist_finish_service"},
        ("reason",),
    ),
    Verb(
        "release",
        "Put a called customer, or one at a cashier's desk, back into the queue.",
        {
            "manager": "manager_release",
            "therapist": "therapist_release",
            "cashier": "cashier_release",
        },
        ("reason",),
    ),
    Verb(
        "hand-over",
        "Give a customer to another therapist, or a bill to another cashier.",
        {"manager": "manager_hand_over", "therapist": "therapist_hand_over"},
        ("to", "reason"),
    ),
    Verb(
        "change-room",
        "Go on with a customer in another room.",
        {"therapist": "therapist_change_room"},
        ("room",),
    ),
    Verb(
        "put-back",
        "Call somebody again who stepped out, was passed over or is left from yesterday.",
        _each("queue_put_back", "manager", "cashier", "therapist"),
    ),
    Verb(
        "remove",
        "Take somebody off the waiting list.",
        _each("queue_remove", "cashier", "therapist"),
        ("reason",),
    ),
    Verb(
        "cancel",
        "End a visit that nobody will pay for.",
        {"manager": "manager_cancel"},
        ("reason",),
    ),
    Verb(
        "step-out",
        "For a customer who goes out for a while: the place is kept.",
        {"customer": "customer_step_out"},
    ),
    Verb(
        "come-back",
        "For a customer who stepped out, or was passed over, and is here.",
        {"customer": "customer_come_back"},
    ),
    Verb(
        "leave",
        "For a customer who no longer wants to wait.",
        {"customer": "customer_leave"},
    ),
    Verb(
        "claim-next",
        "Take the customer who has waited longest to pay to a cashier's desk.",
        {"cashier": "cashier_claim_next"},
        on_customer=False,
    ),
    Verb(
        "claim",
        "Take a customer who is ready to pay to a cashier's desk.",
        {"cashier": "cashier_claim_code"},
        ("code",),
        on_customer=False,
    ),
)
"""Every step of a visit but what is chosen and paid: that is the kiosk's and the till's."""

DUTY: Final = {
    "in": "Go on duty.",
    "break": "Take a break: still on duty, and given nobody.",
    "back": "Come back from a break.",
    "out": "Go off duty.",
}

_MORE: Final[Mapping[str, click.Parameter]] = {
    "reason": click.Option(["--reason"], help="Why; it stays in the history."),
    "note": click.Option(["--note"], help="A first name, or what the therapist should know."),
    "wanted": click.Option(
        ["--for", "wanted"],
        metavar="WHOM",
        help="Whom they ask for: woman, man, or a therapist's username.",
    ),
    "to": click.Argument(["to"], metavar="USERNAME"),
    "room": click.Argument(["room"]),
    "code": click.Argument(["code"], metavar="NUMBER"),
    "services": click.Argument(["services"], metavar="SERVICE/VARIANT...", nargs=-1, required=True),
}


@click.group()
def queue() -> None:
    """The customers: who waits, and every step with them.

    NUMBER is the customer's, as on the ticket. What a therapist or a cashier does is done in the
    name of --as USERNAME; without it a manager's step is the technician's. Open screens follow.
    """


@queue.command("list")
def queue_list() -> None:
    """Show everyone who is waiting, is in treatment or has to pay."""
    from appliance.server.store import queries

    def look(unit: UnitOfWork) -> list[str]:
        found = queries.queue(unit.session, unit.now())
        return [_line(row) for row in (*found.pending, *found.in_progress, *found.finished)]

    for line in work(look):
        click.echo(line)


@click.group()
def duty() -> None:
    """Whether a therapist is there to be given customers."""


@dataclass(frozen=True, slots=True)
class _Typed:
    """What was typed after a command's name."""

    number: str | None = None
    username: str | None = None
    more: Mapping[str, Any] = field(default_factory=dict)


def _run(verb: Verb, username: str | None, number: str | None = None, **more: Any) -> None:
    typed = _Typed(number, username, more)
    click.echo(work(lambda unit: _do(unit, verb, typed)))


def _do(unit: UnitOfWork, verb: Verb, typed: _Typed) -> str:
    from appliance.server.usecases.kiosk import Confirmed

    visit = _visit(unit, typed.number) if typed.number is not None else None
    actor = _actor(unit, verb, typed.username, visit)
    done = _done(unit, verb.events[actor.role], actor, visit, typed.more)
    return _line(done.transaction if isinstance(done, Confirmed) else done)


def _actor(unit: UnitOfWork, verb: Verb, username: str | None, visit: Transaction | None) -> Actor:
    """Whose doing it is."""
    from appliance.server.domain.states import Actor, Role

    if username is not None:
        person = person_named(unit, username)
        if person.role not in verb.events:
            raise click.UsageError(f"a {person.role} does not do this: see --help")
        return typed_by_technician(person.actor)
    for role in (Role.MANAGER, Role.CUSTOMER):
        if role in verb.events:
            key = visit.id if visit is not None and role is Role.CUSTOMER else None
            return Actor(role, key, technician().name)
    raise click.UsageError(f"say whose doing it is: --as USERNAME, a {' or a '.join(verb.events)}")


def _done(
    unit: UnitOfWork,
    name: str,
    actor: Actor,
    visit: Transaction | None,
    more: Mapping[str, Any],
) -> Any:
    """Do it, as a socket does."""
    from appliance.server.usecases import queue as own

    # What the ticket's own page asks for has no event.
    of_customer = {
        "customer_step_out": own.step_out,
        "customer_come_back": own.come_back,
        "customer_leave": own.leave,
    }
    if name in of_customer:
        return of_customer[name](unit, settings().shop, actor)
    row = event(name)
    said = {name: value for name, value in _said(unit, more).items() if value is not None}
    if visit is not None:
        said["transaction_id"] = visit.id
    _require(row, said)
    return ask(row, unit, actor, said)


def _said(unit: UnitOfWork, more: Mapping[str, Any]) -> dict[str, Any]:
    """The payload's fields, of what was typed."""
    said = {name: more[name] for name in ("reason", "note", "code") if name in more}
    if "room" in more:
        said["room_number"] = more["room"]
    if "to" in more:
        taker = person_named(unit, more["to"])
        said["cashier_id" if taker.role == "cashier" else "therapist_id"] = taker.id
    if more.get("wanted") is not None:
        said["wanted"] = _wanted(unit, more["wanted"])
    if "services" in more:
        said["items"] = [
            {"service_classification_id": _variant(unit, name)} for name in more["services"]
        ]
    return said


def _wanted(unit: UnitOfWork, whom: str) -> dict[str, Any]:
    """Whom a customer asks for."""
    if whom in {"anyone", "woman", "man"}:
        return {"kind": whom}
    return {"kind": "therapist", "therapist_id": person_named(unit, whom).id}


def _require(row: EventRow[Any], said: Mapping[str, Any]) -> None:
    import msgspec

    for one in msgspec.structs.fields(row.payload):
        if one.required and one.encode_name not in said:
            raise click.UsageError(f"say --{one.encode_name}")


def _visit(unit: UnitOfWork, number: str) -> Transaction:
    from appliance.server.domain.codes import parse_code
    from appliance.server.domain.errors import NotFound
    from appliance.server.store import visits

    code = parse_code(number)
    found = visits.open_with_code(unit.session, code)
    if found is None:
        raise NotFound(f"No customer with the number {code} is here.")
    return found


def _variant(unit: UnitOfWork, name: str) -> int:
    from appliance.server.domain.errors import NotFound
    from appliance.server.store import catalog

    for category in catalog.categories(unit.session):
        for service in category.services:
            for variant in service.classifications:
                if f"{service.service_name}/{variant.name}" == name:
                    return variant.id
    raise NotFound(f"There is no {name}. `appliance catalog export` shows what is offered.")


def _line(visit: Transaction | Visit) -> str:
    """A customer, on a line for people and for scripts."""
    holder = visit.cashier_name or visit.therapist_name
    fields = (visit.status, visit.hold or "-", visit.room_number or "-", holder)
    status, hold, room, name = (str(one or "-") for one in fields)
    return f"{visit.code or '-':6} {status:20} {hold:13} {room:10} {name}"


def _as_option(verb: Verb) -> click.Option:
    roles = [role for role in verb.events if role != "customer"]
    optional = "manager" in verb.events
    words = f"In whose name: a {' or a '.join(roles)}."
    return click.Option(["--as", "username"], metavar="USERNAME", help=words, required=not optional)


def _command(verb: Verb) -> click.Command:
    params: list[click.Parameter] = []
    if verb.on_customer:
        params.append(click.Argument(["number"]))
    params += [_MORE[name] for name in verb.more]
    if "customer" not in verb.events:
        params.append(_as_option(verb))

    def run(username: str | None = None, **typed: Any) -> None:
        _run(verb, username, **typed)

    return click.Command(verb.name, params=params, callback=run, help=verb.does)


def _duty_command(name: str, does: str) -> click.Command:
    def run(username: str) -> None:
        def change(unit: UnitOfWork) -> str:
            return str(ask(event(f"duty_{name}"), unit, _therapist(unit, username)).duty)

        click.echo(f"{username}: {_DUTY_NOW[work(change)]}.")

    return click.Command(name, params=[click.Argument(["username"])], callback=run, help=does)


def _therapist(unit: UnitOfWork, username: str) -> Actor:
    person = person_named(unit, username)
    if person.role != "therapist":
        raise click.UsageError("only a therapist is on duty")
    return typed_by_technician(person.actor)


@duty.command("day")
@click.argument("username")
@click.option("--print", "on_paper", is_flag=True, help="Print it where reports are printed, too.")
def duty_day(username: str, *, on_paper: bool) -> None:
    """Show what a therapist has done today."""
    from appliance.server.usecases.my_day import MyDay, minutes_of

    row = route("POST", "/api/my-day/print") if on_paper else route("GET", "/api/my-day")
    day: MyDay = work(lambda unit: ask(row, unit, _therapist(unit, username)))
    for visit in day.treated:
        services = ", ".join(item.service_name for item in visit.items)
        click.echo(f"{visit.code or '-':6} {minutes_of(visit):5} min  {services}")
    click.echo(f"Customers: {len(day.treated)}, minutes: {day.minutes}, tips: {day.tips}")


_DUTY_NOW: Final = {"out": "off duty", "in": "on duty", "break": "on a break"}

for _verb in VERBS:
    queue.add_command(_command(_verb))
for _name, _does in DUTY.items():
    duty.add_command(_duty_command(_name, _does))
