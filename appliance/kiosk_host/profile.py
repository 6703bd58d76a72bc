"""What a browser of an earlier life has left in its profile, and must not find again."""

from __future__ import annotations

import shutil
import socket
from pathlib import Path
from typing import Final

LOCKS: Final = ("SingletonLock", "SingletonSocket", "SingletonCookie")
"""Chromium's proof that a profile is in use: `SingletonLock` is a link to HOST-PID.

Where the host is another, Chromium cannot know whether that process lives, and refuses to start. A
machine whose name was changed would stay black for ever."""

TRACES: Final = (
    "History",
    "History-journal",
    "Visited Links",
    "Top Sites",
    "Top Sites-journal",
    "Favicons",
    "Favicons-journal",
    "Shortcuts",
    "Shortcuts-journal",
    "Network Action Predictor",
    "Network Action Predictor-journal",
    "Sessions",
    "Session Storage",
    "Current Session",
    "Current Tabs",
    "Last Session",
    "Last Tabs",
)
"""Where addresses stand that were open, the enrolment's among them; cookies are elsewhere."""


def tidy(profile: Path) -> None:
    """Make a profile fit for a new browser; none may be running on it.

    Args:
        profile: The folder given to Chromium as `--user-data-dir`.
    """
    for name in LOCKS:
        (profile / name).unlink(missing_ok=True)
    for name in TRACES:
        path = profile / "Default" / name
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def is_foreign(profile: Path) -> bool:
    """Whether the profile's lock is of a machine of another name than this one's now."""
    lock = profile / "SingletonLock"
    return lock.is_symlink() and lock.readlink().name.rpartition("-")[0] != socket.gethostname()
