"""What a round of claims amounts to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def measured(
    clients: Sequence[Sequence[tuple[float, int]]], begin: float, end: float
) -> dict[str, Any]:
    """Sum up a round.

    The measured time ends early where a client ended early, because the queue was empty: from then
    on fewer claim than should.

    Args:
        clients: For each client its claims: when they were answered (monotonic), and whom they
            claimed.
        begin: When the measured time began.
        end: When it should end.

    Returns:
        `per_second`, and the `ids` of all customers claimed, outside the measured time too.

    Raises:
        RuntimeError: A client ended before the measured time began.
    """
    last = [claims[-1][0] if claims else begin for claims in clients]
    until = min(end, *last)
    if until <= begin:
        raise RuntimeError("the queue was empty before the measured time began")
    count = sum(begin <= at < until for claims in clients for at, _ in claims)
    return {
        "per_second": count / (until - begin),
        "ids": [claimed for claims in clients for _, claimed in claims],
    }
