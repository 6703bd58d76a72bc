"""The server's clock as a daemon knows it: what the server said last, and what has passed since.

A second Pi's own clock may be an hour off, or be set while a finger is on a button. When a press
was made is therefore told in the server's time, counted by what nobody can set.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

log = logging.getLogger(__name__)

WORTH_TELLING: Final = timedelta(seconds=5)


class ServerTime:
    """Tells the server's time.

    Args:
        wall: This machine's time of day, aware UTC.
        elapsed: Seconds that only grow.
    """

    def __init__(
        self,
        wall: Callable[[], datetime] = lambda: datetime.now(UTC),
        elapsed: Callable[[], float] = time.monotonic,
    ) -> None:
        self._wall = wall
        self._elapsed = elapsed
        self._heard: tuple[datetime, float] | None = None
        self._told = False

    def heard(self, now: object) -> None:
        """The server has just said what time it is.

        Args:
            now: ISO 8601 with an offset; anything else, as from an older server, is passed over.
        """
        if not isinstance(now, str):
            return
        try:
            said = datetime.fromisoformat(now)
        except ValueError:
            return
        if said.tzinfo is None:
            return
        self._heard = said, self._elapsed()
        self._tell(self._wall() - said)

    def __call__(self) -> datetime:
        """The moment by the server's clock, aware; by this machine's own until it has said one."""
        if self._heard is None:
            return self._wall()
        said, at = self._heard
        return said + timedelta(seconds=self._elapsed() - at)

    def _tell(self, difference: timedelta) -> None:
        off = abs(difference) >= WORTH_TELLING
        if off == self._told:
            return
        self._told = off
        if off:
            seconds = difference.total_seconds()
            log.warning(
                "This machine's clock is %.0f s %s the server's. Buttons work all the same; check "
                "the time server (`timedatectl`).",
                abs(seconds),
                "ahead of" if seconds > 0 else "behind",
            )
        else:
            log.info("This machine's clock agrees with the server's again.")
