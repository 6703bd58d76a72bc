"""From a printer's entry in the settings to a thread that serves it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from appliance.peripherals.config import (
    PrinterConfig,
    SimulatorConnection,
    TcpConnection,
    UsbConnection,
    parse_connection,
)
from appliance.peripherals.printing import process_ids
from appliance.peripherals.printing.delivery import Delivery
from appliance.peripherals.printing.render import render
from appliance.peripherals.printing.status import Stream
from appliance.peripherals.printing.transports.base import Transport
from appliance.peripherals.printing.transports.simulator import SimulatorTransport
from appliance.peripherals.printing.transports.tcp import TcpTransport
from appliance.peripherals.printing.transports.usb import UsbTransport
from appliance.peripherals.printing.worker import PrinterWorker, Render, Server


def make_worker(
    printer: PrinterConfig, server: Server, simulated: Mapping[str, Stream]
) -> PrinterWorker:
    """Put a printer's parts together.

    Args:
        printer: Its entry.
        server: The connection to the server.
        simulated: The simulator's printers by name.
    """
    return PrinterWorker(printer, make_transport(printer, simulated), make_render(printer), server)


def make_transport(printer: PrinterConfig, simulated: Mapping[str, Stream]) -> Transport:
    """The way to a printer. A new kind of connection is one more case here."""
    match parse_connection(printer.connection):
        case TcpConnection() as connection:
            return TcpTransport(
                connection, answers_status=printer.answers_status, delivery=make_delivery(printer)
            )
        case UsbConnection(device):
            return UsbTransport(
                device, answers_status=printer.answers_status, delivery=make_delivery(printer)
            )
        case SimulatorConnection(name):
            return SimulatorTransport(simulated[name])


def make_delivery(printer: PrinterConfig) -> Delivery:
    """How a printer's model is talked to."""
    marks = printer.process_ids
    return Delivery(
        speed_mm_per_s=printer.speed_mm_per_s,
        process_ids=printer.profile in process_ids.MODELS if marks is None else marks,
    )


def make_render(printer: PrinterConfig) -> Render:
    """The renderer for a printer's model and paper."""
    return partial(
        render,
        profile=printer.profile,
        paper_width_mm=printer.paper_width_mm,
        cash_drawer=printer.cash_drawer,
    )
