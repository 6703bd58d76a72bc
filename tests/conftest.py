"""What every test may ask for: a private MariaDB, a spa in it, a running server."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete, exists, insert, select, text
from sqlalchemy.engine import make_url

from appliance.server.store import schema
from appliance.server.store.db import Database
from appliance.server.store.models import Base, TransactionCounter
from appliance.server.store.unit_of_work import Store
from tests.support import shapes
from tests.support.mariadb import PrivateMariaDB
from tests.support.server import ServerProcess
from tests.support.spa import Clock, Spa, open_spa

if TYPE_CHECKING:
    from appliance.server.app import Application

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell's background jobs ignore Ctrl-C, and so would every program that a test starts.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def _every_answer_fits_its_shape() -> Iterator[None]:
    """Whatever a test's clients were told was as it is described."""
    yield
    assert shapes.take_misfits() == []


@pytest.fixture(scope="session")
def mariadb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateMariaDB]:
    """A private MariaDB for the whole run."""
    server = PrivateMariaDB(tmp_path_factory.mktemp("mariadb"))
    server.create()
    server.start()
    server.grant()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def migrated(mariadb: PrivateMariaDB) -> Iterator[Database]:
    """A schema in it, made by the migrations."""
    mariadb.execute("CREATE DATABASE lobby_test")
    database = Database(mariadb.url("lobby_test"), pool_size=40, patient=True)
    schema.upgrade(database.engine)
    yield database
    database.dispose()


@pytest.fixture
def database(migrated: Database) -> Database:
    """The schema, empty."""
    empty(migrated)
    return migrated


def empty(database: Database) -> None:
    """Empty every table."""
    with database.engine.begin() as connection:
        if not database.is_sqlite:
            connection.execute(text("SET SESSION foreign_key_checks=0"))
        tables = list(Base.metadata.tables.values())
        # One look instead of some twenty statements that would find nothing, before each test.
        used = connection.execute(select(*(exists(select(1).select_from(it)) for it in tables)))
        for table, has_rows in reversed(list(zip(tables, used.one(), strict=True))):
            if has_rows:
                connection.execute(delete(table))
        connection.execute(insert(TransactionCounter).values(id=1, period="", wraps=0, number=0))
        if not database.is_sqlite:
            connection.execute(text("SET SESSION foreign_key_checks=1"))


@pytest.fixture
def clock() -> Clock:
    """A clock that the test sets."""
    return Clock()


@pytest.fixture
def store(database: Database, clock: Clock) -> Store:
    """The database as use cases see it, on the test's clock."""
    return Store(database, clock)


@pytest.fixture
def spa(store: Store) -> Spa:
    """A small spa: Ana in room 1, Ben in room 2, Eva and Felix at the desk, Gloria."""
    return open_spa(store)


@pytest.fixture
def sqlite_store(tmp_path: Path, clock: Clock) -> Iterator[Store]:
    """A migrated SQLite file, as the demo has."""
    database = Database(make_url(f"sqlite:///{tmp_path / 'demo.sqlite'}"))
    schema.upgrade(database.engine)
    yield Store(database, clock)
    database.dispose()


@pytest.fixture
def application(
    monkeypatch: pytest.MonkeyPatch, mariadb: PrivateMariaDB, database: Database, clock: Clock
) -> Iterator[Application]:
    """The whole server in this process, on the test's schema and clock."""
    # Not with every test's start: it loads Flask and all that comes with it.
    from appliance.server.app import create_app
    from appliance.server.config import Settings

    for name, value in mariadb.environment("lobby_test").items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("SOCKETIO_ASYNC_MODE", "threading")
    made = create_app(Settings.from_environment(), clock)
    yield made
    made.store.database.dispose()


StartServer = Callable[..., ServerProcess]


@pytest.fixture
def start_server(
    mariadb: PrivateMariaDB, database: Database, tmp_path: Path
) -> Iterator[StartServer]:
    """Start `appliance serve` on the test's schema; keyword arguments are further settings."""
    started: list[ServerProcess] = []

    def start(**settings: str) -> ServerProcess:
        environment = mariadb.server_environment("lobby_test") | settings
        server = ServerProcess(environment, tmp_path / f"serve{len(started)}.log")
        started.append(server)
        return server.start()

    yield start
    for server in started:
        server.stop()
