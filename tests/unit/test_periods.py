"""The periods that the manager's reports are asked for, as the page works them out."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.node import run_node

PERIODS = "./appliance/staff_ui/static/manager/money/periods.js"
PROGRAM = f"""
import * as periods from "{PERIODS}";
const [name, ...rest] = given;
console.log(JSON.stringify(periods[name](...rest)));
"""


def ask(*call: object) -> Any:
    return run_node(PROGRAM, call)


@pytest.mark.parametrize(
    ("kind", "date", "first", "last"),
    [
        ("day", "2026-11-27", "2026-11-27", "2026-11-27"),
        ("week", "2026-11-27", "2026-11-23", "2026-11-29"),
        ("week", "2027-01-03", "2026-12-28", "2027-01-03"),
        ("month", "2028-02-29", "2028-02-01", "2028-02-29"),
        ("month", "2026-12-31", "2026-12-01", "2026-12-31"),
        ("range", "2026-03-03", "2026-02-25", "2026-03-03"),
    ],
)
def test_the_period_of_a_date(kind: str, date: str, first: str, last: str) -> None:
    assert ask("periodOf", kind, date) == {"kind": kind, "from": first, "to": last}


@pytest.mark.parametrize(
    ("kind", "first", "last", "direction", "then"),
    [
        ("month", "2026-01-01", "2026-01-31", 1, ("2026-02-01", "2026-02-28")),
        ("month", "2026-01-01", "2026-01-31", -1, ("2025-12-01", "2025-12-31")),
        ("week", "2026-10-19", "2026-10-25", 1, ("2026-10-26", "2026-11-01")),
        ("range", "2026-10-24", "2026-10-26", -1, ("2026-10-21", "2026-10-23")),
    ],
)
def test_the_period_beside_one(
    kind: str, first: str, last: str, direction: int, then: tuple[str, str]
) -> None:
    found = ask("next", {"kind": kind, "from": first, "to": last}, direction)
    assert (found["from"], found["to"]) == then


def test_every_day_of_a_range_even_where_clocks_change() -> None:
    assert ask("daysOf", "2026-10-24", "2026-10-26") == ["2026-10-24", "2026-10-25", "2026-10-26"]


@pytest.mark.parametrize("text", ["2026-02-29", "27.11.2026", "2026-1-1", "", "2026-13-01"])
def test_what_is_no_date(text: str) -> None:
    assert ask("isDate", text) is False
    assert ask("isDate", "2028-02-29") is True
