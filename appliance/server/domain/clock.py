"""What follows when clocks lie: which times cannot be right, and where they belong. Pure.

The wall clock of a small machine is set while it runs: by a time server an hour after the start, by
a technician, wrongly and then rightly. So nothing that has an order has it from the wall clock
alone, and whatever was written in a time that has turned out wrong is moved, all of it by one rule.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Final

TOLERANCE: Final = timedelta(minutes=2)
"""How far ahead of now a stored time may be without being wrong: two servers on one database, or a
clock that is being steered, differ by less."""
STEP: Final = timedelta(seconds=2)
"""A difference between wall clock and monotonic clock from which on the clock was *set*; time
servers steer away what is smaller."""
MICROSECOND: Final = timedelta(microseconds=1)

Move = Callable[[datetime], datetime]
"""Where a stored moment belongs."""


def is_ahead(moment: datetime | None, now: datetime) -> bool:
    """Whether a stored moment is so far ahead of now that one of the two clocks was wrong."""
    return moment is not None and moment > now + TOLERANCE


def with_the_clock(step: timedelta, since: datetime) -> Move:
    """How moments move when the clock of a running server was set.

    Args:
        step: By how much; negative where it was set back.
        since: The first moment that was read off this clock, in its old time. What is older was
            read off another, perhaps a right one, and stays.
    """
    return lambda moment: moment + step if moment >= since else moment


def back_to(now: datetime, newest: datetime) -> Move:
    """How moments move that a wrong clock has dated ahead, when nobody saw it being set.

    Args:
        now: The moment, by a clock that is right now.
        newest: The latest of the moments that lie ahead: it becomes now, and the others keep their
            distance from it. Since it cannot have happened later than now, nothing is dated earlier
            than it was.
    """
    excess = newest - now
    return lambda moment: moment - excess if moment > now else moment


def in_line(moments: Iterable[datetime], move: Move) -> list[datetime]:
    """Move moments that stand for an order, and keep the order.

    Args:
        moments: In their order, all different.
        move: Where each belongs.

    Returns:
        The moved ones, each later than the one before it, whatever `move` says.
    """
    moved: list[datetime] = []
    for moment in moments:
        wanted = move(moment)
        moved.append(max(wanted, moved[-1] + MICROSECOND) if moved else wanted)
    return moved


def in_words(amount: timedelta) -> str:
    """An amount of time for a technician: `400 days`, `3 hours`, `8 s`."""
    seconds = abs(amount.total_seconds())
    for unit, length in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} s"
