"""A long table in pages, so that a reader of all of it keeps little and holds up nobody."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

ROWS: Final = 1000
"""Of a page: milliseconds of the database's time, less than a megabyte of ours."""


@dataclass(frozen=True, slots=True)
class Page:
    """Rows that follow each other in the order of a number.

    Attributes:
        first: The lowest number.
        last: The highest.
    """

    first: int
    last: int

    def holds(self, column: InstrumentedAttribute[Any]) -> ColumnElement[bool]:
        """Which rows belong to the page, by the column that numbers or names them."""
        return column.between(self.first, self.last)


def pages(session: Session, key: InstrumentedAttribute[int], rows: int = ROWS) -> Iterator[Page]:
    """Cut a table into pages, the oldest first; rows that come meanwhile are in the last ones.

    Each page is found and read by statements of its own. Under READ COMMITTED nothing is kept open
    between them: a snapshot of minutes would slow down every claim.

    Args:
        session: Open.
        key: The table's primary key, a number from 1 on.
        rows: At most, of a page.
    """
    last = 0
    while True:
        coming = select(key.label("key")).where(key > last).order_by(key).limit(rows).subquery()
        first, end = session.execute(select(func.min(coming.c.key), func.max(coming.c.key))).one()
        if end is None:
            return
        yield Page(first, end)
        last = end
