"""The contract of every way to a printer."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol

from appliance.peripherals.printing.delivery import Notice, Outcome
from appliance.peripherals.printing.status import Health


class Transport(Protocol):
    """One printer. Called from one thread; keeps nothing open between calls that are not `kept`."""

    def kept(self) -> AbstractContextManager[None]:
        """Within it, what was asked and what is printed may share one connection.

        A printer that serves one connection after the other, and holds each for a while after it
        was closed, would else be kept from its job by the look before it.
        """

    def close(self) -> None:
        """Let go of what `kept` has left open: a place in a busy printer's line."""

    def allowance(self, data: bytes) -> float:
        """Seconds after which `print` has returned, whatever the printer does."""

    def status(self) -> Health:
        """Ask the printer how it is. Never raises: a printer that is away is a health too."""

    def print(self, data: bytes, notice: Notice | None = None) -> Outcome:
        """Print a whole job.

        Args:
            data: From `ESC @` to the cut.
            notice: Told of trouble while the job is still under way.

        Returns:
            What became of it; trouble is an outcome, not an exception.
        """

    def open_drawer(self, pin: int) -> str | None:
        """Open the cash drawer now, whether there is paper or not.

        Args:
            pin: Of the printer's kick connector, 2 or 5.

        Returns:
            None when the printer has taken the pulse; else why not, for staff, without the
            printer's name. Never raises, and never leaves a pulse behind for later.
        """
