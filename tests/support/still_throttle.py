"""The clock of those who count wrong guesses stands still: a pause lasts until its test is over.

The first pause is of one second, in which a test would have to ask again; how pauses pass is the
affair of `tests/security/test_throttle.py`, on a clock of its own.
"""

from __future__ import annotations

import pytest

from appliance.server.auth.throttle import LogInThrottle
from tests.support import nursery

IN_A_SERVER = {nursery.FIRST: f"{__name__}:stop"}
"""Settings of a server from the nursery that has such a clock."""


def _moment() -> float:
    return 1000.0


def stop() -> None:
    """Stop it in this process, which is a server of the tests."""
    LogInThrottle.__init__.__defaults__ = (_moment,)  # type: ignore[misc]


def stop_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stop it for an application that is made in this process, until the test is over."""
    monkeypatch.setattr(LogInThrottle.__init__, "__defaults__", (_moment,))
