"""gevent-websocket's two slow loops, done by the interpreter's own C code.

gevent-websocket unmasks and checks text one byte at a time in Python: a message of 10 MB stopped
the event loop, and with it every screen, for 5.5 s (0.3 s with this). Both replacements do what
RFC 6455 asks for in sections 5.3 and 8.1.
"""

from __future__ import annotations

import codecs

from geventwebsocket import websocket
from geventwebsocket.websocket import Header

from .messages import read_message


def unmask(header: Header, payload: bytes) -> bytearray:
    """XOR a payload with its header's repeated four-byte mask (RFC 6455, 5.3)."""
    length = len(payload)
    repeated = (bytes(header.mask) * (length // 4 + 1))[:length]
    value = int.from_bytes(payload, "little") ^ int.from_bytes(repeated, "little")
    return bytearray(value.to_bytes(length, "little"))


class Utf8Validator:
    """Checks text that arrives in pieces (RFC 6455, 8.1), with the interface of the original."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Begin a new text."""
        self._decoder = codecs.getincrementaldecoder("utf-8")()

    def validate(self, piece: bytes) -> tuple[bool, bool, int, int]:
        """Check the next piece.

        Returns:
            Whether all is well so far, whether the piece ends between two characters, and the
            position of the first wrong byte in the piece and in the text, which nobody uses.
        """
        try:
            self._decoder.decode(bytes(piece))
        except UnicodeDecodeError as error:
            return False, False, error.start, error.start
        pending, _ = self._decoder.getstate()
        return True, not pending, len(piece), len(piece)


def install() -> None:
    """Replace the slow loops, and bound what one message may take."""
    websocket.WebSocket.read_message = read_message
    Header.mask_payload = unmask
    Header.unmask_payload = unmask
    websocket.Utf8Validator = Utf8Validator
