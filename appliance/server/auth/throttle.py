"""How often somebody may try: guesses at passwords are slowed down, floods are paced.

Everything here is arithmetic on a clock that is passed in; nothing sleeps and nothing is stored.
Memory is bounded: each table forgets its oldest entry when it is full.
"""

from __future__ import annotations

import ipaddress
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from appliance.server.domain.errors import N_, TooManyAttempts

Seconds = Callable[[], float]
"""A clock that never goes back."""

FORGET_AFTER_SECONDS: Final = 15 * 60.0
REMEMBER_AT_MOST: Final = 4096


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


@dataclass(frozen=True, slots=True)
class Patience:
    """How many wrong guesses are free, and how the pauses grow after them.

    Attributes:
        free: Guesses without a pause.
        longest: Seconds that the pause grows to, doubling from one second.
    """

    free: int
    longest: float

    def pause(self, guesses: int) -> float:
        """Seconds to wait after so many wrong guesses."""
        beyond = guesses - self.free
        return min(self.longest, 2.0 ** min(beyond - 1, 30)) if beyond > 0 else 0.0


PERSON: Final = Patience(free=10, longest=60.0)
"""Against one person's password, from wherever."""
ADDRESS: Final = Patience(free=40, longest=60.0)
"""From one address, against whomever. A whole shop may be behind one."""
BROWSER: Final = Patience(free=10, longest=15.0)
"""From a browser that this person has logged in with before. It has a count of its own, which no
stranger can touch: so nobody can be locked out by somebody else's guesses."""


@dataclass(frozen=True, slots=True)
class Key:
    """What guesses are counted by.

    Attributes:
        kind: `person`, `address` or `browser`.
        name: Which one.
    """

    kind: str
    name: str


_PATIENCE: Final = {"person": PERSON, "address": ADDRESS, "browser": BROWSER}


def by_person(name: str) -> Key:
    """Count by whom the guesses are about."""
    return Key("person", name)


def by_browser(name: str) -> Key:
    """Count by the browser that the person is known with."""
    return Key("browser", name)


def by_address(address: str | None) -> Key:
    """Count by where the guesses come from; of IPv6, the network that one customer is given."""
    return Key("address", network_of(address))


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


@dataclass(slots=True)
class _Count:
    guesses: int = 0
    last: float = 0.0
    paused_until: float = 0.0


class LogInThrottle:
    """Counts guesses at passwords and asks for pauses that grow.

    An attempt is counted when it begins and taken back when it turns out right, so that many at
    once are not all free. What is asked for during a pause is not even looked at.

    Args:
        clock: Seconds that only grow.
    """

    def __init__(self, clock: Seconds = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._counts: dict[str, OrderedDict[str, _Count]] = {
            kind: OrderedDict() for kind in _PATIENCE
        }

    def check(self, keys: Iterable[Key]) -> None:
        """Refuse during a pause, without counting.

        Raises:
            TooManyAttempts: A pause is on.
        """
        with self._lock:
            self._check(keys, self._clock())

    def begin(self, keys: Iterable[Key]) -> None:
        """Count an attempt that is about to be looked at.

        Raises:
            TooManyAttempts: A pause is on; nothing is counted.
        """
        wanted = list(keys)
        with self._lock:
            now = self._clock()
            self._check(wanted, now)
            for key in wanted:
                count = self._count(key, now)
                count.guesses += 1
                count.last = now
                count.paused_until = now + _PATIENCE[key.kind].pause(count.guesses)

    def was_right(self, keys: Iterable[Key]) -> None:
        """The password was right: a person's and a browser's count start over."""
        with self._lock:
            for key in keys:
                if key.kind == "address":
                    self._take_back(key)
                else:
                    self._counts[key.kind].pop(key.name, None)

    def was_not_looked_at(self, keys: Iterable[Key]) -> None:
        """Nobody found out whether it was right: it does not count."""
        with self._lock:
            for key in keys:
                self._take_back(key)

    def __len__(self) -> int:
        return sum(len(table) for table in self._counts.values())

    def _check(self, keys: Iterable[Key], now: float) -> None:
        wait = max((self._count(key, now).paused_until - now for key in keys), default=0.0)
        if wait > 0:
            seconds = math.ceil(wait)
            sentence = (
                N_("Too many wrong attempts. Please wait a second, then try again.")
                if seconds == 1
                else N_("Too many wrong attempts. Please wait {seconds} seconds, then try again.")
            )
            raise TooManyAttempts(sentence, seconds, seconds=seconds)

    def _count(self, key: Key, now: float) -> _Count:
        table = self._counts[key.kind]
        count = table.get(key.name)
        if count is None or now - count.last > FORGET_AFTER_SECONDS:
            count = table[key.name] = _Count(last=now)
        table.move_to_end(key.name)
        while len(table) > REMEMBER_AT_MOST:
            table.popitem(last=False)
        return count

    def _take_back(self, key: Key) -> None:
        count = self._counts[key.kind].get(key.name)
        if count is not None:
            count.guesses = max(0, count.guesses - 1)
            count.paused_until = 0.0


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
        name = network_of(address)
        with self._lock:
            bucket = self._buckets.get(name)
            if bucket is None:
                bucket = self._buckets[name] = Bucket(self._rate, self._burst)
            self._buckets.move_to_end(name)
            while len(self._buckets) > REMEMBER_AT_MOST:
                self._buckets.popitem(last=False)
            return bucket.take(self._clock())
