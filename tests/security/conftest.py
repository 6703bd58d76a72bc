"""Running servers for the tests of who may do what, on a schema of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from appliance.server.clock import utc_now
from appliance.server.store import schema
from appliance.server.store.db import Database
from appliance.server.store.unit_of_work import Store
from tests.conftest import empty
from tests.support.lobby import Lobby
from tests.support.mariadb import PrivateMariaDB
from tests.support.server import ServerProcess
from tests.support.spa import open_spa

OpenLobby = Callable[..., Lobby]
SCHEMA = "lobby_security"


@pytest.fixture(scope="session")
def security_database(mariadb: PrivateMariaDB) -> Iterator[Database]:
    """A schema for these tests' servers."""
    mariadb.execute(f"CREATE DATABASE {SCHEMA}")
    database = Database(mariadb.url(SCHEMA))
    schema.upgrade(database.engine)
    yield database
    database.dispose()


def _open(
    mariadb: PrivateMariaDB,
    database: Database,
    log: Path,
    settings: dict[str, str],
    **options: Any,
) -> Lobby:
    empty(database)
    spa = open_spa(Store(database, utc_now))
    server = ServerProcess(mariadb.server_environment(SCHEMA) | settings, log, **options)
    return Lobby(server.start(), spa, database)


def _close(lobby: Lobby) -> None:
    lobby.leave()
    lobby.server.stop()
    log = lobby.server.log.read_text()
    assert "Traceback" not in log, log[-5000:]


@pytest.fixture(scope="module")
def module_lobby(
    mariadb: PrivateMariaDB,
    security_database: Database,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Lobby]:
    """A server that all tests of a module share."""
    log = tmp_path_factory.mktemp("server") / "serve.log"
    lobby = _open(mariadb, security_database, log, {})
    yield lobby
    _close(lobby)


@pytest.fixture(scope="module")
def unfair_lobby(
    mariadb: PrivateMariaDB,
    security_database: Database,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Lobby]:
    """A server without the protection that gives everybody a turn; alone in its module."""
    log = tmp_path_factory.mktemp("unfair") / "serve.log"
    command = ("-m", "tests.support.unfair_server")
    lobby = _open(mariadb, security_database, log, {}, command=command)
    yield lobby
    _close(lobby)


@pytest.fixture
def open_lobby(
    mariadb: PrivateMariaDB, security_database: Database, tmp_path: Path
) -> Iterator[OpenLobby]:
    """A server of the test's own; keyword arguments are further settings."""
    opened: list[Lobby] = []

    def open_(**settings: str) -> Lobby:
        opened.append(_open(mariadb, security_database, tmp_path / "serve.log", settings))
        return opened[-1]

    yield open_
    for lobby in opened:
        _close(lobby)
