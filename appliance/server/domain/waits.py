"""How long a waiting customer will probably wait."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from .lanes import ANYONE


def estimated_waits(busy_minutes: Iterable[int], queue_minutes: Iterable[int]) -> list[int | None]:
    """Estimate each waiting customer's wait by simulated list scheduling.

    The customers are given, oldest first, to whichever therapist is free the earliest, which is
    what the call buttons do (R. L. Graham, "Bounds on Multiprocessing Timing Anomalies", 1969).

    Args:
        busy_minutes: For each therapist on duty the minutes until they are free; 0 for a free one.
        queue_minutes: The planned minutes of each waiting customer, oldest first.

    Returns:
        The wait of each in minutes; all None when nobody is on duty.
    """
    free_at = list(busy_minutes)
    if not free_at:
        return [None for _ in queue_minutes]
    heapq.heapify(free_at)
    waits: list[int | None] = []
    for minutes in queue_minutes:
        starts = free_at[0]
        waits.append(starts)
        heapq.heapreplace(free_at, starts + minutes)
    return waits


@dataclass(frozen=True, slots=True)
class Serving:
    """A room that takes customers.

    Attributes:
        minutes: Until it is free; 0 for a free one.
        lanes: Whose customers it takes.
    """

    minutes: int
    lanes: frozenset[int]


@dataclass(frozen=True, slots=True)
class InLine:
    """Somebody who waits.

    Attributes:
        minutes: What is planned.
        lane: Whom they wait for.
    """

    minutes: int
    lane: int = ANYONE


def waits_in_lanes(rooms: Sequence[Serving], queue: Sequence[InLine]) -> list[int | None]:
    """Estimate each waiting customer's wait where some of them asked for somebody.

    The oldest is given to whichever room that serves their lane is free the earliest, then the
    next: what therapists do who each take the oldest of their lanes.

    Args:
        rooms: Those that take customers.
        queue: Who waits, oldest first.

    Returns:
        The wait of each in minutes; None where nobody serves their lane.
    """
    free_at = [room.minutes for room in rooms]
    if all(one.lane == ANYONE for one in queue):
        return estimated_waits(free_at, [one.minutes for one in queue])
    serves = {
        lane: [at for at, room in enumerate(rooms) if lane in room.lanes]
        for lane in {one.lane for one in queue}
    }
    waits: list[int | None] = []
    for one in queue:
        # Of several that are free at once the one with fewest lanes: others may be asked for.
        first = min(
            serves[one.lane], key=lambda at: (free_at[at], len(rooms[at].lanes)), default=None
        )
        waits.append(None if first is None else free_at[first])
        if first is not None:
            free_at[first] += one.minutes
    return waits


def wait_behind(
    rooms: Sequence[Serving], first_in_line: Sequence[InLine], ahead: int, lane: int = ANYONE
) -> int | None:
    """Estimate the wait of somebody who stands behind a queue of which only the front is known.

    Up to the last one who is known it is `waits_in_lanes`; behind them every customer is taken to
    be like the average of those, and all therapists to be at work.

    Args:
        rooms: Those that take customers.
        first_in_line: The first in the queue, oldest first.
        ahead: How many there are before this customer; at least as many as are known.
        lane: Whom this customer waits for.

    Returns:
        The wait in minutes; None when nobody is on duty who serves them.
    """
    wait = waits_in_lanes(rooms, [*first_in_line, InLine(0, lane)])[-1]
    unknown = ahead - len(first_in_line)
    if wait is None or unknown <= 0:
        return wait
    planned = sum(one.minutes for one in first_in_line)
    return wait + unknown * planned // (len(first_in_line) * len(rooms))


_STEP_MINUTES: Final = 5


def said(minutes: int) -> int:
    """An estimate as people are told it: to the nearest 5 minutes, and 0 for less than 5."""
    if minutes < _STEP_MINUTES:
        return 0
    return (minutes + _STEP_MINUTES // 2) // _STEP_MINUTES * _STEP_MINUTES


_BACK_BEFORE: Final = timedelta(minutes=10)
_WORTH_GOING: Final = timedelta(minutes=10)


def free_until(now: datetime, wait: int | None) -> datetime | None:
    """Until when somebody who waits may be out and still be there in time.

    Args:
        now: Aware UTC.
        wait: The estimated minutes until their turn; None when nobody can say.

    Returns:
        Ten minutes before their turn, at a full 5 minutes; None where it is not worth going.
    """
    if wait is None:
        return None
    back = now + timedelta(minutes=wait) - _BACK_BEFORE
    back -= timedelta(minutes=back.minute % _STEP_MINUTES, seconds=back.second)
    back = back.replace(microsecond=0)
    return back if back - now >= _WORTH_GOING else None


class Reach(StrEnum):
    """Whether somebody's turn comes before the shop closes."""

    LIKELY = "likely"
    UNLIKELY = "unlikely"
    CLOSED = "closed"


def reach(now: datetime, wait: int | None, minutes: int, closing: datetime | None) -> Reach:
    """Tell whether somebody can expect to be served today.

    Args:
        now: Aware UTC.
        wait: The estimated minutes until their turn; None when nobody can say.
        minutes: What they have chosen.
        closing: When the shop closes; None where that is not said.
    """
    if closing is None:
        return Reach.LIKELY
    if now >= closing:
        return Reach.CLOSED
    late = wait is not None and now + timedelta(minutes=wait + minutes) > closing
    return Reach.UNLIKELY if late else Reach.LIKELY
