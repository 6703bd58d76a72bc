"""Nobody takes all the turns: while one sends without pause, the others are served.

Each attack is one anonymous connection. Its control is the same attack on a server whose protection
has been taken out (`tests/support/unfair_server.py`): there the others wait until it is over.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from typing import Self

import pytest
import requests

from appliance.server.edge.messages import MAX_MESSAGE
from tests.support.lobby import Lobby
from tests.support.raw import TIMEOUT, RawSocket, tcp

MASK = b"\0\0\0\0"


def frame(opcode: int, payload: bytes = b"", *, fin: bool = True) -> bytes:
    """A masked frame, as browsers send them."""
    return bytes([(0x80 if fin else 0) | opcode, 0x80 | len(payload)]) + MASK + payload


ATTACKS: dict[str, tuple[str, bytes]] = {
    "pong frames": ("websocket", frame(10)),
    "ping frames": ("websocket", frame(9)),
    "answers to pings": ("websocket", frame(1, b"3")),
    "no-operations": ("websocket", frame(1, b"6")),
    "empty fragments": ("fragments", frame(0, fin=False)),
    "large fragments": (
        "fragments",
        bytes([0, 0x80 | 126]) + (60_000).to_bytes(2, "big") + MASK + b"x" * 60_000,
    ),
    "polls": ("polls", b"3"),
    "a body without end": ("body", b"x" * 1000),
    "chunks without end": ("chunks", b"1\r\nx\r\n"),
}
CONTROLS = {
    "answers to pings": 1_000_000,
    "polls": 1_000_000,
    "chunks without end": 2_000_000,
}
"""How much is sent: seconds of a server's time. In the others the server is faster than the one who
sends on this machine, so that they show nothing here."""
REQUESTS = 10
PINGED_AFTER = 25
"""Seconds after which the server asks whether a client lives, and ends who does not say so."""
ATTEMPTS = 20


class Attack:
    """One connection that sends the same thing again and again.

    Args:
        lobby: Whom it attacks.
        name: Which attack.
        most: Bytes to send at most; without end where there is no number.

    Attributes:
        began: Whether the first piece has been sent.
        over: Whether everything has been sent, or the server has ended the connection.
        lasted: Seconds until then.
        sent: Bytes so far.
    """

    def __init__(self, lobby: Lobby, name: str, most: int | None = None) -> None:
        kind, piece = ATTACKS[name]
        self.began = threading.Event()
        self.over = threading.Event()
        self.sent = 0
        self.lasted = 0.0
        self._most = most
        self._stop = threading.Event()
        self._socket, self._piece = getattr(self, f"_{kind}")(lobby, piece)
        self._thread = threading.Thread(target=self._send)
        # One who does not read what comes back is stopped by that.
        threading.Thread(target=_read_on, args=[self._socket], daemon=True).start()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stop.set()
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._socket.close()

    def _send(self) -> None:
        began = time.monotonic()
        block = self._piece * max(1, 30_000 // len(self._piece))
        with contextlib.suppress(OSError):
            while not self._stop.is_set() and (self._most is None or self.sent < self._most):
                self._socket.sendall(block)
                self.sent += len(block)
                self.began.set()
        self.lasted = time.monotonic() - began
        self.over.set()

    @staticmethod
    def _websocket(lobby: Lobby, piece: bytes) -> tuple[socket.socket, bytes]:
        raw = RawSocket(lobby.server.port, hello=False).raw
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 64 * 1024)
        return raw, piece

    @classmethod
    def _fragments(cls, lobby: Lobby, piece: bytes) -> tuple[socket.socket, bytes]:
        raw, _ = cls._websocket(lobby, piece)
        raw.sendall(frame(1, b"x", fin=False))
        return raw, piece

    @staticmethod
    def _polls(lobby: Lobby, piece: bytes) -> tuple[socket.socket, bytes]:
        address = "/socket.io/?EIO=4&transport=polling"
        opened = requests.get(lobby.base_url + address, timeout=TIMEOUT).text
        sid = opened.partition('"sid":"')[2].partition('"')[0]
        head = (
            f"POST {address}&sid={sid} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(piece)}\r\n\r\n"
        )
        return tcp(lobby.server.port), head.encode() + piece

    @staticmethod
    def _request(lobby: Lobby, headers: str) -> socket.socket:
        raw = tcp(lobby.server.port)
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 64 * 1024)
        raw.sendall(f"POST /nowhere HTTP/1.1\r\nHost: x\r\n{headers}".encode())
        return raw

    @classmethod
    def _body(cls, lobby: Lobby, piece: bytes) -> tuple[socket.socket, bytes]:
        return cls._request(lobby, f"Content-Length: {2**40}\r\n\r\n"), piece

    @classmethod
    def _chunks(cls, lobby: Lobby, piece: bytes) -> tuple[socket.socket, bytes]:
        return cls._request(lobby, "Transfer-Encoding: chunked\r\n\r\n"), piece


def _read_on(raw: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while raw.recv(65536):
            pass


@pytest.fixture
def lobby(module_lobby: Lobby) -> Lobby:
    return module_lobby


def is_alive(lobby: Lobby) -> bool:
    return requests.get(f"{lobby.base_url}/livez", timeout=60).status_code == 200


@pytest.mark.parametrize("name", ATTACKS)
def test_the_others_are_served_while_somebody_sends_without_pause(lobby: Lobby, name: str) -> None:
    with RawSocket(lobby.server.port) as innocent, Attack(lobby, name) as attack:
        for number in range(REQUESTS):
            assert is_alive(lobby)
            innocent.send(f'42{number}["ping_time"]')
            assert innocent.answer(number)["ok"] is True
        if name == "large fragments":
            assert not attack.over.is_set() or attack.sent >= MAX_MESSAGE, (
                "ended for its size alone"
            )
        elif ATTACKS[name][0] in {"websocket", "fragments", "polls"}:
            # On a slow machine it may have been ended since, for not answering to a ping.
            assert not attack.over.is_set() or attack.lasted > PINGED_AFTER, (
                "it was read slowly, and is still at it"
            )


@pytest.mark.parametrize("name", CONTROLS)
def test_control_without_turns_the_others_wait_until_it_is_over(
    unfair_lobby: Lobby, name: str
) -> None:
    """In a pause of the one who sends, others are served there too: a busy machine makes some."""

    def waited() -> bool:
        with Attack(unfair_lobby, name, CONTROLS[name]) as attack:
            attack.began.wait()
            assert is_alive(unfair_lobby)
            return attack.over.is_set()

    assert any(waited() for _ in range(ATTEMPTS))
