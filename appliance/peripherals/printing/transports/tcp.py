"""Printers with a network address: raw bytes on a TCP port.

Every call opens its own connection and closes it, but for a look and the job right after it: most
printers serve one client at a time, and after an error nothing of the old connection can be
trusted.
"""

from __future__ import annotations

import contextlib
import fcntl
import socket
import sys
import termios
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from appliance.peripherals.config import TcpConnection
from appliance.peripherals.printing import drawer
from appliance.peripherals.printing.delivery import (
    Delivery,
    Notice,
    NotPrinted,
    Outcome,
    Printed,
    out_of_reach,
)
from appliance.peripherals.printing.dialogue import BUSY, BUSY_SECONDS, UNKNOWN, Dialogue
from appliance.peripherals.printing.manners import Manners
from appliance.peripherals.printing.status import Health, unreachable
from appliance.words import N_

_LOOK_SECONDS: Final = 0.005
_A_WHILE_SECONDS: Final = 2.0


@dataclass(frozen=True)
class Deadlines:
    """How long to wait on the network, in seconds.

    Attributes:
        connect: For the connection.
        write: For a job to be taken, before what its length adds.
        bytes_per_s: What its length adds: half of what a line of 9600 baud carries.
        taken: For a printer without status to take the last byte; None for as long as a job may
            take.
        finish: For it to close its side, in peace. Nothing depends on it.
        in_line: To stand in the same line for a printer that serves somebody else. Longer than the
            half minute for which some hold a line; no longer, as a line can also be dead.
    """

    connect: float = 3.0
    write: float = 10.0
    bytes_per_s: float = 480.0
    taken: float | None = None
    finish: float = 1.0
    in_line: float = 40.0


class TcpStream:
    """One connection, with a deadline on everything."""

    def __init__(self, connection: TcpConnection, deadlines: Deadlines) -> None:
        self.has_blind_job = False
        """Whether it carried a job whose printer says nothing: such a line is closed in peace."""
        self.waits = False
        """Whether its printer serves somebody else first."""
        self.since = time.monotonic()
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

    def taken(self, seconds: float, waiting: Callable[[], None]) -> bool:
        """Wait until the other side has acknowledged every byte.

        What a printer does afterwards tells nothing: some close at once, some hold the line for a
        minute, some reset it, all with the same paper.

        Args:
            seconds: How long to wait.
            waiting: Called when it takes a while.
        """
        start = time.monotonic()
        told = False
        while self._unacknowledged():
            passed = time.monotonic() - start
            if passed >= seconds or self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
                return not self._unacknowledged()
            if not told and passed >= _A_WHILE_SECONDS:
                told = True
                waiting()
            time.sleep(_LOOK_SECONDS)
        return True

    def _unacknowledged(self) -> int:
        """Bytes that were sent, or are to be, and not acknowledged: tcp(7), SIOCOUTQ."""
        answer = bytearray(4)
        fcntl.ioctl(self._socket, termios.TIOCOUTQ, answer)
        return int.from_bytes(answer, sys.byteorder)

    def finish(self) -> None:
        """Say that nothing more comes, and give the printer a moment to close its side, too.

        To close at once, with an answer unread, would reset the connection, and some printers throw
        away then what they have not printed yet.
        """
        deadline = time.monotonic() + self._deadlines.finish
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)
            while (left := deadline - time.monotonic()) > 0:
                self._socket.settimeout(left)
                if not self._socket.recv(256):
                    return

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()


