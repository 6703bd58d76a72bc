"""What each audience sees at once: read in one short transaction, numbered, serialized."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from msgspec import Struct

from appliance.protocol import LampPattern
from appliance.server.store import queries
from appliance.server.store.unit_of_work import Store, UnitOfWork
from appliance.server.usecases import rooms, rotation
from appliance.server.usecases.shop import Shop

from . import answers, serialize
from .answers import Json

_ESTIMATE: Final = "estimated_wait_minutes"
"""Only a list of those who wait has it."""


@dataclass(frozen=True, slots=True)
class News:
    """What a push tells, all as of one moment.

    Attributes:
        mark: How far the data had come.
        lamps: What every room's lamp shows, by room number.
        board: The body of `/api/board`.
        queue: The body of `/api/queue`.
        transactions: The visits that have changed, each with a version.
    """

    mark: queries.Mark
    lamps: dict[str, LampPattern]
    board: Json
    queue: Json
    transactions: list[Json]


class Snapshots:
    """Makes snapshots.

    Args:
        store: To read from.
        shop: The shop's settings.
    """

    def __init__(self, store: Store, shop: Shop) -> None:
        self._store = store
        self._shop = shop
        self._day = shop.day
        self._lock = threading.Lock()
        self._version = 0

    def next_version(self) -> int:
        """A number that only grows, across restarts and servers too.

        It is taken before the reading, so that a higher number never shows older data.
        """
        with self._lock:
            now = int(self._store.clock().timestamp() * 1_000_000)
            self._version = max(self._version + 1, now)
            return self._version

    def queue(self) -> Json:
        """The body of `/api/queue`."""
        version, now = self.next_version(), self._store.clock()
        today = self._day.start_of(now)
        return self._read(
            lambda unit: serialize.queue(
                queries.queue(unit.session, now, today),
                version,
                now,
                rotation.standings(unit, self._shop),
            )
        )

    def board(self) -> Json:
        """The body of `/api/board`."""
        version, now = self.next_version(), self._store.clock()
        today = self._day.start_of(now)
        return self._read(
            lambda unit: serialize.board(queries.board(unit.session, now, today), version)
        )

    def news(self, ids: Iterable[int]) -> News:
        """Everything that a change of the queue is told by, read once.

        Lamps, board and changed visits are taken from what the queue has, as far as it has them.

        Args:
            ids: The visits that have changed.
        """
        wanted, version, now = list(ids), self.next_version(), self._store.clock()
        today = self._day.start_of(now)

        def look(unit: UnitOfWork) -> News:
            found = queries.queue(unit.session, now, today)
            whole = queries.everybody_is_in(found)
            board = (
                queries.board_in(found, now) if whole else queries.board(unit.session, now, today)
            )
            lamps = rooms.lamps(unit, self._shop, found if whole else None)
            queue = answers.body(
                serialize.queue(found, version, now, rotation.standings(unit, self._shop))
            )
            return News(
                found.mark,
                lamps,
                answers.body(serialize.board(board, version)),
                queue,
                self._changed(unit, wanted, queue, version),
            )

        return self._store.look(look)

    def _changed(self, unit: UnitOfWork, ids: list[int], queue: Json, version: int) -> list[Json]:
        shown = {
            one["id"]: {key: value for key, value in one.items() if key != _ESTIMATE}
            for part in ("pending", "in_progress", "finished")
            for one in queue[part]
            if one["id"] in ids
        }
        if others := [key for key in ids if key not in shown]:
            for row in queries.transactions(unit.session, others):
                shown[row.id] = answers.body(serialize.transaction(row))
        return [{"version": version, "transaction": shown[key]} for key in ids if key in shown]

    def devices(self) -> Json:
        """Printers and what they need."""
        version = self.next_version()
        return self._read(lambda unit: serialize.devices(queries.devices(unit.session), version))

    def transactions(self, ids: Iterable[int]) -> list[Json]:
        """These visits, each with a version."""
        wanted, version = list(ids), self.next_version()
        found = self._store.look(
            lambda unit: [
                serialize.transaction(row) for row in queries.transactions(unit.session, wanted)
            ]
        )
        return [
            answers.body(answers.OneTransaction(version=version, transaction=one)) for one in found
        ]

    def mark(self) -> queries.Mark:
        """How far the data has come."""
        return self._store.run(lambda unit: queries.mark(unit.session))

    def changed_since(self, history_id: int, limit: int) -> tuple[set[int], bool]:
        """Which transactions changed after a history row, and whether anything else did."""
        return self._store.run(lambda unit: queries.changed_since(unit.session, history_id, limit))

    def lamps(self) -> dict[str, LampPattern]:
        """What every room's lamp shows now, by room number."""
        return self._store.look(lambda unit: rooms.lamps(unit, self._shop))

    def _read(self, look: Callable[[UnitOfWork], Struct]) -> Json:
        return answers.body(self._store.look(look))
