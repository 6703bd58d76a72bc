"""Reports against the ledger and the Z reports, over random days, to the last unit."""

from __future__ import annotations

import csv
import io
import json
import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import ROUND_CEILING
from decimal import Decimal as D
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import delete, func, select, update

from appliance.server.bookkeeping import Bookkeeper
from appliance.server.domain.adjustments import AdjustmentKind
from appliance.server.domain.codes import BusinessDay
from appliance.server.domain.currencies import exponent
from appliance.server.domain.errors import DomainError, InvalidState
from appliance.server.domain.ledger import TenderKind
from appliance.server.domain.reports import SUMS, Grouping, Report, as_csv
from appliance.server.domain.tax import TaxMode
from appliance.server.store.models import (
    DailyRow,
    Payment,
    Refund,
    Service,
    ServiceClassification,
    Shift,
    Tender,
    ZReport,
)
from appliance.server.usecases.till import adjustments, refunds
from appliance.server.usecases.till.reports import report
from tests.support.campaign import rounds
from tests.support.spa import Clock
from tests.support.till import Till, offer

EVER = ("2026-01-01", "2027-12-31")
BERLIN = BusinessDay(ZoneInfo("Europe/Berlin"), time(4))
MANILA = BusinessDay(ZoneInfo("Asia/Manila"), time(4))
STEPS = rounds(16, 120)
SEEDS = range(rounds(1, 20))


def asked(till: Till, by: Grouping, since: str = EVER[0], to: str = EVER[1]) -> Report:
    return till.store.look(lambda u: report(u, till.shop, since, to, by))


def said(found: Report) -> list[tuple[object, ...]]:
    """Each row's name and figures, those that are not told included, and then the totals'."""
    names = (*SUMS, "wait_p50", "wait_p90")
    every = [*found.rows, ("", found.totals)]
    return [(name, *(getattr(figures, each) for each in names)) for name, figures in every]


def rows(till: Till, by: Grouping) -> list[dict[str, str]]:
    """A report as somebody reads its file."""
    return list(csv.DictReader(io.StringIO(as_csv(asked(till, by)))))


def column(found: list[dict[str, str]], name: str) -> D:
    return sum((D(row[name]) for row in found), D(0))


@dataclass
class RandomDays:
    """A shop in which anything happens, at any hour, for some days.

    Attributes:
        till: Eva's and Felix's desks.
        chance: What decides.
        paid: The visits that were paid.
    """

    till: Till
    clock: Clock
    chance: random.Random
    paid: list[int] = field(default_factory=list)

    def live(self) -> None:
        """Let things happen, then close whatever is open."""
        things: list[Callable[[], None]] = [
            self.sell, self.sell, self.sell, self.refund, self.correct, self.count, self.close_day,
        ]  # fmt: skip
        for _ in range(STEPS):
            # What the till refuses changes nothing: that is looked at in the end.
            with suppress(DomainError):
                self.chance.choice(things)()
            self.clock.advance(minutes=self.chance.randrange(1, 400))
        self.sell()
        for desk in self.till.spa.cashiers:
            with suppress(InvalidState):
                self.till.count_and_close(desk)
        with suppress(InvalidState):
            while True:
                self.close_day()

    def amount(self, most: int) -> D:
        """Something from one unit on, as fine as the currency."""
        finest = D(1).scaleb(-exponent(self.till.shop.currency))
        return finest * self.chance.randrange(1, int(most / finest))

    def sell(self) -> None:
        till, desk = self.till, self.chance.choice(self.till.spa.cashiers)
        spa = till.spa
        variants = self.chance.choices([spa.swedish_30, spa.swedish_60, spa.deep_60], k=2)
        visit = till.at_the_desk(*variants, of=desk)
        if self.chance.random() < 0.5:
            self.take_off(visit, desk)
        due = till.row(visit).total_amount
        tip = self.chance.choice([D(0), self.amount(20)])
        half = min(due, self.amount(80))
        enough = (due + tip).to_integral_value(ROUND_CEILING) + 1
        offers = {
            "cash": [offer("cash", str(enough), str(tip))],
            "card": [offer("card", str(due + tip), str(tip))],
            "both": [offer("card", str(half + tip), str(tip)), offer("cash", str(enough))],
        }
        till.pay(visit, *offers[self.chance.choice([*offers])], by=desk)
        self.paid.append(visit)

    def take_off(self, visit: int, desk: Any) -> None:
        kind = self.chance.choice(list(AdjustmentKind))
        value = D(self.chance.randrange(1, 100)) if kind is not AdjustmentKind.PRICE else D(10)
        item = self.chance.choice([None, self.till.row(visit).items[0].id])
        self.till.run(
            lambda u: adjustments.adjust(
                u, self.till.shop, desk, visit, kind, value, "regular", item, self.till.approver
            )
        )

    def somebody(self) -> int:
        """Who has paid."""
        if not self.paid:
            self.sell()
        return self.chance.choice(self.paid)

    def refund(self) -> None:
        visit = self.somebody()
        desk = self.chance.choice(self.till.spa.cashiers)
        tip = self.chance.choice(["0", "0", str(self.amount(2))])
        self.till.refund(visit, str(self.amount(40)), by=desk, tip=tip)

    def correct(self) -> None:
        visit = self.somebody()
        due = self.till.row(visit).total_amount
        some = min(due, self.amount(100))
        self.till.run(
            lambda u: refunds.correct_tender(
                u,
                self.till.shop,
                self.till.spa.eva,
                visit,
                {"cash": some, "card": due - some},
                "keyed wrongly",
                self.till.approver,
            )
        )

    def count(self) -> None:
        self.till.count_and_close(self.chance.choice(self.till.spa.cashiers))

    def close_day(self) -> None:
        self.till.close_day()
        assert self.till.visits.broken_promises() == []


