"""Is a table a sound state machine?"""

from __future__ import annotations

from collections.abc import Iterable

from ..states import OPEN, TERMINAL, TransactionStatus
from .table import WAYS_BACK, Transition


def check_table(table: Iterable[Transition]) -> None:
    """Make sure that a table is a sound state machine.

    Args:
        table: The rows.

    Raises:
        ValueError: Two rows for one event, state and role, a state that cannot be reached, a state
            from which no end can be reached, a way out of an end, or a way back that is none of
            `WAYS_BACK`.
    """
    rows = list(table)
    keys = [(row.event, row.source, row.role) for row in rows]
    if len(keys) != len(set(keys)):
        raise ValueError("two rows for one event, state and role")
    reached = _closure(None, rows)
    if reached != set(TransactionStatus):
        raise ValueError(f"unreachable: {sorted(set(TransactionStatus) - reached)}")
    traps = [state for state in OPEN if not _closure(state, rows) & TERMINAL]
    if traps:
        raise ValueError(f"no way out of: {sorted(traps)}")
    if any(row.source in TERMINAL for row in rows):
        raise ValueError("a way out of an end")
    back = {row.event for row in rows if row.back}
    if not back <= WAYS_BACK:
        raise ValueError(f"a way back that is no release: {sorted(back)}")


def _closure(start: TransactionStatus | None, rows: list[Transition]) -> set[TransactionStatus]:
    reached: set[TransactionStatus] = set()
    frontier: set[TransactionStatus | None] = {start}
    while frontier:
        following = {row.target for row in rows if row.source in frontier} - reached
        reached |= following
        frontier = set(following)
    return reached
