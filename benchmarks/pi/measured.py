"""The figures of a machine as slow as a Pi 4."""

from __future__ import annotations

import os
import shutil
import statistics
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import socketio

from appliance.peripherals.simulator.tcp_printer import TcpPrinter
from benchmarks.card import card
from benchmarks.child import Child, pss_kb, wait_until
from benchmarks.figures import FIGURES, Results, percentile
from benchmarks.fill import fill
from benchmarks.kiosk_page import begin, enrolled, kiosk
from benchmarks.lab import Lab, Shop, Sizes
from benchmarks.paper import Stopwatch, daemon_settings, paper, printer_online
from benchmarks.server_process import start
from benchmarks.slow_browser import at_rest, chromium
from benchmarks.staff_pages import staff
from tests.support.server import ServerProcess

from .flushes import COMPILER, FLUSH_MS
from .lab import PiLab
from .shares import FACTOR, STEP_US, hierarchy, spin

_BUSY_EVENING: Final = 12
_APART_SECONDS: Final = 1.0
_PATIENCE: Final = 20.0
_COMMITS: Final = 20


def missing_for_pi() -> str | None:
    """What this machine lacks, as a sentence with what to do; None where it lacks nothing."""
    if os.geteuid() != 0:
        return "--pi limits what each process gets of the CPU, which only root may: run it as root."
    if hierarchy() is None:
        return "--pi needs the kernel's CPU controller: mount cgroups (version 1 or 2) with `cpu`."
    if shutil.which(COMPILER) is None:
        return f"--pi builds a small library in C: sudo apt-get install {COMPILER} libc6-dev."
    return None


def pi(lab: Lab) -> Results:
    """What the other groups measure, and what only matters where everything is slow.

    Args:
        lab: Its folder and sizes are used, its database is not.
    """
    found = hierarchy()
    assert found is not None
    slow = PiLab(lab.folder / "pi", smaller(lab.sizes), found)
    with slow.running():
        results = _slowness(slow)
        for group in (start, paper, _busy_hour, card, kiosk, staff):
            results |= as_pi(group(slow))
    return results


def smaller(sizes: Sizes) -> Sizes:
    """As much as fits into some five minutes of a slow machine."""
    return replace(
        sizes,
        day_visits=min(sizes.day_visits, 60),
        starts=min(sizes.starts, 1),
        tickets=min(sizes.tickets, 40),
        kiosk_loads=min(sizes.kiosk_loads, 2),
        kiosk_journeys=min(sizes.kiosk_journeys, 2),
    )


def as_pi(results: Results) -> Results:
    """The figures that have a line of a Pi's, or are a part of one, under its name."""
    known = {figure.key for figure in FIGURES}
    named = {key if key.startswith("pi_") else f"pi_{key}": value for key, value in results.items()}
    return {
        key: value
        for key, value in named.items()
        if key in known or key.removeprefix("pi_") not in known
    }


def _slowness(lab: PiLab) -> Results:
    """Look whether a process in a share is as slow as it should be."""
    free, slowed = spin(), spin(lab.server_share)
    cores = free.step_us / STEP_US
    print(
        f"    a process is slowed {slowed.factor:.2f} times, {FACTOR:g} is meant, and a burst of "
        f"3 ms {slowed.burst_factor:.2f} times; outside {free.factor:.2f} and "
        f"{free.burst_factor:.2f}, where 1 is a quiet machine\n"
        f"    N-body: {free.step_us:.1f} µs of CPU a step, {cores:.2f} times what "
        f"{FACTOR:g} holds for"
    )
    return {
        "pi_slowdown": slowed.factor,
        "pi_burst_slowdown": slowed.burst_factor,
        "pi_cores_slowdown": cores,
    }


def _busy_hour(lab: PiLab) -> Results:
    """A shop where buttons are pressed and customers called; then the memory of everything."""
    with (
        lab.shop() as shop,
        lab.server(shop) as server,
        TcpPrinter(Stopwatch()) as printer,
        Child(
            "benchmarks.pi.finger",
            str(daemon_settings(lab, shop, server.base_url, printer.connection)),
            str(lab.folder / "peripherals.log"),
        ) as daemon,
        Child("benchmarks.watchers") as board,
        _therapist(shop, server) as ana,
    ):
        lab.daemon_share.take(daemon.pid)
        fill(lab, shop, waiting=_BUSY_EVENING)
        token = shop.spa.device_tokens["lobby"]
        board.ask("connect", port=server.port, auth={"device_token": token}, count=1)
        wait_until(lambda: printer_online(lab, shop), _PATIENCE, "the printer is online")
        return (
            _commits(lab, shop)
            | _presses(lab, shop, daemon, ana)
            | _events(lab, board, ana)
            | _memory(lab, shop, server, daemon)
        )


