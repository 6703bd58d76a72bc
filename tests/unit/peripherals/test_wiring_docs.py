"""The example, the table in docs/wiring.md and the header agree."""

from __future__ import annotations

import re
from pathlib import Path

from appliance.peripherals import config as settings
from appliance.peripherals.rooms.header import HEADER_PINS

DOCS = Path(__file__).parents[3] / "docs"


def test_the_example_loads_and_is_what_the_table_says() -> None:
    rooms = settings.load(DOCS / "peripherals.example.toml").rooms
    table = re.findall(
        r"^\| (\d+) \| GPIO (\d+) \| (\d+) \| GPIO (\d+) \| (\d+) \|$",
        (DOCS / "wiring.md").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    assert len(rooms) == 12
    assert [
        (
            room.number,
            str(room.button_pin),
            str(HEADER_PINS[room.button_pin]),
            str(room.lamp_pin),
            str(HEADER_PINS[room.lamp_pin]),
        )
        for room in rooms
    ] == table
