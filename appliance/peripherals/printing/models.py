"""The models of printers that are known: python-escpos's copy of the escpos-printer-db.

Read here without the library, because a configuration is checked once a minute.
"""

from __future__ import annotations

import json
from functools import lru_cache
from importlib import resources
from typing import Any


def database() -> dict[str, Any]:
    """All that the database says, read anew: `profiles` and `encodings` by name."""
    data: dict[str, Any] = json.loads(
        (resources.files("escpos") / "capabilities.json").read_bytes()
    )
    return data


@lru_cache(maxsize=1)
def known_profiles() -> tuple[str, ...]:
    """Names of all profiles, sorted."""
    return tuple(sorted(database()["profiles"]))
