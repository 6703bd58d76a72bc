"""What the screen shows before there is a lobby: a few lines of text on the first console.

The same is left as a notice, which the kiosk's browser shows where it is there. A console has no
letters for Japanese or Arabic: there it speaks English.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from typing import Final

from appliance.notices import CARD, Notice, Sentence
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
AS_BEFORE: Final = N_("The previous settings stay in use. Correct the file on a computer.")
TRYING: Final = N_("This has not worked yet. Trying again: {problem}")
STATION_WAITS: Final = N_("This station is not connected to the main machine yet. It keeps trying.")
STATION_REFUSED: Final = N_("The main machine did not accept this station.")
STATION_CODE: Final = N_(
    "Switch off, write the new code into lobby.yaml on the card, and start again."
)
STATION_READY: Final = N_("This station is connected to {server}.")


class Screen:
    """The console, and what the kiosk's browser shows instead.

    Args:
        machine: The card's.
        language: The shop's, once it is known.
    """

    def __init__(self, machine: Machine, language: str = "en") -> None:
        self._machine = machine
        self._language = language
        self._lines: list[Sentence] = []
        self._remains: Notice | None = None

    def speak(self, language: str) -> None:
        """Speak a language from now on; the console where it has its letters."""
        self._language = language

    def begin(self) -> None:
        """Say that it goes on by itself."""
        self._lines = [Sentence(TITLE), Sentence(PATIENCE)]
        self._show(self._lines)

    def step(self, sentence: str) -> None:
        """Say what is done now, below what has been done."""
        self._lines.append(Sentence(sentence))
        self._show(self._lines)

    def trouble(self, problem: str) -> None:
        """Say why it does not go on."""
        self._show([*self._lines, Sentence(TRYING, (("problem", problem),))])

    def wrong(self, mistakes: Iterable[str], *, before: bool) -> None:
        """Say what is wrong with the file.

        Args:
            mistakes: Each a sentence, in English, as the file is.
            before: Whether what was set before is in use.
        """
        told = tuple(Sentence("{mistake}", (("mistake", one),)) for one in mistakes)
        then = Sentence(AS_BEFORE if before else NOT_YET)
        self._show([Sentence(WRONG), *told, then], remains=True)

    def station_waits(self, problem: Sentence) -> None:
        """Say why a station is not in yet."""
        self._show([Sentence(STATION_WAITS), problem], remains=True)

    def station_refused(self, problem: str) -> None:
        """Say that a station needs another code.

        Args:
            problem: The main machine's sentence, in English; it has the same translations here.
        """
        told = [Sentence(STATION_REFUSED), Sentence(problem), Sentence(STATION_CODE)]
        self._show(told, remains=True)

    def station_ready(self, server: str) -> None:
        """Say that a station is in."""
        self._show([Sentence(STATION_READY, (("server", server),))])
        self._machine.remove(CARD)

    def right(self) -> None:
        """There is nothing wrong with the file, or not any more."""
        self._remains = None

    def clear(self) -> None:
        """The lobby takes over; what is wrong with the file stays to be read."""
        if self._remains:
            self._machine.write(CARD, self._remains.text())
        else:
            self._machine.remove(CARD)

    def _show(self, sentences: Iterable[Sentence], *, remains: bool = False) -> None:
        shown = tuple(sentences)
        notice = Notice(self._language, shown, remains)
        self._remains = notice if remains else self._remains
        self._machine.write(CARD, notice.text())
        words = translations(self._language if self._language in LATIN else "en")
        lines = [words.gettext(one.msgid, **dict(one.params)) for one in shown]
        # What is said first and what to do last stand apart from what is between.
        text = "\r\n".join(f"  {line}" for line in ("", lines[0], "", *lines[1:], ""))
        # No console, no screen: nobody waits for one.
        with contextlib.suppress(OSError):
            descriptor = os.open(
                self._machine.path(CONSOLE), os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK
            )
            with os.fdopen(descriptor, "w", encoding="utf-8") as console:
                console.write(f"{_CLEAR}{text}")
