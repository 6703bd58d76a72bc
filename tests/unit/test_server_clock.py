"""The clock that a running server lives by."""

from __future__ import annotations

from datetime import timedelta

from appliance.server.clock import ServerClock
from tests.support.spa import Hands

NOTHING = timedelta(0)


def near(one, other) -> bool:
    return abs(one - other) < timedelta(milliseconds=1)


def test_it_tells_the_time_and_follows_a_clock_that_is_steered() -> None:
    hands = Hands()
    clock = ServerClock(hands.wall, hands.elapsed)
    for _ in range(100):
        hands.advance(seconds=60)
        hands.put(seconds=-0.5)
        assert near(clock(), hands.wall())
    assert clock.step == NOTHING


def test_it_goes_on_in_the_old_time_until_the_new_one_is_taken_up() -> None:
    hands = Hands()
    clock = ServerClock(hands.wall, hands.elapsed)
    before = clock()
    hands.put(hours=40)
    hands.advance(seconds=1)
    assert near(clock(), before + timedelta(seconds=1))
    step = clock.step
    assert near(before + step, before + timedelta(hours=40))
    clock.take_up(step)
    assert near(clock(), hands.wall())
    assert clock.step == NOTHING


def test_set_back_it_goes_on_too() -> None:
    hands = Hands()
    clock = ServerClock(hands.wall, hands.elapsed)
    before = clock()
    hands.put(days=-400)
    assert clock() >= before
    clock.take_up(clock.step)
    assert near(clock(), hands.wall())


def test_a_machine_that_sleeps_is_no_clock_that_was_set() -> None:
    hands = Hands()
    clock = ServerClock(hands.wall, hands.elapsed)
    hands.advance(hours=9)
    assert near(clock(), hands.wall())
    assert clock.step == NOTHING


def test_its_first_moment_moves_with_it() -> None:
    hands = Hands()
    clock = ServerClock(hands.wall, hands.elapsed)
    since = clock.since
    hands.put(hours=3)
    clock.take_up(clock.step)
    assert near(clock.since, since + timedelta(hours=3))
    clock.reach_back(since)
    assert clock.since == since
