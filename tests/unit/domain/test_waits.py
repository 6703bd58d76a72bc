"""Estimated waits, against a simulation that lives through every minute."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.server.domain.codes import BusinessDay
from appliance.server.domain.lanes import ANYONE
from appliance.server.domain.waits import (
    InLine,
    Reach,
    Serving,
    estimated_waits,
    free_until,
    reach,
    said,
    wait_behind,
    waits_in_lanes,
)


def rooms(*busy: int) -> list[Serving]:
    """Rooms of therapists whom nobody asks for."""
    return [Serving(minutes, frozenset({ANYONE})) for minutes in busy]


def minute_by_minute(busy: list[int], queue: list[int]) -> list[int]:
    """Let therapists work and call the next customer, minute after minute."""
    left, waiting, waits, minute = list(busy), list(queue), [], 0
    while waiting:
        for index, remaining in enumerate(left):
            if remaining == 0 and waiting:
                waits.append(minute)
                left[index] = waiting.pop(0)
        left = [max(0, remaining - 1) for remaining in left]
        minute += 1
    return waits


@given(
    st.lists(st.integers(0, 90), min_size=1, max_size=6),
    st.lists(st.integers(1, 90), max_size=15),
)
def test_the_estimate_is_what_the_shop_would_live_through(
    busy: list[int], queue: list[int]
) -> None:
    assert estimated_waits(busy, queue) == minute_by_minute(busy, queue)


def test_nobody_on_duty_means_nobody_knows() -> None:
    assert estimated_waits([], [30, 60]) == [None, None]


def test_nobody_waiting_means_no_waits() -> None:
    assert estimated_waits([0, 10], []) == []


def test_a_free_therapist_means_no_wait() -> None:
    assert estimated_waits([0, 45], [30]) == [0]


def test_the_second_waits_for_whoever_is_free_first() -> None:
    assert estimated_waits([0, 45], [30, 60]) == [0, 30]


def test_two_free_therapists_take_two_at_once() -> None:
    assert estimated_waits([0, 0], [30, 60, 20, 5]) == [0, 0, 30, 50]


def test_the_arguments_are_left_alone() -> None:
    busy, queue = [30, 10], [20, 20]
    estimated_waits(busy, queue)
    assert (busy, queue) == ([30, 10], [20, 20])


@given(st.lists(st.integers(0, 90), max_size=6), st.lists(st.integers(1, 90), max_size=15))
def test_who_came_first_never_waits_longer(busy: list[int], queue: list[int]) -> None:
    waits = [wait for wait in estimated_waits(busy, queue) if wait is not None]
    assert waits == sorted(waits)


@given(
    st.lists(st.integers(0, 90), min_size=1, max_size=6),
    st.lists(st.integers(1, 90), max_size=15),
)
def test_behind_a_queue_that_is_known_whole_the_estimate_is_exact(
    busy: list[int], queue: list[int]
) -> None:
    known = [InLine(minutes) for minutes in queue]
    expected = estimated_waits(busy, [*queue, 30])[-1]
    assert wait_behind(rooms(*busy), known, len(queue)) == expected


def test_behind_a_long_queue_the_rest_is_like_its_front() -> None:
    # Ten customers of 40 minutes take two therapists 200 minutes, and ninety more nine times that.
    assert wait_behind(rooms(0, 0), [InLine(40)] * 10, 10) == 200
    assert wait_behind(rooms(0, 0), [InLine(40)] * 10, 100) == 2000


def test_behind_a_queue_nobody_knows_either_while_nobody_is_on_duty() -> None:
    assert wait_behind([], [InLine(40)], 100) is None


# --- lanes ------------------------------------------------------------------------------------


@given(
    st.lists(st.integers(0, 90), min_size=1, max_size=4),
    st.lists(st.integers(0, 90), min_size=1, max_size=4),
    st.lists(st.tuples(st.integers(1, 90), st.booleans()), max_size=15),
)
def test_two_lanes_that_share_nobody_are_two_queues(
    hers: list[int], his: list[int], queue: list[tuple[int, bool]]
) -> None:
    serving = [Serving(at, frozenset({1})) for at in hers] + [
        Serving(at, frozenset({2})) for at in his
    ]
    waits = waits_in_lanes(serving, [InLine(each, 1 if first else 2) for each, first in queue])
    for lane, busy in ((True, hers), (False, his)):
        alone = [minutes for minutes, first in queue if first is lane]
        got = [wait for wait, (_, first) in zip(waits, queue, strict=True) if first is lane]
        assert got == estimated_waits(busy, alone)


def test_who_asked_for_somebody_waits_for_them_and_holds_nobody_up() -> None:
    ana, ben = Serving(20, frozenset({ANYONE, 1})), Serving(0, frozenset({ANYONE, 2}))
    queue = [InLine(30, 1), InLine(60), InLine(15), InLine(10, 3)]
    assert waits_in_lanes([ana, ben], queue) == [20, 0, 50, None]


def test_who_serves_fewer_lanes_is_left_to_those_who_asked_for_nobody() -> None:
    everybody = [Serving(0, frozenset({ANYONE, 1, -1})), Serving(0, frozenset({ANYONE}))]
    assert waits_in_lanes(everybody, [InLine(60), InLine(30, 1)]) == [0, 0]


def test_people_are_told_an_estimate_in_steps_of_five_minutes() -> None:
    exact = [0, 4, 5, 7, 8, 62, 63, 90]
    assert [said(minutes) for minutes in exact] == [0, 0, 5, 5, 10, 60, 65, 90]


@pytest.mark.parametrize(
    ("wait", "until"), [(None, None), (15, None), (22, "10:15"), (45, "10:35"), (48, "10:40")]
)
def test_who_waits_long_is_told_until_when_they_may_be_out(
    wait: int | None, until: str | None
) -> None:
    now = datetime(2026, 11, 27, 10, 3, 20, tzinfo=UTC)
    found = free_until(now, wait)
    assert (found and f"{found:%H:%M}") == until


@pytest.mark.parametrize(
    ("minutes_before_closing", "wait", "chosen", "expected"),
    [
        (90, 30, 60, Reach.LIKELY),
        (90, 31, 60, Reach.UNLIKELY),
        (90, None, 60, Reach.LIKELY),
        (0, 0, 0, Reach.CLOSED),
    ],
)
def test_who_would_be_served_after_closing_is_told(
    minutes_before_closing: int, wait: int | None, chosen: int, expected: Reach
) -> None:
    closing = datetime(2026, 11, 27, 20, tzinfo=UTC)
    now = closing - timedelta(minutes=minutes_before_closing)
    assert reach(now, wait, chosen, closing) is expected
    assert reach(now, wait, chosen, None) is Reach.LIKELY


def test_a_shop_that_closes_after_midnight_closes_on_its_own_business_day() -> None:
    manila = ZoneInfo("Asia/Manila")
    day = BusinessDay(manila, time(4))
    for hour, date in ((22, 27), (1, 28)):
        start = day.start_of(datetime(2026, 11, date, hour, tzinfo=manila))
        assert day.next_time(start, time(2)) == datetime(2026, 11, 28, 2, tzinfo=manila)
        assert day.next_time(start, time(20)) == datetime(2026, 11, 27, 20, tzinfo=manila)
