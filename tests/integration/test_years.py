"""Years of visits: what looks at all of them keeps one page at a time; what nobody needs goes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event, func, insert, select
from sqlalchemy.orm import Session

from appliance.protocol import PrintRole
from appliance.server.auth.journal import Journal
from appliance.server.bookkeeping import Bookkeeper
from appliance.server.domain.errors import InvalidState, ValidationFailed
from appliance.server.domain.reports import Grouping
from appliance.server.store import answers, invariants, pages
from appliance.server.store.answers import Request
from appliance.server.store.db import Database
from appliance.server.store.models import (
    HistoryEntry,
    Payment,
    PrintJob,
    StoredResult,
    Transaction,
    Upkeep,
)
from appliance.server.store.unit_of_work import Store, UnitOfWork
from appliance.server.sweeper import Sweeper
from appliance.server.usecases import papers
from appliance.server.usecases.till import daily
from appliance.server.usecases.till.reports import report
from appliance.server.wire import serialize
from appliance.server.wire.answers import body
from benchmarks.past import fill_past
from tests.concurrency.test_plans import explain, sent
from tests.support.mariadb import PrivateMariaDB
from tests.support.spa import Clock, Spa, shop
from tests.support.visits import Visits

SHOP = shop()

VISITS = 3 * pages.ROWS + 7
GROW = {"transactions", "transaction_items", "adjustments", "payments", "tenders", "history"}
"""What every visit makes longer."""


@contextmanager
def rows_at_once(database: Database) -> Iterator[list[int]]:
    """How many rows each statement brought into the process."""
    counts: list[int] = []

    def note(_connection: Any, cursor: Any, *_: object) -> None:
        counts.append(cursor.rowcount)

    event.listen(database.engine, "after_cursor_execute", note)
    yield counts
    event.remove(database.engine, "after_cursor_execute", note)


def test_the_check_of_years_is_whole_and_keeps_a_page_at_a_time(
    store: Store, spa: Spa, mariadb: PrivateMariaDB
) -> None:
    assert spa.eva.id is not None
    fill_past(mariadb.url("lobby_test"), VISITS)
    steps = store.run(lambda u: u.session.scalar(select(func.count()).select_from(HistoryEntry)))
    assert steps is not None
    with rows_at_once(store.database) as counts, store.database.session() as session:
        assert list(invariants.violations(session)) == []
    assert pages.ROWS < max(counts) < steps / 2, "the control: all of it would be more"

    def spoil(unit: Any) -> int:
        last = unit.session.scalars(select(Payment).order_by(Payment.id.desc()).limit(1)).one()
        last.change_amount += 1
        return int(last.transaction_id)

    spoiled = store.run(spoil)
    with store.database.session() as session:
        found = list(invariants.violations(session))
    assert found
    assert all(line.startswith(f"transaction {spoiled}: ") for line in found)


def test_figures_of_a_day_and_reports_go_through_no_whole_table(
    store: Store, spa: Spa, mariadb: PrivateMariaDB
) -> None:
    assert spa.eva.id is not None
    fill_past(mariadb.url("lobby_test"), VISITS, a_day=50)
    books = Bookkeeper(store, SHOP)
    assert books.keep_one()

    def whole_tables(statements: list[tuple[str, Any]], session: Session) -> list[str]:
        # Names in a plan are a statement's own; no statement gives a table another.
        return [
            f"{step['table']}: {statement}"
            for statement, parameters in statements
            for step in explain(session, statement, parameters)
            if step["type"] in {"ALL", "index"} and step["table"] in GROW
        ]

    def look_at(work: Callable[[UnitOfWork], object]) -> None:
        def look(unit: UnitOfWork) -> tuple[int, list[str]]:
            statements = sent(unit.session, lambda _: work(unit))
            return len(statements), whole_tables(statements, unit.session)

        number, found = store.look(look)
        assert number > 0
        assert found == []

    look_at(lambda unit: daily.Facts(unit, SHOP, 1).read())
    while books.keep_one():
        pass
    for by in Grouping:
        look_at(lambda unit, by=by: report(unit, SHOP, "2000-01-01", "2099-12-31", by))  # type: ignore[misc]
    with store.database.session() as session:
        control = [("SELECT SUM(amount) FROM tenders", ())]
        assert whole_tables(control, session) != []


# --- answers ----------------------------------------------------------------------------------


def test_an_answer_takes_a_sixth_of_what_it_says(store: Store, visits: Visits, spa: Spa) -> None:
    there = visits.paid()
    asked = Request(spa.eva, "pay-1", "cashier_pay", "0" * 32)

    def remember(unit: Any) -> dict[str, Any]:
        row = unit.session.get_one(Transaction, there)
        answer = {"ok": True, "transaction": body(serialize.transaction(row))}
        answers.remember(unit.session, asked, answer, unit.now())
        return answer

    answer = store.run(remember)
    assert store.run(lambda u: answers.stored(u.session, asked)) == answer
    said, packed = store.run(
        lambda u: u.session.execute(
            select(func.length(StoredResult.result), func.length(StoredResult.packed))
        ).one()
    )
    assert said == len("{}")
    assert packed < len(str(answer)) / 6


def test_an_answer_of_the_release_before_is_repeated_and_it_repeats_none_of_ours(
    store: Store, spa: Spa
) -> None:
    old = Request(spa.eva, "old", "cashier_pay", "0" * 32)
    row = {"actor": spa.eva.key, "event": "cashier_pay", "payload": "0" * 32}
    store.run(
        lambda u: u.session.execute(
            insert(StoredResult).values(
                **row, request_id="old", result={"ok": True, "old": 1}, at=u.now()
            )
        )
    )
    assert store.run(lambda u: answers.stored(u.session, old)) == {"ok": True, "old": 1}
    with pytest.raises(ValidationFailed, match="another request"):
        store.run(
            lambda u: answers.stored(u.session, Request(spa.eva, "old", "cashier_refund", "0" * 32))
        )
    new = Request(spa.eva, "new", "cashier_pay", "0" * 32)
    store.run(lambda u: answers.remember(u.session, new, {"ok": True}, u.now()))
    kept = store.run(lambda u: u.session.get_one(StoredResult, (spa.eva.key, "new")))
    # What an earlier release looks at: to it this is the answer to something else, so it refuses.
    assert kept.event != new.event


def test_old_answers_go_some_at_a_time(
    store: Store, spa: Spa, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "_AT_ONCE", 3)
    for number in range(7):
        asked = Request(spa.eva, f"r{number}", "cashier_pay")
        store.run(lambda u, asked=asked: answers.remember(u.session, asked, {}, u.now()))
        clock.advance(seconds=1)
    clock.advance(seconds=SHOP.keep_answers.total_seconds() - 1.5)
    sweeper = Sweeper(store, SHOP, Journal(store))
    left = []
    for _ in range(3):
        sweeper.sweep()
        left.append(
            store.run(lambda u: u.session.scalar(select(func.count()).select_from(StoredResult)))
        )
    assert left == [4, 1, 1], "the youngest is not old enough"


# --- papers -----------------------------------------------------------------------------------


def test_old_tickets_of_visits_that_are_over_go_and_receipts_stay(
    store: Store, visits: Visits, spa: Spa, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("appliance.server.store.papers._AT_ONCE", 2)
    paid = visits.paid()
    visits.print_everything()
    copy = store.run(lambda u: papers.reprint_receipt(u, spa.eva, paid)).id
    visits.print_everything()
    waiting = visits.waiting()
    visits.print_everything()
    before = {job.id: job.document for job in visits.jobs()}
    sweeper = Sweeper(store, SHOP, Journal(store))

    def gone() -> set[tuple[int | None, PrintRole, bool]]:
        return {
            (job.transaction_id, job.kind, job.id == copy)
            for job in visits.jobs()
            if not job.document
        }

    clock.advance(seconds=SHOP.keep_tickets.total_seconds() - 60)
    sweeper.sweep()
    assert gone() == set()
    clock.advance(seconds=120)
    for _ in range(3):
        sweeper.sweep()
    assert gone() == {(paid, PrintRole.TICKET, False), (paid, PrintRole.RECEIPT, True)}
    (ticket,) = (j for j in visits.jobs(paid) if j.kind is PrintRole.TICKET)
    with pytest.raises(InvalidState, match="too old"):
        store.run(lambda u: papers.reprint(u, spa.eva, ticket.id))
    again = store.run(lambda u: papers.reprint_receipt(u, spa.eva, paid))
    assert again.original_id is not None
    assert again.document == {**before[again.original_id], "open_drawer": False}
    (held,) = visits.jobs(waiting)
    assert held.document == before[held.id], "the visit goes on"
    seen = store.run(lambda u: u.session.get_one(Upkeep, "papers")).done
    assert seen == max(before)
    assert visits.broken_promises() == []


def test_a_ticket_of_before_the_clock_was_set_back_is_not_passed_over(
    store: Store, visits: Visits, clock: Clock
) -> None:
    clock.advance(seconds=3600)
    young = visits.paid()
    clock.advance(seconds=-3600)
    visits.paid()
    visits.print_everything()
    sweeper = Sweeper(store, SHOP, Journal(store))
    tickets = {job.transaction_id: job.id for job in visits.jobs() if job.kind is PrintRole.TICKET}

    def kept() -> bool:
        return bool(store.run(lambda u: u.session.get_one(PrintJob, tickets[young])).document)

    clock.advance(seconds=SHOP.keep_tickets.total_seconds() + 1800)
    sweeper.sweep()
    assert kept(), "it is half an hour too young"
    clock.advance(seconds=3600)
    sweeper.sweep()
    assert not kept()
    assert visits.broken_promises() == []
