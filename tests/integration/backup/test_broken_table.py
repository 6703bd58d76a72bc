"""A table that a power cut has left half changed: MariaDB cannot read it, a restore replaces it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from appliance.server.backup import Unreadable
from tests.support.mariadb import PrivateMariaDB

from .shop import REHEARSAL, SCHEMA, Shop, schemas


@pytest.fixture
def own_mariadb(tmp_path: Path) -> Iterator[PrivateMariaDB]:
    server = PrivateMariaDB(tmp_path)
    server.create()
    server.start()
    server.grant()
    server.execute(
        f"CREATE DATABASE {SCHEMA}",
        f"CREATE USER {REHEARSAL.username}@'%' IDENTIFIED BY '{REHEARSAL.password}'",
        f"GRANT ALL ON `{SCHEMA}\\_rehearsal\\_%`.* TO {REHEARSAL.username}@'%'",
    )
    yield server
    server.stop()


def break_a_table(server: PrivateMariaDB, table: str) -> None:
    """Leave InnoDB with a table's new column and MariaDB without, as a cut in ALTER TABLE can.

    Args:
        server: Runs; it is started again.
        table: Of the tests' schema.
    """
    definition = server.folder / "data" / SCHEMA / f"{table}.frm"
    before = definition.with_suffix(".before")
    shutil.copy(definition, before)
    server.execute(f"ALTER TABLE `{SCHEMA}`.`{table}` ADD COLUMN note varchar(40)")
    server.stop()
    before.rename(definition)
    server.start()


def test_a_backup_takes_the_place_of_what_cannot_be_read(
    own_mariadb: PrivateMariaDB, tmp_path: Path
) -> None:
    shop = Shop(own_mariadb.url(SCHEMA))
    saved = shop.backups.create(tmp_path / "kept")
    before = shop.rows()
    shop.visits.waiting()
    shop.database.dispose()
    break_a_table(own_mariadb, "rooms")
    with (
        pytest.raises(OperationalError, match=r"crashed|corrupted"),
        shop.database.engine.connect() as it,
    ):
        it.execute(text("SELECT * FROM rooms"))

    with pytest.raises(Unreadable, match=r"rooms.*--over-damaged"):
        shop.backups.restore(saved, tmp_path / "safety")
    assert not list((tmp_path / "safety").iterdir()), "no half of a backup"

    _, kept = shop.backups.restore(saved, tmp_path / "safety", over_damaged=True)
    assert kept is None
    assert shop.rows() == before
    assert shop.broken() == []
    shop.visits.waiting()
    assert schemas(own_mariadb) == {SCHEMA}
    shop.database.dispose()


def test_what_can_be_read_is_backed_up_all_the_same(
    own_mariadb: PrivateMariaDB, tmp_path: Path
) -> None:
    shop = Shop(own_mariadb.url(SCHEMA))
    saved = shop.backups.create(tmp_path / "kept")
    shop.visits.waiting()
    latest = shop.rows()
    _, kept = shop.backups.restore(saved, tmp_path / "safety", over_damaged=True)
    assert kept
    shop.backups.restore(kept, tmp_path / "safety")
    assert shop.rows() == latest
    shop.database.dispose()