class TcpTransport:
    """A network printer.

    Args:
        connection: Its address.
        answers_status: Whether this model answers status requests; None to learn it. A printer
            that has answered once and is silent now is in trouble; one that never has is printed
            on blindly, and a job counts as printed when it has acknowledged every byte.
        manners: The same, with what was learned before.
        delivery: How to send and to ask.
        deadlines: How long to wait on the network.
    """

    def __init__(
        self,
        connection: TcpConnection,
        *,
        answers_status: bool | None = None,
        manners: Manners | None = None,
        delivery: Delivery | None = None,
        deadlines: Deadlines | None = None,
    ) -> None:
        self._connection = connection
        self._delivery = delivery or Delivery()
        self._dialogue = Dialogue(self._delivery, manners or Manners(answers_status), shared=True)
        self._deadlines = deadlines or Deadlines()
        self._keeps = False
        self._line: TcpStream | None = None
        self._reached_at: float | None = None

    @contextlib.contextmanager
    def kept(self) -> Iterator[None]:
        """Within it, a look and the job after it share a connection.

        A printer without status gets further jobs on it, too: it may hold each connection for half
        a minute after it was closed, and serve nobody meanwhile. A printer that serves somebody
        else is waited for on the same line beyond the end of this.
        """
        self._keeps = True
        try:
            yield
        finally:
            self._keeps = False
            if self._line is not None and not self._line.waits:
                self._hang_up()

    def close(self) -> None:
        """Leave the line, if it stands in one."""
        self._hang_up()

    def allowance(self, data: bytes) -> float:
        """Seconds after which a job has failed."""
        return self._delivery.allowance(data)

    def status(self) -> Health:
        """Ask the printer how it is.

        Where lines are kept, one that serves somebody else is asked on the same one until it is our
        turn: a printer that holds every line for half a minute would never come to the last of
        many.
        """
        stream = self._line
        if stream is None or not self._in_line(stream):
            self._hang_up()
            try:
                stream = self._open()
            except OSError as error:
                return self._out_of_reach(error)
        try:
            health = self._dialogue.health(stream)
        except OSError as error:
            self._hang_up()
            return unreachable(out_of_reach(error))
        stream.waits = self._keeps and health.error == BUSY
        if not (stream.waits or (self._keeps and health.ready)):
            self._hang_up()
        return health

    def print(self, data: bytes, notice: Notice | None = None) -> Outcome:
        """Print a whole job."""
        if self._line is not None:
            outcome = self._print_on(self._line, data, notice)
            if (
                isinstance(outcome, Printed)
                or outcome.maybe_printed
                or outcome.health.answers
                or outcome.health.error == BUSY
            ):
                return outcome
            # Nothing was sent on the line of the look before: it may just have gone.
        try:
            stream = self._open()
        except OSError as error:
            health = self._out_of_reach(error)
            return NotPrinted(health.error or "", False, health)
        return self._print_on(stream, data, notice)

    def open_drawer(self, pin: int) -> str | None:
        """Open the cash drawer now."""
        try:
            stream = self._line or self._open()
            health = self._dialogue.health(stream)
            if health.error == BUSY:
                # It would come when the other one is done, and nobody expects it any more.
                return BUSY
            stream.write(drawer.pulse(pin, health))
        except OSError as error:
            self._hang_up()
            return out_of_reach(error)
        if not self._keeps:
            self._hang_up()
        return None

    def _print_on(self, stream: TcpStream, data: bytes, notice: Notice | None) -> Outcome:
        outcome: Outcome | None = None
        try:
            outcome = self._dialogue.print(
                stream, data, lambda job: self._print_blindly(stream, job, notice), notice
            )
        finally:
            stream.has_blind_job = isinstance(outcome, Printed) and not outcome.confirmed
            busy = isinstance(outcome, NotPrinted) and outcome.health.error == BUSY
            stream.waits = self._keeps and busy
            if not (stream.waits or (self._keeps and stream.has_blind_job)):
                self._hang_up()
        return outcome

    def _print_blindly(self, stream: TcpStream, data: bytes, notice: Notice | None) -> Outcome:
        seconds = self._deadlines.taken
        stream.write(data)
        if stream.taken(
            self._delivery.allowance(data) if seconds is None else seconds,
            lambda: notice(unreachable(BUSY)) if notice else None,
        ):
            return Printed(False, UNKNOWN)
        reason = N_("not accepting data – switch it off and on")
        return NotPrinted(reason, True, unreachable(reason))

    def _open(self) -> TcpStream:
        self._line = TcpStream(self._connection, self._deadlines)
        self._reached_at = self._line.since
        return self._line

    def _in_line(self, stream: TcpStream) -> bool:
        return stream.waits and time.monotonic() - stream.since < self._deadlines.in_line

    def _out_of_reach(self, error: OSError) -> Health:
        """Why there is no connection. One that refuses a moment after it took one is not off."""
        reached = self._reached_at
        if (
            isinstance(error, ConnectionRefusedError)
            and reached is not None
            and time.monotonic() - reached < BUSY_SECONDS
        ):
            return unreachable(BUSY)
        return unreachable(out_of_reach(error))

    def _hang_up(self) -> None:
        stream, self._line = self._line, None
        if stream is None:
            return
        if stream.has_blind_job:
            stream.finish()
        stream.close()
