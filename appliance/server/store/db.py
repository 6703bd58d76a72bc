"""The engine: how we talk to MariaDB, and to SQLite in the demo."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import msgspec
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.orm import Session, sessionmaker

from .driver import Connection

LOCK_WAIT_SECONDS: Final = 2
READ_TIMEOUT_SECONDS: Final = 2.7
"""Longer than the lock wait, since a statement that we give up on goes on holding its locks; short
enough that a caller has an answer within five seconds although the database hangs."""
CONNECT_TIMEOUT_SECONDS: Final = 1
PATIENCE_SECONDS: Final = 2.2
"""How long a caller waits for a free connection, tries after a failure included: then a database
that hangs still costs it no more than five seconds in all."""
_LIST_BYTES: Final = 1024 * 1024
"""What MariaDB may put into one text: its own default, which a shop's configuration may have made
less; a visit's items would be cut."""


class NoConnectionFree(Exception):
    """Every connection was in use for as long as the caller could wait."""


class Database:
    """An engine and its sessions.

    Args:
        url: Where the database is.
        ssl_ca: CA file for TLS, if any.
        pool_size: Connections at most.
        patient: Wait for statements that take long: migrations and checks, not a server's.
        logged: Whether MariaDB's binary log has what is written; only an account that may leave it
            out can be without.

    Attributes:
        engine: SQLAlchemy's engine.
        is_sqlite: Whether it is the demo's embedded file.
    """

    def __init__(
        self,
        url: URL,
        *,
        ssl_ca: str | None = None,
        pool_size: int = 20,
        patient: bool = False,
        logged: bool = True,
    ) -> None:
        self.is_sqlite = url.get_backend_name() == "sqlite"
        self.engine: Engine = (
            _sqlite_engine(url)
            if self.is_sqlite
            else _mariadb_engine(url, ssl_ca, pool_size, patient=patient, logged=logged)
        )
        self._sessions = sessionmaker(self.engine, expire_on_commit=False, autoflush=False)
        # Waited for here rather than in the pool, whose patience is the same for all. On SQLite
        # there is one: under gevent a second BEGIN IMMEDIATE would freeze the whole loop.
        self._free = threading.BoundedSemaphore(1 if self.is_sqlite else pool_size)

    @contextmanager
    def session(self, patience: float = PATIENCE_SECONDS) -> Iterator[Session]:
        """A session in a transaction that is rolled back unless somebody commits it.

        Args:
            patience: How long to wait for a free connection, in seconds.

        Raises:
            NoConnectionFree: None became free.
        """
        if not self._free.acquire(timeout=max(patience, 0)):
            raise NoConnectionFree
        try:
            with self._sessions() as session:
                yield session
        finally:
            self._free.release()

    def dispose(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()


def _mariadb_engine(
    url: URL, ssl_ca: str | None, pool_size: int, *, patient: bool, logged: bool
) -> Engine:
    connect_args: dict[str, Any] = {
        "connect_timeout": CONNECT_TIMEOUT_SECONDS,
        "init_command": (
            f"SET SESSION innodb_lock_wait_timeout={LOCK_WAIT_SECONDS}, time_zone='+00:00', "
            f"sql_mode='TRADITIONAL', group_concat_max_len={_LIST_BYTES}"
            + ("" if logged else ", sql_log_bin=0")
        ),
    }
    if not patient:
        connect_args |= {
            "read_timeout": READ_TIMEOUT_SECONDS,
            "write_timeout": READ_TIMEOUT_SECONDS,
        }
    if ssl_ca:
        connect_args["ssl"] = {"ca": ssl_ca}
    else:
        # PyMySQL would prepare TLS for each connection, 22 ms of blocked loop, even where the
        # server has none; without a CA it would protect from nobody.
        connect_args["ssl_disabled"] = True
    engine = create_engine(
        url,
        isolation_level="READ COMMITTED",
        pool_size=pool_size,
        max_overflow=0,
        pool_recycle=1800,
        # No ping before each use: a connection that has died is noticed by its first statement,
        # and the unit of work runs again on a new one.
        pool_pre_ping=False,
        # Sessions roll back by themselves; the pool's own ROLLBACK after each COMMIT is a round
        # trip for nothing.
        pool_reset_on_return=None,
        connect_args=connect_args,
        json_serializer=_as_json,
    )

    @event.listens_for(engine, "do_connect")
    def _connect(_dialect: object, _record: object, _args: object, options: Any) -> Connection:
        return Connection(**options)

    return engine


def _as_json(value: Any) -> str:
    """Without the blanks between, and with letters rather than their numbers."""
    return msgspec.json.encode(value).decode()


def _sqlite_engine(url: URL) -> Engine:
    engine = create_engine(
        url,
        connect_args={"check_same_thread": False, "timeout": 5},
        json_serializer=_as_json,
    )

    # with_for_update means nothing to SQLite: BEGIN IMMEDIATE takes its one write lock up front.
    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine
