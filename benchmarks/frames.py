"""A Socket.IO 5 client that costs next to nothing, so that the server is what is measured.

It speaks just enough of RFC 6455, Engine.IO 4 and Socket.IO 5: it opens a WebSocket, names its
identity, answers pings and cuts what comes into messages without reading them.
"""

from __future__ import annotations

import base64
import json
import os
import socket
import struct
import time
from collections.abc import Iterator
from typing import Any, Final

PING: Final = b"2"
PONG: Final = b"3"
_CONNECT: Final = b"40"
_REFUSED: Final = b"44"
_TEXT: Final = 0x1
_FINAL: Final = 0x80
_MASKED: Final = 0x80
_NO_MASK: Final = b"\0\0\0\0"
"""A client has to mask; this mask changes nothing."""
_SO_TIMESTAMPNS: Final = 35
"""Linux's asm-generic/socket.h; Python has no name for it."""
_TIMESPEC: Final = struct.Struct("@ll")
_ANCILLARY: Final = socket.CMSG_SPACE(_TIMESPEC.size)
_buffer: Final = memoryview(bytearray(1 << 18))
"""For all sockets of a process, which one loop reads: to make one for each reading costs more than
the reading."""


class Frames:
    """Cuts a stream of bytes into WebSocket messages; the server sends each in one frame."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes | memoryview) -> Iterator[bytes]:
        """Take bytes and yield the messages that are complete."""
        self._buffer += data
        start = 0
        while (found := _frame(self._buffer, start)) is not None:
            opcode, begin, start = found
            if opcode == _TEXT:
                yield bytes(self._buffer[begin:start])
        del self._buffer[:start]


def _frame(buffer: bytearray, start: int) -> tuple[int, int, int] | None:
    """The next frame: opcode, where its payload begins, where it ends."""
    if len(buffer) < start + 2:
        return None
    length, begin = buffer[start + 1] & 0x7F, start + 2
    extra = {126: 2, 127: 8}.get(length, 0)
    if extra:
        length = int.from_bytes(buffer[begin : begin + extra], "big")
        begin += extra
    if len(buffer) < begin + length:
        return None
    return buffer[start] & 0x0F, begin, begin + length


def frame(message: bytes) -> bytes:
    """A client's text frame."""
    length = len(message)
    if length < 126:
        head = bytes((_FINAL | _TEXT, _MASKED | length))
    else:
        head = bytes((_FINAL | _TEXT, _MASKED | 126)) + length.to_bytes(2, "big")
    return head + _NO_MASK + message


class LightSocket:
    """One connection, blocking until the server has let it in.

    Args:
        port: The server's, on loopback.
        auth: Socket.IO's `auth`.

    Attributes:
        arrived_at: When the kernel got the last of the bytes that were received (monotonic),
            however late this process came to read them; known after `stamp`.

    Raises:
        ConnectionError: The server did not let it in.
    """

    arrived_at = 0.0

    def __init__(self, port: int, auth: dict[str, Any]) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._frames = Frames()
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(
            f"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
            "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Key: {key}\r\n\r\n".encode()
        )
        rest = self._upgraded()
        self.send(_CONNECT + json.dumps(auth).encode())
        self._let_in(rest)

    def _upgraded(self) -> bytes:
        answer = b""
        while b"\r\n\r\n" not in answer:
            data = self.socket.recv(4096)
            if not data:
                raise ConnectionError("the server closed the connection")
            answer += data
        if not answer.startswith(b"HTTP/1.1 101"):
            raise ConnectionError(answer[:100].decode(errors="replace"))
        return answer.partition(b"\r\n\r\n")[2]

    def _let_in(self, data: bytes) -> None:
        while True:
            for message in self._frames.feed(data):
                if message.startswith(_REFUSED):
                    raise ConnectionError(message.decode(errors="replace"))
                if message.startswith(_CONNECT):
                    return
            data = self.socket.recv(65536)
            if not data:
                raise ConnectionError("the server closed the connection")

    def send(self, message: bytes) -> None:
        """Send an Engine.IO message."""
        self.socket.sendall(frame(message))

    def stamp(self) -> None:
        """Let the kernel note when bytes come."""
        self.socket.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)

    def receive(self) -> Iterator[bytes]:
        """Messages that have come; answers pings.

        Raises:
            ConnectionError: The server has closed the connection.
        """
        length, ancillary, _, _ = self.socket.recvmsg_into([_buffer], _ANCILLARY)
        if not length:
            raise ConnectionError("the server closed the connection")
        for level, kind, data in ancillary:
            if level == socket.SOL_SOCKET and kind == _SO_TIMESTAMPNS:
                seconds, nanoseconds = _TIMESPEC.unpack(data)
                # The kernel stamps by the clock of the day.
                ago = time.time() - (seconds + nanoseconds / 1e9)
                self.arrived_at = time.monotonic() - ago
        for message in self._frames.feed(_buffer[:length]):
            if message == PING:
                self.send(PONG)
            else:
                yield message
