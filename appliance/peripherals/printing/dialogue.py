"""Talking to one printer: how it is, and bringing a job to paper until it must be out.

A job counts as printed when the printer says that it has printed everything up to the mark behind
the job (see `process_ids`). A model without marks is asked, until the time is over that the paper
needs, whether it still has paper, a closed cover and no error.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from typing import Final

from appliance.peripherals.printing import process_ids
from appliance.peripherals.printing.delivery import (
    Delivery,
    Notice,
    NotPrinted,
    Outcome,
    Printed,
    describe,
    out_of_reach,
    plain,
    seconds_on_paper,
)
from appliance.peripherals.printing.manners import Manners
from appliance.peripherals.printing.process_ids import Listener
from appliance.peripherals.printing.status import (
    QUESTIONS,
    Health,
    Stream,
    ask,
    interpret,
    is_answer,
    unreachable,
)
from appliance.protocol import Paper
from appliance.words import N_

CLEAR_BUFFER: Final = b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08"
"""`DLE DC4 8`: a real-time command that throws away what is received and not yet printed."""
UNKNOWN: Final = Health(online=True, paper=Paper.UNKNOWN, answers=False)
"""The health of a model that cannot say how it is."""

_POLL_SECONDS: Final = 0.25
BUSY_SECONDS: Final = 60.0
"""For so long a printer that serves one computer after the other may be silent for the sake of
another one. Longer prints than that are rare, and by then somebody had better look at it."""
BUSY: Final = N_("busy with another computer's print")

_NO_ANSWER: Final = N_("not responding – switch it off and on")
_SLOW: Final = N_("still printing")
_STOPPED: Final = N_("stopped answering while printing")
_NEVER_OUT: Final = "took a job and never said that it is out: look at the paper"


class Dialogue:
    """What is known of one printer's manners, learned as it is talked to.

    Args:
        delivery: How it is talked to.
        manners: Whether it answers status requests, as far as is known. A printer that has answered
            once and is silent now is in trouble; one that never has is printed on blindly.
        shared: Whether other computers may print on it, too.
    """

    def __init__(
        self, delivery: Delivery, manners: Manners | None = None, *, shared: bool = False
    ) -> None:
        self._delivery = delivery
        self._manners = manners or Manners()
        self._shared = shared
        self._silent_since: float | None = None
        self._sends_marks = False

    def health(self, stream: Stream) -> Health:
        """Ask the printer how it is.

        Args:
            stream: An open way to it.

        Raises:
            OSError: The printer is gone.
        """
        return self._health(Listener(stream))

    def print(
        self,
        stream: Stream,
        data: bytes,
        blindly: Callable[[bytes], Outcome],
        notice: Notice | None = None,
    ) -> Outcome:
        """Print a job, if the printer is ready for it.

        Args:
            stream: An open way to it.
            data: The whole job.
            blindly: Prints it on a model that answers nothing.
            notice: Told of trouble before the outcome is known.

        Returns:
            What became of it. Trouble of any kind is an outcome, not an exception.
        """
        sent = False
        try:
            listener = Listener(stream)
            health = self._at_once(listener) or self._health(listener)
            if not health.ready:
                return NotPrinted(describe(health), False, health)
            sent = True
            if health.answers:
                return self._deliver(listener, data, notice or _ignore)
            return blindly(data)
        except OSError as error:
            reason = out_of_reach(error)
            if sent:
                reason = N_("stopped while printing ({reason})").format(reason=plain(error))
            return NotPrinted(reason, sent, unreachable(reason))

    def _health(self, stream: Listener) -> Health:
        if not self._manners.wants_question:
            return UNKNOWN
        health = ask(stream, self._delivery.timing)
        if health is not None:
            self._manners.has_answered()
            self._silent_since = None
            return health
        if not self._manners.answers:
            self._manners.was_silent()
            return UNKNOWN
        now = time.monotonic()
        self._silent_since = since = now if self._silent_since is None else self._silent_since
        return unreachable(BUSY if self._shared and now - since < BUSY_SECONDS else _NO_ANSWER)

    def _at_once(self, stream: Listener) -> Health | None:
        """Ask without waiting for old bytes that may not be there; a ready printer, or None.

        All questions go out together with a mark behind them. What comes back keeps its order:
        with exactly three answers before the mark, none of them was left over from before.
        """
        if not self._sends_marks:
            return None
        mark = process_ids.new_id()
        stream.write(b"".join(QUESTIONS) + process_ids.request(mark))
        answers = b""
        while mark not in stream.heard:
            data = stream.read(64, self._delivery.timing.at_once)
            answers += data
            nothing_more = not data and mark not in stream.heard
            if nothing_more or len(answers) > len(QUESTIONS):
                return None
        if len(answers) != len(QUESTIONS) or not all(map(is_answer, answers)):
            return None
        health = interpret(*answers)
        return health if health.ready else None

    def _deliver(self, stream: Listener, data: bytes, notice: Notice) -> Outcome:
        mark = process_ids.new_id() if self._delivery.process_ids else None
        stream.write(data + process_ids.request(mark) if mark else data)
        seconds = seconds_on_paper(data, self._delivery.speed_mm_per_s)
        try:
            return self._watch(
                stream,
                mark,
                seconds,
                self._delivery.patience(data),
                self._delivery.allowance(data),
                notice,
            )
        except OSError as error:
            if mark not in stream.heard:
                raise
            # The paper is out all the same.
            return Printed(True, unreachable(out_of_reach(error)))

    def _watch(
        self,
        stream: Listener,
        mark: bytes | None,
        seconds: float,
        patience: float,
        allowance: float,
        notice: Notice,
    ) -> Outcome:
        """Wait until a job is out.

        Args:
            stream: Where it went.
            mark: What comes back behind it, if anything does.
            seconds: What the paper needs.
            patience: For how many seconds the printer may be silent.
            allowance: After how many seconds the job has failed.
            notice: Told when it begins to be silent.
        """
        sent = time.monotonic()
        due = sent + seconds
        # A mark is the better witness, and gets three times the time that paper needs.
        latest = sent + max(min(3 * seconds + patience, allowance), seconds)
        while True:
            if mark is not None and stream.wait_for(mark, min(_POLL_SECONDS, seconds)):
                self._sends_marks = True
                return Printed(True, self._at_once(stream) or self._health(stream))
            health = ask(stream, self._delivery.timing)
            now = time.monotonic()
            if mark in stream.heard:
                continue  # It came while other answers were read.
            if health is None:
                if now - sent >= patience:
                    return NotPrinted(_STOPPED, True, unreachable(_STOPPED))
                notice(unreachable(_SLOW))
                # The questions wait behind the job, so the paper's time begins with their answer.
                due = now + seconds
            elif not health.ready:
                return self._stopped_midway(stream, health)
            elif now >= due and not self._sends_marks:
                return Printed(True, health)
            elif now >= latest:
                return NotPrinted(_NEVER_OUT, True, health)
            elif mark is None:
                self._delivery.sleep(min(_POLL_SECONDS, max(0.0, due - now)))

    def _stopped_midway(self, stream: Listener, health: Health) -> NotPrinted:
        # Else the rest comes out by itself once there is paper, and then all of it again.
        with contextlib.suppress(OSError):
            stream.write(CLEAR_BUFFER)
        return NotPrinted(f"{describe(health)}, in the middle of a job", True, health)


def _ignore(_health: Health) -> None:
    pass
