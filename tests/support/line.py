"""The network between screens and the server, which tests can cut."""

from __future__ import annotations

import contextlib
import socket
import threading
from enum import Enum, auto
from typing import Final

_PIECE: Final = 64 * 1024


class Cut(Enum):
    """What becomes of a line."""

    NONE = auto()
    """It works."""
    BROKEN = auto()
    """Open connections end and new ones are refused, as when a cable is pulled at the server."""
    SILENT = auto()
    """Nothing arrives and nobody is told, as when a phone walks out of the Wi-Fi."""
    NO_ANSWERS = auto()
    """What is asked reaches the server; its answers get lost."""


class Line:
    """A TCP proxy in front of a server.

    Args:
        port: Where the server listens on loopback.
    """

    def __init__(self, port: int) -> None:
        self._server = port
        self._cut = Cut.NONE
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.base_url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self, how: Cut) -> None:
        """Cut the line."""
        with self._lock:
            self._cut = how
        if how is Cut.BROKEN:
            self._end_all()

    def mend(self) -> None:
        """Let it work again. What got lost stays lost, and its connections with it."""
        self._end_all()
        self._cut = Cut.NONE

    def close(self) -> None:
        """End it for good."""
        self._listener.close()
        self._end_all()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):  # The listener has been closed.
            while True:
                screen, _ = self._listener.accept()
                threading.Thread(target=self._connect, args=(screen,), daemon=True).start()

    def _connect(self, screen: socket.socket) -> None:
        if self._cut is Cut.BROKEN:
            screen.close()
            return
        try:
            server = socket.create_connection(("127.0.0.1", self._server))
        except OSError:
            screen.close()
            return
        with self._lock:
            self._open |= {screen, server}
            late = self._cut is Cut.BROKEN
        if late:  # It was cut while this connection was made.
            self._end({screen, server})
            return
        dark = {Cut.SILENT}, {Cut.SILENT, Cut.NO_ANSWERS}
        for ends, lost in zip(((screen, server), (server, screen)), dark, strict=True):
            threading.Thread(target=self._carry, args=(*ends, lost), daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket, lost: set[Cut]) -> None:
        with contextlib.suppress(OSError):
            while piece := source.recv(_PIECE):
                if self._cut not in lost:
                    target.sendall(piece)
        self._end({source, target})

    def _end_all(self) -> None:
        with self._lock:
            ends = set(self._open)
        self._end(ends)

    def _end(self, ends: set[socket.socket]) -> None:
        with self._lock:
            self._open -= ends
        for end in ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
