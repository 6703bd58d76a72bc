"""Everything that the simulator's page shows and moves: printers, lamps and call buttons."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from appliance.peripherals.pulse import Pulse
from appliance.peripherals.simulator.elements import Json
from appliance.peripherals.simulator.printer import SimulatedPrinter
from appliance.peripherals.simulator.status import Switch
from appliance.protocol import DeviceEvent, LampPattern

"""Lamps alone, so that paper does not travel with every blink."""

LONGEST_PRESS: Final = 15.0
"""Seconds after which a button that nobody lets go (its page is gone) comes up by itself."""

SHORTEST_PRESS: Final = 0.15
SHORTEST_PAUSE: Final = 0.1
"""Seconds. A network delivers "down" and "up" at once where a finger takes its time; a press
shorter than the debounce time would be no press."""

_MOST_PLANNED: Final = 20

_LAMP_LOOK_SECONDS: Final = 0.04
_STATE_SECONDS: Final = 0.05
"""At least so long from one snapshot to the next: at most 20 a second."""

_STATES_KEPT_BY_PIN: Final = 500

_LONGEST_SILENCE_SECONDS: Final = 15.0

_log = logging.getLogger(__name__)


class RoomPins(NamedTuple):
    """The BCM numbers of a room's call button and of the lamp in it."""

    button_pin: int
    lamp_pin: int
    lamp_active_low: bool = False


class _Finger:
    """What a page does to one button, stretched to what a finger could do."""

    def __init__(self) -> None:
        self._planned: deque[tuple[float, bool]] = deque()
        self._last = (-math.inf, False)

    def plan(self, down: bool, now: float) -> None:
        """Take a change; one that changes nothing, or is one of far too many, is ignored."""
        at, is_down = self._last
        if down is is_down or (down and len(self._planned) >= _MOST_PLANNED):
            return
        self._last = (max(now, at + (SHORTEST_PAUSE if down else SHORTEST_PRESS)), down)
        self._planned.append(self._last)

    def due(self, now: float) -> bool | None:
        """The next change if its time has come: True for down, False for up."""
        if self._last[1] and self._last[0] + LONGEST_PRESS < now:
            self.plan(False, now)
        if not self._planned or self._planned[0][0] > now:
            return None
        at, down = self._planned.popleft()
        # Who is late is late with the rest, too: a press keeps its length.
        late = now - at
        self._planned = deque((then + late, level) for then, level in self._planned)
        self._last = (self._last[0] + late, self._last[1])
        return down


