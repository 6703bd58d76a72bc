"""The schema's version: bringing it up to date, and telling whether it is."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

_MIGRATIONS: Final = Path(__file__).with_name("migrations")


def _config(engine: Engine) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["engine"] = engine
    return config


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Run the migrations that this database has not seen."""
    command.upgrade(_config(engine), revision)


def is_current(engine: Engine) -> bool:
    """Whether the database has seen every migration, and none that this version does not know."""
    with engine.connect() as connection:
        seen = set(MigrationContext.configure(connection).get_current_heads())
    return seen == set(ScriptDirectory.from_config(_config(engine)).get_heads())
