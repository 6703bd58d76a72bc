"""A running server for the tests of what outside programs see."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from appliance.server.clock import utc_now
from appliance.server.store import schema
from appliance.server.store.db import Database
from appliance.server.store.unit_of_work import Store
from tests.conftest import StartServer, empty
from tests.support.lobby import Lobby
from tests.support.mariadb import PrivateMariaDB
from tests.support.server import ServerProcess
from tests.support.spa import open_spa

OpenLobby = Callable[..., Lobby]


@pytest.fixture
def open_lobby(start_server: StartServer, database: Database) -> Iterator[OpenLobby]:
    """A server of the test's own; keyword arguments are further settings."""
    opened: list[Lobby] = []

    def open_(**settings: str) -> Lobby:
        spa = open_spa(Store(database, utc_now))
        lobby = Lobby(start_server(**settings), spa, database)
        opened.append(lobby)
        return lobby

    yield open_
    for lobby in opened:
        lobby.leave()
        _no_bugs(lobby.server)


@pytest.fixture(scope="session")
def shared(mariadb: PrivateMariaDB) -> Iterator[Database]:
    """A schema for the modules' servers: the other one is emptied before each test."""
    mariadb.execute("CREATE DATABASE lobby_shared")
    database = Database(mariadb.url("lobby_shared"))
    schema.upgrade(database.engine)
    yield database
    database.dispose()


@pytest.fixture(scope="module")
def module_lobby(
    mariadb: PrivateMariaDB, shared: Database, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Lobby]:
    """A server that all tests of a module share."""
    empty(shared)
    spa = open_spa(Store(shared, utc_now))
    log = tmp_path_factory.mktemp("server") / "serve.log"
    # However slow the machine, no customer at the kiosk times out in the middle of a test.
    patient = {"SELECTING_TIMEOUT_SECONDS": "3600"}
    server = ServerProcess(mariadb.server_environment("lobby_shared") | patient, log)
    try:
        yield Lobby(server.start(), spa, shared)
    finally:
        server.stop()
    _no_bugs(server)


@pytest.fixture
def lobby(module_lobby: Lobby) -> Iterator[Lobby]:
    """The module's server; those a test lets in go when it ends."""
    yield module_lobby
    module_lobby.leave()


def _no_bugs(server: ServerProcess) -> None:
    log = server.log.read_text()
    assert "Traceback" not in log, log[-5000:]
