"""`python -m tests.support.one_more_event serve`: the server with one more event, by its row."""

from __future__ import annotations

import runpy
import sys
from typing import Annotated

from msgspec import Meta, Struct

from appliance.server import events
from appliance.server.domain.errors import InvalidState
from appliance.server.domain.states import Actor, Role
from appliance.server.events import EventRow
from appliance.server.store.unit_of_work import UnitOfWork
from appliance.server.wire.answers import Answer
from appliance.server.wire.parse import Command


class Wave(Command, kw_only=True, frozen=True):
    """Wave at somebody."""

    hands: Annotated[int, Meta(ge=1, le=2)]


class WaveSeen(Struct, kw_only=True, frozen=True):
    """A wave that was seen."""

    by: str
    hands: int


class Waved(Answer, kw_only=True, frozen=True):
    """What became of a wave."""

    seen: WaveSeen


def wave(unit: UnitOfWork, therapist: Actor, hands: int) -> tuple[str, int]:
    """The therapist waves at the front desk.

    Raises:
        InvalidState: With both hands nobody holds the towels.
    """
    if hands == 2:
        raise InvalidState("Somebody has to hold the towels.")
    unit.record("therapist_wave", therapist, unit.now())
    return therapist.name, hands


def waved(seen: tuple[str, int]) -> Waved:
    """The answer to a wave."""
    return Waved(seen=WaveSeen(by=seen[0], hands=seen[1]))


ROW = EventRow(
    event="therapist_wave",
    result_event="therapist_wave_result",
    roles=frozenset({Role.THERAPIST}),
    payload=Wave,
    use_case=wave,
    answer=waved,
)


if __name__ == "__main__":
    # Before anything derives something from the table.
    events.EVENTS = (*events.EVENTS, ROW)
    sys.argv[0] = "appliance"
    runpy.run_module("appliance", run_name="__main__")
