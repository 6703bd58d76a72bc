"""Keeps out of the daemon's memory what its libraries load and it never uses."""

from __future__ import annotations

import sys
from typing import Final

_NEVER_USED: Final = (
    # python-socketio's message queue: the server's. With what it loads 8 MB.
    "redis",
    # engineio's polling; the daemon speaks WebSocket alone. 7 MB.
    "requests",
)
"""Optional to the libraries that load them: they go on without what cannot be imported."""


def leave_out() -> None:
    """Make what the daemon never uses impossible to import, in this process.

    For a process that is nothing but the daemon, and before anything else of it is imported. A
    Raspberry Pi's installation serves both processes, so that the packages themselves are there.
    """
    for name in _NEVER_USED:
        # The import system's own way to say so, see "The module cache" in Python's reference.
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]
