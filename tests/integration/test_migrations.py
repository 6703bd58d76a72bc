"""The migrations make what the models say, on both databases."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from decimal import Decimal as D
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import event, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from appliance.server.bookkeeping import Bookkeeper
from appliance.server.store import schema
from appliance.server.store.db import Database
from appliance.server.store.models import Base
from appliance.server.store.unit_of_work import Store
from appliance.server.usecases.till.reports import report
from tests.support.mariadb import PrivateMariaDB
from tests.support.spa import Clock, shop


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


def test_days_that_a_release_before_has_kept_are_told_before_and_after_they_are_made_ready(
    fresh: Database,
) -> None:
    columns = "visits, payments, items, busy_minutes, open_minutes, sales, discounts, refunds, tips"
    more = "rounding, taken, tips_paid, commission, difference"
    store, settings = Store(fresh, Clock()), shop()

    def keep(day: str, number: int, waits: str | None) -> None:
        """As a program of before does, on its own schema or on the present one."""
        values = {"day": day, "number": number, "waits": waits}
        with fresh.engine.begin() as connection:
            connection.execute(
                text(
                    "INSERT INTO z_reports (number, business_date, document, previous_hash, hash,"
                    f" grand_total, created_at) VALUES (:number, :day, '{{}}', '', '', 0, '{day}')"
                ),
                values,
            )
            connection.execute(
                text(
                    f"INSERT INTO daily_rows (z_number, kind, business_date, row_key, {columns},"
                    f" {more}, waits) VALUES (:number, 'day', :day, :day, 10, 10, 0, 0, 0, 80.5, 0,"
                    " 0, 0, 0, 80.5, 0, 0, 0, :waits)"
                ),
                values,
            )

    def told() -> list[tuple[object, ...]]:
        found = store.look(lambda u: report(u, settings, "2026-01-01", "2026-12-31"))
        rows = [*found.rows, ("", found.totals)]
        return [(name, row.sales, row.wait_p50, row.wait_p90) for name, row in rows]

    schema.upgrade(fresh.engine)
    schema.downgrade(fresh.engine, "0019")
    keep("2026-11-01", 1, '{"5": 9, "30": 1}')
    schema.upgrade(fresh.engine)
    keep("2026-11-02", 2, '{"60": 9, "240": 11}')
    keep("2026-11-03", 3, None)
    right = [
        ("2026-11-01", D("80.5"), 5, 5),
        ("2026-11-02", D("80.5"), 240, 240),
        ("2026-11-03", D("80.5"), None, None),
        ("", D("241.5"), 60, 240),
    ]
    assert told() == right
    bookkeeper = Bookkeeper(store, settings)
    assert bookkeeper.make_ready()
    assert not bookkeeper.make_ready()
    assert told() == right
    schema.downgrade(fresh.engine, "0019")
    with fresh.engine.connect() as connection:
        kept = connection.execute(text("SELECT waits FROM daily_rows ORDER BY z_number")).scalars()
        assert [json.loads(waits) if waits else None for waits in kept] == [
            {"5": 9, "30": 1}, {"60": 9, "240": 11}, None,
        ]  # fmt: skip
    schema.upgrade(fresh.engine)
    assert told() == right


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
