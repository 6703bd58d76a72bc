"""What a range of business dates took, by whatever the owner asks for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

from appliance.server.domain.reports import Figures, Grouping, Report, dates, hour
from appliance.server.store import reports
from appliance.server.store.reports import Key, Range
from appliance.server.store.unit_of_work import UnitOfWork

from ..shop import Shop
from .bills import paid_lines


def report(
    unit: UnitOfWork,
    shop: Shop,
    since: str | None = None,
    to: str | None = None,
    by: Grouping = Grouping.DAY,
) -> Report:
    """Add up a range of business dates.

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
        at = hour(key, shop.day.timezone) if by is Grouping.HOUR else key
        rows.setdefault(at, Figures()).add(figures)
    return Report(by, days.since, days.to, shop.currency, _named(unit, by, rows))


def _parts(
    unit: UnitOfWork, shop: Shop, days: Range, by: Grouping
) -> Iterable[tuple[Key, Figures]]:
    session = unit.session
    if by is Grouping.SERVICE:
        return chain(
            reports.plain_items(session, days),
            _other_items(unit, shop, days),
            reports.refunded_items(session, days),
        )
    parts = [reports.moved(session, days, by), reports.taken_before(session, days, by)]
    if by is not Grouping.METHOD:
        parts.append(reports.paid(session, days, by))
    if by in {Grouping.DAY, Grouping.HOUR, Grouping.THERAPIST}:
        parts.append(reports.visits(session, days, by))
    return chain(*parts)


def _other_items(unit: UnitOfWork, shop: Shop, days: Range) -> Iterator[tuple[Key, Figures]]:
    for visit in reports.other_bills(unit.session, days):
        lines = paid_lines(shop, visit)
        for item in visit.items:
            yield item.service_id, Figures(items=1, sales=lines[item.id])


def _named(unit: UnitOfWork, by: Grouping, rows: dict[Key, Figures]) -> list[tuple[str, Figures]]:
    if by not in {Grouping.SERVICE, Grouping.THERAPIST, Grouping.CASHIER}:
        return [(str(key or ""), rows[key]) for key in sorted(rows, key=str)]
    # By id, so that two people of one name are two rows, and a rename keeps a row whole.
    called = reports.names(unit.session, by, list(rows))
    named = [(called.get(key, ""), key or 0, figures) for key, figures in rows.items()]
    return [(name, figures) for name, _, figures in sorted(named, key=lambda row: row[:2])]
