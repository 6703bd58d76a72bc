"""What is written once is not changed: the databases themselves refuse it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import pytest
import yaml
from sqlalchemy import insert, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from appliance.server.store import invariants, schema
from appliance.server.store.db import Database
from appliance.server.store.models import Base
from appliance.server.store.unit_of_work import Store
from tests.support.mariadb import DURABLE, PrivateMariaDB
from tests.support.spa import Clock, open_spa, shop
from tests.support.till import Till, offer

SCHEMA = "lobby_protected"
GRANTED: Final = "lobby_granted"
PLAYBOOK: Final = Path(__file__).parents[2] / "provisioning/ansible/roles/mariadb/vars/main.yml"
_NOT_GRANTED: Final = 1142


@pytest.fixture(scope="module", params=["mariadb", "sqlite"])
def books(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    """A database with a closed day in which everything happened."""
    if request.param == "mariadb":
        server: PrivateMariaDB = request.getfixturevalue("mariadb")
        server.execute(f"DROP DATABASE IF EXISTS {SCHEMA}", f"CREATE DATABASE {SCHEMA}")
        url = server.url(SCHEMA)
    else:
        url = make_url(f"sqlite:///{tmp_path_factory.mktemp('books') / 'books.sqlite'}")
    database = Database(url)
    schema.upgrade(database.engine)
    assert schema.unprotected(database.engine) == list(schema.WRITTEN_ONCE)
    assert schema.protect(database.engine)
    live_through_a_day(database)
    yield database
    database.dispose()


def live_through_a_day(database: Database) -> None:
    clock = Clock()
    store = Store(database, clock)
    till = Till(store, open_spa(store), clock, shop())
    till.open("50")
    visit = till.at_the_desk(till.spa.swedish_60)
    till.pay(visit, offer("card", "90", "10"))
    till.refund(visit, "20")
    till.move("pay_out", "5")
    till.count_and_close()
    till.close_day()
    assert store.run(lambda u: list(invariants.violations(u.session))) == []


def refused(database: Database, statement: str) -> str:
    """What the database says to a statement."""
    with pytest.raises(DBAPIError) as caught, database.engine.begin() as connection:
        connection.execute(text(statement))
    return str(caught.value.orig)


def rows(database: Database, name: str) -> list[tuple[object, ...]]:
    with database.engine.connect() as connection:
        return sorted(map(tuple, connection.execute(select(Base.metadata.tables[name]))), key=repr)


@pytest.mark.parametrize("name", schema.WRITTEN_ONCE)
def test_what_is_written_once_is_neither_changed_nor_deleted(books: Database, name: str) -> None:
    before = rows(books, name)
    assert before, "a table without rows would refuse nothing"
    column = Base.metadata.tables[name].primary_key.columns.keys()[0]
    for statement in (f"UPDATE {name} SET {column} = {column} + 1000", f"DELETE FROM {name}"):
        assert f"{name} is written once" in refused(books, statement)
    assert rows(books, name) == before
    assert schema.unprotected(books.engine) == []


def test_control_without_the_triggers_it_is_changed(tmp_path: Path) -> None:
    database = Database(make_url(f"sqlite:///{tmp_path / 'open.sqlite'}"))
    schema.upgrade(database.engine)
    live_through_a_day(database)
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE tenders SET method = 'cash', amount = amount + 1"))
    assert {tender[5] for tender in rows(database, "tenders")} == {"cash"}
    database.dispose()


def test_protecting_twice_changes_nothing(books: Database) -> None:
    assert schema.protect(books.engine)
    assert schema.unprotected(books.engine) == []


def test_a_schema_goes_back_and_forth(books: Database) -> None:
    schema.downgrade(books.engine, "0006")
    assert schema.unprotected(books.engine) == ["history"], "an older release may restore"
    schema.upgrade(books.engine)
    schema.protect(books.engine)
    assert schema.unprotected(books.engine) == []
    live_on = Base.metadata.tables["history"]
    with books.engine.begin() as connection:
        connection.execute(
            insert(live_on).values(
                at=Clock()(), event="seen", actor_role="system", actor_name="test", detail=None
            )
        )


@pytest.mark.parametrize("trusted", [False, True])
def test_an_account_of_the_playbook_may_make_triggers_where_the_log_is_told_to_trust_it(
    tmp_path: Path, trusted: bool
) -> None:
    options = DURABLE + (("--log-bin-trust-function-creators=ON",) if trusted else ())
    server = PrivateMariaDB(tmp_path, options)
    server.create()
    server.start()
    try:
        server.execute(
            f"CREATE DATABASE {SCHEMA}",
            f"CREATE USER '{server.user}'@'%' IDENTIFIED BY '{server.password}'",
            # As the role does: provisioning/ansible/roles/mariadb.
            f"GRANT ALL PRIVILEGES ON `{SCHEMA}`.* TO '{server.user}'@'%'",
        )
        database = Database(server.url(SCHEMA))
        schema.upgrade(database.engine)
        assert schema.protect(database.engine) is trusted
        expected = [] if trusted else list(schema.WRITTEN_ONCE)
        assert schema.unprotected(database.engine) == expected
        database.dispose()
    finally:
        server.stop()


# --- the server's own account -----------------------------------------------------------------


def test_the_playbook_knows_what_is_written_once() -> None:
    known = yaml.safe_load(PLAYBOOK.read_text())
    assert known["mariadb_written_once"] == list(schema.WRITTEN_ONCE)


@pytest.fixture(scope="module")
def granted(mariadb: PrivateMariaDB) -> Iterator[Database]:
    """A day's books without a trigger, and the server's account beside the owner's."""
    mariadb.execute(f"DROP DATABASE IF EXISTS {GRANTED}", f"CREATE DATABASE {GRANTED}")
    database = Database(mariadb.url(GRANTED))
    schema.upgrade(database.engine)
    live_through_a_day(database)
    yield database
    database.dispose()


