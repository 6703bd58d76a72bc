"""How often somebody may try: guesses at passwords are slowed down.

Everything here is arithmetic on a clock that is passed in; nothing sleeps and nothing is stored.
Memory is bounded: each table forgets its oldest entry when it is full.
"""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from appliance.server.domain.errors import TooManyAttempts
from appliance.server.edge.pace import REMEMBER_AT_MOST, Seconds, network_of
from appliance.words import N_

FORGET_AFTER_SECONDS: Final = 15 * 60.0


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
"""Against one person's password, from several addresses."""
PERSON_FROM_ADDRESS: Final = Patience(free=10, longest=60.0)
"""Against one person's password, from one address."""
SHARE: Final = PERSON.free // 2
"""Of one address in the count of a person, until several addresses together have used it up: by
itself none can make the person wait elsewhere."""
ADDRESS: Final = Patience(free=40, longest=60.0)
"""From one address, against whomever. A whole shop may be behind one."""
BROWSER: Final = Patience(free=10, longest=15.0)
"""From a browser that this person has logged in with before. It has a count of its own, which no
stranger can touch: so nobody can be locked out by somebody else's guesses."""


PIN: Final = Patience(free=5, longest=300.0)
"""Against one manager's PIN, or at one cashier's screen: four digits are soon guessed."""


@dataclass(frozen=True, slots=True)
class Key:
    """What guesses are counted by.

    Attributes:
        kind: `person`, `person_from_address`, `address`, `browser` or `pin`.
        name: Which one.
    """

    kind: str
    name: str


_PATIENCE: Final = {
    "person": PERSON,
    "person_from_address": PERSON_FROM_ADDRESS,
    "address": ADDRESS,
    "browser": BROWSER,
    "pin": PIN,
}


def by_person(name: str) -> Key:
    """Count by whom the guesses are about."""
    return Key("person", name)


def by_person_from(name: str, address: str | None) -> Key:
    """Count by whom the guesses are about and where they come from."""
    return Key("person_from_address", f"{network_of(address)} {name}")


def by_browser(name: str) -> Key:
    """Count by the browser that the person is known with."""
    return Key("browser", name)


def by_pin(name: str) -> Key:
    """Count by whose PIN is guessed at, or at whose screen."""
    return Key("pin", name)


def by_address(address: str | None) -> Key:
    """Count by where the guesses come from; of IPv6, the network that one customer is given."""
    return Key("address", network_of(address))


@dataclass(slots=True)
class _Count:
    guesses: int = 0
    last: float = 0.0
    paused_until: float = 0.0


class LogInThrottle:
    """Counts guesses at passwords and asks for pauses that grow.

    An attempt is counted when it begins and taken back when it turns out right, so that many at
    once are not all free. What is asked for during a pause is not even looked at.

    Nobody is kept out by somebody else's guesses. Those from one address make the person wait at
    that address only. Where several addresses guess at one person, they share a pause, or a guest
    with many addresses would have as many tries; but the first attempt from an address that has not
    been wrong yet is looked at even then.

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

    def begin(self, keys: Iterable[Key]) -> list[Key]:
        """Count an attempt that is about to be looked at.

        Returns:
            Those of the keys that it was counted by.

        Raises:
            TooManyAttempts: A pause is on; nothing is counted.
        """
        wanted = list(keys)
        with self._lock:
            now = self._clock()
            self._check(wanted, now)
            counted = [key for key in wanted if self._counts_for(key, wanted, now)]
            for key in counted:
                count = self._count(key, now)
                count.guesses += 1
                count.last = now
                count.paused_until = now + _PATIENCE[key.kind].pause(count.guesses)
            return counted

    def was_right(self, keys: Iterable[Key]) -> None:
        """The password was right: a person's and a browser's count start over."""
        with self._lock:
            for key in keys:
                if key.kind == "address":
                    self._take_back(key)
                else:
                    self._counts[key.kind].pop(key.name, None)

    def was_not_looked_at(self, keys: Iterable[Key]) -> None:
        """Nobody found out whether it was right: what `begin` has counted does not count."""
        with self._lock:
            for key in keys:
                self._take_back(key)

    def __len__(self) -> int:
        return sum(len(table) for table in self._counts.values())

    def _counts_for(self, key: Key, keys: list[Key], now: float) -> bool:
        """Whether an attempt with these keys is to be counted by this one of them."""
        if key.kind != "person" or self._count(key, now).guesses > PERSON.free:
            return True
        return all(
            self._count(other, now).guesses < SHARE
            for other in keys
            if other.kind == "person_from_address"
        )

    def _check(self, keys: Iterable[Key], now: float) -> None:
        asked = list(keys)
        if any(
            key.kind == "person_from_address" and self._count(key, now).guesses == 0
            for key in asked
        ):
            asked = [key for key in asked if key.kind != "person"]
        wait = max((self._count(key, now).paused_until - now for key in asked), default=0.0)
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
