"""Whole or not at all, once for each request, and told only after the commit."""

from __future__ import annotations

import threading
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pymysql
import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from appliance.server.domain.errors import (
    AuthenticationRequired,
    Busy,
    DomainError,
    InvalidState,
    Unavailable,
    ValidationFailed,
)
from appliance.server.domain.ledger import Offer
from appliance.server.domain.payments import METHODS
from appliance.server.domain.states import SYSTEM, Actor, RoomStatus, TransactionStatus
from appliance.server.store import claims
from appliance.server.store.answers import Request
from appliance.server.store.models import HistoryEntry, Room, StoredResult, Transaction
from appliance.server.store.unit_of_work import Changes, Store, UnitOfWork
from appliance.server.store.visits import advance_or, put_room
from appliance.server.usecases import cashier, kiosk, therapist
from appliance.server.wire.errors import refusal
from tests.support.sent import note_written
from tests.support.spa import Spa, open_spa, shop
from tests.support.threads import PATIENCE, at_once
from tests.support.visits import Visits

SHOP = shop()
Answer = dict[str, Any]
Work = Callable[[UnitOfWork, Actor], Answer]


def deliver(store: Store, actor: Actor, request_id: str | None, work: Work) -> Answer:
    """Bring a request as a socket's handler does."""
    request = None if request_id is None else Request(actor, request_id, "an_event")
    return store.answer(lambda _: actor, work, refusal, request)


def starting(unit: UnitOfWork, actor: Actor) -> Answer:
    return {"ok": True, "id": kiosk.start(unit, SHOP, actor).id}


def claiming(unit: UnitOfWork, actor: Actor) -> Answer:
    return {"ok": True, "id": therapist.confirm_next(unit, SHOP, actor).id}


def count(store: Store, model: type) -> int:
    return store.run(lambda u: u.session.scalar(select(func.count()).select_from(model))) or 0


# --- whole or not at all ----------------------------------------------------------------------


@pytest.mark.parametrize("trouble", [InvalidState("no"), RuntimeError("a bug")], ids=repr)
@pytest.mark.parametrize("kind", ["store", "sqlite_store"])
def test_what_goes_wrong_leaves_nothing_behind(
    kind: str, trouble: Exception, request: pytest.FixtureRequest
) -> None:
    store: Store = request.getfixturevalue(kind)
    spa = open_spa(store)
    before = count(store, HistoryEntry)

    def half(unit: UnitOfWork) -> None:
        kiosk.start(unit, SHOP, spa.kiosk)
        unit.session.flush()
        raise trouble

    with pytest.raises(type(trouble)):
        store.run(half)
    assert count(store, Transaction) == 0
    assert count(store, HistoryEntry) == before


def test_what_changes_no_row_although_it_must_refuses_the_whole(visits: Visits, spa: Spa) -> None:
    store = visits.store
    waiting = visits.waiting()

    def overtaken(unit: UnitOfWork) -> None:
        customer = claims.next_waiting(unit.session)
        assert customer is not None
        room = claims.room_by_number(unit.session, "1")
        assert room is not None
        put_room(unit, room, RoomStatus.OCCUPIED, customer.id)
        unit.session.execute(text("UPDATE transactions SET status = 'cancelled'"))
        advance_or(
            unit,
            customer,
            TransactionStatus.PENDING_THERAPIST,
            {"status": TransactionStatus.THERAPIST_CONFIRMED, "therapist_id": spa.ana.id},
            spa.ana,
            Busy("Somebody was faster."),
        )
        unit.record("an_event", spa.ana, unit.now())

    history = count(store, HistoryEntry)
    with pytest.raises(Busy, match="faster"):
        store.run(overtaken)
    assert count(store, HistoryEntry) == history
    with store.database.session() as session:
        assert session.get_one(Transaction, waiting).status is TransactionStatus.PENDING_THERAPIST
        assert {room.status for room in session.scalars(select(Room))} == {RoomStatus.AVAILABLE}


