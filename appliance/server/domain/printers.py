"""What a printer needs, in words."""

from __future__ import annotations

from appliance.protocol import Paper


def problem(
    name: str, *, online: bool, paper: Paper, cover_open: bool, error: str | None
) -> str | None:
    """What somebody has to do about a printer.

    Args:
        name: As configured, such as `lobby`.
        online: Whether the printer answers.
        paper: What it says of its paper.
        cover_open: Whether its cover is open.
        error: What else it says.

    Returns:
        A sentence such as "Lobby printer: out of paper", or None when all is well.
    """
    if not online:
        what = error or "not connected"
    elif cover_open:
        what = "cover is open"
    elif paper is Paper.OUT:
        what = "out of paper"
    elif error:
        what = error
    else:
        return None
    return f"{name[:1].upper()}{name[1:]} printer: {what}"
