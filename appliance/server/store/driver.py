"""PyMySQL, made to read the same answers in a fraction of the time.

Before its rows, every answer of MariaDB describes each of its columns, in the same bytes whenever
the same statement is made. PyMySQL takes those apart in Python, each time: for a table of forty
columns and one row that is most of what reading the answer costs. Here they are taken apart once,
and known by their bytes after that: what these say cannot have changed when they have not.

Nothing is done to what is sent, and nothing that comes is taken for something else: where the
descriptions have not come in one piece, or have never been seen, PyMySQL reads them
(`docs/decisions/libraries.md`).
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from pymysql.connections import Connection as PlainConnection
from pymysql.connections import MySQLResult as PlainResult
from pymysql.constants import FIELD_TYPE
from pymysql.converters import conversions, convert_datetime
from pymysql.err import InternalError

_CHARSET: Final = "utf8mb4"
_HEADER: Final = 4
"""Bytes before each packet: three of its length, one of its number."""
_NULL: Final = 251
"""In the place of a value's length; what is larger says in how many bytes the length follows."""
_KNOWN_AT_MOST: Final = 1000
"""Statements whose columns are remembered, of 3 KB each at most: more than the server makes."""


def _to_datetime(value: str) -> Any:
    try:
        return datetime.fromisoformat(value)
    except ValueError:  # PyMySQL answers text for a time that Python cannot say.
        return convert_datetime(value)


_CONVERSIONS: Final[dict[Any, Any]] = {
    **conversions,
    FIELD_TYPE.DATETIME: _to_datetime,
    FIELD_TYPE.TIMESTAMP: _to_datetime,
}


class _Columns(NamedTuple):
    """What an answer says of its columns, as PyMySQL keeps it."""

    fields: list[Any]
    converters: list[Any]
    description: tuple[Any, ...]


_known: Final[dict[bytes, _Columns]] = {}
"""The packets that describe columns → what they say. Shared by all connections, since all have the
same character set and the same conversions."""


if TYPE_CHECKING:
    _Plain = PlainConnection[Any]
else:
    _Plain = PlainConnection


class Connection(_Plain):
    """A connection whose answers are read by `Result`.

    Args:
        **options: PyMySQL's, but for the character set and the conversions of values.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(charset=_CHARSET, conv=_CONVERSIONS, **options)

    def _read_query_result(self: Any, unbuffered: bool = False) -> int | None:
        # PyMySQL's own, which says by name what class reads the answer.
        self._result = None
        result = Result(self)
        if unbuffered:
            result.init_unbuffered_query()
        else:
            result.read()
        self._result = result
        if result.server_status is not None:
            self.server_status = result.server_status
        return result.affected_rows

    def packets_to_come(self: Any, count: int) -> bytes | None:
        """The next packets as they came, headers included, without reading them yet.

        Returns:
            None where they have not all come.
        """
        try:
            come: bytes = self._rfile.peek()
        except OSError:
            return None  # Who reads next meets it too, and says what it means.
        end = 0
        for _ in range(count):
            end += _HEADER + int.from_bytes(come[end : end + 3], "little")
            if end > len(come):
                return None
        return come[:end]

    def take_packets(self: Any, packets: bytes, count: int) -> bool:
        """Read past packets that have been seen to come.

        Returns:
            False where they are not the ones whose turn it is; nothing is read then.
        """
        if packets[3] != self._next_seq_id:
            return False
        self._rfile.read(len(packets))
        self._next_seq_id = (self._next_seq_id + count) % 256
        return True


class Result(PlainResult):
    """An answer, its columns known by the bytes that describe them."""

    def _get_descriptions(self) -> None:
        connection: Any = self.connection
        count = self.field_count + 1  # and the packet that ends them
        packets = connection.packets_to_come(count)
        columns = _known.get(packets)
        if columns is not None and connection.take_packets(packets, count):
            self.fields, self.converters, self.description = columns
            return
        super()._get_descriptions()  # type: ignore[misc]  # missing in its types
        if packets is not None:
            if len(_known) >= _KNOWN_AT_MOST:
                _known.clear()
            _known[packets] = _Columns(self.fields, self.converters, self.description)

    def _read_row_from_packet(self, packet: Any) -> tuple[Any, ...]:
        # PyMySQL's own, without two calls for each value: all but long ones have a length of one
        # byte.
        data = packet.get_all_data()
        at = 0
        row: list[Any] = []
        for encoding, converter in self.converters:
            length = data[at]
            if length == _NULL:
                at += 1
                row.append(None)
                continue
            if length < _NULL:
                value = data[at + 1 : at + 1 + length]
                at += 1 + length
            else:
                packet.rewind(at)
                value = packet.read_length_coded_string()
                at += 1 + (2, 3, 8)[length - _NULL - 1] + len(value)
            if encoding is not None:
                value = value.decode(encoding)
            row.append(value if converter is None else converter(value))
        if at != len(data):
            raise InternalError("A row does not end where its values do.")
        return tuple(row)
