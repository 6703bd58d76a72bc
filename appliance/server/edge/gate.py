"""What every connection passes before an event is looked at: its pace, its size, its queue.

Clients are paced rather than refused: a line that sends too fast is read more slowly, so that an
honest program loses nothing and a flood waits in the sender's own machine. What is malformed ends
its line. A client that does not read what it is sent loses its line too: it comes back by itself
and gets the present snapshot, which is all it has missed.
"""

from __future__ import annotations

import contextlib
import logging
import socket
import struct
from collections.abc import Callable
from typing import Any, Final

from engineio.packet import MESSAGE
from flask_socketio import SocketIO
from socketio.packet import CONNECT_ERROR

from appliance.server.domain.errors import ValidationFailed

from .given import NoteFlood, Refusal
from .lines import CONNECT_COST, ENVIRON_KEY, LONGEST_DEBT_SECONDS, Line, Lines
from .outlet import Outlet, Rest
from .packets import is_well_formed, namespace_of_connect

log = logging.getLogger(__name__)

QUEUE_PACKETS: Final = 1000
QUEUE_BYTES: Final = 4 * 1024 * 1024
"""What may wait for a client that reads slowly; one whole snapshot is always allowed."""
SEND_BUFFER: Final = 256 * 1024
_THROW_AWAY: Final = struct.pack("ii", 1, 0)
_SILENCE_MARGIN_SECONDS: Final = 5
_OF_THE_PACKET: Final = (ValueError, TypeError, LookupError, AttributeError, RecursionError)
"""What reading a malformed packet may raise."""


def server_of(socketio: SocketIO) -> Any:
    """The Socket.IO server inside, which neither it nor its types describe."""
    return socketio.server  # type: ignore[attr-defined]


class Gate:
    """Stands between Engine.IO and Socket.IO.

    Args:
        socketio: Whose connections it watches.
        lines: Knows them.
        note_flood: Told of floods.
        refusal: Of a request to connect that cannot be read.
    """

    def __init__(
        self, socketio: SocketIO, lines: Lines, note_flood: NoteFlood, refusal: Refusal
    ) -> None:
        self._server: Any = server_of(socketio)
        self._eio: Any = self._server.eio
        self._lines = lines
        self._note_flood = note_flood
        self._refusal = refusal
        eio = self._eio
        self._next = {event: eio.handlers[event] for event in ("connect", "message", "disconnect")}
        eio.on("connect", self._connected)
        eio.on("message", self._message)
        eio.on("disconnect", self._disconnected)
        queue_class = bounded(eio._async["queue"])
        eio.create_queue = queue_class
        eio._async = {
            **eio._async,
            "websocket": guarded(eio._async["websocket"], self),
        }

    def _connected(self, sid: str, environ: dict[str, Any]) -> Any:
        environ[ENVIRON_KEY] = self._lines.open(sid, environ.get("REMOTE_ADDR"))
        opened = self._eio.sockets.get(sid)
        if opened is not None:
            opened.queue.on_full = lambda: self._eio.start_background_task(
                self.drop, sid, "does not read"
            )
        return self._next["connect"](sid, environ)

    def _disconnected(self, sid: str, *reason: Any) -> Any:
        self._lines.close(sid)
        return self._next["disconnect"](sid, *reason)

    def _message(self, sid: str, data: Any) -> None:
        line = self._lines.get(sid)
        if line is None or line.dropped:
            return
        namespace = namespace_of_connect(data)
        wait = line.take(self._lines.clock(), 1.0 if namespace is None else CONNECT_COST)
        if wait > LONGEST_DEBT_SECONDS:
            self.drop(sid, "too fast")
            return
        if wait > 0:
            self._eio.sleep(wait)
        if namespace is not None and self._server.manager.sid_from_eio_sid(sid, namespace):
            self.drop(sid, "connects twice")
            return
        try:
            self._next["message"](sid, data)
        except _OF_THE_PACKET as error:
            # Handlers run elsewhere and catch what is theirs: what comes here is the packet's.
            log.debug("malformed packet", exc_info=error)
            if namespace is None:
                self.drop(sid, "malformed")
            else:
                self._refuse_connect(sid, namespace)

    def _refuse_connect(self, sid: str, namespace: str) -> None:
        body = self._refusal(ValidationFailed("The request to connect cannot be read."))
        packet = self._server.packet_class(
            CONNECT_ERROR, data={"message": body["error"], "data": body}, namespace=namespace
        )
        self._eio.send(sid, packet.encode())

    def attach(self, sid: str, environ: dict[str, Any]) -> None:
        """A line goes on as a WebSocket: remember what it runs over, and let nothing hang."""
        line = self._lines.get(sid)
        websocket = environ.get("wsgi.websocket")
        raw: Any = websocket.handler.socket if websocket else environ.get("werkzeug.socket")
        if websocket is not None:
            # A live client answers a ping within this; a stalled one must not keep a writer.
            silence = self._eio.ping_interval + self._eio.ping_timeout + _SILENCE_MARGIN_SECONDS
            raw.settimeout(silence)
            # The kernel would keep 4 MiB for each client that does not read.
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
            opened = self._eio.sockets.get(sid)
            if opened is not None:
                opened.queue.outlet = Outlet(websocket, raw, lambda: bool(opened.upgraded))
        if line is not None:
            line.raw = raw
            # A line that began with polls has it in another request's environ.
            environ[ENVIRON_KEY] = line

    def drop(self, sid: str, why: str) -> None:
        """Close a line at once and forget what waits for it."""
        line = self._lines.get(sid)
        if line is None or line.dropped:
            return
        line.dropped = True
        log.debug("line from %s dropped: %s", line.address, why)
        self._note_flood(line.address, why)
        opened = self._eio.sockets.get(sid)
        if opened is not None:
            opened.close(wait=False, abort=True)
            opened.queue.forget()
        _cut(line)


