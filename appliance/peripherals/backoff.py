"""How long to wait before knocking again."""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True)
class Backoff:
    """Waits between attempts to connect, in seconds.

    Attributes:
        first: After the first failure; doubles with each further one.
        longest: Never more than this: all is to work again within three seconds of the server's
            return, and knocking costs nothing on the shop's own network.
        refused: After the server has refused the token.
    """

    first: float = 0.5
    longest: float = 1.0
    refused: float = 15.0

    def after(self, failures: int) -> float:
        """The wait after so many failures in a row, shortened at random by up to a quarter."""
        wait = min(self.longest, self.first * 2.0 ** min(failures - 1, 16))
        # Several daemons of one shop must not knock at a restarted server at the same moment.
        return wait * random.uniform(0.75, 1.0)  # noqa: S311 - spreads load, guards nothing
