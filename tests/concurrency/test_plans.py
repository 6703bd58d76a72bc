"""The claims' plans: the right index and no sort, for a sort would lock the whole queue."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, insert, select, text, update
from sqlalchemy.orm import Session

from appliance.protocol import PrintRole
from appliance.server.domain.states import Hold, TransactionStatus
from appliance.server.store import claims, overview, queries, visits
from appliance.server.store.db import Database
from appliance.server.store.models import PrintJob, Transaction
from tests.conftest import empty

S = TransactionStatus
PAST, WAITING, AT_THE_DESK = 1700, 200, 100
START = datetime(2026, 11, 1, tzinfo=UTC)
HEAD = START + timedelta(minutes=PAST)


@pytest.fixture(scope="module")
def filled(migrated: Database) -> Database:
    """2,000 visits, most of them past, and as many papers."""
    empty(migrated)
    rows = [visit(number) for number in range(PAST + WAITING + AT_THE_DESK)]
    jobs = [
        {
            "kind": PrintRole.TICKET,
            "state": "printed" if number < PAST else "waiting",
            "wanted_printer": "desk" if number == len(rows) - 1 else None,
            "maybe_printed": False,
            "document": {},
            "attempts": 1,
            "created_at": START,
        }
        for number in range(len(rows))
    ]
    with migrated.engine.begin() as connection:
        connection.execute(insert(Transaction), rows)
        connection.execute(insert(PrintJob), jobs)
    return migrated


@pytest.fixture
def busy(filled: Database) -> Database:
    """The same, counted now: what MariaDB counts by itself comes late, and in between is wrong."""
    with filled.engine.begin() as connection:
        connection.execute(text("ANALYZE TABLE transactions, print_jobs")).all()
    return filled


def visit(number: int) -> dict[str, Any]:
    """Past ones first; each a minute after the one before."""
    at = START + timedelta(minutes=number)
    if number < PAST:
        status = S.PAID if number % 10 else S.CANCELLED
    else:
        status = S.PENDING_THERAPIST if number < PAST + WAITING else S.FINISHED
    treated = status in {S.PAID, S.FINISHED}
    return {
        "status": status,
        "code": f"{number + 1:04d}",
        "code_series": "/0",
        "total_amount": 50,
        "total_duration_minutes": 30,
        "created_at": at,
        "touched_at": at,
        "selection_confirmed_at": at,
        "service_finish_at": at + timedelta(hours=1) if treated else None,
    }


def sent(session: Session, query: Callable[[Session], object]) -> list[tuple[str, Any]]:
    """The statements that a query really sends, with their parameters."""
    heard: list[tuple[str, Any]] = []
    engine = session.get_bind()

    def listen(_c: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        heard.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", listen)
    try:
        query(session)
    finally:
        event.remove(engine, "before_cursor_execute", listen)
    return heard


def explain(session: Session, statement: str, parameters: Any) -> list[dict[str, Any]]:
    """What the database would do."""
    explained = session.connection().exec_driver_sql(f"EXPLAIN {statement}", parameters)
    return [dict(row) for row in explained.mappings()]


def plan(session: Session, query: Callable[[Session], object]) -> list[dict[str, Any]]:
    """EXPLAIN what a query sends: the statement that locks, where there is one."""
    statements = sent(session, query)
    locking = [one for one in statements if "FOR UPDATE" in one[0]]
    return explain(session, *(locking or statements)[-1])


CLAIMS: dict[str, tuple[Callable[[Session], object], str]] = {
    "therapist": (claims.next_waiting, "ix_transactions_lane"),
    "cashier": (claims.next_at_desk, "ix_transactions_at_desk"),
    "printer": (
        lambda session: claims.next_print_job(session, "lobby", [PrintRole.TICKET], START),
        "ix_print_jobs_state",
    ),
    "printer of staff's choice": (
        lambda session: claims.next_print_job(session, "desk", [], START),
        "ix_print_jobs_wanted_printer",
    ),
}


@pytest.mark.parametrize("who", CLAIMS)
def test_a_claim_reads_its_own_index_and_sorts_nothing(who: str, busy: Database) -> None:
    query, index = CLAIMS[who]
    with busy.session() as session:
        (step,) = plan(session, query)
    assert step["key"] == index
    assert "filesort" not in (step["Extra"] or "")
    assert "temporary" not in (step["Extra"] or "")


def test_the_look_for_paper_reads_the_front_of_each_line_in_its_index(busy: Database) -> None:
    with busy.session() as session:
        look, _ = sent(
            session,
            lambda s: claims.next_print_job(
                s, "lobby", [PrintRole.TICKET, PrintRole.REPORT], START
            ),
        )
        steps = [step for step in explain(session, *look) if not str(step["table"]).startswith("<")]
    assert [step["key"] for step in steps] == [
        "ix_print_jobs_wanted_printer",
        "ix_print_jobs_state",
        "ix_print_jobs_state",
    ]
    assert not [step for step in steps if "filesort" in (step["Extra"] or "")]


def test_a_printer_keeps_from_others_only_the_paper_that_it_takes(busy: Database) -> None:
    everything = [PrintRole.TICKET, PrintRole.RECEIPT, PrintRole.REPORT]
    with busy.session() as session, busy.session() as other:
        session.add_all(
            PrintJob(kind=kind, document={}, created_at=START, maybe_printed=False)
            for kind in (PrintRole.RECEIPT, PrintRole.REPORT)
        )
        session.commit()
        taken = claims.next_print_job(session, "lobby", everything, START)
        assert taken is not None
        assert taken.kind is PrintRole.TICKET
        receipt = claims.next_print_job(other, "other", [PrintRole.RECEIPT], START)
        assert receipt is not None


def test_control_two_states_in_one_claim_would_sort(busy: Database) -> None:
    with busy.session() as session:
        (step,) = plan(
            session,
            lambda s: s.execute(
                text(
                    "SELECT * FROM transactions WHERE status IN ('finished', 'awaiting_payment')"
                    " ORDER BY service_finish_at, id LIMIT 1 FOR UPDATE SKIP LOCKED"
                )
            ),
        )
    assert "filesort" in step["Extra"]


ONE_LOOK = {"Select tables optimized away", "No matching min/max row"}
"""What MariaDB says of a smallest value that it has read from the end of an index as it planned."""


def test_a_look_at_the_lanes_is_one_look_into_an_index_for_each(busy: Database) -> None:
    with busy.session() as session:
        (look,) = sent(session, lambda s: claims.claimant(s, 7))
        steps = explain(session, *look)
    assert len([step for step in steps if step["Extra"] in ONE_LOOK]) == 4, steps
    assert not [step for step in steps if "filesort" in (step["Extra"] or "")]
    assert not [step for step in steps if step["type"] == "ALL"]


def test_the_first_place_of_a_lane_is_one_look_into_an_index(busy: Database) -> None:
    with busy.session() as session:
        (look,) = sent(session, lambda s: claims.first_place(s, 0))
        (step,) = explain(session, *look)
        assert claims.first_place(session, 0) == HEAD
        assert claims.first_place(session, 7) is None
    assert step["Extra"] in ONE_LOOK


OVER_LANES = {0: HEAD, 7: HEAD + timedelta(minutes=3), -1: HEAD}


def test_a_claim_over_lanes_sorts_copies_and_locks_in_the_claims_index(busy: Database) -> None:
    """What is sorted was read without a lock; then one entry of the claims' index is tried."""
    with busy.session() as session:
        front, tried, *rest = plan(session, lambda s: claims.next_waiting(s, OVER_LANES))
    assert front["table"] == "<derived2>"
    assert (tried["table"], tried["type"]) == ("transactions", "ref")
    assert tried["key"] == "ix_transactions_lane"
    assert str(tried["ref"]).count(",") == 4, "by all five of its columns, so one entry at a time"
    fronts = [step for step in rest if step["table"] == "transactions"]
    assert [step["key"] for step in fronts] == ["ix_transactions_lane"] * 3
    assert all("Using index" in step["Extra"] for step in fronts)
    for step in (tried, *fronts):
        assert "filesort" not in step["Extra"]
    for step in (front, tried, *rest):
        assert "temporary" not in (step["Extra"] or "")


