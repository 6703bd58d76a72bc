"""The server as a process: how fast it starts, how much memory it takes, how it bears log-ins."""

from __future__ import annotations

import http.client
import json
import os
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.support.server import ServerProcess
from tests.support.spa import PASSWORD

from .child import Child, rss_kb, wait_until
from .figures import Results
from .fill import fill
from .frames import LightSocket
from .lab import Lab, Shop

_BUSY_EVENING: Final = 12
_SETTLE: Final = 3.0


def start(lab: Lab) -> Results:
    """From the start of the process until `/healthz` says 200, the median of several."""
    times: list[float] = []
    with lab.shop() as shop:
        fill(lab, shop, waiting=_BUSY_EVENING)
        for _ in range(lab.sizes.starts + 1):
            server = lab.new_server(shop)
            began = time.monotonic()
            with _started(server, [sys.executable, *lab.serve]):
                times.append(time.monotonic() - began)
    first, *others = times
    print(f"    first {first:.2f} s, others {min(others):.2f} to {max(others):.2f} s")
    return {"start_to_healthy_s": statistics.median(others)}


def memory(lab: Lab) -> Results:
    """An idle server, then the same with idle staff screens."""
    with lab.shop() as shop, Child("benchmarks.watchers") as watchers:
        fill(lab, shop, waiting=_BUSY_EVENING)
        with lab.server(shop) as server:
            assert server.process
            time.sleep(_SETTLE)
            idle = rss_kb(server.process.pid)
            (token,) = shop.tokens([shop.spa.manager])
            count = watchers.ask(
                "connect", port=server.port, auth={"token": token}, count=lab.sizes.watchers
            )
            time.sleep(_SETTLE)
            full = rss_kb(server.process.pid)
    print(f"    {idle / 1024:.1f} MB idle, {full / 1024:.1f} MB with {count} sockets")
    return {"server_rss_mb": idle / 1024, "server_rss_per_socket_kb": (full - idle) / count}


def login(lab: Lab) -> Results:
    """The longest time that the loop did nothing else while people logged in.

    Measured in the server itself (`benchmarks.served`), because on a machine with two cores a
    client that waits for a core looks like a server that does; from outside beside it.
    """
    inside: list[float] = []
    outside: list[float] = []
    with lab.shop(therapists=lab.sizes.logins) as shop:
        fill(lab, shop, waiting=_BUSY_EVENING)
        gaps = lab.folder / "gaps.json"
        server = lab.new_server(shop)
        server.environment["BENCH_GAPS_FILE"] = str(gaps)
        with _started(server, [sys.executable, "-m", "benchmarks.served"]):
            for _ in range(lab.sizes.login_rounds):
                time.sleep(1)
                _take_gap(server, gaps)
                outside.append(_log_all_in(shop, server.port, lab.sizes.logins))
                inside.append(_take_gap(server, gaps))
    print(f"    inside {', '.join(f'{gap:.0f}' for gap in inside)} ms")
    return {"login_loop_gap_ms_max": max(inside), "login_ping_ms_max": max(outside)}


def _take_gap(server: ServerProcess, gaps: Path) -> float:
    """Milliseconds of the longest gap since the last time this was asked."""
    gaps.unlink(missing_ok=True)
    assert server.process
    os.kill(server.process.pid, signal.SIGUSR1)
    wait_until(gaps.exists, 10, "the server tells its gaps")
    return float(json.loads(gaps.read_text())["longest_ms"])


def _log_all_in(shop: Shop, port: int, people: int) -> float:
    """Everybody at once; returns the longest answer to a ping meanwhile, in milliseconds."""
    statuses: list[int] = []
    ready = threading.Barrier(people + 1)

    def log_in(username: str) -> None:
        body = json.dumps({"username": username, "password": PASSWORD})
        ready.wait()
        status, _ = request(port, "POST", "/therapist/login", body)
        statuses.append(status)

    names = [actor.name.lower() for actor in shop.spa.therapists]
    threads = [threading.Thread(target=log_in, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    ping = LightSocket(port, {})
    ready.wait()
    longest = 0.0
    while any(thread.is_alive() for thread in threads):
        longest = max(longest, _ping(ping))
        time.sleep(0.002)
    ping.socket.close()
    if statuses != [200] * people:
        raise RuntimeError(f"log-ins were refused: {statuses}")
    return longest


def _ping(opened: LightSocket) -> float:
    """Milliseconds until a `ping_time` is answered."""
    began = time.monotonic()
    opened.send(b'420["ping_time"]')
    while True:
        for message in opened.receive():
            if message.startswith(b"430"):
                return (time.monotonic() - began) * 1000


def request(port: int, method: str, path: str, body: str | None = None) -> tuple[int, bytes]:
    """A plain HTTP request to a server on loopback; status and body."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request(method, path, body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


@contextmanager
def _started(server: ServerProcess, command: list[str]) -> Iterator[None]:
    """Start a server by a command and look every few milliseconds whether it is healthy."""

    def healthy() -> bool:
        try:
            return request(server.port, "GET", "/healthz")[0] == 200
        except OSError:
            return False

    with server.log.open("ab") as log:
        server.process = subprocess.Popen(command, env=server.environment, stdout=log, stderr=log)
    try:
        wait_until(healthy, 30, "the server is healthy")
        yield
    finally:
        server.stop()
