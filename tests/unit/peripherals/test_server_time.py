"""The server's clock as a daemon knows it."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

import pytest

from appliance.peripherals.server_time import ServerTime
from tests.support.spa import Hands
from tests.unit.peripherals.test_room import Notes, press, station

SERVER = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize("off", [timedelta(hours=-1), timedelta(seconds=8), timedelta(days=-400)])
def test_a_clock_that_differs_does_not_matter(off: timedelta) -> None:
    hands = Hands(SERVER + off)
    time = ServerTime(hands.wall, hands.elapsed)
    time.heard(SERVER.isoformat())
    hands.advance(seconds=2)
    assert time() == SERVER + timedelta(seconds=2)


def test_a_clock_that_is_set_between_two_answers_does_not_matter() -> None:
    hands = Hands(SERVER)
    time = ServerTime(hands.wall, hands.elapsed)
    time.heard(SERVER.isoformat())
    hands.put(hours=40)
    assert time() == SERVER


@pytest.mark.parametrize("odd", [None, 5, "", "now", "2026-11-22T10:00:00"])
def test_until_the_server_has_said_one_it_is_the_own_clock(odd: object) -> None:
    hands = Hands(SERVER)
    time = ServerTime(hands.wall, hands.elapsed)
    time.heard(odd)
    assert abs(time() - SERVER) < timedelta(milliseconds=1)


def test_the_difference_is_told_once_and_when_it_is_over(caplog: pytest.LogCaptureFixture) -> None:
    hands = Hands(SERVER - timedelta(hours=1))
    time = ServerTime(hands.wall, hands.elapsed)
    with caplog.at_level(logging.INFO):
        time.heard(SERVER.isoformat())
        time.heard(SERVER.isoformat())
        assert [record.levelname for record in caplog.records] == ["WARNING"]
        assert "3600 s behind the server's" in caplog.text
        hands.put(hours=1)
        time.heard(SERVER.isoformat())
    assert caplog.records[-1].levelname == "INFO"


def test_a_press_is_dated_by_the_server() -> None:
    hands = Hands(SERVER - timedelta(hours=1))
    time = ServerTime(hands.wall, hands.elapsed)
    time.heard(SERVER.isoformat())
    notes = Notes()
    with station(notes, wall_clock=time) as room:
        press(room)
        notes.wait(sent=1)
    pressed_at = datetime.fromisoformat(notes.sent[0]["pressed_at"])
    assert timedelta(0) < SERVER - pressed_at < timedelta(seconds=5)
