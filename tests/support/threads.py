"""Things that happen at once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from tests.support.campaign import rounds

T = TypeVar("T")
PATIENCE = float(rounds(240, 1800))
"""Seconds after which a test that hangs gives up; none waits this long."""


def at_once(works: Sequence[Callable[[], T]]) -> list[T | Exception]:
    """Do things in threads that all start together.

    Returns:
        In their order, what each returned, or what it raised.
    """
    start = threading.Barrier(len(works))

    def one(work: Callable[[], T]) -> T | Exception:
        start.wait(PATIENCE)
        try:
            return work()
        except Exception as error:  # noqa: BLE001 — the test looks at it
            return error

    with ThreadPoolExecutor(len(works)) as pool:
        return [future.result(PATIENCE) for future in [pool.submit(one, work) for work in works]]
