"""When a printer can print, what it needs in words, and when another one takes its paper."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from appliance.protocol import Paper
from appliance.words import N_

FALLBACK_AFTER: Final = timedelta(seconds=10)
"""So long the printers of a role may be in trouble before another takes their paper: a paper roll
that is being changed must not send tickets to the other end of the lobby."""


def is_ready(*, online: bool, paper: Paper, cover_open: bool) -> bool:
    """Whether a printer can print now."""
    return online and not cover_open and paper is not Paper.OUT


def may_stand_in(troubles: Iterable[datetime | None], now: datetime) -> bool:
    """Whether another printer may take the paper of a role.

    Args:
        troubles: For each of the role's own printers, since when it cannot print; None for one
            that can.
        now: The moment.
    """
    return all(since is not None and now - since >= FALLBACK_AFTER for since in troubles)


def need(*, online: bool, paper: Paper, cover_open: bool, error: str | None) -> str | None:
    """What a printer needs, without its name.

    Args:
        online: Whether the printer answers.
        paper: What it says of its paper.
        cover_open: Whether its cover is open.
        error: What else it says.

    Returns:
        Words such as "out of paper", which screens translate, or None when all is well.
    """
    if not online:
        return error or N_("not connected")
    if cover_open:
        return N_("cover is open")
    if paper is Paper.OUT:
        return N_("out of paper")
    return error


def notice(*, online: bool, paper: Paper, cover_open: bool) -> str | None:
    """What a printer that still prints will need soon, without its name.

    Args:
        online: Whether the printer answers.
        paper: What it says of its paper.
        cover_open: Whether its cover is open.

    Returns:
        Words such as "paper low", which screens translate, or None.
    """
    if is_ready(online=online, paper=paper, cover_open=cover_open) and paper is Paper.LOW:
        return N_("paper low")
    return None


def problem(name: str, needs: str | None) -> str | None:
    """What somebody has to do about a printer.

    Args:
        name: As configured, such as `lobby`.
        needs: What `need` says.

    Returns:
        A sentence such as "Lobby printer: out of paper", or None when all is well.
    """
    return f"{name[:1].upper()}{name[1:]} printer: {needs}" if needs else None
