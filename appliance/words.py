"""How sentences for people are marked, wherever they are written."""


def N_(msgid: str) -> str:  # noqa: N802 — gettext's own name
    """Mark a sentence for translation where it is only defined; a screen translates it."""
    return msgid
