"""The schema's version: bringing it up to date, and telling whether it is."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import Engine, MetaData, inspect, literal, select, table, text
from sqlalchemy.exc import DBAPIError

from .models import Base

if TYPE_CHECKING:
    from alembic.config import Config

HEAD: Final = "0020"
"""The newest migration; written here so that a server need not load Alembic (11 MB) to know."""

log = logging.getLogger(__name__)

_MADE_WITH_ROWS: Final = frozenset({"alembic_version", "transaction_counter"})
"""Tables that are not empty in a schema in which nobody has stored anything."""
WRITTEN_ONCE: Final = (
    "history",
    "refund_lines",
    "refunds",
    "shift_counts",
    "shift_movements",
    "tenders",
    "tip_shares",
    "z_reports",
)
"""Tables whose rows nobody changes: the database itself refuses it."""
_NOT_PERMITTED: Final = frozenset({1142, 1227, 1419})
"""MariaDB: no TRIGGER privilege, or a binary log whose settings forbid triggers to this account."""
_MIGRATIONS: Final = Path(__file__).with_name("migrations")


def config(engine: Engine) -> Config:
    """Alembic's configuration for this database."""
    from alembic.config import Config

    made = Config()
    made.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    made.attributes["engine"] = engine
    return made


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Run the migrations that this database has not seen.

    A migration may have to change what is written once: callers call `protect` after it.
    MariaDB cannot take a migration back: one that was cut off stands in the way of itself. Where
    nothing was ever stored, as on a new machine whose plug was pulled, the schema is made again.

    Args:
        engine: The database.
        revision: How far.

    Raises:
        DBAPIError: It does not work, and there are data that must not be touched.
    """
    from alembic import command

    if not is_current(engine):
        lift_protection(engine)
    try:
        command.upgrade(config(engine), revision)
    except DBAPIError as error:
        if engine.dialect.name == "sqlite" or _holds_data(engine):
            raise
        log.warning("The schema was left half made and holds no data: made again (%s).", error.orig)
        _drop_everything(engine)
        command.upgrade(config(engine), revision)


def protect(engine: Engine) -> bool:
    """Let the database refuse to change what is written once; harmless where it does already.

    Triggers are no part of the migrations: a backup leaves them out, so that nothing that could run
    stands in it, and a restore calls this too.

    Returns:
        Whether it is protected; where the account may not make triggers the reason is logged.

    Raises:
        DBAPIError: Something else is wrong.
    """
    tables = _written_once(engine)
    try:
        with engine.begin() as connection:
            for statement in _protections(engine.dialect.name, tables):
                connection.execute(text(statement))
    except DBAPIError as error:
        if error.orig is None or error.orig.args[0] not in _NOT_PERMITTED:
            raise
        log.warning(
            "The ledger is not protected by triggers: %s. Run the playbook, or set "
            "log_bin_trust_function_creators=1 in MariaDB and run `appliance db upgrade`.",
            error.orig.args[1],
        )
        return False
    return True


def lift_protection(engine: Engine) -> None:
    """Take the triggers of `protect` away, for a migration or so that other tables can take over.

    MariaDB moves no table that has a trigger to another schema.
    """
    ours = {name for table_name in WRITTEN_ONCE for name in _names(table_name)}
    for name in sorted(_triggers(engine) & ours):
        with engine.begin() as connection:
            connection.execute(text(f"DROP TRIGGER IF EXISTS {name}"))


def unprotected(engine: Engine) -> list[str]:
    """Which tables that are written once the database would let somebody change."""
    found = _triggers(engine)
    return [name for name in _written_once(engine) if not set(_names(name)) <= found]


def _triggers(engine: Engine) -> set[str]:
    statement = (
        "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        if engine.dialect.name == "sqlite"
        else "SELECT trigger_name FROM information_schema.triggers"
        " WHERE trigger_schema = DATABASE()"
    )
    with engine.connect() as connection:
        return set(connection.scalars(text(statement)))


def _written_once(engine: Engine) -> list[str]:
    """Those of the tables that are there: after a way back to an older release some are not."""
    there = set(inspect(engine).get_table_names())
    return [name for name in WRITTEN_ONCE if name in there]


def _names(table_name: str) -> tuple[str, str]:
    return f"{table_name}_no_update", f"{table_name}_no_delete"


def _protections(dialect: str, tables: Iterable[str]) -> Iterator[str]:
    for name in tables:
        for trigger, verb in zip(_names(name), ("UPDATE", "DELETE"), strict=True):
            begin = f"CREATE TRIGGER IF NOT EXISTS {trigger} BEFORE {verb} ON {name} "
            if dialect == "sqlite":
                yield f"{begin} BEGIN SELECT RAISE(ABORT, '{name} is written once'); END"
            else:
                yield (
                    f"{begin} FOR EACH ROW SIGNAL SQLSTATE '45000' "
                    f"SET MESSAGE_TEXT = '{name} is written once'"
                )


def downgrade(engine: Engine, revision: str) -> None:
    """Undo the migrations after a revision, so that an older release works on the data.

    Nothing stays protected: an older release may not know how to restore a backup over triggers.

    Args:
        engine: The database.
        revision: Where to stop, such as `0001`.
    """
    from alembic import command

    lift_protection(engine)
    command.downgrade(config(engine), revision)


def is_current(engine: Engine) -> bool:
    """Whether the database has seen every migration, and none that this version does not know."""
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return False
        seen = connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all()
    return seen == [HEAD]


def _holds_data(engine: Engine) -> bool:
    with engine.connect() as connection:
        return any(
            connection.execute(select(literal(1)).select_from(table(name)).limit(1)).first()
            for name in inspect(connection).get_table_names()
            if name not in _MADE_WITH_ROWS
        )


def _drop_everything(engine: Engine) -> None:
    ours = {*Base.metadata.tables, "alembic_version"}
    found = MetaData()
    found.reflect(engine, only=lambda name, _: name in ours)
    found.drop_all(engine)
