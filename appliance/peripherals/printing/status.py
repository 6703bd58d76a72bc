"""Asking a printer how it is, and believing only what it says now.

The real-time status command `DLE EOT n` is answered with one byte by ESC/POS printers even when
they are off line, out of paper or busy. Bit meanings are those of Epson's ESC/POS Command
Reference, "DLE EOT". An answer does not say which question it belongs to, and a byte left over
from earlier reads like a fresh one: so old bytes are thrown away first, questions are asked one
at a time, and a round that brings more bytes than questions is asked again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

from appliance.protocol import Paper
from appliance.words import N_

DLE_EOT: Final = b"\x10\x04"

_FIXED_MASK: Final = 0b1001_0011
_FIXED_BITS: Final = 0b0001_0010
"""Every answer to `DLE EOT n` has bits 1 and 4 set and bits 0 and 7 clear."""

_PRINTER: Final = 1
_OFFLINE_CAUSE: Final = 2
_PAPER_SENSOR: Final = 4

_PRINTER_OFFLINE: Final = 0x08
_COVER_OPEN: Final = 0x04
_FEEDING_BY_HAND: Final = 0x08
_STOPPED_FOR_PAPER: Final = 0x20
_ERROR: Final = 0x40
_NEAR_END: Final = 0x0C
_PAPER_END: Final = 0x60

QUESTIONS: Final = tuple(DLE_EOT + bytes((n,)) for n in (_PRINTER, _OFFLINE_CAUSE, _PAPER_SENSOR))
"""What `interpret` wants to know, in its order."""
_ROUNDS: Final = 3
_MOST_STALE_READS: Final = 64


class Stream(Protocol):
    """Bytes to and from a printer."""

    def write(self, data: bytes) -> None:
        """Send all bytes.

        Raises:
            OSError: The printer is gone or does not take them in time.
        """

    def read(self, size: int, timeout: float) -> bytes:
        """Read what has come, waiting for the first byte.

        Args:
            size: At most so many bytes.
            timeout: Seconds to wait; 0 takes only what is already here.

        Returns:
            Bytes, or none when the time is over.

        Raises:
            OSError: The printer is gone.
        """


@dataclass(frozen=True)
class Timing:
    """How long to wait for answers, in seconds.

    Attributes:
        answer: For one answer.
        quiet: For a byte that should not come.
        at_once: For the first byte of a printer that is known to answer at once.
    """

    answer: float = 1.0
    quiet: float = 0.02
    at_once: float = 0.25


@dataclass(frozen=True)
class Health:
    """What is known of a printer at one moment.

    Attributes:
        online: It is there and, where it can say so, ready to take data.
        paper: What its paper sensors say.
        cover_open: Its cover is open.
        error: A sentence for staff when something is wrong, else None.
        answers: It answers status requests. Without answers nothing above is from the printer.
    """

    online: bool
    paper: Paper = Paper.UNKNOWN
    cover_open: bool = False
    error: str | None = None
    answers: bool = True

    @property
    def ready(self) -> bool:
        """True when a job can be sent now."""
        return self.online and not self.cover_open and self.paper is not Paper.OUT


def unreachable(reason: str) -> Health:
    """The health of a printer that cannot be talked to."""
    return Health(online=False, error=reason, answers=False)


def ask(stream: Stream, timing: Timing) -> Health | None:
    """Ask a printer for its state.

    Args:
        stream: An open way to the printer.
        timing: How long to wait.

    Returns:
        Its state, or None when it does not answer, or answers so that no answer can be matched
        with its question.

    Raises:
        OSError: The printer is gone.
    """
    for _ in range(_ROUNDS):
        drain(stream, timing.quiet)
        answers: list[int] = []
        for question in QUESTIONS:
            answer = _ask_one(stream, question, timing.answer)
            if answer is None:
                break
            answers.append(answer)
        if not answers:
            return None
        if len(answers) == 3 and not stream.read(1, timing.quiet):
            return interpret(*answers)
    return None


def drain(stream: Stream, quiet: float) -> None:
    """Throw away bytes that nobody asked for, until none comes for `quiet` seconds."""
    for _ in range(_MOST_STALE_READS):
        if not stream.read(256, quiet):
            return


def interpret(printer: int, offline_cause: int, paper_sensor: int) -> Health:
    """Read the answers to `DLE EOT` 1, 2 and 4."""
    cover_open = bool(offline_cause & _COVER_OPEN)
    if paper_sensor & _PAPER_END or offline_cause & _STOPPED_FOR_PAPER:
        paper = Paper.OUT
    elif paper_sensor & _NEAR_END:
        paper = Paper.LOW
    else:
        paper = Paper.OK
    offline = bool(printer & _PRINTER_OFFLINE)
    failed = bool(offline_cause & _ERROR)
    error = None
    if failed:
        error = N_("printer error – check for jammed paper, then switch it off and on")
    elif offline and not cover_open and paper is not Paper.OUT:
        error = (
            N_("paper is being fed")
            if offline_cause & _FEEDING_BY_HAND
            else N_("not ready – check cover, paper and lights")
        )
    # Out of paper and cover open also take a printer off line, but staff are told the cause.
    online = not failed and (not offline or cover_open or paper is Paper.OUT)
    return Health(online=online, paper=paper, cover_open=cover_open, error=error)


def is_answer(byte: int) -> bool:
    """True for a byte that can be an answer to `DLE EOT`."""
    return byte & _FIXED_MASK == _FIXED_BITS


def _ask_one(stream: Stream, question: bytes, timeout: float) -> int | None:
    stream.write(question)
    # Flow control characters and the first bytes of unasked status messages look different.
    for _ in range(_MOST_STALE_READS):
        data = stream.read(1, timeout)
        if not data:
            return None
        if is_answer(data[0]):
            return data[0]
    return None
