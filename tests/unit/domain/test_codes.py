"""Codes: when they start again, which day it is, and what a cashier may type."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.server.domain.codes import (
    BusinessDay,
    CodeReset,
    Counter,
    parse_code,
    settle,
)
from appliance.server.domain.errors import InvalidState, ValidationFailed

TODAY = date(2026, 11, 22)
TOMORROW = TODAY + timedelta(days=1)


def following(counter: Counter, rule: CodeReset, today: date = TODAY) -> Counter:
    """The next code, taken as the store takes it: increment first, then settle."""
    return settle(Counter(counter.period, counter.wraps, counter.number + 1), rule, today)


# --- when codes start again -------------------------------------------------------------------


def test_daily_codes_start_again_on_a_new_day() -> None:
    first = following(Counter("2026-11-22", 0, 41), CodeReset.DAILY, TOMORROW)
    assert (first.code, first.series) == ("0001", "2026-11-23/0")


def test_daily_codes_go_on_within_a_day() -> None:
    assert following(Counter("2026-11-22", 0, 41), CodeReset.DAILY).code == "0042"


def test_daily_codes_wrap_into_a_series_of_their_own_on_a_very_busy_day() -> None:
    wrapped = following(Counter("2026-11-22", 0, 9999), CodeReset.DAILY)
    assert (wrapped.code, wrapped.series) == ("0001", "2026-11-22/1")


def test_wrapping_codes_ignore_the_day() -> None:
    assert following(Counter("", 0, 41), CodeReset.WRAP, TOMORROW).code == "0042"


def test_wrapping_codes_start_again_after_9999() -> None:
    last = following(Counter("", 3, 9998), CodeReset.WRAP)
    assert (last.code, last.series) == ("9999", "/3")
    wrapped = following(last, CodeReset.WRAP)
    assert (wrapped.code, wrapped.series) == ("0001", "/4")


def test_codes_that_never_start_again_end_after_9999() -> None:
    last = following(Counter("", 0, 9998), CodeReset.NEVER)
    assert last.code == "9999"
    with pytest.raises(InvalidState, match="9999 are used"):
        following(last, CodeReset.NEVER)


def test_a_clock_set_back_goes_on_counting_in_the_later_day() -> None:
    counter = following(Counter("2026-11-23", 0, 5), CodeReset.DAILY, TODAY)
    assert (counter.period, counter.code) == ("2026-11-23", "0006")


def test_changing_the_rule_to_daily_starts_a_series() -> None:
    assert following(Counter("", 0, 500), CodeReset.DAILY).series == "2026-11-22/0"


def test_changing_the_rule_away_from_daily_gives_no_code_twice() -> None:
    counter = following(Counter("2026-11-22", 0, 500), CodeReset.WRAP, TOMORROW)
    assert (counter.series, counter.code) == ("2026-11-22/0", "0501")


@given(
    start=st.integers(0, 9999),
    steps=st.lists(st.tuples(st.sampled_from(CodeReset), st.integers(-3, 3)), max_size=60),
)
def test_no_code_is_given_twice_in_a_series_whatever_rule_and_clock_do(
    start: int, steps: list[tuple[CodeReset, int]]
) -> None:
    counter, today = Counter("", 0, start), TODAY
    given_out: set[tuple[str, str]] = set()
    for rule, days in steps:
        today += timedelta(days=days)
        try:
            settled = following(counter, rule, today)
        except InvalidState:
            assert rule is CodeReset.NEVER
            continue
        assert settled.period >= counter.period
        assert (settled.series, settled.code) not in given_out
        assert len(settled.code) == 4
        assert 1 <= settled.number <= 9999
        given_out.add((settled.series, settled.code))
        counter = settled


def test_a_series_fits_its_column() -> None:
    assert len(Counter("2026-11-22", 9999, 1).series) <= 20


# --- which day it is --------------------------------------------------------------------------


def day(zone: str, start: time = time(4)) -> BusinessDay:
    return BusinessDay(ZoneInfo(zone), start)


@pytest.mark.parametrize(
    ("utc", "expected"),
    [
        ("2026-11-22T19:59:59.999999", date(2026, 11, 22)),  # 03:59:59 on the 23rd in Manila
        ("2026-11-22T20:00:00", date(2026, 11, 23)),  # 04:00 on the 23rd
        ("2026-11-22T16:00:00", date(2026, 11, 22)),  # midnight between them
        ("2026-11-22T00:00:00", date(2026, 11, 22)),  # 08:00
    ],
)
def test_a_day_in_manila_starts_at_four_in_manila(utc: str, expected: date) -> None:
    moment = datetime.fromisoformat(utc).replace(tzinfo=UTC)
    assert day("Asia/Manila").date_of(moment) == expected


@pytest.mark.parametrize(
    ("utc", "expected"),
    [
        # 8 March 2026: clocks in New York go from 02:00 to 03:00, so four o'clock is at 08:00 UTC.
        ("2026-03-08T07:59:59", date(2026, 3, 7)),
        ("2026-03-08T08:00:00", date(2026, 3, 8)),
        # 1 November 2026: clocks go back from 02:00 to 01:00, so four o'clock is at 09:00 UTC.
        ("2026-11-01T08:59:59", date(2026, 10, 31)),
        ("2026-11-01T09:00:00", date(2026, 11, 1)),
    ],
)
def test_a_day_starts_at_four_on_the_clock_when_clocks_change(utc: str, expected: date) -> None:
    moment = datetime.fromisoformat(utc).replace(tzinfo=UTC)
    assert day("America/New_York").date_of(moment) == expected


def test_a_day_has_23_or_25_hours_when_clocks_change() -> None:
    new_york = day("America/New_York")

    def hours(which: date) -> int:
        around = datetime(which.year, which.month, which.day, tzinfo=UTC) - timedelta(days=1)
        return sum(new_york.date_of(around + timedelta(hours=h)) == which for h in range(96))

    assert hours(date(2026, 3, 7)) == 23
    assert hours(date(2026, 10, 31)) == 25
    assert hours(date(2026, 6, 1)) == 24


def test_a_start_within_the_hour_that_comes_twice_does_not_take_the_day_back() -> None:
    new_york = day("America/New_York", time(1, 30))
    first = datetime(2026, 11, 1, 5, 30, tzinfo=UTC)  # 01:30, summer time
    again = datetime(2026, 11, 1, 6, 15, tzinfo=UTC)  # 01:15, winter time
    assert new_york.date_of(first) == date(2026, 11, 1)
    assert new_york.date_of(again) == date(2026, 11, 1)


@given(
    st.sampled_from(["UTC", "Asia/Manila", "America/New_York", "Europe/Berlin", "Pacific/Apia"]),
    st.integers(0, 6 * 365 * 24 * 3600),
    st.timedeltas(timedelta(0), timedelta(days=2)),
)
def test_a_later_moment_is_never_on_an_earlier_day(
    zone: str, seconds: int, later: timedelta
) -> None:
    moment = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    assert day(zone).date_of(moment) <= day(zone).date_of(moment + later)


def test_a_midnight_start_is_the_calendar_day() -> None:
    moment = datetime(2026, 11, 22, 0, 0, tzinfo=UTC)
    assert day("UTC", time(0)).date_of(moment) == TODAY


# --- what a cashier types ---------------------------------------------------------------------


def short(typed: object) -> str:
    """A test's id; Python refuses to write very long numbers."""
    return "huge" if isinstance(typed, int) and typed > 10**9 else repr(typed)[:20]


