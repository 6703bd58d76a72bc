"""Series of numbers without a gap: receipts, refunds, Z reports.

Taken in the unit of work that uses the number: what is rolled back gives its number back.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from sqlalchemy import bindparam, select, text
from sqlalchemy.orm import Session

from .models import NumberCounter


class Series(StrEnum):
    """What is numbered."""

    RECEIPT = "receipt"
    REFUND = "refund"
    Z = "z"


# One statement that also makes the row: the first to come takes the row's lock.
_NEXT: Final = {
    "mysql": text(
        "INSERT INTO number_counters (name, number) VALUES (:name, 1) "
        "ON DUPLICATE KEY UPDATE number = number + 1"
    ),
    "sqlite": text(
        "INSERT INTO number_counters (name, number) VALUES (:name, 1) "
        "ON CONFLICT (name) DO UPDATE SET number = number + 1"
    ),
}
_TAKEN: Final = select(NumberCounter.number).where(NumberCounter.name == bindparam("name"))


def take(session: Session, series: Series) -> int:
    """The next number of a series; its row stays locked until the transaction ends.

    Args:
        session: Inside the transaction that uses the number.
        series: Which.
    """
    connection = session.connection()
    statement = _NEXT["sqlite" if connection.dialect.name == "sqlite" else "mysql"]
    connection.execute(statement, {"name": series.value})
    return int(connection.execute(_TAKEN, {"name": series.value}).scalar_one())