def test_claims_over_one_lane_and_over_several_do_not_wait_for_each_other(busy: Database) -> None:
    with ExitStack() as claims_in_flight:
        claimed = []
        for number in range(6):
            session = claims_in_flight.enter_context(busy.session())
            row = claims.next_waiting(session, OVER_LANES if number % 2 else None)
            assert row is not None
            claimed.append((session, row.id))
        first = claimed[0][1]
        assert [key for _, key in claimed] == list(range(first, first + 6))
        for session, key in claimed:
            # It ends at once where it would have to wait.
            session.execute(
                text(
                    "SET STATEMENT innodb_lock_wait_timeout = 0 FOR"
                    " UPDATE transactions SET status = 'therapist_confirmed' WHERE id = :id"
                ),
                {"id": key},
            )


def test_control_two_lanes_in_one_claim_would_sort(busy: Database) -> None:
    claim = text(
        "SELECT * FROM transactions FORCE INDEX (ix_transactions_lane)"
        " WHERE status = 'pending_therapist' AND lane IN (0, 7)"
        " ORDER BY selection_confirmed_at, id LIMIT 1 FOR UPDATE SKIP LOCKED"
    )
    with busy.session() as session:
        (step,) = plan(session, lambda s: s.execute(claim))
    assert "filesort" in step["Extra"]


