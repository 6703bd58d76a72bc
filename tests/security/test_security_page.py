"""docs/security.md says only what a test shows: each of its claims names one that exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from appliance.server.auth import throttle
from appliance.server.domain.security import LINK_LIFETIME
from appliance.server.edge import doorway, gate, json_limit, lines, listener, messages

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


def test_its_figures_are_those_of_the_code() -> None:
    kib = 1024
    frames = f"{lines.SOMEBODY_FRAME_RATE:,.0f} a second for staff and devices"
    events = f"{lines.SOMEBODY_RATE:.0f} a second for staff and devices"
    figures = (
        f"{doorway.RATE:.0f} a second, {doorway.BURST:,.0f} at once",
        f"longer waits than {doorway.PATIENCE_SECONDS:.0f} s are refused with 429",
        f"together {['', '', 'twice', 'three', 'four'][lines.ADDRESSES_WORTH]} times as many",
        f"| of those, without an identity | {lines.STRANGERS_PER_ADDRESS} |",
        f"{events} ({lines.SOMEBODY_BURST:,.0f} at once)",
        f"{lines.NOBODY_RATE:.0f} ({lines.NOBODY_BURST:.0f} at once) for a stranger",
        f"{frames}, {lines.NOBODY_FRAME_RATE:.0f} for a stranger",
        f"all strangers of an address {lines.STRANGERS_FRAME_RATE:.0f}",
        f"{json_limit.MAX_PACKET // kib} KiB; what is larger is read past and refused",
        f"above {messages.MAX_MESSAGE // kib**2} MiB the connection ends",
        f"{gate.QUEUE_PACKETS:,} packets or {gate.QUEUE_BYTES // kib**2} MiB",
        f"| a request's headers | {listener.HEAD_SECONDS} s",
        f"works once, for {LINK_LIFETIME.seconds // 60} minutes",
        f"first {throttle.PERSON_FROM_ADDRESS.free} wrong passwords for a person from one address",
        f"first {throttle.ADDRESS.free} wrong ones from one address",
    )
    assert [figure for figure in figures if figure not in PROMISES] == []


def test_every_test_that_it_names_exists() -> None:
    named = NAMED.findall(PAGE)
    assert len(named) > 20
    for file, function in named:
        path = ROOT / file
        assert path.is_file(), file
        assert not function or f"\ndef {function}(" in path.read_text(encoding="utf-8"), function
