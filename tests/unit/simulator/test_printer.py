"""The printer behind the stream: status, switches, buffer and faults."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from appliance.peripherals.simulator.printer import RECEIVE_BUFFER, Fault, SimulatedPrinter
from appliance.peripherals.simulator.status import Switch

CUT = b"\x1dV\x00"
LONG = 240.0  # seconds: more than any test takes


class Changes:
    """Counts calls and lets a test wait for one."""

    def __init__(self) -> None:
        self.count = 0
        self.happened = threading.Event()

    def __call__(self) -> None:
        self.count += 1
        self.happened.set()


@pytest.fixture
def changes() -> Changes:
    return Changes()


@pytest.fixture
def printer(changes: Changes) -> SimulatedPrinter:
    return SimulatedPrinter("lobby", ("ticket",), changes, write_timeout=0)


def ask(printer: SimulatedPrinter, number: int) -> int:
    printer.write(b"\x10\x04" + bytes([number]))
    [status] = printer.read(1, 0)
    return status


def only_paper(printer: SimulatedPrinter) -> Any:
    [paper] = printer.papers()
    return paper


def texts(printer: SimulatedPrinter) -> list[str]:
    papers: list[Any] = printer.papers()
    return [
        span["text"]
        for paper in papers
        for element in paper["elements"]
        if element["type"] == "text"
        for span in element["spans"]
    ]


class TestStatus:
    @pytest.mark.parametrize(
        ("switches", "answers"),
        [
            ((), (0x16, 0x12, 0x12, 0x12)),
            ((Switch.PAPER_LOW,), (0x16, 0x12, 0x12, 0x1E)),
            ((Switch.PAPER_OUT,), (0x1E, 0x32, 0x12, 0x7E)),
            ((Switch.COVER_OPEN,), (0x1E, 0x16, 0x12, 0x12)),
            ((Switch.COVER_OPEN, Switch.PAPER_OUT), (0x1E, 0x36, 0x12, 0x7E)),
        ],
    )
    def test_bits(
        self, printer: SimulatedPrinter, switches: tuple[Switch, ...], answers: tuple[int, ...]
    ) -> None:
        for switch in switches:
            printer.switch(switch, on=True)
        assert tuple(ask(printer, number) for number in (1, 2, 3, 4)) == answers

    def test_unknown_questions_get_no_answer(self, printer: SimulatedPrinter) -> None:
        printer.write(b"\x10\x04\x05\x10\x04\x07\x01\x10\x05\x01")
        assert printer.read(10, 0) == b""

    def test_it_is_asked_in_the_middle_of_a_job(self, printer: SimulatedPrinter) -> None:
        printer.write(b"be\x10\x04\x01fore\n")
        assert printer.read(10, 0) == b"\x16"
        assert "".join(texts(printer)) == "before"

    @pytest.mark.parametrize(
        "job",
        [
            b"\x1dv0\x00\x03\x00\x02\x00" + b"\x10\x04\x01" * 2,
            b"\x1d(k\x06\x001P0\x10\x04\x01" + b"\x1d(k\x03\x001Q0",
            b"\x1d(L\x0d\x00\x30\x70\x30\x01\x01\x31\x18\x00\x01\x00\x10\x04\x01",
            b"\x1b*\x01\x03\x00\x10\x04\x01\n",
            b"\x1dkI\x03\x10\x04\x01",
            b"\x1d!\x10\x1b3\x10\x1bd\x10",
        ],
    )
    def test_the_same_bytes_in_a_picture_are_no_question(
        self, printer: SimulatedPrinter, job: bytes
    ) -> None:
        for byte in job:
            printer.write(bytes([byte]))
        assert printer.read(10, 0) == b""
        assert ask(printer, 1) == 0x16

    def test_answers_in_turn_come_only_when_all_before_is_printed(
        self, printer: SimulatedPrinter
    ) -> None:
        printer.switch(Switch.COVER_OPEN, on=True)
        printer.write(b"job\n\x1d(H\x06\x0000ABCD" + b"\x1dr\x01")
        assert printer.read(20, 0) == b""
        printer.switch(Switch.COVER_OPEN, on=False)
        assert printer.read(20, 0) == b"\x37\x22ABCD\x00" + b"\x00"

    def test_it_says_who_it_is(self, printer: SimulatedPrinter) -> None:
        printer.write(b"\x1dI\x42\x1dI\x01\x1dI\x63\x1dr2")
        assert printer.read(100, 0) == b"_Simulated\x00" + b"\x20" + b"\x01"

    def test_reading_takes_no_more_than_asked_for(self, printer: SimulatedPrinter) -> None:
        printer.write(b"\x10\x04\x01\x10\x04\x02")
        assert [printer.read(1, 0), printer.read(5, 0), printer.read(1, 0)] == [
            b"\x16",
            b"\x12",
            b"",
        ]

    def test_reading_waits_for_an_answer(self, printer: SimulatedPrinter) -> None:
        answers: list[bytes] = []
        reader = threading.Thread(target=lambda: answers.append(printer.read(1, LONG)))
        reader.start()
        printer.write(b"\x10\x04\x04")
        reader.join(LONG)
        assert answers == [b"\x12"]


class TestSwitches:
    @pytest.mark.parametrize("switch", [Switch.PAPER_OUT, Switch.COVER_OPEN])
    def test_offline_it_prints_nothing_until_it_is_ready(
        self, printer: SimulatedPrinter, switch: Switch
    ) -> None:
        printer.switch(switch, on=True)
        printer.write(b"late\n" + CUT)
        assert printer.papers() == []
        printer.switch(switch, on=False)
        assert texts(printer) == ["late"]

    def test_paper_low_stops_nothing(self, printer: SimulatedPrinter) -> None:
        printer.switch(Switch.PAPER_LOW, on=True)
        printer.write(b"\x1dr\x01still prints\n")
        assert texts(printer) == ["still prints"]
        assert printer.read(1, 0) == b"\x03"

    def test_out_of_paper_in_the_middle_of_a_job(self, printer: SimulatedPrinter) -> None:
        printer.switch_after(4, Switch.PAPER_OUT)
        printer.write(b"one\ntwo\n" + CUT)
        assert texts(printer) == ["one"]
        assert ask(printer, 4) & 0x60
        printer.switch(Switch.PAPER_OUT, on=False)
        assert texts(printer) == ["one", "two"]

    def test_its_buffer_is_small(self, printer: SimulatedPrinter) -> None:
        printer.switch(Switch.PAPER_OUT, on=True)
        printer.write(b"x" * (RECEIVE_BUFFER - 1) + b"\n")
        with pytest.raises(TimeoutError, match="takes no more data"):
            printer.write(b"more")
        assert ask(printer, 2) == 0x32, "a full buffer does not stop real-time answers"
        printer.switch(Switch.PAPER_OUT, on=False)
        assert len("".join(texts(printer))) == RECEIVE_BUFFER - 1

    def test_a_full_buffer_makes_the_writer_wait(self, changes: Changes) -> None:
        printer = SimulatedPrinter("lobby", (), changes, write_timeout=LONG)
        printer.switch(Switch.COVER_OPEN, on=True)
        job = b"a line of text\n" * 400
        assert len(job) > RECEIVE_BUFFER
        writer = threading.Thread(target=printer.write, args=(job,))
        writer.start()
        printer.switch(Switch.COVER_OPEN, on=False)
        writer.join(LONG)
        assert not writer.is_alive()
        assert len(texts(printer)) == 400

    def test_after_a_stalled_job_the_next_one_is_understood(
        self, printer: SimulatedPrinter
    ) -> None:
        printer.switch(Switch.COVER_OPEN, on=True)
        with pytest.raises(TimeoutError):
            printer.write(b"\x1dv0\x00\x48\x00\x80\x00" + bytes(72 * 128))
        assert ask(printer, 2) == 0x16
        printer.switch(Switch.COVER_OPEN, on=False)
        printer.write(b"\x1b@next\n")
        assert texts(printer) == ["next"]

    def test_unplugged_it_cannot_be_reached(self, printer: SimulatedPrinter) -> None:
        printer.switch(Switch.UNPLUGGED, on=True)
        with pytest.raises(ConnectionError, match=r'"lobby" is not connected. Check its cable.'):
            printer.write(b"x")
        with pytest.raises(ConnectionError):
            printer.read(1, LONG)

    def test_unplugging_ends_a_waiting_read(self, printer: SimulatedPrinter) -> None:
        errors: list[Exception] = []

        def read() -> None:
            try:
                printer.read(1, LONG)
            except ConnectionError as error:
                errors.append(error)

        reader = threading.Thread(target=read)
        reader.start()
        printer.switch(Switch.UNPLUGGED, on=True)
        reader.join(LONG)
        assert len(errors) == 1

    def test_unplugging_loses_what_is_not_printed_and_all_settings(
        self, printer: SimulatedPrinter
    ) -> None:
        printer.write(b"\x1d!\x11\x10\x04\x01half a line")
        printer.switch(Switch.COVER_OPEN, on=True)
        printer.write(b"waiting\n\x1dv0\x00\x01\x00")
        printer.switch(Switch.UNPLUGGED, on=True)
        printer.switch(Switch.COVER_OPEN, on=False)
        printer.switch(Switch.UNPLUGGED, on=False)
        assert printer.read(1, 0) == b""
        printer.write(b"new\n")
        paper = only_paper(printer)
        [line] = paper["elements"]
        assert [(span["text"], span["width"]) for span in line["spans"]] == [("new", 1)]

    def test_dying_after_some_bytes(self, printer: SimulatedPrinter) -> None:
        printer.switch_after(4, Switch.UNPLUGGED)
        with pytest.raises(ConnectionError):
            printer.write(b"one\ntwo\n")
        assert texts(printer) == ["one"]


class TestRealTimeCommands:
    def test_the_drawer_opens_although_the_cover_is_open(self, printer: SimulatedPrinter) -> None:
        printer.switch(Switch.COVER_OPEN, on=True)
        printer.write(b"\x10\x14\x01\x00\x01")
        paper = only_paper(printer)
        assert paper["elements"] == [{"type": "drawer", "pin": 2}]

    def test_buffers_are_cleared(self, printer: SimulatedPrinter) -> None:
        printer.switch(Switch.PAPER_OUT, on=True)
        printer.write(b"forget this\n\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08")
        assert printer.read(10, 0) == b"\x37\x25\x00"
        printer.switch(Switch.PAPER_OUT, on=False)
        assert printer.papers() == []


class TestFaults:
    def test_silent(self, printer: SimulatedPrinter) -> None:
        printer.switch(Fault.SILENT, on=True)
        printer.write(b"x\n\x10\x04\x01")
        assert printer.read(1, 0) == b""
        assert texts(printer) == ["x"]

    def test_stalled(self, printer: SimulatedPrinter) -> None:
        printer.switch(Fault.STALLED, on=True)
        with pytest.raises(TimeoutError):
            printer.write(b"\x10\x04\x01")

    def test_a_stale_byte_comes_first(self, printer: SimulatedPrinter) -> None:
        printer.inject_answer(b"\x12")
        printer.switch(Switch.PAPER_OUT, on=True)
        printer.write(b"\x10\x04\x04")
        assert printer.read(2, 0) == b"\x12\x7e"


class TestPage:
    def test_it_tells_its_page_everything(self, printer: SimulatedPrinter) -> None:
        printer.switch(Switch.PAPER_LOW, on=True)
        printer.write(b"x\n" + CUT)
        told: Any = printer.as_json()
        assert (told["name"], told["roles"]) == ("lobby", ["ticket"])
        assert told["switches"] == {
            "paper_out": False,
            "paper_low": True,
            "cover_open": False,
            "unplugged": False,
        }
        assert [(paper["id"], paper["complete"]) for paper in told["papers"]] == [(1, True)]

    def test_changes_are_announced_and_questions_are_not(
        self, printer: SimulatedPrinter, changes: Changes
    ) -> None:
        printer.write(b"\x10\x04\x01 not yet a line")
        assert changes.count == 0
        printer.write(b"\n")
        assert changes.count == 1
        printer.switch(Switch.PAPER_OUT, on=True)
        printer.clear_paper()
        assert changes.count == 3

    def test_a_change_that_ends_in_an_error_is_announced(
        self, printer: SimulatedPrinter, changes: Changes
    ) -> None:
        printer.switch_after(1, Switch.UNPLUGGED)
        with pytest.raises(ConnectionError):
            printer.write(b"xy")
        assert changes.count == 1

    def test_paper_thrown_away_does_not_come_back(self, printer: SimulatedPrinter) -> None:
        printer.write(b"old\n" + CUT + b"begun\n")
        printer.clear_paper()
        printer.write(b"new\n" + CUT)
        paper = only_paper(printer)
        assert paper["id"] == 3
        assert texts(printer) == ["new"]

    def test_waiting_for_paper(self, printer: SimulatedPrinter) -> None:
        printer.write(b"1\n" + CUT)
        assert not printer.wait_for_papers(2, 0)
        writer = threading.Thread(target=printer.write, args=(b"2\n" + CUT,))
        writer.start()
        assert printer.wait_for_papers(2, LONG)
        writer.join(LONG)

    def test_many_threads(self, changes: Changes) -> None:
        printer = SimulatedPrinter("lobby", (), changes, write_timeout=LONG)
        start = threading.Barrier(4)

        def flip() -> None:
            start.wait(LONG)
            for on in [True, False] * 25:
                printer.switch(Switch.COVER_OPEN, on=on)
                printer.papers()

        def write() -> None:
            start.wait(LONG)
            for _ in range(50):
                printer.write(b"line\n")

        threads = [threading.Thread(target=target) for target in (write, write, flip, flip)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(LONG)
        printer.switch(Switch.COVER_OPEN, on=False)
        assert texts(printer) == ["line"] * 100
