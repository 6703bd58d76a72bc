"""Printers with a network address: raw bytes on a TCP port.

Every call opens its own connection and closes it: most printers serve one client at a time, and
after an error nothing of the old connection can be trusted.
"""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass

from appliance.peripherals.config import TcpConnection
from appliance.peripherals.printing.delivery import (
    Delivery,
    Notice,
    NotPrinted,
    Outcome,
    Printed,
    out_of_reach,
)
from appliance.peripherals.printing.dialogue import UNKNOWN, Dialogue
from appliance.peripherals.printing.sentences import N_
from appliance.peripherals.printing.status import Health, unreachable


@dataclass(frozen=True)
class Deadlines:
    """How long to wait on the network, in seconds.

    Attributes:
        connect: For the connection.
        write: For a job to be taken, before what its length adds.
        bytes_per_s: What its length adds: slower than any printer empties its memory.
        finish: For a printer without status to take the rest and close.
    """

    connect: float = 3.0
    write: float = 10.0
    bytes_per_s: float = 2000.0
    finish: float = 10.0


class TcpStream:
    """One connection, with a deadline on everything."""

    def __init__(self, connection: TcpConnection, deadlines: Deadlines) -> None:
        self._deadlines = deadlines
        self._socket = socket.create_connection(
            (connection.host, connection.port), timeout=deadlines.connect
        )
        # A status question is three bytes that must not wait for company.
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def write(self, data: bytes) -> None:
        """Send all bytes, or raise OSError when they are not taken in time."""
        self._socket.settimeout(self._deadlines.write + len(data) / self._deadlines.bytes_per_s)
        self._socket.sendall(data)

    def read(self, size: int, timeout: float) -> bytes:
        """Read what has come; b"" when nothing has come in time."""
        # A time-out of 0 would make the socket non-blocking, with another exception.
        self._socket.settimeout(max(timeout, 0.001))
        try:
            data = self._socket.recv(size)
        except TimeoutError:
            return b""
        if not data:
            raise ConnectionResetError("the printer closed the connection")
        return data

    def finish(self) -> bool:
        """Say that nothing more comes, and wait until the printer has read that.

        Returns:
            True when the printer read everything and closed its side.
        """
        self._socket.shutdown(socket.SHUT_WR)
        deadline = time.monotonic() + self._deadlines.finish
        while (left := deadline - time.monotonic()) > 0:
            self._socket.settimeout(left)
            try:
                if not self._socket.recv(256):
                    return True
            except TimeoutError:
                return False
        return False

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()


class TcpTransport:
    """A network printer.

    Args:
        connection: Its address.
        answers_status: Whether this model answers status requests; None to learn it. A printer
            that has answered once and is silent now is in trouble; one that never has is printed
            on blindly, and counts a job as printed when it has read all of it and closed.
        delivery: How to send and to ask.
        deadlines: How long to wait on the network.
    """

    def __init__(
        self,
        connection: TcpConnection,
        *,
        answers_status: bool | None = None,
        delivery: Delivery | None = None,
        deadlines: Deadlines | None = None,
    ) -> None:
        self._connection = connection
        self._dialogue = Dialogue(delivery or Delivery(), answers_status)
        self._deadlines = deadlines or Deadlines()

    def status(self) -> Health:
        """Ask the printer how it is."""
        try:
            with self._open() as stream:
                return self._dialogue.health(stream)
        except OSError as error:
            return unreachable(out_of_reach(error))

    def print(self, data: bytes, notice: Notice | None = None) -> Outcome:
        """Print a whole job."""
        try:
            with self._open() as stream:
                return self._dialogue.print(
                    stream, data, lambda job: _print_blindly(stream, job), notice
                )
        except OSError as error:
            reason = out_of_reach(error)
            return NotPrinted(reason, False, unreachable(reason))

    @contextlib.contextmanager
    def _open(self) -> Iterator[TcpStream]:
        stream = TcpStream(self._connection, self._deadlines)
        try:
            yield stream
        finally:
            stream.close()


def _print_blindly(stream: TcpStream, data: bytes) -> Outcome:
    """A printer that read everything and closed its side has at least got everything."""
    stream.write(data)
    if stream.finish():
        return Printed(False, UNKNOWN)
    reason = N_("does not take its data: switch it off and on")
    return NotPrinted(reason, True, unreachable(reason))
