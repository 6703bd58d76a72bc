"""The way out of a WebSocket: what can be sent at once is, and the same bytes go to everybody.

Engine.IO puts a packet into the queue of each of its clients and wakes a greenlet for each, which
encodes the packet and its frame once more. For 500 screens that is most of the work of a push, and
the last of them sees it when all others have had their turn. Here the frame is made once, and a
socket that is free gets it at once; one whose client is behind keeps its queue and its greenlet,
and holds nobody up.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Callable
from typing import Any, Final

_FRAME: Final = "_appliance_frame"
_TEXT: Final = 0x81
_BINARY: Final = 0x82
"""The first byte of a message in one frame."""
_TWO_BYTES: Final = 126
_EIGHT_BYTES: Final = 127
"""Where the second byte is one of these, the length follows."""


class Outlet:
    """Writes to one WebSocket under gevent, where only one thing happens at a time.

    Args:
        websocket: gevent-websocket's.
        raw: The socket under it.
        is_open: Whether packets go this way already, and not in answers to polls.
    """

    __slots__ = ("_is_open", "_raw", "_websocket", "_write", "_writing")

    def __init__(self, websocket: Any, raw: Any, is_open: Callable[[], bool]) -> None:
        self._websocket = websocket
        self._raw = raw
        self._is_open = is_open
        self._write = websocket.raw_write
        self._writing = 0
        # Every frame goes this way, a pong too: none may get into the middle of another.
        websocket.raw_write = self.write

    def write(self, data: bytes | bytearray) -> None:
        """Write it all, for as long as it takes.

        Raises:
            OSError: The connection is broken.
        """
        self._writing += 1
        try:
            self._write(data)
        finally:
            self._writing -= 1

    def offer(self, packet: Any) -> Any:
        """Send as much of a packet as the client takes at once.

        Nothing may be waiting in the socket's queue: it would be overtaken.

        Args:
            packet: Engine.IO's.

        Returns:
            What has to wait: the packet, what is left of it, or None.
        """
        if self._writing or self._websocket.closed or not self._is_open():
            return packet
        frame = frame_of(packet)
        try:
            sent = os.write(self._raw.fileno(), frame)
        except OSError:
            # It takes nothing; or it is dead, which its greenlet is to find out.
            return packet
        return Rest(frame[sent:], self) if sent < len(frame) else None


class Rest:
    """What is left of a frame that a client did not take whole, as a packet that can wait.

    Args:
        data: The bytes.
        outlet: Where they go.
    """

    def __init__(self, data: bytes, outlet: Outlet) -> None:
        self.data = data
        self._outlet = outlet

    def encode(self) -> Rest:
        """Itself: it is encoded."""
        return self

    def write(self) -> None:
        """Write it, for as long as it takes."""
        self._outlet.write(self.data)


def frame_of(packet: Any) -> bytes:
    """A packet as one frame (RFC 6455, 5.2), made once for all who get it."""
    made: bytes | None = getattr(packet, _FRAME, None)
    if made is None:
        encoded = packet.encode()
        made = (
            _frame(_TEXT, encoded.encode())
            if isinstance(encoded, str)
            else _frame(_BINARY, encoded)
        )
        setattr(packet, _FRAME, made)
    return made


def _frame(kind: int, payload: bytes) -> bytes:
    length = len(payload)
    if length < _TWO_BYTES:
        return struct.pack("!BB", kind, length) + payload
    if length < 1 << 16:
        return struct.pack("!BBH", kind, _TWO_BYTES, length) + payload
    return struct.pack("!BBQ", kind, _EIGHT_BYTES, length) + payload
