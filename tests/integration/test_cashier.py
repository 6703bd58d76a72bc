"""What a cashier does at the desk."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import select

from appliance.protocol import PrintRole
from appliance.server.domain.errors import (
    Forbidden,
    InsufficientPayment,
    InvalidState,
    NotFound,
    NothingWaiting,
    ValidationFailed,
)
from appliance.server.domain.ledger import Offer
from appliance.server.domain.payments import METHODS, method_named
from appliance.server.domain.states import Actor, Role, TransactionStatus
from appliance.server.store.models import Payment
from appliance.server.usecases import cashier, papers, therapist
from tests.support.spa import Clock, Spa, shop
from tests.support.visits import Visits

SHOP = shop()
S = TransactionStatus


# --- claiming ---------------------------------------------------------------------------------


def test_who_finished_first_is_claimed_first(visits: Visits, spa: Spa) -> None:
    slow = visits.in_service(spa.ana)
    quick = visits.finished(spa.ben)
    visits.store.run(lambda u: therapist.finish_service(u, SHOP, spa.ana, slow))
    claimed = [
        visits.store.run(lambda u, who=who: cashier.claim_next(u, SHOP, who)).id
        for who in (spa.eva, spa.felix)
    ]
    assert claimed == [quick, slow]


def test_a_claimed_customer_has_cashier_and_time(visits: Visits, spa: Spa) -> None:
    row = visits.row(visits.at_the_desk())
    assert (row.status, row.cashier_id) == (S.AWAITING_PAYMENT, spa.eva.id)
    assert row.cashier_claimed_at is not None


def test_nobody_to_pay_is_a_normal_answer(visits: Visits, spa: Spa) -> None:
    visits.in_service()
    with pytest.raises(NothingWaiting):
        visits.store.run(lambda u: cashier.claim_next(u, SHOP, spa.eva))


def test_a_code_claims_its_customer_out_of_turn(visits: Visits, spa: Spa) -> None:
    visits.finished()
    second = visits.finished()
    claimed = visits.store.run(lambda u: cashier.claim_code(u, SHOP, spa.eva, "0002"))
    assert (claimed.id, claimed.status) == (second, S.AWAITING_PAYMENT)


def test_a_code_that_nobody_has_is_not_found(visits: Visits, spa: Spa) -> None:
    visits.finished()
    with pytest.raises(NotFound, match="0777"):
        visits.store.run(lambda u: cashier.claim_code(u, SHOP, spa.eva, "0777"))


@pytest.mark.parametrize(
    ("state", "says"),
    [
        ("waiting", "waiting for a therapist"),
        ("called", "called to a room"),
        ("in_service", "in treatment"),
        ("at_the_desk", "with a cashier"),
        ("paid", "already paid"),
    ],
)
def test_a_code_that_is_not_ready_to_pay_says_where_the_customer_is(
    state: str, says: str, visits: Visits, spa: Spa
) -> None:
    getattr(visits, state)()
    with pytest.raises(InvalidState, match=says):
        visits.store.run(lambda u: cashier.claim_code(u, SHOP, spa.felix, "0001"))


def test_a_cancelled_code_is_said_to_be_cancelled(visits: Visits, spa: Spa) -> None:
    gone = visits.waiting()
    visits.store.run(lambda u: therapist.no_show(u, SHOP, spa.ana, gone, None))
    with pytest.raises(InvalidState, match="cancelled"):
        visits.store.run(lambda u: cashier.claim_code(u, SHOP, spa.eva, "0001"))


def test_a_code_of_yesterday_does_not_hide_todays(visits: Visits, spa: Spa, clock: Clock) -> None:
    visits.paid()
    clock.advance(days=1)
    today = visits.finished()
    claimed = visits.store.run(lambda u: cashier.claim_code(u, SHOP, spa.eva, "0001"))
    assert claimed.id == today


def test_a_number_of_another_day_is_not_found_and_says_when_it_was_used(
    visits: Visits, spa: Spa, clock: Clock
) -> None:
    used_on = visits.row(visits.paid()).business_date
    clock.advance(days=20)
    with pytest.raises(NotFound, match=f"0001.*last used on {used_on}"):
        visits.store.run(lambda u: cashier.claim_code(u, SHOP, spa.eva, "0001"))


def test_a_visit_left_open_keeps_its_number_for_days(
    visits: Visits, spa: Spa, clock: Clock
) -> None:
    left = visits.finished()
    clock.advance(days=3)
    claimed = visits.store.run(lambda u: cashier.claim_code(u, SHOP, spa.eva, "0001"))
    assert claimed.id == left


def test_a_number_of_yesterday_paid_this_morning_has_paid(
    visits: Visits, spa: Spa, clock: Clock
) -> None:
    left = visits.at_the_desk()
    clock.advance(days=1)
    visits.store.run(
        lambda u: cashier.pay(u, SHOP, spa.eva, left, [Offer(METHODS["cash"], Decimal(100))])
    )
    with pytest.raises(InvalidState, match="already paid"):
        visits.store.run(lambda u: cashier.claim_code(u, SHOP, spa.felix, "0001"))


def test_a_cashier_may_have_several_customers(visits: Visits, spa: Spa) -> None:
    one, two = visits.finished(), visits.finished()
    for _ in range(2):
        visits.store.run(lambda u: cashier.claim_next(u, SHOP, spa.eva))
    assert visits.row(one).cashier_id == visits.row(two).cashier_id == spa.eva.id


# --- recent payments --------------------------------------------------------------------------


def test_a_cashier_finds_todays_payments_again_newest_first(
    visits: Visits, spa: Spa, clock: Clock
) -> None:
    visits.paid()
    clock.advance(days=1)
    first, second = visits.at_the_desk(), visits.at_the_desk()
    for customer in (second, first):
        clock.advance(minutes=1)
        visits.store.run(
            lambda u, paid=customer: cashier.pay(
                u, SHOP, spa.eva, paid, [Offer(METHODS["cash"], Decimal(100))]
            )
        )

    def recent(who: Actor) -> list[int]:
        return visits.store.run(lambda u: [row.id for row in cashier.recent_payments(u, SHOP, who)])

    assert recent(spa.eva) == [first, second], "neither yesterday's nor in the order of numbers"
    assert recent(spa.felix) == []


# --- releasing --------------------------------------------------------------------------------


def test_a_released_customer_keeps_the_place_at_the_desk(visits: Visits, spa: Spa) -> None:
    first = visits.at_the_desk()
    visits.finished()
    visits.store.run(lambda u: cashier.release(u, SHOP, spa.eva, first))
    row = visits.row(first)
    assert (row.status, row.cashier_id, row.cashier_claimed_at) == (S.FINISHED, None, None)
    claimed = visits.store.run(lambda u: cashier.claim_next(u, SHOP, spa.felix))
    assert claimed.id == first
    assert visits.broken_promises() == []


def test_another_cashiers_customer_is_left_alone(visits: Visits, spa: Spa) -> None:
    there = visits.at_the_desk()
    for touch in (
        lambda u: cashier.release(u, SHOP, spa.felix, there),
        lambda u: cashier.pay(u, SHOP, spa.felix, there, [Offer(METHODS["cash"], Decimal(100))]),
    ):
        with pytest.raises(Forbidden, match="someone else"):
            visits.store.run(touch)
    assert visits.row(there).status is S.AWAITING_PAYMENT


@pytest.mark.parametrize("role", [Role.THERAPIST, Role.MANAGER, Role.KIOSK])
def test_nobody_but_a_cashier_takes_money(role: Role, visits: Visits, spa: Spa) -> None:
    there = visits.at_the_desk()
    impostor = Actor(role, spa.eva.id, "Impostor")
    with pytest.raises(Forbidden):
        visits.store.run(
            lambda u: cashier.pay(u, SHOP, impostor, there, [Offer(METHODS["cash"], Decimal(100))])
        )


# --- paying -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "change"), [("80.00", "0.00"), ("80.01", "0.01"), ("100", "20.00")]
)
def test_a_payment_gives_change_to_the_cent(visits: Visits, amount: str, change: str) -> None:
    there = visits.at_the_desk()
    visits.pay(there, amount)
    row = visits.row(there)
    assert row.status is S.PAID
    assert row.paid_at is not None
    assert row.payment is not None
    assert row.payment.amount_due == Decimal("80.00")
    assert row.payment.amount_paid == Decimal(amount)
    assert row.payment.change_amount == Decimal(change)
    assert row.payment.method == "cash"


def test_both_steps_of_a_payment_stand_in_the_history(visits: Visits) -> None:
    entries = visits.history(visits.paid())[-2:]
    assert [(e.event, e.from_status, e.to_status, e.actor_role) for e in entries] == [
        ("cashier_pay", "awaiting_payment", "paying", "cashier"),
        ("payment_accepted", "paying", "paid", "system"),
    ]
    assert entries[0].detail == {"amount_paid": "100", "method": "cash"}


def test_too_little_money_is_refused_and_recorded(visits: Visits, spa: Spa) -> None:
    there = visits.at_the_desk()
    refused = visits.pay(there, "79.99")
    assert isinstance(refused, InsufficientPayment)
    assert "$0.01 short" in refused.message
    row = visits.row(there)
    assert (row.status, row.cashier_id, row.payment) == (S.AWAITING_PAYMENT, spa.eva.id, None)
    assert visits.events(there)[-2:] == ["cashier_pay", "payment_refused"]
    assert visits.broken_promises() == []


def test_after_a_refusal_the_customer_can_still_pay(visits: Visits) -> None:
    there = visits.at_the_desk()
    visits.pay(there, "1")
    visits.pay(there, "80")
    assert visits.row(there).status is S.PAID
    assert visits.broken_promises() == []


def test_nobody_pays_twice(visits: Visits) -> None:
    there = visits.paid()
    with pytest.raises(InvalidState, match="already paid"):
        visits.pay(there, "100")
    payments = visits.store.run(lambda u: u.session.scalars(select(Payment)).all())
    assert len(payments) == 1


def test_nobody_pays_unclaimed(visits: Visits) -> None:
    there = visits.finished()
    with pytest.raises(InvalidState, match="ready to pay"):
        visits.pay(there, "100")


@pytest.mark.parametrize("method", METHODS)
def test_only_cash_opens_the_drawer(visits: Visits, method: str) -> None:
    there = visits.at_the_desk()
    visits.pay(there, "80", method)
    receipt = visits.jobs(there)[-1]
    assert receipt.document["method"] == method
    assert receipt.document["open_drawer"] is (method == "cash")


def test_the_receipt_says_what_the_customer_paid(visits: Visits) -> None:
    there = visits.paid()
    receipt = visits.jobs(there)[-1]
    assert (receipt.kind, receipt.state, receipt.maybe_printed) == (
        PrintRole.RECEIPT,
        "waiting",
        False,
    )
    assert receipt.document == {
        "shop_name": "Stillwater Spa",
        "shop_details": ["1 River Lane", "VAT 123"],
        "currency": "USD",
        "code": "0001",
        "items": [
            {
                "service_name": "Swedish Massage",
                "classification_name": "60 minutes",
                "duration_minutes": 60,
                "price": "80.00",
            }
        ],
        "total_amount": "80.00",
        "method": "cash",
        "method_label": "Cash",
        "amount_paid": "100.00",
        "change_amount": "20.00",
        "cashier": "Eva",
        "at": "2026-11-22T10:00:00+00:00",
        "status_url": f"http://spa.test/t/{visits.row(there).ticket_token}",
        "receipt_number": 1,
        "therapist": "Ana",
        "room_number": "1",
        "open_drawer": True,
    }


@pytest.mark.parametrize("method", ["card", "other"])
def test_a_method_without_change_pays_exactly_what_is_due(visits: Visits, method: str) -> None:
    there = visits.at_the_desk()
    with pytest.raises(ValidationFailed, match=r"more than the \$80\.00 due"):
        visits.pay(there, "500", method)
    assert visits.row(there).status is S.AWAITING_PAYMENT
    assert "cashier_pay" not in [row.event for row in visits.history(there)]
    assert isinstance(visits.pay(there, "79.99", method), InsufficientPayment)
    visits.pay(there, "80", method)
    payment = visits.row(there).payment
    assert payment is not None
    assert (payment.amount_paid, payment.change_amount) == (Decimal(80), Decimal(0))


def test_an_unknown_method_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValidationFailed, match="cash, card, other"):
        method_named("shells")


# --- receipts again ---------------------------------------------------------------------------


def test_a_receipt_is_printed_again_as_a_copy_without_the_drawer(visits: Visits, spa: Spa) -> None:
    there = visits.paid()
    visits.print_everything()
    copy = visits.store.run(lambda u: papers.reprint_receipt(u, spa.felix, there))
    original = visits.jobs(there)[1]
    assert copy.maybe_printed
    assert copy.original_id == original.id
    assert copy.document == {**original.document, "open_drawer": False}
    assert original.document["open_drawer"] is True
    assert visits.broken_promises() == []


def test_a_receipt_may_be_printed_again_and_again(visits: Visits, spa: Spa) -> None:
    there = visits.paid()
    for _ in range(3):
        visits.print_everything()
        visits.store.run(lambda u: papers.reprint_receipt(u, spa.eva, there))
    assert [job.kind for job in visits.jobs(there)] == [PrintRole.TICKET] + [PrintRole.RECEIPT] * 4
    assert visits.broken_promises() == []


def test_impatient_taps_without_paper_give_no_pile_of_receipts(visits: Visits, spa: Spa) -> None:
    there = visits.paid()
    _ticket, receipt = visits.jobs(there)
    for _ in range(5):
        again = visits.store.run(lambda u: papers.reprint_receipt(u, spa.eva, there))
        assert (again.id, again.maybe_printed) == (receipt.id, False)
    visits.print_everything()
    copies = {
        visits.store.run(lambda u: papers.reprint_receipt(u, spa.eva, there)).id for _ in range(5)
    }
    assert len(copies) == 1
    assert [job.kind for job in visits.jobs(there)] == [PrintRole.TICKET] + [PrintRole.RECEIPT] * 2
    asked = [row for row in visits.history(there) if row.event == "cashier_reprint"]
    assert len(asked) == 10


def test_there_is_no_receipt_before_the_payment(visits: Visits, spa: Spa) -> None:
    there = visits.at_the_desk()
    with pytest.raises(InvalidState, match="not paid"):
        visits.store.run(lambda u: papers.reprint_receipt(u, spa.eva, there))


def test_there_is_no_receipt_of_nobody(visits: Visits, spa: Spa) -> None:
    with pytest.raises(NotFound):
        visits.store.run(lambda u: papers.reprint_receipt(u, spa.eva, 10**9))
