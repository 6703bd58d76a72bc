"""When the cash drawer opens: at a payment in cash, or because a cashier says why."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

EXPIRES_AFTER: Final = timedelta(seconds=10)
"""A pulse that no printer has taken by then is dropped: the person there has opened the drawer
with the key, and it must not spring open when nobody expects it."""


def is_due(asked_at: datetime, now: datetime) -> bool:
    """Whether a pulse may still open the drawer. One from the future is from a clock set back."""
    return timedelta(0) <= now - asked_at <= EXPIRES_AFTER
