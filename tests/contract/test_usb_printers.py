"""What only a printer at the end of a cable can do, and the contract on a real one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from appliance.peripherals.printing.delivery import NotPrinted, Printed
from appliance.peripherals.printing.transports.usb import (
    UsbDeadlines,
    UsbTransport,
    interpret_port_status,
    port_status,
)
from appliance.protocol import Paper
from tests.contract.test_printer_transports import JOB, QUICK, UsbRig

REAL = Path(os.environ.get("TEST_USB_PRINTER", "/dev/usb/lp0"))


@pytest.fixture
def usb(tmp_path: Path) -> Iterator[UsbRig]:
    with ExitStack() as stack:
        yield UsbRig(stack, tmp_path)


@pytest.mark.parametrize("already", [None, "a file", "a pipe", "a folder"])
def test_nothing_but_a_device_is_printed_on_and_no_file_is_made(
    tmp_path: Path, already: str | None
) -> None:
    """An unplugged printer must not "print" into a file of its name."""
    path = tmp_path / "lp0"
    if already == "a file":
        path.write_text("kept")
    elif already == "a pipe":
        os.mkfifo(path)  # a pipe without a reader would hang the one who opens it
    elif already == "a folder":
        path.mkdir()
    before = sorted(tmp_path.iterdir())
    transport = UsbTransport(path, delivery=QUICK)
    assert not transport.status().online
    outcome = transport.print(JOB)
    assert isinstance(outcome, NotPrinted)
    assert not outcome.maybe_printed
    assert sorted(tmp_path.iterdir()) == before
    if already is None:
        assert outcome.reason == "not connected – check cable and power"
    if already == "a file":
        assert "not a device" in outcome.reason
        assert path.read_text() == "kept"


def test_a_link_that_udev_made_leads_to_the_printer(usb: UsbRig, tmp_path: Path) -> None:
    link = tmp_path / "printer-lobby"
    link.symlink_to(usb.printer.node)
    assert isinstance(UsbTransport(link, delivery=QUICK).print(JOB), Printed)
    usb.unplug()
    assert not UsbTransport(link, delivery=QUICK).status().online
    assert link.is_symlink()


def test_a_job_to_a_stalled_printer_ends_at_its_deadline(usb: UsbRig) -> None:
    """A blocking write to usblp would wait for ever."""
    usb.printer.stalled = True
    transport = UsbTransport(
        usb.printer.node,
        answers_status=False,
        delivery=QUICK,
        deadlines=UsbDeadlines(write=0.3, bytes_per_s=1e9),
    )
    outcome = transport.print(JOB * 100)
    assert isinstance(outcome, NotPrinted)
    assert outcome.maybe_printed


def test_a_printer_that_cannot_answer_is_known_as_such(usb: UsbRig) -> None:
    usb.silence()
    usb.port_status = 0x18
    health = usb.transport.status()
    assert (health.ready, health.answers, health.paper) == (True, False, Paper.UNKNOWN)
    outcome = usb.transport.print(JOB)
    assert isinstance(outcome, Printed)
    assert not outcome.confirmed
    usb.printer.wait_for_paper(JOB[-8:])
    assert usb.papers() == 1


@pytest.mark.parametrize(
    ("status", "paper", "online"),
    [(0x38, Paper.OUT, True), (0x10, Paper.UNKNOWN, False), (0x08, Paper.UNKNOWN, False)],
)
def test_a_printer_that_cannot_answer_is_believed_through_its_driver(
    usb: UsbRig, status: int, paper: Paper, online: bool
) -> None:
    usb.silence()
    usb.port_status = status
    health = usb.transport.status()
    assert (health.paper, health.online, health.ready) == (paper, online, False)
    outcome = usb.transport.print(JOB)
    assert isinstance(outcome, NotPrinted)
    assert not outcome.maybe_printed
    assert usb.papers() == 0


def test_the_printers_own_answer_counts_more_than_its_drivers(usb: UsbRig) -> None:
    usb.port_status = 0x18
    usb.paper_out()
    assert usb.transport.status().paper is Paper.OUT


def test_a_driver_without_port_status_says_nothing(usb: UsbRig) -> None:
    descriptor = os.open(usb.printer.node, os.O_RDWR | os.O_NONBLOCK | os.O_NOCTTY)
    try:
        assert port_status(descriptor) is None
    finally:
        os.close(descriptor)


def test_a_fine_port_status_proves_nothing() -> None:
    health = interpret_port_status(0x18)
    assert health.ready
    assert not health.answers


@pytest.mark.skipif(
    not REAL.is_char_device(),
    reason=f"{REAL} is no printer: this machine has none, and its kernel cannot pretend to "
    "(usblp, dummy_hcd and a configfs printer function would do; TEST_USB_PRINTER names another)",
)
def test_a_real_printer_node_is_asked_and_printed_on_without_hanging() -> None:
    transport = UsbTransport(REAL)
    health = transport.status()
    outcome = transport.print(b"\x1b@contract test\n\x1dV\x00")
    if health.ready:
        assert isinstance(outcome, Printed)
        assert outcome.confirmed is health.answers
    else:
        assert isinstance(outcome, NotPrinted)
        assert outcome.reason