def test_a_claim_is_five_ways_to_the_database_and_back(
    visits: Visits, spa: Spa, monkeypatch: pytest.MonkeyPatch
) -> None:
    visits.waiting()
    visits.store.run(lambda unit: unit.session.scalar(select(1)))  # The pool has a connection.
    written = note_written(monkeypatch)
    assert deliver(visits.store, spa.ana, "once", claiming)["ok"]
    # Who asks is not read here: room and claimant; the customer; their items; what changes, its
    # history and the answer; COMMIT.
    assert len(written) == 5, written
    assert [b"INSERT INTO `history`" in data for data in written] == [False] * 3 + [True, False]
    assert b"COMMIT" in written[-1]


def test_a_refused_confirmation_takes_no_code(visits: Visits) -> None:
    empty = visits.choosing()
    with pytest.raises(InvalidState):
        visits.confirm(empty, None)
    assert visits.row(visits.waiting()).code == "0001"


# --- once for each request --------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["store", "sqlite_store"])
def test_a_repeated_request_gets_the_same_answer_and_changes_nothing(
    kind: str, request: pytest.FixtureRequest
) -> None:
    store: Store = request.getfixturevalue(kind)
    spa = open_spa(store)
    first = deliver(store, spa.kiosk, "r1", starting)
    before = count(store, HistoryEntry)
    assert deliver(store, spa.kiosk, "r1", starting) == first
    assert count(store, Transaction) == 1
    assert count(store, HistoryEntry) == before


@pytest.mark.parametrize("kind", ["store", "sqlite_store"])
@pytest.mark.parametrize(
    "other", [("another_event", "one"), ("an_event", "two")], ids=["event", "payload"]
)
def test_a_name_that_was_used_for_something_else_is_refused(
    kind: str, other: tuple[str, str], request: pytest.FixtureRequest
) -> None:
    """The first one's answer would tell that the second has been done."""
    store: Store = request.getfixturevalue(kind)
    spa = open_spa(store)

    def ask(event: str, payload: str | None, work: Work = starting) -> Answer:
        name = Request(spa.kiosk, "r1", event, payload)
        return store.answer(lambda _: spa.kiosk, work, refusal, name)

    def refused(_unit: UnitOfWork, _actor: Actor) -> Answer:
        raise InvalidState("no")

    first = ask("an_event", "one")
    for work in (starting, refused):
        with pytest.raises(ValidationFailed):
            ask(*other, work)
    assert ask("an_event", "one") == first
    assert ask("an_event", None) == first, "the release before this one wrote none"
    assert count(store, Transaction) == 1


def test_requests_without_an_id_act_each_time(store: Store, spa: Spa) -> None:
    assert deliver(store, spa.kiosk, None, starting) != deliver(store, spa.kiosk, None, starting)


@pytest.mark.parametrize(
    ("one", "other"),
    [("r1", "r2"), ("r1", "R1"), ("r1", "r1 "), ("é", "e"), ("x" * 64, "x" * 63)],
    ids=repr,
)
def test_other_ids_are_other_requests(store: Store, spa: Spa, one: str, other: str) -> None:
    assert deliver(store, spa.kiosk, one, starting) != deliver(store, spa.kiosk, other, starting)


def test_everybody_has_request_ids_of_their_own(store: Store, spa: Spa) -> None:
    at_the_door = deliver(store, spa.kiosk, "r1", starting)
    assert deliver(store, spa.other_kiosk, "r1", starting) != at_the_door


def test_a_repeated_request_after_the_visit_went_on_gets_its_first_answer(
    visits: Visits, spa: Spa
) -> None:
    visits.waiting()
    claimed = deliver(visits.store, spa.ana, "r1", claiming)
    visits.store.run(lambda u: therapist.start_service(u, SHOP, spa.ana, claimed["id"]))
    assert deliver(visits.store, spa.ana, "r1", claiming) == claimed
    assert visits.row(claimed["id"]).status is TransactionStatus.IN_SERVICE


def test_a_repeated_refusal_stays_refused_although_it_would_be_possible_now(
    visits: Visits, spa: Spa
) -> None:
    refused = deliver(visits.store, spa.ana, "r1", claiming)
    assert refused == {"ok": False, "error": "No pending customers.", "code": "nothing_waiting"}
    came = visits.waiting()
    assert deliver(visits.store, spa.ana, "r1", claiming) == refused
    assert visits.row(came).status is TransactionStatus.PENDING_THERAPIST
    assert visits.room().current_transaction_id is None


