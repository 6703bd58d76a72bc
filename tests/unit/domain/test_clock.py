"""Which times cannot be right, and where they belong."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.server.domain.clock import (
    TOLERANCE,
    back_to,
    in_line,
    in_words,
    is_ahead,
    with_the_clock,
)

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
moments = st.lists(
    st.integers(-(10**6), 10**6).map(lambda seconds: NOW + timedelta(seconds=seconds)),
    unique=True,
    max_size=30,
).map(sorted)


def test_what_is_a_little_ahead_is_another_servers_clock() -> None:
    assert not is_ahead(None, NOW)
    assert not is_ahead(NOW + TOLERANCE, NOW)
    assert is_ahead(NOW + timedelta(hours=3), NOW)


def test_what_was_read_off_a_clock_moves_with_it_and_older_times_stay() -> None:
    move = with_the_clock(timedelta(hours=40), NOW)
    before, since = NOW - timedelta(minutes=1), NOW + timedelta(minutes=1)
    assert (move(before), move(since)) == (before, since + timedelta(hours=40))


def test_the_newest_that_lies_ahead_becomes_now_and_the_others_keep_their_distance() -> None:
    newest = NOW + timedelta(days=400)
    move = back_to(NOW, newest)
    assert move(newest) == NOW
    assert move(newest - timedelta(minutes=10)) == NOW - timedelta(minutes=10)
    assert move(NOW - timedelta(minutes=20)) == NOW - timedelta(minutes=20)


@given(line=moments)
def test_a_line_keeps_its_order_and_nobody_is_left_ahead(line: list[datetime]) -> None:
    newest = max([*line, NOW])
    moved = in_line(line, back_to(NOW, newest))
    assert all(one < other for one, other in pairwise(moved))
    assert all(place <= NOW + timedelta(milliseconds=1) for place in moved)


@given(line=moments, hours=st.integers(-500, 500), since=st.integers(-(10**6), 10**6))
def test_a_line_keeps_its_order_when_the_clock_is_set(
    line: list[datetime], hours: int, since: int
) -> None:
    move = with_the_clock(timedelta(hours=hours), NOW + timedelta(seconds=since))
    moved = in_line(line, move)
    assert len(moved) == len(line)
    assert all(one < other for one, other in pairwise(moved))


def test_nobody_who_came_later_is_put_before_somebody_who_came_first() -> None:
    # Three hours wrong: one came before, one was confirmed soon after, one hours later.
    honest, wrong, last = NOW, NOW + timedelta(hours=3, minutes=1), NOW + timedelta(hours=8)
    moved = in_line([honest, wrong, last], back_to(NOW + timedelta(minutes=5), last))
    assert moved[0] == honest
    assert moved[0] < moved[1] < moved[2]


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        (timedelta(days=-400), "400 days"),
        (timedelta(hours=3), "3 hours"),
        (timedelta(minutes=5), "5 minutes"),
        (timedelta(seconds=8), "8 s"),
    ],
)
def test_an_amount_in_words(amount: timedelta, words: str) -> None:
    assert in_words(amount) == words
