"""The demo's embedded file, copied by SQLite itself."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

from sqlalchemy.engine import URL

from . import archive
from .archive import BackupError


def dump(url: URL, out: IO[bytes]) -> dict[str, int]:
    """Write the file as it is at one moment, while others go on working.

    Returns:
        How many rows each table has.
    """
    with _folder() as folder:
        copied = folder / "copy.sqlite"
        with closing(_open(url)) as live, closing(sqlite3.connect(copied)) as copy:
            live.backup(copy)
            # As with MariaDB: `schema.protect` makes them again.
            for (name,) in copy.execute(
                "SELECT name FROM sqlite_master WHERE type = 'trigger'"
            ).fetchall():
                copy.execute(f'DROP TRIGGER "{name}"')
            names = copy.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            counts = {
                name: int(copy.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0])  # noqa: S608 — names from the file itself
                for (name,) in names.fetchall()
                if not name.startswith("sqlite_")
            }
        with copied.open("rb") as content:
            archive.copy(content, out)
    return counts


@contextmanager
def scratch_file(url: URL, data: IO[bytes]) -> Iterator[URL]:
    """The backup's data in a file of its own, gone afterwards.

    Yields:
        Where it is.
    """
    with _folder() as folder:
        path = folder / "rehearsal.sqlite"
        with path.open("wb") as out:
            archive.copy(data, out)
        yield url.set(database=str(path))


def swap(url: URL, rehearsed: URL) -> None:
    """Put the rehearsed data in the place of the live, in one transaction."""
    with (
        closing(sqlite3.connect(str(rehearsed.database))) as new,
        closing(sqlite3.connect(str(url.database), timeout=10)) as live,
    ):
        new.backup(live)


def _open(url: URL) -> sqlite3.Connection:
    path = Path(str(url.database))
    if not path.is_file():
        raise BackupError(f"there is no database at {path}")
    return sqlite3.connect(path, timeout=10)


@contextmanager
def _folder() -> Iterator[Path]:
    with TemporaryDirectory(prefix="appliance-backup-") as folder:
        yield Path(folder)
