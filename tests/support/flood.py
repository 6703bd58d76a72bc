"""Fifty guests who mean no good: wrong log-ins and malformed packets, each from its own address."""

from __future__ import annotations

import random
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from tests.support.raw import RawSocket, post

SOURCES = [f"127.0.0.{number}" for number in range(2, 52)]
"""Fifty addresses of this machine that are not the staff's 127.0.0.1."""
GUESSED = ("eva", "felix", "gloria", "admin", "root", "Eva", "nobody")
PACKETS: tuple[str | bytes, ...] = (
    "42[",
    "42{}",
    "42[7]",
    '42["disconnect"]',
    "4x",
    "9",
    b"\xff\xfe\x00",
    "b!!!",
    '42["no such event"]',
    '42["cashier_pay",{"transaction_id":"' + "x" * 2000 + '"}]',
    '421["therapist_confirm_next",[[[[]]]]]',
    '42["customer_start"]',
    "42" + "[" * 500,
    '451-["x",{"_placeholder":true,"num":9}]',
    '44{"message":"no"}',
)
_AT_ONCE = 10


class Flood:
    """Floods a server.

    Args:
        port: The server's, on 127.0.0.1.

    Attributes:
        statuses: How often each HTTP status came.
        sent: Malformed packets sent.
        connections: Sockets opened for them.
    """

    def __init__(self, port: int) -> None:
        self._port = port
        self._lock = threading.Lock()
        self.statuses: Counter[int] = Counter()
        self.sent = 0
        self.connections = 0

    def run(self, log_ins: int, packets: int) -> None:
        """Send this much, spread over all sources; returns when all of it has been sent."""
        with ThreadPoolExecutor(_AT_ONCE * 2) as pool:
            work = [
                pool.submit(one, source, total // len(SOURCES))
                for source in SOURCES
                for one, total in ((self._guess, log_ins), (self._babble, packets))
            ]
            for done in work:
                done.result()

    def _guess(self, source: str, times: int) -> None:
        for number in range(times):
            name = GUESSED[number % len(GUESSED)]
            body = {"username": name, "password": f"guess {number}"}
            status, _ = post(self._port, "/cashier/login", body, source)
            with self._lock:
                self.statuses[status] += 1

    def _babble(self, source: str, times: int) -> None:
        chance = random.Random(source)
        left = times
        while left > 0:
            left -= self._one_connection(source, left, chance)

    def _one_connection(self, source: str, most: int, chance: random.Random) -> int:
        """Send until the server has had enough; returns how many packets it took."""
        sent = 0
        try:
            with RawSocket(self._port, source) as raw:
                with self._lock:
                    self.connections += 1
                # Whatever the server does at the first, the others are on their way already.
                for _ in range(min(most, 40)):
                    raw.send(chance.choice(PACKETS))
                    sent += 1
        except (OSError, AssertionError):
            pass
        sent = max(sent, 1)
        with self._lock:
            self.sent += sent
        return sent
