"""Statements that are put into words once, and given to the driver as they are.

What every event asks, it asks in the same words. SQLAlchemy looks those up again each time, lays
its own result over the driver's and reports to its own bookkeeping, which costs as much as the
driver does. Here a statement is compiled once for the database in use; each time only its values
are put in, and the rows are read as its columns' types say. Listeners of SQLAlchemy's
`before_cursor_execute` hear of it, and its errors are SQLAlchemy's, a lost connection included.

For a handful of statements: those of the claim and of what every event does. All others go the
usual way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Executable

from . import driver

_Process = Callable[[Any], Any] | None


class _Words(NamedTuple):
    """A statement for one database and one set of values.

    Attributes:
        text: With the driver's own marks for values.
        values: The name of each, what it is unless one is given, and how the driver wants it.
        in_order: The names by the order of the marks, for a driver whose marks have none.
        columns: How each column of an answer is read.
    """

    text: str
    values: list[tuple[str, Any, _Process]]
    in_order: list[str] | None
    columns: list[_Process]


class Prepared:
    """A statement that is made often.

    Args:
        statement: A SELECT, or a change whose values are those that are given each time.

    Attributes:
        statement: The same.
    """

    def __init__(self, statement: Executable) -> None:
        self.statement: Final = statement
        self._words: dict[tuple[str, ...], _Words] = {}

    def rows(self, connection: Connection, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """What a SELECT finds.

        Args:
            connection: In a transaction.
            values: By the names of its parameters.
        """
        words = self._for(connection, values)
        cursor = self._sent(connection, words, values)
        try:
            return _read(cursor.fetchall(), words.columns)
        finally:
            cursor.close()

    def first(self, connection: Connection, values: Mapping[str, Any]) -> tuple[Any, ...] | None:
        """The first row that a SELECT finds."""
        found = self.rows(connection, values)
        return found[0] if found else None

    def changed(self, connection: Connection, values: Mapping[str, Any]) -> int:
        """How many rows a change has changed."""
        cursor = self._sent(connection, self._for(connection, values), values)
        try:
            return int(cursor.rowcount)
        finally:
            cursor.close()

    def rows_later(
        self, connection: Connection, values: Mapping[str, Any]
    ) -> Callable[[], list[tuple[Any, ...]]]:
        """What a SELECT finds, asked for together with the next statement.

        Returns:
            To be called after that one: the rows.
        """
        words = self._for(connection, values)
        later = self._sent_later(connection, words, values)
        if later is None:
            found = self.rows(connection, values)
            return lambda: found
        return lambda: _read(later.result.rows, words.columns)

    def changed_later(self, connection: Connection, values: Mapping[str, Any]) -> Callable[[], int]:
        """A change that is sent together with the next statement, or by `settle`.

        Its error is raised there.

        Returns:
            To be called after that: how many rows have changed.
        """
        later = self._sent_later(connection, self._for(connection, values), values)
        if later is None:
            changed = self.changed(connection, values)
            return lambda: changed
        return lambda: int(later.result.affected_rows)

    def _for(self, connection: Connection, values: Mapping[str, Any]) -> _Words:
        key = (connection.dialect.name, *values)
        words = self._words.get(key)
        if words is None:
            words = self._words[key] = _in_words(connection, self.statement, list(values))
        return words

    @staticmethod
    def _sent_later(
        connection: Connection, words: _Words, values: Mapping[str, Any]
    ) -> driver.Later | None:
        """None where this database's driver sends one statement at a time."""
        sends = connection.connection.driver_connection
        if not isinstance(sends, driver.Connection):
            return None
        cursor, given = _told(connection, words, values)
        try:
            return sends.send_later(cursor.mogrify(words.text, given))
        except BaseException as error:
            connection._handle_dbapi_exception(error, words.text, given, cursor, None)
            raise

    @staticmethod
    def _sent(connection: Connection, words: _Words, values: Mapping[str, Any]) -> Any:
        cursor, given = _told(connection, words, values)
        try:
            cursor.execute(words.text, given)
        except BaseException as error:
            # As with SQLAlchemy's own statements: the error is named by its class, and where the
            # connection is lost, the pool is warned of all the others.
            connection._handle_dbapi_exception(error, words.text, given, cursor, None)
            raise
        return cursor


def settle(connection: Connection) -> None:
    """Send what waits for a next statement that does not come.

    Raises:
        DBAPIError: One of the statements was refused.
    """
    sends = connection.connection.driver_connection
    if isinstance(sends, driver.Connection):
        try:
            sends.settle()
        except BaseException as error:
            connection._handle_dbapi_exception(error, "what was sent together", None, None, None)
            raise


def _told(connection: Connection, words: _Words, values: Mapping[str, Any]) -> tuple[Any, Any]:
    """A cursor for a statement and its values as the driver wants them; listeners have heard."""
    given: Any = {
        name: value if process is None else process(value)
        for name, value, process in [
            (name, values.get(name, default), process) for name, default, process in words.values
        ]
    }
    if words.in_order is not None:
        given = tuple([given[name] for name in words.in_order])
    cursor = connection.connection.cursor()
    for heard in connection.dispatch.before_cursor_execute:
        heard(connection, cursor, words.text, given, None, False)
    return cursor, given


def _read(rows: Iterable[Sequence[Any]], columns: list[_Process]) -> list[tuple[Any, ...]]:
    return [
        tuple(
            [
                value if process is None else process(value)
                for value, process in zip(row, columns, strict=True)
            ]
        )
        for row in rows
    ]


def _in_words(connection: Connection, statement: Any, names: list[str]) -> _Words:
    dialect = connection.dialect
    compiled = statement.compile(dialect=dialect, column_keys=names)
    if compiled.post_compile_params:
        raise ValueError("a list of values is another statement for each of its lengths")
    if getattr(compiled, "insert_prefetch", ()) or getattr(compiled, "update_prefetch", ()):
        raise ValueError("every value of a prepared change is given")
    return _Words(
        compiled.string,
        [
            (name, default, compiled._bind_processors.get(name))
            for name, default in compiled.params.items()
        ],
        compiled.positiontup,
        [
            column.type.dialect_impl(dialect).result_processor(dialect, None)
            for column in getattr(statement, "selected_columns", ())
        ],
    )
