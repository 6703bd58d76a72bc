"""From a printer's entry in the settings to a thread that serves it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from appliance.peripherals.config import PrinterConfig
from appliance.peripherals.printing.connections import make_transport
from appliance.peripherals.printing.manners import Memory
from appliance.peripherals.printing.render import render
from appliance.peripherals.printing.status import Stream
from appliance.peripherals.printing.worker import PrinterWorker, Render, Server


def make_worker(
    printer: PrinterConfig,
    server: Server,
    simulated: Mapping[str, Stream],
    memory: Memory | None = None,
) -> PrinterWorker:
    """Put a printer's parts together.

    Args:
        printer: Its entry.
        server: The connection to the server.
        simulated: The simulator's printers by name.
        memory: What printers have shown before.
    """
    transport = make_transport(printer, simulated, memory)
    return PrinterWorker(printer, transport, make_render(printer), server)


def make_render(printer: PrinterConfig) -> Render:
    """The renderer for a printer's model and paper."""
    return partial(
        render,
        profile=printer.profile,
        paper_width_mm=printer.paper_width_mm,
        cash_drawer=printer.cash_drawer,
        cash_drawer_pin=printer.cash_drawer_pin,
    )