@pytest.mark.parametrize("typed", ["0042", " 0042 ", "42", "042", 42, "0042\n", "\t42"], ids=repr)
def test_a_code_is_read_as_it_is_typed_scanned_or_said(typed: object) -> None:
    assert parse_code(typed) == "0042"


@pytest.mark.parametrize(("typed", "code"), [("1", "0001"), (9999, "9999"), ("9999", "9999")])
def test_the_first_and_the_last_code_are_codes(typed: object, code: str) -> None:
    assert parse_code(typed) == code


@pytest.mark.parametrize(
    "typed",
    [
        "0",
        "0000",
        0,
        -1,
        10000,
        "12345",
        "00042",
        "4 2",
        "4-2",
        "+42",
        "-42",
        "4.2",
        42.0,
        "0x2a",
        "²",
        "",
        " ",
        "abcd",
        "42\x00",
        " " * 40 + "42",
        "4" * 10_000,
        10**5000,
        None,
        True,
        False,
        [],
        ["0042"],
        {},
        b"0042",
    ],
    ids=lambda typed: (
        repr(typed)[:20]
        if not isinstance(typed, int)
        else f"{str(typed)[:6]!s}"
        if abs(typed) < 10**9
        else "huge"
    ),
)
def test_what_cannot_be_a_code_is_refused_with_an_example(typed: object) -> None:
    with pytest.raises(ValidationFailed, match="such as 0042"):
        parse_code(typed)


@given(st.integers(1, 9999))
def test_every_printed_code_is_read_back(number: int) -> None:
    printed = Counter("", 0, number).code
    assert parse_code(printed) == parse_code(number) == parse_code(str(number)) == printed


@given(st.text() | st.integers() | st.floats() | st.none() | st.lists(st.integers()))
def test_anything_else_is_a_code_or_a_refusal_and_nothing_more(anything: object) -> None:
    try:
        code = parse_code(anything)
    except ValidationFailed:
        return
    assert code.isascii()
    assert len(code) == 4
    assert 1 <= int(code) <= 9999
