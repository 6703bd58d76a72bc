"""A printer without hardware: ESC/POS in, paper and status bytes out."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from appliance.peripherals.simulator.elements import Json
from appliance.peripherals.simulator.framing import Command, Framer
from appliance.peripherals.simulator.paper import Interpreter
from appliance.peripherals.simulator.pieces import Strip
from appliance.peripherals.simulator.status import Switch, is_ready, real_time_status

RECEIVE_BUFFER: Final = 4096
"""Bytes that an offline printer still takes, as a TM-T20II does."""

_CLEARED: Final = b"\x37\x25\x00"
"""The answer to DLE DC4 8, once the buffers are empty."""


class Fault(StrEnum):
    """What a broken printer does; for tests, not on the page."""

    SILENT = "silent"
    """It prints but answers nothing."""
    STALLED = "stalled"
    """It takes no byte."""


@dataclass(slots=True)
class _Trap:
    """Turns a switch on when so many more bytes have arrived."""

    bytes_left: int
    switch: Switch | Fault


class SimulatedPrinter:
    """A receipt printer with 80 mm paper behind a stream of bytes; safe to use from any thread.

    Out of paper or open, it is offline: it prints nothing, takes what its receive buffer holds,
    still answers real-time requests, and goes on by itself when it is ready again. Unplugged, it
    loses what it had not printed.

    Args:
        name: as in the daemon's settings.
        roles: what it prints, for the page.
        on_change: called without arguments, from any thread and without a lock held, whenever
            paper or a switch changed.
        write_timeout: seconds that `write` waits for room in the receive buffer.
    """

    def __init__(
        self,
        name: str,
        roles: Sequence[str],
        on_change: Callable[[], None],
        *,
        write_timeout: float = 5.0,
    ) -> None:
        self.name = name
        self.roles = tuple(roles)
        self._on_change = on_change
        self._write_timeout = write_timeout
        self._changed = threading.Condition()
        self._telling = threading.Lock()
        self._on: set[Switch | Fault] = set()
        self._traps: list[_Trap] = []
        self._framer = Framer()
        self._waiting: list[Command] = []
        self._waiting_bytes = 0
        self._answers = bytearray()
        self._strip = Strip()
        self._interpreter = Interpreter(
            self._strip, self._answer, lambda: Switch.PAPER_LOW in self._on
        )

    # The stream

    def write(self, data: bytes) -> None:
        """Send bytes to the printer.

        Raises:
            ConnectionError: it is unplugged, or was while it took them.
            TimeoutError: its receive buffer is full and it does not print; it has taken some.
        """
        if self.offer(data, self._write_timeout) < len(data):
            with self._changed:
                self._framer.reset()  # the rest of the command will never come
            raise TimeoutError(
                f'Printer "{self.name}" takes no more data. Check its paper and its cover.'
            )

    def offer(self, data: bytes, timeout: float) -> int:
        """Send bytes and wait at most `timeout` seconds for the printer to take them.

        Returns:
            How many of them it took.

        Raises:
            ConnectionError: it is unplugged, or was while it took them.
        """
        deadline = time.monotonic() + timeout
        taken = 0
        before = self._mark()
        try:
            with self._changed:
                while taken < len(data):
                    self._check_plugged()
                    count = self._room_for(data, taken)
                    if count:
                        self._receive(data[taken : taken + count])
                        taken += count
                    elif not self._changed.wait(max(0.0, deadline - time.monotonic())):
                        break
        finally:
            if self._mark() != before:
                self._on_change()
        return taken

    def read(self, size: int, timeout: float) -> bytes:
        """Receive up to `size` bytes of status, waiting `timeout` seconds for the first.

        Returns:
            What there is; nothing when the time is up.

        Raises:
            ConnectionError: it is unplugged.
        """
        deadline = time.monotonic() + timeout
        with self._changed:
            while not self._answers:
                self._check_plugged()
                left = deadline - time.monotonic()
                if left <= 0 or not self._changed.wait(left):
                    break
            self._check_plugged()
            data = bytes(self._answers[:size])
            del self._answers[:size]
            return data

    def forget_connection(self) -> None:
        """Drop unread answers and a half-received command: their connection has ended."""
        with self._changed:
            self._answers.clear()
            self._framer.reset()

    # The world around it

    def switch(self, name: Switch | Fault, *, on: bool) -> None:
        """Take the paper out or put it in, open or close the cover, pull or plug the cable."""
        with self._changed:
            self._flip(name, on=on)
            self._print_waiting()
        self._on_change()

    def switch_after(self, count: int, name: Switch | Fault) -> None:
        """Turn a switch on when `count` more bytes have arrived: in the middle of a job."""
        with self._changed:
            self._traps.append(_Trap(max(1, count), name))
            self._traps.sort(key=lambda trap: trap.bytes_left)

    def inject_answer(self, data: bytes) -> None:
        """Let the printer send bytes that nobody asked for."""
        with self._changed:
            self._answers += data
            self._changed.notify_all()

    def clear_paper(self) -> None:
        """Throw away all paper that came out."""
        with self._changed:
            self._strip.clear()
        self._on_change()

    def is_on(self, name: Switch | Fault) -> bool:
        """Return whether a switch is on."""
        return name in self._on

    def papers(self) -> list[Json]:
        """Return the last pieces of paper, oldest first: `{id, elements, complete}`."""
        with self._changed:
            view = self._strip.view()
        with self._telling:
            return self._strip.tell(view)

    def wait_for_papers(self, count: int, timeout: float) -> bool:
        """Wait until `count` pieces in all have been cut off.

        Returns:
            False when the time was up before.
        """
        with self._changed:
            return self._changed.wait_for(lambda: self._strip.completed >= count, timeout)

    def as_json(self) -> Json:
        """Return name, roles, switches and papers, as the page gets them."""
        switches = {str(switch): switch in self._on for switch in Switch}
        return {
            "name": self.name,
            "roles": list(self.roles),
            "switches": switches,
            "papers": self.papers(),
        }

    # Inside; the lock is held

    def _check_plugged(self) -> None:
        if Switch.UNPLUGGED in self._on:
            raise ConnectionError(f'Printer "{self.name}" is not connected. Check its cable.')

    def _mark(self) -> tuple[int, frozenset[str]]:
        with self._changed:
            return self._strip.revision, frozenset(self._on)

    def _room_for(self, data: bytes, start: int) -> int:
        """Return how many of the bytes from `start` on can be taken now."""
        if Fault.STALLED in self._on:
            return 0
        left = len(data) - start
        if self._traps:
            left = min(left, self._traps[0].bytes_left)
        if is_ready(self._on):
            return left
        room = RECEIVE_BUFFER - self._waiting_bytes
        if room <= 0:
            return 1 if self._framer.reads_real_time(data[start]) else 0
        return min(left, room)

    def _receive(self, data: bytes) -> None:
        self._waiting_bytes += len(data)
        for command in self._framer.feed(data):
            if command.is_real_time:
                used = len(command.name) + len(command.args)
                self._waiting_bytes = max(0, self._waiting_bytes - used)
                self._real_time(command)
            else:
                self._waiting.append(command)
        self._print_waiting()
        for trap in self._traps:
            trap.bytes_left -= len(data)
        while self._traps and self._traps[0].bytes_left <= 0:
            self._flip(self._traps.pop(0).switch, on=True)

    def _print_waiting(self) -> None:
        if not is_ready(self._on):
            return
        waiting, self._waiting, self._waiting_bytes = self._waiting, [], 0
        for command in waiting:
            self._interpreter.run(command)
        self._changed.notify_all()

    def _real_time(self, command: Command) -> None:
        kind, args = command.name[1], command.args
        if kind == 0x04:
            self._answer(real_time_status(args[0], self._on))
        elif kind == 0x14 and args[0] == 1:
            self._interpreter.kick_drawer(args[1])
        elif kind == 0x14 and args == b"\x08\x01\x03\x14\x01\x06\x02\x08":
            self._lose_unprinted()
            self._answer(_CLEARED)

    def _answer(self, data: bytes) -> None:
        if Fault.SILENT not in self._on:
            self._answers += data
            self._changed.notify_all()

    def _lose_unprinted(self) -> None:
        self._framer.reset()
        self._waiting.clear()
        self._waiting_bytes = 0
        self._interpreter.reset()

    def _flip(self, name: Switch | Fault, *, on: bool) -> None:
        self._changed.notify_all()
        if not on:
            self._on.discard(name)
            return
        self._on.add(name)
        if name is Switch.UNPLUGGED:
            self._lose_unprinted()
            self._answers.clear()