def test_a_refused_request_under_a_new_id_is_tried_again(visits: Visits, spa: Spa) -> None:
    deliver(visits.store, spa.ana, "r1", claiming)
    came = visits.waiting()
    assert deliver(visits.store, spa.ana, "r2", claiming) == {"ok": True, "id": came}


def test_a_refused_payment_is_repeated_as_refused_and_recorded_once(
    visits: Visits, spa: Spa
) -> None:
    there = visits.at_the_desk()

    def paying(unit: UnitOfWork, actor: Actor) -> Answer:
        refused = cashier.pay(unit, SHOP, actor, there, [Offer(METHODS["cash"], Decimal(1))])
        assert isinstance(refused, DomainError)
        return refusal(refused)

    first = deliver(visits.store, spa.eva, "r1", paying)
    assert first["code"] == "insufficient_payment"
    assert deliver(visits.store, spa.eva, "r1", paying) == first
    assert visits.events(there).count("payment_refused") == 1


def test_busy_is_not_remembered(visits: Visits, spa: Spa) -> None:
    came = visits.waiting()
    with visits.store.database.session() as somebody:
        claims.transaction_by_id(somebody, came)
        with pytest.raises(Busy):
            deliver(visits.store, spa.ana, "r1", claiming)
    assert deliver(visits.store, spa.ana, "r1", claiming) == {"ok": True, "id": came}


def test_whoever_is_nobody_any_more_does_not_get_an_old_answer(store: Store, spa: Spa) -> None:
    deliver(store, spa.kiosk, "r1", starting)

    def revoked(_: UnitOfWork) -> Actor:
        raise AuthenticationRequired

    with pytest.raises(AuthenticationRequired):
        store.answer(revoked, starting, refusal, Request(spa.kiosk, "r1", "an_event"))


# --- two deliveries at once -------------------------------------------------------------------


def choosing_at_once(visits: Visits) -> tuple[Actor, Work]:
    return visits.spa.kiosk, starting


def confirming_at_once(visits: Visits) -> tuple[Actor, Work]:
    wanted = [visits.spa.swedish_30]

    def work(unit: UnitOfWork, actor: Actor) -> Answer:
        done = kiosk.confirm_selection(unit, SHOP, actor, None, wanted)
        return {"ok": True, "id": done.transaction.id, "code": done.transaction.code}

    return visits.spa.kiosk, work


def claiming_at_once(visits: Visits) -> tuple[Actor, Work]:
    visits.waiting()
    visits.waiting()
    return visits.spa.ana, claiming


def claiming_at_the_desk_at_once(visits: Visits) -> tuple[Actor, Work]:
    visits.finished()
    visits.finished()

    def work(unit: UnitOfWork, actor: Actor) -> Answer:
        return {"ok": True, "id": cashier.claim_next(unit, SHOP, actor).id}

    return visits.spa.eva, work


def paying_at_once(visits: Visits) -> tuple[Actor, Work]:
    there = visits.at_the_desk()

    def work(unit: UnitOfWork, actor: Actor) -> Answer:
        cashier.pay(unit, SHOP, actor, there, [Offer(METHODS["cash"], Decimal(100))])
        return {"ok": True, "id": there}

    return visits.spa.eva, work


def releasing_at_once(visits: Visits) -> tuple[Actor, Work]:
    called = visits.called()

    def work(unit: UnitOfWork, actor: Actor) -> Answer:
        return {"ok": True, "id": therapist.release(unit, SHOP, actor, called).id}

    return visits.spa.ana, work


@pytest.mark.parametrize(
    "prepare",
    [
        choosing_at_once,
        confirming_at_once,
        claiming_at_once,
        claiming_at_the_desk_at_once,
        paying_at_once,
        releasing_at_once,
    ],
)
def test_two_deliveries_of_one_request_at_once_act_once(
    prepare: Callable[[Visits], tuple[Actor, Work]], visits: Visits
) -> None:
    actor, work = prepare(visits)
    before = count(visits.store, HistoryEntry)
    both_have_begun = threading.Barrier(2)
    local = threading.local()

    def together(unit: UnitOfWork, asker: Actor) -> Answer:
        if not hasattr(local, "begun"):
            local.begun = True
            both_have_begun.wait(PATIENCE)
        return work(unit, asker)

    one, other = at_once([lambda: deliver(visits.store, actor, "r1", together)] * 2)
    assert isinstance(one, dict), one
    assert one["ok"]
    assert one == other
    after = count(visits.store, HistoryEntry)
    alone = deliver(visits.store, actor, "r1", work)
    assert alone == one
    assert count(visits.store, HistoryEntry) == after > before
    assert visits.broken_promises() == []


