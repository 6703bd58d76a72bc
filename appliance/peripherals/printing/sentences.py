"""Sentences about printers that screens show."""

from __future__ import annotations


def N_(msgid: str) -> str:  # noqa: N802 — gettext's own name
    """Mark a sentence that is translated later, on the screen that shows it."""
    return msgid
