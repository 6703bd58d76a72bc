"""Rotation: who is first, for how long, and that it is fair."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal as D

import pytest

from appliance.server.domain.errors import InvalidState
from appliance.server.domain.turns import (
    TURN_VALUES,
    Duty,
    Ready,
    after,
    in_order,
    who_may_claim,
    worth,
)

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)


def ready(who: int, turns: str, free: int = 0, came: int = 0) -> Ready:
    return Ready(who, D(turns), NOON + timedelta(minutes=free), NOON + timedelta(minutes=came))


def test_fewest_turns_then_free_longest_then_first_in() -> None:
    order = in_order([ready(1, "2"), ready(2, "1", 5), ready(3, "1", 1, 9), ready(4, "1", 1, 2)])
    assert [one.therapist_id for one in order] == [4, 3, 2, 1]


def test_who_is_first_has_a_minute() -> None:
    people = [ready(1, "0"), ready(2, "1"), ready(3, "2")]
    seconds = lambda count: who_may_claim(people, NOON, NOON + timedelta(seconds=count))  # noqa: E731
    assert seconds(-5) == [1]
    assert seconds(59) == [1]
    assert seconds(60) == [1, 2]
    assert seconds(600) == [1, 2, 3]


def test_nobody_ready_is_nobody() -> None:
    assert who_may_claim([], NOON, NOON) == []


@pytest.mark.parametrize(
    ("event", "before", "then"),
    [
        ("duty_in", Duty.OUT, Duty.IN),
        ("duty_break", Duty.IN, Duty.BREAK),
        ("duty_back", Duty.BREAK, Duty.IN),
        ("duty_out", Duty.IN, Duty.OUT),
        ("duty_out", Duty.BREAK, Duty.OUT),
        ("duty_in", Duty.IN, Duty.IN),
        ("duty_break", Duty.BREAK, Duty.BREAK),
        ("duty_back", Duty.IN, Duty.IN),
        ("duty_out", Duty.OUT, Duty.OUT),
    ],
)
def test_duty(event: str, before: Duty, then: Duty) -> None:
    assert after(event, before) is then


@pytest.mark.parametrize(
    ("event", "before"),
    [
        ("duty_in", Duty.BREAK),
        ("duty_break", Duty.OUT),
        ("duty_back", Duty.OUT),
    ],
)
def test_duty_that_makes_no_sense_says_what_is(event: str, before: Duty) -> None:
    with pytest.raises(InvalidState, match="You are"):
        after(event, before)


def had(one: Ready, turns: D, free: datetime) -> Ready:
    """The same therapist after a customer."""
    return replace(one, turns=one.turns + turns, free_since=free)


def first_of(people: list[Ready], now: datetime) -> Ready:
    (key,) = who_may_claim(people, now, now)
    return next(one for one in people if one.therapist_id == key)


def test_a_thousand_days_of_rotation_are_fair() -> None:
    """Equals, ready again before the next customer: whatever services are worth, their turns
    differ by at most one."""
    chance = random.Random(1)
    for _ in range(1000):
        people = [ready(who, "0", came=who) for who in range(chance.randint(2, 8))]
        for minute in range(chance.randint(1, 60)):
            now = NOON + timedelta(minutes=minute)
            first = first_of(people, now)
            people.remove(first)
            people.append(had(first, chance.choice(TURN_VALUES), now))
            turns = [one.turns for one in people]
            assert max(turns) - min(turns) <= 1


def test_a_thousand_days_with_as_many_at_work_as_come_are_fair() -> None:
    """Services of one length and customers who come at any time: equals differ by one at most,
    and nobody is called while somebody is ready who has had less."""
    chance = random.Random(2)
    for _ in range(1000):
        ready_again = {ready(who, "0", came=who): NOON for who in range(chance.randint(2, 8))}
        now, length = NOON, timedelta(minutes=chance.randint(10, 90))
        for _ in range(chance.randint(1, 60)):
            # The customer comes, and waits until somebody is ready.
            now = max(now + timedelta(minutes=chance.randint(0, 40)), min(ready_again.values()))
            there = [one for one, at in ready_again.items() if at <= now]
            first = first_of(there, now)
            assert first.turns == min(one.turns for one in there)
            del ready_again[first]
            ready_again[had(first, D(1), now + length)] = now + length
            turns = [one.turns for one in ready_again]
            assert max(turns) - min(turns) <= 1


def test_a_visit_is_worth_its_most_valuable_service() -> None:
    assert worth([D("0.5"), D(1), D(1)]) == 1
    assert worth([D(0), D("0.5")]) == D("0.5")
    assert worth([]) == 0
