"""What happened, for a manager who wants to know who did what and when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final, NamedTuple

from appliance.server.store import queries
from appliance.server.store.models import HistoryEntry
from appliance.server.store.unit_of_work import UnitOfWork

from ..shop import Shop

AT_ONCE: Final = 100


class Page(NamedTuple):
    """A page of the history, newest first.

    Attributes:
        rows: Each with the customer's number, if it is about one.
        before: What the next page is asked for with; None where this is the last.
    """

    rows: Sequence[tuple[HistoryEntry, str | None]]
    before: int | None


def find(
    unit: UnitOfWork,
    shop: Shop,
    first: date | None = None,
    last: date | None = None,
    who: str | None = None,
    event: str | None = None,
    code: str | None = None,
    before: int | None = None,
) -> Page:
    """What happened, newest first, a hundred rows at once.

    Args:
        unit: The open unit of work.
        shop: The shop's settings.
        first: From the start of this business date on.
        last: To the end of this one.
        who: By the name of the one who did it.
        event: Of this kind.
        code: To customers with this number.
        before: Older than this row.
    """
    since = shop.day.started(first) if first else None
    until = shop.day.started(last + timedelta(days=1)) if last and last < date.max else None
    rows = queries.happened(
        unit.session, queries.Wanted(since, until, who, event, code, before), AT_ONCE + 1
    )
    more = len(rows) > AT_ONCE
    return Page(rows[:AT_ONCE], rows[AT_ONCE - 1][0].id if more else None)
