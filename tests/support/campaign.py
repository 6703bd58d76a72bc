"""How far the long tests go: small by default, the whole way with `CAMPAIGN=full`."""

from __future__ import annotations

import os


def rounds(small: int, full: int) -> int:
    """How often to do something: `small` in `make test`, `full` in `make campaign`."""
    return full if os.environ.get("CAMPAIGN") == "full" else small
