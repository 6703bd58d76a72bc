"""What can become of a job, and how long to wait until it is known.

A write that returned is not a print: the bytes may lie in a socket or in the printer's memory
while its paper has run out.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from appliance.peripherals.printing.status import Health, Timing
from appliance.protocol import Paper
from appliance.words import N_

PRINT_SPEED_MM_PER_S: Final = 150.0
"""What slow printers manage; the data sheets say 200 for a TM-T20II, 300 for a TM-T88V."""
UNKNOWN_SPEED_MM_PER_S: Final = 60.0
"""What the slowest clones manage: sellers of 58 mm printers say from 60 to 90."""
_SERIAL_BYTES_PER_S: Final = 960.0
"""A line of 9600 baud with ten bits to the byte: behind a print server it may be the last piece of
the way, and no picture passes it faster."""
_LINE_MM: Final = 4.2
"""Line spacing of 1/6 inch, the default of `ESC 2`."""
_DOT_MM: Final = 25.4 / 180
"""Of the coarsest print heads."""
_FIXED_MM: Final = 40.0
"""The printer's own QR code, feed to the knife and cut."""
_TALL: Final = re.compile(rb"\x1dv0.(?P<across>..)(?P<down>..)|\x1d!(?P<size>.)|\n", re.DOTALL)
"""What moves the paper: a raster picture, a larger size for the lines that follow, a line's end."""


@dataclass(frozen=True)
class Printed:
    """The paper is out.

    Attributes:
        confirmed: The printer said so; False for a model that cannot, and took all bytes.
        health: How the printer was afterwards.
    """

    confirmed: bool
    health: Health


@dataclass(frozen=True)
class NotPrinted:
    """The paper is not, or perhaps not, out.

    Attributes:
        reason: A sentence for staff, without the printer's name.
        maybe_printed: Some or all of it may be on paper.
        health: How the printer was when it failed.
    """

    reason: str
    maybe_printed: bool
    health: Health


AT_MOST_SECONDS: Final = 150.0
"""For any job: 72 kB at 9600 baud, twice."""

Outcome = Printed | NotPrinted
Notice = Callable[[Health], None]
"""Told of trouble while a job is still under way."""


def describe(health: Health) -> str:
    """Why a printer cannot print, for staff; without its name."""
    if health.error:
        return health.error
    if health.cover_open:
        return "cover is open"
    if health.paper is Paper.OUT:
        return "out of paper"
    return "not ready" if not health.online else "ready"


def seconds_on_paper(data: bytes, speed_mm_per_s: float) -> float:
    """Upper estimate of how long a job takes to come out, in seconds."""
    return (millimetres(data) + _FIXED_MM) / speed_mm_per_s


def millimetres(data: bytes) -> float:
    """How much paper a job's lines and pictures need."""
    total, size, at = 0.0, 1, 0
    while found := _TALL.search(data, at):
        at = found.end()
        if found["down"]:
            across, down = (int.from_bytes(found[name], "little") for name in ("across", "down"))
            total += down * _DOT_MM
            at += across * down  # What a picture shows is no command.
        elif found["size"]:
            size = (found["size"][0] & 0x07) + 1
        else:
            total += size * _LINE_MM
    return total


@dataclass(frozen=True)
class Delivery:
    """How a printer is talked to.

    Attributes:
        timing: How long to wait for answers.
        speed_mm_per_s: How fast the paper moves.
        process_ids: Whether the model sends marks back, see `process_ids`.
        slowest_bytes_per_s: A printer that takes its bytes this slowly, as an old one on a serial
            line does, is slow and not broken.
        longest: Seconds after which a job has failed that a line of 9600 baud carries in less than
            half of them; see `allowance`.
        sleep: Waits for so many seconds.
    """

    timing: Timing = field(default_factory=Timing)
    speed_mm_per_s: float = PRINT_SPEED_MM_PER_S
    process_ids: bool = False
    slowest_bytes_per_s: float = 50.0
    longest: float = 45.0
    sleep: Callable[[float], None] = time.sleep

    def patience(self, data: bytes) -> float:
        """How long a printer may be silent after a job, in seconds."""
        # Twice: what is asked meanwhile waits in the same line.
        slow = 2 * len(data) / self.slowest_bytes_per_s
        return min(self.allowance(data), self.timing.answer + slow)

    def allowance(self, data: bytes) -> float:
        """Seconds after which a job has failed.

        A long one gets twice its time on a line of 9600 baud, but never more than `AT_MOST`. Where
        that is more than the server's lease, the lease must be made longer first.
        """
        serial = 2 * len(data) / _SERIAL_BYTES_PER_S
        return max(self.longest, min(AT_MOST_SECONDS, serial))


def out_of_reach(error: OSError) -> str:
    """Why a printer cannot be talked to, for staff; without its name."""
    return N_("unreachable ({reason})").format(reason=plain(error))


OFTEN: Final = (
    N_("Connection refused"),
    N_("Connection reset by peer"),
    N_("Network is unreachable"),
    N_("No route to host"),
)
"""What Linux says of a printer that is switched off or has another address, for translators."""


def plain(error: OSError) -> str:
    """An operating system's error without its number."""
    if isinstance(error, TimeoutError):
        return N_("no answer in time")
    return error.strerror or str(error) or type(error).__name__
