"""TLS to a server on another machine, for a client that reads on one thread and writes on another.

OpenSSL forbids two threads in one connection, and Python's `ssl` lets them in: bytes that arrive
while others leave, the session tickets after the handshake before all, end the connection within
milliseconds. Engine.IO's client reads and writes on two threads:
https://github.com/miguelgrinberg/python-engineio/issues/461.
"""

from __future__ import annotations

import select
import ssl
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self, TypeVar

T = TypeVar("T")


class TurnTakingSocket(ssl.SSLSocket):
    """A TLS socket in which reading and writing take turns.

    The one whose turn it is never waits for the network: the socket does not block, and its
    time-out is kept here.
    """

    _turn: threading.Lock
    _patience: float | None
    _ready: bool

    def __new__(cls, *args: Any, **options: Any) -> Self:
        """As any socket: its base class wants no `__init__` to be added to."""
        made = super().__new__(cls, *args, **options)
        made._turn = threading.Lock()
        made._patience = None
        made._ready = False
        return made

    def do_handshake(self, block: bool = False) -> None:
        """Agree on keys, within the time-out, while nobody else has the socket yet."""
        super().do_handshake(block)
        self._ready = True
        super().settimeout(0)

    def settimeout(self, value: float | None) -> None:
        """How many seconds to wait for the other side; None for ever."""
        self._patience = value
        if not self._ready:
            super().settimeout(value)

    def gettimeout(self) -> float | None:
        """The same."""
        return self._patience

    def recv(self, buflen: int = 1024, flags: int = 0) -> bytes:
        """Read what has come, or wait for it.

        Raises:
            TimeoutError: Nothing came in time.
        """
        return self._in_turn(lambda: ssl.SSLSocket.recv(self, buflen, flags))

    def recv_into(self, buffer: Any, nbytes: int | None = None, flags: int = 0) -> int:
        """Read what has come into a buffer, or wait for it.

        Raises:
            TimeoutError: Nothing came in time.
        """
        return self._in_turn(lambda: ssl.SSLSocket.recv_into(self, buffer, nbytes, flags))

    def send(self, data: Any, flags: int = 0) -> int:
        """Write as much as fits.

        Raises:
            TimeoutError: Nothing fitted in time.
        """
        return self._in_turn(lambda: ssl.SSLSocket.send(self, data, flags))

    def _in_turn(self, act: Callable[[], T]) -> T:
        patience = self._patience
        until = None if patience is None else time.monotonic() + patience
        while True:
            with self._turn:
                try:
                    return act()
                except ssl.SSLWantReadError:
                    wanted = select.POLLIN
                except ssl.SSLWantWriteError:
                    wanted = select.POLLOUT
            self._wait(wanted, until)

    def _wait(self, wanted: int, until: float | None) -> None:
        left = None if until is None else max(0.0, until - time.monotonic()) * 1000
        poll = select.poll()
        poll.register(self.fileno(), wanted)
        if not poll.poll(left):
            raise TimeoutError("the other side does not answer in time")


def context(ca_file: Path | None) -> ssl.SSLContext:
    """What a client needs to trust a server.

    Args:
        ca_file: The certificates to trust, in PEM; None for those that the machine trusts.

    Raises:
        OSError: The file cannot be read, or holds no certificate.
    """
    made = ssl.create_default_context(cafile=ca_file)
    made.sslsocket_class = TurnTakingSocket
    return made
