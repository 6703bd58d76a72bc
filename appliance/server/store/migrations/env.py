"""What Alembic runs the migrations in."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection

from appliance.server.store.models import Base


def _run() -> None:
    engine = context.config.attributes["engine"]
    with engine.connect() as connection:
        is_sqlite = connection.dialect.name == "sqlite"
        if is_sqlite:
            # SQLite alters a table by making another one and dropping the first, which its rows'
            # foreign keys would refuse; the setting cannot change within a transaction.
            _foreign_keys(connection, "OFF")
        try:
            context.configure(
                connection=connection, target_metadata=Base.metadata, render_as_batch=is_sqlite
            )
            with context.begin_transaction():
                context.run_migrations()
            connection.commit()
        finally:
            if is_sqlite:
                connection.rollback()
                _foreign_keys(connection, "ON")


def _foreign_keys(connection: Connection, state: str) -> None:
    driver = connection.connection.driver_connection
    assert driver is not None  # noqa: S101 — it is open
    driver.execute(f"PRAGMA foreign_keys={state}")


_run()
