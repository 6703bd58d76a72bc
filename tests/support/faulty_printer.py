"""A printer whose every connection may go wrong in another way."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from typing import Any

from tests.support.fake_printer import FakePrinter

START = b"\x1b@"

FAULTS = (
    "silent",
    "stalled",
    "dies",
    "paper out",
    "paper ends midway",
    "cover open",
    "stale",
    "garbage",
    "slow",
    "refuses",
    "flaps",
)


class FaultyPrinter(FakePrinter):
    """A network printer with a fault drawn for some of its connections.

    Args:
        luck: Draws them.
        share: Of the connections that go wrong, between 0 and 1.
        recover: Seconds after which paper, cover or patience are back.
    """

    def __init__(self, luck: random.Random, share: float, recover: float = 0.05) -> None:
        super().__init__()
        self.sends_marks = True
        self.share = share
        self.met: dict[str, int] = dict.fromkeys(FAULTS, 0)
        self._luck = luck
        self._recover = recover
        self._fault = ""
        self._timers: list[threading.Timer] = []
        self._piece, self._seconds = 50, 0.005
        self._always_slow = False

    def pace(self, *, piece: int, seconds: float) -> None:
        """Take so many bytes in so many seconds on every connection."""
        self._piece, self._seconds, self._always_slow = piece, seconds, True

    def __exit__(self, *error: object) -> None:
        for timer in self._timers:
            timer.cancel()
            timer.join()
        super().__exit__(*error)

    def papers(self) -> Iterator[bytes]:
        """What came out, whole or torn, piece by piece."""
        for piece in self.paper.split(START)[1:]:
            yield START + piece

    def _later(self, attribute: str) -> None:
        def repair() -> None:
            setattr(self, attribute, False)

        timer = threading.Timer(self._recover, repair)
        self._timers = [one for one in self._timers if one.is_alive()]
        self._timers.append(timer)
        timer.start()

    def _talk(self, connection: Any) -> None:
        fault = self._luck.choice(FAULTS) if self._luck.random() < self.share else ""
        self._fault = fault
        self.silent = fault == "silent"
        self.stale = b"\x12" * self._luck.randrange(1, 9) if fault == "stale" else b""
        self.die_after = self.paper_out_after = None
        match fault:
            case "stalled":
                self.stalled = True
                self._later("stalled")
            case "dies":
                self.die_after = len(self.paper) + self._luck.randrange(1, 700)
            case "paper ends midway":
                self.paper_out_after = len(self.paper) + self._luck.randrange(1, 700)
            case "paper out":
                self.paper_out = True
                self._later("paper_out")
            case "cover open":
                self.cover_open = True
                self._later("cover_open")
            case "flaps" | "refuses":
                self.met[fault] += 1
                self._die(connection)
                return
        if fault:
            self.met[fault] += 1
        super()._talk(connection)

    def _print(self, connection: Any, data: bytes) -> None:
        had_paper = not self.paper_out
        super()._print(connection, data)
        if had_paper and self.paper_out:
            self._later("paper_out")

    def _say(self, connection: Any, data: bytes) -> None:
        if self._fault == "garbage" and self._luck.random() < 0.3:
            data = self._luck.randbytes(self._luck.randrange(1, 12))
        super()._say(connection, data)

    def _take(self, connection: Any, data: bytes) -> bytes:
        if self._fault != "slow" and not self._always_slow:
            return super()._take(connection, data)
        # Piece by piece, so that its answers wait behind the job as they do on a slow line.
        pending = b""
        for at in range(0, len(data), self._piece):
            self._stopping.wait(self._seconds)
            pending = super()._take(connection, pending + data[at : at + self._piece])
        return pending
