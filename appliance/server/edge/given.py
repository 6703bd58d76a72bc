"""What the edge is given by the code that puts the server together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from appliance.server.domain.errors import DomainError

NoteFlood = Callable[[str | None, str], object]
"""Told of a flood that was stopped: the address it came from, and what it was."""
Refusal = Callable[[DomainError], dict[str, Any]]
"""An error in the one shape that programs know."""
