"""One line of the doctor's report."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How serious a finding is."""

    OK = "ok"
    NOTE = "note"
    """Nothing to do, or nothing that can be known here."""
    WARNING = "warning"
    RED = "RED"
    """Something does not work: the command's exit status says so, too."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, what was seen, what to do.

    Attributes:
        subject: Such as `database` or `printer lobby`.
        level: How serious it is.
        seen: A sentence.
        advice: What to do about it; empty when there is nothing to do.
    """

    subject: str
    level: Level
    seen: str
    advice: str = ""

    def __str__(self) -> str:
        text = " ".join(f"{self.seen} {self.advice}".split())
        return f"{self.level:8} {self.subject:18} {text}"
