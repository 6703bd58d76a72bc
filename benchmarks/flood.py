"""How staff fare while guests flood the server: `python -m benchmarks.flood`.

1,000 wrong log-ins and 10,000 malformed packets come from fifty addresses, once as fast as they can
be sent and once spread over a minute, while one therapist and one cashier serve customers. Prints
the 50th, 95th and 99th percentile of the staff's events with and without the flood, and the
server's memory before and after.
"""

from __future__ import annotations

import statistics
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from appliance.server.clock import utc_now
from appliance.server.store import schema
from appliance.server.store.db import Database
from appliance.server.store.unit_of_work import Store
from tests.security.test_flood import Shift
from tests.support.flood import Flood
from tests.support.lobby import Lobby
from tests.support.mariadb import PrivateMariaDB
from tests.support.server import BARE, ServerProcess
from tests.support.spa import open_spa

LOG_INS = 1000
PACKETS = 10_000
PARTS = 20
QUIET_SECONDS = 10.0


class Timed(Shift):
    """Notes how long each of the staff's events takes.

    Args:
        lobby: Where they work.
    """

    def __init__(self, lobby: Lobby) -> None:
        super().__init__(lobby)
        self.milliseconds: list[float] = []
        for who in (self.ana, self.eva):
            self._time(who)

    def _time(self, who: object) -> None:
        call = who.call  # type: ignore[attr-defined]

        def timed(event: str, *arguments: object) -> object:
            began = time.perf_counter()
            answer = call(event, *arguments)
            self.milliseconds.append((time.perf_counter() - began) * 1000)
            return answer

        who.call = timed  # type: ignore[attr-defined]

    def report(self, name: str) -> None:
        """Print the percentiles so far, and begin again."""
        parts = statistics.quantiles(self.milliseconds, n=100)
        print(
            f"{name:28} {len(self.milliseconds):6} events   p50 {parts[49]:6.1f} ms   "
            f"p95 {parts[94]:6.1f} ms   p99 {parts[98]:6.1f} ms   max {max(self.milliseconds):6.1f}"
        )
        self.milliseconds.clear()


def measure(shift: Timed, name: str, work: object) -> None:
    """Let staff work until something else is done, and print how they fared."""
    over = threading.Event()

    def do() -> None:
        try:
            work()  # type: ignore[operator]
        finally:
            over.set()

    thread = threading.Thread(target=do)
    began = time.monotonic()
    thread.start()
    shift.serve_until(over)
    thread.join()
    shift.report(f"{name} ({time.monotonic() - began:.0f} s)")


def pour(port: int, seconds: float) -> tuple[Counter[int], int, int]:
    """The flood, in a process of its own, so that it does not slow the staff's clients down.

    Args:
        port: The server's.
        seconds: How long it is spread over; 0 for as fast as it can be sent.

    Returns:
        The HTTP statuses that came, packets sent, connections opened.
    """
    flood = Flood(port)
    parts = PARTS if seconds else 1
    for part in range(parts):
        began = time.monotonic()
        flood.run(LOG_INS // parts, PACKETS // parts)
        if part < parts - 1:
            time.sleep(max(0.0, seconds / parts - (time.monotonic() - began)))
    return flood.statuses, flood.sent, flood.connections


def memory_mb(server: ServerProcess) -> float:
    """The server's resident memory."""
    assert server.process
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def main() -> None:
    """Start a private MariaDB and a server, measure, print."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        mariadb = PrivateMariaDB(folder / "mariadb")
        (folder / "mariadb").mkdir()
        mariadb.create()
        mariadb.start()
        mariadb.grant()
        try:
            mariadb.execute("CREATE DATABASE flood")
            database = Database(mariadb.url("flood"))
            schema.upgrade(database.engine)
            spa = open_spa(Store(database, utc_now))
            log = folder / "serve.log"
            server = ServerProcess(mariadb.environment("flood"), log, command=BARE).start()
            try:
                flooded(Lobby(server, spa, database), server)
            finally:
                server.stop()
                database.dispose()
        finally:
            mariadb.stop()


def flooded(lobby: Lobby, server: ServerProcess) -> None:
    """Measure on a running server."""
    shift = Timed(lobby)
    measure(shift, "quiet", lambda: time.sleep(QUIET_SECONDS))
    before = memory_mb(server)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as elsewhere:
        for name, seconds in (("flood over a minute", 60.0), ("flood at once", 0.0)):
            flood = elsewhere.submit(pour, server.port, seconds)
            measure(shift, name, flood.result)
            statuses, sent, connections = flood.result()
            answers = ", ".join(f"{count} × {status}" for status, count in sorted(statuses.items()))
            print(f"    log-ins: {answers}; {sent} packets on {connections} connections")
    measure(shift, "quiet again", lambda: time.sleep(QUIET_SECONDS))
    print(f"server memory: {before:.0f} MB before, {memory_mb(server):.0f} MB after")
    lobby.leave()


if __name__ == "__main__":
    main()
