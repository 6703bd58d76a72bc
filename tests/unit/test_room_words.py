"""A room whose name says that it is one is not called a room twice, in any language."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from appliance.server.domain.errors import RoomUnavailable
from appliance.translations import LANGUAGES, translations
from appliance.words import ROOM_WORDS, WHOLE_NAME, filled, for_room

ROOT = Path(__file__).parents[2]
OWN = {"en": "room", "fil": "silid|kuwarto", "es": "sala|cabina", "ja": "部屋|号室", "ar": "غرفة"}
I18N = ROOT / "appliance/web_common/static/i18n.js"


def sentences() -> list[str]:
    """Every sentence about a room that a catalogue has."""
    messages = re.findall(
        r'^msgid "(.*\{room\}.*)"$',
        (ROOT / "appliance/locale/messages.pot").read_text(),
        re.MULTILINE,
    )
    assert len(messages) > 15
    return messages


@pytest.mark.parametrize("name", ["5", "2a", "VIP", "Garden", "蓮", "Jardín"])
def test_a_number_or_a_word_stands_beside_the_word_for_a_room(name: str) -> None:
    assert filled("Room {room} is occupied.", {"room": name}) == f"Room {name} is occupied."


def test_a_whole_name_stands_alone() -> None:
    assert str(RoomUnavailable("Room {room} is occupied.", room="Garden room")) == (
        "Garden room is occupied."
    )
    sentence = "{code} is called to room {room}."
    said = {
        code: translations(code).gettext(sentence, code="0042", room="Garden room")
        for code in LANGUAGES
    }
    assert said["en"] == "0042 is called to Garden room."
    assert said["es"] == "0042 ha sido llamado a Garden room."
    assert said["ja"] == "0042 をGarden room へ呼び出しました。"
    assert translations("ja").gettext("Room {room}", room="庭の間") == "庭の間"


@pytest.mark.parametrize("code", sorted(LANGUAGES))
def test_no_sentence_of_any_language_keeps_the_word_beside_the_name(code: str) -> None:
    for sentence in sentences():
        found = for_room(translations(code).gettext(sentence), "Garden room", code)
        beside = rf"({OWN[code]}) ?\{{room\}}|\{{room\}} ?({OWN[code]})(?!s? of)"
        assert not re.search(beside, found, re.IGNORECASE), found
        assert "{room}" in found


def test_the_screens_have_the_same_rule() -> None:
    script = I18N.read_text(encoding="utf-8")
    assert f"const WHOLE_NAME = /{WHOLE_NAME.pattern}/;" in script
    english = ROOM_WORDS["en"].replace("\\", "\\\\")
    assert f'const ENGLISH_ROOM = "{english}";' in script
