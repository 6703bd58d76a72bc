from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.peripherals.rooms.gestures import GestureDetector, Made
from appliance.protocol import Gesture

Edges = list[tuple[float, bool]]


def play(edges: Edges, until: float) -> list[Made]:
    """Feed edges in time order, calling `advance` at each deadline as a station does."""
    detector = GestureDetector()
    made: list[Made] = []
    for at, down in edges:
        while detector.deadline is not None and detector.deadline < at:
            made += detector.advance(detector.deadline)
        made += detector.edge(down, at)
    while detector.deadline is not None and detector.deadline <= until:
        made += detector.advance(detector.deadline)
    return made


def kinds(made: list[Made]) -> list[Gesture | None]:
    return [one.gesture for one in made]


def test_a_press_is_reported_on_release_and_dated_back_to_when_the_finger_came_down() -> None:
    assert play([(10.0, True)], until=11.0) == []
    assert play([(10.0, True), (10.2, False)], until=11.0) == [Made(Gesture.PRESS, 10.0)]


def test_a_hold_fires_after_two_seconds_while_the_button_is_still_down() -> None:
    assert play([(10.0, True)], until=11.999) == []
    assert play([(10.0, True)], until=12.0) == [Made(Gesture.HOLD, 10.0)]


def test_the_release_after_a_hold_is_no_press() -> None:
    assert kinds(play([(10.0, True), (13.0, False)], until=20)) == [Gesture.HOLD]


def test_letting_go_just_before_two_seconds_is_a_press() -> None:
    # The contact opens before the hold time and is known to be open only after it.
    assert kinds(play([(10.0, True), (11.99, False)], until=20)) == [Gesture.PRESS]


@pytest.mark.parametrize("bounce_ms", range(1, 31))
def test_bounces_of_up_to_30_ms_make_one_press(bounce_ms: int) -> None:
    step = bounce_ms / 1000
    closing = [(10 + step * n, n % 2 == 0) for n in range(7)]
    opening = [(11 + step * n, n % 2 == 1) for n in range(7)]
    assert kinds(play(closing + opening, until=20)) == [Gesture.PRESS]


@pytest.mark.parametrize("blip_ms", [1, 10, 30])
def test_a_blip_is_nothing(blip_ms: int) -> None:
    assert play([(10.0, True), (10.0 + blip_ms / 1000, False)], until=20) == []


@pytest.mark.parametrize("gap_ms", [1, 15, 30])
@pytest.mark.parametrize("at", [10.5, 11.5, 11.985, 11.99])
def test_a_loose_contact_during_a_hold_does_not_break_it(at: float, gap_ms: int) -> None:
    edges = [(10.0, True), (at, False), (at + gap_ms / 1000, True), (13.0, False)]
    assert kinds(play(edges, until=20)) == [Gesture.HOLD]


def chatter(start: float, *, closed: float, open_: float, times: int) -> list[tuple[float, bool]]:
    """A contact that closes and opens again and again, never at rest."""
    period = closed + open_
    edges = []
    for n in range(times):
        edges += [(start + n * period, True), (start + n * period + closed, False)]
    return edges


def test_a_press_on_a_worn_contact_is_told_and_not_guessed() -> None:
    """It was lost without a word: the finger was there for 0.3 s, and the contact never at rest."""
    edges = chatter(10.0, closed=0.025, open_=0.005, times=10)
    assert play(edges, until=20) == [Made(None, 10.0)]


def test_the_hum_of_a_cable_is_nothing() -> None:
    assert play(chatter(10.0, closed=0.010, open_=0.010, times=200), until=20) == []


def test_chatter_that_ends_closed_is_a_press() -> None:
    edges = [*chatter(10.0, closed=0.025, open_=0.005, times=5), (10.15, True), (10.4, False)]
    assert kinds(play(edges, until=20)) == [Gesture.PRESS]


def test_two_presses_are_two() -> None:
    edges = [(10.0, True), (10.1, False), (10.3, True), (10.4, False)]
    assert play(edges, until=20) == [Made(Gesture.PRESS, 10.0), Made(Gesture.PRESS, 10.3)]


def test_a_hold_does_not_repeat() -> None:
    assert kinds(play([(10.0, True)], until=100)) == [Gesture.HOLD]


def test_edges_that_are_read_late_mean_the_same() -> None:
    detector = GestureDetector()
    made = detector.edge(True, 10.0)
    made += detector.edge(False, 10.2)  # both lay in the queue; no advance between them
    made += detector.edge(True, 15.0)
    made += detector.edge(False, 18.0)
    made += detector.advance(30.0)
    assert kinds(made) == [Gesture.PRESS, Gesture.HOLD]


def test_nothing_is_due_while_nothing_is_pressed() -> None:
    detector = GestureDetector()
    assert detector.deadline is None
    detector.edge(True, 1.0)
    detector.edge(False, 1.5)
    detector.advance(2.0)
    assert detector.deadline is None


@given(st.lists(st.floats(0.001, 0.030), min_size=1, max_size=60))
def test_any_chatter_while_closing_ends_in_one_press(gaps: list[float]) -> None:
    at, edges, down = 10.0, [(10.0, True)], True
    for gap in gaps:
        at, down = at + gap, not down
        edges.append((at, down))
    if not down:
        edges.append((at + 0.001, True))
    edges.append((at + 0.5, False))
    held = at + 0.5 - 10.0 >= 2.0
    assert kinds(play(edges, until=at + 10)) == [Gesture.HOLD if held else Gesture.PRESS]


@given(st.lists(st.floats(0.001, 3.0), min_size=1, max_size=40))
def test_deadlines_always_move_on(gaps: list[float]) -> None:
    """A station sleeps until the deadline; one that stays in the past would spin."""
    detector, at, down = GestureDetector(), 0.0, False
    for gap in gaps:
        at, down = at + gap, not down
        detector.edge(down, at)
        detector.advance(at)
        assert detector.deadline is None or detector.deadline > at
