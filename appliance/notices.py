"""What a machine tells the people in front of it: notices that root's programs leave in files.

The kiosk's keeper shows them in the shop's language, the server on the manager's page, the doctor
in English. Files are in /run: a notice is about this start of the machine.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from .translations import LANGUAGES, translations
from .words import filled

CARD: Final = "/run/appliance-card/notice.json"
"""What the start of a flashed card has to say: `appliance card start` writes it."""
STICK: Final = "/run/appliance-stick/notice.json"
"""What became of a release on a USB stick: `appliance-release stick` writes it."""
FILES: Final = tuple(map(Path, (CARD, STICK)))
_MOST_BYTES: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence before it is in anybody's language.

    Attributes:
        msgid: In English, with `{name}` where a parameter belongs; or one that has no translation.
        params: The parameters.
    """

    msgid: str
    params: tuple[tuple[str, str], ...] = ()

    def english(self) -> str:
        """As the source has it."""
        return filled(self.msgid, dict(self.params))


@dataclass(frozen=True, slots=True)
class Notice:
    """What there is to tell.

    Attributes:
        language: The shop's.
        sentences: The first is what happened, the last what to do.
        remains: Whether it is to be read and stands on the manager's page; what only says how far a
            start has come is gone when the server is there.
        good: Whether nothing has to be done about it.
    """

    language: str
    sentences: tuple[Sentence, ...]
    remains: bool = True
    good: bool = False

    def text(self) -> str:
        """As a file has it."""
        return (
            json.dumps(
                {
                    "language": self.language,
                    "sentences": [[one.msgid, dict(one.params)] for one in self.sentences],
                    "remains": self.remains,
                    "good": self.good,
                },
                ensure_ascii=False,
            )
            + "\n"
        )

    def english(self) -> list[str]:
        """Its sentences for a technician; a screen that knows the sentences translates them."""
        return [one.english() for one in self.sentences]

    def spoken(self) -> Iterator[tuple[str, str]]:
        """Each sentence with the language that it is in: what has no translation stays English."""
        words = translations(self.language)
        for one in self.sentences:
            said = words.gettext(one.msgid, **dict(one.params))
            yield said, "en" if said == one.english() else self.language


def read(file: Path) -> Notice | None:
    """What a file says; None where there is none, or where it is no notice."""
    try:
        with file.open("rb") as opened:
            found = json.loads(opened.read(_MOST_BYTES))
        return _notice(found)
    except (OSError, ValueError, TypeError, LookupError, AttributeError, RecursionError):
        return None


def remaining(files: Sequence[Path] | None = None) -> list[Notice]:
    """What somebody has to know who looks at the machine's health.

    Args:
        files: Where notices are; `FILES` unless given.
    """
    found = map(read, FILES if files is None else files)
    return [notice for notice in found if notice is not None and notice.remains]


def _notice(found: dict[str, Any]) -> Notice:
    language = str(found["language"])
    return Notice(
        language if language in LANGUAGES else "en",
        tuple(
            Sentence(str(msgid), tuple((str(key), str(value)) for key, value in params.items()))
            for msgid, params in found["sentences"]
        ),
        bool(found["remains"]),
        bool(found["good"]),
    )
