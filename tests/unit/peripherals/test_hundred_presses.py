"""A hundred presses a second on twelve rooms, in time that the test keeps itself."""

from __future__ import annotations

import heapq
import itertools
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from appliance.peripherals.client import OnAnswer, Payload
from appliance.peripherals.rooms.room import RoomStation
from tests.support.campaign import rounds

ROOMS = 12
PRESSES_PER_SECOND = 100
TURN = ROOMS / PRESSES_PER_SECOND
"""Seconds from one press in a room to its next."""
DOWN = TURN / 2
LONGEST_BOUNCE = 0.029
"""Seconds; longer ones are no bounce but a finger."""
HOLD_AT = 2.0
MIDNIGHT = datetime(2026, 3, 1, tzinfo=UTC)


class House:
    """Twelve rooms with their stations, a server, and one clock for all.

    Attributes:
        now: The time, in seconds.
        said: What the server has heard.
        flashes: The rooms whose lamp has said no.
    """

    def __init__(self, luck: random.Random) -> None:
        self.now = 0.0
        self.said: list[dict[str, Any]] = []
        self.flashes: list[str] = []
        self._luck = luck
        self._order = itertools.count()
        self._agenda: list[tuple[float, int, Callable[[], None]]] = []
        self._stations = {
            str(number): RoomStation(
                str(number),
                self,
                _Lamp(self, str(number)),
                clock=lambda: self.now,
                wall_clock=lambda: MIDNIGHT + timedelta(seconds=self.now),
            )
            for number in range(ROOMS)
        }

    def at(self, when: float, what: Callable[[], None]) -> None:
        """Plan something."""
        heapq.heappush(self._agenda, (when, next(self._order), what))

    def finger(self, room: str, down: float, up: float) -> None:
        """Plan a press, with a contact that chatters when it closes and when it opens."""
        for begin, closed in ((down, True), (up, False)):
            times = sorted(self._luck.uniform(0, LONGEST_BOUNCE) for _ in range(4))
            for offset, level in zip((0.0, *times), itertools.cycle((closed, not closed))):
                self.at(
                    begin + offset,
                    lambda at=begin + offset, level=level: self._edge(room, level, at),
                )  # type: ignore[misc]

    def run(self) -> None:
        """Let time pass, from one thing that is planned to the next, until all is over."""
        while self._agenda or self._next_deadline() is not None:
            deadline = self._next_deadline()
            planned = self._agenda[0][0] if self._agenda else None
            if deadline is not None and (planned is None or deadline < planned):
                self.now = max(self.now, deadline)
            else:
                self.now, _, what = heapq.heappop(self._agenda)
                what()
            for station in self._stations.values():
                self._settle(station)

    def send(self, event: str, payload: Payload, on_answer: OnAnswer | None = None) -> None:
        """The server: it answers a little later."""
        assert event == "button"
        assert on_answer is not None
        self.said.append(dict(payload))
        self.at(self.now + self._luck.uniform(0.002, 0.02), lambda: on_answer({"ok": True}))

    def _edge(self, room: str, level: bool, at: float) -> None:
        self._stations[room].edge(level, at)

    def _next_deadline(self) -> float | None:
        deadlines = (station._detector.deadline for station in self._stations.values())
        return min((one for one in deadlines if one is not None), default=None)

    def _settle(self, station: RoomStation) -> None:
        while not station._inbox.empty():
            station.step(0)
        station.step(0)


class _Lamp:
    def __init__(self, house: House, room: str) -> None:
        self._house, self._room = house, room

    def ask(self) -> Callable[[str], None]:
        return lambda _pattern: None

    def flash(self) -> None:
        self._house.flashes.append(self._room)


def pressed_at(body: dict[str, Any]) -> float:
    return (datetime.fromisoformat(body["pressed_at"]) - MIDNIGHT).total_seconds()


@pytest.mark.parametrize("seed", range(2))
def test_every_intended_press_is_one_action(seed: int) -> None:
    house = House(random.Random(seed))
    count = PRESSES_PER_SECOND * rounds(small=5, full=300)
    made = []
    for number in range(count):
        room, at = str(number % ROOMS), number / PRESSES_PER_SECOND
        house.finger(room, at, at + DOWN)
        made.append((room, at))
    house.run()
    heard = sorted((pressed_at(body), body["room_number"]) for body in house.said)
    assert [room for _, room in heard] == [room for room, _ in made]
    # Dated to the moment at which the finger came down, whatever the contact did.
    assert [at for at, _ in heard] == pytest.approx([at for _, at in made], abs=1e-5)
    assert {body["gesture"] for body in house.said} == {"press"}
    assert len({body["request_id"] for body in house.said}) == count
    assert house.flashes == []


def test_some_hold_while_the_others_press() -> None:
    house = House(random.Random(7))
    holding = {"0", "5", "11"}
    turns = rounds(small=40, full=2000)
    length = turns * TURN
    for room in range(ROOMS):
        start = room / PRESSES_PER_SECOND
        if str(room) in holding:
            house.finger(str(room), start, start + length)
        else:
            for turn in range(turns):
                house.finger(str(room), start + turn * TURN, start + turn * TURN + DOWN)
    assert length > HOLD_AT
    house.run()
    holds = [body["room_number"] for body in house.said if body["gesture"] == "hold"]
    assert sorted(holds) == sorted(holding)
    presses = [body["room_number"] for body in house.said if body["gesture"] == "press"]
    assert len(presses) == (ROOMS - len(holding)) * turns
    assert not holding & set(presses), "the release after a hold is no press"
    assert house.flashes == []
