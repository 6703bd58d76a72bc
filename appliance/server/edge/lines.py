"""The open Engine.IO connections, counted by where they come from, each with its own pace.

A line is the connection under one or more Socket.IO sockets: a WebSocket, or a series of polls.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from typing import Any, Final

from .pace import Bucket, Seconds, network_of

NOBODY_RATE: Final = 50.0
NOBODY_BURST: Final = 200.0
"""Messages a second, and at once, of somebody who has not said who they are."""
SOMEBODY_RATE: Final = 500.0
SOMEBODY_BURST: Final = 1000.0
"""The same for staff and devices. A person taps twice a second and a screen asks for a sign of life
as often; a program that asks, waits for the answer and asks again reaches 250. More than this is a
program that has gone wrong, and it must not take the others' turns."""
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

    Attributes:
        raw: The operating system's socket under a WebSocket, to cut it off.
        dropped: Whether it is being closed; what still comes is not read.
    """

    __slots__ = ("_bucket", "address", "dropped", "raw")

    def __init__(self, address: str) -> None:
        self.address = address
        self.raw: Any = None
        self.dropped = False
        self._bucket = Bucket(NOBODY_RATE, NOBODY_BURST)

    def identified(self) -> None:
        """Staff or a device has said who it is: it may go faster."""
        self._bucket.refit(SOMEBODY_RATE, SOMEBODY_BURST)

    def take(self, now: float, cost: float) -> float:
        """Count a message.

        Returns:
            How many seconds too early it came.
        """
        return self._bucket.take(now, cost)


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

    def has_room(self, address: str | None) -> bool:
        """Whether this address may open another.

        Once many are taken, an address that has few may still open one: staff come in although
        others flood the server.
        """
        mine = self._count[network_of(address)]
        crowded = len(self._by_sid) >= self._per_address * ADDRESSES_WORTH * 3 // 4
        return mine < (min(SHARE_WHEN_CROWDED, self._per_address) if crowded else self._per_address)

    def open(self, sid: str, address: str | None) -> Line:
        """A line has opened."""
        line = Line(address or "unknown")
        with self._lock:
            self._by_sid[sid] = line
            self._count[network_of(address)] += 1
        return line

    def close(self, sid: str) -> None:
        """A line has closed."""
        with self._lock:
            line = self._by_sid.pop(sid, None)
            if line is None:
                return
            name = network_of(line.address)
            self._count[name] -= 1
            if self._count[name] <= 0:
                del self._count[name]

    def get(self, sid: str) -> Line | None:
        """The line with this Engine.IO id."""
        return self._by_sid.get(sid)

    def __len__(self) -> int:
        return len(self._by_sid)
