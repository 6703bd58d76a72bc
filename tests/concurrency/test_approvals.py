"""A manager's PIN at many desks at once: right ones all pass, and wrong ones gain nothing by it.

Each comes with a control: the same crowd without the line in which PINs are checked.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from appliance.server.auth import passwords
from appliance.server.auth.approvals import Approvals
from appliance.server.auth.journal import Journal
from appliance.server.auth.throttle import PIN as PATIENCE_WITH_PINS
from appliance.server.auth.throttle import Key, LogInThrottle
from appliance.server.domain.errors import InvalidCredentials, TooManyAttempts
from appliance.server.store.unit_of_work import Store
from appliance.server.usecases.till.approvals import Approver
from tests.support.spa import Spa, open_spa
from tests.support.threads import PATIENCE, at_once

DESKS = 8
PIN = "483920"
LOOKED_AT_MOST = PATIENCE_WITH_PINS.free + 1
"""Guesses before the first pause."""


@pytest.fixture
def spa(busy_store: Store) -> Spa:
    return open_spa(busy_store, cashiers=DESKS)


class Judge:
    """Looks at PINs, and counts how many it has looked at.

    Args:
        together: So many come, and none is judged before all have been looked at or turned away.
    """

    def __init__(self, together: int = 0) -> None:
        self.looked_at = 0
        self._missing = together
        self._all_here = threading.Event()
        self._lock = threading.Lock()
        if not together:
            self._all_here.set()

    def verify(self, _pin_hash: str | None, pin: str) -> bool:
        with self._lock:
            self.looked_at += 1
        self.one_more()
        assert self._all_here.wait(PATIENCE)
        return pin == PIN

    def one_more(self) -> None:
        with self._lock:
            self._missing -= 1
            if self._missing == 0:
                self._all_here.set()


class NoLine:
    """Everybody has their turn at once."""

    @contextmanager
    def turn(self) -> Iterator[None]:
        yield


class CountsNothing(LogInThrottle):
    """Would count a guess once it is known to be wrong; many at once are all free."""

    def begin(self, keys: Iterable[Key]) -> list[Key]:
        self.check(keys)
        return []


def typed(
    monkeypatch: pytest.MonkeyPatch, gate: Approvals, spa: Spa, judge: Judge, pin: str, times: int
) -> Counter[type]:
    """One manager's name with a PIN, so many times at each desk and all at once."""
    monkeypatch.setattr(passwords, "verify", judge.verify)

    def at(desk: Any) -> Callable[[], Approver]:
        def approve() -> Approver:
            try:
                return gate.approve("gloria", pin, desk, None)
            except TooManyAttempts:
                judge.one_more()
                raise

        return approve

    return Counter(map(type, at_once([at(desk) for desk in spa.cashiers for _ in range(times)])))


def opened(store: Store, throttle: type[LogInThrottle] = LogInThrottle) -> Approvals:
    # A clock that stands still: no pause is over before the last has come.
    return Approvals(store, Journal(store), throttle(lambda: 1000.0))


def test_one_manager_approves_at_eight_desks_at_once(
    monkeypatch: pytest.MonkeyPatch, busy_store: Store, spa: Spa
) -> None:
    gate = opened(busy_store)
    assert typed(monkeypatch, gate, spa, Judge(), PIN, 2) == {Approver: 2 * DESKS}


def test_control_without_the_line_right_pins_in_flight_lock_the_manager_out(
    monkeypatch: pytest.MonkeyPatch, busy_store: Store, spa: Spa
) -> None:
    gate = opened(busy_store)
    gate._line = NoLine()  # type: ignore[assignment]
    told = typed(monkeypatch, gate, spa, Judge(DESKS), PIN, 1)
    assert told == {Approver: LOOKED_AT_MOST, TooManyAttempts: DESKS - LOOKED_AT_MOST}


def test_guesses_at_once_are_no_more_than_guesses_one_by_one(
    monkeypatch: pytest.MonkeyPatch, busy_store: Store, spa: Spa
) -> None:
    gate, judge = opened(busy_store), Judge()
    told = typed(monkeypatch, gate, spa, judge, "000000", 3)
    assert told == {
        InvalidCredentials: LOOKED_AT_MOST,
        TooManyAttempts: 3 * DESKS - LOOKED_AT_MOST,
    }
    assert judge.looked_at == LOOKED_AT_MOST
    with pytest.raises(TooManyAttempts):
        gate.approve("gloria", PIN, spa.cashiers[0], None)
    assert judge.looked_at == LOOKED_AT_MOST, "the right one is not looked at in a pause, either"


def test_control_counted_once_known_to_be_wrong_all_guesses_at_once_are_looked_at(
    monkeypatch: pytest.MonkeyPatch, busy_store: Store, spa: Spa
) -> None:
    gate, judge = opened(busy_store, CountsNothing), Judge(3 * DESKS)
    gate._line = NoLine()  # type: ignore[assignment]
    told = typed(monkeypatch, gate, spa, judge, "000000", 3)
    assert told == {InvalidCredentials: 3 * DESKS}
