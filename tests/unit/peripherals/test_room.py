"""A room's station with a server and a lamp that only take note."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from appliance.peripherals.client import NotConnectedError, OnAnswer, Payload
from appliance.peripherals.rooms.room import RoomStation


class Notes:
    """The server and the lamp of one room."""

    def __init__(self) -> None:
        self.connected = True
        self.sent: list[dict[str, Any]] = []
        self.replies: list[OnAnswer] = []
        self.shown: list[str] = []
        self.flashes = 0
        self._news = threading.Condition()

    def send(self, event: str, payload: Payload, on_answer: OnAnswer | None = None) -> None:
        if not self.connected:
            raise NotConnectedError
        assert event == "button"
        assert on_answer is not None
        with self._news:
            self.sent.append(dict(payload))
            self.replies.append(on_answer)
            self._news.notify_all()

    def ask(self) -> Callable[[str], None]:
        return self.show

    def show(self, pattern: str) -> None:
        with self._news:
            self.shown.append(pattern)
            self._news.notify_all()

    def flash(self) -> None:
        with self._news:
            self.flashes += 1
            self._news.notify_all()

    def wait(self, *, sent: int = 0, flashes: int = 0) -> None:
        with self._news:
            assert self._news.wait_for(
                lambda: len(self.sent) >= sent and self.flashes >= flashes, 10
            ), (self.sent, self.flashes)


@contextmanager
def station(notes: Notes, **options: Any) -> Iterator[RoomStation]:
    room = RoomStation("3", notes, notes, **options)
    room.start()
    try:
        yield room
    finally:
        room.stop()


def press(room: RoomStation) -> float:
    """A press that lies wholly in the past, as if its edges had waited in the queue."""
    now = time.monotonic()
    room.edge(True, now - 0.3)
    room.edge(False, now - 0.2)
    return now - 0.3


def test_a_press_says_where_what_and_when() -> None:
    notes = Notes()
    with station(notes, wall_clock=lambda: datetime(2026, 3, 1, 8, 0, 10, tzinfo=UTC)) as room:
        press(room)
        notes.wait(sent=1)
    (body,) = notes.sent
    assert (body["room_number"], body["gesture"]) == ("3", "press")
    pressed_at = datetime.fromisoformat(body["pressed_at"])
    assert pressed_at.utcoffset() is not None
    # Dated back to the finger, by the wall clock of the station.
    assert datetime(2026, 3, 1, 8, 0, 5, tzinfo=UTC) < pressed_at
    assert pressed_at < datetime(2026, 3, 1, 8, 0, 9, 750_000, tzinfo=UTC)


def test_without_an_answer_the_same_press_is_repeated_and_at_last_given_up_with_a_flash() -> None:
    notes = Notes()
    with station(notes, retry_seconds=0.05, max_age_seconds=1.0) as room:
        press(room)
        notes.wait(sent=3, flashes=1)
        count = len(notes.sent)
        press(room)
        notes.wait(sent=count + 1)
    assert len({body["request_id"] for body in notes.sent[:count]}) == 1
    assert notes.sent[count]["request_id"] != notes.sent[0]["request_id"]


def test_a_press_before_the_last_is_answered_is_refused_by_the_lamp() -> None:
    notes = Notes()
    with station(notes) as room:
        press(room)
        notes.wait(sent=1)
        press(room)
        notes.wait(flashes=1)
        assert len(notes.sent) == 1
        notes.replies[0]({"ok": True, "lamp": "fast_blink"})
        press(room)
        notes.wait(sent=2)
    assert notes.shown == ["fast_blink"]


def test_the_second_answer_to_a_repeated_press_means_nothing() -> None:
    notes = Notes()
    with station(notes, retry_seconds=0.05) as room:
        press(room)
        notes.wait(sent=2)
        notes.replies[0]({"ok": True})
        notes.replies[1]({"ok": False, "error": "late", "code": "invalid_state"})
        press(room)
        notes.wait(sent=3)
    assert notes.flashes == 0


def test_a_press_on_a_worn_contact_flashes_and_does_nothing_else() -> None:
    notes = Notes()
    with station(notes) as room:
        start = time.monotonic() - 1
        for n in range(10):
            room.edge(True, start + n * 0.030)
            room.edge(False, start + n * 0.030 + 0.025)
        notes.wait(flashes=1)
    assert notes.sent == []


def test_a_refusal_flashes_and_still_sets_the_lamp() -> None:
    notes = Notes()
    with station(notes) as room:
        press(room)
        notes.wait(sent=1)
        notes.replies[0]({"ok": False, "error": "No pending customers.", "lamp": "off"})
        notes.wait(flashes=1)
    assert notes.shown == ["off"]


def test_while_the_server_is_away_a_press_only_flashes() -> None:
    notes = Notes()
    notes.connected = False
    with station(notes, retry_seconds=0.05) as room:
        press(room)
        notes.wait(flashes=1)
        notes.connected = True
        press(room)
        notes.wait(sent=1)
    assert len({body["request_id"] for body in notes.sent}) == 1


def test_an_answer_that_breaks_the_lamp_does_not_end_the_station() -> None:
    notes = Notes()
    with station(notes) as room:
        press(room)
        notes.wait(sent=1)
        notes.replies[0]({"ok": True, "lamp": 7})
        press(room)
        notes.wait(sent=2)
    assert notes.shown == []
