"""Two desks, or two managers, at the same money: one wins, and the other is told why.

Each race comes with a control: the same use case without its lock lets both win.
"""

from __future__ import annotations

import json
import threading
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal as D
from pathlib import Path
from typing import Any, TypeVar

import pytest
from pymysql.connections import Connection as RawConnection
from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from appliance.server.auth import tokens
from appliance.server.domain import ledger as rules
from appliance.server.domain import z
from appliance.server.domain.errors import Busy, InvalidState, Unavailable, ValidationFailed
from appliance.server.domain.reports import Grouping
from appliance.server.domain.shifts import ShiftState
from appliance.server.domain.states import Actor
from appliance.server.store import claims, numbers
from appliance.server.store.models import (
    Base,
    DailyRow,
    HistoryEntry,
    Payment,
    Refund,
    Shift,
    ShiftCount,
    Staff,
    Tender,
    Transaction,
    ZReport,
)
from appliance.server.store.rows import Objects
from appliance.server.store.unit_of_work import Store, UnitOfWork
from appliance.server.usecases import cashier
from appliance.server.usecases.till import daily, days, refunds, shifts
from appliance.server.usecases.till.reports import report
from tests.support.campaign import rounds
from tests.support.hands import until
from tests.support.mariadb import PrivateMariaDB
from tests.support.server import ServerProcess
from tests.support.spa import Clock, open_spa, shop
from tests.support.threads import PATIENCE, at_once
from tests.support.till import Till, offer

T = TypeVar("T")
Row = TypeVar("Row", bound=Base)
Connect = Callable[[], RawConnection]
ROUNDS = range(rounds(3, 50))
DESKS = 8


@pytest.fixture
def till(busy_store: Store) -> Till:
    """Eight desks on the real clock, since many look at it at once."""
    return Till(busy_store, open_spa(busy_store, cashiers=DESKS), Clock(), shop())


class Meeting:
    """Two who wait for each other once; who comes again, as after a deadlock, goes on."""

    def __init__(self) -> None:
        self._barrier = threading.Barrier(2)
        self._been = threading.local()

    def wait(self) -> None:
        if not getattr(self._been, "here", False):
            self._been.here = True
            self._barrier.wait(PATIENCE)

    def after(self, work: Callable[..., T]) -> Callable[..., T]:
        """The same work, after which each waits for the other."""

        def and_wait(*arguments: Any, **named: Any) -> T:
            result = work(*arguments, **named)
            self.wait()
            return result

        return and_wait


def all_of(till: Till, kind: type[Row]) -> list[Row]:
    return till.run(lambda u: list(u.session.scalars(select(kind))))


def told(till: Till, event: str) -> int:
    """How often something stands in the history."""
    return till.run(
        lambda u: len(
            u.session.scalars(select(HistoryEntry.id).where(HistoryEntry.event == event)).all()
        )
    )


def one_won(results: Sequence[Any]) -> Exception:
    """Make sure that all but one were refused; what the last of them was told."""
    refused = [result for result in results if isinstance(result, Exception)]
    assert len(refused) == len(results) - 1, results
    assert all(isinstance(error, InvalidState | Busy) for error in refused), refused
    return refused[-1]


