"""What the screens say, in the languages of guests and staff: gettext catalogues, read once.

English is the language of the source and needs no catalogue. `make translations` keeps the others
(`appliance/locale/<language>/LC_MESSAGES/messages.po`) in step with the source.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

from appliance.words import filled, isolated

LOCALE_FOLDER: Final = Path(__file__).parent / "locale"
SOURCE_LANGUAGE: Final = "en"


@dataclass(frozen=True, slots=True)
class Language:
    """A language that the screens speak.

    Attributes:
        code: As in `<html lang>` and in the folder of its catalogue.
        name: What its own speakers call it.
        direction: Which way it is written.
        plural_forms: gettext's rule, agreeing with the CLDR's, by which browsers count
            (`Intl.PluralRules`).
        plural_categories: The CLDR's categories in the order of gettext's forms. They stand here
            because Babel would load a megabyte about each language to tell them.
    """

    code: str
    name: str
    direction: Literal["ltr", "rtl"] = "ltr"
    plural_forms: str = "nplurals=2; plural=(n != 1);"
    plural_categories: tuple[str, ...] = ("one", "other")


LANGUAGES: Final = {
    language.code: language
    for language in (
        Language("en", "English"),
        Language(
            "fil",
            "Filipino",
            plural_forms="nplurals=2; plural=(n != 1 && n != 2 && n != 3 && "
            "(n % 10 == 4 || n % 10 == 6 || n % 10 == 9));",
        ),
        # "many" stands before nouns after a round million; such texts are not written here.
        Language("es", "Español", plural_categories=("one", "many", "other")),
        Language(
            "ja", "日本語", plural_forms="nplurals=1; plural=0;", plural_categories=("other",)
        ),
        Language(
            "ar",
            "العربية",
            "rtl",
            "nplurals=6; plural=(n == 0 ? 0 : n == 1 ? 1 : n == 2 ? 2 : "
            "n % 100 >= 3 && n % 100 <= 10 ? 3 : n % 100 >= 11 && n % 100 <= 99 ? 4 : 5);",
            ("zero", "one", "two", "few", "many", "other"),
        ),
    )
}
"""All that the product needs to know of a language stands in its row; `make translations` makes
its catalogue from that."""


class Translations:
    """One language's sentences.

    Args:
        language: Whose.
        messages: Sentence → its translation, or all its plural forms in gettext's order.
        plurals: Plural category of the Unicode CLDR → index of the form.
    """

    def __init__(
        self,
        language: Language,
        messages: dict[str, str | list[str]],
        plurals: dict[str, int],
    ) -> None:
        self.language = language
        self._messages = messages
        self._plurals = plurals
        body = {"language": language.code, "plurals": plurals, "messages": messages}
        self.document: Final = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        """What a browser loads."""
        self.version: Final = hashlib.sha256(self.document).hexdigest()[:16]
        """Changes whenever the document does."""

    def gettext(self, msgid: str, **params: Any) -> str:
        """A sentence in this language, or in English where it is not translated.

        Args:
            msgid: The English sentence, with `{name}` where a parameter belongs.
            params: The parameters.
        """
        found = self._messages.get(msgid, msgid)
        sentence = found if isinstance(found, str) else found[-1]
        return filled(sentence, params, self.language.code)

    def on_paper(self, msgid: str, **params: Any) -> str:
        """The same for paper, where no browser keeps an amount in an Arabic sentence in order."""
        if self.language.direction == "rtl":
            params = {name: isolated(value) for name, value in params.items()}
        return self.gettext(msgid, **params)


@cache
def translations(code: str) -> Translations:
    """The sentences of one of `LANGUAGES`.

    Raises:
        KeyError: There is no such language.
    """
    language = LANGUAGES[code]
    if code == SOURCE_LANGUAGE:
        return Translations(language, {}, _plurals(language, 2))
    # Not before somebody speaks another language: the devices' daemon may never do.
    from babel.messages.pofile import read_po

    with catalogue_file(code).open("rb") as file:
        catalogue = read_po(file, locale=code)
    messages: dict[str, str | list[str]] = {}
    for message in catalogue:
        if not message.id or not message.string:
            continue
        if isinstance(message.id, str):
            messages[message.id] = str(message.string)
        else:
            messages[message.id[0]] = [str(form) for form in message.string]
    return Translations(language, messages, _plurals(language, catalogue.num_plurals))


def catalogue_file(code: str) -> Path:
    """Where a language's catalogue is."""
    return LOCALE_FOLDER / code / "LC_MESSAGES" / "messages.po"


def _plurals(language: Language, forms: int) -> dict[str, int]:
    return {
        category: min(place, forms - 1) for place, category in enumerate(language.plural_categories)
    }
