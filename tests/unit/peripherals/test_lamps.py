from __future__ import annotations

import math
import threading

import pytest

from appliance.peripherals.rooms.lamps import (
    CYCLES,
    TRIPLE_FLASH,
    LampDriver,
    LampSchedule,
    cycle_at,
)
from appliance.protocol import LampPattern


def changes(schedule: LampSchedule, start: float, end: float) -> list[tuple[float, bool]]:
    """Follow a lamp from one deadline to the next, as the driver does."""
    seen: list[tuple[float, bool]] = []
    now = start
    while now < end:
        level, until = schedule.at(now)
        if not seen or seen[-1][1] is not level:
            seen.append((round(now - start, 6), level))
        if math.isinf(until):
            break
        assert until > now
        now = until
    return seen


def showing(pattern: LampPattern, since: float = 100.0) -> LampSchedule:
    schedule = LampSchedule()
    schedule.show(pattern, since)
    return schedule


def test_off_and_on_are_steady() -> None:
    assert changes(showing(LampPattern.OFF), 100, 200) == [(0, False)]
    assert changes(showing(LampPattern.ON), 100, 200) == [(0, True)]


def test_blinking_is_even_and_fast_is_faster_than_slow() -> None:
    slow = changes(showing(LampPattern.SLOW_BLINK), 100, 105)
    fast = changes(showing(LampPattern.FAST_BLINK), 100, 101)
    assert slow == [(0, True), (1, False), (2, True), (3, False), (4, True)]
    assert fast == [(0, True), (0.2, False), (0.4, True), (0.6, False), (0.8, True)]


def test_a_pulse_is_short_and_comes_every_three_seconds() -> None:
    on = [at for at, level in changes(showing(LampPattern.PULSE), 100, 110) if level]
    assert on == [0, 3, 6, 9]
    assert CYCLES[LampPattern.PULSE][0][1] < 0.5


@pytest.mark.parametrize("pattern", [LampPattern.OFF, LampPattern.ON, LampPattern.SLOW_BLINK])
def test_a_triple_flash_is_three_flashes_and_then_the_pattern_again(pattern: LampPattern) -> None:
    schedule = showing(pattern)
    schedule.flash(100.0)
    seconds = sum(length for _, length in TRIPLE_FLASH)
    seen = changes(schedule, 100.0, 100 + seconds - 0.001)
    assert [level for _, level in seen] == [False, True, False, True, False, True, False]
    after = 100 + seconds + 0.01
    assert schedule.at(after)[0] is showing(pattern).at(after)[0]


def test_a_pattern_that_comes_during_a_flash_shows_after_it() -> None:
    schedule = showing(LampPattern.OFF)
    schedule.flash(100.0)
    schedule.show(LampPattern.ON, 100.1)
    assert schedule.at(100.1)[0] is False
    assert schedule.at(105.0) == (True, math.inf)


def test_the_same_pattern_again_keeps_its_rhythm() -> None:
    schedule = showing(LampPattern.SLOW_BLINK, since=100.0)
    schedule.show(LampPattern.SLOW_BLINK, 100.7)
    assert schedule.at(100.7) == (True, 101.0)


def test_late_looks_do_not_add_up() -> None:
    # A driver that is 50 ms late each time still finds the edges where they were.
    schedule, now = showing(LampPattern.SLOW_BLINK, since=0.0), 0.0
    for _ in range(100_000):
        _, until = schedule.at(now)
        assert until == pytest.approx(round(until), abs=1e-9)
        now = until + 0.05


@pytest.mark.parametrize("pattern", list(LampPattern))
def test_the_next_change_is_always_ahead(pattern: LampPattern) -> None:
    for step in range(10_000):
        elapsed = step * 0.1
        assert cycle_at(CYCLES[pattern], elapsed)[1] > elapsed


def test_every_pattern_of_the_protocol_has_a_table() -> None:
    assert set(CYCLES) == set(LampPattern)


class Recorder:
    def __init__(self) -> None:
        self.levels: list[bool] = []
        self.news = threading.Condition()

    def __call__(self, level: bool) -> None:
        with self.news:
            self.levels.append(level)
            self.news.notify_all()

    def wait(self, levels: list[bool]) -> None:
        with self.news:
            assert self.news.wait_for(lambda: self.levels[-len(levels) :] == levels, 10)


def test_the_driver_switches_and_leaves_the_lamp_off() -> None:
    lamp = Recorder()
    driver = LampDriver()
    driver.add("1", lamp)
    driver.start()
    driver.show("1", LampPattern.ON)
    lamp.wait([True])
    driver.flash("1")
    lamp.wait([True, False, True, False, True, False, True])
    driver.stop()
    assert lamp.levels[-1] is False


def test_a_broken_lamp_does_not_stop_the_others(caplog: pytest.LogCaptureFixture) -> None:
    def broken(_level: bool) -> None:
        raise OSError("pin is gone")

    lamp = Recorder()
    driver = LampDriver()
    driver.add("1", broken)
    driver.add("2", lamp)
    driver.start()
    driver.show("1", LampPattern.ON)
    driver.show("2", LampPattern.ON)
    lamp.wait([True])
    driver.stop()
    assert "Room 1: its lamp could not be switched." in caplog.text
