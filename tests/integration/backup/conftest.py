"""One shop on each database, shared by the tests of backups."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy.engine import make_url

from tests.support.mariadb import PrivateMariaDB

from .shop import REHEARSAL, SCHEMA, Shop, schemas


# One shop of each kind for all tests here: a schema takes seconds to make. Tests leave other
# visits behind, but nothing that is broken.
@pytest.fixture(scope="module")
def on_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    made = Shop(make_url(f"sqlite:///{tmp_path_factory.mktemp('live') / 'live.sqlite'}"))
    yield made
    made.database.dispose()


@pytest.fixture(scope="module")
def on_mariadb(mariadb: PrivateMariaDB) -> Iterator[Shop]:
    mariadb.execute(
        f"DROP DATABASE IF EXISTS {SCHEMA}",
        f"CREATE DATABASE {SCHEMA}",
        f"CREATE OR REPLACE USER {REHEARSAL.username}@'%' IDENTIFIED BY '{REHEARSAL.password}'",
        # As the role does: docs/operations.md.
        *(
            "GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, ALTER, INDEX, REFERENCES, "
            f"LOCK TABLES ON `{name}\\_rehearsal\\_%`.* TO {REHEARSAL.username}@'%'"
            for name in (SCHEMA, "lobby_new")
        ),
    )
    made = Shop(mariadb.url(SCHEMA))
    yield made
    made.database.dispose()
    assert schemas(mariadb) == {SCHEMA}, "nothing is left beside the live data"


@pytest.fixture(params=["mariadb", "sqlite"])
def shop(request: pytest.FixtureRequest) -> Shop:
    found: Shop = request.getfixturevalue(f"on_{request.param}")
    return found
