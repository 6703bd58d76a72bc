"""Paper through every fault: nothing lost, nothing twice without COPY, nothing out of order.

The outbox is the server's own on MariaDB, the printer a real TCP socket that goes wrong.
"""

from __future__ import annotations

import logging
import random
import resource
import threading
import time
from contextlib import ExitStack
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from appliance.peripherals.client import Answer
from appliance.peripherals.config import PrinterConfig, TcpConnection
from appliance.peripherals.daemon import run
from appliance.peripherals.printing.delivery import Delivery, NotPrinted, Printed
from appliance.peripherals.printing.documents import parse_job
from appliance.peripherals.printing.render import render
from appliance.peripherals.printing.status import Timing
from appliance.peripherals.printing.transports.tcp import Deadlines, TcpTransport
from appliance.peripherals.printing.worker import Pace, PrinterWorker
from appliance.protocol import PrintJob as Job
from appliance.protocol import PrintRole
from appliance.server.domain.papers import ATTEMPTS_IN_ORDER, LEASE_TIME, PaperState
from appliance.server.store import papers as outbox
from appliance.server.store.models import PrintJob
from appliance.server.store.unit_of_work import Store
from appliance.server.usecases import papers
from appliance.server.wire import serialize
from appliance.server.wire.answers import body
from tests.support.campaign import rounds
from tests.support.documents import ticket_job
from tests.support.fake_printer import FakePrinter
from tests.support.fake_server import TOKEN, FakeServer
from tests.support.faulty_printer import FaultyPrinter
from tests.support.spa import Clock
from tests.support.visits import Visits

log = logging.getLogger(__name__)
PROFILE = "TM-T20II"
CUT = b"\x1dV\x00"
QUICK = Delivery(
    timing=Timing(answer=0.2, quiet=0.005, at_once=0.1),
    speed_mm_per_s=100_000,
    process_ids=True,
    longest=3.0,
)
DEADLINES = Deadlines(connect=1.0, write=0.3, finish=0.3, in_line=0.3)
PATIENCE = 600.0
"""Seconds after which a campaign that hangs gives up; `make campaign` gives it more."""


class Outbox:
    """The server's outbox, asked without the server's wires in between.

    Attributes:
        rendered: What was made of each job, in the order of the renderings: id, copy, bytes.
    """

    connected = True

    def __init__(self, store: Store, clock: Clock) -> None:
        self.store = store
        self.clock = clock
        self.finished = threading.Event()
        self.rendered: list[tuple[int, bool, bytes]] = []
        self.attempts: dict[int, int] = {}
        self.asked: set[int] = set()

    def owe(self, count: int) -> list[int]:
        """Let the kiosk owe so many tickets."""

        def work(unit: Any) -> list[int]:
            jobs = []
            for number in range(1, count + 1):
                body = ticket_job(code=f"{number:04}", status_url=f"http://spa.test/t/{number:016}")
                jobs.append(outbox.owe(unit, PrintRole.TICKET, body["document"]))
            unit.session.flush()
            return [job.id for job in jobs]

        return self.store.run(work)

    def left(self) -> int:
        return self.store.run(
            lambda unit: (
                unit.session.scalar(
                    select(func.count()).select_from(PrintJob).where(PrintJob.state != "printed")
                )
                or 0
            )
        )

    def call(self, event: str, payload: Any) -> Answer:
        match event:
            case "print_lease":
                return self.lease(payload)
            case "print_done":
                return self.done(payload)
            case "print_failed":
                return self.failed(payload)
        return {"ok": True}

    def lease(self, asked: Any) -> Answer:
        job = self.store.run(lambda unit: papers.lease(unit, asked["printer"], [*PrintRole]))
        if job is None and self.left():
            # A paper that was put off: the minute is over.
            self.look_at_what_is_held()
            self.clock.advance(seconds=LEASE_TIME.total_seconds() + 1)
        if job is not None:
            self.attempts[job.id] = job.attempts
        return {"ok": True, "job": body(serialize.leased_job(job)) if job else None}

    def look_at_what_is_held(self) -> None:
        """Somebody is asked about a paper that was in doubt too often, and wants it again."""

        def work(unit: Any) -> None:
            held = select(PrintJob).where(PrintJob.state == PaperState.HELD)
            for job in unit.session.scalars(held).all():
                self.asked.add(job.id)
                outbox.again(unit, job)

        self.store.run(work)

    def done(self, said: Any) -> Answer:
        self.store.run(lambda unit: papers.done(unit, said["id"], said["lease"]))
        if not self.left():
            self.finished.set()
        return {"ok": True}

    def failed(self, said: Any) -> Answer:
        self.store.run(
            lambda unit: papers.failed(
                unit, said["id"], said["lease"], said["reason"], maybe=said["maybe_printed"]
            )
        )
        return {"ok": True}

    def render(self, job: Job) -> bytes:
        data = render(job, PROFILE)
        self.rendered.append((job["id"], job["copy"], data))
        return data


