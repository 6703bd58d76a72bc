"""Money at its edges: nothing left for cash, several tenders of one method, sums on paper."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal as D
from typing import Any

import pytest
from sqlalchemy import select

from appliance.protocol import PrintRole
from appliance.server.domain.errors import ValidationFailed
from appliance.server.store.models import HistoryEntry
from appliance.server.usecases import papers
from appliance.server.usecases.till import shifts

from .conftest import Till, offer
from .test_worked_cases import priced


@pytest.fixture(autouse=True)
def _books_are_right(till: Till) -> Iterator[None]:
    yield
    assert till.visits.broken_promises() == []


def documents(till: Till, visit: int, kind: PrintRole) -> list[dict[str, Any]]:
    return [dict(job.document) for job in till.visits.jobs(visit) if job.kind is kind]


def test_what_is_left_for_cash_is_less_than_a_coin(till: Till) -> None:
    till = till.with_settings(cash_rounding=D("0.05"))
    visit = till.at_the_desk(priced(till, "10.02"))
    till.pay(visit, offer("card", "10"), offer("cash", "0"))
    payment = till.row(visit).payment
    assert payment is not None
    assert (payment.amount_paid, payment.rounding_amount) == (D(10), D("-0.02"))
    assert till.tenders(visit) == [("card", D(10)), ("cash", D(0))]


def test_two_cards_are_several_tenders(till: Till) -> None:
    visit = till.at_the_desk(priced(till, "80"))
    till.pay(visit, offer("card", "50"), offer("card", "30"))
    payment = till.row(visit).payment
    assert payment is not None
    assert payment.method == "mixed"
    assert [row["amount"] for row in documents(till, visit, PrintRole.RECEIPT)[0]["tenders"]] == [
        "50.00",
        "30.00",
    ]


def test_the_papers_of_a_rounded_refund_add_up(till: Till) -> None:
    till = till.with_settings(cash_rounding=D("0.05"))
    visit = till.at_the_desk(priced(till, "22.93"))
    till.pay(visit, offer("cash", "22.95"))
    till.visits.print_everything()
    till.refund(visit, "22.93")
    (slip,) = documents(till, visit, PrintRole.REPORT)
    rows = dict(slip["rows"])
    assert (rows["Cash rounding"], rows["Cash"]) == ("-$0.02", "-$22.95")
    till.run(lambda u: papers.reprint_receipt(u, till.spa.eva, visit))
    copy = documents(till, visit, PrintRole.RECEIPT)[-1]
    assert copy["refunds"] == [{"number": 1, "amount": "-22.95"}]


def test_a_method_of_nothing_moves_nothing(till: Till) -> None:
    visit = till.at_the_desk(priced(till, "80"))
    till.pay(visit, offer("card", "80"))
    till.refund(visit, "10", {"card": D(10), "cash": D(0)})
    assert till.tenders(visit) == [("card", D(80)), ("card", D(-10))]


def test_more_pieces_than_the_books_have_room_for(till: Till) -> None:
    till.open("100")
    for pieces in (10**6, 10**12, 10**40):
        with pytest.raises(ValidationFailed):
            till.run(
                lambda u, n=pieces: shifts.count(u, till.shop, till.spa.eva, None, {D(100): n})
            )


def test_a_tip_that_is_paid_out_names_its_therapist(till: Till) -> None:
    till.open("50")
    till.move("tip_payout", "4", till.spa.ana)
    till.move("pay_out", "1")
    slips = [
        dict(job.document["rows"]) for job in till.visits.jobs() if job.kind is PrintRole.REPORT
    ]
    assert [slip.get("Therapist") for slip in slips] == ["Ana", None]
    rows = till.run(
        lambda u: u.session.scalars(
            select(HistoryEntry.detail)
            .where(HistoryEntry.event == "shift_movement")
            .order_by(HistoryEntry.id)
        ).all()
    )
    assert [row.get("therapist") for row in rows if row] == ["Ana", None]
