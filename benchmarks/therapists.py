"""Therapists who claim as fast as they are answered, with real python-socketio clients.

Run by `Child`; commands: `connect`, `claim`. One process, on gevent, so that sixteen clients cost
little of the CPU that the server needs.
"""

from . import patched  # isort: skip  # noqa: F401 — before everything else

import sys
import time
from typing import Any

import gevent
import socketio

from . import light_json
from .child import obey
from .rounds import measured

CLIENT_OPTIONS: dict[str, Any] = {
    "json": light_json,
    "reconnection": False,
    "handle_sigint": False,
    # websocket-client would check each byte of each snapshot in Python.
    "websocket_extra_options": {"skip_utf8_validation": True},
}


class Therapists:
    """The clients."""

    def __init__(self) -> None:
        self._clients: list[Any] = []

    def connect(self, url: str, tokens: list[str]) -> int:
        """One client for each token."""
        for token in tokens:
            client = socketio.Client(**CLIENT_OPTIONS)
            client.connect(url, auth={"token": token}, transports=["websocket"])
            self._clients.append(client)
        return len(self._clients)

    def claim(self, warm: float, seconds: float) -> dict[str, Any]:
        """Claim for a while.

        Args:
            warm: Seconds that do not count.
            seconds: Seconds that do.

        Returns:
            As `measured` says, with the `latencies` of all claims in seconds.
        """
        begin = time.monotonic() + warm
        end = begin + seconds
        claimants = [gevent.spawn(_claim_until, client, end) for client in self._clients]
        gevent.joinall(claimants, raise_error=True)
        done = [claimant.get() for claimant in claimants]
        return {
            **measured([[(at, key) for at, key, _ in claims] for claims in done], begin, end),
            "latencies": [took for claims in done for _, _, took in claims],
        }


def _claim_until(client: Any, end: float) -> list[tuple[float, int, float]]:
    """When each claim was answered, whom it claimed, and how long it took."""
    done: list[tuple[float, int, float]] = []
    while (asked := time.monotonic()) < end:
        answer = client.call("therapist_confirm_next", {}, timeout=30)
        at = time.monotonic()
        if not answer["ok"]:
            if answer["code"] == "nothing_waiting":
                break
            raise RuntimeError(f"a claim was refused: {answer}")
        done.append((at, answer["transaction"]["id"], at - asked))
    return done


def main() -> None:
    """Obey until standard input ends."""
    therapists = Therapists()
    obey({"connect": therapists.connect, "claim": therapists.claim}, _read_line)


def _read_line() -> str:
    # The clients go on answering pings and reading snapshots while nothing is asked of them.
    line: str = gevent.get_hub().threadpool.apply(sys.stdin.readline)
    return line


if __name__ == "__main__":
    main()
