"""What a rehearsal leaves in MariaDB's binary log: nothing, where its account may leave it out."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.support.mariadb import DURABLE, PrivateMariaDB

from .shop import REHEARSAL, SCHEMA, Shop

MAY = "SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, ALTER, INDEX, REFERENCES, LOCK TABLES"
_OF_A_SCHEMA = 1500
"""Bytes: to make a schema and to drop it is said by the appliance's own account."""


@pytest.fixture
def logged(tmp_path: Path) -> Iterator[tuple[PrivateMariaDB, Shop]]:
    """A shop on a MariaDB that keeps a binary log, as one with a replica does."""
    server = PrivateMariaDB(tmp_path, DURABLE)
    server.create()
    server.start()
    server.grant()
    server.execute(
        f"CREATE DATABASE {SCHEMA}",
        f"CREATE USER {REHEARSAL.username}@'%' IDENTIFIED BY '{REHEARSAL.password}'",
        f"GRANT {MAY} ON `{SCHEMA}\\_rehearsal\\_%`.* TO {REHEARSAL.username}@'%'",
        "SET GLOBAL log_bin_trust_function_creators=1",
    )
    shop = Shop(server.url(SCHEMA))
    yield server, shop
    shop.database.dispose()
    server.stop()


def in_the_log(shop: Shop) -> int:
    """Bytes of the binary log until now."""
    with shop.database.engine.connect() as connection:
        logs = connection.execute(text("SHOW BINARY LOGS")).all()
    return sum(int(log[1]) for log in logs)


def test_without_a_binary_log_nobody_has_to_leave_it_out(
    shop: Shop, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        shop.backups.verify(shop.backups.create(tmp_path))
    assert "binary log" not in caplog.text


def test_a_rehearsal_is_not_in_the_binary_log_and_a_restore_is(
    logged: tuple[PrivateMariaDB, Shop], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    server, shop = logged
    backup = shop.backups.create(tmp_path / "backups")

    def written(what: str) -> int:
        before = in_the_log(shop)
        getattr(shop.backups, what)(backup, *([tmp_path / "backups"] if what == "restore" else []))
        return in_the_log(shop) - before

    with caplog.at_level(logging.INFO):
        may_not = written("verify")
    assert "binary log" in caplog.text, "it is said where it cannot be left out"
    server.execute(f"GRANT BINLOG ADMIN ON *.* TO {REHEARSAL.username}@'%'")
    assert written("verify") < _OF_A_SCHEMA < may_not / 10, "the control: it was all in there"
    assert written("restore") > may_not / 2
    assert shop.broken() == []
