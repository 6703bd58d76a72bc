"""What the screen shows before there is a browser: a few lines of text on the first console.

A console has no letters for Japanese or Arabic: there it speaks English.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from typing import Final

from appliance.translations import translations
from appliance.words import N_

from .machine import Machine

CONSOLE: Final = "/dev/tty1"
LATIN: Final = frozenset({"en", "fil", "es"})
_CLEAR: Final = "\033[2J\033[H\033[?25l"

TITLE: Final = N_("The lobby is getting ready.")
PATIENCE: Final = N_("The first start takes a few minutes. You can leave it alone.")
WRONG: Final = N_("The file lobby.yaml on the card cannot be used:")
NOT_YET: Final = N_("Switch off, correct the file on a computer, and start again.")
AS_BEFORE: Final = N_("The settings from before stay in use. Correct the file on a computer.")
TRYING: Final = N_("This did not work yet, and is tried again: {problem}")


class Screen:
    """The console.

    Args:
        machine: The card's.
        language: The shop's, once it is known.
    """

    def __init__(self, machine: Machine, language: str = "en") -> None:
        self._path = machine.path(CONSOLE)
        self._words = translations("en")
        self._lines: list[str] = []
        self.speak(language)

    def speak(self, language: str) -> None:
        """Speak a language from now on, where the console has its letters."""
        self._words = translations(language if language in LATIN else "en")

    def begin(self) -> None:
        """Say that it goes on by itself."""
        self._lines = [self._words.gettext(TITLE), self._words.gettext(PATIENCE), ""]
        self._show()

    def step(self, sentence: str) -> None:
        """Say what is done now, below what has been done."""
        self._lines.append(f"  {self._words.gettext(sentence)}")
        self._show()

    def trouble(self, problem: str) -> None:
        """Say why it does not go on."""
        self._show([self._words.gettext(TRYING, problem=problem)])

    def wrong(self, mistakes: Iterable[str], *, before: bool) -> None:
        """Say what is wrong with the file.

        Args:
            mistakes: Each a sentence, in English, as the file is.
            before: Whether what was set before is in use.
        """
        what = self._words.gettext(AS_BEFORE if before else NOT_YET)
        told = [f"  {one}" for one in mistakes]
        self._show([self._words.gettext(WRONG), "", *told, "", what])

    def _show(self, more: Iterable[str] = ()) -> None:
        text = "\r\n".join(f"  {line}" for line in ("", *self._lines, *more, ""))
        # No console, no screen: nobody waits for one.
        with contextlib.suppress(OSError):
            descriptor = os.open(self._path, os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK)
            with os.fdopen(descriptor, "w", encoding="utf-8") as console:
                console.write(f"{_CLEAR}{text}")
