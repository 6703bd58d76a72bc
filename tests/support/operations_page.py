"""The commands on the page for technicians."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "operations.md"
_BLOCK = re.compile(r"<!-- (laptop|appliance) -->\n```sh\n(.*?)\n```", re.DOTALL)


@dataclass(frozen=True)
class Block:
    """Some lines to type.

    Attributes:
        where: `laptop` or `appliance`.
        line: Of the page, where they begin.
        text: The lines.
    """

    where: str
    line: int
    text: str


def blocks() -> list[Block]:
    """Everything on the page that is to be typed, in its order."""
    text = PAGE.read_text(encoding="utf-8")
    return [
        Block(found[1], text[: found.start()].count("\n") + 3, found[2])
        for found in _BLOCK.finditer(text)
    ]
