"""What a report says of a range of business dates, and how it is written as a file.

Money belongs to the business date on which its shift opened; a customer's visit to its own.
"""

from __future__ import annotations

import csv
import io
import struct
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from itertools import accumulate
from operator import attrgetter
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec

from .errors import ValidationFailed
from .money import digits

_NOTHING = Decimal(0)
_FORMULA: Final = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
"""What a spreadsheet takes for the beginning of a formula, whatever spaces stand before it."""
_SPLITS: Final = ("\t", "\r", "\n")
"""What may begin another cell."""


class Grouping(StrEnum):
    """What a report has a row for."""

    DAY = "day"
    HOUR = "hour"
    SERVICE = "service"
    THERAPIST = "therapist"
    CASHIER = "cashier"
    METHOD = "method"
    ROOM = "room"


class Figures(msgspec.Struct, array_like=True):
    """The figures of one row, or of them all.

    As JSON they are an array in this order, whose end may be missing: a row of thousands becomes
    figures without a line of Python.

    Attributes:
        visits: Paid visits, by the customers' own business date.
        payments: Payments that were taken.
        items: Services that were paid.
        sales: What was due for them, net of discounts, tax included, without tips.
        discounts: What was taken off before.
        refunds: What was given back, without tips.
        tips: Taken, less those given back.
        rounding: What cash rounding added, or took where it is negative.
        taken: Money that came in less money that went back: sales - refunds + tips + rounding.
        tips_paid: Tips that were paid out of a drawer to therapists.
        commission: What therapists earn of what was paid for their services, net of discounts,
            tax and tips, by their rate at the finish; less what refunds took back.
        difference: What the counts of drawers say more than expected, less where negative.
        no_shows: Customers who were called and did not come, by their own business date.
        busy_minutes: How long services took.
        open_minutes: From the first service of a day to the end of its last one, on days of work.
        waits: How many waited how long from the number to the start of the service; see `packed`.
        percentiles: What half of them waited at most and what nine of ten did, in minutes, where
            it is known; None where the waits have to be asked.
    """

    visits: int = 0
    payments: int = 0
    items: int = 0
    sales: Decimal = _NOTHING
    discounts: Decimal = _NOTHING
    refunds: Decimal = _NOTHING
    tips: Decimal = _NOTHING
    rounding: Decimal = _NOTHING
    taken: Decimal = _NOTHING
    tips_paid: Decimal = _NOTHING
    commission: Decimal = _NOTHING
    difference: Decimal = _NOTHING
    no_shows: int = 0
    busy_minutes: int = 0
    open_minutes: int = 0
    waits: int = 0
    percentiles: tuple[int, int] | None = None

    @property
    def tips_owed(self) -> Decimal:
        """Tips that were not paid out yet, of those of these days."""
        return self.tips - self.tips_paid

    @property
    def utilisation(self) -> int | None:
        """Percent of the open minutes that were busy ones; None where nothing was open."""
        return round(100 * self.busy_minutes / self.open_minutes) if self.open_minutes else None

    @property
    def wait_p50(self) -> int | None:
        """Minutes that half of the customers waited at most; None where nobody waited."""
        return self.both_waits()[0]

    @property
    def wait_p90(self) -> int | None:
        """Minutes that nine of ten waited at most; None where nobody waited."""
        return self.both_waits()[1]

    def both_waits(self) -> tuple[int | None, int | None]:
        """`wait_p50` and `wait_p90`."""
        return self.percentiles or percentiles(self.waits)

    def add(self, other: Figures) -> None:
        """Add another row's figures to these."""
        for name in SUMS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.percentiles = None  # Those of days cannot be added up.


SUMS: Final = tuple(name for name in Figures.__struct_fields__ if name != "percentiles")
"""The figures that are added up."""


def added_up(rows: Sequence[Figures]) -> Figures:
    """What rows say together; a figure at a time, which for thousands of rows is left to C code."""
    totals = Figures()
    for name in SUMS:
        setattr(totals, name, sum(map(attrgetter(name), rows), getattr(totals, name)))
    return totals


_EXACT_WAIT: Final = 60
LONGEST_WAIT: Final = 240
"""Minutes; nobody is counted as having waited longer."""
_COUNTED: Final = (*range(_EXACT_WAIT + 1), *range(_EXACT_WAIT + 5, LONGEST_WAIT + 1, 5))
"""The waits that are told apart."""
_BITS: Final = 32
_AS_COUNTS: Final = struct.Struct(f"<{len(_COUNTED)}I")  # As many bits each.


def waited(minutes: float) -> int:
    """Whole minutes of a wait as it is counted: by the minute for an hour, then by five.

    A clock that was set makes no wait negative or endless.
    """
    whole = min(max(int(minutes), 0), LONGEST_WAIT)
    return whole if whole <= _EXACT_WAIT else whole - whole % 5


_PLACES: Final = [_COUNTED.index(waited(minutes)) for minutes in range(LONGEST_WAIT + 1)]


def packed(waits: Mapping[int, int]) -> int:
    """How many waited how long as one number, in which each count has a place of its own.

    Such numbers add up as their counts do, and thousands of them in next to no time.

    Args:
        waits: Whole minutes, 240 at most → how many.
    """
    return sum(number << _BITS * _PLACES[minutes] for minutes, number in waits.items())


def unpacked(waits: int) -> dict[int, int]:
    """What was packed: minutes, the shortest wait first → how many waited so long."""
    return {
        minutes: number for minutes, number in zip(_COUNTED, _counts(waits), strict=True) if number
    }


