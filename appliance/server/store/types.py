"""Column types shared by all tables."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    DateTime,
    Enum,
    Integer,
    LargeBinary,
    Numeric,
    String,
    TypeDecorator,
)
from sqlalchemy.dialects import mysql
from sqlalchemy.engine import Dialect

from .packing import pack, unpack

ID = BigInteger().with_variant(Integer, "sqlite")
"""SQLite counts up only plain INTEGER keys."""

DIGEST = LargeBinary(32).with_variant(mysql.BINARY(32), "mysql", "mariadb")
"""A SHA-256 digest."""


def exact_string(length: int) -> String:
    """A string compared byte by byte; MariaDB's default would take `A` for `a`."""
    return String(length).with_variant(
        mysql.VARCHAR(length, charset="ascii", collation="ascii_bin"), "mysql", "mariadb"
    )


def exact_text(length: int) -> String:
    """Like `exact_string`, for text that people or foreign programs choose.

    NOPAD, since MariaDB otherwise takes `a` and `a ` for one.
    """
    return String(length).with_variant(
        mysql.VARCHAR(length, charset="utf8mb4", collation="utf8mb4_nopad_bin"), "mysql", "mariadb"
    )


def enum_column(kind: type[StrEnum], length: int = 24) -> Enum:
    """A string enum stored by its values, checked by Python rather than the database."""
    return Enum(
        kind,
        native_enum=False,
        create_constraint=False,
        length=length,
        values_callable=lambda members: [member.value for member in members],
    )


class UtcDateTime(TypeDecorator[datetime]):
    """Aware datetimes in Python, naive UTC with microseconds in the database."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> object:  # type: ignore[override]
        """Ask MariaDB for microseconds, which its DATETIME drops by default."""
        if dialect.name in {"mysql", "mariadb"}:
            return dialect.type_descriptor(mysql.DATETIME(fsp=6))
        return dialect.type_descriptor(DateTime())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Convert to naive UTC; a naive value is a bug of the caller's."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Say that it is UTC."""
        return None if value is None else value.replace(tzinfo=UTC)


class Money(TypeDecorator[Decimal]):
    """An amount with room for the three decimals of KWD, read back with two where two say it.

    How many decimals an amount may have, its currency says, which a column does not know.
    """

    impl = Numeric(14, 3)
    cache_ok = True

    def process_result_value(self, value: Decimal | None, dialect: Dialect) -> Decimal | None:  # noqa: ARG002
        """Take off the third decimal that nobody wrote."""
        if value is None:
            return None
        cents = value.quantize(_CENT)
        return cents if cents == value else value


class Packed(TypeDecorator[Any]):
    """Something that JSON can say, in a fraction of its bytes; see `packing`."""

    impl = LargeBinary
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> object:  # type: ignore[override]
        """Up to 16 MB in MariaDB, whose plain BLOB ends at 64 KB."""
        if dialect.name in {"mysql", "mariadb"}:
            return dialect.type_descriptor(mysql.MEDIUMBLOB())
        return dialect.type_descriptor(LargeBinary())

    def process_bind_param(self, value: Any, dialect: Dialect) -> bytes | None:  # noqa: ARG002
        """Make it small."""
        return None if value is None else pack(value)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> Any:  # noqa: ARG002
        """Make it whole."""
        return None if value is None else unpack(value)


_CENT: Final = Decimal("0.01")
