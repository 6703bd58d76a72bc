"""Two who press at once in rotation: one of them is too late."""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from appliance.server.domain.errors import Busy, InvalidState
from appliance.server.domain.states import Actor
from appliance.server.domain.turns import TurnRule
from appliance.server.store import counter
from appliance.server.store.db import Database
from appliance.server.store.unit_of_work import Store
from appliance.server.usecases import rotation, therapist
from tests.concurrency.conftest import SHOP
from tests.support.spa import Clock, open_spa
from tests.support.threads import PATIENCE, at_once
from tests.support.visits import Visits

IN_ROTATION = replace(SHOP, turn_rule=TurnRule.ROTATION)


def press_at_once(
    database: Database, monkeypatch: pytest.MonkeyPatch, patience: float
) -> list[Any]:
    """After two minutes all three may call the first customer; the second and third press.

    Args:
        patience: Seconds for which who has looked waits for the other one to look as well.

    Returns:
        What became of each.
    """
    clock = Clock()
    store = Store(database, clock)
    spa = open_spa(store, therapists=3)
    visits = Visits(store, spa, IN_ROTATION)
    for _ in range(2):
        visits.waiting()
    clock.advance(seconds=121)
    both_have_looked = threading.Barrier(2)
    decide = rotation.allowed

    def look_and_wait(*arguments: Any) -> Any:
        may = decide(*arguments)
        with suppress(threading.BrokenBarrierError):
            both_have_looked.wait(patience)
        return may

    monkeypatch.setattr(rotation, "allowed", look_and_wait)

    def claim(who: Actor) -> int:
        while True:
            # Who has waited for the row for too long is told so, and presses once more.
            with suppress(Busy):
                return store.run(lambda u: therapist.confirm_next(u, IN_ROTATION, who)).id

    return at_once([lambda who=who: claim(who) for who in spa.therapists[1:]])


def test_of_two_who_press_at_once_one_is_told_who_is_first_now(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    # They decide one after the other: the second one is not there to be waited for.
    results = press_at_once(database, monkeypatch, patience=1)
    refused = [result for result in results if isinstance(result, InvalidState)]
    assert [error.message for error in refused] == ["Ana is first. Please wait for your turn."]
    assert sum(isinstance(result, int) for result in results) == 1, results


def test_control_without_the_line_s_row_both_win(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counter, "take_turns", counter.last_called)
    results = press_at_once(database, monkeypatch, PATIENCE)
    assert all(isinstance(result, int) for result in results), results