def _cut(line: Line) -> None:
    if line.raw is not None:
        with contextlib.suppress(OSError):
            # Who does not read would not read our goodbye either: at the close, what the
            # kernel still holds for them is thrown away.
            line.raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _THROW_AWAY)
            line.raw.shutdown(socket.SHUT_RDWR)


def bounded(queue_class: Any) -> Any:
    """A queue of outgoing packets that reports when its client does not read.

    While nothing waits in it, its outlet, if it has one, sends what it can of a message at once.
    All else goes through the queue, pings above all: the greenlet that empties it takes a client
    for gone when it has had nothing for as long as a ping and its answer may take.

    Args:
        queue_class: The queue of the asynchronous mode.
    """

    class Bounded(queue_class):  # type: ignore[misc]
        on_full: Callable[[], object] | None = None
        outlet: Outlet | None = None
        _bytes = 0
        _full = False

        def put(self, item: Any, *args: Any, **options: Any) -> None:
            size = _size(item)
            waiting = self.qsize()
            if not self._full and waiting and item is not None:
                self._full = waiting >= QUEUE_PACKETS or self._bytes + size > QUEUE_BYTES
                if self._full and self.on_full is not None:
                    self.on_full()
            if self._full and item is not None:
                return
            is_message = getattr(item, "packet_type", None) == MESSAGE
            if is_message and not waiting and self.outlet is not None:
                item = self.outlet.offer(item)
                if item is None:
                    return
                size = _size(item)
            self._bytes += size
            super().put(item, *args, **options)

        def get(self, *args: Any, **options: Any) -> Any:
            item = super().get(*args, **options)
            self._bytes -= _size(item)
            return item

        def forget(self) -> None:
            """Throw away what waits, and let those who wait for it end."""
            self._full = True
            while self.qsize():
                with contextlib.suppress(Exception):
                    self.get(block=False)
            super().put(None)

    return Bounded


def _size(item: Any) -> int:
    data = getattr(item, "data", None)
    return len(data) if isinstance(data, str | bytes) else 0


def guarded(websocket_class: Any, gate: Gate) -> Any:
    """A WebSocket that hands on well-formed packets only.

    Args:
        websocket_class: The WebSocket of the asynchronous mode.
        gate: Told of each, and of what is malformed.
    """

    class Guarded(websocket_class):  # type: ignore[misc]
        def __init__(self, handler: Any, server: Any, **options: Any) -> None:
            super().__init__(handler, server, **options)
            self._sid = handler.__self__.sid

        def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
            gate.attach(self._sid, environ)
            return super().__call__(environ, start_response)

        def send(self, message: Any) -> Any:
            if isinstance(message, Rest):
                return message.write()
            return super().send(message)

        def wait(self) -> Any:
            packet = super().wait()
            if packet is None or is_well_formed(packet):
                return packet
            gate.drop(self._sid, "malformed")
            return None

    return Guarded
