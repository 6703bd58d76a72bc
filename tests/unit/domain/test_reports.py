"""What a report says of a range, and what its file does to a spreadsheet."""

from __future__ import annotations

import math
from collections import Counter
from datetime import date
from decimal import Decimal as D

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.server.domain.errors import ValidationFailed
from appliance.server.domain.reports import (
    COLUMNS,
    LONGEST_WAIT,
    Figures,
    Grouping,
    Report,
    all_waits,
    as_csv,
    dates,
    harmless,
    packed,
    percentiles,
    told,
    unpacked,
    waited,
)

TODAY = date(2026, 11, 27)


@pytest.mark.parametrize(
    ("since", "to", "found"),
    [
        (None, None, ("2026-11-27", "2026-11-27")),
        ("2026-11-01", None, ("2026-11-01", "2026-11-27")),
        (None, "2026-11-03", ("2026-11-03", "2026-11-03")),
        ("2024-02-29", "2024-03-01", ("2024-02-29", "2024-03-01")),
    ],
)
def test_a_range_is_today_unless_somebody_says_more(
    since: str | None, to: str | None, found: tuple[str, str]
) -> None:
    assert dates(since, to, TODAY) == found


@pytest.mark.parametrize(
    ("since", "to"), [("2026-02-30", None), (None, "0000-01-01"), ("2026-11-28", "2026-11-27")]
)
def test_a_range_that_is_none(since: str | None, to: str | None) -> None:
    with pytest.raises(ValidationFailed):
        dates(since, to, TODAY)


@pytest.mark.parametrize(
    "text",
    [
        '=HYPERLINK("http://evil")',
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\nx",
        "  =1",
        "＝1",
        " ＠x",
        "\u00a0=1",
        "\u3000+1",
    ],
)
def test_no_cell_is_a_formula(text: str) -> None:
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize("text", ["Ana", "80 = 80", "", "Hot-stone"])
def test_other_text_stays_as_it_is(text: str) -> None:
    assert harmless(text) == text


def test_a_file_as_rfc_4180_has_it() -> None:
    figures = Figures(items=2, sales=D("1234.5"), refunds=D("-0"))
    rows = [('Shiatsu, "long"', figures), ("=1+1", Figures(sales=D(-3)))]
    report = Report(Grouping.SERVICE, "2026-11-27", "2026-11-27", "KWD", rows)
    assert as_csv(report) == (
        "service,items,sales,refunds\r\n"
        '"Shiatsu, ""long""",2,1234.500,0.000\r\n'
        "'=1+1,0,-3.000,0.000\r\n"
    )
    assert report.totals.sales == D("1231.5")


@pytest.mark.parametrize("by", Grouping)
def test_a_report_tells_of_each_row_what_the_row_says_itself(by: Grouping) -> None:
    rows = [
        Figures(),
        Figures(
            visits=3,
            sales=D("80.005"),
            open_minutes=60,
            busy_minutes=45,
            waits=packed({30: 1, 5: 9}),
        ),
        Figures(waits=packed({240: 1, 0: 1, 65: 2, 7: 1}), tips=D("-1.50"), tips_paid=D(2)),
    ]
    columns = told(by, rows)
    assert tuple(columns) == COLUMNS[by]
    for name, column in columns.items():
        assert column == [getattr(row, name) for row in rows], name
    assert all(column == [] for column in told(by, []).values())


# --- waits ------------------------------------------------------------------------------------

EACH_WAIT = st.sampled_from(sorted({waited(minutes) for minutes in range(LONGEST_WAIT + 1)}))
MANY = 2**32 - 1
"""As many as one place holds: more customers than a shop has in all its years."""
WAITS = st.dictionaries(EACH_WAIT, st.integers(1, 1000), max_size=20)


@given(st.dictionaries(EACH_WAIT, st.integers(1, MANY)))
def test_what_is_packed_comes_out_again_in_order(waits: dict[int, int]) -> None:
    assert list(unpacked(packed(waits)).items()) == sorted(waits.items())


@given(st.lists(WAITS, max_size=5))
def test_packed_waits_add_up_as_their_counts_do(days: list[dict[int, int]]) -> None:
    counted = Counter[int]()
    for day in days:
        counted.update(day)
    assert unpacked(sum(map(packed, days))) == counted
    assert all_waits(days) == sum(map(packed, days))


@given(WAITS.filter(bool), st.integers(1, 100), st.integers(1, 100))
def test_percentiles_are_whose_turn_it_is_in_the_line_of_all(
    waits: dict[int, int], one: int, other: int
) -> None:
    line = sorted(minutes for minutes, number in waits.items() for _ in range(number))
    expected = [line[math.ceil(len(line) * percent / 100) - 1] for percent in (one, other)]
    assert list(percentiles(packed(waits), (one, other))) == expected


def test_known_percentiles_are_those_of_one_row_alone() -> None:
    row = Figures(waits=packed({5: 1}), percentiles=(5, 5))
    row.add(Figures(waits=packed({30: 9})))
    assert (row.wait_p50, row.wait_p90) == (30, 30)


def test_figures_are_an_array_whose_end_may_be_missing() -> None:
    text = b"[3,2,1,80.005,-1.50]"
    assert msgspec.json.decode(text, type=Figures) == Figures(
        visits=3, payments=2, items=1, sales=D("80.005"), discounts=D("-1.50")
    )
