"""One contract for every way to a printer: each rig is a transport with a printer behind it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import pytest

from appliance.peripherals.config import TcpConnection
from appliance.peripherals.printing.delivery import Delivery, NotPrinted, Printed
from appliance.peripherals.printing.documents import parse_job
from appliance.peripherals.printing.render import render
from appliance.peripherals.printing.status import Timing
from appliance.peripherals.printing.transports.base import Transport
from appliance.peripherals.printing.transports.simulator import SimulatorTransport
from appliance.peripherals.printing.transports.tcp import Deadlines, TcpTransport
from appliance.peripherals.printing.transports.usb import UsbDeadlines, UsbTransport
from appliance.peripherals.simulator.printer import Fault, SimulatedPrinter
from appliance.peripherals.simulator.status import Switch
from appliance.protocol import Paper
from tests.support.documents import ticket_job
from tests.support.fake_printer import FakePrinter
from tests.support.fake_usb_printer import FakeUsbPrinter

JOB = render(parse_job(ticket_job()), "TM-T20II")
QUICK = Delivery(timing=Timing(answer=0.3, quiet=0.02), speed_mm_per_s=100_000)
_QUESTIONS = 9
"""Bytes of the three status questions before a job, which this printer counts too."""
DEADLINES = Deadlines(connect=1.0, write=0.5, finish=0.5)


class Rig(Protocol):
    """A transport and the hand that plays tricks on its printer."""

    @property
    def transport(self) -> Transport: ...
    def papers(self) -> int: ...
    def paper_out(self, out: bool = True) -> None: ...
    def paper_low(self) -> None: ...
    def cover_open(self) -> None: ...
    def stale(self, data: bytes) -> None: ...
    def silence(self) -> None: ...
    def unplug(self) -> None: ...
    def plug_in(self) -> None: ...
    def die_after(self, count: int) -> None: ...
    def paper_out_after(self, count: int) -> None: ...


class TcpRig:
    def __init__(self, stack: ExitStack, *, marks: bool = False) -> None:
        self._marks = marks
        self.printer = stack.enter_context(FakePrinter())
        self.printer.sends_marks = marks
        self._reachable = TcpConnection("127.0.0.1", self.printer.port)
        self.transport: TcpTransport = self.to(self._reachable)

    def to(self, connection: TcpConnection, answers: bool | None = None) -> TcpTransport:
        delivery = replace(QUICK, process_ids=self._marks)
        return TcpTransport(
            connection, answers_status=answers, delivery=delivery, deadlines=DEADLINES
        )

    def papers(self) -> int:
        return self.printer.paper.count(JOB)

    def paper_out(self, out: bool = True) -> None:
        self.printer.paper_out = out

    def paper_low(self) -> None:
        self.printer.paper_low = True

    def cover_open(self) -> None:
        self.printer.cover_open = True

    def stale(self, data: bytes) -> None:
        self.printer.stale = data

    def silence(self) -> None:
        self.printer.silent = True

    def unplug(self) -> None:
        self.printer.refusing.set()

    def plug_in(self) -> None:
        self.printer.refusing.clear()

    def die_after(self, count: int) -> None:
        self.printer.die_after = count

    def paper_out_after(self, count: int) -> None:
        self.printer.paper_out_after = count


class UsbRig(TcpRig):
    """The same printer at the end of a cable."""

    def __init__(self, stack: ExitStack, folder: Path, *, marks: bool = False) -> None:
        self.printer: FakeUsbPrinter = stack.enter_context(FakeUsbPrinter(folder / "lp0"))
        self.printer.sends_marks = marks
        self.port_status: int | None = None
        self.transport: UsbTransport = UsbTransport(
            self.printer.node,
            delivery=replace(QUICK, process_ids=marks),
            deadlines=UsbDeadlines(write=0.5),
            read_port_status=lambda _: self.port_status,
        )

    def stale(self, data: bytes) -> None:
        self.printer.say(data)

    def unplug(self) -> None:
        self.printer.unplug()

    def plug_in(self) -> None:
        self.printer.plug_in()


class SimulatorRig:
    def __init__(self) -> None:
        self.printer = SimulatedPrinter("lobby", ["ticket"], lambda: None, write_timeout=0.3)
        self.transport: Transport = SimulatorTransport(self.printer)

    def papers(self) -> int:
        return sum(bool(paper["complete"]) for paper in self.printer.papers())

    def paper_out(self, out: bool = True) -> None:
        self.printer.switch(Switch.PAPER_OUT, on=out)

    def paper_low(self) -> None:
        self.printer.switch(Switch.PAPER_LOW, on=True)

    def cover_open(self) -> None:
        self.printer.switch(Switch.COVER_OPEN, on=True)

    def stale(self, data: bytes) -> None:
        self.printer.inject_answer(data)

    def silence(self) -> None:
        self.printer.switch(Fault.SILENT, on=True)

    def unplug(self) -> None:
        self.printer.switch(Switch.UNPLUGGED, on=True)

    def plug_in(self) -> None:
        self.printer.switch(Switch.UNPLUGGED, on=False)

    def die_after(self, count: int) -> None:
        self.printer.switch_after(count + _QUESTIONS, Switch.UNPLUGGED)

    def paper_out_after(self, count: int) -> None:
        self.printer.switch_after(count + _QUESTIONS, Switch.PAPER_OUT)


@pytest.fixture(params=["tcp", "tcp that sends marks", "usb", "usb that sends marks", "simulator"])
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rig]:
    kind, marks = request.param.split()[0], "marks" in request.param
    with ExitStack() as stack:
        match kind:
            case "tcp":
                yield TcpRig(stack, marks=marks)
            case "usb":
                yield UsbRig(stack, tmp_path, marks=marks)
            case _:
                yield SimulatorRig()


def test_a_healthy_printer_is_ready(rig: Rig) -> None:
    health = rig.transport.status()
    assert health.ready
    assert (health.online, health.paper, health.cover_open) == (True, Paper.OK, False)
    assert health.error is None


def test_a_job_comes_out_once_and_is_confirmed(rig: Rig) -> None:
    outcome = rig.transport.print(JOB)
    assert isinstance(outcome, Printed)
    assert outcome.confirmed
    assert rig.papers() == 1


def test_jobs_one_after_the_other(rig: Rig) -> None:
    for _ in range(5):
        assert isinstance(rig.transport.print(JOB), Printed)
    assert rig.papers() == 5


def test_low_paper_is_told_and_still_prints(rig: Rig) -> None:
    rig.paper_low()
    assert rig.transport.status().paper is Paper.LOW
    assert isinstance(rig.transport.print(JOB), Printed)


def test_without_paper_nothing_is_sent(rig: Rig) -> None:
    rig.paper_out()
    assert not rig.transport.status().ready
    outcome = rig.transport.print(JOB)
    assert isinstance(outcome, NotPrinted)
    assert not outcome.maybe_printed
    assert outcome.health.paper is Paper.OUT
    assert outcome.reason == "out of paper"
    rig.paper_out(False)
    assert isinstance(rig.transport.print(JOB), Printed)
    assert rig.papers() == 1


def test_with_an_open_cover_nothing_is_sent(rig: Rig) -> None:
    rig.cover_open()
    outcome = rig.transport.print(JOB)
    assert isinstance(outcome, NotPrinted)
    assert not outcome.maybe_printed
    assert outcome.health.cover_open
    assert outcome.health.online
    assert outcome.reason == "cover is open"
    assert rig.papers() == 0


@pytest.mark.parametrize("count", [1, 3, 7, 400])
def test_old_answers_are_never_taken_for_new_ones(rig: Rig, count: int) -> None:
    rig.paper_out()
    rig.stale(b"\x12" * count)
    assert rig.transport.status().paper is Paper.OUT
    rig.stale(b"\x12" * count)
    assert isinstance(rig.transport.print(JOB), NotPrinted)


def test_an_old_complaint_does_not_stop_a_healthy_printer(rig: Rig) -> None:
    rig.stale(b"\x72\x1a\x32")
    assert rig.transport.status().ready


def test_running_out_of_paper_in_the_middle_is_not_printed(rig: Rig) -> None:
    rig.paper_out_after(len(JOB) // 2)
    outcome = rig.transport.print(JOB)
    assert isinstance(outcome, NotPrinted)
    assert outcome.maybe_printed
    assert outcome.health.paper is Paper.OUT
    rig.paper_out(False)
    assert isinstance(rig.transport.print(JOB), Printed)
    assert rig.papers() == 1


@pytest.mark.parametrize("count", [1, len(JOB) // 2, len(JOB) - 1])
def test_a_printer_that_dies_in_the_middle_may_have_printed(rig: Rig, count: int) -> None:
    rig.die_after(count)
    outcome = rig.transport.print(JOB)
    assert isinstance(outcome, NotPrinted)
    assert outcome.maybe_printed
    assert not outcome.health.online


def test_a_printer_that_is_gone_is_offline_and_comes_back(rig: Rig) -> None:
    rig.unplug()
    health = rig.transport.status()
    assert not health.online
    assert health.error
    outcome = rig.transport.print(JOB)
    assert isinstance(outcome, NotPrinted)
    assert not outcome.maybe_printed
    rig.plug_in()
    assert rig.transport.status().ready
    assert isinstance(rig.transport.print(JOB), Printed)


def test_a_printer_that_has_answered_and_is_silent_now_gets_no_job(rig: Rig) -> None:
    assert rig.transport.status().ready
    rig.silence()
    assert not rig.transport.status().online
    outcome = rig.transport.print(JOB)
    assert isinstance(outcome, NotPrinted)
    assert not outcome.maybe_printed
    assert rig.papers() == 0


# What only a network printer can do.


@pytest.fixture
def tcp() -> Iterator[TcpRig]:
    with ExitStack() as stack:
        yield TcpRig(stack)


def test_a_model_that_never_answers_is_known_as_such_and_prints_unconfirmed(tcp: TcpRig) -> None:
    tcp.silence()
    health = tcp.transport.status()
    assert (health.online, health.answers, health.paper) == (True, False, Paper.UNKNOWN)
    outcome = tcp.transport.print(JOB)
    assert isinstance(outcome, Printed)
    assert not outcome.confirmed
    assert tcp.papers() == 1


def test_a_silent_printer_that_is_said_to_answer_gets_no_job(tcp: TcpRig) -> None:
    tcp.silence()
    transport = tcp.to(TcpConnection("127.0.0.1", tcp.printer.port), answers=True)
    outcome = transport.print(JOB)
    assert isinstance(outcome, NotPrinted)
    assert not outcome.maybe_printed
    assert tcp.papers() == 0


def test_a_model_said_never_to_answer_is_not_asked(tcp: TcpRig) -> None:
    transport = tcp.to(TcpConnection("127.0.0.1", tcp.printer.port), answers=False)
    outcome = transport.print(JOB)
    assert isinstance(outcome, Printed)
    assert not outcome.confirmed
    assert tcp.printer.asked == 0


def test_a_stalled_printer_that_can_answer_has_not_printed(tcp: TcpRig) -> None:
    """Its socket takes the bytes, so that a write alone looks like success."""
    assert tcp.transport.status().ready
    tcp.printer.stalled = True
    outcome = tcp.transport.print(JOB)
    assert isinstance(outcome, NotPrinted)
    assert not outcome.maybe_printed


def test_a_stalled_printer_that_cannot_answer_has_taken_its_job(tcp: TcpRig) -> None:
    """From outside it is the same as one that prints and holds the line, and that gets no COPY."""
    tcp.printer.stalled = True
    outcome = tcp.transport.print(JOB)
    assert isinstance(outcome, Printed)
    assert not outcome.confirmed


def test_a_large_job_to_a_stalled_printer_ends_at_its_deadline(tcp: TcpRig) -> None:
    tcp.printer.stalled = True
    transport = TcpTransport(
        TcpConnection("127.0.0.1", tcp.printer.port),
        answers_status=False,
        delivery=QUICK,
        # 16 MB fit into no socket buffer.
        deadlines=Deadlines(connect=1, write=0.5, finish=0.5, bytes_per_s=1e9),
    )
    outcome = transport.print(b"\x1b@" + b"x" * 16_000_000)
    assert isinstance(outcome, NotPrinted)
    assert outcome.maybe_printed


def test_nothing_listens(tcp: TcpRig) -> None:
    with ExitStack() as stack:
        port = stack.enter_context(FakePrinter()).port
    transport = tcp.to(TcpConnection("127.0.0.1", port))
    health = transport.status()
    assert not health.online
    assert health.error == "unreachable (Connection refused)"
    assert isinstance(transport.print(JOB), NotPrinted)


def test_a_jam_is_told_in_words(tcp: TcpRig) -> None:
    tcp.printer.jammed = True
    health = tcp.transport.status()
    assert not health.ready
    assert health.error is not None
    assert "jammed paper" in health.error


def test_every_call_has_its_own_connection(tcp: TcpRig) -> None:
    tcp.transport.status()
    tcp.transport.print(JOB)
    tcp.transport.status()
    assert tcp.printer.wait_for_connections(3)
    assert tcp.printer.connections == 3


def test_a_printer_that_goes_away_after_its_word_has_printed(tcp: TcpRig) -> None:
    """The paper is out: another one would be a copy that nobody wants."""

    class Leaving(FakePrinter):
        def _say(self, connection: Any, data: bytes) -> None:
            super()._say(connection, data)
            if data.startswith(b"\x37\x22") and self.paper:
                raise ConnectionResetError

    with Leaving() as printer:
        printer.sends_marks = True
        transport = TcpTransport(
            TcpConnection("127.0.0.1", printer.port),
            delivery=replace(QUICK, process_ids=True),
            deadlines=DEADLINES,
        )
        outcome = transport.print(JOB)
        assert isinstance(outcome, Printed)
        assert not outcome.health.online
        assert printer.paper == JOB


def test_a_printer_that_talks_without_end_is_no_printer(tcp: TcpRig) -> None:
    class Babbling(FakePrinter):
        def _say(self, connection: Any, data: bytes) -> None:
            super()._say(connection, data * 500)

    with Babbling() as printer:
        transport = TcpTransport(
            TcpConnection("127.0.0.1", printer.port), answers_status=True, delivery=QUICK
        )
        assert not transport.status().online
        assert isinstance(transport.print(JOB), NotPrinted)
        assert JOB not in printer.paper
