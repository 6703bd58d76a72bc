"""Changing some of the fields of a thing that others may be changing, too."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from appliance.server.domain.errors import InvalidState

Fields = Mapping[str, Any]
"""Field to value: some of a thing's."""


def check_expected(present: Fields, expected: Fields) -> None:
    """Make sure that a thing still is as it was when somebody looked at it.

    Args:
        present: As it is, its row locked.
        expected: As they saw it, as much of it as they say.

    Raises:
        InvalidState: Somebody else has changed it meanwhile.
    """
    for name, value in expected.items():
        if name in present and present[name] != value:
            raise InvalidState(
                "Someone else just changed this to “{value}”. Please check again.",
                value=written(present[name]),
            )


def news(present: Fields, wanted: Fields) -> dict[str, Any]:
    """What of the wanted is not so already."""
    return {name: value for name, value in wanted.items() if present[name] != value}


def before_and_after(present: Fields, changed: Fields) -> dict[str, object]:
    """For the history: what was, and what is now."""
    return {
        "before": {name: _kept(present[name]) for name in changed},
        "after": {name: _kept(value) for name, value in changed.items()},
    }


def written(value: object) -> str:
    """A value in a sentence."""
    return "–" if value is None else str(_kept(value))


def _kept(value: object) -> object:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat()
    return value.value if isinstance(value, Enum) else value
