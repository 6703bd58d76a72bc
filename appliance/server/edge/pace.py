"""How fast somebody may go on: token buckets, one for each address.

Everything here is arithmetic on a clock that is passed in; nothing sleeps and nothing is stored.
Memory is bounded: a table forgets its oldest entry when it is full.
"""

from __future__ import annotations

import ipaddress
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

Seconds = Callable[[], float]
"""A clock that never goes back."""

REMEMBER_AT_MOST: Final = 4096


def network_of(address: str | None) -> str:
    """The address that limits count by: an IPv4 address, or an IPv6 network of 64 bits."""
    try:
        parsed = ipaddress.ip_address(address or "")
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, 64), strict=False))


class Bucket:
    """A token bucket: so many at once, then so many a second.

    Args:
        rate: Tokens a second.
        burst: Tokens at most; it starts full.
    """

    __slots__ = ("_at", "_burst", "_left", "_rate")

    def __init__(self, rate: float, burst: float) -> None:
        self._rate = rate
        self._burst = burst
        self._left = burst
        self._at: float | None = None

    def take(self, now: float, cost: float = 1.0) -> float:
        """Take tokens, on credit where there are none.

        Returns:
            How many seconds too early this was; 0 while there are tokens.
        """
        self._refill(now)
        self._left -= cost
        return -self._left / self._rate if self._left < 0 else 0.0

    def take_if_there(self, now: float) -> bool:
        """Take a token, or leave it where there is none."""
        self._refill(now)
        if self._left < 1:
            return False
        self._left -= 1
        return True

    def refit(self, rate: float, burst: float) -> None:
        """Give it another rate and size, filled."""
        self._rate, self._burst, self._left = rate, burst, burst

    def _refill(self, now: float) -> None:
        if self._at is not None:
            self._left = min(self._burst, self._left + max(0.0, now - self._at) * self._rate)
        self._at = now


class Pace:
    """A bucket for each address, for what costs the server work before it knows who asks.

    Args:
        rate: Requests a second.
        burst: Requests at once.
        clock: Seconds that only grow.
    """

    def __init__(self, rate: float, burst: float, clock: Seconds = time.monotonic) -> None:
        self._rate = rate
        self._burst = burst
        self._clock = clock
        self._lock = threading.Lock()
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()

    def take(self, address: str | None) -> float:
        """Count a request.

        Returns:
            How many seconds it has to wait.
        """
        bucket = self.bucket(address)
        with self._lock:
            return bucket.take(self._clock())

    def bucket(self, address: str | None) -> Bucket:
        """The bucket of an address, for somebody who takes from it again and again."""
        name = network_of(address)
        with self._lock:
            bucket = self._buckets.get(name)
            if bucket is None:
                bucket = self._buckets[name] = Bucket(self._rate, self._burst)
            self._buckets.move_to_end(name)
            while len(self._buckets) > REMEMBER_AT_MOST:
                self._buckets.popitem(last=False)
            return bucket
