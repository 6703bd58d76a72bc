"""What is worth knowing afterwards, in the history: who, from where, when; never a secret.

A flood must not fill the disk. The first of its kind is written at once; what repeats it within
the next minute is counted, and written as one row with the number of times. Each further row of
the same kind waits twice as long, up to an hour, and all kinds together have a pace too.
"""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass, replace
from typing import Final

from appliance.server.domain.errors import DomainError
from appliance.server.domain.states import Actor
from appliance.server.edge.pace import Bucket, Seconds
from appliance.server.store.unit_of_work import Store, UnitOfWork

log = logging.getLogger(__name__)

FIRST_WINDOW_SECONDS: Final = 60.0
LONGEST_WINDOW_SECONDS: Final = 3600.0
KINDS_AT_MOST: Final = 200
"""More kinds than these at the same time are counted together, without their addresses."""
MANY_ADDRESSES: Final = "many addresses"
ROWS_AT_ONCE: Final = 60
ROWS_A_SECOND: Final = 0.1
"""However many kinds there are: a flood that never ends writes about a megabyte a day."""


@dataclass(frozen=True, slots=True)
class Note:
    """Something that happened.

    Attributes:
        event: Its name in the history.
        actor: Who did it, as far as that is known.
        address: Where they were.
        about: Whom or what it was about: a user name that exists, an event's name; never what
            somebody typed, since people type their passwords into the wrong field.
    """

    event: str
    actor: Actor
    address: str | None
    about: str | None = None


@dataclass(slots=True)
class _Window:
    ends_at: float
    length: float
    times: int = 0


class Journal:
    """Writes notes into the history.

    Args:
        store: The database.
        clock: Seconds that only grow.
    """

    def __init__(self, store: Store, clock: Seconds = time.monotonic) -> None:
        self._store = store
        self._clock = clock
        self._lock = threading.Lock()
        self._windows: dict[Note, _Window] = {}
        self._paper = Bucket(ROWS_A_SECOND, ROWS_AT_ONCE)

    def note(self, event: str, actor: Actor, address: str | None, about: str | None = None) -> None:
        """Something happened. Never call this inside a unit of work; it never raises."""
        note = Note(event, actor, address, about)
        with self._lock:
            if note not in self._windows and len(self._windows) >= KINDS_AT_MOST:
                note = replace(note, address=MANY_ADDRESSES, about=None)
            at_once = self._is_new(note)
        if not at_once or not self._write([(note, 1)]):
            self._count([(note, 1)])

    def flush(self) -> None:
        """Write what has been counted for long enough; called every few seconds."""
        with self._lock:
            rows = self._due()
        if rows and not self._write(rows):
            self._count(rows)

    def _is_new(self, note: Note) -> bool:
        now = self._clock()
        if note in self._windows:
            return False
        self._windows[note] = _Window(now + FIRST_WINDOW_SECONDS, FIRST_WINDOW_SECONDS)
        return self._paper.take_if_there(now)

    def _count(self, rows: list[tuple[Note, int]]) -> None:
        with self._lock:
            for note, times in rows:
                if note in self._windows:
                    self._windows[note].times += times

    def _due(self) -> list[tuple[Note, int]]:
        now = self._clock()
        rows: list[tuple[Note, int]] = []
        for note, window in list(self._windows.items()):
            if window.ends_at > now:
                continue
            if window.times == 0:
                del self._windows[note]
                continue
            if not self._paper.take_if_there(now):
                window.ends_at = now + FIRST_WINDOW_SECONDS
                continue
            rows.append((note, window.times))
            window.times = 0
            window.length = min(window.length * 2, LONGEST_WINDOW_SECONDS)
            window.ends_at = now + window.length
        return rows

    def _write(self, rows: list[tuple[Note, int]]) -> bool:
        try:
            self._store.run(lambda unit: _record(unit, rows))
        except DomainError as error:
            log.warning("the history waits: %s", error.message)
            return False
        except Exception:
            log.exception("the history could not be written")
            return False
        return True


def _record(unit: UnitOfWork, rows: list[tuple[Note, int]]) -> None:
    for note, times in rows:
        detail: dict[str, object] = {"address": note.address}
        if note.about is not None:
            detail["about"] = note.about
        if times > 1:
            detail["times"] = times
        unit.record(note.event, note.actor, unit.now(), detail=detail)
