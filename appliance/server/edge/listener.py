"""The listening socket under gevent: nobody waits for ever, and nobody takes all the turns.

gevent's own server reads for as long as there is something to read, without a turn for anybody
else, waits for the rest of a request as long as now and then a byte comes, and prints a traceback
for a request that it cannot read. An attacker needs one connection for each of these.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import io
import json
import logging
import resource
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from ipaddress import ip_address, ip_network
from typing import Any, Final

import gevent
from gevent import pywsgi
from geventwebsocket.handler import WebSocketHandler

from appliance.server.domain.errors import DomainError, ValidationFailed

from .doorway import is_for_sockets
from .given import Refusal
from .pace import Bucket, network_of

log = logging.getLogger(__name__)

SILENCE_SECONDS: Final = 75
"""A connection on which nothing comes for this long, in the middle of a body or between two
requests, is closed. Open WebSockets have a time of their own."""
HEAD_SECONDS: Final = 10
"""From the first byte of a request to the end of its headers, however slowly they come."""
REST_AT_MOST: Final = 1024 * 1024
"""Of a body that nobody wanted this much is read past, so that the answer arrives. A longer one
ends its connection."""
OPEN_FILES: Final = 65_536
_READ_BUFFER: Final = 1024
"""Bytes. Most of what clients send is smaller, and each open connection keeps one."""
_KEY_BYTES: Final = 16
"""Of a WebSocket's key (RFC 6455, 4.2.1)."""
_LOG_LINES_AT_ONCE: Final = 20
_LOG_LINES_A_SECOND: Final = 0.1
_UNREADABLE: Final = "The request cannot be read."
_TOO_LONG: Final = "The address of the request is too long."
_TOO_SLOW: Final = "The request came too slowly."


class Fair(io.RawIOBase):
    """What a connection sends, with a turn for everybody else after each piece of it.

    Args:
        raw: Of the socket; it returns at once while something is there.
    """

    def __init__(self, raw: Any) -> None:
        self._raw = raw

    def readable(self) -> bool:
        """It is read from."""
        return True

    def readinto(self, buffer: Any) -> int | None:
        """Read a piece.

        Raises:
            OSError: The connection is broken, or silent for too long.
        """
        count: int | None = self._raw.readinto(buffer)
        gevent.sleep(0)
        return count

    def close(self) -> None:
        """Let go of the socket."""
        self._raw.close()
        super().close()


class Body(pywsgi.Input):
    """The body of a request, of which what nobody wanted is not read past without end.

    Args:
        given: The body as gevent has made it.
        give_up: Ends the connection after the answer.
    """

    __slots__ = ("_give_up",)

    def __init__(self, given: pywsgi.Input, give_up: Callable[[], None]) -> None:
        super().__init__(given.rfile, given.content_length, given.socket, given.chunked_input)
        self._give_up = give_up

    def _discard(self) -> None:
        if getattr(self, "_chunked_input_error", False):
            self._give_up()  # Where the next request begins, nobody can tell.
            return
        self.send_100_continue_enabled = False
        left = REST_AT_MOST
        while left > 0 and (piece := self.read(16 * 1024)):
            left -= len(piece)
        if left <= 0:
            self._give_up()
        self.send_100_continue_enabled = True


