"""Clients that do not keep to the protocol: packets as bytes, from any loopback address."""

from __future__ import annotations

import contextlib
import http.client
import itertools
import json
import socket
from typing import Any, Self

import websocket

TIMEOUT = 240.0
"""Seconds after which something hangs; a slow machine answers late."""


def tcp(port: int, source: str = "127.0.0.1", *, takes: int | None = None) -> socket.socket:
    """A connection from this address.

    Args:
        port: The server's.
        source: The address to come from.
        takes: How many unread bytes its kernel keeps, if not as many as usual. Set before it
            connects: a buffer that is made smaller later throws acknowledgements away, too, and
            the kernels try again after ever longer pauses.
    """
    connection = socket.socket()
    try:
        connection.settimeout(TIMEOUT)
        if takes is not None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, takes)
        connection.bind((source, 0))
        connection.connect(("127.0.0.1", port))
    except BaseException:
        connection.close()
        raise
    return connection


def post(port: int, path: str, body: Any, source: str = "127.0.0.1") -> tuple[int, Any]:
    """Post JSON from this address; returns the status and the decoded answer."""
    connection = http.client.HTTPConnection(
        "127.0.0.1", port, timeout=TIMEOUT, source_address=(source, 0)
    )
    with contextlib.closing(connection):
        headers = {"Content-Type": "application/json"}
        connection.request("POST", path, json.dumps(body), headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())


class RawSocket:
    """A WebSocket on which any packet can be sent.

    Args:
        port: The server's.
        source: The address to come from.
        hello: Whether to do the Engine.IO and Socket.IO handshakes.
        auth: Of the Socket.IO handshake, as JSON text.
        takes: As of `tcp`.

    Attributes:
        raw: The TCP socket underneath.
    """

    def __init__(
        self,
        port: int,
        source: str = "127.0.0.1",
        *,
        hello: bool = True,
        auth: str = "",
        takes: int | None = None,
    ) -> None:
        self.raw = tcp(port, source, takes=takes)
        self._packet_ids = itertools.count(1)
        try:
            self._websocket = websocket.create_connection(
                f"ws://127.0.0.1:{port}/socket.io/?EIO=4&transport=websocket",
                timeout=TIMEOUT,
                socket=self.raw,
                # In Python it would cost more than all else that a test does with a snapshot.
                skip_utf8_validation=True,
            )
            if hello:
                self._say_hello(auth)
        except BaseException:
            self.raw.close()
            raise

    def _say_hello(self, auth: str) -> None:
        assert self.receive().startswith("0")
        self.send(f"40{auth}")
        # The first snapshots come before the word that the socket is let in.
        while not (packet := self.receive()).startswith("40"):
            assert packet.startswith("42"), packet

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def send(self, packet: str | bytes) -> None:
        """Send a packet, text or binary."""
        opcode = websocket.ABNF.OPCODE_TEXT
        if isinstance(packet, bytes):
            opcode = websocket.ABNF.OPCODE_BINARY
        self._websocket.send(packet, opcode)

    def receive(self) -> str:
        """The next packet; empty once the server has closed."""
        try:
            return str(self._websocket.recv())
        except (websocket.WebSocketConnectionClosedException, ConnectionError):
            return ""

    def answer(self, packet_id: int) -> Any:
        """The acknowledgement with this number."""
        start = f"43{packet_id}["
        while packet := self.receive():
            if packet == "2":
                self.send("3")
            elif packet.startswith(start):
                return json.loads(packet[len(start) - 1 :])[0]
        raise AssertionError("the server has closed the connection")

    def call(self, event: str, payload: dict[str, Any]) -> Any:
        """Send an event and return its acknowledgement; pushes are read past, undecoded."""
        packet_id = next(self._packet_ids)
        self.send(f"42{packet_id}{json.dumps([event, payload])}")
        return self.answer(packet_id)

    def wait_closed(self) -> None:
        """Read until the server closes."""
        while self.receive():
            pass

    def close(self) -> None:
        """Close without ceremony."""
        self.raw.close()
