"""A Socket.IO client that handles events one after the other, in the order they were sent."""

from __future__ import annotations

import math
import queue
import threading
import time
from functools import partial
from typing import Any, Final

import engineio
import socketio

_STOP_TIMEOUT_S: Final = 5.0
_GOODBYE_TIMEOUT_S: Final = 0.1


class _OrderedEngine(engineio.Client):  # type: ignore[misc]  # the library has no types
    """Handles messages one after the other, on one thread.

    The library starts a thread for each message, so two `lamp` events sent one after the other
    may be handled in the wrong order and leave the lamp wrong until the next change.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._messages: queue.SimpleQueue[tuple[Any, ...] | None] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._handle_all, name="server-events", daemon=True)
        self._handling_since: float | None = None

    @property
    def handling_seconds(self) -> float:
        """How long the message at hand has been handled.

        0 when there is none, `inf` when nobody handles messages any more.
        """
        if self._reader.ident is not None and not self._reader.is_alive():
            return math.inf
        since = self._handling_since
        return 0.0 if since is None else time.monotonic() - since

    def disconnect(self, abort: bool = False, reason: str | None = None) -> None:
        """Disconnect as the library does, but without its long wait."""
        if self.state == "connected" and self.ws is not None:
            # It waits three seconds for the server's goodbye, which its own reader has taken.
            self.ws.close = partial(self.ws.close, timeout=_GOODBYE_TIMEOUT_S)
        super().disconnect(abort=abort, reason=reason)

    def end(self) -> None:
        """Handle what has come and end the thread."""
        self._messages.put(None)
        if self._reader.is_alive():
            self._reader.join(_STOP_TIMEOUT_S)

    def _trigger_event(self, event: str, *args: Any, **kwargs: Any) -> Any:
        if event != "message":
            return super()._trigger_event(event, *args, **kwargs)
        if self._reader.ident is None:
            self._reader.start()
        self._messages.put(args)
        return None

    def _handle_all(self) -> None:
        while (args := self._messages.get()) is not None:
            self._handling_since = time.monotonic()
            # Without run_async the library logs what a handler raises, and goes on.
            super()._trigger_event("message", *args)
            self._handling_since = None


class OrderedClient(socketio.Client):  # type: ignore[misc]  # the library has no types
    """python-socketio's client with events in the server's order."""

    @property
    def handling_seconds(self) -> float:
        """How long the event at hand has been handled; `inf` when that will never end."""
        seconds: float = self.eio.handling_seconds
        return seconds

    def end(self) -> None:
        """Handle what has come and end the thread that does; after `disconnect`."""
        self.eio.end()

    def _engineio_client_class(self) -> type[engineio.Client]:
        return _OrderedEngine
