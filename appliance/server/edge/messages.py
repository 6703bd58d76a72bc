"""Reading WebSocket messages without ever holding more of one than an event can have.

gevent-websocket reads whatever length a frame announces, and joins fragments without end: one guest
could fill the machine's memory. Here the beginning of a message is kept, the rest is read past, and
a message beyond all reason ends its connection.

It also reads on for as long as something is there, and so does its caller: answers to pings
that nobody asked for, sent without pause, kept everybody else from their turn. Here every frame
counts against its line's pace, and after each of them the others have a turn.
"""

from __future__ import annotations

import io
import time
from typing import Any, Final

import gevent
from geventwebsocket.exceptions import ProtocolError, WebSocketError
from geventwebsocket.websocket import Header, WebSocket

from .json_limit import MAX_PACKET
from .lines import ENVIRON_KEY, Line

KEEP: Final = MAX_PACKET + 1024
"""Of one message: an event of the largest size with its envelope."""
MAX_MESSAGE: Final = 16 * 1024 * 1024
_PIECE: Final = 64 * 1024
_MAX_CONTROL: Final = 125


class Message:
    """A message as its frames come in.

    Args:
        opcode: Of its first frame: text or binary.
    """

    def __init__(self, opcode: int) -> None:
        self.opcode = opcode
        self._kept = bytearray()
        self._length = 0

    @property
    def room(self) -> int:
        """How many bytes more are kept."""
        return KEEP - len(self._kept)

    def add(self, kept: bytes | bytearray, length: int) -> None:
        """Take a frame's payload.

        Args:
            kept: What was kept of it.
            length: How long it was.

        Raises:
            ProtocolError: The message is too large.
        """
        self._length += length
        if self._length > MAX_MESSAGE:
            raise ProtocolError("message too large")
        self._kept += kept

    def finished(self) -> str | bytes:
        """The message.

        For what was not kept of a text there are blanks, so that its reader sees that it is too
        large.

        Raises:
            UnicodeDecodeError: It is text, and not UTF-8.
        """
        if self.opcode == WebSocket.OPCODE_BINARY:
            return bytes(self._kept)
        if self._length == len(self._kept):
            return self._kept.decode()
        return self._kept.decode(errors="ignore") + " " * MAX_PACKET


def read_message(self: Any) -> str | bytes | None:
    """Replaces `WebSocket.read_message` (RFC 6455, 5.4 and 5.5).

    Returns:
        The next message; None once the other side has closed.

    Raises:
        ProtocolError: The frames do not follow RFC 6455, or a message is too large.
        WebSocketError: The connection ended in the middle.
        UnicodeDecodeError: A text is not UTF-8.
    """
    line = (self.environ or {}).get(ENVIRON_KEY)
    message: Message | None = None
    while True:
        header = Header.decode_header(self.stream)
        take_turn(line)
        if header.flags:
            raise ProtocolError
        if header.opcode >= WebSocket.OPCODE_CLOSE:
            if not _control(self, header, line):
                return None
            continue
        if (header.opcode == WebSocket.OPCODE_CONTINUATION) == (message is None):
            raise ProtocolError("a fragment out of place")
        if message is None:
            if header.opcode not in {WebSocket.OPCODE_TEXT, WebSocket.OPCODE_BINARY}:
                raise ProtocolError("unknown opcode")
            message = Message(header.opcode)
        if header.length > MAX_MESSAGE:
            raise ProtocolError("frame too large")
        message.add(_payload(self, header, min(header.length, message.room), line), header.length)
        if header.fin:
            return message.finished()


def take_turn(line: Line | None) -> None:
    """Wait until this line may go on, and let the others have their turn at any rate."""
    gevent.sleep(line.take_frames(time.monotonic(), 1) if line is not None else 0)


def _control(websocket: Any, header: Any, line: Line | None) -> bool:
    """Handle a control frame; False for the one that closes."""
    if header.length > _MAX_CONTROL or not header.fin:
        raise ProtocolError("a control frame of this kind is not allowed")
    payload = _payload(websocket, header, header.length, line)
    if header.opcode == WebSocket.OPCODE_CLOSE:
        websocket.handle_close(header, payload)
        return False
    if header.opcode == WebSocket.OPCODE_PING:
        websocket.handle_ping(header, payload)
    elif header.opcode != WebSocket.OPCODE_PONG:
        raise ProtocolError("unknown opcode")
    return True


def _payload(websocket: Any, header: Any, keep: int, line: Line | None) -> bytes | bytearray:
    left = header.length
    kept = bytearray()
    try:
        while left > 0:
            piece = websocket.raw_read(min(left, _PIECE))
            if not piece:
                raise WebSocketError("Unexpected EOF reading frame payload")
            left -= len(piece)
            kept += piece[: keep - len(kept)]
            if left > 0:
                take_turn(line)
    except io.UnsupportedOperation as error:
        raise WebSocketError("closed while reading") from error
    return header.unmask_payload(kept) if header.mask and kept else kept
