"""One word for one thing: no sentence has a phrase that the glossary says nobody would say."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click
import pytest

from appliance.cli import main
from tools.translations import collect

ROOT: Final = Path(__file__).parents[2]
GLOSSARY: Final = ROOT / "docs" / "glossary.md"
MESSAGES: Final = (
    *(ROOT / "appliance" / "cli").glob("*.py"),
    *(ROOT / "appliance" / "doctor").glob("*.py"),
    ROOT / "appliance" / "demo.py",
    ROOT / "appliance" / "server" / "config.py",
    ROOT / "appliance" / "peripherals" / "config.py",
)
"""Modules whose strings a technician reads."""
SIMULATOR: Final = ROOT / "appliance" / "peripherals" / "simulator" / "static"
PLAYBOOKS: Final = ROOT / "provisioning" / "ansible"


def avoided(text: str) -> list[str]:
    """The phrases of the glossary's table "Not said"."""
    _, _, table = text.partition("## Not said")
    rows = re.findall(r"^\| (.+?) \| .+ \|$", table, re.MULTILINE)
    return [phrase.strip() for row in rows[1:] for phrase in row.split(", ")]


NOT_SAID: Final = re.compile(
    "|".join(
        rf"(?<![\w-]){re.escape(phrase)}" + (r"(?![\w-])" if phrase[-1].isalnum() else "")
        for phrase in avoided(GLOSSARY.read_text(encoding="utf-8"))
    ),
    re.IGNORECASE,
)


def on_screens_and_paper() -> Iterator[tuple[str, str]]:
    for sentence, places in collect().places.items():
        for form in [sentence] if isinstance(sentence, str) else sentence:
            yield f"{min(places)}", form


def in_commands() -> Iterator[tuple[str, str]]:
    pending: list[tuple[str, click.Command]] = [("appliance", main)]
    while pending:
        name, command = pending.pop()
        yield name, command.help or ""
        for option in command.params:
            yield f"{name} {option.name}", getattr(option, "help", None) or ""
        if isinstance(command, click.Group):
            pending += [(f"{name} {sub}", each) for sub, each in command.commands.items()]


def in_messages() -> Iterator[tuple[str, str]]:
    for path in MESSAGES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        explained = {
            id(node.value)
            for node in ast.walk(tree)
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        }
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Constant)
                and isinstance(node.value, str)
                and id(node) not in explained
            ):
                yield f"{path.name}:{node.lineno}", node.value


def in_the_simulator() -> Iterator[tuple[str, str]]:
    for path in SIMULATOR.glob("*.js"):
        code = re.sub(
            r"/\*.*?\*/|^\s*//.*$",
            "",
            path.read_text(encoding="utf-8"),
            flags=re.DOTALL | re.MULTILINE,
        )
        yield path.name, code


def in_playbooks() -> Iterator[tuple[str, str]]:
    for path in PLAYBOOKS.rglob("*.yml"):
        for message in re.findall(
            r"msg: (?:>-\n)?((?:.+\n)+?)(?=\s*- |\s*\w+:|\n|\Z)", path.read_text()
        ):
            yield str(path.relative_to(ROOT)), message


def in_docs() -> Iterator[tuple[str, str]]:
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")]
    for path in pages:
        if path != GLOSSARY:
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                # Names of tests and fields are as they are.
                yield f"{path.name}:{number}", re.sub(r"`[^`]*`", "", line)


@pytest.mark.parametrize(
    "where",
    [on_screens_and_paper, in_commands, in_messages, in_the_simulator, in_playbooks, in_docs],
    ids=lambda where: where.__name__,
)
def test_nothing_is_said_that_nobody_would_say(where: object) -> None:
    assert callable(where)
    sentences = list(where())
    assert sentences, "looked in the wrong place"
    said = [
        f"{place}: “{found[0]}” in {text.strip()[:120]!r}"
        for place, text in sentences
        if (found := NOT_SAID.search(text))
    ]
    assert not said, f"{GLOSSARY.name} has better words:\n" + "\n".join(said)


@pytest.mark.parametrize(
    ("sentence", "found"),
    [
        ("Please ask at the reception.", "reception"),
        ("Your Code is 0042", "Your Code"),
        ("{name} does not work here any more.", "any more"),
        ("Is there anymore?", None),
        ("Nobody here is renewed.", None),
    ],
)
def test_a_phrase_is_found_as_words(sentence: str, found: str | None) -> None:
    match = NOT_SAID.search(sentence)
    assert (match[0] if match else None) == found
