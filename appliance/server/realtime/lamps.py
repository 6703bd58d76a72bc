"""Telling daemons what their rooms' lamps show now."""

from __future__ import annotations

import threading
from collections.abc import Iterable

from appliance.protocol import PERIPHERALS_NAMESPACE, DeviceEvent, LampPattern
from appliance.server.wire import answers

from .emitting import Emit, room_channel


class Lamps:
    """Sends a lamp's pattern when it has changed.

    Args:
        emit: Sends.
    """

    def __init__(self, emit: Emit) -> None:
        self._emit = emit
        self._lock = threading.Lock()
        self._told: set[tuple[str, str]] = set()
        self._sent: dict[str, LampPattern] = {}

    def note_told(self, told: Iterable[tuple[str, str]]) -> None:
        """Remember what answers have told daemons, until somebody looks whether it is still so.

        A lamp may have changed back before anybody looked: nothing seems to have changed since the
        last look, and the daemon would show what its answer said for ever.

        Args:
            told: Room numbers and the patterns that answers have named.
        """
        with self._lock:
            self._told |= set(told)

    def take_told(self) -> set[tuple[str, str]]:
        """What was noted since the last time."""
        with self._lock:
            told, self._told = self._told, set()
        return told

    def send(
        self, told: set[tuple[str, str]], current: dict[str, LampPattern], *, changed: bool
    ) -> None:
        """Tell the daemons whose lamps show something else now.

        Args:
            told: What answers have told.
            current: What every room's lamp shows now, by room number.
            changed: Whether visits or rooms have changed since the last time.
        """
        outdated = {number for number, pattern in told if current.get(number) != pattern}
        for number, pattern in current.items():
            if number in outdated or (changed and self._sent.get(number) != pattern):
                self._emit(
                    DeviceEvent.LAMP,
                    answers.body(answers.Lamp(room_number=number, pattern=pattern)),
                    namespace=PERIPHERALS_NAMESPACE,
                    to=room_channel(number),
                )
        if changed:
            self._sent = current
