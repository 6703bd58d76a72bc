"""Rows of closed days as this release keeps them, and as one before did: reports say the same."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from sqlalchemy import func, select, update

from appliance.server.bookkeeping import Bookkeeper
from appliance.server.domain.reports import (
    LONGEST_WAIT,
    SUMS,
    Figures,
    Grouping,
    Report,
    packed,
    waited,
)
from appliance.server.store import reports
from appliance.server.store.models import DailyRow, ZReport
from appliance.server.store.unit_of_work import Store
from appliance.server.usecases.till.reports import report
from tests.support.campaign import rounds
from tests.support.spa import shop

DAYS = 70
FIRST = date(2026, 1, 5)
AMOUNTS = [name for name in SUMS if isinstance(getattr(Figures(), name), D)]
NUMBERS = [name for name in SUMS if name not in {*AMOUNTS, "waits", "no_shows"}]


@pytest.fixture(params=["mariadb", "sqlite"])
def books(request: pytest.FixtureRequest) -> Store:
    """A shop's database in which no day was closed yet."""
    store: Store = request.getfixturevalue(
        "store" if request.param == "mariadb" else "sqlite_store"
    )
    return store


@dataclass
class Expected:
    """What a report has to say of a row, reckoned the long way."""

    sums: Counter[str] = field(default_factory=Counter)
    waits: list[int] = field(default_factory=list)

    def said(self) -> dict[str, Any]:
        line = sorted(self.waits)
        ranks = {"wait_p50": 50, "wait_p90": 90}
        return {name: self.sums[name] for name in (*AMOUNTS, *NUMBERS)} | {
            name: line[-(-len(line) * percent // 100) - 1] if line else None
            for name, percent in ranks.items()
        }


def some(chance: random.Random, waits: list[int]) -> Figures:
    """A row's figures."""
    figures = Figures(waits=packed(Counter(waits)))
    for name in NUMBERS:
        setattr(figures, name, chance.randrange(1000))
    for name in AMOUNTS:
        setattr(figures, name, D(chance.randrange(-(10**6), 10**8)) / 10 ** chance.randrange(4))
    return figures


def fill(store: Store, chance: random.Random) -> dict[str, Expected]:
    """Close many days; a Z may have rows of the day after, and a day with nobody has one, too."""
    expected: dict[str, Expected] = {}

    def close(unit: Any, number: int) -> None:
        dates = [FIRST + timedelta(days=number)]
        if chance.random() < 0.3:
            dates.append(dates[0] + timedelta(days=1))
        unit.session.add(
            ZReport(
                number=number, business_date=dates[0].isoformat(), document="{}",
                previous_hash="", hash="", grand_total=D(0), created_at=datetime.now(UTC),
            )
        )  # fmt: skip
        unit.session.flush()
        rows: reports.Rows = {}
        for day in map(date.isoformat, dates):
            count = chance.choice([0, 1, chance.randrange(200)])
            waits = [waited(chance.expovariate(1 / 25)) for _ in range(count)]
            waits += [LONGEST_WAIT] * chance.randrange(2)
            rows[Grouping.DAY, day, day] = figures = some(chance, waits)
            row = expected.setdefault(day, Expected())
            row.waits += waits
            for name in (*AMOUNTS, *NUMBERS):
                row.sums[name] += getattr(figures, name)
        reports.write(unit.session, number, rows)

    for number in range(1, DAYS + 1):
        store.run(lambda unit, number=number: close(unit, number))  # type: ignore[misc]
    return expected


def asked(store: Store) -> Report:
    settings = shop()
    return store.look(lambda u: report(u, settings, "2026-01-01", "2026-12-31", Grouping.DAY))


def not_ready(store: Store) -> int:
    lacking = select(func.count()).select_from(DailyRow).where(DailyRow.packed_waits.is_(None))
    return store.run(lambda u: u.session.scalar(lacking) or 0)


@pytest.mark.parametrize("seed", range(rounds(1, 20)))
def test_days_say_the_same_however_their_rows_were_kept(books: Store, seed: int) -> None:
    expected = fill(books, random.Random(seed))
    totals = Expected()
    for row in expected.values():
        totals.sums.update(row.sums)
        totals.waits += row.waits

    def assert_right() -> None:
        found = asked(books)
        assert [name for name, _ in found.rows] == sorted(expected)
        for name, figures in [*found.rows, ("all", found.totals)]:
            right = (totals if name == "all" else expected[name]).said()
            assert {each: getattr(figures, each) for each in right} == right, name

    assert not_ready(books) == 0
    assert_right()
    # As a release before has kept them.
    books.run(
        lambda u: u.session.execute(
            update(DailyRow).values(packed_waits=None, wait_p50=None, wait_p90=None)
        )
    )
    lacking = not_ready(books)
    assert lacking > DAYS
    assert_right()
    keeper = Bookkeeper(books, shop())
    assert keeper.make_ready()
    assert 0 < not_ready(books) < lacking, "the control: some are ready, and some are not"
    assert_right()
    while keeper.make_ready():
        pass
    assert not_ready(books) == 0
    assert_right()
