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
from appliance.peripherals.printing.delivery import (
    PRINT_SPEED_MM_PER_S,
    UNKNOWN_SPEED_MM_PER_S,
    Delivery,
)
from appliance.peripherals.printing.manners import Memory
from appliance.peripherals.printing.profiles import is_generic
from appliance.peripherals.printing.render import render
from appliance.peripherals.printing.status import Stream
from appliance.peripherals.printing.transports.base import Transport
from appliance.peripherals.printing.transports.simulator import SimulatorTransport
from appliance.peripherals.printing.transports.tcp import TcpTransport
from appliance.peripherals.printing.transports.usb import UsbTransport
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


def make_transport(
    printer: PrinterConfig, simulated: Mapping[str, Stream], memory: Memory | None = None
) -> Transport:
    """The way to a printer. A new kind of connection is one more case here."""
    manners = (memory or Memory()).of(
        printer.name, printer.connection, printer.profile, answers_status(printer)
    )
    match parse_connection(printer.connection):
        case TcpConnection() as connection:
            return TcpTransport(connection, manners=manners, delivery=make_delivery(printer))
        case UsbConnection(device):
            return UsbTransport(device, manners=manners, delivery=make_delivery(printer))
        case SimulatorConnection(name):
            return SimulatorTransport(simulated[name])


def answers_status(printer: PrinterConfig) -> bool | None:
    """Whether a printer answers status questions; None where that is to be learned.

    A model that Epson lists does. Silent, it is in trouble, or another device has its address.
    """
    if printer.answers_status is None and printer.profile in process_ids.MODELS:
        return True
    return printer.answers_status


def make_delivery(printer: PrinterConfig) -> Delivery:
    """How a printer's model is talked to."""
    marks = printer.process_ids
    speed = printer.speed_mm_per_s
    if speed is None:
        speed = UNKNOWN_SPEED_MM_PER_S if is_generic(printer.profile) else PRINT_SPEED_MM_PER_S
    return Delivery(
        speed_mm_per_s=speed,
        process_ids=printer.profile in process_ids.MODELS if marks is None else marks,
    )


def make_render(printer: PrinterConfig) -> Render:
    """The renderer for a printer's model and paper."""
    return partial(
        render,
        profile=printer.profile,
        paper_width_mm=printer.paper_width_mm,
        cash_drawer=printer.cash_drawer,
        cash_drawer_pin=printer.cash_drawer_pin,
    )
