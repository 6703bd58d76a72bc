"""The figures of a day by everything that reports have rows for: kept when it is closed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from itertools import chain

from appliance.server.domain.currencies import rounded
from appliance.server.domain.ledger import TenderKind
from appliance.server.domain.reports import Figures, Grouping, hour, waited
from appliance.server.store import ledger, reports
from appliance.server.store.reports import Back, Key, Moved, Range, Sale
from appliance.server.store.unit_of_work import UnitOfWork

from ..shop import Shop
from .bills import paid_lines

Row = tuple[str, Key, Figures]
"""Business date, key and figures."""
Rows = dict[tuple[Grouping, str, Key], Figures]
_NOTHING = Decimal(0)
_MINUTE = 60


def keep(unit: UnitOfWork, shop: Shop, z_number: int, date: str) -> None:
    """Keep the figures of a Z whose shifts are known to be its own.

    Args:
        unit: The open unit of work.
        shop: The shop's settings.
        z_number: Which.
        date: Its business date.
    """
    # A day on which nothing happened has a row, too: it says that the others are there.
    rows: Rows = {(Grouping.DAY, date, date): Figures()}
    for by in Grouping:
        for day, key, figures in worked_out(unit, shop, z_number, by):
            rows.setdefault((by, day, key), Figures()).add(figures)
    reports.write(unit.session, z_number, rows)


def keep_one_of_before(unit: UnitOfWork, shop: Shop) -> bool:
    """Keep the figures of one Z that has none: of a release before, or one that was restored.

    Returns:
        Whether there was one.
    """
    number = next(iter(reports.without_rows(unit.session)), None)
    if number is None:
        return False
    report = ledger.z_numbered(unit.session, number)
    if report is None:
        return False
    keep(unit, shop, number, report.business_date)
    return True


def worked_out(unit: UnitOfWork, shop: Shop, z_number: int | None, by: Grouping) -> Iterable[Row]:
    """What the shifts of a Z say by something; those of no Z yet where there is no number.

    Money is on the date of its shift, a customer on the date of the visit.
    """
    session = unit.session
    if by is Grouping.SERVICE:
        return (
            (day, service, figures)
            for service, day, figures in chain(
                reports.plain_items(session, z_number),
                _other_items(unit, shop, z_number),
                reports.refunded_items(session, z_number),
            )
        )
    parts: list[Iterable[Row]] = [_money(shop, reports.moved(session, z_number), by)]
    if by is not Grouping.METHOD:
        sales = reports.sales(session, z_number)
        parts.append(_payments(shop, sales, reports.discounts(session, z_number), by))
        if by is not Grouping.CASHIER:
            parts.append(_visits(shop, sales, by))
        if by is Grouping.THERAPIST:
            parts.append(_commission(shop, sales, reports.refunds(session, z_number)))
            parts.append(
                (day, therapist, Figures(tips_paid=amount))
                for therapist, day, amount in reports.tips_paid(session, z_number)
            )
        if by in {Grouping.DAY, Grouping.CASHIER}:
            parts.append(
                (day, cashier if by is Grouping.CASHIER else day, Figures(difference=amount))
                for cashier, day, amount in reports.differences(session, z_number)
            )
    return chain.from_iterable(parts)


def before(unit: UnitOfWork, shop: Shop, days: Range, by: Grouping) -> Iterator[Row]:
    """What a release before the ledger took in these days."""
    if by is Grouping.SERVICE:
        for service, day, figures in reports.items_before(unit.session, days):
            yield day, service, figures
        return
    for sale, method, kept in reports.taken_before(unit.session, days):
        figures = Figures(payments=1, sales=sale.due, taken=kept)
        yield sale.date, method if by is Grouping.METHOD else _key(shop, by, sale), figures
        if by not in {Grouping.METHOD, Grouping.CASHIER}:
            yield from _visits(shop, [sale], by)


def not_come(unit: UnitOfWork, shop: Shop, days: Range, by: Grouping) -> Iterator[Row]:
    """Who was called and did not come."""
    if by not in {Grouping.DAY, Grouping.HOUR, Grouping.THERAPIST}:
        return
    for day, therapist, at, number in reports.no_shows(unit.session, days):
        keys = {
            Grouping.DAY: day,
            Grouping.HOUR: hour(at, shop.day.timezone),
            Grouping.THERAPIST: therapist,
        }
        yield day, keys[by], Figures(no_shows=number)


def _money(shop: Shop, tenders: Iterable[Moved], by: Grouping) -> Iterator[Row]:
    for one in tenders:
        keys = {
            Grouping.DAY: one.date,
            Grouping.THERAPIST: one.therapist_id,
            Grouping.CASHIER: one.cashier_id,
            Grouping.METHOD: one.method,
            Grouping.ROOM: one.room,
        }
        key = hour(one.at, shop.day.timezone) if by is Grouping.HOUR else keys[by]
        net = one.amount - one.rounding
        back = one.kind is TenderKind.REFUND
        yield (
            one.date,
            key,
            Figures(
                sales=_NOTHING if back else net,
                refunds=-net if back else _NOTHING,
                tips=one.tip,
                rounding=one.rounding,
                taken=one.given - one.change,
            ),
        )


def _payments(
    shop: Shop, sales: Iterable[Sale], discounts: dict[int, Decimal], by: Grouping
) -> Iterator[Row]:
    for sale in sales:
        figures = Figures(payments=1, discounts=discounts.get(sale.visit_id, _NOTHING))
        yield sale.date, _key(shop, by, sale), figures


def _key(shop: Shop, by: Grouping, sale: Sale, at: datetime | None = None) -> Key:
    if by is Grouping.HOUR:
        return hour(at or sale.paid_at, shop.day.timezone)
    return {
        Grouping.DAY: sale.date,
        Grouping.THERAPIST: sale.therapist_id,
        Grouping.CASHIER: sale.cashier_id,
        Grouping.ROOM: sale.room,
    }[by]


def _visits(shop: Shop, sales: Iterable[Sale], by: Grouping) -> Iterator[Row]:
    open_minutes: dict[str, tuple[datetime, datetime]] = {}
    worked: dict[tuple[str, Key], None] = {}
    for sale in sales:
        day = sale.visit_date or sale.date
        came_at = sale.confirmed_at or sale.came_at
        key = day if by is Grouping.DAY else _key(shop, by, sale, came_at)
        figures = Figures(visits=1)
        start, finish = sale.started_at, sale.finished_at
        if sale.confirmed_at is not None and start is not None:
            wait = waited((start - sale.confirmed_at).total_seconds() / _MINUTE)
            figures.waits = {wait: 1}
        if start is not None and finish is not None and finish > start:
            figures.busy_minutes = _minutes(start, finish)
            first, last = open_minutes.get(day, (start, finish))
            open_minutes[day] = min(first, start), max(last, finish)
            worked[day, key] = None
        yield day, key, figures
    if by in {Grouping.THERAPIST, Grouping.ROOM}:
        for day, key in worked:
            yield day, key, Figures(open_minutes=_minutes(*open_minutes[day]))


def _minutes(start: datetime, finish: datetime) -> int:
    return round((finish - start).total_seconds() / _MINUTE)


def _commission(shop: Shop, sales: Iterable[Sale], refunds: Iterable[Back]) -> Iterator[Row]:
    """Rounded once for each payment and refund, as a therapist can reckon it."""
    earned: Iterable[tuple[str, int | None, Decimal | None, Decimal]] = chain(
        (
            (one.date, one.therapist_id, one.commission_percent, _net(one.due, one.tax))
            for one in sales
        ),
        (
            (one.date, one.therapist_id, one.commission_percent, -_net(one.amount, one.tax))
            for one in refunds
        ),
    )
    for day, therapist, percent, base in earned:
        if percent:
            yield day, therapist, Figures(commission=rounded(base * percent / 100, shop.currency))


def _net(amount: Decimal, tax: Iterable[dict[str, str]] | None) -> Decimal:
    return amount - sum((Decimal(line["tax"]) for line in tax or ()), _NOTHING)


def _other_items(
    unit: UnitOfWork, shop: Shop, z_number: int | None
) -> Iterator[tuple[int, str, Figures]]:
    for day, visit in reports.other_bills(unit.session, z_number):
        lines = paid_lines(shop, visit)
        for item in visit.items:
            yield item.service_id, day, Figures(items=1, sales=lines[item.id])
