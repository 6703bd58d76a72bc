"""The driver answers what PyMySQL answers, from every kind of column, however the answer comes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pymysql
import pytest
from pymysql.cursors import SSCursor
from sqlalchemy import text

from appliance.server.store import driver
from appliance.server.store.db import Database
from tests.support.sent import note_written

SCRIPT = "žluťoučký 顧客 🧖"
COLUMNS: dict[str, tuple[str, list[object]]] = {
    "tiny": ("TINYINT", [-128, 127]),
    "truth": ("BOOLEAN", [True, False]),
    "small": ("SMALLINT UNSIGNED", [0, 65535]),
    "medium": ("MEDIUMINT", [-8388608, 8388607]),
    "whole": ("INT", [-2147483648, 2147483647]),
    "big": ("BIGINT UNSIGNED", [0, 18446744073709551615]),
    "single": ("FLOAT", [1.5, -0.25]),
    "twice": ("DOUBLE", [1e300, -1e-300]),
    "exact": ("DECIMAL(14,3)", ["0.000", "-99999999999.999"]),
    "bits": ("BIT(8)", [0, 255]),
    "of_year": ("YEAR", [1901, 2155]),
    "day": ("DATE", ["0000-00-00", "2026-02-28"]),
    "span": ("TIME(6)", ["-838:59:59", "12:34:56.123456"]),
    "moment": ("DATETIME", ["0000-00-00 00:00:00", "9999-12-31 23:59:59"]),
    "instant": ("DATETIME(6)", ["2026-11-28 10:00:00", "2026-11-28 10:00:00.000001"]),
    "tenth": ("DATETIME(1)", ["2026-11-28 10:00:00.5", "1000-01-01 00:00:00"]),
    "stamp": ("TIMESTAMP(6) NULL", ["2026-11-28 10:00:00.5", "1999-12-31 23:59:59.999999"]),
    "fixed": ("CHAR(12)", ["a ", SCRIPT[:12]]),
    "words": ("VARCHAR(200)", ["", SCRIPT]),
    "letters": ("VARCHAR(200) CHARACTER SET ascii COLLATE ascii_bin", ["", "A" * 200]),
    "digest": ("BINARY(32)", [b"\0" * 32, bytes(range(224, 256))]),
    "octets": ("VARBINARY(300)", [b"", b"\xff" * 300]),
    "short_text": ("TINYTEXT", ["", SCRIPT]),
    "long_text": ("LONGTEXT", [SCRIPT * 20, SCRIPT * 9000]),
    "raw": ("MEDIUMBLOB", [b"\xfb" * 251, b"\xfe" * 70_000]),
    "choice": ("ENUM('one', 'two')", ["one", "two"]),
    "choices": ("SET('one', 'two')", ["", "one,two"]),
    "document": ("JSON", ["{}", '{"name": "' + SCRIPT + '"}']),
    "address": ("INET6", ["::1", "2001:db8::ff"]),
    "unique_id": ("UUID", ["123e4567-e89b-12d3-a456-426655440000"] * 2),
}


@pytest.fixture
def options(migrated: Database) -> dict[str, Any]:
    """How PyMySQL reaches the tests' database."""
    url = migrated.engine.url
    return {
        "user": url.username,
        "password": url.password,
        "database": url.database,
        "unix_socket": url.query["unix_socket"],
        "ssl_disabled": True,
        "autocommit": True,
        "init_command": "SET SESSION sql_mode='', time_zone='+00:00'",
    }


@pytest.fixture
def plain(options: dict[str, Any]) -> Iterator[pymysql.connections.Connection[Any]]:
    """PyMySQL as it is, and a table of all kinds of columns."""
    with pymysql.connect(charset="utf8mb4", **options) as connection, connection.cursor() as cursor:
        columns = ", ".join(f"{name} {kind}" for name, (kind, _) in COLUMNS.items())
        cursor.execute(
            f"CREATE TABLE every_kind (number INT PRIMARY KEY, {columns}) CHARSET utf8mb4"
        )
        for number in range(2):
            values = [number, *(examples[number] for _, examples in COLUMNS.values())]
            places = ", ".join(["%s"] * len(values))
            cursor.execute(f"INSERT INTO every_kind VALUES ({places})", values)
        cursor.execute("INSERT INTO every_kind (number) VALUES (2)")
        try:
            yield connection
        finally:
            cursor.execute("DROP TABLE every_kind")


@pytest.fixture
def ours(options: dict[str, Any]) -> Iterator[driver.Connection]:
    """A connection of the server's own."""
    with driver.Connection(**options) as connection:
        yield connection


