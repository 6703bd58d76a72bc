"""`appliance peripherals`: the one place where the devices' daemon is put together.

Plain threads and nothing else: one per printer, one per room, one for all lamps and two for the
connection. gevent never comes in here: patched threads and the GPIO library hang each other.
"""

from __future__ import annotations

import contextlib
import logging
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from appliance.peripherals import config as settings
from appliance.peripherals.backoff import Backoff
from appliance.peripherals.client import Answer, ServerClient
from appliance.peripherals.config import Config, ConfigError, RoomConfig
from appliance.peripherals.printing.manners import memory_of_the_service
from appliance.peripherals.printing.printers import make_worker
from appliance.peripherals.pulse import Pulse
from appliance.peripherals.rooms.buttons import RoomPins, machine_pins, mock_pins
from appliance.peripherals.rooms.lamps import LampDriver
from appliance.peripherals.rooms.room import RoomStation
from appliance.protocol import DeviceEvent, LampPattern, PrintRole
from appliance.service_manager import REFUSED, ServiceManager

if TYPE_CHECKING:
    from appliance.peripherals.simulation import Simulation

log = logging.getLogger(__name__)

_LOOK_SECONDS: Final = 0.25
"""How often to see whether the server knows us already."""
_LAST_JOB_SECONDS: Final = 8.0
"""How long jobs at hand may take at the end; a stalled printer must not hold up a restart."""


def run(config_path: Path) -> None:
    """Serve the devices until SIGTERM or SIGINT.

    Args:
        config_path: `peripherals.toml`.

    Raises:
        ConfigError: The configuration cannot be used; one clear line.
    """
    config = settings.load(config_path)
    settings.read_token(config)  # a missing token is told now, not in a log for nobody
    stopping = threading.Event()
    with _signals(stopping):
        daemon = Daemon(config)
        daemon.start()
        try:
            watch(daemon, ServiceManager.from_environment(), stopping)
            log.info("Stopping.")
        finally:
            daemon.stop()


def watch(daemon: Daemon, manager: ServiceManager, stopping: threading.Event) -> None:
    """Tell the service manager how the daemon is, until it is to stop.

    The daemon is ready when the server knows it. It stays ready when the server goes away: lamps
    say no to a press meanwhile, and a restart would not bring the server back. The watchdog is told
    nothing once a thread has ended or is stuck, and systemd starts the daemon again.

    Args:
        daemon: Started.
        manager: Who wants to know.
        stopping: Set when the daemon is to stop.
    """
    known, told = False, ""
    while not stopping.is_set():
        ailments = daemon.ailments()
        known = known or daemon.client.connected
        state = "; ".join(ailments) or daemon.client.state
        if ailments and state != told:
            log.error("The daemon is not well: %s.", state)
        if known or state != told:
            problem = REFUSED if daemon.client.refused else 0
            manager.tell(state, ready=known, alive=not ailments, problem=problem)
        told = state
        stopping.wait(manager.beat_seconds if known else _LOOK_SECONDS)
    manager.stopping()