SHOPS = {
    "USD": {"currency": "USD", "cash_rounding": D("0.05"), "day": BERLIN},
    "JPY": {"currency": "JPY", "cash_rounding": None, "day": MANILA},
    "KWD": {
        "currency": "KWD",
        "cash_rounding": D("0.005"),
        "day": BERLIN,
        "tax_mode": TaxMode.EXCLUSIVE,
    },
}


def set_prices(till: Till, chance: random.Random) -> None:
    """Prices as fine as the currency, and two rates of tax."""
    finest = D(1).scaleb(-exponent(till.shop.currency))

    def write(unit: Any) -> None:
        for variant in unit.session.scalars(select(ServiceClassification)):
            variant.price = finest * chance.randrange(1, int(120 / finest))
        for service in unit.session.scalars(select(Service)):
            service.tax_rate = chance.choice([D(7), D(19)])

    till.run(write)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("currency", SHOPS)
def test_files_z_reports_and_ledger_say_the_same_to_the_last_unit(
    till: Till, clock: Clock, currency: str, seed: int
) -> None:
    # The clocks of Berlin go back in the night to the 25th.
    clock.now = datetime(2026, 10, 24, 9, tzinfo=UTC)
    chance = random.Random(f"{currency} {seed}")
    desk = till.with_settings(discount_limit_percent=D(20), **SHOPS[currency])
    set_prices(desk, chance)
    days = RandomDays(desk, clock, chance)
    days.live()
    assert desk.visits.broken_promises() == []

    told = [
        json.loads(document)
        for document in desk.run(lambda u: u.session.scalars(select(ZReport.document)).all())
    ]
    by_day = rows(desk, Grouping.DAY)
    for figure in ("sales", "refunds", "discounts", "tips", "rounding"):
        in_z = sum((D(z[figure]) for z in told), D(0))
        for by in Grouping:
            found = rows(desk, by)
            if figure in found[0]:
                assert column(found, figure) == in_z, (by, figure)
        for row in by_day:
            of_day = [D(z[figure]) for z in told if z["business_date"] == row["day"]]
            assert D(row[figure]) == sum(of_day, D(0)), (row["day"], figure)

    for row in rows(desk, Grouping.METHOD):
        in_z = sum((D(z["totals"].get(row["method"], "0")) for z in told), D(0))
        assert D(row["taken"]) == in_z, row["method"]
    sums = desk.run(_ledger)
    assert {name: column(by_day, name) for name in sums} == sums
    assert column(by_day, "taken") == (
        sums["sales"] - sums["refunds"] + sums["tips"] + sums["rounding"]
    )
    assert column(by_day, "visits") == column(by_day, "payments") == len(days.paid)
    assert column(rows(desk, Grouping.SERVICE), "items") == 2 * len(days.paid)
    assert_rows_are_kept_as_they_are_worked_out(desk)


