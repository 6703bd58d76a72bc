"""How sentences for people are marked and filled, wherever they are written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

WHOLE_NAME: Final = re.compile(r"\s|[室間屋]$")
"""What a room is called that is no number beside the word for a room: *Garden room*, not *5* or
*Garden*. The screens' `i18n.js` has the same."""
ROOM_WORDS: Final = {
    "en": r"[Rr]oom \{room\}",
    "fil": r"([Ss]ilid|[Kk]uwarto) \{room\}",
    "es": r"([Ll]a )?([Ss]ala|[Cc]abina) \{room\}",
    "ja": r"部屋 ?\{room\}|\{room\} ?号室",
    "ar": r"(ال)?غرفة \{room\}",
}
"""The word for a room beside its name in each language's sentences, as pattern: it is left out
where the name says so itself. The screens are told with the languages."""


def N_(msgid: str) -> str:  # noqa: N802 — gettext's own name
    """Mark a sentence for translation where it is only defined; a screen translates it."""
    return msgid


def for_room(sentence: str, room: object, language: str = "en") -> str:
    """A sentence about a room, not yet filled in, without the word that the room's name has."""
    if isinstance(room, str) and WHOLE_NAME.search(room) and language in ROOM_WORDS:
        return re.sub(ROOM_WORDS[language], "{room}", sentence)
    return sentence


def isolated(value: object) -> object:
    """A parameter that keeps its own order in a sentence of the other direction.

    Between Arabic words `$100.00` would else be read as `100.00$` (Unicode Annex 9, X5c: a first
    strong isolate).
    """
    return f"\u2068{value}\u2069" if isinstance(value, str) else value


def filled(sentence: str, params: Mapping[str, object], language: str = "en") -> str:
    """A sentence with its parameters put in.

    Args:
        sentence: With `{name}` where a parameter belongs.
        params: The parameters.
        language: Of the sentence.
    """
    if not params:
        return sentence
    return for_room(sentence, params.get("room"), language).format_map(params)
