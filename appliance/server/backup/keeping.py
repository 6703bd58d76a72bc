"""Making, rehearsing, restoring and clearing away backups."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import IO, Final, NamedTuple

from sqlalchemy import Engine, inspect, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from appliance import seal
from appliance.server.clock import utc_now
from appliance.server.domain.clock import TOLERANCE, in_words, is_ahead
from appliance.server.store import invariants, schema
from appliance.server.store.db import Database

from . import archive, mariadb, sqlite
from .archive import BackupError, Damaged, Manifest, Unreadable
from .mariadb import Account

log = logging.getLogger(__name__)
_NAME: Final = re.compile(r"appliance-backup-(?P<made>\d{8}T\d{6}\.\d{6}Z)-(?P<label>[a-z-]+)\.tar")
_MOMENT: Final = "%Y%m%dT%H%M%S.%fZ"
_LABEL: Final = re.compile(r"[a-z]+(-[a-z]+)*")


class Place(NamedTuple):
    """Where data are rehearsed.

    Attributes:
        url: The place, as the account that rehearses.
        logged: Whether the binary log has what happens there.
    """

    url: URL
    logged: bool


@dataclass(frozen=True, slots=True)
class Backups:
    """The backups of one database.

    Attributes:
        url: The database.
        key: The site's, which seals every backup.
        rehearsal: Who rehearses on MariaDB, in a schema of its own and nowhere else.
        ssl_ca: CA file for TLS to it, if any.
    """

    url: URL
    key: bytes
    rehearsal: Account | None = None
    ssl_ca: str | None = None

    def create(self, folder: Path, *, label: str = "manual", keep: int | None = None) -> Path:
        """Write a backup while the server goes on working.

        Args:
            folder: Where to; made if it is not there.
            label: What for, such as `nightly`; small letters and dashes.
            keep: How many backups of this label may stay; all unless given.

        Returns:
            The new file.

        Raises:
            BackupError: It could not be made; nothing half-made is left.
        """
        if not _LABEL.fullmatch(label):
            raise BackupError(f"a label has small letters and dashes, not {label!r}")
        moment = utc_now()
        path = folder / f"appliance-backup-{moment:{_MOMENT}}-{label}.tar"
        with self.database(self.url) as database:
            revision = revision_of(database.engine)
        if revision is None:
            raise BackupError("the database has no schema yet: run `appliance db upgrade`")

        def fill(out: IO[bytes]) -> Manifest:
            counts = (
                sqlite.dump(self.url, out)
                if self._is_sqlite
                else mariadb.dump(self.url, self.ssl_ca, out)
            )
            return Manifest(
                format=archive.FORMAT,
                kind="sqlite" if self._is_sqlite else "mariadb",
                version=version("lobby-appliance"),
                made_at=moment.isoformat(),
                revision=revision,
                counts=counts,
            )

        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            archive.write(path, self.key, fill)
            if keep is not None:
                _clear_away(folder, label, keep)
        except OSError as error:
            raise BackupError(f"cannot write to {folder}: {error.strerror or error}") from None
        return path

    def trust(self, path: Path) -> None:
        """Seal a backup that has no seal, because somebody knows who made it.

        Args:
            path: A backup from before there were seals.

        Raises:
            BackupError: It already has a seal, or cannot be written.
        """
        try:
            if seal.is_sealed(path):
                raise BackupError(f"{path.name} already has a seal")
            seal.seal_file(path, self.key, "backup")
        except OSError as error:
            raise BackupError(f"{path.name}: {error.strerror or error}") from None

    def newest(self, folders: Iterable[Path], label: str) -> Path:
        """The last backup that was made, by the time in the file: a name or a place says nothing.

        Args:
            folders: Where to look; one that is not there holds none.
            label: Of which kind.

        Returns:
            Its path. What is not this site's is passed over, with a word in the log.

        Raises:
            BackupError: There is none; or one is dated ahead of this machine's clock, and nobody
                can tell which is the last.
        """
        now = utc_now()
        found: list[tuple[datetime, Path]] = []
        for path in (path for folder in folders if folder.is_dir() for path in folder.iterdir()):
            if not (name := _NAME.fullmatch(path.name)) or name["label"] != label:
                continue
            try:
                with archive.read(path, self.key) as (manifest, _):
                    found.append((datetime.fromisoformat(manifest.made_at), path))
            except BackupError as error:
                log.warning("passed over: %s", error)
        if not found:
            raise BackupError(f"there is no {label} backup of this site")
        made_at, path = max(found)
        if is_ahead(made_at, now):
            raise BackupError(
                f"{path.name} is dated {in_words(made_at - now)} ahead of this machine's clock, so "
                "it cannot be told which backup is the last: set the clock right, or name the file"
            )
        return path

    def verify(self, path: Path) -> Manifest:
        """Rehearse the restore beside the live data and check what came out.

        Args:
            path: The backup.

        Returns:
            What it holds.

        Raises:
            Damaged: It is not what was written, or what was written is broken.
            BackupError: It could not be tried, or is of a later version.
        """
        # Gone in a minute: in the binary log it would be written again, and kept for days.
        with self._rehearsed(path, lasting=False) as (manifest, _):
            return manifest

    def restore(
        self,
        path: Path,
        safety: Path,
        *,
        over_newer: bool = False,
        over_damaged: bool = False,
    ) -> tuple[Manifest, Path | None]:
        """Replace the live data by a backup's, brought to the present schema.

        The backup is rehearsed whole beside the live data first, and takes its place in one step:
        whatever fails leaves the old data. What was there is backed up before.

        Args:
            path: The backup.
            safety: Folder for the backup of what was there.
            over_newer: Also where the live data belong to a later version.
            over_damaged: Also where the live data cannot be backed up, since a table is broken.

        Returns:
            What was restored, and the backup of what was there; None where there was nothing, or
            nothing that can be read.

        Raises:
            Damaged: As `verify`.
            Unreadable: A table of the live data is broken.
            BackupError: As `verify`; or the live data belongs to a later version.
        """
        with self.database(self.url) as database:
            revision = revision_of(database.engine)
            newer = revision is not None and not _known(database.engine, revision)
            if newer and not over_newer:
                raise BackupError(
                    f"the database holds data of a later version (schema {revision}), which this "
                    "one does not overwrite"
                )
            # A reader of the binary log has to have what becomes the live data.
            with self._rehearsed(path, lasting=True) as (manifest, rehearsed):
                kept, broken = None, False
                try:
                    if revision is not None:
                        kept = self.create(safety, label="before-restore")
                except Unreadable as error:
                    if not over_damaged:
                        raise Unreadable(
                            f"the present data cannot be backed up, since a table is broken: "
                            f"{error}. To restore without that backup, and to lose what is there "
                            "now, say --over-damaged"
                        ) from error
                    log.warning("not backed up, since a table is broken: %s", error)
                    broken = True
                try:
                    if self._is_sqlite:
                        sqlite.swap(self.url, rehearsed)
                    else:
                        schema.lift_protection(database.engine)
                        if broken:
                            mariadb.drop_broken(database.engine)
                        mariadb.swap(database.engine, str(rehearsed.database))
                finally:
                    schema.protect(database.engine)
        return manifest, kept

    @property
    def _is_sqlite(self) -> bool:
        return self.url.get_backend_name() == "sqlite"

    @contextmanager
    def database(self, url: URL, *, logged: bool = True) -> Iterator[Database]:
        """A database for as long as it is needed.

        Args:
            url: Which, and as whom.
            logged: Whether the binary log is to have what is written.

        Raises:
            BackupError: It refuses something.
        """
        database = Database(url, ssl_ca=self.ssl_ca, patient=True, logged=logged)
        try:
            yield database
        except DBAPIError as error:
            raise BackupError(f"the database refused: {error.orig}") from error
        finally:
            database.dispose()

    @contextmanager
    def _rehearsed(self, path: Path, *, lasting: bool) -> Iterator[tuple[Manifest, URL]]:
        """The backup's data in a place of its own, checked and at the present schema."""
        with (
            archive.read(path, self.key) as (manifest, data),
            self._scratch(path, manifest, data, lasting=lasting) as place,
        ):
            with self.database(place.url, logged=place.logged) as database:
                if not _known(database.engine, manifest.revision):
                    raise BackupError(
                        f"{path.name} was made by a later version of the appliance "
                        f"({manifest.version}, schema {manifest.revision}): upgrade first"
                    )
                _check_contents(path, manifest, database)
                schema.upgrade(database.engine)
                with database.session() as session:
                    broken = next(iter(invariants.violations(session)), None)
                if broken:
                    raise Damaged(f"{path.name} breaks a promise of the data: {broken}")
            yield manifest, place.url

    @contextmanager
    def _scratch(
        self, path: Path, manifest: Manifest, data: IO[bytes], *, lasting: bool
    ) -> Iterator[Place]:
        if manifest.kind != ("sqlite" if self._is_sqlite else "mariadb"):
            raise BackupError(
                f"{path.name} was made from {manifest.kind}, which this database is not"
            )
        if self._is_sqlite:
            with sqlite.scratch_file(self.url, data) as url:
                yield Place(url, logged=True)
            return
        with self.beside(logged=lasting) as place:
            mariadb.load(place.url, self.ssl_ca, data, logged=place.logged, lasting=lasting)
            yield place

    @contextmanager
    def beside(self, *, logged: bool) -> Iterator[Place]:
        """An empty MariaDB schema beside the live one, gone afterwards.

        Args:
            logged: Whether the binary log is to have what happens in it.

        Yields:
            Where it is, as the account that may touch no other.

        Raises:
            BackupError: There is no such account.
        """
        if self.rehearsal is None:
            raise BackupError(
                "MYSQL_REHEARSAL_PASSWORD_FILE is not set: a backup is tried by an account that "
                "can touch no live data, and without one it is not tried at all"
            )
        with self.database(self.url) as database, mariadb.scratch_schema(database.engine) as url:
            limited = self.rehearsal.at(url)
            if not mariadb.has_binary_log(database.engine):
                # Nothing to leave out, and no privilege for it: so it is on the appliance.
                logged = True
            elif not logged and not mariadb.may_write_no_log(limited, self.ssl_ca):
                logged = True
                log.info(
                    "%s may not leave the binary log out, so it has the rehearsal, too: run the "
                    "playbook",
                    self.rehearsal.username,
                )
            yield Place(limited, logged)


