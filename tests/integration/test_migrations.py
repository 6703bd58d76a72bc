"""The migrations make what the models say, on both databases."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import event, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from appliance.server.store import schema
from appliance.server.store.db import Database
from appliance.server.store.models import Base
from tests.support.mariadb import PrivateMariaDB


@pytest.fixture(params=["mariadb", "sqlite"])
def fresh(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database that nobody has touched."""
    if request.param == "mariadb":
        server: PrivateMariaDB = request.getfixturevalue("mariadb")
        server.execute("DROP DATABASE IF EXISTS lobby_fresh", "CREATE DATABASE lobby_fresh")
        url = server.url("lobby_fresh")
    else:
        url = make_url(f"sqlite:///{tmp_path / 'fresh.sqlite'}")
    database = Database(url)
    yield database
    database.dispose()


def test_an_empty_database_is_not_current(fresh: Database) -> None:
    assert not schema.is_current(fresh.engine)


def test_a_migrated_database_is_current(fresh: Database) -> None:
    schema.upgrade(fresh.engine)
    assert schema.is_current(fresh.engine)


def test_a_database_of_a_later_version_is_not_current(fresh: Database) -> None:
    schema.upgrade(fresh.engine)
    with fresh.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert not schema.is_current(fresh.engine)


def test_migrating_twice_changes_nothing(fresh: Database) -> None:
    schema.upgrade(fresh.engine)
    schema.upgrade(fresh.engine)
    assert schema.is_current(fresh.engine)


def test_the_migrations_make_what_the_models_say(fresh: Database) -> None:
    schema.upgrade(fresh.engine)
    with fresh.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        assert compare_metadata(context, Base.metadata) == []


def test_the_comparison_would_notice_a_difference(fresh: Database) -> None:
    schema.upgrade(fresh.engine)
    with fresh.engine.begin() as connection:
        connection.execute(
            text("DROP INDEX ix_transactions_waiting ON transactions")
            if not fresh.is_sqlite
            else text("DROP INDEX ix_transactions_waiting")
        )
    with fresh.engine.connect() as connection:
        context = MigrationContext.configure(connection)
        assert [change[0] for change in compare_metadata(context, Base.metadata)] == ["add_index"]


def test_checks_and_foreign_keys_are_made_too(fresh: Database) -> None:
    schema.upgrade(fresh.engine)
    found = inspect(fresh.engine)
    for name, table in Base.metadata.tables.items():
        wanted = {tuple(key.column_keys) for key in table.foreign_key_constraints}
        made = {tuple(key["constrained_columns"]) for key in found.get_foreign_keys(name)}
        assert made == wanted, name
    checks = {
        check["name"]
        for name in ("payments", "service_classifications")
        for check in found.get_check_constraints(name)
    }
    assert checks >= {
        "ck_payments_covers_the_total",
        "ck_service_classifications_price_not_negative",
        "ck_service_classifications_takes_time",
    }


def test_a_migrated_database_has_its_counter(fresh: Database) -> None:
    schema.upgrade(fresh.engine)
    with fresh.engine.connect() as connection:
        rows = connection.execute(
            text("SELECT id, period, wraps, number FROM transaction_counter")
        ).all()
    assert rows == [(1, "", 0, 0)]


def test_every_table_on_mariadb_can_roll_back(mariadb: PrivateMariaDB) -> None:
    mariadb.execute("DROP DATABASE IF EXISTS lobby_fresh", "CREATE DATABASE lobby_fresh")
    database = Database(mariadb.url("lobby_fresh"))
    try:
        schema.upgrade(database.engine)
        with database.engine.connect() as connection:
            others = connection.execute(
                text(
                    "SELECT table_name, engine, table_collation FROM information_schema.tables "
                    "WHERE table_schema = 'lobby_fresh' AND table_name <> 'alembic_version' "
                    "AND (engine <> 'InnoDB' OR table_collation NOT LIKE 'utf8mb4%')"
                )
            ).all()
        assert others == []
    finally:
        database.dispose()


@pytest.mark.parametrize("cut_at", ["rooms", "printers"])
def test_a_first_migration_that_was_cut_off_is_healed(fresh: Database, cut_at: str) -> None:
    _cut_off(fresh, cut_at)
    assert not schema.is_current(fresh.engine)
    schema.upgrade(fresh.engine)
    assert schema.is_current(fresh.engine)
    with fresh.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


def test_nothing_is_dropped_where_somebody_has_stored_something(mariadb: PrivateMariaDB) -> None:
    mariadb.execute("DROP DATABASE IF EXISTS lobby_fresh", "CREATE DATABASE lobby_fresh")
    database = Database(mariadb.url("lobby_fresh"))
    try:
        _cut_off(database, "rooms")
        with database.engine.begin() as connection:
            connection.execute(
                text("INSERT INTO service_categories (name, position, active) VALUES ('x', 1, 1)")
            )
        with pytest.raises(DBAPIError, match="already exists"):
            schema.upgrade(database.engine)
        with database.engine.connect() as connection:
            assert connection.execute(text("SELECT name FROM service_categories")).scalar() == "x"
    finally:
        database.dispose()


def test_rooms_in_another_spelling_are_mended(mariadb: PrivateMariaDB) -> None:
    mariadb.execute("DROP DATABASE IF EXISTS lobby_fresh", "CREATE DATABASE lobby_fresh")
    database = Database(mariadb.url("lobby_fresh"))
    decomposed = unicodedata.normalize("NFD", "Café")
    try:
        schema.upgrade(database.engine, "0003")
        with database.engine.begin() as connection:
            for number in ("VIP", decomposed):
                connection.execute(
                    text("INSERT INTO rooms (room_number, status) VALUES (:number, 'available')"),
                    {"number": number},
                )
            for name, room in (("ana", "vip"), ("ben", decomposed), ("eva", None)):
                connection.execute(
                    text(
                        "INSERT INTO staff (role, username, name, password_hash, room_number)"
                        " VALUES ('therapist', :name, :name, '', :room)"
                    ),
                    {"name": name, "room": room},
                )
        schema.upgrade(database.engine)
        with database.engine.connect() as connection:
            rooms = connection.execute(
                text("SELECT username, room_number FROM staff ORDER BY username")
            ).all()
            stored = connection.scalars(text("SELECT room_number FROM rooms ORDER BY id")).all()
        assert [tuple(row) for row in rooms] == [("ana", "VIP"), ("ben", "Café"), ("eva", None)]
        assert stored == ["VIP", "Café"]
        schema.downgrade(database.engine, "0003")
    finally:
        database.dispose()


def _cut_off(database: Database, table: str) -> None:
    """As if the plug were pulled in the moment in which this table would be made or changed."""

    def pull_the_plug(_c: Any, _u: Any, statement: str, *_rest: Any) -> None:
        if re.match(rf"\s*(CREATE|ALTER) TABLE [`\"]?{table}\b", statement):
            raise KeyboardInterrupt

    event.listen(database.engine, "before_cursor_execute", pull_the_plug)
    with pytest.raises(KeyboardInterrupt):
        schema.upgrade(database.engine)
    event.remove(database.engine, "before_cursor_execute", pull_the_plug)