@contextmanager
def _therapist(shop: Shop, server: ServerProcess) -> Iterator[Any]:
    client = socketio.Client(reconnection=False, handle_sigint=False)
    (token,) = shop.tokens([shop.spa.ana])
    client.connect(server.base_url, auth={"token": token}, transports=["websocket"])
    try:
        yield client
    finally:
        client.disconnect()


def _ask(who: Any, event: str, **payload: Any) -> Any:
    answer = who.call(event, {**payload, "request_id": uuid.uuid4().hex})
    if not answer["ok"]:
        raise RuntimeError(f"{event}: {answer['error']}")
    return answer


def _commits(lab: PiLab, shop: Shop) -> Results:
    """What a commit takes; also the proof that flushes are slow.

    Raises:
        RuntimeError: They are not.
    """
    took = []
    with lab.sql(shop) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bench_commits (n INT)")
        for number in range(_COMMITS):
            began = time.monotonic()
            cursor.execute("INSERT INTO bench_commits VALUES (%s)", (number,))
            took.append((time.monotonic() - began) * 1000)
        cursor.execute("DROP TABLE bench_commits")
    median = statistics.median(took)
    print(f"    flushes are slowed in MariaDB to {FLUSH_MS:g} ms: a commit takes {median:.1f} ms")
    if median < FLUSH_MS:
        raise RuntimeError(f"a commit takes {median:.1f} ms: MariaDB's flushes are not slowed")
    return {"pi_commit_ms_p50": median}


def _presses(lab: PiLab, shop: Shop, daemon: Child, ana: Any) -> Results:
    """Call somebody with the button; the therapist's phone puts them back."""
    took = []
    for _ in range(lab.sizes.presses):
        took.append(float(daemon.ask("press")))
        with lab.sql(shop) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT current_transaction_id FROM rooms WHERE room_number = '1'")
            (called,) = cursor.fetchone() or (None,)
        _ask(ana, "therapist_release", transaction_id=called)
    print(f"    press → lamp: max {max(took):.0f} ms")
    return {
        "pi_press_to_lamp_ms_p50": percentile(took, 0.5),
        "pi_press_to_lamp_ms_p99": percentile(took, 0.99),
    }


def _events(lab: PiLab, board: Child, ana: Any) -> Results:
    """An event a second: a therapist calls the next of twelve, and puts them back."""
    claims: list[float] = []
    late: list[float] = []
    called = None
    for _ in range(lab.sizes.busy_events):
        board.ask("mark", event="board_updated")
        sent = time.monotonic()
        if called is None:
            called = _ask(ana, "therapist_confirm_next")["transaction"]["id"]
            answered = time.monotonic()
            claims.append((answered - sent) * 1000)
        else:
            _ask(ana, "therapist_release", transaction_id=called)
            answered, called = time.monotonic(), None
        heard = board.ask("arrivals", seconds=_PATIENCE)
        if not heard:
            raise RuntimeError("the board was not told")
        late.append((heard[0] - answered) * 1000)
        time.sleep(max(0.0, sent + _APART_SECONDS - time.monotonic()))
    print(
        f"    claims: p50 {percentile(claims, 0.5):.0f} ms, max {max(claims):.0f} ms; "
        f"board: p50 {percentile(late, 0.5):.0f} ms, max {max(late):.0f} ms after the answer"
    )
    return {
        "pi_claim_ms_p95": percentile(claims, 0.95),
        "pi_push_late_ms_p95": percentile(late, 0.95),
    }


def _memory(lab: PiLab, shop: Shop, server: ServerProcess, daemon: Child) -> Results:
    """Everything that runs on the machine in the lobby, at rest."""
    assert server.process
    with chromium() as browser:
        page = browser.new_context(**enrolled(shop, server.base_url)).new_page()
        page.goto("/kiosk")
        begin(page).wait_for()
        at_rest(page)
        browsers = [pid for pid in family(os.getpid(), _parents()) if _is_chromium(pid)]
        parts = {
            "server": [server.process.pid],
            "peripherals": [daemon.pid],
            "mariadb": [lab.mariadb_pid],
            "chromium": browsers,
        }
        each = {name: sum(pss_kb(pid) for pid in pids) / 1024 for name, pids in parts.items()}
    return {
        "pi_pss_mb": sum(each.values()),
        **{f"pi_{name}_pss_mb": size for name, size in each.items()},
    }


def family(pid: int, parents: Mapping[int, int]) -> set[int]:
    """All processes that a process has started, and those that they have.

    Args:
        pid: Whose.
        parents: Of every process.
    """
    found: set[int] = set()
    newer = {pid}
    while newer:
        newer = {child for child, parent in parents.items() if parent in newer} - found
        found |= newer
    return found


def _parents() -> dict[int, int]:
    parents = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            stat = (folder / "stat").read_text()
        except OSError:
            continue  # It has ended meanwhile.
        parents[int(folder.name)] = int(stat.rpartition(")")[2].split()[1])
    return parents


def _is_chromium(pid: int) -> bool:
    try:
        return "chrom" in Path(f"/proc/{pid}/exe").readlink().name
    except OSError:
        return False
