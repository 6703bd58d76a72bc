"""JSON for python-socketio clients that do not look at snapshots.

A phone or a wall screen reads its own snapshots; sixteen of them in one process would take the
CPU that the server is to be measured with.
"""

from __future__ import annotations

import json
from typing import Any, Final

_SNAPSHOT: Final = 4096
"""Longer than any answer to a claim, shorter than any snapshot worth skipping."""

JSONDecodeError = json.JSONDecodeError
dumps = json.dumps


def loads(text: str | bytes, **options: Any) -> Any:
    """Decode an answer; of a snapshot only say that there was one."""
    return ["snapshot"] if len(text) > _SNAPSHOT else json.loads(text, **options)
