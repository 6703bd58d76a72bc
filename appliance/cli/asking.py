"""What a screen asks for, asked from a shell: the same shape is checked, the same use case called.

A command is an event or a route by another name. It is done in somebody's name, and the history
says that it was typed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from .data import settings, technician

if TYPE_CHECKING:
    from appliance.server.domain.states import Actor
    from appliance.server.events import EventRow, Row
    from appliance.server.routes import RouteRow
    from appliance.server.store.models import Staff
    from appliance.server.store.unit_of_work import UnitOfWork


class Digits(click.ParamType[int]):
    """A whole number in any script's digits, as screens read one: `1_0` and `0x10` are none."""

    name = "number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The number.

        Raises:
            BadParameter: Something else is in it.
        """
        from appliance.server.domain.numerals import read_digits

        digits = read_digits(str(value))
        if digits is None or len(digits) > 9:
            self.fail(f"{value!r} is no whole number.", param, ctx)
        return int(digits)


def event(name: str) -> EventRow[Any]:
    """The row of an event."""
    from appliance.server.events import EVENTS

    return next(row for row in EVENTS if row.event == name)


def route(method: str, rule: str) -> RouteRow[Any]:
    """The row of a route."""
    from appliance.server.routes import ROUTES

    return next(row for row in ROUTES if (row.method, row.rule) == (method, rule))


def ask(
    row: Row[Any],
    unit: UnitOfWork,
    actor: Actor,
    said: Mapping[str, Any] | None = None,
    **made: Any,
) -> Any:
    """Do what an event or a route does.

    Args:
        row: Which.
        unit: The open unit of work.
        actor: Whose doing it is.
        said: The payload.
        made: What stands in a route's path, and what the use case is given beside the payload.

    Returns:
        What the use case returns.

    Raises:
        DomainError: It is refused.
    """
    from appliance.server.domain.errors import DomainError
    from appliance.server.routes import CONTEXT
    from appliance.server.wire import parse

    context = {"unit": unit, "shop": settings().shop, "actor": actor, "approver": None, **made}
    known = row.binding(CONTEXT)
    given = {name: context[what] for name, what in known.items()}
    given |= {name: value for name, value in made.items() if name not in known.values()}
    assert row.use_case is not None  # noqa: S101 — nothing is asked from a shell that has none
    asked = parse.parse(dict(said or {}), row.payload)
    done = row.use_case(**given, **asked.arguments())
    if isinstance(done, DomainError):
        raise done
    return done


def typed_by_technician(actor: Actor) -> Actor:
    """Somebody, as the history names them where a technician has typed it for them."""
    return replace(actor, name=f"{actor.name}, {technician().name}"[:120])


def person_named(unit: UnitOfWork, username: str) -> Staff:
    """Somebody who may do something.

    Raises:
        NotFound: There is no such person.
        InvalidState: They are disabled.
    """
    from appliance.server.domain.errors import InvalidState
    from appliance.server.usecases import manager

    person = manager.staff_named(unit, username)
    if person.disabled_at is not None:
        raise InvalidState(f"{username} is disabled.")
    return person
