"""A printer on a real TCP socket, with the faults that real ones have."""

from __future__ import annotations

import contextlib
import re
import socket
import struct
import threading
import time
from typing import Any, Self

_CLEAR = b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08"
_MARK = b"\x1d(H\x06\x00\x30\x30"
_MARK_LENGTH = len(_MARK) + 4
_NOT_FOR_PAPER = re.compile(
    rb"\x10\x04([\x01-\x04])|"
    + re.escape(_CLEAR)
    + rb"|"
    + re.escape(_MARK)
    + rb"(.{4})|\x10\x14\x01(.).",
    re.DOTALL,
)
Line = Any
"""A socket, or what behaves like one."""
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)
_RASTER = re.compile(rb"\x1dv0.(..)(..)", re.DOTALL)


def millimetres(data: bytes) -> float:
    """Paper for a job's pictures on a head of 8 dots per millimetre; nothing else is counted."""
    total, at = 0.0, 0
    while found := _RASTER.search(data, at):
        across, down = (int.from_bytes(part, "little") for part in found.groups())
        total += down / 8
        at = found.end() + across * down
    return total


class FakePrinter:
    """Takes one connection after the other; everything it got for paper is in `paper`.

    Its faults are plain attributes, to be set before or while it is used.
    """

    def __init__(self, host: str = "127.0.0.1", port: int = 0) -> None:
        self.silent = False
        """Answers no status request."""
        self.stalled = False
        """Takes connections and never reads."""
        self.stale = b""
        """Sent at once on each connection, as if left over from an earlier one."""
        self.paper_out = False
        self.paper_low = False
        self.cover_open = False
        self.jammed = False
        self.stalled_by_paper = False
        """Stalls once it has got something for paper."""
        self.sends_marks = False
        """Answers `GS ( H` when everything before it is on paper."""
        self.die_after: int | None = None
        """Resets the connection after so many bytes for paper, once."""
        self.paper_out_after: int | None = None
        """Runs out of paper after so many bytes for paper, once."""
        self.refusing = threading.Event()
        """Resets every new connection, as a printer does that has no power behind its network."""
        self.holds: float = 0.0
        """Seconds for which it holds a line whose other end is finished, and serves nobody."""
        self.holds_alone = False
        """Refuses every other connection while it serves or holds one."""
        self.resets = False
        """Resets a line whose other end is finished."""
        self.prints_questions = False
        """Knows neither `DLE EOT` nor `GS (`: they come out as stray characters."""
        self.other_device = False
        """Is no printer but something at its address, which reads everything and hangs up."""
        self.free = threading.Event()
        self.free.set()
        """Cleared while another computer prints: lines wait, and nobody serves them."""
        self.mm_per_s = 0.0
        """Prints from a buffer, so slowly; what it has taken is not yet out. 0: at once."""
        self.mm_left = float("inf")
        """How much paper is on the roll of a slow printer."""
        self._mm_taken = 0.0
        self._mm_since = 0.0
        self.paper = b""
        self.kicks: list[int] = []
        """Drawer pins that were pulsed in real time, whatever the paper: 2 or 5."""
        self.connections = 0
        self.asked = 0
        self._progress = threading.Condition()
        self._stopping = threading.Event()
        self.host = host
        self._listener = socket.create_server((host, port))
        self._listener.settimeout(0.05)
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, name="fake-printer")

    @property
    def url(self) -> str:
        return f"tcp://{self.host}:{self.port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stopping.set()
        self._thread.join()
        self._listener.close()

    def keeps_little(self) -> None:
        """Give it the memory of a small printer, before its first connection."""
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)

    def wait_for_paper(self, end: bytes, timeout: float = 240.0) -> bool:
        """Wait until what came for paper ends with something."""
        with self._progress:
            return self._progress.wait_for(lambda: self.paper.endswith(end), timeout)

    def wait_for_more(self, before: int, mark: bytes, timeout: float = 240.0) -> bool:
        """Wait until what came for paper after the first `before` bytes contains a mark."""
        with self._progress:
            return self._progress.wait_for(lambda: mark in self.paper[before:], timeout)

    def wait_for_kicks(self, count: int, timeout: float = 240.0) -> bool:
        with self._progress:
            return self._progress.wait_for(lambda: len(self.kicks) >= count, timeout)

    def wait_for_connections(self, count: int, timeout: float = 240.0) -> bool:
        with self._progress:
            return self._progress.wait_for(lambda: self.connections >= count, timeout)

    @property
    def letters(self) -> bytes:
        """What a printer that wakes up in Chinese mode makes of its paper: it eats pairs."""
        chinese = False
        shown = b""
        for part in re.split(rb"(\x1b@|\x1c\.|[\x80-\xff]{2})", self.paper):
            if part == b"\x1b@":
                chinese = True
            elif part == b"\x1c.":
                chinese = False
            elif not (chinese and re.fullmatch(rb"[\x80-\xff]{2}", part)):
                shown += part
        return shown

    def _serve(self) -> None:
        while not self._stopping.is_set():
            try:
                connection, _ = self._listener.accept()
            except TimeoutError:
                continue
            while not (self.free.wait(0.02) or self._stopping.is_set()):
                pass
            if self.holds_alone:
                self._listener.close()
            with self._progress:
                self.connections += 1
                self._progress.notify_all()
            with connection, contextlib.suppress(ConnectionError):
                if self.refusing.is_set():
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
                    continue
                connection.settimeout(0.05)
                self._talk(connection)
                self._leave(connection)
            if self.holds_alone:
                self._listener = socket.create_server((self.host, self.port))
                self._listener.settimeout(0.05)

    def _leave(self, connection: Line) -> None:
        if self.holds:
            self._stopping.wait(self.holds)
        if self.resets:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)

    def _talk(self, connection: Line) -> None:
        if self.stale:
            connection.sendall(self.stale)
        pending = b""
        while not self._stopping.is_set():
            if self.stalled:
                self._stopping.wait(0.02)
                if self._has_gone(connection):
                    return
                continue
            try:
                data = connection.recv(4096)
            except TimeoutError:
                continue
            if not data or self.other_device:
                return
            pending = self._take(connection, pending + data)

    def _take(self, connection: Line, data: bytes) -> bytes:
        if self.prints_questions:
            self._print(connection, data)
            return b""
        at = 0
        for found in _NOT_FOR_PAPER.finditer(data):
            self._print(connection, data[at : found.start()])
            at = found.end()
            if found[1]:
                self.asked += 1
                self._say(connection, self._answer(found[1][0]))
            elif found[3]:
                with self._progress:
                    self.kicks.append(5 if found[3] == b"\x01" else 2)
                    self._progress.notify_all()
            elif found[2] and self.sends_marks and self._prints:
                self._say(connection, b"\x37\x22" + found[2] + b"\x00")
        rest = data[at:]
        keep = _unfinished(rest)
        self._print(connection, rest[: len(rest) - keep])
        return rest[len(rest) - keep :]

    @property
    def _prints(self) -> bool:
        return not (self.paper_out or self.cover_open or self.jammed)

    def _say(self, connection: Line, data: bytes) -> None:
        if not self.silent:
            connection.sendall(data)

    def _print(self, connection: Line, data: bytes) -> None:
        with self._progress:
            total = len(self.paper) + len(data)
            if self.die_after is not None and total >= self.die_after:
                self.die_after = None
                self._die(connection)
                raise ConnectionResetError
            if self.paper_out_after is not None and total >= self.paper_out_after:
                self.paper += data[: self.paper_out_after - len(self.paper)]
                self.paper_out_after, self.paper_out = None, True
            elif self._prints:
                self._feed(data)
                self.paper += data
                self.stalled = self.stalled or (self.stalled_by_paper and bool(data))
            self._progress.notify_all()

    def _feed(self, data: bytes) -> None:
        if not self.mm_per_s:
            return
        now = time.monotonic()
        if self._mm_out(now) >= self._mm_taken:
            self._mm_taken, self._mm_since = 0.0, now
        self._mm_taken += millimetres(data)

    def _mm_out(self, now: float) -> float:
        return min(self._mm_taken, (now - self._mm_since) * self.mm_per_s)

    def _die(self, connection: Line) -> None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)

    def _has_gone(self, connection: Line) -> bool:
        try:
            return connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
        except (BlockingIOError, TimeoutError):
            return False

    def _answer(self, number: int) -> bytes:
        bits = 0x12
        if self.mm_per_s and self._mm_out(time.monotonic()) > self.mm_left:
            self.paper_out = True
        if number == 1 and (self.paper_out or self.cover_open or self.jammed):
            bits |= 0x08
        if number == 2:
            bits |= 0x04 * self.cover_open | 0x20 * self.paper_out | 0x40 * self.jammed
        if number == 4:
            bits |= 0x6C if self.paper_out else 0x0C * self.paper_low
        return bytes((bits,))


def _unfinished(data: bytes) -> int:
    """How many bytes at the end may be the beginning of something that is not for paper."""
    for count in range(min(len(data), _MARK_LENGTH - 1), 0, -1):
        tail = data[-count:]
        if any(whole.startswith(tail) for whole in (b"\x10\x04", _CLEAR, _MARK)):
            return count
        if tail.startswith(_MARK):
            return count
    return 0