class Simulator:
    """Connects simulated devices with a web page.

    Buttons and lamps are pins of gpiozero's mock factory, the same that the daemon's own `Button`
    and `LED` use: pressing pulls the button's pin low, and a lamp is lit when its pin really is.

    Args:
        printers: the page names them by their own names, whatever the keys are.
        rooms: pins by room number.
        pin_factory: a `gpiozero.pins.mock.MockFactory`.
        send: called with an event's name and its body, always from the simulator's own thread.
            May raise: the failure is logged, and `changed` sends everything again.

    Attributes:
        pulse: Its thread's sign of life.
    """

    def __init__(
        self,
        printers: Mapping[str, SimulatedPrinter],
        rooms: Mapping[str, RoomPins],
        pin_factory: Any,
        send: Callable[[str, Json], None],
    ) -> None:
        self._printers = {printer.name: printer for printer in printers.values()}
        self._rooms = dict(rooms)
        self._factory = pin_factory
        self._send = send
        self._patterns: dict[str, LampPattern] = {}
        self._fingers = {number: _Finger() for number in rooms}
        self._pressed: set[str] = set()
        self._buttons = threading.Lock()
        self._wake = threading.Event()
        self._dirty = threading.Event()
        self._stopping = threading.Event()
        self._sending_failed = False
        self._make_thread()

    # What the daemon calls

    def start(self) -> None:
        """Begin to watch the lamps and to send; the first snapshot follows at once."""
        if self._thread.is_alive():
            return
        if self._thread.ident is not None:
            self._make_thread()  # a thread lives once
        self._stopping.clear()
        self.changed()
        self._thread.start()

    def stop(self) -> None:
        """Let all buttons go and end the thread; can be started again."""
        self._stopping.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()
        with self._buttons:
            self._fingers = {number: _Finger() for number in self._rooms}
            for room in tuple(self._pressed):
                self._move(room, down=False)

    def changed(self) -> None:
        """Ask for a new snapshot: something changed, or the connection is a new one."""
        self._dirty.set()
        self._wake.set()

    def note_pattern(self, room: str, pattern: LampPattern | str) -> None:
        """Remember which pattern a lamp has been told to show, for the page's words."""
        if room in self._rooms and self._patterns.get(room) != pattern:
            self._patterns[room] = LampPattern(pattern)
            self.changed()

    def state(self) -> Json:
        """Return the whole snapshot: `{printers, rooms}`."""
        lamps = self._lamps()
        rooms = [
            {
                "number": number,
                "lamp": lamps[number],
                "pressed": number in self._pressed,
                "pattern": self._patterns.get(number),
            }
            for number in self._rooms
        ]
        printers = [printer.as_json() for printer in self._printers.values()]
        return {"printers": printers, "rooms": rooms}

    # What the page asks for

    def handle_action(self, payload: object) -> None:
        """Do what somebody did on the page; what makes no sense is logged and ignored.

        Args:
            payload: `{"action": "button_down" | "button_up", "room_number"}`,
                `{"action": "switch", "printer", "switch", "on"}`,
                `{"action": "clear_paper", "printer"}` or `{"action": "refresh"}`.
        """
        if not self._act(payload if isinstance(payload, dict) else {}):
            _log.warning("The simulator's page sent an action that is not known: %.200r", payload)

    def _act(self, payload: dict[str, object]) -> bool:
        action = payload.get("action")
        if action == "refresh":
            self.changed()
            return True
        if action in ("button_down", "button_up"):
            room = payload.get("room_number")
            if not isinstance(room, str) or room not in self._rooms:
                return False
            with self._buttons:
                self._fingers[room].plan(action == "button_down", time.monotonic())
            self._move_fingers()
            self._wake.set()
            return True
        name = payload.get("printer")
        printer = self._printers.get(name) if isinstance(name, str) else None
        if printer is None:
            return False
        if action == "clear_paper":
            printer.clear_paper()
            return True
        return action == "switch" and self._flip(printer, payload)

    def _flip(self, printer: SimulatedPrinter, payload: dict[str, object]) -> bool:
        on, name = payload.get("on"), payload.get("switch")
        if not isinstance(on, bool) or name not in tuple(Switch):
            return False
        printer.switch(Switch(str(name)), on=on)
        self.changed()
        return True

    def _move_fingers(self) -> None:
        with self._buttons:
            for room, finger in self._fingers.items():
                down = finger.due(time.monotonic())
                if down is not None:
                    self._move(room, down=down)

    def _move(self, room: str, *, down: bool) -> None:
        pin = self._pin(self._rooms[room].button_pin)
        if down:
            self._pressed.add(room)
            pin.drive_low()
        else:
            self._pressed.discard(room)
            pin.drive_high()
        self.changed()

    # The thread

    def _make_thread(self) -> None:
        self._thread = threading.Thread(target=self._run, name="simulator", daemon=True)
        self.pulse = Pulse(self._thread, _LONGEST_SILENCE_SECONDS)

    def _run(self) -> None:
        lamps: dict[str, bool] = {}
        next_state = 0.0
        while not self._stopping.is_set():
            self.pulse.beat()
            self._move_fingers()
            seen = self._lamps()
            if self._dirty.is_set() and time.monotonic() >= next_state:
                self._dirty.clear()
                self._try_send(DeviceEvent.SIMULATOR_STATE, self.state())
                next_state = time.monotonic() + _STATE_SECONDS
            elif seen != lamps:
                self._try_send(DeviceEvent.SIMULATOR_LAMPS, {"lamps": seen})
            lamps = seen
            if not self._dirty.is_set():
                self._wake.wait(_LAMP_LOOK_SECONDS)
            else:
                self._stopping.wait(max(0.0, next_state - time.monotonic()))
            self._wake.clear()

    def _try_send(self, event: str, body: Json) -> None:
        try:
            self._send(event, body)
        except Exception:  # noqa: BLE001 - whatever a client library raises
            # The thread outlives any trouble of the connection; one log line for each trouble.
            if not self._sending_failed:
                _log.exception("The simulator's page could not be told what changed")
            self._sending_failed = True
        else:
            self._sending_failed = False

    def _lamps(self) -> dict[str, bool]:
        return {number: self._is_lit(pins) for number, pins in self._rooms.items()}

    def _is_lit(self, pins: RoomPins) -> bool:
        pin = self._pin(pins.lamp_pin)
        if len(pin.states) > _STATES_KEPT_BY_PIN:
            pin.clear_states()  # a mock pin remembers every change, and a lamp blinks for weeks
        return pin.function == "output" and bool(pin.state) is not pins.lamp_active_low

    def _pin(self, number: int) -> Any:
        return self._factory.pin(number)