def check_paper(box: Outbox, owed: list[int], paper: list[bytes]) -> tuple[int, int]:
    """Look at all the paper there is: everything is out, and what is out twice says COPY.

    Args:
        box: Knows what each job looked like, and how often it was tried.
        owed: The jobs in order.
        paper: Every piece that came out, whole or torn.

    Returns:
        How many whole pieces were there beside the first of each job, and how many jobs had lost
        their place in the order after too many attempts.
    """
    looks = {data: (job, copy) for job, copy, data in box.rendered}
    whole: list[int] = []
    seen: set[int] = set()
    for piece in paper:
        who = {look for data, look in looks.items() if data.startswith(piece)}
        assert who, f"not a paper: {piece[:80]!r}"
        complete = looks.get(piece)
        if len({job for job, _ in who}) == 1:
            ((job, copy),) = who
            assert copy or job not in seen, f"job {job} is out twice without COPY"
            seen.add(job)
        if complete is not None:
            whole.append(complete[0])
    assert set(whole) == set(owed)
    late = {job for job, attempts in box.attempts.items() if attempts > ATTEMPTS_IN_ORDER}
    late |= box.asked
    firsts = [job for job in dict.fromkeys(whole) if job not in late]
    assert firsts == [job for job in owed if job not in late], "out of order"
    return len(whole) - len(owed), len(late)


def memory_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


@pytest.mark.timeout(rounds(1_800, 1_800))
def test_tickets_through_random_faults(visits: Visits, clock: Clock) -> None:
    count = rounds(60, 1000)
    luck = random.Random(20)
    box = Outbox(visits.store, clock)
    owed = box.owe(count)
    with FaultyPrinter(luck, share=0.35) as printer:
        transport = TcpTransport(
            TcpConnection("127.0.0.1", printer.port),
            answers_status=True,
            delivery=QUICK,
            deadlines=DEADLINES,
        )
        entry = PrinterConfig("lobby", (PrintRole.TICKET,), printer.url, profile=PROFILE)
        pace = Pace(check=0.05, retry=0.01, longest_retry=0.05)
        worker = PrinterWorker(entry, transport, box.render, box, pace=pace)
        threads, memory = threading.active_count(), memory_mb()
        worker.start()
        try:
            assert box.finished.wait(rounds(PATIENCE, 1700)), f"{box.left()} are not printed"
            # The worker itself and the timers of the faults.
            assert threading.active_count() <= threads + 8
        finally:
            worker.stop()
        grown = memory_mb() - memory
        paper = list(printer.papers())
    copies, put_off = check_paper(box, owed, paper)
    assert grown < 16, "the daemon's memory grows"
    log.info(
        "%d tickets, %d copies, %d put off, +%.1f MB, %s",
        count,
        copies,
        put_off,
        grown,
        printer.met,
    )


