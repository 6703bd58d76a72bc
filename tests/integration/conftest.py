"""A spa with customers in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import event

from appliance.server.store.db import Database
from appliance.server.store.unit_of_work import Store
from tests.support.mariadb import PrivateMariaDB
from tests.support.spa import Clock, Spa
from tests.support.visits import Visits


@pytest.fixture
def visits(store: Store, spa: Spa) -> Visits:
    """Customers of the spa, on MariaDB."""
    return Visits(store, spa)


@pytest.fixture
def impatient(mariadb: PrivateMariaDB, database: Database, clock: Clock) -> Iterator[Store]:
    """The same data, through connections that do not wait for a lock: a test need not either.

    For taking *this one*; SKIP LOCKED without any patience confuses MariaDB (error 1180).
    """
    impatient = Database(mariadb.url("lobby_test"), pool_size=4)

    @event.listens_for(impatient.engine, "connect")
    def _do_not_wait(connection: Any, _record: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET SESSION innodb_lock_wait_timeout=0")

    yield Store(impatient, clock)
    impatient.dispose()