def answered(connection: Any, statement: str, cursor: Any = None) -> tuple[Any, ...]:
    """All that a statement's cursor says."""
    with connection.cursor(cursor) as asked:
        asked.execute(statement)
        return asked.description, list(asked.fetchall()), asked.rowcount


def test_a_column_of_each_kind_is_read_as_pymysql_reads_it(
    plain: Any, ours: driver.Connection
) -> None:
    for name in COLUMNS:
        statement = f"SELECT number, {name}, {name} AS again FROM every_kind ORDER BY number"
        expected = answered(plain, statement)
        assert expected[1][2][1] is None
        for _ in range(2):
            assert repr(answered(ours, statement)) == repr(expected), name


def test_a_whole_row_is_read_as_pymysql_reads_it(plain: Any, ours: driver.Connection) -> None:
    statement = "SELECT * FROM every_kind ORDER BY number"
    for cursor in (None, SSCursor, None, SSCursor):
        assert repr(answered(ours, statement, cursor)) == repr(answered(plain, statement, cursor))


def test_columns_are_taken_apart_once(ours: driver.Connection) -> None:
    statement = "SELECT 1 AS told_once, 'two' AS told_too"
    answered(ours, statement)
    known = dict(driver._known)
    answered(ours, statement)
    with ours.cursor() as cursor:
        cursor.execute(statement)
        assert cursor.description in [columns.description for columns in known.values()]
        assert any(cursor.description is columns.description for columns in known.values())
    assert driver._known == known


def test_more_columns_than_fit_in_one_piece_are_read_by_pymysql(
    plain: Any, ours: driver.Connection
) -> None:
    many = ", ".join(f"{number} AS a_column_with_a_long_name_{number}" for number in range(400))
    for _ in range(2):
        assert answered(ours, f"SELECT {many}") == answered(plain, f"SELECT {many}")


def test_a_column_that_has_changed_is_read_as_it_is_now(
    plain: Any, ours: driver.Connection
) -> None:
    statement = "SELECT words FROM every_kind WHERE number = 1"
    assert answered(ours, statement)[1] == [(SCRIPT,)]
    with plain.cursor() as cursor:
        cursor.execute("ALTER TABLE every_kind MODIFY words VARBINARY(200)")
    assert answered(ours, statement)[1] == [(SCRIPT.encode(),)]


def test_a_refused_statement_leaves_a_connection_that_goes_on(ours: driver.Connection) -> None:
    statement = "SELECT 1 AS number"
    first = answered(ours, statement)
    for refused in ("SELECT * FROM no_such_table", "SELECT (SELECT 1 UNION SELECT 2) AS number"):
        with pytest.raises(pymysql.err.MySQLError):
            answered(ours, refused)
        assert answered(ours, statement) == first


def test_several_answers_to_one_call_are_told_apart(plain: Any, ours: driver.Connection) -> None:
    with plain.cursor() as cursor:
        cursor.execute(
            "CREATE OR REPLACE PROCEDURE two_answers() BEGIN SELECT 1 AS x, 2 AS y; "
            "SELECT words FROM every_kind WHERE number = 1; END"
        )
    try:
        for _ in range(2):
            with ours.cursor() as cursor:
                cursor.execute("CALL two_answers()")
                assert cursor.fetchall() == ((1, 2),)
                assert cursor.nextset()
                assert cursor.fetchall() == ((SCRIPT,),)
    finally:
        with plain.cursor() as cursor:
            cursor.execute("DROP PROCEDURE two_answers")


def test_a_connection_that_is_cut_is_lost_and_nothing_worse(
    plain: Any, ours: driver.Connection
) -> None:
    statement = "SELECT number FROM every_kind"
    answered(ours, statement)
    with plain.cursor() as cursor:
        cursor.execute(f"KILL {ours.thread_id()}")
    with pytest.raises(pymysql.err.OperationalError):
        answered(ours, statement)


