"""How long a waiting customer will probably wait."""

from __future__ import annotations

import heapq
from collections.abc import Iterable


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
