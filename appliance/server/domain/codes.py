"""The four-digit codes: their order, their reset, and what a cashier means by one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from appliance.words import N_

from .errors import InvalidState, ValidationFailed
from .numerals import read_digits

LAST_NUMBER: Final = 9999
WARN_FROM: Final = 9900
_LENGTH: Final = 4


class CodeReset(StrEnum):
    """When the codes start again at 0001."""

    DAILY = "daily"
    WRAP = "wrap"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class BusinessDay:
    """When the shop's day starts.

    Attributes:
        timezone: The shop's own.
        start: Local time of day; what happens earlier belongs to the day before.
    """

    timezone: ZoneInfo
    start: time

    def date_of(self, now: datetime) -> date:
        """The business date of an aware moment."""
        today = now.astimezone(self.timezone).date()
        # Moments, not clock faces, are compared: where clocks go back an hour comes twice, and the
        # day starts in the first of the two.
        starts = datetime.combine(today, self.start, self.timezone).astimezone(UTC)
        return today if now >= starts else today - timedelta(days=1)

    def start_of(self, now: datetime) -> datetime:
        """When the business day of an aware moment began, aware UTC."""
        return self.started(self.date_of(now))

    def started(self, day: date) -> datetime:
        """When a business date begins, aware UTC; the last moments that there are where it cannot.

        The first and the last dates of the calendar have no place in UTC.
        """
        nearest = min(max(day, date.min + timedelta(days=2)), date.max - timedelta(days=2))
        return datetime.combine(nearest, self.start, self.timezone).astimezone(UTC)

    def next_time(self, after: datetime, clock: time) -> datetime:
        """When local clocks next show a time of day after an aware moment, aware UTC."""
        day = after.astimezone(self.timezone).date()
        today = datetime.combine(day, clock, self.timezone).astimezone(UTC)
        if today > after:
            return today
        return datetime.combine(day + timedelta(days=1), clock, self.timezone).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Counter:
    """Where the codes stand.

    Attributes:
        period: The business date as ISO text under `daily`, else empty.
        wraps: How often a series has begun otherwise than with a period: after 9999, and when a
            period turned out to lie in the future. It only grows, so no series comes twice.
        number: The number last given out.
    """

    period: str
    wraps: int
    number: int

    @property
    def series(self) -> str:
        """Within it every code is unique, e.g. `2026-11-22/0`."""
        return f"{self.period}/{self.wraps}"

    @property
    def code(self) -> str:
        """The number as it is printed."""
        return f"{self.number:04d}"


def settle(taken: Counter, rule: CodeReset, today: date) -> Counter:
    """Apply the reset rule to a counter that has just been incremented.

    Args:
        taken: The counter after its increment.
        rule: The shop's reset rule.
        today: The business date.

    Returns:
        The counter whose code is to be given out; the same one where nothing resets. A period
        never goes back, so a clock set back gives out no code twice.

    Raises:
        InvalidState: The rule is `never` and 9999 is past.
    """
    period = today.isoformat() if rule is CodeReset.DAILY else ""
    # An empty period sorts first: changing the rule to `daily` starts a period, changing it away
    # keeps counting in the last one, and neither gives a code out twice.
    settled = Counter(period, taken.wraps, 1) if period > taken.period else taken
    if settled.number <= LAST_NUMBER:
        return settled
    if rule is CodeReset.NEVER:
        raise InvalidState(
            "All numbers up to 9999 are used. Ask the technician to change when numbers restart."
        )
    return replace(settled, wraps=settled.wraps + 1, number=1)


def put_right(counter: Counter, today: date) -> Counter:
    """Bring a counter back whose period a wrong clock has dated ahead.

    Args:
        counter: Where the codes stand.
        today: The business date, by a clock that is right.

    Returns:
        The counter in today's period, in a series of its own that goes on counting where it stands:
        what was given out today before the clock went wrong is not given out again.
    """
    period = today.isoformat()
    if counter.period <= period:
        return counter
    return replace(counter, period=period, wraps=counter.wraps + 1)


def parse_code(value: object) -> str:
    """Read a code as a cashier types, scans or says it.

    Args:
        value: `"0042"`, `" 0042 "`, `"42"`, `"٠٠٤٢"` or the number 42.

    Returns:
        The code as printed: four digits.

    Raises:
        ValidationFailed: Anything that cannot be a code.
    """
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LAST_NUMBER:
        value = str(value)
    if isinstance(value, str) and len(value) <= 32:
        digits = read_digits(value)
        if digits and len(digits) <= _LENGTH and int(digits) > 0:
            return f"{int(digits):04d}"
    raise ValidationFailed(N_("A number has four digits, such as 0042. Please check the ticket."))
