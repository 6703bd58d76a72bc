"""Two threads in one TLS connection, of which OpenSSL takes one at a time."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from appliance.peripherals import tls
from tests.support.tls import make_certificate

TIMEOUT = 20


class Watched:
    """OpenSSL's connection, which tells whether somebody comes in while somebody else is inside."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self._inside = threading.Lock()
        self.crowded = False
        self.reading = threading.Event()

    def read(self, *arguments: Any) -> Any:
        return self._alone(self._inner.read, arguments, entered=self.reading)

    def write(self, *arguments: Any) -> Any:
        return self._alone(self._inner.write, arguments)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def _alone(self, act: Any, arguments: Any, entered: threading.Event | None = None) -> Any:
        free = self._inside.acquire(blocking=False)
        self.crowded = self.crowded or not free
        try:
            if entered is not None:
                entered.set()
            return act(*arguments)
        finally:
            if free:
                self._inside.release()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return make_certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def address(certificate: tuple[Path, Path]) -> Iterator[tuple[str, int]]:
    """Somebody who says everything once more, a connection long."""
    key, shown = certificate
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(shown, key)
    listener = socket.create_server(("127.0.0.1", 0))

    def echo() -> None:
        accepted, _ = listener.accept()
        with (
            contextlib.suppress(OSError),
            context.wrap_socket(accepted, server_side=True) as connection,
        ):
            while piece := connection.recv(65536):
                connection.sendall(piece)

    thread = threading.Thread(target=echo)
    thread.start()
    yield listener.getsockname()
    thread.join(TIMEOUT)
    listener.close()


def connect(context: ssl.SSLContext, address: tuple[str, int]) -> ssl.SSLSocket:
    plain = socket.create_connection(address, timeout=TIMEOUT)
    connection = context.wrap_socket(plain, server_hostname="127.0.0.1")
    connection._sslobj = Watched(connection._sslobj)  # type: ignore[attr-defined]
    return connection


def start_reading(connection: ssl.SSLSocket, size: int) -> tuple[threading.Thread, Watched]:
    """Read so much on a thread of its own, which is under way when this returns."""
    watched: Watched = connection._sslobj  # type: ignore[attr-defined]

    def read() -> None:
        left = size
        with contextlib.suppress(OSError):
            while left and (piece := connection.recv(65536)):
                left -= len(piece)

    reader = threading.Thread(target=read)
    reader.start()
    assert watched.reading.wait(TIMEOUT)
    return reader, watched


def test_reading_and_writing_take_turns(
    certificate: tuple[Path, Path], address: tuple[str, int]
) -> None:
    size = 3_000_000
    with connect(tls.context(certificate[1]), address) as connection:
        reader, watched = start_reading(connection, size)
        connection.sendall(bytes(size))
        reader.join(TIMEOUT)
        assert not reader.is_alive()
        assert not watched.crowded


def test_without_turns_both_are_inside_at_once(
    certificate: tuple[Path, Path], address: tuple[str, int]
) -> None:
    """The control: Python's own socket. What is written may arrive or get lost."""
    context = ssl.create_default_context(cafile=certificate[1])
    with connect(context, address) as connection:
        reader, watched = start_reading(connection, 1)
        with contextlib.suppress(OSError):
            connection.sendall(b"x")
        assert watched.crowded
        socket.socket.shutdown(connection, socket.SHUT_RDWR)
        reader.join(TIMEOUT)


def test_whoever_waits_for_too_long_is_told(
    certificate: tuple[Path, Path], address: tuple[str, int]
) -> None:
    with connect(tls.context(certificate[1]), address) as connection:
        connection.settimeout(0.05)
        assert connection.gettimeout() == 0.05
        with pytest.raises(TimeoutError):
            connection.recv(1)
        with pytest.raises(TimeoutError):
            connection.recv_into(bytearray(1))
        connection.settimeout(TIMEOUT)
        connection.sendall(b"still there")
        assert connection.recv(1) == b"s"


def test_nobody_is_trusted_without_a_certificate(tmp_path: Path) -> None:
    (tmp_path / "empty.pem").write_text("")
    for name in ("no such file", "empty.pem"):
        with pytest.raises(OSError):
            tls.context(tmp_path / name)
