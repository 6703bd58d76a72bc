"""The figures of a day by everything that reports have rows for: kept once it is closed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from itertools import chain

from appliance.server.domain.currencies import rounded
from appliance.server.domain.ledger import TenderKind
from appliance.server.domain.reports import TELL_WAITS, Figures, Grouping, hour, packed, waited
from appliance.server.store import ledger, reports
from appliance.server.store.reports import Back, Key, Moved, Range, Sale
from appliance.server.store.unit_of_work import UnitOfWork

from ..shop import Shop
from .bills import paid_lines

Rows = dict[tuple[str, Key], Figures]
"""Figures by business date and key."""
_NOTHING = Decimal(0)
_MINUTE = 60


class Facts:
    """What the shifts of a Z moved, each thing read once and only when it is asked for.

    Args:
        unit: The open unit of work.
        shop: The shop's settings.
        z_number: Which; None for the shifts that are in no Z yet.
    """

    def __init__(self, unit: UnitOfWork, shop: Shop, z_number: int | None) -> None:
        self.shop = shop
        self._unit = unit
        self._z_number = z_number

    def read(self) -> Facts:
        """Read everything now: what was read can be asked for when the unit of work is over."""
        for name, one in vars(Facts).items():
            if isinstance(one, cached_property):
                getattr(self, name)
        return self

    @cached_property
    def closed_day(self) -> str | None:
        """The business date of the Z."""
        if self._z_number is None:
            return None
        report = ledger.z_numbered(self._unit.session, self._z_number)
        return report.business_date if report else None

    @cached_property
    def moved(self) -> list[Moved]:
        """Every tender."""
        return reports.moved(self._unit.session, self._z_number)

    @cached_property
    def sales(self) -> list[Sale]:
        """Every visit that was paid."""
        return reports.sales(self._unit.session, self._z_number)

    @cached_property
    def discounts(self) -> dict[int, Decimal]:
        """What was taken off, by visit."""
        return reports.discounts(self._unit.session, self._z_number)

    @cached_property
    def refunds(self) -> list[Back]:
        """Every refund."""
        return reports.refunds(self._unit.session, self._z_number)

    @cached_property
    def tips_paid(self) -> list[tuple[int | None, str, Decimal]]:
        """Tips that were paid out: therapist, date and amount."""
        return list(reports.tips_paid(self._unit.session, self._z_number))

    @cached_property
    def differences(self) -> list[tuple[int, str, Decimal]]:
        """What was counted beyond what was expected: cashier, date and amount."""
        return list(reports.differences(self._unit.session, self._z_number))

    @cached_property
    def services(self) -> list[tuple[int, str, Figures]]:
        """What was sold and given back of services: service, date and figures."""
        return list(self._services())

    def _services(self) -> Iterator[tuple[int, str, Figures]]:
        session = self._unit.session
        yield from reports.plain_items(session, self._z_number)
        for day, visit in reports.other_bills(session, self._z_number):
            lines = paid_lines(self.shop, visit)
            for item in visit.items:
                yield item.service_id, day, Figures(items=1, sales=lines[item.id])
        yield from reports.refunded_items(session, self._z_number)


def last_not_kept(unit: UnitOfWork) -> int | None:
    """The number of the last Z, where its figures are not kept yet."""
    return next(iter(reports.without_rows(unit.session, last_only=True)), None)


def first_not_kept(unit: UnitOfWork) -> int | None:
    """The number of a Z whose figures are not kept yet, the newest first."""
    return next(iter(reports.without_rows(unit.session)), None)


def rows_of(facts: Facts, by: Grouping) -> reports.Rows:
    """What there is to keep of a Z by one grouping; changes nothing.

    The shifts of a Z are closed, so it is the same whenever it is worked out.

    Args:
        facts: Of the Z.
        by: What there is a row for.
    """
    rows: reports.Rows = {}
    if by is Grouping.DAY and (day := facts.closed_day):
        # A day on which nothing happened has a row, too: it says that the others are there.
        rows[by, day, day] = Figures()
    for (day, key), figures in worked_out(facts, by).items():
        rows[by, day, key] = figures
    return rows


def keep(unit: UnitOfWork, z_number: int, rows: reports.Rows) -> None:
    """Keep the figures of a Z, of every grouping at once; twice is as good as once.

    Args:
        unit: The open unit of work.
        z_number: Which.
        rows: Of `rows_of`.
    """
    reports.write(unit.session, z_number, rows)


def make_ready(unit: UnitOfWork) -> bool:
    """Let days that a release before has kept be read as quickly as the others; some at once.

    Returns:
        Whether there were any.
    """
    return reports.make_ready(unit.session)


def worked_out(facts: Facts, by: Grouping) -> Rows:
    """What the shifts of a Z say by something.

    Money is on the date of its shift, a customer on the date of the visit.
    """
    rows = _Rows()
    if by is Grouping.SERVICE:
        for service, day, figures in facts.services:
            rows.at(day, service).add(figures)
        return rows
    _money(rows, facts, by)
    if by is Grouping.METHOD:
        return rows
    _payments(rows, facts, by)
    if by is not Grouping.CASHIER:
        _visits(rows, facts.shop, facts.sales, by)
    if by is Grouping.THERAPIST:
        _commission(rows, facts)
        for therapist, day, amount in facts.tips_paid:
            rows.at(day, therapist).tips_paid += amount
    if by in {Grouping.DAY, Grouping.CASHIER}:
        for cashier, day, amount in facts.differences:
            rows.at(day, cashier if by is Grouping.CASHIER else day).difference += amount
    return rows


def before(unit: UnitOfWork, shop: Shop, days: Range, by: Grouping) -> Rows:
    """What a release before the ledger took in these days."""
    rows = _Rows()
    if by is Grouping.SERVICE:
        for service, day, figures in reports.items_before(unit.session, days):
            rows.at(day, service).add(figures)
        return rows
    for sale, method, kept in reports.taken_before(unit.session, days):
        key = method if by is Grouping.METHOD else _key(shop, by, sale)
        figures = rows.at(sale.date, key)
        figures.payments += 1
        figures.sales += sale.due
        figures.taken += kept
        if by not in {Grouping.METHOD, Grouping.CASHIER}:
            _visits(rows, shop, [sale], by)
    return rows


def not_come(unit: UnitOfWork, days: Range, by: Grouping) -> Iterator[tuple[Key, int]]:
    """How many were called and did not come, by day or by therapist; nothing by anything else."""
    if by in {Grouping.DAY, Grouping.THERAPIST}:
        yield from reports.no_shows(unit.session, days, by)


class _Rows(Rows):
    def at(self, day: str, key: Key) -> Figures:
        """The figures of a row, made where there are none."""
        found = self.get((day, key))
        if found is None:
            found = self[day, key] = Figures()
        return found


def _money(rows: _Rows, facts: Facts, by: Grouping) -> None:
    for one in facts.moved:
        match by:
            case Grouping.DAY:
                key: Key = one.date
            case Grouping.HOUR:
                key = hour(one.at, facts.shop.day.timezone)
            case Grouping.THERAPIST:
                key = one.therapist_id
            case Grouping.CASHIER:
                key = one.cashier_id
            case Grouping.METHOD:
                key = one.method
            case _:
                key = one.room
        figures = rows.at(one.date, key)
        net = one.amount - one.rounding
        if one.kind is TenderKind.REFUND:
            figures.refunds -= net
        else:
            figures.sales += net
        figures.tips += one.tip
        figures.rounding += one.rounding
        figures.taken += one.given - one.change


def _payments(rows: _Rows, facts: Facts, by: Grouping) -> None:
    for sale in facts.sales:
        figures = rows.at(sale.date, _key(facts.shop, by, sale))
        figures.payments += 1
        if sale.visit_id in facts.discounts:
            figures.discounts += facts.discounts[sale.visit_id]


def _key(shop: Shop, by: Grouping, sale: Sale, at: datetime | None = None) -> Key:
    match by:
        case Grouping.DAY:
            return sale.date
        case Grouping.HOUR:
            return hour(at or sale.paid_at, shop.day.timezone)
        case Grouping.THERAPIST:
            return sale.therapist_id
        case Grouping.CASHIER:
            return sale.cashier_id
        case _:
            return sale.room


def _visits(rows: _Rows, shop: Shop, sales: Iterable[Sale], by: Grouping) -> None:
    open_minutes: dict[str, tuple[datetime, datetime]] = {}
    worked: dict[tuple[str, Key], None] = {}
    for sale in sales:
        day = sale.visit_date or sale.date
        key = day if by is Grouping.DAY else _key(shop, by, sale, sale.confirmed_at or sale.came_at)
        figures = rows.at(day, key)
        figures.visits += 1
        start, finish = sale.started_at, sale.finished_at
        if by in TELL_WAITS and sale.confirmed_at is not None and start is not None:
            wait = waited((start - sale.confirmed_at).total_seconds() / _MINUTE)
            figures.waits += packed({wait: 1})
        if start is not None and finish is not None and finish > start:
            figures.busy_minutes += _minutes(start, finish)
            first, last = open_minutes.get(day, (start, finish))
            open_minutes[day] = min(first, start), max(last, finish)
            worked[day, key] = None
    if by in {Grouping.THERAPIST, Grouping.ROOM}:
        for day, key in worked:
            rows.at(day, key).open_minutes += _minutes(*open_minutes[day])


def _minutes(start: datetime, finish: datetime) -> int:
    return round((finish - start).total_seconds() / _MINUTE)


def _commission(rows: _Rows, facts: Facts) -> None:
    """Rounded once for each payment and refund, as a therapist can reckon it."""
    earned = chain(
        (
            (one.date, one.therapist_id, one.commission_percent, _net(one.due, one.tax))
            for one in facts.sales
        ),
        (
            (one.date, one.therapist_id, one.commission_percent, -_net(one.amount, one.tax))
            for one in facts.refunds
        ),
    )
    for day, therapist, percent, base in earned:
        if percent:
            rows.at(day, therapist).commission += rounded(base * percent / 100, facts.shop.currency)


def _net(amount: Decimal, tax: Iterable[dict[str, str]] | None) -> Decimal:
    return amount - sum((Decimal(line["tax"]) for line in tax or ()), _NOTHING)
