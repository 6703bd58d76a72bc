"""A spa with visits and its backups, on either database."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.engine import URL

from appliance import seal
from appliance.server.backup import Account, Backups
from appliance.server.store import invariants, schema
from appliance.server.store.db import Database
from appliance.server.store.models import Base
from appliance.server.store.unit_of_work import Store
from tests.support.mariadb import PrivateMariaDB
from tests.support.spa import Clock, open_spa
from tests.support.visits import Visits

SCHEMA = "lobby_backed_up"
KEY = seal.key_from("5a" * 32)
REHEARSAL = Account("rehearsal", "only for rehearsals")


class Shop:
    """A spa with some visits, and its backups."""

    def __init__(self, url: URL) -> None:
        self.url = url
        self.database = Database(url)
        schema.upgrade(self.database.engine)
        schema.protect(self.database.engine)
        self.store = Store(self.database, Clock())
        self.visits = Visits(self.store, open_spa(self.store))
        self.visits.at_the_desk()
        self.visits.waiting()
        self.backups = Backups(url, KEY, REHEARSAL)

    def rows(self) -> dict[str, list[tuple[object, ...]]]:
        """Everything there is."""
        with self.database.engine.connect() as connection:
            return {
                name: sorted(map(tuple, connection.execute(table.select())), key=repr)
                for name, table in Base.metadata.tables.items()
            }

    def broken(self) -> list[str]:
        return self.store.run(lambda unit: list(invariants.violations(unit.session)))

    def set_revision(self, revision: str) -> None:
        with self.database.engine.begin() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = :r"), {"r": revision})


def schemas(mariadb: PrivateMariaDB) -> set[str]:
    database = Database(mariadb.url(SCHEMA))
    try:
        with database.engine.connect() as connection:
            names = connection.execute(text("SHOW DATABASES")).scalars().all()
    finally:
        database.dispose()
    return {name for name in names if name.startswith(SCHEMA)}
