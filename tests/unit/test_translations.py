"""The catalogues, the plural rules and the colours of a shop's accent."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from gettext import c2py
from pathlib import Path

import pytest
from babel import Locale
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st

from appliance.server.http.theme import colour, contrast, readable, style_sheet
from appliance.translations import (
    LANGUAGES,
    LOCALE_FOLDER,
    Language,
    catalogue_file,
    translations,
)
from tools import translations as catalogues

OTHERS = [code for code in LANGUAGES if code != "en"]
BEFORE_YOU = ("{count} person ahead of you", "{count} people ahead of you")


@pytest.mark.parametrize("code", OTHERS)
def test_a_language_says_a_sentence_in_its_own_words(code: str) -> None:
    assert translations(code).gettext("Start over") != "Start over"


def test_a_sentence_that_nobody_has_translated_is_said_in_english() -> None:
    assert translations("ja").gettext("Room {room}, maybe", room="3") == "Room 3, maybe"


@pytest.mark.parametrize(
    ("count", "form"), [(1, "شخص واحد"), (2, "شخصان"), (5, "5 أشخاص"), (11, "11 شخصًا")]
)
def test_arabic_counts_in_six_forms(count: int, form: str) -> None:
    assert picked_by_a_browser("ar", count).startswith(form)


@pytest.mark.parametrize("code", OTHERS)
@pytest.mark.parametrize("count", range(130))
def test_the_browser_picks_the_form_that_gettext_picks(code: str, count: int) -> None:
    with catalogue_file(code).open("rb") as file:
        catalogue = read_po(file, locale=code)
    form = c2py(catalogue.plural_expr)(count)  # by the rule in the file, as gettext does
    by_gettext = catalogue[BEFORE_YOU[0]].string[form].replace("{count}", str(count))
    assert picked_by_a_browser(code, count) == by_gettext


def picked_by_a_browser(code: str, count: int) -> str:
    document = json.loads(translations(code).document)
    category = Locale.parse(code).plural_form(count)  # as Intl.PluralRules does
    form: str = document["messages"][BEFORE_YOU[0]][document["plurals"][category]]
    return form.replace("{count}", str(count))


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_plural_categories_are_those_of_the_cldr(code: str) -> None:
    known = {*Locale.parse(code).plural_form.tags, "other"}
    assert set(LANGUAGES[code].plural_categories) == known


# --- another language -------------------------------------------------------------------------


@pytest.fixture
def german(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """A row in the list of languages, and nothing else; catalogues in a folder of their own."""
    folder = tmp_path / "locale"
    shutil.copytree(LOCALE_FOLDER, folder)
    monkeypatch.setattr("appliance.translations.LOCALE_FOLDER", folder)
    monkeypatch.setattr(catalogues, "TEMPLATE", folder / "messages.pot")
    monkeypatch.setitem(LANGUAGES, "de", Language("de", "Deutsch"))
    yield folder / "de" / "LC_MESSAGES" / "messages.po"
    translations.cache_clear()


def test_a_new_language_is_a_row_and_its_catalogue(
    german: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert catalogues.main([]) == 1
    assert "de: 'Start over' is not translated" in capsys.readouterr().err
    assert translations("de").gettext("Start over") == "Start over"

    translated = german.read_text().replace(
        'msgid "Start over"\nmsgstr ""', 'msgid "Start over"\nmsgstr "Von vorn"'
    )
    german.write_text(translated)
    translations.cache_clear()
    assert translations("de").gettext("Start over") == "Von vorn"

    assert catalogues.main([]) == 1, "collected once more, what is translated stays"
    assert german.read_text() == translated


# --- a shop's accent --------------------------------------------------------------------------


COLOURS = st.integers(0, 0xFFFFFF).map(lambda value: f"#{value:06x}")


@given(COLOURS)
def test_every_accent_can_be_read(accent: str) -> None:
    text = readable(colour(accent), (0.0, 0.0, 0.0), colour("#f8f3eb"))
    assert contrast(text, colour("#f8f3eb")) >= 4.5
    sheet = style_sheet(accent)
    shown = re.findall(r"--accent: (#\w+);", sheet)
    written = re.findall(r"--on-accent: (#\w+);", sheet)
    assert len(set(shown)) <= 2 < len(shown), "light, and dark by the device and by the shop"
    for background, ink in zip(shown, written, strict=True):
        assert contrast(colour(background), colour(ink)) >= 4.5, accent