def all_waits(each: Iterable[Mapping[int, int]]) -> int:
    """How many waited how long: of many rows, which say so by minutes each; packed."""
    # Years of hours say a million of pairs: nothing is counted up sooner than a place in a list.
    counted = [0] * (LONGEST_WAIT + 1)
    for waits in each:
        for minutes, number in waits.items():
            counted[minutes] += number
    return packed({minutes: number for minutes, number in enumerate(counted) if number})


def percentiles(
    waits: int, percents: tuple[int, int] = (50, 90)
) -> tuple[int, int] | tuple[None, None]:
    """The shortest waits that so many percent did not exceed (nearest rank), in minutes.

    Args:
        waits: Packed; of nobody there are none.
        percents: 1 to 100.
    """
    if not waits:
        return None, None
    so_far = list(accumulate(_counts(waits)))
    # Of each the rank, rounded up, and whose wait that is.
    first, second = (bisect_left(so_far, -(-so_far[-1] * percent // 100)) for percent in percents)
    return _COUNTED[first], _COUNTED[second]


def _counts(waits: int) -> tuple[int, ...]:
    return _AS_COUNTS.unpack(waits.to_bytes(_AS_COUNTS.size, "little"))


_MONEY: Final = ("sales", "discounts", "refunds", "tips", "rounding", "taken")
_WAITS: Final = ("no_shows", "wait_p50", "wait_p90")
_BUSY: Final = ("busy_minutes", "open_minutes", "utilisation")
COLUMNS: Final[Mapping[Grouping, tuple[str, ...]]] = {
    Grouping.DAY: ("visits", "payments", *_MONEY, "difference", *_WAITS, "busy_minutes"),
    Grouping.HOUR: ("visits", "payments", *_MONEY, "wait_p50", "wait_p90"),
    Grouping.THERAPIST: (
        *("visits", "payments", *_MONEY, "tips_paid", "tips_owed", "commission"),
        *(*_WAITS, *_BUSY),
    ),
    Grouping.CASHIER: ("payments", *_MONEY, "difference"),
    Grouping.METHOD: ("sales", "refunds", "tips", "rounding", "taken"),
    Grouping.SERVICE: ("items", "sales", "refunds"),
    Grouping.ROOM: ("visits", "payments", "sales", "refunds", *_BUSY),
}
"""Which figures a report tells: a discount has no method, and a tip belongs to no service."""
TELL_WAITS: Final = frozenset(by for by, columns in COLUMNS.items() if "wait_p50" in columns)
"""What has rows that tell how long customers waited."""


def told(by: Grouping, rows: Sequence[Figures]) -> dict[str, list[Any]]:
    """What a report tells of rows: each figure's name, and what it is in each row.

    A figure at a time, which for thousands of rows is left to C code.
    """
    waits: dict[str, list[Any]] = {}
    if by in TELL_WAITS:
        both = [row.both_waits() for row in rows]
        waits = {"wait_p50": [each[0] for each in both], "wait_p90": [each[1] for each in both]}
    return {
        name: waits[name] if name in waits else list(map(attrgetter(name), rows))
        for name in COLUMNS[by]
    }


@dataclass(frozen=True, slots=True)
class Report:
    """A report.

    Attributes:
        by: What it has a row for.
        since: The first business date.
        to: The last one.
        currency: ISO 4217 code.
        rows: Name and figures: of days and hours in their order, of others by name.
        totals: Of all rows.
    """

    by: Grouping
    since: str
    to: str
    currency: str
    rows: list[tuple[str, Figures]]
    totals: Figures = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "totals", added_up([figures for _, figures in self.rows]))


def dates(since: str | None, to: str | None, today: date) -> tuple[str, str]:
    """The range of business dates that somebody asks for.

    Args:
        since: The first, ISO; the last one where it is not said.
        to: The last, ISO; today where it is not said.
        today: The business date.

    Raises:
        ValidationFailed: There is no such date, or the range ends before it begins.
    """
    try:
        last = date.fromisoformat(to) if to else today
        first = date.fromisoformat(since) if since else last
    except ValueError:
        raise ValidationFailed("There is no such date.") from None
    if last < first:
        raise ValidationFailed("The range ends before it begins.")
    return first.isoformat(), last.isoformat()


def hour(moment: datetime, zone: ZoneInfo) -> str:
    """The hour of an aware moment on the shop's clock, `14:00`.

    Where clocks go back an hour comes twice, and both are one row: the rows add up to the day.
    """
    return f"{moment.astimezone(zone):%H}:00"


def as_csv(report: Report) -> str:
    """A report as a file for spreadsheets: RFC 4180, one line a row, amounts as plain decimals.

    Args:
        report: Of which the totals are left out: adding up a column gives them.
    """
    out = io.StringIO()
    lines = csv.writer(out, lineterminator="\r\n")
    columns = told(report.by, [figures for _, figures in report.rows])
    lines.writerow([report.by.value, *columns])
    written = ([_written(value, report.currency) for value in each] for each in columns.values())
    lines.writerows(zip([harmless(name) for name, _ in report.rows], *written, strict=True))
    return out.getvalue()


def harmless(text: str) -> str:
    """A text for a cell, which no spreadsheet takes for a formula: an apostrophe goes before."""
    begins = text.startswith(_SPLITS) or text.lstrip().startswith(_FORMULA)
    return f"'{text}" if begins else text


def _written(value: Decimal | int | None, currency: str) -> str:
    if value is None:
        return ""
    return str(value) if isinstance(value, int) else digits(value + 0, currency)  # no -0.00