@pytest.fixture
def written(ours: driver.Connection, monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What goes into the connection's socket, each time that something does."""
    return note_written(monkeypatch)


def numbered(connection: Any) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT number FROM every_kind ORDER BY number")
        return [number for (number,) in cursor.fetchall()]


def test_statements_that_wait_are_answered_with_the_next_in_their_order(
    plain: Any, ours: driver.Connection, written: list[bytes]
) -> None:
    first = ours.send_later("INSERT INTO every_kind (number) VALUES (3)")
    second = ours.send_later("SELECT number, words FROM every_kind WHERE number IN (1, 3)")
    third = ours.send_later("UPDATE every_kind SET tiny = 7 WHERE number > 1")
    assert written == []
    assert answered(ours, "SELECT tiny FROM every_kind WHERE number = 3")[1] == [(7,)]
    assert first.result.affected_rows == 1
    assert list(second.result.rows) == [(1, SCRIPT), (3, None)]
    assert third.result.affected_rows == 2
    assert written[0].count(b"every_kind") == 4
    assert numbered(plain) == [0, 1, 2, 3]


def test_what_nothing_follows_is_sent_when_asked_for(
    plain: Any, ours: driver.Connection, written: list[bytes]
) -> None:
    ours.settle()
    changes = [ours.send_later(f"DELETE FROM every_kind WHERE number = {n}") for n in (0, 2, 4)]
    ours.settle()
    assert [change.result.affected_rows for change in changes] == [1, 1, 0]
    assert len(written) == 1
    ours.settle()
    assert len(written) == 1
    assert numbered(plain) == [1]


def test_an_error_of_one_that_waits_is_the_next_ones_and_the_connection_goes_on(
    plain: Any, ours: driver.Connection
) -> None:
    ours.send_later("INSERT INTO every_kind (number) VALUES (3)")
    ours.send_later("INSERT INTO every_kind (number) VALUES (1)")
    ours.send_later("SELECT * FROM no_such_table")
    with pytest.raises(pymysql.err.IntegrityError):
        answered(ours, "SELECT number FROM every_kind")
    assert numbered(ours) == [0, 1, 2, 3]
    ours.send_later("INSERT INTO every_kind (number) VALUES (1)")
    with pytest.raises(pymysql.err.IntegrityError):
        ours.settle()
    ours.send_later("SELECT 1")
    with pytest.raises(pymysql.err.ProgrammingError):
        answered(ours, "SELECT * FROM no_such_table")
    ours.send_later("SELECT * FROM no_such_table")
    with pytest.raises(pymysql.err.ProgrammingError):
        ours.ping(reconnect=False)
    assert numbered(ours) == [0, 1, 2, 3]


def test_nothing_is_committed_after_an_error_of_one_that_waits(
    plain: Any, ours: driver.Connection
) -> None:
    ours.autocommit(False)
    ours.send_later("INSERT INTO every_kind (number) VALUES (3)")
    ours.send_later("INSERT INTO every_kind (number) VALUES (1)")
    with pytest.raises(pymysql.err.IntegrityError):
        ours.commit()
    ours.rollback()
    assert numbered(plain) == [0, 1, 2]
    ours.send_later("INSERT INTO every_kind (number) VALUES (3)")
    ours.commit()
    assert numbered(plain) == [0, 1, 2, 3]


def test_what_waits_at_a_roll_back_is_never_sent(plain: Any, ours: driver.Connection) -> None:
    ours.autocommit(False)
    ours.send_later("INSERT INTO every_kind (number) VALUES (3)")
    ours.rollback()
    ours.commit()
    assert numbered(plain) == [0, 1, 2]


def test_a_long_statement_waits_for_no_other_and_many_do_not_pile_up(
    plain: Any, ours: driver.Connection, written: list[bytes]
) -> None:
    ours.send_later("SELECT 1")
    long = ours.send_later(f"SELECT '{'x' * 1_000_000}'")
    assert len(long.result.rows[0][0]) == 1_000_000
    before = len(written)
    many = [ours.send_later(f"SELECT {number}") for number in range(20)]
    assert answered(ours, "SELECT 20")[1] == [(20,)]
    assert [int(one.result.rows[0][0]) for one in many] == list(range(20))
    assert 1 < len(written) - before < 6


def test_a_connection_that_is_cut_with_something_waiting_is_lost(
    plain: Any, ours: driver.Connection
) -> None:
    with plain.cursor() as cursor:
        cursor.execute(f"KILL {ours.thread_id()}")
    ours.send_later("INSERT INTO every_kind (number) VALUES (3)")
    ours.send_later("INSERT INTO every_kind (number) VALUES (4)")
    with pytest.raises(pymysql.err.OperationalError):
        answered(ours, "SELECT 1")
    assert not ours.open
    with pytest.raises(pymysql.err.InterfaceError):
        answered(ours, "SELECT 1")
    assert numbered(plain) == [0, 1, 2]


def test_the_server_reads_by_it(migrated: Database) -> None:
    with migrated.engine.connect() as connection:
        assert isinstance(connection.connection.driver_connection, driver.Connection)
        assert connection.scalar(text("SELECT @@character_set_client")) == "utf8mb4"
