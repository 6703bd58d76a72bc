"""Therapists who claim as fast as they are answered: sockets in one process, read by one loop.

Run by `Child`; commands: `connect`, `claim`. A phone has a CPU of its own; sixteen whole clients on
the server's would take a tenth of what is measured. Only answers are decoded.
"""

from __future__ import annotations

import json
import selectors
import threading
import time
from dataclasses import dataclass, field
from typing import Any, Final

from .child import obey
from .frames import LightSocket
from .rounds import measured

_ASK: Final = b'420["therapist_confirm_next",{}]'
_ANSWER: Final = b"430"
"""Socket.IO's EVENT with the acknowledgement's number 0, and the ACK to it."""
_PATIENCE: Final = 30.0


@dataclass
class _Therapist:
    opened: LightSocket
    asked_at: float = 0.0
    done: list[tuple[float, int, float]] = field(default_factory=list)
    """When each claim was answered, whom it claimed, and how long it took."""


class Therapists:
    """The clients."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._everybody: list[_Therapist] = []
        self._end = 0.0
        self._claiming = 0
        self._over = threading.Event()
        self._refused: Any = None
        threading.Thread(target=self._read, daemon=True).start()

    def connect(self, port: int, tokens: list[str]) -> int:
        """One client for each token."""
        for token in tokens:
            one = _Therapist(LightSocket(port, {"token": token}))
            self._everybody.append(one)
            self._selector.register(one.opened.socket, selectors.EVENT_READ, one)
        return len(self._everybody)

    def claim(self, warm: float, seconds: float) -> dict[str, Any]:
        """Claim for a while.

        Args:
            warm: Seconds that do not count.
            seconds: Seconds that do.

        Returns:
            As `measured` says, with the `latencies` of all claims in seconds.

        Raises:
            RuntimeError: A claim was refused, or not answered.
        """
        begin = time.monotonic() + warm
        self._end = begin + seconds
        self._claiming = len(self._everybody)
        self._over.clear()
        for one in self._everybody:
            one.done = []
            _ask(one)
        if not self._over.wait(warm + seconds + _PATIENCE) or self._refused:
            raise RuntimeError(f"a claim was not answered, or refused: {self._refused}")
        done = [one.done for one in self._everybody]
        return {
            **measured([[(at, key) for at, key, _ in claims] for claims in done], begin, self._end),
            "latencies": [took for claims in done for _, _, took in claims],
        }

    def _read(self) -> None:
        # Between two rounds too: pings are answered, and snapshots read.
        while True:
            if not self._everybody:
                time.sleep(0.01)
                continue
            for key, _ in self._selector.select(0.1):
                try:
                    for message in key.data.opened.receive():
                        if message.startswith(_ANSWER):
                            self._answered(key.data, json.loads(message[len(_ANSWER) :])[0])
                except ConnectionError as error:
                    self._selector.unregister(key.fileobj)
                    self._refused = str(error)
                    self._over.set()

    def _answered(self, one: _Therapist, answer: dict[str, Any]) -> None:
        at = time.monotonic()
        if answer["ok"]:
            one.done.append((at, answer["transaction"]["id"], at - one.asked_at))
            if at < self._end:
                _ask(one)
                return
        elif answer["code"] != "nothing_waiting":
            self._refused = answer
        self._claiming -= 1
        if not self._claiming:
            self._over.set()


def _ask(one: _Therapist) -> None:
    one.asked_at = time.monotonic()
    one.opened.send(_ASK)


def main() -> None:
    """Obey until standard input ends."""
    therapists = Therapists()
    obey({"connect": therapists.connect, "claim": therapists.claim})


if __name__ == "__main__":
    main()
