"""What a range of business dates took, by whatever the owner asks for."""

from __future__ import annotations

from collections.abc import Iterator

from appliance.server.domain.reports import Figures, Grouping, Report, dates
from appliance.server.store import reports
from appliance.server.store.reports import Key, Range
from appliance.server.store.unit_of_work import UnitOfWork

from ..shop import Shop
from . import daily


def report(
    unit: UnitOfWork,
    shop: Shop,
    since: str | None = None,
    to: str | None = None,
    by: Grouping = Grouping.DAY,
) -> Report:
    """Add up a range of business dates.

    Closed days are read as they were kept; only what is in no Z yet is worked out.

    Args:
        unit: The open unit of work, which sees one moment.
        shop: The shop's settings.
        since: The first business date; the last one where it is not said.
        to: The last business date; today where it is not said.
        by: What there is a row for.

    Raises:
        ValidationFailed: There is no such date, or the range ends before it begins.
    """
    days = Range(*dates(since, to, shop.day.date_of(unit.now())))
    rows: dict[Key, Figures] = {}
    for key, figures in _parts(unit, shop, days, by):
        if key in rows:
            rows[key].add(figures)
        else:
            rows[key] = figures
    for key, number in daily.not_come(unit, days, by):
        rows.setdefault(key, Figures()).no_shows += number
    return Report(by, days.since, days.to, shop.currency, _named(unit, by, rows))


def _parts(
    unit: UnitOfWork, shop: Shop, days: Range, by: Grouping
) -> Iterator[tuple[Key, Figures]]:
    yield from reports.kept(unit.session, days, by)
    # Days that were closed by a release before have no rows until the server has kept them.
    for z_number in (None, *reports.without_rows(unit.session)):
        rows = daily.worked_out(daily.Facts(unit, shop, z_number), by)
        yield from ((key, figures) for (day, key), figures in rows.items() if day in days)
    before = daily.before(unit, shop, days, by)
    yield from ((key, figures) for (_, key), figures in before.items())


def _named(unit: UnitOfWork, by: Grouping, rows: dict[Key, Figures]) -> list[tuple[str, Figures]]:
    if by not in {Grouping.SERVICE, Grouping.THERAPIST, Grouping.CASHIER}:
        return [(str(key or ""), rows[key]) for key in sorted(rows, key=lambda key: str(key or ""))]
    # By id, so that two people of one name are two rows, and a rename keeps a row whole.
    called = reports.names(unit.session, by, list(rows))
    named = [(called.get(key, ""), key or 0, figures) for key, figures in rows.items()]
    return [(name, figures) for name, _, figures in sorted(named, key=lambda row: row[:2])]
