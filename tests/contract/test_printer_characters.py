"""Printers that are not Epson's: every character, every paper, with and without a roll.

What public reports tell of clones: they hold or reset the line, serve one computer at a time, know
no status question, wake up in Chinese mode, print slowly out of a large buffer, lose their address
to another device.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from appliance.peripherals.config import TcpConnection
from appliance.peripherals.printing import dialogue, manners
from appliance.peripherals.printing.delivery import Delivery, NotPrinted, Outcome, Printed
from appliance.peripherals.printing.documents import parse_job
from appliance.peripherals.printing.manners import SILENCES, Manners, Memory
from appliance.peripherals.printing.render import render
from appliance.peripherals.printing.status import Timing
from appliance.peripherals.printing.transports.tcp import Deadlines, TcpTransport
from tests.support.documents import receipt_job, ticket_job
from tests.support.fake_printer import FakePrinter

PROFILE = "default"
ZURICH = "Zürich ÄÖÜ"
JOBS = {
    kind: render(parse_job(job(shop_name=ZURICH)), PROFILE)
    for kind, job in (("ticket", ticket_job), ("receipt", receipt_job))
}
QUICK = Delivery(timing=Timing(answer=0.1, quiet=0.005), speed_mm_per_s=100_000, longest=3.0)
DEADLINES = Deadlines(connect=1.0, write=1.0, taken=1.0, finish=0.1)
HOLD_SECONDS = 0.4


@dataclass(frozen=True)
class Character:
    """A kind of printer.

    Attributes:
        name: For the test's name.
        shape: Makes a fake printer one.
        answers: Whether it can say that its paper is out.
    """

    name: str
    shape: Callable[[FakePrinter], None]
    answers: bool = False


def _set(**attributes: object) -> Callable[[FakePrinter], None]:
    def shape(printer: FakePrinter) -> None:
        for name, value in attributes.items():
            setattr(printer, name, value)

    return shape


CHARACTERS = (
    Character("plain", _set(), answers=True),
    Character("silent", _set(silent=True)),
    Character("silent, holds the line", _set(silent=True, holds=HOLD_SECONDS)),
    Character("silent, resets the line", _set(silent=True, resets=True)),
    Character("silent, one at a time", _set(silent=True, holds=HOLD_SECONDS, holds_alone=True)),
    Character("answers, resets the line", _set(resets=True), answers=True),
    Character("answers, holds the line", _set(holds=HOLD_SECONDS), answers=True),
    Character("answers, one at a time", _set(holds=HOLD_SECONDS, holds_alone=True), answers=True),
    Character("prints questions", _set(silent=True, prints_questions=True)),
    Character("slow buffer", _set(mm_per_s=100_000.0), answers=True),
)


@pytest.fixture
def printer() -> Iterator[FakePrinter]:
    with FakePrinter() as fake:
        yield fake


def transport_to(
    printer: FakePrinter,
    known: Manners | None = None,
    delivery: Delivery = QUICK,
    deadlines: Deadlines = DEADLINES,
) -> TcpTransport:
    return TcpTransport(
        TcpConnection(printer.host, printer.port),
        manners=known,
        delivery=delivery,
        deadlines=deadlines,
    )


def print_until_taken(
    transport: TcpTransport, job: bytes, between: Callable[[], None]
) -> list[Outcome]:
    """What a worker does: look, print, and again while that fails."""
    outcomes: list[Outcome] = []
    pause = threading.Event()
    for _ in range(60):
        with transport.kept():
            if transport.status().ready:
                outcomes.append(transport.print(job))
                if isinstance(outcomes[-1], Printed):
                    return outcomes
        between()
        pause.wait(0.03)
    raise AssertionError(f"it never came out: {outcomes[-3:]}")


@pytest.mark.parametrize("kind", JOBS)
@pytest.mark.parametrize("paper", ["in", "out"])
@pytest.mark.parametrize("character", CHARACTERS, ids=lambda one: one.name)
def test_every_character_gets_its_paper_once(
    printer: FakePrinter, character: Character, kind: str, paper: str
) -> None:
    character.shape(printer)
    printer.paper_out = paper == "out"

    def put_paper_in() -> None:
        printer.paper_out = False

    outcomes = print_until_taken(transport_to(printer), JOBS[kind], put_paper_in)
    # One that cannot say that its roll is empty takes the paper all the same, and loses it.
    expected = 1 if character.answers or paper == "in" else 0
    assert printer.wait_for_paper(JOBS[kind] if expected else b"")
    assert printer.paper.count(JOBS[kind]) == expected
    assert [one for one in outcomes if isinstance(one, NotPrinted) and one.maybe_printed] == []
    (last,) = outcomes[-1:]
    assert isinstance(last, Printed)
    assert last.confirmed is character.answers


@pytest.mark.parametrize("character", CHARACTERS, ids=lambda one: one.name)
def test_five_papers_are_five(printer: FakePrinter, character: Character) -> None:
    """In the field a clone that holds or resets its line made COPY after COPY of the first."""
    character.shape(printer)
    transport = transport_to(printer)
    jobs = [render(parse_job(ticket_job(n, code=f"{n:04}")), PROFILE) for n in range(1, 6)]
    for job in jobs:
        print_until_taken(transport, job, lambda: None)
    assert printer.wait_for_paper(jobs[-1])
    assert [printer.paper.count(job) for job in jobs] == [1] * 5


def test_a_look_does_not_keep_a_printer_from_its_job(printer: FakePrinter) -> None:
    """It holds each line for a minute and serves nobody else: the look and the job share one."""
    printer.silent = printer.holds_alone = True
    printer.holds = 60.0
    transport = transport_to(printer)
    with transport.kept():
        assert transport.status().ready
        for job in JOBS.values():
            assert isinstance(transport.print(job), Printed)
    assert printer.wait_for_paper(JOBS["receipt"])
    assert printer.connections == 1


def test_a_printer_that_hangs_up_after_a_look_still_gets_the_job(printer: FakePrinter) -> None:
    transport = transport_to(printer)
    with transport.kept():
        assert transport.status().ready
        line = transport._line
        assert line is not None
        line.close()
        outcome = transport.print(JOBS["ticket"])
    assert isinstance(outcome, Printed)
    assert printer.paper == JOBS["ticket"]


def test_another_computers_print_is_waited_for_and_named(
    printer: FakePrinter, monkeypatch: pytest.MonkeyPatch
) -> None:
    transport = transport_to(printer)
    assert transport.status().ready
    printer.free.clear()
    for _ in range(3):
        with transport.kept():
            health = transport.status()
        assert (health.ready, health.error) == (False, "busy with another computer's print")
    printer.free.set()
    with transport.kept():
        assert transport.status().ready
        assert isinstance(transport.print(JOBS["ticket"]), Printed)
    # All that time it stood in line: it has asked and printed on one connection.
    assert printer.connections == 2
    assert printer.paper.count(JOBS["ticket"]) == 1
    transport.close()


def test_a_printer_that_is_busy_for_too_long_is_called_out(
    printer: FakePrinter, monkeypatch: pytest.MonkeyPatch
) -> None:
    transport = transport_to(printer)
    assert transport.status().ready
    printer.free.clear()
    monkeypatch.setattr(dialogue, "BUSY_SECONDS", 0.0)
    assert transport.status().error == "not responding – switch it off and on"


def test_a_printer_that_refuses_a_second_computer_is_busy(printer: FakePrinter) -> None:
    printer.holds_alone, printer.holds = True, 60.0
    transport = transport_to(printer)
    assert transport.status().ready
    assert transport.status().error == "busy with another computer's print"


def test_a_clone_behind_another_computers_print_gets_no_copy(printer: FakePrinter) -> None:
    printer.silent = True
    printer.free.clear()
    transport = transport_to(printer)
    outcome = transport.print(JOBS["receipt"])
    assert isinstance(outcome, Printed)
    printer.free.set()
    assert printer.wait_for_paper(JOBS["receipt"])
    assert printer.paper.count(JOBS["receipt"]) == 1


def test_bytes_that_nobody_acknowledges_are_not_taken(printer: FakePrinter) -> None:
    """The control of all the above: a printer whose small memory is full takes no more."""
    printer.keeps_little()
    printer.stalled = True
    transport = transport_to(
        printer, Manners(answers=False), deadlines=replace(DEADLINES, taken=0.3, bytes_per_s=1e9)
    )
    outcome = transport.print(b"\x1b@" + b"x" * 60_000)
    assert isinstance(outcome, NotPrinted)
    assert outcome.maybe_printed


# --- questions ----------------------------------------------------------------------------------


def test_a_clone_that_prints_questions_is_asked_a_few_times_and_then_left_alone(
    printer: FakePrinter,
) -> None:
    printer.silent = printer.prints_questions = True
    now = [0.0]
    transport = transport_to(printer, Manners(clock=lambda: now[0]))
    for _ in range(50):
        assert transport.status().ready
        now[0] += manners.SILENCE_SECONDS / 4
    assert isinstance(transport.print(JOBS["ticket"]), Printed)
    assert printer.wait_for_paper(JOBS["ticket"])
    assert printer.paper.count(b"\x10\x04") == SILENCES


def test_a_printer_said_never_to_answer_is_never_asked(printer: FakePrinter) -> None:
    printer.silent = printer.prints_questions = True
    transport = transport_to(printer, Manners(answers=False))
    transport.status()
    transport.print(JOBS["ticket"])
    assert printer.wait_for_paper(JOBS["ticket"])
    assert printer.paper == JOBS["ticket"]


def test_another_computers_long_print_is_not_taken_for_silence(printer: FakePrinter) -> None:
    printer.free.clear()
    known = Manners()
    transport = transport_to(printer, known)
    for _ in range(10):
        transport.status()
    assert known.answers is None
    printer.free.set()


# --- another device at the address ----------------------------------------------------------------


def memory_after(folder: Path, printer: FakePrinter, answers: bool | None = None) -> Manners:
    return Memory(folder).of("lobby", printer.url, PROFILE, answers)


def test_another_device_at_the_address_swallows_nothing_after_a_restart(
    printer: FakePrinter, tmp_path: Path
) -> None:
    assert transport_to(printer, memory_after(tmp_path, printer)).status().ready
    printer.other_device = True
    restarted = transport_to(printer, memory_after(tmp_path, printer))
    assert not restarted.status().ready
    outcome = restarted.print(JOBS["ticket"])
    assert isinstance(outcome, NotPrinted)
    assert not outcome.maybe_printed
    assert printer.paper == b""


def test_without_memory_the_other_device_swallows_the_ticket(printer: FakePrinter) -> None:
    """The control: what the memory is for."""
    printer.silent = printer.other_device = True
    assert isinstance(transport_to(printer, Manners(answers=False)).print(JOBS["ticket"]), Printed)
    assert printer.paper == b""


# --- time -----------------------------------------------------------------------------------------

PICTURE = b"\x1b@" + b"\x1dv0\x00" + bytes((48, 0)) + (2400).to_bytes(2, "little")
PICTURE += b"\xff" * 48 * 2400


def test_a_roll_that_ends_within_a_picture_is_not_counted_as_printed(
    printer: FakePrinter,
) -> None:
    """300 mm of picture without one line end, out of a buffer that takes all of it at once."""
    printer.mm_per_s, printer.mm_left = 1000.0, 200.0
    transport = transport_to(printer, delivery=replace(QUICK, speed_mm_per_s=1000.0))
    outcome = transport.print(PICTURE)
    assert isinstance(outcome, NotPrinted)
    assert outcome.maybe_printed


@pytest.mark.parametrize("size", [2_700, 58_000])
def test_a_job_gets_the_time_that_a_line_of_9600_baud_needs(size: int) -> None:
    delivery = Delivery()
    job = b"\xff" * size
    assert delivery.allowance(job) > size / 960
    assert delivery.patience(job) > size / 960


# --- letters --------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", JOBS)
def test_a_clone_that_wakes_up_in_chinese_mode_eats_no_letters(
    printer: FakePrinter, kind: str
) -> None:
    assert isinstance(transport_to(printer).print(JOBS[kind]), Printed)
    assert ZURICH.encode("cp437") in printer.letters


def test_without_the_command_it_eats_them(printer: FakePrinter) -> None:
    """The control."""
    printer.paper = JOBS["ticket"].replace(b"\x1c.", b"")
    assert ZURICH.encode("cp437") not in printer.letters