def test_two_deliveries_of_one_claim_take_one_customer(visits: Visits) -> None:
    actor, work = claiming_at_the_desk_at_once(visits)
    at_once([lambda: deliver(visits.store, actor, "r1", work)] * 2)
    taken = visits.store.run(
        lambda u: u.session.scalars(
            select(Transaction.id).where(Transaction.status == TransactionStatus.AWAITING_PAYMENT)
        ).all()
    )
    assert len(taken) == 1


# --- when the database has trouble ------------------------------------------------------------


def locking(
    first: str, second: str, meet: threading.Barrier, tries: list[str]
) -> Callable[[UnitOfWork], None]:
    """Lock two rooms, one after the other; meet somebody in between, the first time."""

    def work(unit: UnitOfWork) -> None:
        tries.append(first)
        claims.room_by_number(unit.session, first)
        if tries.count(first) == 1:
            meet.wait(PATIENCE)
        claims.room_by_number(unit.session, second)
        unit.record("met", SYSTEM, unit.now(), detail={"first": first})

    return work


def test_a_deadlock_is_tried_again_and_both_succeed(store: Store, spa: Spa) -> None:
    meet, tries = threading.Barrier(2), list[str]()
    results = at_once(
        [
            lambda: store.run(locking("1", "2", meet, tries)),
            lambda: store.run(locking("2", "1", meet, tries)),
        ]
    )
    assert results == [None, None]
    assert len(tries) == 3, "one of the two was the deadlock's victim, once"
    met = store.run(
        lambda u: u.session.scalars(
            select(HistoryEntry.detail).where(HistoryEntry.event == "met")
        ).all()
    )
    assert sorted(detail["first"] for detail in met if detail) == ["1", "2"]


def test_a_row_that_somebody_keeps_is_busy_and_never_not_found(
    visits: Visits, spa: Spa, impatient: Store
) -> None:
    called = visits.called()
    with visits.store.database.session() as somebody:
        claims.transaction_by_id(somebody, called)
        with pytest.raises(Busy, match="Please try again"):
            impatient.run(lambda u: therapist.start_service(u, SHOP, spa.ana, called))


def test_a_code_that_somebody_keeps_is_busy_and_never_not_found(
    visits: Visits, spa: Spa, impatient: Store
) -> None:
    finished = visits.finished()
    with visits.store.database.session() as somebody:
        claims.transaction_by_id(somebody, finished)
        with pytest.raises(Busy):
            impatient.run(lambda u: cashier.claim_code(u, SHOP, spa.eva, "0001"))


def test_somebody_who_waits_but_is_held_is_busy_and_never_nobody(visits: Visits, spa: Spa) -> None:
    came = visits.waiting()
    with visits.store.database.session() as somebody:
        claims.transaction_by_id(somebody, came)
        with pytest.raises(Busy):
            visits.store.run(lambda u: therapist.confirm_next(u, SHOP, spa.ana))


def test_a_held_head_of_the_queue_is_passed_over(visits: Visits, spa: Spa) -> None:
    first, second = visits.waiting(), visits.waiting()
    with visits.store.database.session() as somebody:
        claims.transaction_by_id(somebody, first)
        claimed = visits.store.run(lambda u: therapist.confirm_next(u, SHOP, spa.ana))
    assert claimed.id == second


def test_a_lost_connection_is_tried_again_on_a_new_one(store: Store, spa: Spa) -> None:
    tries: list[int] = []

    def work(unit: UnitOfWork) -> int:
        own = unit.session.scalar(text("SELECT CONNECTION_ID()"))
        tries.append(own)
        found = kiosk.start(unit, SHOP, spa.kiosk)
        if len(tries) == 1:
            with store.database.session() as other:
                other.execute(text(f"KILL CONNECTION {own}"))
        unit.session.execute(select(Room.id))
        return found.id

    store.run(work)
    assert len(tries) == 2
    assert count(store, Transaction) == 1


