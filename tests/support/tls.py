"""A server behind TLS, as nginx puts it on the appliance."""

from __future__ import annotations

import contextlib
import socket
import ssl
import subprocess
import threading
from pathlib import Path
from typing import Self

from appliance.peripherals.tls import TurnTakingSocket

_PIECE = 64 * 1024


def make_certificate(folder: Path) -> tuple[Path, Path]:
    """A key and the certificate for 127.0.0.1 that goes with it, which vouches for itself."""
    key, certificate = folder / "server.key", folder / "server.crt"
    subprocess.run(
        [
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
            "-nodes", "-keyout", key, "-out", certificate, "-days", "2", "-subj", "/CN=lobby.test",
            "-addext", "subjectAltName=IP:127.0.0.1",
        ],
        check=True,
        capture_output=True,
    )  # fmt: skip
    return key, certificate


class TlsFront:
    """Takes TLS on a port of its own and hands on what comes to a server on loopback.

    Args:
        port: The server's.
        key: Of the certificate.
        certificate: Shown to everyone who connects.
    """

    def __init__(self, port: int, key: Path, certificate: Path) -> None:
        self._behind = port
        self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._context.load_cert_chain(certificate, key)
        # It reads on one thread and writes on another, too.
        self._context.sslsocket_class = TurnTakingSocket
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._threads = [threading.Thread(target=self._accept)]
        self._open: list[socket.socket] = []

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._threads[0].join()
        for end in self._open:
            _hang_up(end)
        for thread in self._threads:
            thread.join()
        for end in (self._listener, *self._open):
            end.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                came, _ = self._listener.accept()
                thread = threading.Thread(target=self._serve, args=(came,))
                self._threads.append(thread)
                thread.start()

    def _serve(self, came: socket.socket) -> None:
        try:
            client = self._context.wrap_socket(came, server_side=True)
        except OSError:
            came.close()
            return
        server = socket.create_connection(("127.0.0.1", self._behind))
        self._open += (client, server)
        back = threading.Thread(target=_carry, args=(server, client))
        back.start()
        _carry(client, server)
        back.join()


def _carry(read: socket.socket, write: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while piece := read.recv(_PIECE):
            write.sendall(piece)
    _hang_up(read)
    _hang_up(write)


def _hang_up(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        # The other thread may be inside; `SSLSocket.shutdown` would take its TLS away.
        socket.socket.shutdown(end, socket.SHUT_RDWR)
