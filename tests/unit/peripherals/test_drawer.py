"""The drawer opens at once, with and without paper, and never twice or late."""

from __future__ import annotations

from typing import Any

import pytest

from appliance.peripherals.printing import drawer
from appliance.peripherals.printing.status import Health, unreachable
from appliance.peripherals.printing.transports.simulator import SimulatorTransport
from appliance.peripherals.simulator.printer import SimulatedPrinter
from appliance.peripherals.simulator.status import Switch
from appliance.protocol import Paper


def simulated() -> SimulatedPrinter:
    return SimulatedPrinter("desk", ["receipt"], lambda: None)


def kicks(printer: SimulatedPrinter) -> list[int]:
    papers: list[Any] = printer.papers()
    elements = [element for paper in papers for element in paper["elements"]]
    return [element["pin"] for element in elements if element["type"] == "drawer"]


@pytest.mark.parametrize("pin", [2, 5])
@pytest.mark.parametrize("trouble", [None, Switch.PAPER_OUT, Switch.COVER_OPEN])
def test_the_drawer_opens_at_once_whatever_the_paper(pin: int, trouble: Switch | None) -> None:
    printer = simulated()
    if trouble:
        printer.switch(trouble, on=True)
    assert SimulatorTransport(printer).open_drawer(pin) is None
    assert kicks(printer) == [pin]
    if trouble:
        printer.switch(trouble, on=False)
    assert kicks(printer) == [pin], "it springs open again when the roll is back"


def test_the_plain_command_would_wait_for_paper() -> None:
    """The control: what a ready printer gets opens nothing without paper, but later."""
    printer = simulated()
    printer.switch(Switch.PAPER_OUT, on=True)
    printer.write(drawer.pulse(2, Health(online=True, paper=Paper.OK)))
    assert kicks(printer) == []
    printer.switch(Switch.PAPER_OUT, on=False)
    assert kicks(printer) == [2]


def test_a_printer_without_a_cable_keeps_the_drawer_shut_and_says_why() -> None:
    printer = simulated()
    printer.switch(Switch.UNPLUGGED, on=True)
    assert SimulatorTransport(printer).open_drawer(2)
    printer.switch(Switch.UNPLUGGED, on=False)
    assert kicks(printer) == []


@pytest.mark.parametrize(
    ("health", "command"),
    [
        (Health(online=True, paper=Paper.OK), b"\x1bp"),
        (Health(online=True, paper=Paper.UNKNOWN, answers=False), b"\x1bp"),
        (Health(online=True, paper=Paper.OUT), b"\x10\x14\x01"),
        (unreachable("cover"), b"\x10\x14\x01"),
    ],
)
def test_each_printer_gets_the_command_that_it_obeys_now(health: Health, command: bytes) -> None:
    assert drawer.pulse(2, health).startswith(command)