def _check_contents(path: Path, manifest: Manifest, database: Database) -> None:
    if revision_of(database.engine) != manifest.revision:
        raise Damaged(f"{path.name} holds another schema than its manifest says")
    with database.engine.connect() as connection:
        quote = connection.dialect.identifier_preparer.quote
        for table in inspect(connection).get_table_names():
            found = connection.execute(text(f"SELECT count(*) FROM {quote(table)}")).scalar()  # noqa: S608 — a quoted name
            if found != manifest.counts.get(table):
                raise Damaged(
                    f"{path.name} should hold {manifest.counts.get(table, 0)} rows of {table} "
                    f"and holds {found}"
                )
        missing = manifest.counts.keys() - set(inspect(connection).get_table_names())
    if missing:
        raise Damaged(f"{path.name} lacks the table {min(missing)}")


def revision_of(engine: Engine) -> str | None:
    """The revision of a database's schema; None where it has none."""
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        found: str | None = connection.execute(
            text("SELECT version_num FROM alembic_version")
        ).scalar()
    return found


def _known(engine: Engine, revision: str) -> bool:
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory.from_config(schema.config(engine))
    return revision in {script.revision for script in scripts.walk_revisions()}


def _clear_away(folder: Path, label: str, keep: int) -> None:
    now = utc_now()
    found = [
        (name["made"], path)
        for path in folder.iterdir()
        if (name := _NAME.fullmatch(path.name)) and name["label"] == label
    ]
    # The order of these names is the order of age. What a wrong clock has dated ahead goes first:
    # it would outlive every backup that is made.
    latest = f"{now + TOLERANCE:{_MOMENT}}"
    found.sort(key=lambda one: (one[0] <= latest, one[0]))
    for _, path in found[: max(0, len(found) - keep)]:
        path.unlink()