@pytest.mark.parametrize(
    ("take", "waiting"), [(claims.next_waiting, WAITING), (claims.next_at_desk, AT_THE_DESK)]
)
def test_a_claim_locks_one_customer_and_leaves_the_others(
    take: Callable[[Session], Transaction | None], waiting: int, busy: Database
) -> None:
    at_once = min(waiting, 20)
    with ExitStack() as claims_in_flight:
        taken = []
        for _ in range(at_once):
            row = take(claims_in_flight.enter_context(busy.session()))
            assert row is not None
            taken.append(row.id)
    assert taken == list(range(taken[0], taken[0] + at_once))


def test_a_claim_never_looks_at_those_who_are_on_hold(busy: Database) -> None:
    """Most of the front of the queue is out; the claim locks the first who is not."""
    with busy.session() as session, busy.session() as other:
        for status, place, count, hold in (
            (S.PENDING_THERAPIST, Transaction.selection_confirmed_at, 150, Hold.SKIPPED),
            (S.FINISHED, Transaction.service_finish_at, 3, Hold.CARRIED_OVER),
        ):
            front = session.scalars(
                select(Transaction.id)
                .where(Transaction.status == status)
                .order_by(place, Transaction.id)
                .limit(count)
            ).all()
            session.execute(update(Transaction).where(Transaction.id.in_(front)).values(hold=hold))
        for query, index in (CLAIMS["therapist"], CLAIMS["cashier"]):
            (step,) = plan(session, query)
            assert step["key"] == index
            assert "filesort" not in (step["Extra"] or "")
        first, at_desk = claims.next_waiting(session), claims.next_at_desk(session)
        assert first is not None
        assert at_desk is not None
        assert (first.id - at_desk.id) == (PAST + 150) - (PAST + WAITING + 3)
        # Those on hold are locked by the one who has put them there, and by no claim.
        second = claims.next_waiting(other)
        assert second is not None
        assert second.id == first.id + 1


def test_control_a_sorted_claim_hides_everybody_else(busy: Database) -> None:
    sorting = text(
        "SELECT id FROM transactions"
        " IGNORE INDEX (ix_transactions_waiting)"
        " WHERE status = 'pending_therapist' ORDER BY selection_confirmed_at, id"
        " LIMIT 1 FOR UPDATE SKIP LOCKED"
    )
    with busy.session() as first, busy.session() as second:
        assert first.execute(sorting).all() != []
        assert second.execute(sorting).all() == []


@pytest.mark.parametrize(
    "look",
    [
        lambda session: claims.anybody_in(session, S.PENDING_THERAPIST),
        lambda session: claims.anybody_next(session, S.PENDING_THERAPIST),
        lambda session: claims.holds_a_customer(session, 1),
        lambda session: claims.anybody_in_lane(session, 7),
        visits.lanes_in_use,
        lambda session: claims.transaction_by_code(session, "1801"),
    ],
    ids=[
        "anybody",
        "anybody next",
        "holds a customer",
        "anybody in a lane",
        "lanes in use",
        "by code",
    ],
)
def test_looking_reads_an_index_and_never_the_whole_table(
    look: Callable[[Session], object], busy: Database
) -> None:
    with busy.session() as session:
        steps = plan(session, look)
    assert [step for step in steps if step["type"] == "ALL"] == []


def test_a_place_in_a_long_queue_costs_its_front_and_a_count_in_the_index(busy: Database) -> None:
    assert WAITING == queries.LIST_LIMIT, "long enough to be counted"
    with busy.session() as session:
        front, counted, _staff = sent(session, lambda s: queries.place_in_queue(s, START))
        assert "LIMIT" in front[0]
        plans = [explain(session, *statement)[0] for statement in (front, counted)]
    assert plans[0]["key"] == "ix_transactions_waiting"
    assert "filesort" not in plans[0]["Extra"]
    assert "Using index" in plans[1]["Extra"]


def test_what_all_screens_show_is_read_by_the_starts_of_indexes(busy: Database) -> None:
    with busy.session() as session:
        (look,) = sent(session, lambda s: overview.read(s, START))
        steps = explain(session, *look)
    assert [step["Extra"] for step in steps if "filesort" in (step["Extra"] or "")] == []
    visits_read = [step for step in steps if step["table"] == "transactions"]
    assert {step["key"] for step in visits_read} == {
        "ix_transactions_waiting",
        "ix_transactions_at_desk",
        "PRIMARY",
    }
