"""The models of printers that are known: python-escpos's copy of the escpos-printer-db.

Read here without the library, because a configuration is checked once a minute.
"""

from __future__ import annotations

import json
from functools import lru_cache
from importlib import resources
from typing import Any, Final

_GENERIC: Final = frozenset({"default", "simple"})
"""Profiles of no model in particular; `default` is that of a printer whose model nobody names."""


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


def is_generic(name: str) -> bool:
    """True for a profile that stands for a model nobody knows."""
    return name in _GENERIC
