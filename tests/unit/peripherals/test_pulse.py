from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from appliance.peripherals.pulse import Pulse


@pytest.fixture
def living() -> Iterator[threading.Thread]:
    end = threading.Event()
    thread = threading.Thread(target=end.wait, name="lamps")
    thread.start()
    yield thread
    end.set()
    thread.join()


def test_a_thread_that_goes_around_is_well(living: threading.Thread) -> None:
    now = [100.0]
    pulse = Pulse(living, 15, clock=lambda: now[0])
    for _ in range(5):
        now[0] += 14
        assert pulse.ailment is None
        pulse.beat()


def test_a_thread_that_lives_but_does_not_move_is_stuck(living: threading.Thread) -> None:
    now = [100.0]
    pulse = Pulse(living, 15, clock=lambda: now[0])
    now[0] += 21
    assert pulse.ailment == "thread lamps has been stuck for 21 s"
    pulse.beat()
    assert pulse.ailment is None


def test_a_thread_that_has_ended_is_told() -> None:
    thread = threading.Thread(target=lambda: None, name="room-3")
    pulse = Pulse(thread, 15)
    thread.start()
    thread.join()
    assert pulse.ailment == "thread room-3 has ended"