def test_a_rule_of_the_database_is_never_taken_for_a_lost_database(store: Store, spa: Spa) -> None:
    broken = "UPDATE service_classifications SET price = -1"
    with pytest.raises(DBAPIError, match="price_not_negative"):
        store.run(lambda u: u.session.execute(text(broken)))


def lose_the_answer_of_the_next_commit(
    store: Store, monkeypatch: pytest.MonkeyPatch, *, arrives: bool
) -> None:
    """The connection dies at COMMIT, before or after it has reached the server."""
    dialect = store.database.engine.dialect
    real = dialect.do_commit

    def lose(connection: Any) -> None:
        monkeypatch.setattr(dialect, "do_commit", real)
        if arrives:
            real(connection)
        raise pymysql.err.OperationalError(2013, "Lost connection to server during query")

    monkeypatch.setattr(dialect, "do_commit", lose)


@pytest.mark.parametrize("arrives", [True, False], ids=["it arrived", "it did not arrive"])
def test_a_request_whose_commit_is_lost_acts_once_all_the_same(
    store: Store, spa: Spa, monkeypatch: pytest.MonkeyPatch, arrives: bool
) -> None:
    lose_the_answer_of_the_next_commit(store, monkeypatch, arrives=arrives)
    answer = deliver(store, spa.kiosk, "r1", starting)
    assert answer["ok"]
    rows = store.run(lambda u: u.session.scalars(select(Transaction.id)).all())
    assert rows == [answer["id"]]


def test_without_a_request_id_a_lost_commit_is_said_and_not_repeated(
    store: Store, spa: Spa, monkeypatch: pytest.MonkeyPatch
) -> None:
    lose_the_answer_of_the_next_commit(store, monkeypatch, arrives=True)
    with pytest.raises(Unavailable, match="check whether it was saved"):
        deliver(store, spa.kiosk, None, starting)
    assert count(store, Transaction) == 1


