"""Answers to those who asked, snapshots to those who watch."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, Final

from appliance.protocol import PERIPHERALS_NAMESPACE, DeviceEvent
from appliance.server.domain.errors import Busy, Unavailable
from appliance.server.domain.states import Role
from appliance.server.events import (
    BOARD_UPDATED,
    CATALOG_UPDATED,
    DEVICES_UPDATED,
    IDENTITY_REVOKED,
    QUEUE_UPDATED,
    TRANSACTION_UPDATED,
    watched_by,
)
from appliance.server.store.queries import Mark
from appliance.server.store.unit_of_work import Changes
from appliance.server.wire import answers
from appliance.server.wire.answers import Json
from appliance.server.wire.snapshots import Snapshots

from .emitting import DAEMONS, Emit
from .lamps import Lamps
from .servers import Servers

log = logging.getLogger(__name__)

COALESCE_SECONDS: Final = 0.02
"""Changes within this time of the first go out as one snapshot."""
REST_FACTOR: Final = 4
"""While changes come without a pause, the loop rests at most this many times as long as the sending
took, so that sending never takes more than a fifth of the time that claims need."""
REST_SECONDS_AT_MOST: Final = 0.2
"""Whatever a sending took on a machine that had much else to do: nobody waits longer for news."""
RETRY_SECONDS: Final = 1.0
REFRESH_SECONDS: Final = 30.0
"""Estimates change although nothing happens."""
_TRANSACTIONS_AT_ONCE: Final = 10
_NEWER_MEANWHILE: Final = 4
"""How often a snapshot is made again because a newer one overtook it, before the others wait."""


class Broadcaster:
    """Tells watchers what changed, after the commit, one snapshot per audience.

    Args:
        emit: Sends.
        snapshots: What to send.
        revoke: Called with the key of each actor whose identity has died; with None when anybody's
            may have died.
        servers: Tells other servers that something changed, where there are others.

    Attributes:
        sent_mark: How much of the data its watchers have seen.
    """

    sent_mark: Mark | None = None

    def __init__(
        self,
        emit: Emit,
        snapshots: Snapshots,
        revoke: Callable[[str | None], None],
        servers: Servers | None = None,
    ) -> None:
        self._emit = emit
        self._servers = servers
        self._snapshots = snapshots
        self._makers: dict[str, Callable[[], dict[str, Any]]] = {
            QUEUE_UPDATED: snapshots.queue,
            BOARD_UPDATED: snapshots.board,
            DEVICES_UPDATED: snapshots.devices,
        }
        self._revoke = revoke
        self._pending = Changes()
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._lamps = Lamps(emit)
        self._told: set[int] = set()
        self._order = threading.Lock()
        self._last: dict[str, int] = {}

    # --- answers ------------------------------------------------------------------------------

    def answer(self, sid: str, event: str, result: dict[str, Any], namespace: str) -> None:
        """Send a result to the socket that asked."""
        self._emit(event, result, to=sid, namespace=namespace)

    def identity_died(self, sid: str, namespace: str) -> None:
        """Tell a socket that its identity is no longer good."""
        self._emit(IDENTITY_REVOKED, answers.body(answers.Revoked()), to=sid, namespace=namespace)

    def simulator(self, event: str, payload: Any, namespace: str, to: str | None = None) -> None:
        """Pass a message between the simulator's page and the daemon."""
        self._emit(event, payload, namespace=namespace, to=to)

    # --- snapshots ----------------------------------------------------------------------------

    def publish(self, changes: Changes) -> None:
        """Note what a commit changed; it goes out within the coalescing time."""
        for key in changes.revoked:
            self._revoke(key)
        # Printers are told at once: somebody stands there waiting for paper.
        self._send_drawer_ready(changes)
        self._send_print_ready(changes)
        with self._lock:
            self._pending.queue |= changes.queue
            self._pending.devices |= changes.devices | bool(changes.print_roles)
            self._pending.catalog |= changes.catalog
            self._pending.transactions |= changes.transactions
        self._wake.set()

    def lamps_told(self, told: Iterable[tuple[str, str]]) -> None:
        """Look whether what answers have told daemons is still so, and tell them if not.

        Args:
            told: Room numbers and the patterns that answers have named.
        """
        self._lamps.note_told(told)
        self._wake.set()

    def take_told(self) -> set[int]:
        """Which visits were sent one by one since somebody asked last."""
        told, self._told = self._told, set()
        return told

    def run(self) -> None:
        """Send snapshots as changes come; never returns."""
        in_a_row = 0
        while True:
            in_a_row = in_a_row + 1 if self._wake.is_set() else 0
            if not self._wake.wait(REFRESH_SECONDS):
                self.publish(Changes(queue=True))
            time.sleep(COALESCE_SECONDS)
            self._wake.clear()
            began = time.perf_counter()
            self.send_due()
            time.sleep(rest(time.perf_counter() - began, in_a_row))

    def send_due(self) -> None:
        """Send what has changed since the last time."""
        with self._lock:
            changes, self._pending = self._pending, Changes()
        told = self._lamps.take_told()
        try:
            if changes.queue:
                self._send_news(changes, told)
            else:
                self._send_the_rest(changes, told)
        except (Busy, Unavailable) as error:
            log.warning("snapshots wait: %s", error.message)
            time.sleep(RETRY_SECONDS)
            self.publish(changes)
            self.lamps_told(told)
        except Exception:  # Whatever it is, the next snapshot may be fine: watchers go on.
            log.exception("a snapshot could not be sent")
        if self._servers is not None and changes:
            self._servers.hint()

    def greet(self, sid: str, role: Role) -> None:
        """Send the current snapshots to a socket that has just connected."""
        for push in watched_by(role):
            if push.greets:
                self._emit_snapshot(push.event, sid)

    def _emit_snapshot(self, event: str, to: str | None = None) -> None:
        """Send a snapshot, never one that is older than what its audience may have seen.

        Those who watch it are in the Socket.IO room of its name; `to` is one socket instead.

        The database is read outside the lock; where a newer snapshot has gone out meanwhile, this
        another is made.
        """
        make, to = self._makers[event], to or event
        for _ in range(_NEWER_MEANWHILE):
            if self._emit_if_newest(event, make(), to):
                return
        with self._order:
            body = make()
            self._last[event] = body["version"]
            self._emit(event, body, to=to)

    def _emit_if_newest(self, event: str, body: Json, to: str) -> bool:
        with self._order:
            if body["version"] <= self._last.get(event, 0):
                return False
            self._last[event] = body["version"]
            self._emit(event, body, to=to)
            return True

    def _send_drawer_ready(self, changes: Changes) -> None:
        # Before the paper, so that the drawer is open while the receipt comes out.
        if changes.drawer:
            self._emit(
                DeviceEvent.DRAWER_READY,
                answers.body(answers.DrawerReady()),
                namespace=PERIPHERALS_NAMESPACE,
                to=DAEMONS,
            )

    def _send_print_ready(self, changes: Changes) -> None:
        for role in sorted(changes.print_roles):
            self._emit(
                DeviceEvent.PRINT_READY,
                answers.body(answers.PrintReady(role=role)),
                namespace=PERIPHERALS_NAMESPACE,
                to=DAEMONS,
            )

    def _send_news(self, changes: Changes, told: set[tuple[str, str]]) -> None:
        ids = _newest(changes.transactions)
        news = self._snapshots.news(ids)
        self.sent_mark = news.mark
        # Lamps first: a therapist looks at one and walks.
        self._lamps.send(told, news.lamps, changed=True)
        for event, body in ((BOARD_UPDATED, news.board), (QUEUE_UPDATED, news.queue)):
            if not self._emit_if_newest(event, body, event):
                self._emit_snapshot(event)
        self._send_transactions(ids, news.transactions)
        self._send_devices_and_catalog(changes)

    def _send_the_rest(self, changes: Changes, told: set[tuple[str, str]]) -> None:
        """What is to be told where the queue is as it was."""
        if changes:
            # Read before the snapshots: what comes in between is looked at again. A printer's news
            # shows no visit: what another process changed meanwhile is still to come.
            seen = self.sent_mark.history if self.sent_mark else -1
            self.sent_mark = replace(self._snapshots.mark(), history=seen)
        if told:
            self._lamps.send(told, self._snapshots.lamps(), changed=False)
        if ids := _newest(changes.transactions):
            self._send_transactions(ids, self._snapshots.transactions(ids))
        self._send_devices_and_catalog(changes)

    def _send_devices_and_catalog(self, changes: Changes) -> None:
        if changes.devices:
            self._emit_snapshot(DEVICES_UPDATED)
        if changes.catalog:
            news = answers.CatalogNews(version=self._snapshots.next_version())
            self._emit(CATALOG_UPDATED, answers.body(news))

    def _send_transactions(self, ids: Iterable[int], bodies: Iterable[Json]) -> None:
        self._told.update(ids)
        for body in bodies:
            self._emit(TRANSACTION_UPDATED, body, to=TRANSACTION_UPDATED)


def rest(took: float, in_a_row: int) -> float:
    """How long sending pauses, so that a rush of changes does not live on pushes alone.

    What happens now and then is told at once, one thing right behind another as well: on a slow
    machine a rest after each would show the second too late. Only a stream is slowed down, more
    with each sending that it has kept busy.

    Args:
        took: Seconds of the sending that is over.
        in_a_row: How many before it had something new waiting when they were done.

    Returns:
        Seconds.
    """
    return min(took * min(in_a_row, REST_FACTOR), REST_SECONDS_AT_MOST)


def _newest(ids: Iterable[int]) -> list[int]:
    # Who needs more than these looks at the queue's snapshot, which has them all.
    return sorted(ids)[-_TRANSACTIONS_AT_ONCE:]
