"""What stands in a person's round picture: one character as a reader takes it."""

from __future__ import annotations

from tests.support.node import run_node

READ = """
import { initial } from "./appliance/staff_ui/static/shared/initial.js";
console.log(JSON.stringify(given.map((name) => initial(name, "en"))));
"""
NAMES = {
    "Ana": "A",
    "🌸 Ana": "🌸",
    "👩🏽‍🦱 Bea": "👩🏽‍🦱",
    "🇵🇭 Cruz": "🇵🇭",
    "E\u0301va": "E\u0301",
    "क्षमा": "क्ष",
    "花": "花",
    "": "",
}


def test_an_initial_is_never_half_a_character() -> None:
    assert dict(zip(NAMES, run_node(READ, list(NAMES)), strict=True)) == NAMES


def test_an_older_phone_shows_no_half_of_one_either() -> None:
    without = "delete Intl.Segmenter;"
    assert run_node(READ.replace("console", without + "console"), ["🌸 Ana"]) == ["🌸"]
