"""Browsers that somebody has logged in with before.

A right password from such a browser is heard even while strangers' guesses at the same name are
paused (`throttle.BROWSER`). It is remembered in the session cookie, which is signed and HttpOnly
and outlives the log-out; it opens nothing by itself, and helps only those who have logged in there.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any, Final

KNOWN: Final = "known"
"""Where the session keeps it."""
_PEOPLE_AT_MOST: Final = 20


@dataclass(frozen=True, slots=True)
class KnownBrowser:
    """A browser that has proved itself.

    Attributes:
        id: Random; what its own guesses are counted by.
        people: Ids of those who have logged in with it, latest last.
    """

    id: str
    people: tuple[int, ...]


def read(session: Mapping[str, Any]) -> KnownBrowser | None:
    """The browser that holds this session; None for one that nobody has logged in with."""
    held = session.get(KNOWN)
    if not isinstance(held, dict) or not isinstance(held.get("id"), str):
        return None
    return KnownBrowser(held["id"], tuple(held.get("people", ())))


def remember(session: MutableMapping[str, Any], before: KnownBrowser | None, person: int) -> None:
    """Let the browser that holds this session be known to this person.

    Args:
        session: Of the request; its other contents are of no concern.
        before: What was known of the browser until now.
        person: Who has just logged in.
    """
    people = before.people if before else ()
    latest = [*(known for known in people if known != person), person][-_PEOPLE_AT_MOST:]
    name = before.id if before else secrets.token_hex(8)
    session[KNOWN] = {"id": name, "people": latest}
