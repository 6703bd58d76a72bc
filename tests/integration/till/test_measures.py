"""What reports say beside takings: waits, no-shows, utilisation, commission, tips, differences."""

from __future__ import annotations

from decimal import Decimal as D

import pytest
from sqlalchemy import select, update

from appliance.server.domain.reports import Figures, Grouping, Report, packed, percentiles, waited
from appliance.server.domain.tax import TaxMode
from appliance.server.store.models import Refund, Service, Staff, Transaction
from appliance.server.usecases import cashier, therapist
from appliance.server.usecases.till.reports import report
from tests.support.spa import Clock
from tests.support.till import Till, offer


def asked(till: Till, by: Grouping) -> Report:
    return till.store.look(lambda u: report(u, till.shop, None, None, by))


def row(till: Till, by: Grouping, name: str) -> Figures:
    return dict(asked(till, by).rows)[name]


def set_rate(till: Till, percent: str) -> None:
    till.run(
        lambda u: u.session.execute(
            update(Staff).where(Staff.username == "ana").values(commission_percent=D(percent))
        )
    )


def a_visit(till: Till, clock: Clock, wait: int, minutes: int) -> int:
    """Somebody who waits, is served by Ana, and whose bill Eva opens."""
    shop, spa = till.shop, till.spa
    till.visits.waiting(spa.swedish_60)
    clock.advance(minutes=wait)
    visit = till.run(lambda u: therapist.confirm_next(u, shop, spa.ana)).id
    till.run(lambda u: therapist.start_service(u, shop, spa.ana, visit))
    clock.advance(minutes=minutes)
    till.run(lambda u: therapist.finish_service(u, shop, spa.ana, visit))
    till.run(lambda u: therapist.room_ready(u, shop, spa.ana))
    return till.run(lambda u: cashier.claim_next(u, shop, spa.eva)).id


@pytest.mark.parametrize("closed", [False, True])
def test_a_days_measures(till: Till, clock: Clock, closed: bool) -> None:
    set_rate(till, "40")
    till.run(lambda u: u.session.execute(update(Service).values(tax_rate=D(19))))
    till.open("100")
    for wait, minutes in ((10, 60), (20, 30)):
        visit = a_visit(till, clock, wait, minutes)
        till.pay(visit, offer("card", "85", "5"))
    # A later rate changes nothing of what was finished before.
    set_rate(till, "90")
    till.refund(visit, "8", tip="1")
    till.visits.waiting()
    gone = till.run(lambda u: therapist.confirm_next(u, till.shop, till.spa.ana)).id
    till.run(lambda u: therapist.no_show(u, till.shop, till.spa.ana, gone, None))
    till.move("tip_payout", "4", till.spa.ana)
    # 80 including 19 % is 67.23 net, of which 40 % are 26.89; 8.00 back is 6.72 net, 2.69 less.
    till.count("94.50")
    till.close("short")
    if closed:
        till.close_day()

    ana = row(till, Grouping.THERAPIST, "Ana")
    assert (ana.visits, ana.no_shows, ana.wait_p50, ana.wait_p90) == (2, 1, 10, 20)
    assert (ana.commission, ana.tips_owed) == (D("51.09"), D("5.00"))
    assert (ana.busy_minutes, ana.open_minutes, ana.utilisation) == (90, 110, 82)
    room = row(till, Grouping.ROOM, "1")
    assert (room.visits, room.utilisation, room.sales) == (2, 82, D(160))
    eva = row(till, Grouping.CASHIER, "Eva")
    assert (eva.difference, eva.refunds) == (D("-1.50"), D(8))
    (day,) = asked(till, Grouping.DAY).rows
    assert (day[1].difference, day[1].no_shows, day[1].wait_p90) == (D("-1.50"), 1, 20)


def test_percentiles_are_by_nearest_rank() -> None:
    waits = packed({0: 1, 5: 8, 30: 1})
    assert percentiles(waits) == (5, 5)
    assert percentiles(waits, (10, 91)) == (0, 30)
    assert percentiles(packed({})) == (None, None)
    assert [waited(minutes) for minutes in (-3, 0.9, 60, 61, 99.9, 10**6)] == [
        0, 0, 60, 60, 95, 240,
    ]  # fmt: skip


@pytest.mark.parametrize("then", list(TaxMode))
def test_a_changed_tax_mode_changes_no_past_document(till: Till, then: TaxMode) -> None:
    till = till.with_settings(tax_mode=then)
    till.run(lambda u: u.session.execute(update(Service).values(tax_rate=D(10))))
    visit = till.at_the_desk(till.spa.swedish_60)
    due = till.row(visit).total_amount
    assert due == (D(88) if then is TaxMode.EXCLUSIVE else D(80))
    today = TaxMode.INCLUSIVE if then is TaxMode.EXCLUSIVE else TaxMode.EXCLUSIVE
    changed = till.with_settings(tax_mode=today)
    # The bill was told before the setting was changed; it is paid and refunded as it was told.
    changed.pay(visit, offer("card", str(due)))
    tax = {"exclusive": "8.00", "inclusive": "7.27"}[then]
    paid = changed.run(
        lambda u: u.session.get_one(Transaction, visit).payment.tax  # type: ignore[union-attr]
    )
    assert [line["tax"] for line in paid or ()] == [tax]
    changed.refund(visit, str(due))
    back = changed.run(lambda u: u.session.scalars(select(Refund)).one().tax)
    assert [line["tax"] for line in back] == [tax]
    figures = row(changed, Grouping.SERVICE, "Swedish Massage")
    assert (figures.sales, figures.refunds) == (due, due)
    assert changed.visits.broken_promises() == []
