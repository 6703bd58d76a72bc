"""The recipes of CONTRIBUTING.md, followed: what they name is there, what they ask is done."""

from __future__ import annotations

import ast
import re
from itertools import pairwise, product
from pathlib import Path

import pytest

from appliance.protocol import LampPattern
from appliance.server.domain import errors
from appliance.server.domain.errors import DomainError
from appliance.server.domain.rooms import lamp
from appliance.server.domain.states import RoomStatus, TransactionStatus
from appliance.server.store import schema
from appliance.server.wire.errors import HTTP_STATUS

ROOT = Path(__file__).parents[2]
_QUOTED = re.compile(r"`([^`]+)`")


def recipes() -> dict[str, list[str]]:
    """What is added → the steps, each on one line."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").partition("## Recipes")[2]
    found: dict[str, list[str]] = {}
    for part in text.split("\n### ")[1:]:
        title, _, body = part.partition("\n")
        steps = re.findall(r"^\d+\. (.*(?:\n   .*)*)", body, re.MULTILINE)
        found[title] = [" ".join(step.split()) for step in steps]
    return found


STEPS = [(title, step) for title, steps in recipes().items() for step in steps]


def test_there_is_a_recipe_for_what_is_added_most() -> None:
    wanted = {
        "event",
        "payment method",
        "language",
        "lamp pattern",
        "setting",
        "error",
        "migration",
    }
    assert wanted <= {re.sub(r"^Add an? ", "", title) for title in recipes()}
    assert all(recipes().values())


@pytest.mark.parametrize(("title", "step"), STEPS)
def test_what_a_step_names_is_there(title: str, step: str) -> None:
    quoted = _QUOTED.findall(step)
    files = [ROOT / name for name in quoted if "/" in name and " " not in name]
    assert all(file.exists() for file in files), title
    if files and all(file.is_file() for file in files):
        text = "".join(file.read_text(encoding="utf-8") for file in files)
        for name in quoted:
            if re.fullmatch(r"[A-Za-z_]+", name):
                assert name in text, f"{title}: {name}"


# --- a lamp pattern ---------------------------------------------------------------------------


def test_every_pattern_shows_at_some_time() -> None:
    circumstances = product(RoomStatus, [None, *TransactionStatus], [False, True])
    shown = {lamp(room, customer, somebody_waits=waits) for room, customer, waits in circumstances}
    assert shown == set(LampPattern)


def test_the_simulator_explains_every_pattern() -> None:
    script = ROOT / "appliance/peripherals/simulator/static/room_view.js"
    meanings = script.read_text(encoding="utf-8").partition("MEANINGS = {")[2].partition("\n};")[0]
    assert set(re.findall(r"^  (\w+): {", meanings, re.MULTILINE)) == set(LampPattern)


# --- a setting --------------------------------------------------------------------------------

_NOT_FOR_PEOPLE = {"APPLIANCE_DEMO_FILE"}
"""What one part of the product tells another."""


def test_every_setting_is_explained_and_no_other() -> None:
    tree = ast.parse((ROOT / "appliance/server/config.py").read_text(encoding="utf-8"))
    # As `env.str("NAME")`, or by a function of the module's own, as `_amount(env, "NAME")`.
    asked = [
        [node.func.value, *node.args] if isinstance(node.func, ast.Attribute) else node.args
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
    ]
    read = {
        name.value
        for source, name, *_ in (parts for parts in asked if len(parts) > 1)
        if isinstance(source, ast.Name) and source.id == "env" and isinstance(name, ast.Constant)
    }
    page = (ROOT / "docs/settings.md").read_text(encoding="utf-8").partition("## ")[0]
    rows = [line.split("|")[1] for line in page.splitlines() if line.startswith("| `")]
    explained = {name for row in rows for name in _QUOTED.findall(row)}
    assert read - _NOT_FOR_PEOPLE == explained


# --- an error ---------------------------------------------------------------------------------


def test_every_error_has_a_status_and_every_status_an_error() -> None:
    found = [value for value in vars(errors).values() if isinstance(value, type)]
    codes = {value.code for value in found if issubclass(value, DomainError)}
    assert codes == set(HTTP_STATUS)


# --- a migration ------------------------------------------------------------------------------


def test_migrations_are_one_chain_up_to_the_schema_of_this_version() -> None:
    folder = ROOT / "appliance/server/store/migrations/versions"
    names = sorted(path.name for path in folder.glob("[0-9]*.py"))
    numbers = [name.partition("_")[0] for name in names]
    assert [int(number) for number in numbers] == list(range(1, len(numbers) + 1))
    assert numbers[-1] == schema.HEAD
    for (before, _), (number, name) in pairwise(zip(numbers, names, strict=True)):
        text = (folder / name).read_text(encoding="utf-8")
        assert f'revision = "{number}"' in text
        assert f'down_revision = "{before}"' in text