def refuse_the_next_commit(store: Store, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """The server refuses a COMMIT and keeps the connection, with the transaction still open."""
    dialect = store.database.engine.dialect
    real = dialect.do_commit

    def refuse(_connection: Any) -> None:
        monkeypatch.setattr(dialect, "do_commit", real)
        raise pymysql.err.OperationalError(number, "the server says no")

    monkeypatch.setattr(dialect, "do_commit", refuse)


@pytest.mark.parametrize("request_id", ["r1", None])
@pytest.mark.parametrize("number", [1290, 1180], ids=["read-only", "error during COMMIT"])
def test_a_refused_commit_leaves_nothing_for_whoever_comes_next(
    store: Store,
    spa: Spa,
    monkeypatch: pytest.MonkeyPatch,
    number: int,
    request_id: str | None,
) -> None:
    refuse_the_next_commit(store, monkeypatch, number)
    with pytest.raises(Unavailable):
        deliver(store, spa.kiosk, request_id, starting)
    store.run(lambda u: u.record("next", SYSTEM, u.now()))
    assert count(store, Transaction) == 0
    assert deliver(store, spa.kiosk, request_id, starting)["ok"]
    assert count(store, Transaction) == 1


def test_a_deadlock_at_the_commit_is_tried_again(
    store: Store, spa: Spa, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a Galera cluster says that another node was faster."""
    refuse_the_next_commit(store, monkeypatch, 1213)
    assert deliver(store, spa.kiosk, None, starting)["ok"]
    assert count(store, Transaction) == 1


@pytest.mark.parametrize(
    ("number", "tries", "told"),
    [
        (1213, 5, Busy),
        (1020, 5, Busy),
        (1317, 5, Busy),
        (1205, 1, Busy),
        (1969, 1, Busy),
        (2006, 5, Unavailable),
        (2013, 5, Unavailable),
        (1927, 5, Unavailable),
        (1053, 5, Unavailable),
        (1040, 5, Unavailable),
        (1021, 1, Unavailable),
        (1114, 1, Unavailable),
        (28, 1, Unavailable),
        (1290, 1, Unavailable),
        (1836, 1, Unavailable),
    ],
)
def test_each_error_of_the_database_has_its_answer(
    store: Store, spa: Spa, number: int, tries: int, told: type[DomainError]
) -> None:
    tried: list[int] = []

    def fail(unit: UnitOfWork) -> None:
        tried.append(number)
        kiosk.start(unit, SHOP, spa.kiosk)
        raise DBAPIError.instance(
            "SELECT 1",
            None,
            pymysql.err.OperationalError(number, "trouble"),
            pymysql.err.Error,
            connection_invalidated=False,
        )

    with pytest.raises(told) as refused:
        store.run(fail)
    assert str(refused.value).endswith(("again.", "soon.", "technician."))
    assert len(tried) == tries
    assert count(store, Transaction) == 0


def test_a_store_that_cannot_save_knows_it_until_it_can(
    store: Store, spa: Spa, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert store.saves
    refuse_the_next_commit(store, monkeypatch, 1290)
    with pytest.raises(Unavailable, match="call the technician"):
        deliver(store, spa.kiosk, None, starting)
    assert not store.saves
    store.run(lambda u: u.session.scalar(select(1)))
    assert not store.saves, "a look proves nothing"
    refuse_the_next_commit(store, monkeypatch, 1290)
    with pytest.raises(Unavailable):
        store.try_saving()
    assert not store.saves
    store.try_saving()
    assert store.saves


# --- told only after the commit ---------------------------------------------------------------


def test_changes_are_told_when_everybody_can_see_them(visits: Visits, spa: Spa) -> None:
    came = visits.waiting()
    seen: list[TransactionStatus | None] = []

    def told(changes: Changes) -> None:
        assert came in changes.transactions
        assert changes.queue
        with visits.store.database.session() as somebody:
            seen.append(somebody.scalar(select(Transaction.status).where(Transaction.id == came)))

    visits.store.on_commit = told
    visits.store.run(lambda u: therapist.confirm_next(u, SHOP, spa.ana))
    assert seen == [TransactionStatus.THERAPIST_CONFIRMED]


@pytest.fixture
def told(store: Store) -> list[Changes]:
    """What the store tells from now on."""
    changes: list[Changes] = []
    store.on_commit = changes.append
    return changes


def test_a_refusal_tells_nobody(store: Store, spa: Spa, told: list[Changes]) -> None:
    told.clear()
    deliver(store, spa.ana, "r1", claiming)
    deliver(store, spa.ana, None, claiming)
    assert told == []


def test_a_repeated_request_tells_nobody_again(store: Store, spa: Spa, told: list[Changes]) -> None:
    deliver(store, spa.kiosk, "r1", starting)
    told.clear()
    deliver(store, spa.kiosk, "r1", starting)
    assert told == []


def test_looking_tells_nobody(visits: Visits, told: list[Changes]) -> None:
    came = visits.waiting()
    told.clear()
    visits.row(came)
    assert told == []


def test_a_change_that_is_tried_again_is_told_once(
    store: Store, spa: Spa, told: list[Changes]
) -> None:
    told.clear()
    meet, tries = threading.Barrier(2), list[str]()

    def with_a_change(work: Callable[[UnitOfWork], None], number: int) -> None:
        def changing(unit: UnitOfWork) -> None:
            unit.changes.transactions.add(number)
            work(unit)

        store.run(changing)

    at_once(
        [
            lambda: with_a_change(locking("1", "2", meet, tries), 1),
            lambda: with_a_change(locking("2", "1", meet, tries), 2),
        ]
    )
    assert len(tries) == 3
    assert sorted(number for changes in told for number in changes.transactions) == [1, 2]


def test_old_answers_do_not_pile_up_under_one_request(store: Store, spa: Spa) -> None:
    for _ in range(3):
        deliver(store, spa.kiosk, "r1", starting)
    assert count(store, StoredResult) == 1


def test_a_screen_that_cannot_be_told_undoes_nothing(store: Store, spa: Spa) -> None:
    def told(_changes: Changes) -> None:
        raise RuntimeError("a bug in a screen")

    store.on_commit = told
    assert deliver(store, spa.kiosk, "r1", starting)["ok"]
    assert count(store, Transaction) == 1
