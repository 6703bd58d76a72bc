"""A manager gives money back and puts a method right: out of whose drawer, and who has approved."""

from __future__ import annotations

from decimal import Decimal as D

import pytest

from appliance.server.domain.errors import ApprovalRequired, Forbidden, InvalidState, NotFound
from appliance.server.domain.reports import Grouping
from appliance.server.domain.shifts import ShiftState
from appliance.server.domain.states import Actor
from appliance.server.store.models import HistoryEntry, Refund, Shift
from appliance.server.usecases.till import refunds, shifts
from appliance.server.usecases.till.reports import report

from .conftest import Till


def give_back(till: Till, by: Actor, visit: int, shift_id: int | None = None) -> Refund:
    item = till.row(visit).items[0].id
    return till.run(
        lambda u: refunds.refund(
            u, till.shop, by, visit, {item: D(30)}, "not happy", shift_id=shift_id
        )
    )[1]


def written(till: Till, visit: int, event: str) -> HistoryEntry:
    (row,) = [row for row in till.visits.history(visit) if row.event == event]
    return row


def test_the_only_open_shift_is_the_drawer(till: Till) -> None:
    shift = till.open("200")
    visit = till.sale("100", till.spa.swedish_60)
    refund = give_back(till, till.spa.manager, visit)
    assert (refund.shift_id, refund.by_name) == (shift.id, till.spa.manager.name)
    assert refund.approved_by_name == till.spa.manager.name
    assert written(till, visit, "cashier_refund").actor_name == till.spa.manager.name
    # The cashiers' report is of drawers: it was Eva's money that went back.
    day = str(shift.business_date)
    told = till.store.look(lambda u: report(u, till.shop, day, day, Grouping.CASHIER))
    assert [(name, row.sales, row.refunds) for name, row in told.rows] == [("Eva", D(80), D(30))]
    assert till.count("250").expected_amount == D(250), "200 and 80, less 30"
    assert till.visits.broken_promises() == []


def test_without_an_open_shift_there_is_no_drawer_and_none_opens(till: Till) -> None:
    till.open("0")
    visit = till.sale("100", till.spa.swedish_60)
    till.count_and_close()
    with pytest.raises(InvalidState, match="Ask a cashier to start one"):
        give_back(till, till.spa.manager, visit)
    assert till.run(shifts.all_open) == []
    assert till.tenders(visit) == [("cash", D(80))]


def test_of_several_open_shifts_one_is_chosen(till: Till) -> None:
    till.open("0")
    hers = till.open("50", by=till.spa.felix)
    visit = till.sale("100", till.spa.swedish_60)
    with pytest.raises(InvalidState, match="Choose whose drawer"):
        give_back(till, till.spa.manager, visit)
    assert give_back(till, till.spa.manager, visit, hers.id).shift_id == hers.id
    with pytest.raises(NotFound):
        give_back(till, till.spa.manager, visit, 999_999)
    assert till.visits.broken_promises() == []


def test_a_closed_shift_is_nobodys_drawer(till: Till) -> None:
    closed = till.open("0")
    visit = till.sale("100", till.spa.swedish_60)
    till.count_and_close()
    till.open("50", by=till.spa.felix)
    with pytest.raises(InvalidState, match="This shift is closed"):
        give_back(till, till.spa.manager, visit, closed.id)
    assert till.tenders(visit) == [("cash", D(80))]


def test_a_refund_out_of_a_counted_drawer_has_it_counted_again(till: Till) -> None:
    till.open("0")
    visit = till.sale("100", till.spa.swedish_60)
    shift = till.count("80")
    give_back(till, till.spa.manager, visit)
    now = till.run(lambda u: u.session.get_one(Shift, shift.id))
    assert (now.state, now.counted_amount) == (ShiftState.OPEN, None)
    with pytest.raises(InvalidState, match="Count the drawer first"):
        till.close()


def test_a_cashier_needs_a_manager_and_no_other_cashiers_drawer(till: Till) -> None:
    till.open("0")
    visit = till.sale("100", till.spa.swedish_60)
    theirs = till.open("50", by=till.spa.felix)
    with pytest.raises(ApprovalRequired):
        give_back(till, till.spa.eva, visit)
    item = till.row(visit).items[0].id
    with pytest.raises(Forbidden):
        till.run(
            lambda u: refunds.refund(
                u,
                till.shop,
                till.spa.eva,
                visit,
                {item: D(30)},
                "not happy",
                approver=till.approver,
                shift_id=theirs.id,
            )
        )
    assert till.tenders(visit) == [("cash", D(80))]


def test_a_manager_puts_a_method_right_in_the_shift_of_the_payment(till: Till) -> None:
    till.open("200")
    visit = till.sale("100", till.spa.swedish_60)
    till.run(
        lambda u: refunds.correct_tender(
            u, till.shop, till.spa.manager, visit, {"card": D(80)}, "was card"
        )
    )
    row = written(till, visit, "cashier_correct_tender")
    assert row.actor_name == till.spa.manager.name
    assert till.count("200").expected_amount == D(200)
    assert till.visits.broken_promises() == []