@pytest.mark.timeout(rounds(1_800, 1_800))
def test_a_printer_that_dies_after_any_byte_of_a_ticket() -> None:
    first = render(parse_job(ticket_job(1)), PROFILE)
    copy = render(parse_job(ticket_job(1, copy=True)), PROFILE)
    step = rounds(len(first) // 20, 1)
    with FakePrinter() as printer:
        printer.sends_marks = True
        for count in range(1, len(first) + 1, step):
            transport = TcpTransport(
                TcpConnection("127.0.0.1", printer.port),
                answers_status=True,
                delivery=QUICK,
                deadlines=DEADLINES,
            )
            printer.paper = b""
            printer.die_after = count
            outcome = transport.print(first)
            assert isinstance(outcome, NotPrinted), count
            assert outcome.maybe_printed, count
            assert isinstance(transport.print(copy), Printed), count
            assert printer.paper.endswith(copy), count
            assert printer.paper.count(CUT) == 1, count


def test_a_printer_at_50_bytes_a_second_is_slow_and_not_broken() -> None:
    """An answer waits behind the job; a time-out in between would print one copy after another."""
    job = b"\x1b@" + b"slow but sure\n" * 4 + CUT
    with FaultyPrinter(random.Random(0), share=0.0) as printer:
        printer.pace(piece=1, seconds=0.02)
        transport = TcpTransport(
            TcpConnection("127.0.0.1", printer.port),
            answers_status=True,
            delivery=Delivery(
                timing=Timing(answer=0.3),
                speed_mm_per_s=100_000,
                process_ids=True,
                slowest_bytes_per_s=5,  # for a machine that is slow itself
            ),
        )
        told: list[Any] = []
        outcome = transport.print(job, told.append)
        assert isinstance(outcome, Printed)
        assert printer.paper == job
        assert told, "meanwhile staff are told that it does not answer"


# --- kill -9 ----------------------------------------------------------------------------------


def configure(folder: Path, server: FakeServer, printer: FakePrinter) -> Path:
    (folder / "token").write_text(TOKEN)
    path = folder / "peripherals.toml"
    path.write_text(
        f'[server]\nurl = "{server.url}"\ntoken_file = "{folder / "token"}"\n'
        f'[[printer]]\nname = "lobby"\nroles = ["ticket"]\nconnection = "{printer.url}"\n'
        f'profile = "{PROFILE}"\nspeed_mm_per_s = 2000\n'
    )
    return path


@pytest.mark.timeout(rounds(1_800, 1_800))
def test_the_daemon_is_killed_while_it_prints(
    visits: Visits, clock: Clock, server: FakeServer, tmp_path: Path
) -> None:
    kills = rounds(8, 200)
    luck = random.Random(9)
    box = Outbox(visits.store, clock)
    owed = box.owe(kills + 5)
    leased = threading.Semaphore(0)
    printing_when_killed = 0

    def lease(asked: Any) -> Answer:
        answer = box.lease(asked)
        if answer["job"] is not None:
            box.rendered.append(_look(answer["job"]))
            leased.release()
        return answer

    def hello(asked: Any) -> Answer:
        # The minute of the dead daemon's lease is not over; the new one says that it has none.
        names = [printer["name"] for printer in asked["printers"]]
        box.store.run(lambda unit: outbox.return_lost(unit, names, asked["leases"]))
        return {"ok": True, "lamps": {}, "jobs_waiting": {}}

    server.answers |= {
        "device_hello": hello,
        "print_lease": lease,
        "print_done": box.done,
        "print_failed": box.failed,
    }
    # A server that has been imported once and then only forks: a daemon starts in an instant.
    context = get_context("forkserver")
    context.set_forkserver_preload([run.__module__, parse_job.__module__, render.__module__])
    with ExitStack() as stack:
        printer = stack.enter_context(FakePrinter())
        printer.sends_marks = True
        path = configure(tmp_path, server, printer)
        for _ in range(kills):
            daemon = start(context, stack, path)
            before = len(printer.paper)
            assert leased.acquire(timeout=60)
            # The moment is what is tested: before, while and after the paper comes out.
            if luck.random() < 0.5:
                assert printer.wait_for_more(before, b"\x1b@", timeout=60)
            time.sleep(luck.uniform(0, 0.03))
            daemon.kill()
            daemon.join()
            printing_when_killed += len(printer.paper) > before
            if box.finished.is_set():
                break
        start(context, stack, path)
        assert box.finished.wait(rounds(600, 600)), f"{box.left()} are not printed"
        paper = [b"\x1b@" + piece for piece in printer.paper.split(b"\x1b@")[1:]]
    copies, put_off = check_paper(box, owed, paper)
    assert printing_when_killed, "every kill came before the paper"
    log.info(
        "%d kills, %d of them with paper under way, %d tickets, %d copies, %d put off",
        kills,
        printing_when_killed,
        len(owed),
        copies,
        put_off,
    )


def _look(job: Any) -> tuple[int, bool, bytes]:
    parsed = parse_job(job)
    return parsed["id"], parsed["copy"], render(parsed, PROFILE)


def start(context: Any, stack: ExitStack, path: Path) -> Any:
    daemon = context.Process(target=run, args=(path,))
    daemon.start()
    stack.callback(daemon.join)
    stack.callback(daemon.kill)
    return daemon
