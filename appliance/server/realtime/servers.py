"""Several servers on one database: each sends to its own clients, and tells the others to look.

Redis carries only the hint that something changed, so that the others look at once. Without it
they look at the database's mark every second (`Broadcaster.watch`): a hint may be lost, the truth
is not.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Final

from socketio import RedisManager

_HINT: Final = "appliance_changed"
_CHANNEL: Final = "lobby-appliance"
_TIMEOUT_SECONDS: Final = 1.0
"""A Redis that hangs must not hold up our own clients."""


class Servers(RedisManager):  # type: ignore[misc]  # python-socketio has no types
    """Flask-SocketIO's Redis message queue, used for hints.

    Args:
        url: Where Redis is.
    """

    def __init__(self, url: str) -> None:
        super().__init__(
            url,
            channel=_CHANNEL,
            redis_options={
                "socket_connect_timeout": _TIMEOUT_SECONDS,
                "health_check_interval": 10,
            },
        )
        self.on_hint: Callable[[], None] = lambda: None
        self._due = threading.Event()

    def hint(self) -> None:
        """Tell the other servers that something changed; without Redis they find out themselves."""
        self._due.set()

    def run(self) -> None:
        """Send hints as they come; never returns.

        Apart from everything else, since a Redis that is gone keeps its caller waiting.
        """
        while True:
            self._due.wait()
            self._due.clear()
            self._publish({"method": "emit", "event": _HINT, "host_id": self.host_id})

    def _handle_emit(self, message: dict[str, Any]) -> None:
        if message.get("event") == _HINT:
            self.on_hint()
        else:
            super()._handle_emit(message)
