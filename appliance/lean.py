"""Keeps out of a process's memory what its libraries load and it never uses.

For a process that is nothing but the server, the daemon or the doctor, and before anything else of
it is imported. A Raspberry Pi's installation serves all of them, so that the packages themselves
are there. All are optional to the libraries that load them: python-socketio, engineio and PyMySQL
go on without what cannot be imported.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Final

_MESSAGE_QUEUE: Final = "redis"
"""python-socketio's message queue, between several servers. 6 to 8 MB."""
_POLLING: Final = "requests"
"""engineio's client where it cannot speak WebSocket; the daemon speaks nothing else. 7 MB."""
_CLIENT: Final = "websocket"
"""engineio's client; the server is none."""
_KEYS: Final = "cryptography"
"""PyMySQL's, for MySQL's way to send a password; MariaDB has another. 8 MB."""
_ASKS_FOR_A_QUEUE: Final = ("SOCKETIO_MESSAGE_QUEUE", "SOCKETIO_MESSAGE_QUEUE_FILE")


def daemon() -> None:
    """Make what the daemon never uses impossible to import."""
    _leave_out(_MESSAGE_QUEUE, _POLLING)


def server(environment: Mapping[str, str]) -> None:
    """Make what the server never uses impossible to import.

    Args:
        environment: The process's; the message queue stays where it is asked for.
    """
    _leave_out(_POLLING, _CLIENT, _KEYS)
    if not any(environment.get(name) for name in _ASKS_FOR_A_QUEUE):
        _leave_out(_MESSAGE_QUEUE)


def doctor() -> None:
    """Make what a look at the machine never uses impossible to import."""
    _leave_out(_MESSAGE_QUEUE, _POLLING, _CLIENT, _KEYS)


def _leave_out(*names: str) -> None:
    for name in names:
        # The import system's own way to say so, see "The module cache" in Python's reference.
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]
