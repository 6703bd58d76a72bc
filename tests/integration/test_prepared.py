"""Prepared statements answer what SQLAlchemy's own way answers, errors and objects included."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import bindparam, event, insert, literal, select, text, update
from sqlalchemy.exc import DBAPIError, OperationalError

from appliance.server.domain.states import RoomStatus, TransactionStatus
from appliance.server.store import trouble
from appliance.server.store.db import Database
from appliance.server.store.models import (
    Device,
    Payment,
    PrintJob,
    Room,
    Staff,
    StoredResult,
    Transaction,
    TransactionItem,
)
from appliance.server.store.prepared import Prepared, settle
from appliance.server.store.rows import Objects
from appliance.server.store.unit_of_work import Store
from tests.support.spa import Spa, open_spa

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)


@pytest.fixture(params=["mariadb", "sqlite"])
def shop(request: pytest.FixtureRequest) -> Store:
    """A spa in each of the two databases, with a visit in it."""
    store: Store = request.getfixturevalue(
        "store" if request.param == "mariadb" else "sqlite_store"
    )
    spa: Spa = open_spa(store)
    with store.database.session() as session:
        session.add(
            Transaction(
                status=TransactionStatus.PENDING_THERAPIST,
                code="0001",
                room_number="1 – 100 %",
                total_amount=Decimal("80.500"),
                created_at=NOON,
                touched_at=NOON,
                selection_confirmed_at=NOON,
                therapist_id=spa.ana.id,
            )
        )
        session.commit()
    return store


@pytest.mark.parametrize("kind", [Transaction, Staff, Room, Device, PrintJob, Payment])
def test_rows_are_read_as_sqlalchemy_reads_them(kind: Any, shop: Store) -> None:
    table = kind.__table__
    statement = select(table).where(table.c.id >= bindparam("least")).order_by(table.c.id)
    with shop.database.session() as session:
        connection = session.connection()
        expected = connection.execute(statement, {"least": 0}).all()
        found = Prepared(statement).rows(connection, {"least": 0})
        assert found == [tuple(row) for row in expected]
        assert [[*map(type, row)] for row in found] == [[*map(type, row)] for row in expected]
        assert Prepared(statement).first(connection, {"least": 10**9}) is None


def test_a_change_writes_what_it_is_given_and_says_of_how_many_rows(shop: Store) -> None:
    table: Any = Transaction.__table__
    change = Prepared(update(table).where(table.c.code == bindparam("which")))
    with shop.database.session() as session:
        connection = session.connection()
        held = {"room_number": None, "paid_at": NOON, "status": TransactionStatus.PAID}
        assert change.changed(connection, {"which": "0001", **held}) == 1
        assert change.changed(connection, {"which": "0002", "note": "100 % 'sure'"}) == 0
        assert change.changed(connection, {"which": "0001", "note": "100 % 'sure'"}) == 1
        visit = session.scalars(select(Transaction)).one()
        assert (visit.room_number, visit.paid_at, visit.status, visit.note) == (
            None,
            NOON,
            TransactionStatus.PAID,
            "100 % 'sure'",
        )


def test_what_has_no_words_of_its_own_is_refused(shop: Store) -> None:
    table: Any = StoredResult.__table__
    listed = Prepared(select(literal(1)).where(Transaction.status.in_(["paid", "finished"])))
    by_itself = Prepared(insert(TransactionItem.__table__).inline())  # type: ignore[arg-type]
    with shop.database.session() as session:
        with pytest.raises(ValueError, match="list of values"):
            listed.rows(session.connection(), {})
        with pytest.raises(ValueError, match="every value"):
            by_itself.changed(session.connection(), {"transaction_id": 1})
        assert session.scalars(select(table.c.actor)).all() == []


def test_who_listens_to_statements_hears_of_it(shop: Store) -> None:
    heard: list[str] = []

    def listen(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        heard.append(statement)

    with shop.database.session() as session:
        engine = session.get_bind()
        event.listen(engine, "before_cursor_execute", listen)
        try:
            Prepared(select(Room.id)).rows(session.connection(), {})
        finally:
            event.remove(engine, "before_cursor_execute", listen)
    assert len([statement for statement in heard if "FROM rooms" in statement]) == 1


def test_an_error_is_sqlalchemys_and_the_transaction_goes_on(database: Database) -> None:
    twice = Prepared(select(text("(SELECT 1 UNION SELECT 2) AS one")))
    with database.session() as session:
        with pytest.raises(DBAPIError) as refused:
            twice.rows(session.connection(), {})
        assert trouble.number(refused.value) == 1242
        assert not refused.value.connection_invalidated
        assert session.scalar(select(literal(1))) == 1


def test_what_is_sent_later_says_what_it_would_have_said_at_once(shop: Store) -> None:
    rooms: Any = Room.__table__
    change = Prepared(update(rooms).where(rooms.c.room_number == bindparam("which")))
    look = Prepared(select(Room.room_number, Room.status).order_by(Room.id))
    with shop.database.session() as session:
        connection = session.connection()
        before = look.rows_later(connection, {})
        changed = change.changed_later(connection, {"which": "1", "status": RoomStatus.PREPARING})
        nothing = change.changed_later(connection, {"which": "x", "status": RoomStatus.PREPARING})
        after = look.rows(connection, {})
        assert (changed(), nothing()) == (1, 0)
        assert {status for _, status in before()} == {RoomStatus.AVAILABLE}
        assert dict(after)["1"] is RoomStatus.PREPARING
        settle(connection)
        session.rollback()
        assert look.rows(session.connection(), {}) == before()


def test_an_error_of_what_is_sent_later_is_sqlalchemys(database: Database) -> None:
    twice = Prepared(select(text("(SELECT 1 UNION SELECT 2) AS one")))
    one = Prepared(select(literal(1)))
    with database.session() as session:
        for ask in (settle, lambda connection: one.rows(connection, {})):
            twice.rows_later(session.connection(), {})
            with pytest.raises(DBAPIError) as refused:
                ask(session.connection())
            assert trouble.number(refused.value) == 1242
            assert not refused.value.connection_invalidated
        twice.rows_later(session.connection(), {})
        with pytest.raises(DBAPIError) as refused:
            session.scalar(select(literal(1)))
        assert trouble.number(refused.value) == 1242
        assert session.scalar(select(literal(1))) == 1


def test_a_connection_lost_with_something_waiting_is_known_as_lost(database: Database) -> None:
    look = Prepared(select(literal(1)))
    with database.session() as other, database.session() as session:
        key = session.scalar(text("SELECT CONNECTION_ID()"))
        other.execute(text(f"KILL {key}"))
        look.rows_later(session.connection(), {})
        with pytest.raises(OperationalError) as lost:
            settle(session.connection())
        assert lost.value.connection_invalidated
        assert trouble.worth_retrying(lost.value)


def test_a_lost_connection_is_known_as_lost_and_warns_the_pool(database: Database) -> None:
    look = Prepared(select(literal(1)))
    with database.session() as other, database.session() as session:
        before = other.connection().connection.dbapi_connection
        key = session.scalar(text("SELECT CONNECTION_ID()"))
        other.execute(text(f"KILL {key}"))
        with pytest.raises(OperationalError) as lost:
            look.rows(session.connection(), {})
        assert lost.value.connection_invalidated
        assert trouble.worth_retrying(lost.value)
    with database.session() as session:
        assert look.rows(session.connection(), {}) == [(1,)]
        assert session.connection().connection.dbapi_connection is not before


VISITS = Objects(Transaction, select(Transaction).where(Transaction.code == bindparam("code")))


def test_an_object_is_the_sessions_and_a_change_of_it_is_written(shop: Store) -> None:
    with shop.database.session() as session:
        visit = VISITS.first(session, {"code": "0001"})
        assert visit is not None
        assert visit in session
        assert visit not in session.dirty
        assert visit is session.get(Transaction, visit.id)
        assert visit.therapist is not None
        assert (visit.therapist.name, visit.items) == ("Ana", [])
        visit.note = "written"
        session.commit()
    with shop.database.session() as session:
        assert [visit.note for visit in VISITS.all(session, {"code": "0001"})] == ["written"]
        assert VISITS.first(session, {"code": "0002"}) is None


def test_a_known_object_is_left_as_it_is_or_says_what_the_row_says_now(shop: Store) -> None:
    elsewhere = (update(Transaction).values(note="theirs", therapist_id=None)).execution_options(
        synchronize_session=False
    )
    with shop.database.session() as session:
        visit = VISITS.first(session, {"code": "0001"})
        assert visit is not None
        assert visit.therapist is not None
        session.execute(elsewhere)
        assert VISITS.first(session, {"code": "0001"}) is visit
        assert visit.note is None
        assert visit.therapist is not None
        visit.note = "never written"
        assert VISITS.first(session, {"code": "0001"}, fresh=True) is visit
        assert visit.note == "theirs"
        assert visit.therapist is None
        assert not session.is_modified(visit)
