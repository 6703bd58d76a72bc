"""Noticing what others change in the database: another server, or somebody at the command line."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Final

from appliance.protocol import PrintRole
from appliance.server.domain.errors import Busy, Unavailable
from appliance.server.store.queries import Mark
from appliance.server.store.unit_of_work import Changes
from appliance.server.wire.snapshots import Snapshots

from .broadcaster import Broadcaster

log = logging.getLogger(__name__)

WATCH_SECONDS: Final = 1.0
"""How often the database is asked."""
_HISTORY_AT_ONCE: Final = 200


class Watcher:
    """Asks the database how far it has come, and has told what is news.

    Args:
        snapshots: Reads the database.
        broadcaster: Tells.
        revoke: Called with None when anybody's identity may have died.
    """

    def __init__(
        self,
        snapshots: Snapshots,
        broadcaster: Broadcaster,
        revoke: Callable[[str | None], None],
    ) -> None:
        self._snapshots = snapshots
        self._broadcaster = broadcaster
        self._revoke = revoke
        self._look = threading.Event()
        self._known: Mark | None = None

    def look(self) -> None:
        """Somebody else has probably changed something: look at once."""
        self._look.set()

    def begin(self) -> None:
        """Remember how far the data has come before the first client is let in.

        Raises:
            DomainError: The database does not answer.
        """
        # All that a push reads, once: to put its statement together takes as long as ten pushes,
        # and the first customer's push is not to wait for that.
        self._known = self._snapshots.news(()).mark

    def run(self) -> None:
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
            return  # Those who need the database say so; the mark waits.
        except Exception:
            log.exception("the database's mark could not be read")

    def _catch_up(self, known: Mark, mark: Mark) -> None:
        transactions, anything_else = self._snapshots.changed_since(known.history, _HISTORY_AT_ONCE)
        if anything_else:
            self._revoke(None)
        changes = Changes()
        told = self._broadcaster.take_told()
        if mark.print_jobs != known.print_jobs:
            changes.print_roles, changes.drawer = set(PrintRole), True
        if mark != self._broadcaster.sent_mark:
            if mark.printers != known.printers:
                self._revoke(None)
            changes.queue = mark.history != known.history
            changes.devices, changes.catalog = True, anything_else
        else:
            # Our own snapshot has shown it already, but not each visit for itself.
            transactions -= told
        changes.transactions = transactions
        if changes:
            self._broadcaster.publish(changes)