class Handler(WebSocketHandler):  # type: ignore[misc]  # gevent-websocket has no types
    """Serves one connection."""

    server: Listener
    wsgi_input: Any
    _head: gevent.Timeout | None = None

    def __init__(self, sock: Any, address: Any, server: Any) -> None:
        rfile = io.BufferedReader(Fair(sock.makefile("rb", 0)), _READ_BUFFER)
        super().__init__(sock, address, server, rfile=rfile)

    def handle(self) -> None:
        """Serve until it is closed or silent."""
        self.socket.settimeout(SILENCE_SECONDS)
        # An event's result and its acknowledgement are two small writes: without this the second
        # waits for the client's delayed ACK of the first, 40 ms.
        with contextlib.suppress(OSError):
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with contextlib.suppress(OSError):
            super().handle()

    def handle_one_request(self) -> Any:
        """Wait for a request and serve it; see gevent for what is returned."""
        try:
            if not self.rfile.peek(1):
                return None
        except (OSError, ValueError):
            return None
        self._head = head = gevent.Timeout.start_new(HEAD_SECONDS)
        try:
            answer = super().handle_one_request()
        except gevent.Timeout as timeout:
            if timeout is not head:
                raise
            return self._refusal("408 Request Timeout", _TOO_SLOW)
        finally:
            self._head_is_read()
        if isinstance(answer, tuple) and answer[0] == "414":
            return self._refusal("414 URI Too Long", _TOO_LONG)
        return answer

    def read_request(self, raw_requestline: str) -> bool:
        """Read the headers; from here on the request may take its time.

        Raises:
            ValueError: It cannot be read.
        """
        try:
            return bool(super().read_request(raw_requestline))
        finally:
            self._head_is_read()

    def _head_is_read(self) -> None:
        if self._head is not None:
            self._head.close()
            self._head = None

    def get_environ(self) -> dict[str, Any]:
        """The request's environment, with a body that is not read past without end."""
        environ: dict[str, Any] = super().get_environ()
        given: Any = self.wsgi_input
        self.wsgi_input = Body(given, self._give_up)
        if environ["wsgi.input"] is given:
            environ["wsgi.input"] = self.wsgi_input
        return environ

    def _give_up(self) -> None:
        self.close_connection = True

    def upgrade_websocket(self) -> Any:
        """Turn the request into a WebSocket where it asks for one, and where there is one."""
        if not is_for_sockets(self.environ):
            return None  # An ordinary request, whatever it hopes for.
        if "HTTP_SEC_WEBSOCKET_KEY" in self.environ and not _is_key(
            self.environ["HTTP_SEC_WEBSOCKET_KEY"]
        ):
            return self._refuse_upgrade()
        refused = super().upgrade_websocket()
        if refused is None:
            return None
        return self._refuse_upgrade()

    def _refuse_upgrade(self) -> list[bytes]:
        self.server.tell(self.client_address, "a WebSocket's handshake that cannot be read")
        body = self.server.body_of(ValidationFailed(_UNREADABLE))
        self.start_response(
            "400 Bad Request",
            [
                ("Content-Type", "application/json"),
                ("Content-Length", str(len(body))),
                ("Sec-WebSocket-Version", self.SUPPORTED_VERSIONS[0]),
                ("Connection", "close"),
            ],
        )
        return [body]

    def _handle_client_error(self, ex: Exception) -> tuple[str, bytes]:
        # gevent's hook for requests that cannot be read: one line, no traceback.
        self.server.tell(self.client_address, f"{type(ex).__name__}: {ex}")
        return self._refusal("400 Bad Request", _UNREADABLE)

    def _refusal(self, status: str, sentence: str) -> tuple[str, bytes]:
        body = self.server.body_of(ValidationFailed(sentence))
        head = (
            f"HTTP/1.1 {status}\r\nConnection: close\r\nContent-Type: application/json\r\n"
            f"Cache-Control: no-store\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return status, head.encode() + body


def _is_key(text: str) -> bool:
    try:
        return len(base64.b64decode(text.strip(), validate=True)) == _KEY_BYTES
    except (binascii.Error, ValueError):
        return False


class Listener(pywsgi.WSGIServer):
    """A WSGI server that counts connections by peer.

    Args:
        address: Host and port to listen on.
        app: What it serves.
        per_address: Connections that one peer may have, WebSockets included.
        trusted: Addresses and networks of proxies, which are not counted: they speak for many.
        refusal: Of a request that cannot be read.
    """

    def __init__(
        self,
        address: tuple[str, int],
        app: Any,
        per_address: int,
        trusted: Iterable[str],
        refusal: Refusal,
    ) -> None:
        super().__init__(address, app, handler_class=Handler, log=None)
        # A flood of broken handshakes would be a flood of warnings.
        self.logger = logging.getLogger("geventwebsocket.quiet")
        self.logger.setLevel(logging.CRITICAL)
        self._refusal = refusal
        self._log_lines = Bucket(_LOG_LINES_A_SECOND, _LOG_LINES_AT_ONCE)
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

    def tell(self, peer: Any, what: str) -> None:
        """Write one line about a request that cannot be read; of a flood of them only some."""
        if self._log_lines.take_if_there(time.monotonic()):
            log.warning("a request from %s cannot be read: %.200r", peer[0], what)

    def body_of(self, error: DomainError) -> bytes:
        """An error in the one shape, as an answer's body."""
        return json.dumps(self._refusal(error)).encode()

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
