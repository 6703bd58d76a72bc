"""The listening socket under gevent: silent connections end, and no address takes them all."""

from __future__ import annotations

import contextlib
import logging
import resource
import socket
import threading
from collections import Counter
from collections.abc import Iterable
from ipaddress import ip_address, ip_network
from typing import Any, Final

from gevent import pywsgi
from geventwebsocket.handler import WebSocketHandler

from .pace import network_of

SILENCE_SECONDS: Final = 75
"""A connection on which nothing comes for this long, in the middle of a request or between two, is
closed. Open WebSockets have a time of their own."""
OPEN_FILES: Final = 65_536
_READ_BUFFER: Final = 1024
"""Bytes. Most of what clients send is smaller, and each open connection keeps one."""


class Handler(WebSocketHandler):  # type: ignore[misc]  # gevent-websocket has no types
    """Serves one connection."""

    def __init__(self, sock: Any, address: Any, server: Any) -> None:
        super().__init__(sock, address, server, rfile=sock.makefile("rb", _READ_BUFFER))

    def handle(self) -> None:
        """Serve until it is closed or silent."""
        self.socket.settimeout(SILENCE_SECONDS)
        # An event's result and its acknowledgement are two small writes: without this the second
        # waits for the client's delayed ACK of the first, 40 ms.
        with contextlib.suppress(OSError):
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        super().handle()


class Listener(pywsgi.WSGIServer):
    """A WSGI server that counts connections by peer.

    Args:
        address: Host and port to listen on.
        app: What it serves.
        per_address: Connections that one peer may have, WebSockets included.
        trusted: Addresses and networks of proxies, which are not counted: they speak for many.
    """

    def __init__(
        self, address: tuple[str, int], app: Any, per_address: int, trusted: Iterable[str]
    ) -> None:
        super().__init__(address, app, handler_class=Handler, log=None)
        # A flood of broken handshakes would be a flood of warnings.
        self.logger = logging.getLogger("geventwebsocket.quiet")
        self.logger.setLevel(logging.CRITICAL)
        self._per_address = per_address
        self._trusted = [ip_network(text) for text in trusted]
        self._lock = threading.Lock()
        self._count: Counter[str] = Counter()

    def handle(self, sock: Any, address: Any) -> None:
        """Serve a connection, unless its peer has too many."""
        name = network_of(address[0])
        if not self._enter(name, str(address[0])):
            with contextlib.suppress(OSError):
                sock.close()
            return
        try:
            super().handle(sock, address)
        finally:
            self._leave(name)

    def _enter(self, name: str, peer: str) -> bool:
        with self._lock:
            if self._count[name] >= self._per_address and not self._is_trusted(peer):
                return False
            self._count[name] += 1
            return True

    def _leave(self, name: str) -> None:
        with self._lock:
            self._count[name] -= 1
            if self._count[name] <= 0:
                del self._count[name]

    def _is_trusted(self, peer: str) -> bool:
        try:
            address = ip_address(peer)
        except ValueError:
            return False
        return any(address in network for network in self._trusted)


def raise_open_files() -> None:
    """Let the process have as many sockets as it is permitted to: the usual 1024 are few."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
