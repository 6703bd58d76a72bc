"""The server's sign of life for systemd.

Each beat has just asked the database, on the loop that serves everybody: a loop that is blocked, or
a pool in which everybody waits for ever, gives no beat, and systemd starts the server again.

A database that is away does not stop the beat. Every question to it ends within its time-outs,
answered or not, and the end of the question is what proves that the server moves. Killing it would
bring nothing back: it would end every open screen, which now shows that the database is away, and
a server that starts without a database refuses to start. `systemctl status` and `/healthz` tell.
"""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Callable
from typing import Final

from appliance.service_manager import ServiceManager

log = logging.getLogger(__name__)

_LOOK_SECONDS: Final = 0.05


class Heartbeat:
    """Tells the service manager how the server is.

    Args:
        manager: Who wants to know.
        database_answers: Asks the database; ends within the database's time-outs.
        address: Host and port on which the server listens, or is about to.
    """

    def __init__(
        self,
        manager: ServiceManager,
        database_answers: Callable[[], bool],
        address: tuple[str, int],
    ) -> None:
        self._manager = manager
        self._database_answers = database_answers
        self._address = address

    def run(self) -> None:
        """Say that the server is ready once it listens, then that it is alive; never returns."""
        while not self._listens():
            time.sleep(_LOOK_SECONDS)
        while True:
            self.beat()
            time.sleep(self._manager.beat_seconds)

    def beat(self) -> None:
        """Ask the database and tell the service manager."""
        host, port = self._address
        status = f"Serving on {host}:{port}."
        if not self._ask():
            status += " The database does not answer."
        self._manager.tell(status, ready=True, alive=True)

    def _ask(self) -> bool:
        try:
            return self._database_answers()
        except Exception:  # Whatever it is, it is an end: the loop moves, and goes on.
            log.exception("the database could not be asked")
            return False

    def _listens(self) -> bool:
        # The same in both modes: only one of the two servers tells when it has begun to listen.
        try:
            socket.create_connection(self._address, timeout=1).close()
        except OSError:
            return False
        return True
