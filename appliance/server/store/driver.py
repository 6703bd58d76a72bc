"""PyMySQL, made to read the same answers in a fraction of the time.

Before its rows, every answer of MariaDB describes each of its columns, in the same bytes whenever
the same statement is made. PyMySQL takes those apart in Python, each time: for a table of forty
columns and one row that is most of what reading the answer costs. Here they are taken apart once,
and known by their bytes after that: what these say cannot have changed when they have not.

Nothing that comes is taken for something else: where the descriptions have not come in one piece,
or have never been seen, PyMySQL reads them.

And statements whose answers nobody waits for travel together: each waits for the next one, whatever
that is, and MariaDB answers all of them in their order (`docs/decisions/libraries.md`).
"""

from __future__ import annotations

import struct
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from pymysql.connections import Connection as PlainConnection
from pymysql.connections import MySQLResult as PlainResult
from pymysql.constants import COMMAND, FIELD_TYPE
from pymysql.converters import conversions, convert_datetime
from pymysql.err import InternalError, MySQLError

_CHARSET: Final = "utf8mb4"
_HEADER: Final = 4
"""Bytes before each packet: three of its length, one of its number."""
_NULL: Final = 251
"""In the place of a value's length; what is larger says in how many bytes the length follows."""
_KNOWN_AT_MOST: Final = 1000
"""Statements whose columns are remembered, of 3 KB each at most: more than the server makes."""
_LONGEST: Final = 32 * 1024
"""Of a statement that may travel with others, so that all of them fit into what a socket holds:
MariaDB reads on while its first answers wait to be read."""
_MOST_TOGETHER: Final = 8


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


class Later:
    """A statement whose answer comes with the next one's.

    Args:
        statement: As it is sent.

    Attributes:
        result: Its answer; None until it has come.
    """

    __slots__ = ("result", "statement")

    def __init__(self, statement: bytes) -> None:
        self.statement = statement
        self.result: Any = None

    def packet(self) -> bytes:
        """As MariaDB reads it."""
        length = len(self.statement) + 1  # and the command
        return struct.pack("<iB", length, COMMAND.COM_QUERY) + self.statement


class Connection(_Plain):
    """A connection whose answers are read by `Result`.

    Args:
        **options: PyMySQL's, but for the character set and the conversions of values.
    """

    def __init__(self, **options: Any) -> None:
        self._waiting: list[Later] = []
        self._ahead = b""
        super().__init__(charset=_CHARSET, conv=_CONVERSIONS, **options)

    def send_later(self: Any, statement: str) -> Later:
        """Send a statement together with the next one.

        An error of it is raised where its answer is read: by the next statement, or by `settle`.
        Until then nothing is known of it. The next statement has been done by then even so, so
        this is for what is rolled back as a whole.

        Args:
            statement: With its values.
        """
        later = Later(statement.encode(self.encoding))
        self._waiting.append(later)
        if len(later.statement) > _LONGEST or len(self._waiting) >= _MOST_TOGETHER:
            self.settle()
        return later

    def settle(self: Any) -> None:
        """Send what waits, and read all answers.

        Raises:
            MySQLError: One of the statements was refused; the first of these.
        """
        if self._waiting:
            last = self._waiting.pop()
            self.query(last.statement)
            last.result = self._result

    def commit(self) -> None:
        """Commit, where everything before has been accepted."""
        # Never in one go: what follows an error is done all the same.
        self.settle()
        super().commit()

    def rollback(self) -> None:
        """Roll back; what has not been sent never is."""
        self._waiting.clear()
        super().rollback()

    def _execute_command(self: Any, command: int, sql: str | bytes) -> None:
        waiting, self._waiting = self._waiting, []
        self._ahead = b"".join([later.packet() for later in waiting])
        try:
            super()._execute_command(command, sql)  # type: ignore[misc]  # missing in its types
        finally:
            self._ahead = b""
        if waiting:
            self._read_ahead(waiting)

    def _write_bytes(self: Any, data: bytes) -> None:
        ahead, self._ahead = self._ahead, b""
        super()._write_bytes(ahead + data)  # type: ignore[misc]  # missing in its types

    def _read_ahead(self: Any, waiting: list[Later]) -> None:
        """Read the answers that come before the one to what has just been sent."""
        refused = None
        for later in waiting:
            self._next_seq_id = 1
            try:
                later.result = self._answer()
            except MySQLError as error:
                if not self.open:
                    raise
                refused = refused or error
        self._next_seq_id = 1
        if refused is not None:
            with suppress(MySQLError):
                self._answer()
            raise refused

    def _answer(self: Any) -> Result:
        result = Result(self)
        result.read()
        if result.server_status is not None:
            self.server_status = result.server_status
        return result

    def _read_query_result(self: Any, unbuffered: bool = False) -> int | None:
        # PyMySQL's own, which says by name what class reads the answer.
        self._result = None
        if not unbuffered:
            self._result = self._answer()
        else:
            result = Result(self)
            result.init_unbuffered_query()
            self._result = result
            if result.server_status is not None:
                self.server_status = result.server_status
        return self._result.affected_rows  # type: ignore[no-any-return]

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
