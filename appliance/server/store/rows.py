"""Rows in memory, kept true by hand: the only place that goes behind the ORM's back.

The statements that every claim runs are prepared and sent to the driver, which costs a fraction of
what the session's own loading and flush do. The session does not see them, so the objects that the
caller holds are made here, and told what the database has been told. Nothing here is written to
the database, then or later.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

from sqlalchemy import Select
from sqlalchemy.orm import Session, class_mapper, make_transient_to_detached
from sqlalchemy.orm.attributes import instance_dict, set_committed_value

from .models import Base, Staff
from .prepared import Prepared

T = TypeVar("T", bound=Base)


class Objects(Generic[T]):
    """Objects of whole rows, by a prepared statement.

    Args:
        kind: Of which table.
        statement: Selects all of its columns, as `select(kind)` does.
    """

    def __init__(self, kind: type[T], statement: Select[T]) -> None:
        mapper = class_mapper(kind)
        self._prepared = Prepared(statement)
        self._new = mapper.class_manager.new_instance
        self._key = mapper.identity_key_from_primary_key
        self._names = [
            mapper.get_property_by_column(column).key for column in statement.selected_columns
        ]
        self._id = self._names.index("id")
        self._related = [relationship.key for relationship in mapper.relationships]

    def all(self, session: Session, values: Mapping[str, Any], *, fresh: bool = False) -> list[T]:
        """The objects, in the order of the rows.

        Args:
            session: Knows them afterwards.
            values: By the names of the statement's parameters.
            fresh: Whether those that the session has known before say now what the rows say, and
                forget what belongs to them; they are left as they are otherwise.
        """
        found = self._prepared.rows(session.connection(), values)
        return [self._object(session, row, fresh) for row in found]

    def first(
        self, session: Session, values: Mapping[str, Any], *, fresh: bool = False
    ) -> T | None:
        """The first object, or None; as `all`."""
        found = self._prepared.first(session.connection(), values)
        return None if found is None else self._object(session, found, fresh)

    def first_later(
        self, session: Session, values: Mapping[str, Any], *, fresh: bool = False
    ) -> Callable[[], T | None]:
        """As `first`, but asked for together with the next statement.

        Returns:
            To be called after that one.
        """
        rows = self._prepared.rows_later(session.connection(), values)

        def found() -> T | None:
            first = rows()[:1]
            return self._object(session, first[0], fresh) if first else None

        return found

    def _object(self, session: Session, row: tuple[Any, ...], fresh: bool) -> T:
        known: T | None = session.identity_map.get(self._key((row[self._id],)))
        if known is None:
            made: T = self._new()
            instance_dict(made).update(zip(self._names, row, strict=True))
            make_transient_to_detached(made)
            session.add(made)
            return made
        if fresh:
            if self._related:
                session.expire(known, self._related)
            know(known, **dict(zip(self._names, row, strict=True)))
        return known


def know(row: Base, **values: object) -> None:
    """Let an object say what the database already says.

    Args:
        row: Any mapped object.
        **values: Attributes, relationships too: a flush will not write them again, and reading
            them asks for no row.
    """
    for name, value in values.items():
        set_committed_value(row, name, value)


def person_known(session: Session, person_id: int, name: str) -> Staff:
    """A person whose row was read a moment ago when they were identified.

    To ask for the name again would cost a round trip in each claim. What else is asked of the
    object is loaded then.

    Args:
        session: The open one.
        person_id: Whose row it is.
        name: As identified.
    """
    known = session.identity_map.get(
        class_mapper(Staff).identity_key_from_primary_key((person_id,))
    )
    if isinstance(known, Staff):
        return known
    person = Staff(id=person_id, name=name)
    make_transient_to_detached(person)
    session.add(person)
    return person
