"""A photo as a manager brings it → as it is kept: small, and known by what is in it."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from typing import Final, NamedTuple

from appliance.photo_exits import NO_PICTURE, TOO_LARGE
from appliance.server.domain.errors import Busy, ValidationFailed

MAX_BYTES: Final = 5 * 1024 * 1024
"""What a photo may have before it is made smaller."""
_PATIENCE_SECONDS: Final = 30


class Kept(NamedTuple):
    """A photo as it is kept.

    Attributes:
        digest: What it is known by.
        content: A JPEG.
    """

    digest: str
    content: bytes


def read(content: bytes) -> Kept:
    """The photo as it is kept, made by a program of its own: see `appliance.photo`.

    Raises:
        ValidationFailed: It is no picture, or one with too many pixels.
        Busy: It took too long.
    """
    try:
        done = subprocess.run(
            [sys.executable, "-m", "appliance.photo"],
            input=content,
            capture_output=True,
            timeout=_PATIENCE_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Busy("The photo takes too long to read. Try a smaller one.") from None
    if done.returncode == TOO_LARGE:
        raise ValidationFailed("This photo is too large. Make it smaller and try again.")
    if done.returncode == NO_PICTURE or not done.stdout:
        raise ValidationFailed("This is not a JPEG, PNG or WebP photo, or the file is damaged.")
    return Kept(hashlib.sha256(done.stdout).hexdigest()[:32], done.stdout)