def as_the_server(mariadb: PrivateMariaDB) -> Database:
    said = mariadb.server_environment(GRANTED)
    return Database(mariadb.url(GRANTED).set(username=said["MYSQL_USER"]))


def codes(database: Database, statements: Iterable[str]) -> dict[str, int]:
    """What MariaDB answers to each; 0 where it does it."""
    return {statement: _code(database, statement) for statement in statements}


def _code(database: Database, statement: str) -> int:
    try:
        with database.engine.begin() as connection:
            connection.execute(text(statement))
    except DBAPIError as error:
        return int(error.orig.args[0]) if error.orig is not None else -1
    return 0


def attacks(name: str) -> list[str]:
    column = Base.metadata.tables[name].primary_key.columns.keys()[0]
    return [
        f"UPDATE {name} SET {column} = {column} + 1000",
        f"DELETE FROM {name}",
        f"REPLACE INTO {name} SELECT * FROM {name}",
        f"TRUNCATE TABLE {name}",
        f"DROP TABLE {name}",
        f"RENAME TABLE {name} TO {name}_gone",
        f"ALTER TABLE {name} ADD COLUMN more INT",
        f"CREATE TRIGGER {name}_more BEFORE INSERT ON {name} FOR EACH ROW SET @more = 1",
        f"DROP TRIGGER {name}_no_update",
        f"DROP TRIGGER {name}_no_delete",
        f"GRANT UPDATE ON {name} TO CURRENT_USER",
    ]


def test_mariadb_refuses_the_servers_account_to_change_the_books(
    mariadb: PrivateMariaDB, granted: Database
) -> None:
    server = as_the_server(mariadb)
    # Without a trigger first: it is the account that is refused, not the row.
    for protected in (False, True):
        if protected:
            assert schema.protect(granted.engine)
        for name in schema.WRITTEN_ONCE:
            before = rows(granted, name)
            answers = codes(server, attacks(name))
            allowed = [statement for statement, code in answers.items() if code == 0]
            assert allowed == []
            assert answers[f"DELETE FROM {name}"] == _NOT_GRANTED
            assert rows(granted, name) == before
    server.dispose()


def test_the_server_works_with_its_account(mariadb: PrivateMariaDB, granted: Database) -> None:
    server = as_the_server(mariadb)
    # That it is enough for a whole day every test shows that starts a server.
    others = [name for name in Base.metadata.tables if name not in schema.WRITTEN_ONCE]
    answers = codes(server, [f"DELETE FROM {name} WHERE 1 = 0" for name in others])
    assert set(answers.values()) == {0}
    server.dispose()


def test_control_the_owner_may_where_there_is_no_trigger(granted: Database) -> None:
    assert codes(granted, ["DELETE FROM tip_shares WHERE 1 = 0"]).popitem()[1] == 0


def test_what_the_server_may_change_is_granted_again_for_new_tables_alone(
    mariadb: PrivateMariaDB, granted: Database
) -> None:
    mariadb.execute("DROP USER IF EXISTS appliance_server@'%'")
    assert mariadb.grant_to_server(GRANTED) != []
    assert mariadb.grant_to_server(GRANTED) == [], "a second time nothing is missing"
    mariadb.execute(
        f"CREATE TABLE {GRANTED}.brought (id INT)",
        # As a restore does, whatever release: the rights go by name.
        f"CREATE DATABASE IF NOT EXISTS {GRANTED}_beside",
        f"RENAME TABLE {GRANTED}.brought TO {GRANTED}_beside.brought",
        f"RENAME TABLE {GRANTED}_beside.brought TO {GRANTED}.brought",
    )
    missing = mariadb.grant_to_server(GRANTED)
    assert [statement.count(".`brought`") for statement in missing] == [1]
    mariadb.execute(f"GRANT ALL ON {GRANTED}.tenders TO appliance_server@'%'")
    assert [line.split(" ON ")[0] for line in mariadb.grant_to_server(GRANTED)] == [
        "REVOKE ALL PRIVILEGES"
    ]
    mariadb.execute(f"DROP DATABASE {GRANTED}_beside")