@contextlib.contextmanager
def _signals(stopping: threading.Event) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        # Signals belong to the main thread; code that runs the daemon elsewhere ends it there.
        yield
        return
    before = {
        number: signal.signal(number, lambda *_: stopping.set())
        for number in (signal.SIGTERM, signal.SIGINT)
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class Daemon:
    """All devices of one machine and their connection to the server.

    Args:
        config: The settings.
        pins: A gpiozero pin factory; by default the simulator's or the machine's.
        backoff: How long to wait between attempts to connect.

    Raises:
        ConfigError: A pin or a printer cannot be used.
    """

    def __init__(self, config: Config, *, pins: Any = None, backoff: Backoff | None = None) -> None:
        self._config = config
        self.client = ServerClient(
            config.server.url,
            lambda: settings.read_token(config),
            trust=lambda: settings.read_trust(config),
            hello=self._hello,
            on_hello=self._on_hello,
            backoff=backoff,
        )
        if pins is None:
            pins = _pins_for(config)
        self._simulation = self._simulate(pins) if config.simulator.enabled else None
        simulated = self._simulation.streams if self._simulation else {}
        memory = memory_of_the_service()
        self._workers = {
            printer.name: make_worker(printer, self.client, simulated, memory)
            for printer in config.printers
        }
        self.lamps = LampDriver()
        self._news: Counter[str] = Counter()
        self._news_before_hello: Counter[str] = Counter()
        self._stations: list[RoomStation] = []
        self._devices: list[RoomPins] = []
        try:
            for room in config.rooms:
                self._add_room(room, pins)
        except ConfigError:
            self._close_pins()
            raise
        self.client.on(DeviceEvent.LAMP, self._on_lamp)
        self.client.on(DeviceEvent.PRINT_READY, self._on_print_ready)
        self.client.on(DeviceEvent.DRAWER_READY, self._on_drawer_ready)

    def start(self) -> None:
        """Start all threads and begin to connect."""
        log.info(
            "Serving %d printer(s) and %d room(s).", len(self._config.printers), len(self._stations)
        )
        self.lamps.start()
        for station in self._stations:
            station.start()
        for worker in self._workers.values():
            worker.start()
        if self._simulation:
            self._simulation.start()
        self.client.start()

    def stop(self) -> None:
        """Finish jobs at hand, disconnect, switch all lamps off and give the pins back.

        A job that takes too long is left to its lease.
        """
        for station in self._stations:
            station.stop()
        self._stop_printing()
        if self._simulation:
            self._simulation.stop()
        self.client.stop()
        self.lamps.stop()
        self._close_pins()

    def _stop_printing(self) -> None:
        stops = [
            threading.Thread(target=worker.stop, daemon=True) for worker in self._workers.values()
        ]
        for stop in stops:
            stop.start()
        deadline = time.monotonic() + _LAST_JOB_SECONDS
        for stop in stops:
            stop.join(max(deadline - time.monotonic(), 0.0))
        if any(stop.is_alive() for stop in stops):
            log.warning("A printer is still busy: its job goes back to the queue by itself.")

    def ailments(self) -> list[str]:
        """What is wrong with the threads, in words; empty when all go around."""
        pulses: list[Pulse] = [
            self.client.pulse,
            self.lamps.pulse,
            *(station.pulse for station in self._stations),
            *(worker.pulse for worker in self._workers.values()),
        ]
        if self._simulation:
            pulses.append(self._simulation.pulse)
        return [ailment for pulse in pulses if (ailment := pulse.ailment) is not None]

    def _simulate(self, pins: Any) -> Simulation:
        # Imported late: paper on a web page is a megabyte that a shop's daemon does not need.
        from appliance.peripherals.simulation import Simulation

        return Simulation(self._config, pins, self.client, self._printer_changed)

    def _add_room(self, room: RoomConfig, pins: Any) -> None:
        station = RoomStation(
            room.number, self.client, _RoomLamp(self, room.number), wall_clock=self.client.time
        )
        devices = RoomPins(room, pins, station.edge)
        self.lamps.add(room.number, devices.light)
        self._stations.append(station)
        self._devices.append(devices)

    def _close_pins(self) -> None:
        for devices in self._devices:
            devices.close()

    def _hello(self) -> Answer:
        self._news_before_hello = self._news.copy()
        return {
            "name": self._config.name,
            "printers": [
                {
                    "name": printer.name,
                    "roles": [str(role) for role in printer.roles],
                    "fallback_roles": [str(role) for role in printer.fallback_roles],
                    "cash_drawer": printer.cash_drawer,
                }
                for printer in self._config.printers
            ],
            "rooms": [room.number for room in self._config.rooms],
            "leases": [lease for worker in self._workers.values() for lease in worker.leases],
        }

    def _on_hello(self, answer: Answer) -> None:
        told = answer.get("lamps")
        lamps = told if isinstance(told, dict) else {}
        for room in self._config.rooms:
            if self._news[room.number] == self._news_before_hello[room.number]:
                self.show(room.number, lamps.get(room.number, LampPattern.OFF))
        for worker in self._workers.values():
            worker.greet()
        if self._simulation:
            self._simulation.refresh()

    def _on_lamp(self, payload: Answer) -> None:
        # An answer may have been made before this and be overtaken by it: the lamp in the answer to
        # a question counts only while nothing has come since the question.
        self._news[str(payload.get("room_number"))] += 1
        self.show(payload.get("room_number"), payload.get("pattern"))

    def _on_print_ready(self, payload: Answer) -> None:
        role = payload.get("role")
        mine = [worker for worker in self._workers.values() if role in worker.roles]
        if not mine and role == PrintRole.REPORT:
            # The server hands reports to the printer of receipts where no printer is for them.
            mine = [one for one in self._workers.values() if PrintRole.RECEIPT in one.roles]
        for worker in mine:
            worker.wake()

    def _on_drawer_ready(self, _payload: Answer) -> None:
        for worker in self._workers.values():
            worker.open_drawer()

    def _printer_changed(self, name: str) -> None:
        self._workers[name].look()

    def asking(self, room: str) -> Callable[[str], None]:
        """Note that the server is being asked about a room.

        Returns:
            Shows the lamp in the answer, unless the server has said something newer meanwhile.
        """
        before = self._news[room]

        def show(pattern: str) -> None:
            if self._news[room] == before:
                self.show(room, pattern)

        return show

    def show(self, room: object, pattern: object) -> None:
        """Show what the server says; what makes no sense is logged, and the lamp left as it is."""
        try:
            known = LampPattern(str(pattern))
            self.lamps.show(str(room), known)
        except (KeyError, ValueError):
            log.warning("The server names a lamp or pattern unknown here: %r, %r.", room, pattern)
            return
        if self._simulation:
            self._simulation.note_pattern(str(room), known)


class _RoomLamp:
    """The lamp that belongs to one station."""

    def __init__(self, daemon: Daemon, number: str) -> None:
        self._daemon = daemon
        self._number = number

    def ask(self) -> Callable[[str], None]:
        return self._daemon.asking(self._number)

    def flash(self) -> None:
        self._daemon.lamps.flash(self._number)


def _pins_for(config: Config) -> Any:
    if config.simulator.enabled:
        return mock_pins()
    # A machine that only prints needs no GPIO, and may have none.
    return machine_pins() if config.rooms else None
