"""The schema's version: bringing it up to date, and telling whether it is."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import Engine, MetaData, inspect, literal, select, table, text
from sqlalchemy.exc import DBAPIError

from .models import Base

if TYPE_CHECKING:
    from alembic.config import Config

HEAD: Final = "0006"
"""The newest migration; written here so that a server need not load Alembic (11 MB) to know."""

log = logging.getLogger(__name__)

_MADE_WITH_ROWS: Final = frozenset({"alembic_version", "transaction_counter"})
"""Tables that are not empty in a schema in which nobody has stored anything."""
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

    MariaDB cannot take a migration back: one that was cut off stands in the way of itself. Where
    nothing was ever stored, as on a new machine whose plug was pulled, the schema is made anew.

    Args:
        engine: The database.
        revision: How far.

    Raises:
        DBAPIError: It does not work, and there are data that must not be touched.
    """
    from alembic import command

    try:
        command.upgrade(config(engine), revision)
    except DBAPIError as error:
        if engine.dialect.name == "sqlite" or _holds_data(engine):
            raise
        log.warning("The schema was left half made and holds no data: made anew (%s).", error.orig)
        _drop_everything(engine)
        command.upgrade(config(engine), revision)


def downgrade(engine: Engine, revision: str) -> None:
    """Undo the migrations after a revision, so that an older release works on the data.

    Args:
        engine: The database.
        revision: Where to stop, such as `0001`.
    """
    from alembic import command

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
