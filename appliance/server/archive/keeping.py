"""Making, proving and reading the archive of a closed year."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import InvalidOperation
from importlib.metadata import version
from pathlib import Path
from typing import IO, Final

import msgspec
from sqlalchemy import select
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session

from appliance.server.backup import BackupError, Backups, Damaged, Manifest
from appliance.server.backup import archive as file
from appliance.server.clock import utc_now
from appliance.server.domain.codes import BusinessDay
from appliance.server.store import invariants, money_invariants, schema
from appliance.server.store.models import Base, Shift, ZReport
from appliance.server.store.pages import pages
from appliance.server.store.unit_of_work import Clock, Store

from . import lines, reading
from .lines import Line, Year
from .reading import Asked

_AT_ONCE: Final = 500
"""Lines that are put into the rehearsal together."""
_FEW: Final = 100


class NotClosed(BackupError):
    """A year may still change, or there is nothing of it."""


@dataclass(frozen=True, slots=True)
class YearManifest(Manifest):
    """What an archive says about itself.

    Attributes:
        year: The calendar year of its business dates.
        first_z: Its first Z report's number; 0 where it has none.
        last_z: Its last.
    """

    year: int
    first_z: int
    last_z: int


@dataclass(frozen=True, slots=True)
class Archives:
    """The archives of one shop.

    Attributes:
        backups: Of its database; they have the site's key and know who rehearses.
        day: When the shop's business days begin.
        clock: What time it is.
    """

    backups: Backups
    day: BusinessDay
    clock: Clock = utc_now

    def create(self, number: int, folder: Path) -> tuple[YearManifest, Path]:
        """Write a closed year into a file and prove the file; the server may go on working.

        Nothing is taken out of the database. What breaks off leaves no file under the name.

        Args:
            number: The calendar year.
            folder: Where to; made if it is not there.

        Returns:
            What it holds, and the new file.

        Raises:
            NotClosed: The year may still change, or there is nothing of it.
            BackupError: It could not be written or proved, or the file is there already.
        """
        if self.backups.url.get_backend_name() == "sqlite":
            raise BackupError("only a shop on MariaDB has an archive; the demo has none")
        if not date.min.year < number < date.max.year:
            raise NotClosed(f"{number} is no year")
        year = Year(number, self.day)
        path = folder / f"appliance-archive-{number}.tar"
        try:
            if path.exists():
                raise BackupError(f"{path} is there already: `appliance archive verify` proves it")
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            file.write(path, self.backups.key, lambda out: self._fill(year, out), "archive")
        except OSError as error:
            raise BackupError(f"cannot write to {folder}: {error.strerror or error}") from None
        try:
            return self.verify(path), path
        except BaseException:
            path.unlink(missing_ok=True)
            raise

    def verify(self, path: Path) -> YearManifest:
        """Prove an archive: its seal, its rows, and that their money adds up to its Z reports.

        It is put into a schema of its own beside the live data, by an account that may touch no
        other, and the rules of `appliance db check` are tried on it.

        Args:
            path: The file.

        Returns:
            What it holds.

        Raises:
            Damaged: It is not what was written, or what was written is broken.
            BackupError: It could not be tried.
        """
        with self._opened(path) as (manifest, data), self.backups.beside(logged=False) as place:
            with self.backups.database(place.url, logged=place.logged) as database:
                Base.metadata.create_all(database.engine)
                with database.session() as session:
                    counts = _load(path, session, data)
                if counts != manifest.counts:
                    raise Damaged(f"{path.name} does not hold the rows that its manifest says")
                with database.session() as session:
                    broken = next(_violations(session, Year(manifest.year, self.day)), None)
            if broken:
                raise Damaged(f"{path.name} breaks a promise of the data: {broken}")
            return manifest

    def manifest(self, path: Path) -> YearManifest:
        """What an archive says about itself, after its seal and checksums were looked at.

        Raises:
            Damaged: As `verify`.
        """
        with self._opened(path) as (manifest, _):
            return manifest

    def find(self, path: Path, asked: Asked) -> Line | None:
        """A visit in an archive, with everything that belongs to it; None where there is none.

        Raises:
            Damaged: As `verify`.
        """
        with self._opened(path) as (_, data):
            try:
                return reading.find(data, asked)
            except ValueError as error:
                raise Damaged(f"{path.name} is damaged: {error}") from None

    @contextmanager
    def _opened(self, path: Path) -> Iterator[tuple[YearManifest, IO[bytes]]]:
        with file.read_as(YearManifest, "archive", path, self.backups.key) as found:
            yield found

    def _fill(self, year: Year, out: IO[bytes]) -> YearManifest:
        with self.backups.database(self.backups.url) as database:
            if not schema.is_current(database.engine):
                raise BackupError("the schema is not current: run `appliance db upgrade`")
            store = Store(database, self.clock)
            if not year.has_ended(self.clock()):
                raise NotClosed(f"{year.number} is not over yet")
            if why := store.look(lambda unit: lines.not_closed(unit.session, year)):
                raise NotClosed(f"{year.number} is not closed: {why}")
            counts: Counter[str] = Counter()
            numbers = []
            for line in lines.of_year(store, year):
                counts.update({name: len(rows) for name, rows in line.items()})
                numbers += [
                    row["number"]
                    for row in line.get("z_reports", ())
                    if row["business_date"][:4] == f"{year.number:04}"
                ]
                out.write(msgspec.json.encode(line) + b"\n")
        if not counts["transactions"]:
            raise NotClosed(f"there is nothing of {year.number}")
        return YearManifest(
            format=file.FORMAT,
            kind="mariadb",
            version=version("lobby-appliance"),
            made_at=self.clock().isoformat(),
            revision=schema.HEAD,
            counts=dict(counts),
            year=year.number,
            first_z=min(numbers, default=0),
            last_z=max(numbers, default=0),
        )


def _load(path: Path, session: Session, data: IO[bytes]) -> dict[str, int]:
    """Put all lines into an empty schema; returns how many rows of each table they are."""
    counts: Counter[str] = Counter()
    waiting: list[Line] = []

    def put() -> None:
        lines.put(session, waiting)
        session.commit()
        waiting.clear()

    try:
        for text in data:
            line = reading.line_of(text)
            counts.update({name: len(rows) for name, rows in line.items()})
            waiting.append(line)
            if len(waiting) == _AT_ONCE:
                put()
        put()
    except (KeyError, ValueError, InvalidOperation) as error:
        raise Damaged(f"{path.name} holds what this version does not know: {error}") from None
    except (DataError, IntegrityError) as error:
        raise Damaged(f"{path.name} is not whole: {error.orig}") from None
    return dict(counts)


def _violations(session: Session, year: Year) -> Iterator[str]:
    yield from invariants.of_visits(session)
    yield from money_invariants.days(session, in_part=True)
    for page in pages(session, ZReport.number, _FEW):
        reports = select(ZReport).where(
            page.holds(ZReport.number), year.holds(ZReport.business_date)
        )
        for report in session.scalars(reports.order_by(ZReport.number)):
            yield from money_invariants.sums_of(session, report)
            # Of a shift of another year only the refunds of this one are here.
            for shift in session.scalars(select(Shift).where(Shift.z_number == report.number)):
                yield from money_invariants.of_shift(session, shift)
