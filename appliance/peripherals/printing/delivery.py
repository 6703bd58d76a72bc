"""Bringing a job to paper: asking before, sending, and asking until it must be out.

A write that returned is not a print: the bytes may lie in a socket or in the printer's memory
while its paper has run out. A job counts as printed only when the printer, asked after the time
the paper needs, still has paper, a closed cover and no error.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from appliance.peripherals.printing.status import Health, Stream, Timing, ask
from appliance.protocol import Paper

CLEAR_BUFFER: Final = b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08"
"""`DLE DC4 8`: a real-time command that throws away what is received and not yet printed."""
PRINT_SPEED_MM_PER_S: Final = 150.0
"""What slow printers manage; the data sheets say 200 for a TM-T20II, 300 for a TM-T88V."""
_LINE_MM: Final = 4.2
"""Line spacing of 1/6 inch, the default of `ESC 2`."""
_FIXED_MM: Final = 40.0
"""QR code, feed to the knife and cut."""
_POLL_SECONDS: Final = 0.25


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
    """Sends jobs to printers that answer.

    Attributes:
        timing: How long to wait for answers.
        speed_mm_per_s: How fast the paper moves.
        sleep: Waits for so many seconds.
    """

    timing: Timing = field(default_factory=Timing)
    speed_mm_per_s: float = PRINT_SPEED_MM_PER_S
    sleep: Callable[[float], None] = time.sleep

    def deliver(self, stream: Stream, data: bytes) -> Outcome:
        """Print a job on a printer that has just said it is ready.

        Args:
            stream: An open way to the printer.
            data: The whole job.

        Returns:
            What became of it. Trouble of any kind is an outcome, not an exception.
        """
        try:
            stream.write(data)
            return self._watch(stream, seconds_on_paper(data, self.speed_mm_per_s))
        except OSError as error:
            reason = f"stopped while printing ({plain(error)})"
            return NotPrinted(reason, True, Health(online=False, error=reason, answers=False))

    def _watch(self, stream: Stream, seconds: float) -> Outcome:
        remaining = seconds
        while True:
            health = ask(stream, self.timing)
            if health is None:
                reason = "stopped answering while printing"
                return NotPrinted(reason, True, Health(online=False, error=reason, answers=False))
            if not health.ready:
                # Else the rest comes out by itself once there is paper, and then all of it again.
                stream.write(CLEAR_BUFFER)
                return NotPrinted(f"{describe(health)}, in the middle of a job", True, health)
            if remaining <= 0:
                return Printed(True, health)
            pause = min(_POLL_SECONDS, remaining)
            self.sleep(pause)
            remaining -= pause


def plain(error: OSError) -> str:
    """An operating system's error without its number."""
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return error.strerror or str(error) or type(error).__name__
