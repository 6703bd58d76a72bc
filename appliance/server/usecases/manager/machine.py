"""How the machine is: what its start has left to be read, how full, worn and old its card is."""

from __future__ import annotations

from importlib.metadata import version
from typing import Final, NamedTuple

from appliance import notices, storage

_RELEASE: Final = version("lobby-appliance")


class Machine(NamedTuple):
    """The machine that the server runs on.

    Attributes:
        release: The release at work.
        notices: What was wrong with its settings or with a release on a stick.
        facts: About its card.
    """

    release: str
    notices: list[notices.Notice]
    facts: list[storage.Fact]


def look() -> Machine:
    """How it is now."""
    return Machine(_RELEASE, notices.remaining(), storage.look())
