"""How long a waiting customer will probably wait."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence


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


def wait_behind(
    busy_minutes: Iterable[int], first_in_line: Sequence[int], ahead: int
) -> int | None:
    """Estimate the wait of somebody who stands behind a queue of which only the front is known.

    Up to the last one who is known it is `estimated_waits`; behind them every customer is taken to
    be like the average of those, and all therapists to be at work.

    Args:
        busy_minutes: As for `estimated_waits`.
        first_in_line: The planned minutes of the first in the queue, oldest first.
        ahead: How many there are before this customer; at least as many as are known.

    Returns:
        The wait in minutes; None when nobody is on duty.
    """
    busy = list(busy_minutes)
    wait = estimated_waits(busy, [*first_in_line, 0])[-1]
    unknown = ahead - len(first_in_line)
    if wait is None or unknown <= 0:
        return wait
    return wait + unknown * sum(first_in_line) // (len(first_in_line) * len(busy))
