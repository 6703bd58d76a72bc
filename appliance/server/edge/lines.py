"""The open Engine.IO connections, counted by where they come from, each with its own pace.

A line is the connection under one or more Socket.IO sockets: a WebSocket, or a series of polls.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any, Final

from .pace import Bucket, Pace, Seconds, network_of

NOBODY_RATE: Final = 50.0
NOBODY_BURST: Final = 200.0
"""Messages a second, and at once, of somebody who has not said who they are."""
SOMEBODY_RATE: Final = 500.0
SOMEBODY_BURST: Final = 1000.0
"""The same for staff and devices. A person taps twice a second and a screen asks for a sign of life
as often; a program that asks, waits for the answer and asks again reaches 250. More than this is a
program that has gone wrong, and it must not take the others' turns."""
NOBODY_FRAME_RATE: Final = 100.0
NOBODY_FRAME_BURST: Final = 400.0
SOMEBODY_FRAME_RATE: Final = 1000.0
SOMEBODY_FRAME_BURST: Final = 2000.0
"""Frames and polled packets a second, and at once, whatever is in them: answers to pings, empty
fragments and other noise that never becomes a message. Every event is one or more of them."""
STRANGERS_FRAME_RATE: Final = 200.0
STRANGERS_FRAME_BURST: Final = 2000.0
"""The same for all the lines of one address together that have not said who they are: a hundred
lines must not be a hundred times as fast. All screens of a shop may come back at once."""
STRANGERS_PER_ADDRESS: Final = 256
"""Lines that one address may have which have not said who they are."""
CONNECT_COST: Final = 5.0
"""Saying who one is costs a look into the database and a snapshot: as much as five events."""
LONGEST_DEBT_SECONDS: Final = 10.0
"""A line that is faster than its pace is read more slowly. One that has run up more than this, by
polls in parallel, is closed."""
SHARE_WHEN_CROWDED: Final = 32
"""Lines that one address may have once three quarters of all are taken."""
ADDRESSES_WORTH: Final = 4
"""All addresses together may have as many lines as this many addresses with the most."""

ENVIRON_KEY: Final = "appliance.line"


class Line:
    """One connection.

    Args:
        address: Where it comes from.
        strangers: What all the lines of this address share until they say who they are.
        on_identified: Told when it has said so.

    Attributes:
        raw: The operating system's socket under a WebSocket, to cut it off.
        dropped: Whether it is being closed; what still comes is not read.
        is_stranger: Whether it has yet to say who it is.
    """

    __slots__ = (
        "_frames",
        "_messages",
        "_on_identified",
        "_strangers",
        "address",
        "dropped",
        "is_stranger",
        "raw",
    )

    def __init__(
        self, address: str, strangers: Bucket, on_identified: Callable[[Line], None]
    ) -> None:
        self.address = address
        self.raw: Any = None
        self.dropped = False
        self.is_stranger = True
        self._strangers = strangers
        self._on_identified = on_identified
        self._messages = Bucket(NOBODY_RATE, NOBODY_BURST)
        self._frames = Bucket(NOBODY_FRAME_RATE, NOBODY_FRAME_BURST)

    def identified(self) -> None:
        """Staff or a device has said who it is: it may go faster."""
        if not self.is_stranger:
            return
        self._on_identified(self)
        self._messages.refit(SOMEBODY_RATE, SOMEBODY_BURST)
        self._frames.refit(SOMEBODY_FRAME_RATE, SOMEBODY_FRAME_BURST)

    def take(self, now: float, cost: float) -> float:
        """Count a message.

        Returns:
            How many seconds too early it came.
        """
        return self._messages.take(now, cost)

    def take_frames(self, now: float, frames: int) -> float:
        """Count frames, or packets of a poll, before anybody looks at what is in them.

        Returns:
            How many seconds too early they came.
        """
        wait = self._frames.take(now, frames)
        return max(wait, self._strangers.take(now, frames)) if self.is_stranger else wait


class Lines:
    """All open lines of this process.

    Args:
        per_address: How many one address may have.
        clock: Seconds that only grow.

    Attributes:
        clock: The same.
    """

    def __init__(self, per_address: int, clock: Seconds = time.monotonic) -> None:
        self.clock = clock
        self._per_address = per_address
        self._lock = threading.Lock()
        self._by_sid: dict[str, Line] = {}
        self._count: Counter[str] = Counter()
        self._strangers: Counter[str] = Counter()
        self._strangers_pace = Pace(STRANGERS_FRAME_RATE, STRANGERS_FRAME_BURST, clock)

    def has_room(self, address: str | None) -> bool:
        """Whether this address may open another.

        Once many are taken, an address that has few may still open one: staff come in although
        others flood the server.
        """
        name = network_of(address)
        if self._strangers[name] >= STRANGERS_PER_ADDRESS:
            return False
        mine = self._count[name]
        crowded = len(self._by_sid) >= self._per_address * ADDRESSES_WORTH * 3 // 4
        return mine < (min(SHARE_WHEN_CROWDED, self._per_address) if crowded else self._per_address)

    def open(self, sid: str, address: str | None) -> Line:
        """A line has opened."""
        line = Line(
            address or "unknown", self._strangers_pace.bucket(address), self._is_no_stranger
        )
        name = network_of(line.address)
        with self._lock:
            self._by_sid[sid] = line
            self._count[name] += 1
            self._strangers[name] += 1
        return line

    def close(self, sid: str) -> None:
        """A line has closed."""
        with self._lock:
            line = self._by_sid.pop(sid, None)
            if line is None:
                return
            _decrease(self._count, network_of(line.address))
        self._is_no_stranger(line)

    def get(self, sid: str) -> Line | None:
        """The line with this Engine.IO id."""
        return self._by_sid.get(sid)

    def _is_no_stranger(self, line: Line) -> None:
        with self._lock:
            if line.is_stranger:
                line.is_stranger = False
                _decrease(self._strangers, network_of(line.address))

    def __len__(self) -> int:
        return len(self._by_sid)


def _decrease(count: Counter[str], name: str) -> None:
    count[name] -= 1
    if count[name] <= 0:
        del count[name]
