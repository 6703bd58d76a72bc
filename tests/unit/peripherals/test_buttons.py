from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from gpiozero.pins.mock import MockFactory

from appliance.peripherals.config import RoomConfig
from appliance.peripherals.rooms.buttons import RoomPins


@pytest.fixture
def pins() -> Iterator[Any]:
    factory = MockFactory()
    yield factory
    factory.reset()


@pytest.mark.parametrize("low", [None, False, True])
def test_a_lamp_is_lit_by_the_level_that_its_board_wants(pins: Any, low: bool | None) -> None:
    """On a relay board that is lit by a low pin, every pattern was upside down."""
    room = RoomPins(RoomConfig("1", 17, 27, lamp_active_low=low), pins, lambda *_: None)
    levels = [pins.pin(27).state]
    for on in (True, False):
        room.light(on)
        levels.append(pins.pin(27).state)
    room.close()
    assert levels == ([True, False, True] if low else [False, True, False])
