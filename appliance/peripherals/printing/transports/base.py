"""The contract of every way to a printer."""

from __future__ import annotations

from typing import Protocol

from appliance.peripherals.printing.delivery import Notice, Outcome
from appliance.peripherals.printing.status import Health


class Transport(Protocol):
    """One printer. Called from one thread; keeps nothing open between calls."""

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
