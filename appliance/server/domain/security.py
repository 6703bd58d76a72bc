"""What the history calls the things that somebody who looks after the shop's safety reads."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Final

from .states import Actor, Role

LOG_IN_FAILED: Final = "log_in_failed"
LOG_IN_PAUSED: Final = "log_in_paused"
CONNECTION_REFUSED: Final = "connection_refused"
EVENT_REFUSED: Final = "event_refused"
REQUEST_REFUSED: Final = "request_refused"
DEVICE_REFUSED: Final = "device_refused"
FLOOD_STOPPED: Final = "flood_stopped"
APPROVAL_FAILED: Final = "approval_failed"
PROOF_FAILED: Final = "password_check_failed"

NOTHING_CHANGED: Final = frozenset(
    {
        LOG_IN_FAILED,
        LOG_IN_PAUSED,
        CONNECTION_REFUSED,
        EVENT_REFUSED,
        REQUEST_REFUSED,
        DEVICE_REFUSED,
        FLOOD_STOPPED,
        APPROVAL_FAILED,
        PROOF_FAILED,
    }
)
"""Rows that tell of an attempt: nobody's screen and nobody's identity differs for them."""

LINK_LIFETIME: Final = timedelta(minutes=15)
"""Of an enrolment link: to walk from the machine that shows it to the screen that opens it."""

NOBODY: Final = Actor(Role.SYSTEM, None, "nobody")
"""Who has not said who they are, as the history names them."""


def token_digest(token: str) -> bytes:
    """What the database keeps of a token, a person's or a device's: 32 bytes."""
    return hashlib.sha256(token.encode()).digest()
