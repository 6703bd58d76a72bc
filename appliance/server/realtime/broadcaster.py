"""The only code that emits: answers to those who asked, snapshots to those who watch."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, Final

from flask_socketio import SocketIO

from appliance.protocol import (
    PERIPHERALS_NAMESPACE,
    DeviceEvent,
    LampPattern,
    PrintRole,
    room_named,
)
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
from appliance.server.wire.snapshots import Snapshots

from .servers import Servers

log = logging.getLogger(__name__)

DAEMONS: Final = "daemons"
"""The Socket.IO room of the peripherals daemons that are identified."""

COALESCE_SECONDS: Final = 0.02
"""Changes within this time of the first go out as one snapshot."""
REST_FACTOR: Final = 4
"""After a snapshot to many watchers the loop rests this many times as long as the sending took, so
that sending never takes more than a fifth of the time that claims need."""
RETRY_SECONDS: Final = 1.0
WATCH_SECONDS: Final = 1.0
"""How often the database is asked whether anybody else has changed something: another server, or
somebody at the command line."""
REFRESH_SECONDS: Final = 30.0
"""Estimates change although nothing happens."""
_TRANSACTIONS_AT_ONCE: Final = 10
_NEWER_MEANWHILE: Final = 4
"""How often a snapshot is made anew because a newer one overtook it, before the others wait."""
_HISTORY_AT_ONCE: Final = 200


def room_channel(room_number: str) -> str:
    """The Socket.IO room of the daemons that own this treatment room's lamp."""
    return f"room/{room_named(room_number)}"


