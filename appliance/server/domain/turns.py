"""Whose turn it is, where the shop takes customers in rotation.

Fewest turns first, then who has been free for longest, then who came in first. A variant is worth
1, ½ or 0 turns; a customer who does not come gives the turn back. Who is first has a little time
before the next may press, so that somebody who is in the yard does not hold up the lobby.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final

from appliance.words import N_

from .errors import InvalidState

FIRST_REFUSAL: Final = timedelta(seconds=60)
"""How long a customer is kept for whose turn it is."""
TURN_VALUES: Final = (Decimal(0), Decimal("0.5"), Decimal(1))
LONG_DUTY: Final = timedelta(hours=16)
"""A duty that is open for longer was probably forgotten: it is flagged, and nothing is invented."""


class TurnRule(StrEnum):
    """Who may claim the next customer."""

    FIRST_PRESS = "first_press"
    ROTATION = "rotation"


class Duty(StrEnum):
    """Whether a therapist is there to be given customers."""

    OUT = "out"
    IN = "in"
    BREAK = "break"


@dataclass(frozen=True, slots=True)
class Ready:
    """A therapist who could take a customer now.

    Attributes:
        therapist_id: Who.
        turns: What they have had this business day.
        free_since: Since when they have had nobody, aware UTC.
        in_since: When they came in, aware UTC.
    """

    therapist_id: int
    turns: Decimal
    free_since: datetime
    in_since: datetime


def in_order(ready: Iterable[Ready]) -> list[Ready]:
    """Who is first, second, third."""
    return sorted(
        ready, key=lambda one: (one.turns, one.free_since, one.in_since, one.therapist_id)
    )


def worth(values: Iterable[Decimal]) -> Decimal:
    """How many turns a visit uses up: the most that one of its services does, one at most.

    A customer is one turn, however many services they have, so that a therapist who is given
    somebody with two services is not passed over twice.
    """
    return max(values, default=Decimal(0))


def waiting_since(
    confirmed_at: datetime, moved_at: datetime | None, ready_since: Iterable[datetime]
) -> datetime:
    """Since when the first customer in a line could have been taken.

    Args:
        confirmed_at: Since when they wait.
        moved_at: When somebody was last taken from the line, if anybody was.
        ready_since: Since when each therapist who could take them could; not empty.
    """
    moments = [confirmed_at, min(ready_since)]
    return max(moments if moved_at is None else [*moments, moved_at])


def who_may_claim(ready: Iterable[Ready], waiting_since: datetime, now: datetime) -> list[int]:
    """Who may take the first customer in the line now.

    Args:
        ready: Those who could.
        waiting_since: Since when the customer could have been taken: since they wait, or since
            somebody could take them, whichever is later.
        now: The moment, aware UTC.

    Returns:
        Ids, in order: the first one, and one more for each time that `FIRST_REFUSAL` has passed.
    """
    order = in_order(ready)
    passed = max(0, int((now - waiting_since) / FIRST_REFUSAL))
    return [one.therapist_id for one in order[: passed + 1]]


def duty_of(on_duty_since: datetime | None, on_break_since: datetime | None) -> Duty:
    """What somebody's duty is, read off the moments at which it and a break began."""
    if on_duty_since is None:
        return Duty.OUT
    return Duty.IN if on_break_since is None else Duty.BREAK


def is_long(on_duty_since: datetime, now: datetime) -> bool:
    """Whether somebody has been on duty for so long that they probably forgot to go off."""
    return now - on_duty_since > LONG_DUTY


_AFTER: Final = {
    ("duty_in", Duty.OUT): Duty.IN,
    ("duty_break", Duty.IN): Duty.BREAK,
    ("duty_back", Duty.BREAK): Duty.IN,
    ("duty_out", Duty.IN): Duty.OUT,
    ("duty_out", Duty.BREAK): Duty.OUT,
    # Said twice, it is still so.
    ("duty_in", Duty.IN): Duty.IN,
    ("duty_break", Duty.BREAK): Duty.BREAK,
    ("duty_back", Duty.IN): Duty.IN,
    ("duty_out", Duty.OUT): Duty.OUT,
}
_NOT_NOW: Final = {
    Duty.OUT: N_("You are off duty. Go on duty first."),
    Duty.IN: N_("You are on duty."),
    Duty.BREAK: N_("You are on a break. End the break first."),
}


def why_not(duty: Duty) -> InvalidState | None:
    """Why somebody is given no customer; None where they are there."""
    return None if duty is Duty.IN else InvalidState(_NOT_NOW[duty])


def after(event: str, duty: Duty) -> Duty:
    """What a duty event makes of somebody's duty; said twice, it is still so.

    Raises:
        InvalidState: It makes no sense now.
    """
    try:
        return _AFTER[event, duty]
    except KeyError:
        raise InvalidState(_NOT_NOW[duty]) from None
