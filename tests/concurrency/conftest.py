"""Two servers, a store and connections for many who do something at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pymysql
import pytest
from pymysql.connections import Connection as RawConnection

from appliance.server.store.db import Database
from appliance.server.store.unit_of_work import Store
from tests.support.mariadb import PrivateMariaDB
from tests.support.server import ServerProcess
from tests.support.spa import open_spa, shop
from tests.support.visits import Visits

SHOP = shop()
CROWD = 16
"""How many kiosks there are, each in a thread of its own."""
STAFF = 32
"""How many therapists, and how many cashiers, half of them at each of two servers."""


def real_time() -> datetime:
    return datetime.now(UTC)


@pytest.fixture(scope="package")
def two_servers(
    mariadb: PrivateMariaDB, migrated: Database, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[ServerProcess]]:
    """Two `appliance serve` on one database, with nothing else between them."""
    folder = tmp_path_factory.mktemp("servers")
    environment = mariadb.server_environment("lobby_test")
    servers = [ServerProcess(environment, folder / f"serve{n}.log").start() for n in range(2)]
    yield servers
    for server in servers:
        server.stop()


@pytest.fixture
def busy_store(database: Database) -> Store:
    """The database on the real clock, since many look at it at once."""
    return Store(database, real_time)


@pytest.fixture
def visits(busy_store: Store) -> Visits:
    """Customers of a spa with Ana, Ben, Eva and Felix."""
    return Visits(busy_store, open_spa(busy_store))


@pytest.fixture
def raw(mariadb: PrivateMariaDB, migrated: Database) -> Iterator[Callable[[], RawConnection]]:
    """Open plain connections in autocommit, as a program without care would."""
    opened: list[RawConnection] = []

    def connect() -> RawConnection:
        connection = pymysql.connect(
            unix_socket=str(mariadb.socket),
            user=mariadb.user,
            password=mariadb.password,
            database="lobby_test",
            autocommit=True,
            ssl_disabled=True,
        )
        opened.append(connection)
        return connection

    yield connect
    for connection in opened:
        connection.close()
