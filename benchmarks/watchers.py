"""Screens that watch: hundreds of sockets in one process, read by one loop.

Each screen has a machine of its own; here they queue for one of the server's two cores. So what
counts is when the kernel got the bytes, not when this loop came to read them.

Run by `Child`; commands: `connect`, `mark`, `arrivals`.
"""

from __future__ import annotations

import selectors
import threading
import time
from typing import Any

from .child import obey
from .frames import LightSocket


class Watchers:
    """The sockets and when each heard what."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._event = b""
        self._heard: dict[int, float] = {}
        self._count = 0
        threading.Thread(target=self._read, daemon=True).start()

    def connect(self, port: int, auth: dict[str, Any], count: int) -> int:
        """Open so many sockets; returns how many there are now."""
        for _ in range(count):
            opened = LightSocket(port, auth)
            opened.stamp()
            self._selector.register(opened.socket, selectors.EVENT_READ, (self._count, opened))
            self._count += 1
        return self._count

    def mark(self, event: str) -> None:
        """Forget what was heard; from now on note when this event first comes to each socket."""
        self._event = f'42["{event}"'.encode()
        self._heard = {}

    def arrivals(self, seconds: float) -> list[float]:
        """Wait until every socket has heard the event, at most so long; tells when each did."""
        give_up_at = time.monotonic() + seconds
        while len(self._heard) < self._count and time.monotonic() < give_up_at:
            time.sleep(0.01)
        return list(self._heard.values())

    def _read(self) -> None:
        while True:
            if self._count == 0:
                time.sleep(0.01)
                continue
            for key, _ in self._selector.select(0.1):
                number, opened = key.data
                try:
                    for message in opened.receive():
                        if self._event and message.startswith(self._event):
                            self._heard.setdefault(number, opened.arrived_at)
                except ConnectionError:
                    # The server has ended; a late look for arrivals misses this one.
                    self._selector.unregister(opened.socket)


def main() -> None:
    """Obey until standard input ends."""
    watchers = Watchers()
    obey(
        {
            "connect": watchers.connect,
            "mark": watchers.mark,
            "arrivals": watchers.arrivals,
        }
    )


if __name__ == "__main__":
    main()
