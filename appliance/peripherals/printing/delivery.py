"""What can become of a job, and how long to wait until it is known.

A write that returned is not a print: the bytes may lie in a socket or in the printer's memory
while its paper has run out.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from appliance.peripherals.printing.sentences import N_
from appliance.peripherals.printing.status import Health, Timing
from appliance.protocol import Paper

PRINT_SPEED_MM_PER_S: Final = 150.0
"""What slow printers manage; the data sheets say 200 for a TM-T20II, 300 for a TM-T88V."""
_LINE_MM: Final = 4.2
"""Line spacing of 1/6 inch, the default of `ESC 2`."""
_FIXED_MM: Final = 40.0
"""QR code, feed to the knife and cut."""


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


Outcome = Printed | NotPrinted
Notice = Callable[[Health], None]
"""Told of trouble while a job is still under way."""


def describe(health: Health) -> str:
    """Why a printer cannot print, for staff; without its name."""
    if health.error:
        return health.error
    if health.cover_open:
        return "has its cover open"
    if health.paper is Paper.OUT:
        return "is out of paper"
    return "is not ready" if not health.online else "is ready"


def seconds_on_paper(data: bytes, speed_mm_per_s: float) -> float:
    """Upper estimate of how long a job takes to come out, in seconds."""
    return (data.count(b"\n") * _LINE_MM + _FIXED_MM) / speed_mm_per_s


@dataclass(frozen=True)
class Delivery:
    """How a printer is talked to.

    Attributes:
        timing: How long to wait for answers.
        speed_mm_per_s: How fast the paper moves.
        process_ids: Whether the model sends marks back, see `process_ids`.
        slowest_bytes_per_s: A printer that takes its bytes this slowly, as an old one on a serial
            line does, is slow and not broken.
        longest: Seconds after which a job has failed whatever its length: less than the server's
            lease, so that nobody else is given the job meanwhile.
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
        return min(self.longest, self.timing.answer + slow)


def out_of_reach(error: OSError) -> str:
    """Why a printer cannot be talked to, for staff; without its name."""
    return N_("cannot be reached ({reason})").format(reason=plain(error))


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
