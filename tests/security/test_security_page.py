"""docs/security.md says only what a test shows: each of its claims names one that exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
PROMISES = PAGE.partition("## What is protected\n")[2].partition("\n## ")[0]
NAMED = re.compile(r"`(tests/[\w/.-]+\.py)(?:::(\w+))?`")


def claims() -> list[str]:
    """List items, rows of tables, and paragraphs that are neither a heading nor a lead-in."""
    found = []
    for block in re.split(r"\n\n+", PROMISES.strip()):
        if block.startswith(("- ", "|")):
            parts = re.split(r"\n(?=- |\|)", block)
            rows = parts[2:] if block.startswith("|") else parts
            found += rows
        elif not block.rstrip().endswith(":"):
            found.append(block)
    return found


@pytest.mark.parametrize("claim", claims(), ids=lambda claim: claim[:50])
def test_a_claim_names_its_test(claim: str) -> None:
    assert NAMED.search(claim), claim


def test_every_test_that_it_names_exists() -> None:
    named = NAMED.findall(PAGE)
    assert len(named) > 20
    for file, function in named:
        path = ROOT / file
        assert path.is_file(), file
        assert not function or f"\ndef {function}(" in path.read_text(encoding="utf-8"), function