class Broadcaster:
    """Tells watchers what changed, after the commit, one snapshot per audience.

    Args:
        socketio: To emit with.
        snapshots: What to send.
        revoke: Called with the key of each actor whose identity has died; with None when anybody's
            may have died.
        servers: Tells other servers that something changed, where there are others.
    """

    def __init__(
        self,
        socketio: SocketIO,
        snapshots: Snapshots,
        revoke: Callable[[str | None], None],
        servers: Servers | None = None,
    ) -> None:
        self._socketio = socketio
        self._servers = servers
        if servers is not None:
            servers.on_hint = self.look
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
        self._look = threading.Event()
        self._lamps: dict[str, LampPattern] = {}
        self._told_lamps: set[tuple[str, str]] = set()
        self._sent_mark: Mark | None = None
        self._known: Mark | None = None
        self._told: set[int] = set()
        self._order = threading.Lock()
        self._last: dict[str, int] = {}

    # --- answers ------------------------------------------------------------------------------

    def answer(self, sid: str, event: str, result: dict[str, Any], namespace: str) -> None:
        """Send a result to the socket that asked."""
        self._emit(event, result, to=sid, namespace=namespace)

    def identity_died(self, sid: str, namespace: str) -> None:
        """Tell a socket that its identity is no longer good."""
        body = {"code": "authentication_required"}
        self._emit(IDENTITY_REVOKED, body, to=sid, namespace=namespace)

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

        A lamp may have changed back before anybody looked: nothing seems to have changed since the
        last look, and the daemon would show what its answer said for ever.

        Args:
            told: Room numbers and the patterns that answers have named.
        """
        with self._lock:
            self._told_lamps |= set(told)
        self._wake.set()

    def run(self) -> None:
        """Send snapshots as changes come; never returns."""
        while True:
            if not self._wake.wait(REFRESH_SECONDS):
                self.publish(Changes(queue=True))
            time.sleep(COALESCE_SECONDS)
            self._wake.clear()
            with self._lock:
                changes, self._pending = self._pending, Changes()
                told, self._told_lamps = self._told_lamps, set()
            began = time.perf_counter()
            try:
                # Read before the snapshots: what comes in between is looked at again.
                if changes:
                    self._sent_mark = self._shown_by(changes, self._snapshots.mark())
                if changes.queue or told:
                    self._send_lamps(told, changed=changes.queue)
                self._send(changes)
            except (Busy, Unavailable) as error:
                log.warning("snapshots wait: %s", error.message)
                time.sleep(RETRY_SECONDS)
                self.publish(changes)
                self.lamps_told(told)
            except Exception:  # Whatever it is, the next snapshot may be fine: watchers go on.
                log.exception("a snapshot could not be sent")
            if self._servers is not None and changes:
                self._servers.hint()
            time.sleep((time.perf_counter() - began) * REST_FACTOR)

    def _shown_by(self, changes: Changes, mark: Mark) -> Mark:
        """How much of the data its watchers will have seen once these changes are sent."""
        if changes.queue:
            return mark
        # A printer's news shows no visit: what another process changed meanwhile is still to come.
        seen = self._sent_mark.history if self._sent_mark else -1
        return replace(mark, history=seen)

    def look(self) -> None:
        """Somebody else has probably changed something: look at once."""
        self._look.set()

    def begin(self) -> None:
        """Remember how far the data has come before the first client is let in.

        Raises:
            DomainError: The database does not answer.
        """
        self._known = self._snapshots.mark()

    def watch(self) -> None:
        """Notice what others change in the database; never returns."""
        while True:
            # First of all where it stands now: what others change from here on is news.
            self._look_around()
            self._look.wait(WATCH_SECONDS)
            self._look.clear()

    def _look_around(self) -> None:
        try:
            mark = self._snapshots.mark()
            if self._known is not None and self._known != mark:
                self._catch_up(self._known, mark)
            self._known = mark
        except (Busy, Unavailable):
            return  # Whoever needs the database says so; the mark waits.
        except Exception:
            log.exception("the database's mark could not be read")

    def _catch_up(self, known: Mark, mark: Mark) -> None:
        transactions, anything_else = self._snapshots.changed_since(known.history, _HISTORY_AT_ONCE)
        if anything_else:
            self._revoke(None)
        changes = Changes()
        if mark.print_jobs != known.print_jobs:
            changes.print_roles, changes.drawer = set(PrintRole), True
        if mark != self._sent_mark:
            if mark.printers != known.printers:
                self._revoke(None)
            changes.queue = mark.history != known.history
            changes.devices, changes.catalog = True, anything_else
        else:
            # Our own snapshot has shown it already, but not each visit for itself.
            transactions -= self._told
        changes.transactions = transactions
        self._told.clear()
        if changes:
            self.publish(changes)

    def greet(self, sid: str, role: Role) -> None:
        """Send the current snapshots to a socket that has just connected."""
        for push in watched_by(role):
            if push.greets:
                self._emit_snapshot(push.event, sid)

    def _emit_snapshot(self, event: str, to: str | None = None) -> None:
        """Send a snapshot, never one that is older than what its audience may have seen.

        Whoever watches it is in the Socket.IO room of its name; `to` is one socket instead.

        The database is read outside the lock; where a newer snapshot has gone out meanwhile, this
        one is made anew.
        """
        make, to = self._makers[event], to or event
        for _ in range(_NEWER_MEANWHILE):
            body = make()
            with self._order:
                if body["version"] > self._last.get(event, 0):
                    self._last[event] = body["version"]
                    self._emit(event, body, to=to)
                    return
        with self._order:
            body = make()
            self._last[event] = body["version"]
            self._emit(event, body, to=to)

    def _send_drawer_ready(self, changes: Changes) -> None:
        # Before the paper, so that the drawer is open while the receipt comes out.
        if changes.drawer:
            self._emit(DeviceEvent.DRAWER_READY, {}, namespace=PERIPHERALS_NAMESPACE, to=DAEMONS)

    def _send_print_ready(self, changes: Changes) -> None:
        for role in sorted(changes.print_roles):
            self._emit(
                DeviceEvent.PRINT_READY,
                {"role": role},
                namespace=PERIPHERALS_NAMESPACE,
                to=DAEMONS,
            )

    def _send(self, changes: Changes) -> None:
        if changes.queue:
            self._emit_snapshot(BOARD_UPDATED)
            self._emit_snapshot(QUEUE_UPDATED)
        self._send_transactions(changes.transactions)
        if changes.devices:
            self._emit_snapshot(DEVICES_UPDATED)
        if changes.catalog:
            self._emit(CATALOG_UPDATED, {"version": self._snapshots.next_version()})

    def _send_lamps(self, told: set[tuple[str, str]], *, changed: bool) -> None:
        current = self._snapshots.lamps()
        outdated = {number for number, pattern in told if current.get(number) != pattern}
        for number, pattern in current.items():
            if number in outdated or (changed and self._lamps.get(number) != pattern):
                self._emit(
                    DeviceEvent.LAMP,
                    {"room_number": number, "pattern": pattern},
                    namespace=PERIPHERALS_NAMESPACE,
                    to=room_channel(number),
                )
        if changed:
            self._lamps = current

    def _send_transactions(self, ids: Iterable[int]) -> None:
        # Whoever needs more than these looks at the queue's snapshot, which has them all.
        newest = sorted(ids)[-_TRANSACTIONS_AT_ONCE:]
        self._told.update(newest)
        for body in self._snapshots.transactions(newest) if newest else ():
            self._emit(TRANSACTION_UPDATED, body, to=TRANSACTION_UPDATED)

    def _emit(self, event: str, body: Any, *, to: str | None = None, namespace: str = "/") -> None:
        # Every server sends to its own clients, so that none depends on the message queue.
        self._socketio.emit(
            event,
            body,
            to=to,
            namespace=namespace,
            ignore_queue=True,  # type: ignore[call-arg]  # missing in its types
        )
