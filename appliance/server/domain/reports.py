"""What a report says of a range of business dates, and how it is written as a file.

Money belongs to the business date on which its shift opened; a customer's visit to its own.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from .errors import ValidationFailed
from .money import digits

_NOTHING = Decimal(0)
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a spreadsheet takes for the beginning of a formula, or may after it has split the cell."""


class Grouping(StrEnum):
    """What a report has a row for."""

    DAY = "day"
    HOUR = "hour"
    SERVICE = "service"
    THERAPIST = "therapist"
    CASHIER = "cashier"
    METHOD = "method"


@dataclass(slots=True)
class Figures:
    """The figures of one row, or of them all.

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

    def add(self, other: Figures) -> None:
        """Add another row's figures to these."""
        for name in Figures.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


COLUMNS: Final[Mapping[Grouping, tuple[str, ...]]] = {
    **dict.fromkeys(
        (Grouping.DAY, Grouping.HOUR, Grouping.THERAPIST),
        ("visits", "payments", "sales", "discounts", "refunds", "tips", "rounding", "taken"),
    ),
    Grouping.CASHIER: ("payments", "sales", "discounts", "refunds", "tips", "rounding", "taken"),
    Grouping.METHOD: ("sales", "refunds", "tips", "rounding", "taken"),
    Grouping.SERVICE: ("items", "sales", "refunds"),
}
"""Which figures a report tells: a discount has no method, and a tip belongs to no service."""


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
        totals = Figures()
        for _, figures in self.rows:
            totals.add(figures)
        object.__setattr__(self, "totals", totals)


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


def quarter(day: str, hour_of_day: int, minute: int) -> datetime:
    """A moment of a quarter of an hour, UTC: no clock on earth differs from UTC by less."""
    return datetime.combine(date.fromisoformat(day), datetime.min.time(), UTC).replace(
        hour=hour_of_day, minute=minute
    )


def as_csv(report: Report) -> str:
    """A report as a file for spreadsheets: RFC 4180, one line a row, amounts as plain decimals.

    Args:
        report: Of which the totals are left out: whoever adds up a column gets them.
    """
    out = io.StringIO()
    lines = csv.writer(out, lineterminator="\r\n")
    columns = COLUMNS[report.by]
    lines.writerow([report.by.value, *columns])
    for name, figures in report.rows:
        values = (getattr(figures, column) for column in columns)
        lines.writerow([harmless(name), *(_written(value, report.currency) for value in values)])
    return out.getvalue()


def harmless(text: str) -> str:
    """A text for a cell, which no spreadsheet takes for a formula: an apostrophe goes before."""
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text


def _written(value: Decimal | int, currency: str) -> str:
    return str(value) if isinstance(value, int) else digits(value + 0, currency)  # no -0.00
