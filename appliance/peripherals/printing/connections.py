"""From a printer's entry in the settings to the way to it.

Without anything that paper needs: whoever only asks how a printer is does not draw.
"""

from __future__ import annotations

from collections.abc import Mapping

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
from appliance.peripherals.printing.models import is_generic
from appliance.peripherals.printing.status import Stream
from appliance.peripherals.printing.transports.base import Transport
from appliance.peripherals.printing.transports.simulator import SimulatorTransport
from appliance.peripherals.printing.transports.tcp import TcpTransport
from appliance.peripherals.printing.transports.usb import UsbTransport


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
