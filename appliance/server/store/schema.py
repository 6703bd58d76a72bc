"""The schema's version: bringing it up to date, and telling whether it is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import Engine, inspect, text

if TYPE_CHECKING:
    from alembic.config import Config

HEAD: Final = "0003"
"""The newest migration; written here so that a server need not load Alembic (11 MB) to know."""

_MIGRATIONS: Final = Path(__file__).with_name("migrations")


def config(engine: Engine) -> Config:
    """Alembic's configuration for this database."""
    from alembic.config import Config

    made = Config()
    made.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    made.attributes["engine"] = engine
    return made


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Run the migrations that this database has not seen."""
    from alembic import command

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
