"""What can happen to a paper: one row each, as `visits` has for customers.

`docs/transitions.md` is drawn from it too.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from appliance.protocol import LEASE_SECONDS
from appliance.words import N_

from .errors import InvalidState


class PaperState(StrEnum):
    """Where a paper stands."""

    WAITING = "waiting"
    LEASED = "leased"
    PRINTED = "printed"
    DROPPED = "dropped"
    HELD = "held"
    """Some of it may be out more than once: it waits for somebody who has a look."""


class PaperEvent(StrEnum):
    """What can happen to a paper."""

    LEASE = "lease"
    DONE = "done"
    FAIL = "fail"
    LOSE = "lose"
    HOLD = "hold"
    MOVE = "move"
    DROP = "drop"
    PRINT_AGAIN = "print again"


class By(StrEnum):
    """Who does it."""

    DAEMON = "daemon"
    STAFF = "staff"
    SYSTEM = "system"


class Mark(StrEnum):
    """Whether COPY heads the paper when it comes out next."""

    SAME = "as before"
    IF_MAYBE = "if some of it may be out"
    COPY = "COPY"


@dataclass(frozen=True, slots=True)
class PaperRow:
    """One row of the table.

    Attributes:
        event: What happens.
        source: The state it happens in.
        target: The state afterwards.
        by: Who does it.
        mark: Whether the paper is marked COPY from then on.
    """

    event: PaperEvent
    source: PaperState
    target: PaperState
    by: By
    mark: Mark = Mark.SAME


_S, _E = PaperState, PaperEvent

# One line a row. A daemon may be late: what it says of a paper that is no longer its own still
# counts where paper came out, and changes nothing where none did.
# fmt: off
TABLE: Final[tuple[PaperRow, ...]] = (
    PaperRow(_E.LEASE,       _S.WAITING, _S.LEASED,  By.DAEMON),
    PaperRow(_E.MOVE,        _S.WAITING, _S.WAITING, By.STAFF),
    PaperRow(_E.MOVE,        _S.HELD,    _S.WAITING, By.STAFF),
    PaperRow(_E.DROP,        _S.WAITING, _S.DROPPED, By.STAFF),
    PaperRow(_E.DROP,        _S.HELD,    _S.DROPPED, By.STAFF),
    PaperRow(_E.DONE,        _S.LEASED,  _S.PRINTED, By.DAEMON),
    PaperRow(_E.DONE,        _S.WAITING, _S.PRINTED, By.DAEMON),
    PaperRow(_E.DONE,        _S.DROPPED, _S.PRINTED, By.DAEMON),
    PaperRow(_E.DONE,        _S.HELD,    _S.PRINTED, By.DAEMON),
    PaperRow(_E.DONE,        _S.PRINTED, _S.PRINTED, By.DAEMON),
    PaperRow(_E.FAIL,        _S.LEASED,  _S.WAITING, By.DAEMON, Mark.IF_MAYBE),
    PaperRow(_E.FAIL,        _S.WAITING, _S.WAITING, By.DAEMON),
    PaperRow(_E.FAIL,        _S.PRINTED, _S.PRINTED, By.DAEMON),
    PaperRow(_E.FAIL,        _S.DROPPED, _S.DROPPED, By.DAEMON),
    PaperRow(_E.FAIL,        _S.HELD,    _S.HELD,    By.DAEMON),
    PaperRow(_E.HOLD,        _S.LEASED,  _S.HELD,    By.SYSTEM, Mark.COPY),
    PaperRow(_E.LOSE,        _S.LEASED,  _S.WAITING, By.SYSTEM, Mark.COPY),
    PaperRow(_E.PRINT_AGAIN, _S.PRINTED, _S.PRINTED, By.STAFF,  Mark.COPY),
    PaperRow(_E.PRINT_AGAIN, _S.DROPPED, _S.DROPPED, By.STAFF,  Mark.COPY),
    PaperRow(_E.PRINT_AGAIN, _S.HELD,    _S.WAITING, By.STAFF,  Mark.COPY),
)
# fmt: on
"""`lose`: the lease has run out, or its daemon has restarted. `print again` owes another paper,
which is marked; the original stays what it is. `hold`: a try that ended in doubt was one too many.
Somebody looks, and prints the paper again, moves or drops it: no printer makes COPY after COPY."""

_BY_KEY: Final = {(row.event, row.source): row for row in TABLE}
SETTLED: Final = (PaperState.PRINTED, PaperState.DROPPED)
"""Nothing happens to a paper any more, but that it is printed again."""
OPEN: Final = (PaperState.WAITING, PaperState.LEASED, PaperState.HELD)
"""Still to come out."""
ATTEMPTS_IN_ORDER: Final = 5
"""A job that has failed this often lets the ones behind it pass, and is tried once a minute."""
LEASE_TIME: Final = timedelta(seconds=LEASE_SECONDS)
"""How long a daemon may take over one piece of paper before the job goes back to the queue."""
LONGEST_LEASE_TIME: Final = timedelta(minutes=5)
"""How long at most where the daemon says that its printer is slow."""
TRIES_IN_DOUBT: Final = 3
"""From this try on, one that ends in doubt is the last that nobody has asked for: a paper is out at
most three times, twice with COPY on it."""

_PLAIN: Final = {
    PaperState.WAITING: N_("Not printed yet. It will print automatically."),
    PaperState.LEASED: N_("Printing now. Please check again in a minute."),
    PaperState.PRINTED: N_("Already printed."),
    PaperState.DROPPED: N_("This print was cancelled."),
    PaperState.HELD: N_("This may already be printed. Print it again, or cancel it."),
}


def decide(state: PaperState, event: PaperEvent) -> PaperRow:
    """What follows from an event.

    Raises:
        InvalidState: It does not exist in this state.
    """
    row = _BY_KEY.get((event, state))
    if row is None:
        raise InvalidState(_PLAIN[state])
    return row


def in_doubt_too_often(tries: int) -> bool:
    """Whether a paper of which nobody knows whether it is out waits for somebody who looks.

    Args:
        tries: How often it was tried since somebody last asked for it.
    """
    return tries >= TRIES_IN_DOUBT


def question(state: PaperState) -> str | None:
    """What somebody has to decide about a paper, or None."""
    asked = N_("may already be printed – print again or cancel?")
    return asked if state is PaperState.HELD else None


def lease_time(seconds: float) -> timedelta:
    """How much longer a daemon may take that asks for so many seconds."""
    return min(max(timedelta(seconds=seconds), LEASE_TIME), LONGEST_LEASE_TIME)


def marked(row: PaperRow, before: bool, *, maybe: bool = False) -> bool:
    """Whether COPY heads the paper from now on.

    Args:
        row: What has happened.
        before: Whether it did so far.
        maybe: Whether some of it may be on paper.
    """
    return before or row.mark is Mark.COPY or (row.mark is Mark.IF_MAYBE and maybe)


def put_off(attempts: int, *, at_once: bool = False) -> timedelta | None:
    """How long a paper that failed so often waits before it is tried again.

    Args:
        attempts: How often it has been tried.
        at_once: Whether it fails for its own sake, so that the ones behind it need not wait.
    """
    return LEASE_TIME if at_once or attempts >= ATTEMPTS_IN_ORDER else None


def opens_drawer(*, asked: bool, copy: bool) -> bool:
    """Whether a paper opens the cash drawer: never a second time for the same money.

    Args:
        asked: Whether its payment is one that does.
        copy: Whether it is marked COPY.
    """
    return asked and not copy
