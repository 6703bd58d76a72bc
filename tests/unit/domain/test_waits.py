"""Estimated waits, against a simulation that lives through every minute."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from appliance.server.domain.waits import estimated_waits, wait_behind


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
    assert wait_behind(busy, queue, len(queue)) == estimated_waits(busy, [*queue, 30])[-1]


def test_behind_a_long_queue_the_rest_is_like_its_front() -> None:
    # Ten customers of 40 minutes take two therapists 200 minutes, and ninety more nine times that.
    assert wait_behind([0, 0], [40] * 10, 10) == 200
    assert wait_behind([0, 0], [40] * 10, 100) == 2000


def test_behind_a_queue_nobody_knows_either_while_nobody_is_on_duty() -> None:
    assert wait_behind([], [40], 100) is None
