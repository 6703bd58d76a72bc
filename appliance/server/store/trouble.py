"""What an error of the database means: try again, ask again later, or a bug of ours.

The numbers are MariaDB's and, from 2000, its client's.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from appliance.server.domain.errors import Busy, Unavailable
from appliance.words import N_

UNKNOWN: Final = N_(
    "The database connection was lost while saving. Please check whether it was saved."
)
BUSY: Final = N_("Someone else is working on this right now. Please try again.")
UNAVAILABLE: Final = N_("The database is unavailable. Please try again soon.")
TAKES_NO_CHANGES: Final = N_(
    "The database is read-only or its disk is full. Nothing was changed. Please call the "
    "technician."
)

_COLLIDED: Final = frozenset({1020, 1213, 1317})
"""Record changed, deadlock, interrupted: rolled back, and likely to succeed at once."""
_WAITED: Final = frozenset({1205, 1969})
"""Lock wait time-out, statement time-out: waiting five times as long helps nobody."""
_LOST: Final = frozenset({2003, 2006, 2013, 2014, 2055, 1053, 1158, 1159, 1160, 1161, 1927, 4031})
"""The connection is gone; it may have been gone after the COMMIT reached the server."""
_TOO_MANY: Final = frozenset({1040, 1203})
"""No connection is free at the server, at this instant."""
_TAKES_NO_CHANGES: Final = frozenset({3, 28, 1021, 1026, 1030, 1041, 1114, 1290, 1792, 1836})
"""Disk or table full, out of memory, read-only server."""
_HALF_WAY: Final = frozenset({3, 1026, 1030, 1180})
"""Writing failed. As the answer to a COMMIT they leave open how far it had come."""
_CHECK_FAILED: Final = 4025


def number(error: DBAPIError) -> int | None:
    """The error's number, where it has one."""
    arguments = getattr(error.orig, "args", ())
    return arguments[0] if arguments and isinstance(arguments[0], int) else None


def worth_retrying(error: DBAPIError) -> bool:
    """Whether the same work, done again at once, is likely to succeed."""
    return number(error) in _COLLIDED | _TOO_MANY or _is_lost(error)


def may_be_committed(error: DBAPIError) -> bool:
    """Whether a COMMIT that got this answer may have been done all the same."""
    return _is_lost(error) or number(error) in _HALF_WAY


def takes_no_changes(error: DBAPIError) -> bool:
    """Whether the database answers, but cannot or must not write."""
    return number(error) in _TAKES_NO_CHANGES


def as_domain_error(error: DBAPIError) -> Exception:
    """What to tell the asker; the error itself where it is a bug of ours."""
    found = number(error)
    if found in _COLLIDED | _WAITED or "database is locked" in str(error.orig):
        return Busy(BUSY)
    if takes_no_changes(error):
        return Unavailable(TAKES_NO_CHANGES)
    # PyMySQL calls a failed CHECK operational too; it is a bug of ours and no lost database.
    operational = isinstance(error, OperationalError | InterfaceError) and found != _CHECK_FAILED
    return Unavailable(UNAVAILABLE) if operational or _is_lost(error) else error


def _is_lost(error: DBAPIError) -> bool:
    return number(error) in _LOST or error.connection_invalidated
