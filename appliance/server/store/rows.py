"""Rows in memory, kept true by hand: the only place that goes behind the ORM's back.

The statements that every claim runs are made once and sent to the connection directly, which costs
less than half of what the session's own flush does (see `benchmarks/README.md`). The session does
not see them, so the object that the caller holds is told what the database has been told. Nothing
here is written to the database, then or later.
"""

from __future__ import annotations

from sqlalchemy.orm import Session, make_transient_to_detached
from sqlalchemy.orm.attributes import set_committed_value

from .models import Base, Staff


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
    """A person whose row was read a moment ago by whoever identified them.

    To ask for the name again would cost a round trip in each claim. What else is asked of the
    object is loaded then.

    Args:
        session: The open one.
        person_id: Whose row it is.
        name: As identified.
    """
    person = Staff(id=person_id, name=name)
    make_transient_to_detached(person)
    return session.merge(person, load=False)
