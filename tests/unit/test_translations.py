"""The catalogues, the plural rules and the colours of a shop's accent."""

from __future__ import annotations

import json
import re

import pytest
from babel import Locale
from hypothesis import given
from hypothesis import strategies as st

from appliance.server.http.theme import colour, contrast, readable, style_sheet
from appliance.translations import LANGUAGES, PLURAL_CATEGORIES, translations

OTHERS = [code for code in LANGUAGES if code != "en"]
BEFORE_YOU = ("{count} person before you", "{count} people before you")


@pytest.mark.parametrize("code", OTHERS)
def test_a_language_says_a_sentence_in_its_own_words(code: str) -> None:
    assert translations(code).gettext("Start over") != "Start over"


def test_a_sentence_that_nobody_has_translated_is_said_in_english() -> None:
    assert translations("ja").gettext("Room {room}, maybe", room="3") == "Room 3, maybe"


@pytest.mark.parametrize(
    ("count", "form"), [(1, "شخص واحد"), (2, "شخصان"), (5, "5 أشخاص"), (11, "11 شخصًا")]
)
def test_arabic_counts_in_six_forms(count: int, form: str) -> None:
    assert translations("ar").ngettext(*BEFORE_YOU, count, count=count).startswith(form)


@pytest.mark.parametrize("code", OTHERS)
@pytest.mark.parametrize("count", range(130))
def test_the_browser_picks_the_form_that_python_picks(code: str, count: int) -> None:
    document = json.loads(translations(code).document)
    forms = document["messages"][BEFORE_YOU[0]]
    category = Locale.parse(code).plural_form(count)  # as Intl.PluralRules does
    picked = forms[document["plurals"][category]].replace("{count}", str(count))
    assert picked == translations(code).ngettext(*BEFORE_YOU, count, count=count)


@pytest.mark.parametrize("code", OTHERS)
def test_the_plural_categories_are_those_of_the_cldr(code: str) -> None:
    assert set(PLURAL_CATEGORIES[code]) == {*Locale.parse(code).plural_form.tags, "other"}


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
