"""A page that shows what a printer can do, good for a photo to the technician."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from appliance.peripherals import config as settings
from appliance.peripherals.config import (
    ConfigError,
    PrinterConfig,
    SimulatorConnection,
    parse_connection,
)
from appliance.peripherals.printing.connections import make_transport
from appliance.peripherals.printing.delivery import NotPrinted
from appliance.peripherals.printing.layout import (
    Element,
    OpenDrawer,
    Pair,
    QrCode,
    Rule,
    Space,
    Text,
)
from appliance.peripherals.printing.manners import memory_to_look_at
from appliance.peripherals.printing.profiles import PrinterProfile, profile_for
from appliance.peripherals.printing.render import render_elements

_CHECKS = (
    "The ruler ends at the edge, on one line",
    "Letters on the code page line are right",
    "The picture line is sharp, Arabic reads from the right",
    "A phone reads the QR code",
    "The paper is cut after this page",
)
_DRAWER_CHECK = "The cash drawer has opened"


class NotPrintedError(Exception):
    """The page is not on paper; the message says why."""


def print_test_page(config_path: Path, name: str) -> str:
    """Print a test page.

    Args:
        config_path: `peripherals.toml`.
        name: The printer's name in it.

    Returns:
        What became of it, in a sentence.

    Raises:
        ConfigError: The configuration cannot be used, or has no such printer.
        NotPrintedError: The printer did not print.
    """
    config = settings.load(config_path)
    printer = next((one for one in config.printers if one.name == name), None)
    if printer is None:
        names = ", ".join(one.name for one in config.printers) or "none"
        raise ConfigError(f"{config_path} has no printer {name!r}; it has: {names}.")
    if isinstance(parse_connection(printer.connection), SimulatorConnection):
        raise ConfigError(f"printer {name} is simulated: look at it on /simulator.")
    model = profile_for(printer.profile, printer.paper_width_mm)
    page = elements(printer, model, datetime.now().astimezone())
    outcome = make_transport(printer, {}, memory_to_look_at()).print(
        render_elements(
            page, model, cash_drawer=printer.cash_drawer, cash_drawer_pin=printer.cash_drawer_pin
        )
    )
    if isinstance(outcome, NotPrinted):
        raise NotPrintedError(f"printer {name}: {outcome.reason}")
    if outcome.confirmed:
        return f"Printer {name} confirms that the page was printed. Tick its list and take a photo."
    return (
        f"Printer {name} took the page but cannot confirm it was printed. Check it, tick "
        "its list and take a photo."
    )


def elements(printer: PrinterConfig, model: PrinterProfile, at: datetime) -> Iterator[Element]:
    """What the page is made of.

    Args:
        printer: Its entry in the settings.
        model: What is known of it.
        at: The moment, aware.
    """
    yield Text(" TEST PAGE ", size=2, align="center", bold=True, inverse=True)
    yield Space()
    yield Pair("Printer", printer.name)
    yield Pair("Roles", ", ".join(str(role) for role in printer.roles))
    yield Pair("Profile", printer.profile)
    yield Pair("Paper", f"{model.columns} columns, {model.dots} dots")
    yield Pair("Printed", f"{at:%Y-%m-%d %H:%M %z}")
    yield Text(printer.connection)
    yield Rule()
    yield Text("".join(str(n % 10) for n in range(1, model.columns + 1)))
    yield Rule()
    yield Text("0042", size=None, align="center", bold=True)
    for size in (1, 2, 3):
        yield Text(f"Size {size}", size=size)
    yield Text("Bold", bold=True)
    yield Pair("Left", "right")
    yield Rule()
    # Adjacent, too: a printer in Chinese mode takes two for one and eats them.
    yield Text("Code page: é è ñ ü ö ß ø å ç € Zürich éèñüöß")
    yield Text("Picture: ₱ 日本 العربية")
    yield Rule()
    yield QrCode(f"Lobby Appliance test page, printer {printer.name}, {at:%Y-%m-%d %H:%M}")
    yield Rule()
    if printer.cash_drawer:
        yield Text("The cash drawer opens with this page, and else with receipts paid in cash.")
    else:
        yield Text("No cash drawer: cash_drawer = false.")
    yield OpenDrawer()
    yield Space()
    for check in (*_CHECKS, *([_DRAWER_CHECK] if printer.cash_drawer else [])):
        yield Text(f"[ ] {check}")
