"""Requests that cannot be read: answered in the one shape, one line in the log, no traceback."""

from __future__ import annotations

import base64
import json
import socket
from collections.abc import Iterator

import pytest

from tests.security.conftest import OpenLobby
from tests.support.lobby import Lobby
from tests.support.raw import RawSocket, tcp

KEY = base64.b64encode(b"0123456789abcdef")


def upgrade(*headers: bytes, path: bytes = b"/socket.io/?EIO=4&transport=websocket") -> bytes:
    lines = [
        b"GET " + path + b" HTTP/1.1",
        b"Host: x",
        b"Upgrade: websocket",
        b"Connection: Upgrade",
        *headers,
    ]
    return b"\r\n".join(lines) + b"\r\n\r\n"


VERSION = b"Sec-WebSocket-Version: 13"
UNREADABLE = {
    "no request line": b"\x00\xff\xfe\r\n\r\n",
    "one word": b"GET\r\n\r\n",
    "four words": b"GET / now HTTP/1.1\r\n\r\n",
    "no version": b"GET / HTTP/\r\n\r\n",
    "half a version": b"GET / HTTP/1\r\n\r\n",
    "a version of letters": b"GET / HTTP/a.b\r\n\r\n",
    "TLS": bytes.fromhex("16030100a5010000a1030300") + b"\r\n\r\n",
    "a length of letters": b"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
    "a length below nothing": b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
    "a header too long": b"GET / HTTP/1.1\r\nA: " + b"x" * 70_000 + b"\r\n\r\n",
    "too many headers": b"GET / HTTP/1.1\r\n" + b"A: x\r\n" * 200 + b"\r\n",
    "a name too long": b"GET /" + b"x" * 9000 + b" HTTP/1.1\r\n\r\n",
    "no key": upgrade(VERSION),
    "a key that is none": upgrade(VERSION, b"Sec-WebSocket-Key: !!!"),
    "a key of one letter": upgrade(VERSION, b"Sec-WebSocket-Key: a"),
    "a key not of this alphabet": upgrade(VERSION, b"Sec-WebSocket-Key: \xff\xfe"),
    "a short key": upgrade(VERSION, b"Sec-WebSocket-Key: YWJj"),
    "no version of the frames": upgrade(b"Sec-WebSocket-Key: " + KEY),
    "an old version of the frames": upgrade(
        b"Sec-WebSocket-Version: 1", b"Sec-WebSocket-Key: " + KEY
    ),
    "an upgrade over an old version": upgrade(VERSION, b"Sec-WebSocket-Key: " + KEY).replace(
        b"HTTP/1.1", b"HTTP/1.0"
    ),
    "a poll of nobody": b"GET /socket.io/?EIO=4&transport=polling&sid=x HTTP/1.1\r\n\r\n",
    "an old Engine.IO": b"GET /socket.io/?EIO=3&transport=polling HTTP/1.1\r\nHost: x\r\n\r\n",
    "no transport": b"GET /socket.io/?EIO=4&transport=pigeon HTTP/1.1\r\nHost: x\r\n\r\n",
    "a method that sockets have not": b"PUT /socket.io/?EIO=4 HTTP/1.1\r\nHost: x\r\n\r\n",
    "chunks of no length": (
        b"POST /cashier/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        b"Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n"
    ),
    "half a body": b"POST /cashier/login HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{",
}


@pytest.fixture
def lobby(module_lobby: Lobby) -> Iterator[Lobby]:
    yield module_lobby
    module_lobby.leave()


def answer_to(port: int, request: bytes) -> tuple[bytes, bytes]:
    """What comes back until the server closes: status line and body."""
    with tcp(port) as raw:
        raw.sendall(request)
        raw.shutdown(socket.SHUT_WR)
        received = b""
        try:
            while piece := raw.recv(65536):
                received += piece
        except ConnectionResetError:
            pass  # It had not read all of it.
    head, _, body = received.partition(b"\r\n\r\n")
    return head.partition(b"\r\n")[0], body


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_cannot_be_read_is_refused_in_the_one_shape(lobby: Lobby, name: str) -> None:
    status, body = answer_to(lobby.server.port, UNREADABLE[name])
    assert status.startswith(b"HTTP/1.1 4"), (status, body)
    answer = json.loads(body)
    assert answer["ok"] is False
    assert answer["code"] in {"validation_failed", "not_found"}
    assert answer["error"].endswith(".")
    log = lobby.server.log.read_text()
    assert "Traceback" not in log, log[-3000:]


def test_a_request_that_cannot_be_read_is_one_line_and_a_flood_of_them_some(
    open_lobby: OpenLobby,
) -> None:
    lobby = open_lobby()
    answer_to(lobby.server.port, b"one\r\n\r\n")
    assert len(complaints(lobby)) == 1
    for _ in range(100):
        answer_to(lobby.server.port, b"POST / HTTP/1.1\r\nContent-Length: \xff\r\n\r\n")
    assert 10 <= len(complaints(lobby)) <= 30
    assert len(complaints(lobby)) == len(lobby.server.log.read_text().splitlines()) - 1


def complaints(lobby: Lobby) -> list[str]:
    return [line for line in lobby.server.log.read_text().splitlines() if "cannot be read" in line]


def test_a_page_is_no_socket_whatever_is_asked_for(lobby: Lobby) -> None:
    asked = upgrade(VERSION, b"Sec-WebSocket-Key: " + KEY, b"Connection: close", path=b"/livez")
    status, body = answer_to(lobby.server.port, asked)
    assert status.startswith(b"HTTP/1.1 400 ")
    assert json.loads(body)["code"] == "validation_failed"


def test_a_request_that_is_never_finished_does_not_keep_its_connection(lobby: Lobby) -> None:
    """However slowly it goes on: each byte of it would begin a new silence."""
    port = lobby.server.port
    with tcp(port) as silent, tcp(port) as dripping, RawSocket(port) as innocent:
        silent.sendall(b"GET /livez HT")
        dripping.sendall(b"GET /livez HTTP/1.1\r\nA: ")
        dripping.settimeout(0.2)
        received = b""
        for _ in range(100):
            try:
                received = dripping.recv(65536)
                break
            except TimeoutError:
                dripping.sendall(b"x")
        assert received.startswith(b"HTTP/1.1 408 "), "it was not waited for"
        assert silent.recv(65536).startswith(b"HTTP/1.1 408 ")
        innocent.send('421["ping_time"]')
        assert innocent.answer(1)["ok"] is True
