"""The daemon's side of the simulator: the same workers and stations on simulated devices."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from appliance.peripherals.client import Answer, NotConnectedError, ServerClient
from appliance.peripherals.config import Config, SimulatorConnection, parse_connection
from appliance.peripherals.printing.status import Stream
from appliance.peripherals.pulse import Pulse
from appliance.peripherals.simulator.printer import SimulatedPrinter
from appliance.peripherals.simulator.station import RoomPins, Simulator
from appliance.protocol import DeviceEvent, LampPattern

log = logging.getLogger(__name__)


class Simulation:
    """The simulator, wired to the daemon's connection.

    Args:
        config: Which printers and rooms there are.
        pins: The mock pin factory that the rooms use.
        client: The connection; before its `start`.
        on_printer_change: Told the name of a printer that somebody has changed.
    """

    def __init__(
        self,
        config: Config,
        pins: Any,
        client: ServerClient,
        on_printer_change: Callable[[str], None],
    ) -> None:
        self._client = client
        self._on_printer_change = on_printer_change
        self._started = False
        self._printers: dict[str, SimulatedPrinter] = {}
        for printer in config.printers:
            connection = parse_connection(printer.connection)
            if isinstance(connection, SimulatorConnection):
                self._printers[connection.name] = SimulatedPrinter(
                    printer.name,
                    [str(role) for role in printer.roles],
                    self._changed(printer.name),
                )
        rooms = {
            room.number: RoomPins(room.button_pin, room.lamp_pin, bool(room.lamp_active_low))
            for room in config.rooms
        }
        self._simulator = Simulator(self._printers, rooms, pins, self._send)
        client.on(DeviceEvent.SIMULATOR_ACTION, self._simulator.handle_action)

    @property
    def streams(self) -> Mapping[str, Stream]:
        """The simulated printers by the NAME in `simulator:NAME`."""
        return self._printers

    @property
    def pulse(self) -> Pulse:
        """The sign of life of the thread that shows everything."""
        return self._simulator.pulse

    def start(self) -> None:
        """Begin to show."""
        self._started = True
        self._simulator.start()

    def stop(self) -> None:
        """Stop showing."""
        self._started = False
        self._simulator.stop()

    def refresh(self) -> None:
        """Show everything again: the connection is a new one."""
        self._simulator.changed()

    def note_pattern(self, room: str, pattern: LampPattern) -> None:
        """Tell which pattern a lamp shows, for the page's words."""
        self._simulator.note_pattern(room, pattern)

    def _changed(self, name: str) -> Callable[[], None]:
        def changed() -> None:
            self._simulator.changed()
            if self._started:
                self._on_printer_change(name)

        return changed

    def _send(self, event: str, body: Answer) -> None:
        try:
            self._client.send(event, body)
        except NotConnectedError:
            # Nobody is looking; `refresh` shows everything when the server is back.
            log.debug("The simulator's %s was not sent: the server is away.", event)
