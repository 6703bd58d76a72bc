"""What the machine has to say, as a page that needs no server."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from html import escape
from pathlib import Path
from string import Template
from typing import Final

from appliance import notices
from appliance.notices import Notice
from appliance.translations import LANGUAGES

READ_SECONDS: Final = 30.0
"""How long a notice that is to be read stays before the kiosk goes on; the manager's page has it
for longer."""
_PAGE: Final = Path(__file__).with_name("notice.html")


class NoticePage:
    """The notices of this start of the machine, each shown once to be read.

    Args:
        files: Where they are.
        clock: Seconds of a clock that only goes on.
    """

    def __init__(
        self,
        files: Sequence[Path] = notices.FILES,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._files = files
        self._clock = clock
        self._shown: dict[Notice, float] = {}

    def to_be_read(self) -> str | None:
        """The page that somebody has to be able to read now, instead of the lobby's.

        Returns:
            None where there is none, or it has been there long enough.
        """
        now = self._clock()
        for notice in notices.remaining(self._files):
            if now - self._shown.setdefault(notice, now) < READ_SECONDS:
                return page(notice)
        return None

    def meanwhile(self) -> str | None:
        """What there is to say while the server does not answer; None for nothing."""
        for file in self._files:
            if (notice := notices.read(file)) is not None:
                return page(notice)
        return None


def page(notice: Notice) -> str:
    """A notice in HTML, in the shop's language and its direction."""
    first, *rest = [_said(*said) for said in notice.spoken()]
    return Template(_PAGE.read_text(encoding="utf-8")).substitute(
        lang=notice.language,
        dir=LANGUAGES[notice.language].direction,
        first=first,
        rest="\n".join(f"<p>{said}</p>" for said in rest),
    )


def _said(sentence: str, language: str) -> str:
    direction = LANGUAGES[language].direction
    return f'<span lang="{language}" dir="{direction}">{escape(sentence)}</span>'
