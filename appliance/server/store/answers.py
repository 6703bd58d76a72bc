"""Stored answers: a repeated request gets the answer that it got the first time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from appliance.server.domain.errors import ValidationFailed
from appliance.server.domain.states import Actor

from .models import StoredResult
from .prepared import Prepared

Answer = dict[str, Any]
"""What the asker is told, ready to be sent and stored."""

_AT_ONCE: Final = 500
"""Answers that are forgotten in one transaction: milliseconds of locks. More than are given in the
time between two of them, so that none pile up."""
_INSERT: Final = Prepared(
    insert(StoredResult.__table__).inline()  # type: ignore[arg-type]
)


@dataclass(frozen=True, slots=True)
class Request:
    """A request that may be repeated.

    Attributes:
        actor: Who asks; each has request ids of their own.
        id: What the client calls it, up to 64 characters.
        event: What is asked for.
        payload: A digest of what it is asked with; None where its client repeats by name alone.
    """

    actor: Actor
    id: str
    event: str
    payload: str | None = None


def remember(session: Session, request: Request | None, answer: Answer, at: datetime) -> None:
    """Write the answer beside the change that it tells of.

    Args:
        session: Of the change.
        request: What is answered; None where nobody can repeat it.
        answer: As it is sent.
        at: The moment.

    Where the request has an answer already, the unit of work ends with an IntegrityError.
    """
    if request is None:
        return
    session.flush()
    # Past the ORM: every event writes one, and nobody reads it in the same transaction.
    _INSERT.changed_later(
        session.connection(),
        {
            "actor": request.actor.key,
            "request_id": request.id,
            "event": "",
            "payload": request.payload,
            "result": {},
            "packed": (request.event, answer),
            "at": at,
        },
    )


def stored(session: Session, request: Request) -> Answer | None:
    """The answer that a request got; None where it has none yet.

    Raises:
        ValidationFailed: Something else got an answer under this name. To give that one would tell
            the asker that what they ask for has been done.
    """
    row = session.get(StoredResult, (request.actor.key, request.id))
    if row is None:
        return None
    # The release before this one wrote no digest.
    others = row.payload is not None and request.payload is not None
    if row.asked_for != request.event or (others and row.payload != request.payload):
        raise ValidationFailed("This request_id was used for another request. Use a new one.")
    return row.answer


def forget(session: Session, request: Request) -> None:
    """Let a request be made again."""
    session.execute(
        delete(StoredResult).where(
            StoredResult.actor == request.actor.key, StoredResult.request_id == request.id
        )
    )


def forget_older(session: Session, than: datetime) -> None:
    """Forget some of the answers that nobody repeats any more, the oldest first."""
    old = StoredResult.at < than
    until = session.scalar(
        select(StoredResult.at).where(old).order_by(StoredResult.at).offset(_AT_ONCE - 1).limit(1)
    )
    session.execute(delete(StoredResult).where(old if until is None else StoredResult.at <= until))


def renew(session: Session, now: datetime) -> None:
    """Keep the answers that are there for as long as if they were given now."""
    session.connection().execute(update(StoredResult).values(at=now))
