"""The worked cases that every till gets wrong somewhere, on a real MariaDB; amounts exact."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, time
from decimal import Decimal as D
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update
from sqlalchemy.orm.attributes import set_committed_value

from appliance.server.domain.codes import BusinessDay
from appliance.server.domain.errors import InvalidState, ValidationFailed
from appliance.server.domain.tax import TaxMode
from appliance.server.store import invariants
from appliance.server.store.models import PrintJob, Service, ServiceClassification, ZReport
from appliance.server.store.unit_of_work import UnitOfWork
from appliance.server.usecases import cashier, therapist
from appliance.server.usecases.till import days, refunds, shifts

from .conftest import Till, offer


@pytest.fixture(autouse=True)
def _books_are_right(till: Till) -> Iterator[None]:
    yield
    assert till.run(lambda u: list(invariants.violations(u.session))) == []


def priced(till: Till, price: str, tax_rate: str = "0") -> int:
    """A variant at this price."""
    variant = till.spa.swedish_60

    def set_price(unit: UnitOfWork) -> None:
        unit.session.execute(
            update(ServiceClassification)
            .where(ServiceClassification.id == variant)
            .values(price=D(price))
        )
        unit.session.execute(update(Service).values(tax_rate=D(tax_rate)))

    till.run(set_price)
    return variant


def test_a_day_at_one_drawer(till: Till) -> None:
    till.open("200")
    till.sale("100", priced(till, "75"))
    second = till.at_the_desk(priced(till, "130"))
    till.pay(second, offer("card", "95", "15"), offer("cash", "60"))
    payment = till.row(second).payment
    assert payment is not None
    assert (payment.method, payment.tip_amount, payment.change_amount) == ("mixed", D(15), D(10))
    till.move("pay_out", "30")
    till.move("drop", "100")
    till.move("tip_payout", "15", till.spa.ana)
    shift = till.count("178.50")
    assert shift.expected_amount == D("180.00")
    now = till.run(lambda u: shifts.mine(u, till.spa.eva))
    assert now is not None
    taken = now.takings
    assert taken is not None
    assert (taken.totals["card"], taken.tips) == (D("95.00"), D("15.00"))
    with pytest.raises(ValidationFailed, match=r"1\.50"):
        till.close()
    till.close("a coin under the mat")
    report = json.loads(till.close_day().document)
    assert (report["sales"], report["tips"]) == ("205.00", "15.00")
    assert report["shifts"][0]["difference"] == "-1.50"


@pytest.mark.parametrize(
    ("price", "offers", "rounding"),
    [
        ("22.93", [offer("cash", "22.95")], "0.02"),
        ("22.93", [offer("card", "22.93")], "0"),
        ("22.93", [offer("card", "10"), offer("cash", "12.95")], "0.02"),
        ("7.48", [offer("cash", "7.50")], "0.02"),
        ("7.47", [offer("cash", "7.45")], "-0.02"),
        ("0.02", [offer("cash", "0")], "-0.02"),
    ],
)
def test_cash_rounding(till: Till, price: str, offers: list[object], rounding: str) -> None:
    till = till.with_settings(cash_rounding=D("0.05"))
    visit = till.at_the_desk(priced(till, price))
    till.pay(visit, *offers)  # type: ignore[arg-type]
    payment = till.row(visit).payment
    assert payment is not None
    assert (payment.rounding_amount, payment.change_amount) == (D(rounding), D(0))


def test_a_refund_mirrors_cash_rounding(till: Till) -> None:
    till = till.with_settings(cash_rounding=D("0.05"))
    visit = till.at_the_desk(priced(till, "22.93"))
    till.pay(visit, offer("cash", "22.95"))
    back = till.refund(visit, "22.93")
    assert back.rounding_amount == D("-0.02")
    assert till.tenders(visit)[-1] == ("cash", D("-22.95"))


def test_split_and_given_back_the_way_it_came(till: Till) -> None:
    visit = till.at_the_desk(priced(till, "130"))
    till.pay(visit, offer("card", "80"), offer("cash", "50"))
    first = till.refund(visit, "100")
    assert till.tenders(visit)[2:] == [("card", D(-80)), ("cash", D(-20))]
    with pytest.raises(InvalidState, match=r"\$30"):
        till.refund(visit, "40")
    second = till.refund(visit, "30")
    assert till.tenders(visit)[-1] == ("cash", D(-30))
    assert (first.number, second.number) == (1, 2)


def test_keyed_as_cash_and_was_card(till: Till) -> None:
    visit = till.sale("100", priced(till, "80"))
    till.run(
        lambda u: refunds.correct_tender(
            u, till.shop, till.spa.eva, visit, {"card": D(80)}, "slip", till.approver
        )
    )
    assert till.tenders(visit) == [("cash", D(80)), ("cash", D(-80)), ("card", D(80))]
    shift = till.count("0")
    assert shift.expected_amount == D(0)
    till.count("0")
    till.close()
    report = json.loads(till.close_day().document)
    assert (report["sales"], report["totals"]) == ("80.00", {"card": "80.00", "cash": "0.00"})


def test_money_belongs_to_the_day_on_which_its_shift_opened(till: Till) -> None:
    manila = ZoneInfo("Asia/Manila")
    till = till.with_settings(day=BusinessDay(manila, time(4, 0)))
    price = priced(till, "80")

    def at(day: int, hour: int, minute: int) -> None:
        till.clock.now = datetime(2026, 11, day, hour, minute, tzinfo=manila).astimezone(UTC)

    at(27, 18, 0)
    till.open("0")
    first = till.at_the_desk(price)
    second = till.at_the_desk(price)
    at(28, 0, 20)
    till.pay(first, offer("cash", "80"))
    at(28, 4, 10)
    till.pay(second, offer("cash", "80"))
    at(28, 4, 15)
    third = till.at_the_desk(price)
    assert till.row(third).code == "0001"
    at(28, 4, 25)
    till.pay(third, offer("cash", "80"))
    at(28, 4, 30)
    till.count_and_close()
    report = till.close_day()
    assert report.business_date == "2026-11-27"
    assert json.loads(report.document)["sales"] == "240.00"
    assert till.row(third).business_date == "2026-11-28"


def test_who_is_still_open_is_listed_and_carried_over(till: Till) -> None:
    unpaid = till.visits.finished_with(till.spa.deep_60)
    till.visits.in_service()
    till.visits.waiting()
    today = till.close_day()
    still = json.loads(today.document)["open_customers"]
    assert (still["count"], still["amount"]) == (3, "95.50")
    till.clock.advance(days=1)
    till.run(lambda u: cashier.claim_code(u, till.shop, till.spa.felix, "0001"))
    till.pay(unpaid, offer("cash", "95.50"), by=till.spa.felix)
    till.count_and_close(by=till.spa.felix)
    tomorrow = till.close_day()
    assert json.loads(tomorrow.document)["sales"] == "95.50"
    assert json.loads(today.document)["sales"] == "0.00"
    assert (today.number, tomorrow.number) == (1, 2)
    assert tomorrow.previous_hash == today.hash


def test_an_x_is_of_the_day_that_is_closed_next(till: Till) -> None:
    till.open("0")
    till.pay(till.at_the_desk(till.spa.swedish_60), offer("cash", "80"))
    till.clock.advance(days=1)
    till.open("0", by=till.spa.felix)
    left_open = till.run(lambda u: days.x(u, till.shop))
    assert left_open.figures["sales"] == "80.00"
    assert left_open.figures["business_date"] < left_open.today
    assert [shift["state"] for shift in left_open.figures["shifts"]] == ["open"]
    of_today = till.run(lambda u: days.x(u, till.shop, left_open.today))
    assert of_today.figures["sales"] == "0.00"
    till.count_and_close()
    closed = json.loads(till.close_day().document)
    assert {name: closed[name] for name in ("sales", "totals", "business_date")} == {
        name: left_open.figures[name] for name in ("sales", "totals", "business_date")
    }


def test_a_z_that_somebody_has_changed_is_told(till: Till) -> None:
    for _ in range(3):
        till.close_day()
        till.clock.advance(days=1)

    def look(unit: UnitOfWork, meddle: bool) -> list[bool]:
        if meddle:  # The database would not let it be written.
            second = unit.session.get_one(ZReport, 2)
            set_committed_value(second, "document", second.document.replace("0.00", "9.99", 1))
        return [row.verified for row in days.reports(unit).reports]

    assert till.run(lambda u: look(u, meddle=False)) == [True, True, True]
    assert till.run(lambda u: look(u, meddle=True)) == [True, False, True]


def test_a_running_visit_keeps_its_price(till: Till) -> None:
    variant = priced(till, "80")
    visit = till.visits.in_service_with(variant)
    priced(till, "90")
    till.run(lambda u: therapist.add_service(u, till.shop, till.spa.ana, visit, variant))
    row = till.row(visit)
    assert [item.price for item in row.items] == [D(80), D(90)]
    assert row.total_amount == D(170)


def test_amounts_finer_than_the_currency(till: Till) -> None:
    yen = till.with_settings(currency="JPY")
    visit = yen.at_the_desk(priced(yen, "1000", "10"))
    with pytest.raises(ValidationFailed, match="JPY"):
        yen.pay(visit, offer("cash", "1000.50"))
    yen.pay(visit, offer("cash", "1000"))
    payment = yen.row(visit).payment
    assert payment is not None
    assert payment.tax == [{"rate": "10", "net": "909", "tax": "91"}]


def test_three_decimals(till: Till) -> None:
    dinar = till.with_settings(currency="KWD")
    visit = dinar.at_the_desk(priced(dinar, "1.255"))
    dinar.pay(visit, offer("cash", "1.255"))
    payment = dinar.row(visit).payment
    assert payment is not None
    assert payment.amount_due == D("1.255")


def test_a_z_says_the_same_a_month_later(till: Till) -> None:
    till.sale("100", priced(till, "80"))
    till.count_and_close()
    report = till.close_day()
    first = _papers(till)
    till.clock.advance(days=31)
    till.run(lambda u: days.print_again(u, till.shop, report.number))
    assert _papers(till) == [*first, first[-1]]
    again = till.run(lambda u: u.session.get_one(ZReport, report.number))
    assert (again.document, again.hash) == (report.document, report.hash)


def _papers(till: Till) -> list[dict[str, object]]:
    look: Callable[[UnitOfWork], list[dict[str, object]]] = lambda u: [  # noqa: E731
        job.document
        for job in u.session.query(PrintJob).order_by(PrintJob.id)
        if job.document.get("title", "").startswith("Z")
    ]
    return till.run(look)


def test_a_shift_that_is_open_keeps_the_day_open(till: Till) -> None:
    till.sale("100", priced(till, "80"))
    with pytest.raises(InvalidState, match="Eva"):
        till.close_day()
    assert till.run(lambda u: u.session.query(ZReport).count()) == 0


def test_exclusive_tax_is_put_on_top(till: Till) -> None:
    till = till.with_settings(tax_mode=TaxMode.EXCLUSIVE)
    visit = till.at_the_desk(priced(till, "80", "7"))
    assert till.row(visit).total_amount == D("85.60")
    till.pay(visit, offer("cash", "100"))
    back = till.refund(visit, "85.60")
    assert back.tax == [{"rate": "7", "net": "80.00", "tax": "5.60"}]