@pytest.fixture
def unlocked(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Let `claims` find rows as it does, without taking them."""
    by_id = bindparam("id")
    for name, kind, which in (
        ("_TRANSACTION", Transaction, Transaction.id == by_id),
        ("_SHIFT", Shift, Shift.id == by_id),
        ("_OPEN_SHIFT", Shift, Shift.open_cashier_id == bindparam("cashier_id")),
    ):
        monkeypatch.setattr(claims, name, Objects(kind, select(kind).where(which)))
    return monkeypatch


# --- refunds ----------------------------------------------------------------------------------


def visit_of_130(till: Till) -> tuple[int, Mapping[int, D]]:
    """A paid visit of 80 and 50, and the lines that give 100 of it back."""
    visit = till.at_the_desk(till.spa.swedish_60, till.spa.swedish_30)
    till.pay(visit, offer("card", "80"), offer("cash", "50"))
    return visit, dict(
        zip([item.id for item in till.row(visit).items], [D(70), D(30)], strict=True)
    )


def give_back(till: Till, by: Actor, visit: int, lines: Mapping[int, D]) -> Callable[[], D]:
    def work() -> D:
        return till.run(
            lambda u: refunds.refund(
                u, till.shop, by, visit, lines, "not happy", approver=till.approver
            )
        )[1].amount

    return work


@pytest.mark.parametrize("_round", ROUNDS)
def test_two_desks_never_give_back_more_than_was_paid(till: Till, _round: int) -> None:
    visit, lines = visit_of_130(till)
    desks = (till.spa.eva, till.spa.felix)
    refused = one_won(at_once([give_back(till, desk, visit, lines) for desk in desks]))
    if isinstance(refused, InvalidState):
        assert "10.00" in refused.message
    assert [refund.amount for refund in all_of(till, Refund)] == [D(100)]
    assert till.visits.broken_promises() == []
    items = list(lines)
    till.run(
        lambda u: refunds.refund(
            u,
            till.shop,
            till.spa.felix,
            visit,
            dict(zip(items, [D(10), D(20)], strict=True)),
            "the rest",
            approver=till.approver,
        )
    )
    assert till.visits.broken_promises() == []


def test_control_without_the_visits_lock_two_desks_give_back_200_of_130(
    till: Till, unlocked: pytest.MonkeyPatch
) -> None:
    visit, lines = visit_of_130(till)
    desks = (till.spa.eva, till.spa.felix)
    unlocked.setattr(rules, "check_refund", Meeting().after(rules.check_refund))
    results = at_once([give_back(till, desk, visit, lines) for desk in desks])
    assert results == [D(100), D(100)]
    assert any("130.00 paid, 200.00 refunded" in said for said in till.visits.broken_promises())


def of_manager(till: Till, visit: int, lines: Mapping[int, D]) -> Callable[[], D]:
    """What a manager gives back out of the only drawer that is open, with nobody's PIN."""
    return lambda: (
        till.run(
            lambda u: refunds.refund(u, till.shop, till.spa.manager, visit, lines, "not happy")
        )[1].amount
    )


@pytest.mark.parametrize("_round", ROUNDS)
def test_a_manager_and_a_cashier_never_give_back_the_same(till: Till, _round: int) -> None:
    visit, lines = visit_of_130(till)
    refused = one_won(
        at_once([give_back(till, till.spa.eva, visit, lines), of_manager(till, visit, lines)])
    )
    if isinstance(refused, InvalidState):
        assert "10.00" in refused.message
    (refund,) = all_of(till, Refund)
    assert refund.amount == D(100)
    assert till.visits.broken_promises() == []


def test_control_without_the_visits_lock_a_manager_and_a_cashier_give_back_200(
    till: Till, unlocked: pytest.MonkeyPatch
) -> None:
    visit, lines = visit_of_130(till)
    unlocked.setattr(rules, "check_refund", Meeting().after(rules.check_refund))
    results = at_once([give_back(till, till.spa.eva, visit, lines), of_manager(till, visit, lines)])
    assert results == [D(100), D(100)]
    assert any("130.00 paid, 200.00 refunded" in said for said in till.visits.broken_promises())


# --- corrections ------------------------------------------------------------------------------


def make_it_card(till: Till, by: Actor, visit: int) -> Callable[[], int]:
    def work() -> int:
        return till.run(
            lambda u: refunds.correct_tender(
                u, till.shop, by, visit, {"card": D(80)}, "was card", till.approver
            )
        ).id

    return work


def net(till: Till, visit: int) -> dict[str, D]:
    taken: dict[str, D] = {}
    for method, amount in till.tenders(visit):
        taken[method] = taken.get(method, D(0)) + amount
    return taken


@pytest.mark.parametrize("_round", ROUNDS)
def test_a_wrong_tender_is_put_right_once(till: Till, _round: int) -> None:
    visit = till.sale("100", till.spa.swedish_60)
    results = at_once([make_it_card(till, desk, visit) for desk in (till.spa.eva, till.spa.felix)])
    (refused,) = [result for result in results if isinstance(result, Exception)]
    if not isinstance(refused, Busy):
        assert isinstance(refused, ValidationFailed), refused
        assert "it was paid this way" in refused.message
    assert net(till, visit) == {"cash": D(0), "card": D(80)}
    assert till.visits.broken_promises() == []


def test_control_without_the_visits_lock_a_wrong_tender_is_put_right_twice(
    till: Till, unlocked: pytest.MonkeyPatch
) -> None:
    visit = till.sale("100", till.spa.swedish_60)
    unlocked.setattr(rules, "correct", Meeting().after(rules.correct))
    at_once([make_it_card(till, desk, visit) for desk in (till.spa.eva, till.spa.felix)])
    assert net(till, visit) == {"cash": D(-80), "card": D(160)}


# --- shifts -----------------------------------------------------------------------------------


def count(till: Till, by: Actor, shift: Shift, amount: str) -> Callable[[], D | None]:
    def work() -> D | None:
        return till.run(
            lambda u: shifts.count(u, till.shop, by, D(amount), shift_id=shift.id)
        ).shift.expected_amount

    return work


def close(till: Till, by: Actor, shift: Shift | None, left: str) -> Callable[[], D | None]:
    def work() -> D | None:
        return till.run(
            lambda u: shifts.close(u, till.shop, by, D(left), shift_id=shift.id if shift else None)
        ).shift.left_amount

    return work


@pytest.mark.parametrize("_round", ROUNDS)
def test_two_counts_at_once_are_two_rows_and_the_later_one_stands(till: Till, _round: int) -> None:
    shift = till.open("50")
    works = [
        count(till, till.spa.eva, shift, "49"),
        count(till, till.spa.manager, shift, "50"),
    ]
    results = at_once(works)
    assert set(results) <= {D("50.00")}, results
    rows = sorted(all_of(till, ShiftCount), key=lambda row: row.id)
    assert sorted(row.amount for row in rows) == [D(49), D(50)]
    assert all_of(till, Shift)[0].counted_amount == rows[-1].amount
    assert till.visits.broken_promises() == []


def test_control_counts_without_one_unit_of_work_let_the_earlier_one_stand(raw: Connect) -> None:
    both_counted, later_stands = threading.Barrier(2), threading.Event()
    with raw().cursor() as cursor:
        cursor.execute("CREATE OR REPLACE TABLE control_counts (id BIGINT, standing BIGINT)")
        cursor.execute("INSERT INTO control_counts VALUES (0, 0)")

    def count_without_care(number: int) -> None:
        with raw().cursor() as cursor:
            cursor.execute("INSERT INTO control_counts VALUES (%s, NULL)", (number,))
            both_counted.wait(PATIENCE)
            assert number == 2 or later_stands.wait(PATIENCE)
            cursor.execute("UPDATE control_counts SET standing = %s WHERE id = 0", (number,))
            later_stands.set()

    try:
        assert at_once([lambda n=number: count_without_care(n) for number in (1, 2)]) == [None] * 2
        with raw().cursor() as cursor:
            cursor.execute("SELECT MAX(id), MAX(standing) FROM control_counts")
            assert cursor.fetchone() == (2, 1)
    finally:
        with raw().cursor() as cursor:
            cursor.execute("DROP TABLE control_counts")


@pytest.mark.parametrize("_round", ROUNDS)
def test_a_payment_that_meets_a_count_is_in_it_or_makes_it_void(till: Till, _round: int) -> None:
    shift = till.open("50")
    visit = till.at_the_desk(till.spa.swedish_60)
    at_once(
        [
            count(till, till.spa.eva, shift, "50"),
            lambda: till.pay(visit, offer("cash", "80")) and None,
        ]
    )
    assert till.visits.broken_promises() == []


def test_control_without_the_shifts_lock_a_count_does_not_know_of_a_payment(
    till: Till, unlocked: pytest.MonkeyPatch
) -> None:
    shift = till.open("50")
    visit = till.at_the_desk(till.spa.swedish_60)
    looked, counted = threading.Event(), threading.Event()
    is_void = shifts.count_is_void

    def look_and_wait(row: Shift) -> None:
        is_void(row)
        looked.set()
        assert counted.wait(PATIENCE)

    def count_meanwhile() -> None:
        assert looked.wait(PATIENCE)
        count(till, till.spa.eva, shift, "50")()
        counted.set()

    unlocked.setattr(shifts, "count_is_void", look_and_wait)
    results = at_once(
        [count_meanwhile, lambda: till.pay(visit, offer("cash", "80")) and None],
    )
    assert results == [None, None]
    assert [f"shift {shift.id}: expected 50.00, adds up to 130.00"] == [
        said.replace("50.000", "50.00").replace("130.000", "130.00")
        for said in till.visits.broken_promises()
    ]


@pytest.mark.parametrize("_round", ROUNDS)
def test_a_shift_is_closed_once(till: Till, _round: int) -> None:
    shift = till.open("50")
    till.count("50")
    one_won(
        at_once(
            [
                close(till, till.spa.eva, None, "40"),
                close(till, till.spa.eva, None, "30"),
                close(till, till.spa.manager, shift, "20"),
            ]
        )
    )
    assert told(till, "shift_close") == 1
    assert till.visits.broken_promises() == []


def test_control_without_the_shifts_lock_it_is_closed_twice(
    till: Till, unlocked: pytest.MonkeyPatch
) -> None:
    shift = till.open("50")
    till.count("50")
    unlocked.setattr(shifts, "_of", Meeting().after(shifts._of))
    works = [close(till, till.spa.eva, None, "40"), close(till, till.spa.manager, shift, "20")]
    assert at_once(works) == [D(40), D(20)]
    assert told(till, "shift_close") == 2


@pytest.mark.parametrize("_round", ROUNDS)
def test_of_a_count_and_a_close_at_once_one_wins(till: Till, _round: int) -> None:
    shift = till.open("50")
    till.count("50")
    counted, closed = at_once(
        [count(till, till.spa.manager, shift, "30"), close(till, till.spa.eva, None, "40")]
    )
    row = all_of(till, Shift)[0]
    if isinstance(counted, Exception):
        assert isinstance(counted, InvalidState | Busy), counted
        assert isinstance(counted, Busy) or counted.message == "This shift is closed."
        assert (closed, row.state, row.counted_amount) == (D(40), ShiftState.CLOSED, D(50))
    else:
        assert isinstance(closed, ValidationFailed | Busy), closed
        assert isinstance(closed, Busy) or closed.message == "More is left than was counted."
        assert (row.state, row.counted_amount) == (ShiftState.COUNTED, D(30))
    assert till.visits.broken_promises() == []


def test_control_without_the_shifts_lock_a_closed_drawer_is_counted_again(
    till: Till, unlocked: pytest.MonkeyPatch
) -> None:
    shift = till.open("50")
    till.count("50")
    unlocked.setattr(shifts, "_of", Meeting().after(shifts._of))
    works = [count(till, till.spa.manager, shift, "30"), close(till, till.spa.eva, None, "40")]
    assert at_once(works) == [D(50), D(40)]
    # More is left in the drawer than was counted in it.
    row = all_of(till, Shift)[0]
    assert (row.state, row.counted_amount, row.left_amount) == (ShiftState.CLOSED, D(30), D(40))


@pytest.mark.parametrize("_round", ROUNDS)
def test_payments_of_one_cashier_at_once_open_one_shift_together(till: Till, _round: int) -> None:
    visits = [till.at_the_desk(till.spa.swedish_30) for _ in range(4)]
    results = at_once([lambda v=visit: till.pay(v, offer("cash", "50")).id for visit in visits])
    assert results == visits
    opened = all_of(till, Shift)
    assert [shift.cashier_id for shift in opened] == [till.spa.eva.id]
    assert {tender.shift_id for tender in all_of(till, Tender)} == {opened[0].id}
    assert told(till, "shift_open") == 1
    assert till.visits.broken_promises() == []


@pytest.mark.parametrize("_round", ROUNDS)
def test_a_drawer_is_opened_by_one_of_two_cashiers(till: Till, _round: int) -> None:
    def begin(by: Actor) -> Callable[[], int | None]:
        return lambda: (
            till.run(lambda u: shifts.open_shift(u, till.shop, by, D(50), "front")).shift.cashier_id
        )

    one_won(at_once([begin(till.spa.eva), begin(till.spa.felix)]))
    assert told(till, "shift_open") == 1
    assert len(all_of(till, Shift)) == 1


def test_control_looking_and_then_opening_opens_two_shifts(raw: Connect) -> None:
    meeting = Meeting()
    with raw().cursor() as cursor:
        cursor.execute("CREATE OR REPLACE TABLE control_shifts (cashier_id BIGINT)")

    def open_without_care() -> None:
        with raw().cursor() as cursor:
            cursor.execute("SELECT COUNT(*) FROM control_shifts")
            (there,) = cursor.fetchone() or (0,)
            meeting.wait()
            if not there:
                cursor.execute("INSERT INTO control_shifts VALUES (1)")

    try:
        at_once([open_without_care] * 2)
        with raw().cursor() as cursor:
            cursor.execute("SELECT COUNT(*) FROM control_shifts")
            assert cursor.fetchone() == (2,)
    finally:
        with raw().cursor() as cursor:
            cursor.execute("DROP TABLE control_shifts")


# --- the day ----------------------------------------------------------------------------------


def close_day(till: Till) -> Callable[[], int]:
    return lambda: till.run(lambda u: days.close_day(u, till.shop, till.spa.manager)).number


@pytest.mark.parametrize("sold", [True, False])
@pytest.mark.parametrize("_round", ROUNDS)
def test_two_managers_close_a_day_once(till: Till, _round: int, sold: bool) -> None:
    if sold:
        till.sale("80", till.spa.swedish_60)
        till.count_and_close()
    refused = one_won(at_once([close_day(till), close_day(till)]))
    if isinstance(refused, InvalidState):
        assert refused.message == "The day is already closed."
    assert [report.number for report in all_of(till, ZReport)] == [1]
    assert till.visits.broken_promises() == []


def test_control_without_the_shifts_locks_a_day_is_closed_twice(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    till.sale("80", till.spa.swedish_60)
    till.count_and_close()

    def look(session: Session, business_date: str) -> Sequence[Shift]:
        return session.scalars(select(Shift).where(Shift.business_date == business_date)).all()

    monkeypatch.setattr(claims, "shifts_of_day", Meeting().after(look))
    assert sorted(at_once([close_day(till), close_day(till)]), key=str) == [1, 2]
    grand_totals = sorted(report.grand_total for report in all_of(till, ZReport))
    assert grand_totals == [D(80), D(160)]


@pytest.mark.parametrize("_round", ROUNDS)
def test_a_shift_that_opens_while_the_day_is_closed_is_in_exactly_one_z(
    till: Till, _round: int
) -> None:
    till.sale("80", till.spa.swedish_60)
    till.count_and_close()
    visit = till.at_the_desk(till.spa.swedish_60, of=till.spa.felix)
    at_once(
        [
            close_day(till),
            lambda: till.pay(visit, offer("cash", "80"), by=till.spa.felix).id,
        ]
    )
    till.count_and_close(till.spa.felix)
    till.close_day()
    reports = sorted(all_of(till, ZReport), key=lambda report: report.number)
    assert [shift.z_number is not None for shift in all_of(till, Shift)] == [True, True]
    assert reports[-1].grand_total == D(160)
    assert till.visits.broken_promises() == []


def sell_in_the_middle(till: Till, monkeypatch: pytest.MonkeyPatch, where: Any, step: str) -> None:
    """After a step of the next close, let Felix's shift open by itself, for a sale of 80."""
    visit = till.at_the_desk(till.spa.swedish_60, of=till.spa.felix)
    do, sold = getattr(where, step), threading.Event()

    def do_and_sell(*arguments: Any, **named: Any) -> Any:
        result = do(*arguments, **named)
        if not sold.is_set():
            sold.set()
            till.pay(visit, offer("cash", "80"), by=till.spa.felix)
        return result

    monkeypatch.setattr(where, step, do_and_sell)


@pytest.mark.parametrize(
    ("where", "step"),
    [(claims, "shifts_of_day"), (numbers, "take"), (days, "_figures"), (z, "seal")],
)
def test_a_shift_that_opens_at_any_step_of_a_close_is_in_the_next_z(
    till: Till, monkeypatch: pytest.MonkeyPatch, where: Any, step: str
) -> None:
    till.sale("80", till.spa.swedish_60)
    till.count_and_close()
    sell_in_the_middle(till, monkeypatch, where, step)
    till.close_day()
    first, second = sorted(all_of(till, Shift), key=lambda shift: shift.id)
    assert (first.z_number, second.cashier_id, second.z_number) == (1, till.spa.felix.id, None)
    till.count_and_close(till.spa.felix)
    till.close_day()
    assert [shift.z_number for shift in sorted(all_of(till, Shift), key=lambda s: s.id)] == [1, 2]
    totals = {report.number: report.grand_total for report in all_of(till, ZReport)}
    assert totals == {1: D(80), 2: D(160)}
    assert till.visits.broken_promises() == []


class Looked:
    """A day's shifts as they are found whenever somebody looks, not those that were taken."""

    def __init__(self, session: Session, business_date: str) -> None:
        self._session = session
        self._of_it = select(Shift).where(
            Shift.business_date == business_date, Shift.z_number.is_(None)
        )

    def __iter__(self) -> Iterator[Shift]:
        return iter(self._session.scalars(self._of_it).all())


def test_control_a_close_that_takes_no_shifts_numbers_one_that_it_has_not_counted(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    till.sale("80", till.spa.swedish_60)
    till.count_and_close()
    monkeypatch.setattr(claims, "shifts_of_day", Looked)
    sell_in_the_middle(till, monkeypatch, days, "_figures")
    till.close_day()
    assert [shift.z_number for shift in all_of(till, Shift)] == [1, 1]
    (report,) = all_of(till, ZReport)
    assert report.grand_total == D(80)
    assert till.visits.broken_promises() != []


# --- a closed day's figures ---------------------------------------------------------------------


@pytest.fixture
def nobody_keeps_figures(raw: Connect) -> Iterator[Callable[[], None]]:
    """Hold the place where a closed day's figures are kept; called, it is let go."""
    connection = raw()
    connection.begin()
    connection.cursor().execute("SELECT * FROM daily_rows FOR UPDATE")
    yield connection.rollback
    connection.rollback()


def _post(server: ServerProcess, path: str, token: str, body: dict[str, object]) -> dict[str, Any]:
    request = urllib.request.Request(
        server.base_url + path,
        json.dumps(body).encode(),
        {"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
        return dict(json.load(answer))


def test_a_day_is_closed_and_sold_on_while_its_figures_wait_and_a_kill_loses_none(
    till: Till,
    nobody_keeps_figures: Callable[[], None],
    mariadb: PrivateMariaDB,
    tmp_path: Path,
) -> None:
    till.sale("80", till.spa.swedish_60)
    till.count_and_close()
    token = till.run(lambda u: tokens.issue(u, u.session.get_one(Staff, till.spa.manager.id))[0])
    server = ServerProcess(mariadb.server_environment("lobby_test"), tmp_path / "serve.log")
    try:
        server.start()
        closed = _post(server, "/api/manager/days/close", token, {"request_id": "tonight"})
        till.sale("80", till.spa.swedish_60, by=till.spa.felix)
        sealed = all_of(till, ZReport)[0]
        server.kill()
        assert closed["z"]["hash"] == sealed.hash
        assert all_of(till, DailyRow) == []
        assert till.visits.broken_promises() == []
        told = {by: till.store.look(lambda u, b=by: report(u, till.shop, by=b)) for by in Grouping}
        nobody_keeps_figures()
        server.start()
        until(lambda: bool(all_of(till, DailyRow)), "the figures are not kept")
    finally:
        server.stop()
    assert {row.z_number for row in all_of(till, DailyRow)} == {sealed.number}
    for by in Grouping:
        assert till.store.look(lambda u, b=by: report(u, till.shop, by=b)) == told[by]
    again = _z(till, sealed.number)
    assert (again.document, again.hash) == (sealed.document, sealed.hash)


def test_control_figures_kept_with_the_z_make_a_close_wait_for_them(
    till: Till, nobody_keeps_figures: Callable[[], None]
) -> None:
    till.sale("80", till.spa.swedish_60)
    till.count_and_close()

    def close_and_keep(unit: UnitOfWork) -> None:
        number = days.close_day(unit, till.shop, till.spa.manager).number
        facts = daily.Facts(unit, till.shop, number)
        daily.keep(unit, number, daily.rows_of(facts, Grouping.DAY))

    # A machine with much to do gives up on the database before the lock does.
    with pytest.raises((Busy, Unavailable)):
        till.run(close_and_keep)


def _z(till: Till, number: int) -> ZReport:
    return till.run(lambda u: days.numbered(u, number))


# --- numbers without a gap --------------------------------------------------------------------


class ChangedTheirMind(Exception):
    """What rolls a unit of work back at the last moment."""


@dataclass
class Desk:
    """A cashier with customers to take money from."""

    till: Till
    cashier: Actor
    visits: list[int]

    def work(self) -> None:
        """Take the money of each and give it back; each step is rolled back once before."""
        for visit in self.visits:
            self._twice(
                lambda u, v=visit: cashier.pay(
                    u, self.till.shop, self.cashier, v, [offer("cash", "50")]
                )
            )
            item = self.till.row(visit).items[0].id
            self._twice(
                lambda u, v=visit, i=item: refunds.refund(
                    u,
                    self.till.shop,
                    self.cashier,
                    v,
                    {i: D(5)},
                    "not happy",
                    approver=self.till.approver,
                )
            )

    def _twice(self, work: Callable[[UnitOfWork], Any]) -> None:
        def and_roll_back(unit: UnitOfWork) -> None:
            work(unit)
            raise ChangedTheirMind

        with suppress(ChangedTheirMind):
            self._patiently(and_roll_back)
        self._patiently(work)

    def _patiently(self, work: Callable[[UnitOfWork], Any]) -> None:
        done = False
        while not done:
            # On a machine with too much to do somebody may wait too long for the counter.
            with suppress(Busy):
                self.till.run(work)
                done = True


def work_at_eight_desks(till: Till) -> int:
    """Let eight cashiers take and give back money at once.

    Returns:
        How many payments there were, and as many refunds.
    """
    each = rounds(2, 25)
    desks = []
    for desk in till.spa.cashiers:
        visits = [till.at_the_desk(till.spa.swedish_30, of=desk) for _ in range(each)]
        desks.append(Desk(till, desk, visits))
    results = at_once([desk.work for desk in desks])
    assert results == [None] * DESKS
    return DESKS * each


def given_out(till: Till) -> tuple[list[int | None], list[int]]:
    """The numbers of receipts and of refunds, in order."""
    receipts = sorted(payment.receipt_number or 0 for payment in all_of(till, Payment))
    return list(receipts), sorted(refund.number for refund in all_of(till, Refund))


def test_numbers_have_no_gap_though_every_step_is_rolled_back_once(till: Till) -> None:
    done = work_at_eight_desks(till)
    whole = list(range(1, done + 1))
    assert given_out(till) == (whole, whole)
    for desk in till.spa.cashiers:
        till.count_and_close(desk)

    def close_and_roll_back() -> None:
        def work(unit: UnitOfWork) -> None:
            days.close_day(unit, till.shop, till.spa.manager)
            raise ChangedTheirMind

        till.run(work)

    results = at_once([close_and_roll_back, close_day(till), close_and_roll_back])
    assert results[1] == 1, results
    assert [report.number for report in all_of(till, ZReport)] == [1]
    assert till.visits.broken_promises() == []


def test_control_numbers_taken_in_a_commit_of_their_own_have_gaps(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    take = numbers.take

    def take_and_keep(_session: Session, series: numbers.Series) -> int:
        return till.run(lambda u: take(u.session, series))

    monkeypatch.setattr(numbers, "take", take_and_keep)
    done = work_at_eight_desks(till)
    receipts, given_back = given_out(till)
    assert len(receipts) == len(given_back) == done
    assert receipts[-1] == given_back[-1] == 2 * done
    assert any("receipts" in said for said in till.visits.broken_promises())