def assert_rows_are_kept_as_they_are_worked_out(till: Till) -> None:
    """Days whose rows are missing are worked out, then kept one at a time: all say the same."""
    kept = {by: said(asked(till, by)) for by in Grouping}
    till.run(lambda u: u.session.execute(delete(DailyRow)))
    for by in Grouping:
        assert said(asked(till, by)) == kept[by], by
    closed = till.run(lambda u: len(u.session.scalars(select(ZReport.number)).all()))
    rounds_ = 0
    while Bookkeeper(till.store, till.shop).keep_one():
        rounds_ += 1
    assert rounds_ == closed
    for by in Grouping:
        assert said(asked(till, by)) == kept[by], by


def _ledger(unit: Any) -> dict[str, D]:
    def total(amount: Any, *which: Any) -> D:
        return D(unit.session.scalar(select(func.sum(amount)).where(*which)) or 0)

    return {
        "sales": total(Payment.amount_due),
        "refunds": total(Refund.amount),
        "tips": total(Tender.tip),
        "rounding": total(Tender.rounding),
        "taken": total(Tender.given - Tender.change_amount),
    }


def test_money_belongs_to_the_day_of_its_shift_and_a_visit_to_its_own(
    till: Till, clock: Clock
) -> None:
    """Manila, the day starts at 04:00: a shift of the evening before goes on until morning."""
    night = till.with_settings(day=MANILA)
    clock.now = datetime(2026, 11, 27, 10, tzinfo=UTC)
    night.open("100")
    night.sale("80", night.spa.swedish_60)
    clock.now = datetime(2026, 11, 27, 20, 15, tzinfo=UTC)
    night.sale("80", night.spa.swedish_60)
    found = {row["day"]: row for row in rows(night, Grouping.DAY)}
    assert (found["2026-11-27"]["sales"], found["2026-11-27"]["visits"]) == ("160.00", "1")
    assert (found["2026-11-28"]["sales"], found["2026-11-28"]["visits"]) == ("0.00", "1")
    assert [row["hour"] for row in rows(night, Grouping.HOUR)] == ["04:00", "18:00"]
    one_day = asked(night, Grouping.DAY, "2026-11-28", "2026-11-28")
    assert [name for name, _ in one_day.rows] == ["2026-11-28"]


def test_an_hour_that_comes_twice_is_one_row_that_adds_up(till: Till, clock: Clock) -> None:
    desk = till.with_settings(day=BERLIN)
    for hour in (0, 1):  # 02:00 in summer time, then 02:00 again
        clock.now = datetime(2026, 10, 25, hour, 5, tzinfo=UTC)
        desk.sale("80", desk.spa.swedish_60)
    (row,) = rows(desk, Grouping.HOUR)
    assert (row["hour"], row["sales"]) == ("02:00", "160.00")


def test_a_payment_of_a_release_before_the_ledger_counts_on_its_own_date(till: Till) -> None:
    visit = till.sale("100", till.spa.swedish_60)

    def forget(unit: Any) -> None:
        unit.session.execute(delete(Tender))
        unit.session.execute(delete(Shift))
        unit.session.execute(update(Payment).values(receipt_number=None))

    till.run(forget)
    day = till.row(visit).business_date
    assert day is not None
    assert date.fromisoformat(day)
    for by, name in (
        (Grouping.DAY, day),
        (Grouping.METHOD, "cash"),
        (Grouping.CASHIER, "Eva"),
        (Grouping.THERAPIST, "Ana"),
        (Grouping.SERVICE, "Swedish Massage"),
    ):
        (row,) = rows(till, by)
        assert (row[by], row["sales"]) == (name, "80.00")
    assert column(rows(till, Grouping.DAY), "taken") == D(80)


def test_a_correction_moves_money_between_methods_and_sells_nothing(till: Till) -> None:
    visit = till.sale("100", till.spa.swedish_60)
    till.run(
        lambda u: refunds.correct_tender(
            u, till.shop, till.spa.eva, visit, {"card": D(80)}, "was card", till.approver
        )
    )
    found = {row["method"]: row["sales"] for row in rows(till, Grouping.METHOD)}
    assert found == {"card": "80.00", "cash": "0.00"}
    kinds = till.run(lambda u: set(u.session.scalars(select(Tender.kind))))
    assert kinds == {TenderKind.PAYMENT, TenderKind.CORRECTION}
