"""The unit of work: the only thing that commits.

`Store.run` opens one, lets a use case work in it, stores the answer beside the change, commits,
and only then tells what changed. A deadlock, a lock time-out or a lost connection rolls the whole
of it back and tries again.
"""

from __future__ import annotations

import itertools
import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, TypeVar, cast

from sqlalchemy import Connection, CursorResult, Result, insert, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from appliance.protocol import PrintRole
from appliance.server.domain.errors import (
    AuthenticationRequired,
    Busy,
    DomainError,
    Unavailable,
)
from appliance.server.domain.states import Actor

from .db import Database
from .models import HistoryEntry, StoredResult

log = logging.getLogger(__name__)
T = TypeVar("T")
_UNKNOWN: Final = (
    "The appliance lost its database while it was saving. Please look whether it was done."
)
_BUSY: Final = "Somebody else is working on this at the moment. Please try again."
_UNAVAILABLE: Final = (
    "The appliance cannot reach its database. It keeps trying; please try again soon."
)
Clock = Callable[[], datetime]
Answer = dict[str, Any]
"""What the asker is told, ready to be sent and stored."""

ATTEMPTS: Final = 5
RETRY_FOR_SECONDS: Final = 1.0
"""A failure that took longer than this is not tried again: the caller waits for an answer."""
LOOKS: Final = 4
_TRANSIENT: Final = frozenset({1020, 1205, 1213, 1969})
"""Record changed, lock wait time-out, deadlock, statement time-out: the connection lives."""
_LOST: Final = frozenset({2003, 2006, 2013, 2014, 2055, 1053, 1927, 4031})
"""The connection is gone; it may have been gone after the COMMIT reached the server."""
_NO_ROOM_OR_READ_ONLY: Final = frozenset({3, 28, 1021, 1026, 1030, 1041, 1114, 1290, 1792, 1836})
"""Disk or table full, out of memory, read-only server: nothing was changed."""
_CHECK_FAILED: Final = 4025
_INSERT_HISTORY: Final = insert(HistoryEntry.__table__)  # type: ignore[arg-type]
_INSERT_RESULT: Final = insert(StoredResult.__table__)  # type: ignore[arg-type]
_REMEMBERED: Final = frozenset(
    {
        "validation_failed",
        "not_found",
        "forbidden",
        "invalid_state",
        "nothing_waiting",
        "room_unavailable",
        "insufficient_payment",
    }
)
"""Refusals that a repeated request gets again; `busy` and `unavailable` ask to be tried again."""


class LookAgain(Busy):
    """Somebody waits, but every row is held at this instant; the next look usually finds one."""

    def __init__(self) -> None:
        super().__init__(_BUSY)


@dataclass(slots=True)
class Changes:
    """What a unit of work touched, for those who are told after the commit."""

    queue: bool = False
    devices: bool = False
    catalog: bool = False
    transactions: set[int] = field(default_factory=set)
    print_roles: set[PrintRole] = field(default_factory=set)
    revoked: set[str] = field(default_factory=set)
    """Keys of actors whose identity died."""

    def __bool__(self) -> bool:
        return bool(
            self.queue
            or self.devices
            or self.catalog
            or self.transactions
            or self.print_roles
            or self.revoked
        )


@dataclass(frozen=True, slots=True)
class Request:
    """A request that may be repeated.

    Attributes:
        actor: Who asks; each has request ids of their own.
        id: What the client calls it, up to 64 characters.
        event: What is asked for.
    """

    actor: Actor
    id: str
    event: str


class UnitOfWork:
    """What a use case works with.

    Attributes:
        session: The open transaction.
        changes: What is touched, told after the commit.
    """

    def __init__(self, session: Session, clock: Clock) -> None:
        self.session = session
        self.changes = Changes()
        self.now = clock

    @property
    def connection(self) -> Connection:
        """The session's own connection, for statements whose rows nobody needs as objects."""
        return self.session.connection()

    def record(
        self,
        event: str,
        actor: Actor,
        at: datetime,
        *,
        transaction_id: int | None = None,
        source: str | None = None,
        target: str | None = None,
        detail: dict[str, object] | None = None,
    ) -> None:
        """Write a history row."""
        # Core rather than the ORM here and in `_remember`: nobody reads these rows back in the
        # same unit of work, and every event writes them.
        self.connection.execute(
            _INSERT_HISTORY,
            {
                "at": at,
                "event": event,
                "transaction_id": transaction_id,
                "from_status": source,
                "to_status": target,
                "actor_role": actor.role,
                "actor_id": actor.id,
                "actor_name": actor.name,
                "detail": detail,
            },
        )


class Store:
    """The database as use cases see it.

    Attributes:
        database: The engine behind it.
        clock: Tells the moment, aware UTC.
        on_commit: Called with what changed, after the commit and outside every lock.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self.database = database
        self.clock = clock
        self.on_commit: Callable[[Changes], None] = lambda _changes: None

    def run(self, work: Callable[[UnitOfWork], T], *, repeatable: bool = False) -> T:
        """Do something once, whole or not at all.

        Args:
            work: The use case; it may be called again after a roll-back, so it keeps no state.
            repeatable: Whether it finds out by itself that it has been done already. Only then is
                it done again where the connection was lost during the COMMIT, which may or may not
                have reached the database.

        Returns:
            What the use case returns.

        Raises:
            DomainError: The use case refused; nothing was changed.
            Busy: Others kept the rows for too long.
            Unavailable: The database cannot be reached.
        """
        result, changes = self._attempts(
            lambda session: self._once(session, work, repeatable=repeatable)
        )
        if changes:
            self.on_commit(changes)
        return result

    def look(self, work: Callable[[UnitOfWork], T]) -> T:
        """Read something as of one moment.

        Under READ COMMITTED, which claims need, each statement of a transaction sees what was
        committed before it: a visit would be shown with the items of the moment after.

        Args:
            work: Reads, and changes nothing.

        Returns:
            What the work returns.

        Raises:
            DomainError: As `run` does.
        """

        def at_one_moment(unit: UnitOfWork) -> T:
            if not self.database.is_sqlite:
                # For the coming transaction alone; SQLite reads so anyway.
                unit.session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
            return work(unit)

        return self.run(at_one_moment)

    def answer(
        self,
        who: Callable[[UnitOfWork], Actor],
        work: Callable[[UnitOfWork, Actor], Answer],
        refuse: Callable[[DomainError], Answer],
        request: Request | None = None,
    ) -> Answer:
        """Do something for somebody and return its answer, the same one for the same request.

        Args:
            who: Identifies the asker as of this moment, in the same transaction.
            work: The use case with its answer made presentable.
            refuse: Makes a refusal presentable.
            request: Names the request, where its client wants to be able to repeat it.

        Returns:
            The answer, or the refusal; for a repeated request the stored one.

        Raises:
            AuthenticationRequired: The asker is nobody any more.
            Busy: Others kept the rows for too long.
            Unavailable: The database cannot be reached.
        """

        def work_and_remember(unit: UnitOfWork) -> Answer:
            result = work(unit, who(unit))
            _remember(unit, request, result)
            return result

        try:
            return self.run(work_and_remember, repeatable=request is not None)
        except AuthenticationRequired:
            raise
        except IntegrityError:
            # A repeated request: its answer was there first, and what it did again is rolled back.
            stored = self._stored(request)
            if stored is None:
                raise
            return stored
        except DomainError as error:
            # A repeated request may well be refused: what it asks for has been done already.
            stored = self._stored(request)
            if stored is not None:
                return stored
            if isinstance(error, Busy | Unavailable):
                raise
            refusal = refuse(error)
            if request is not None and error.code in _REMEMBERED:
                return self._refused(request, refusal)
            return refusal

    def _refused(self, request: Request, refusal: Answer) -> Answer:
        try:
            self.run(lambda unit: _remember(unit, request, refusal), repeatable=True)
        except IntegrityError:
            return self._stored(request) or refusal
        return refusal

    def _stored(self, request: Request | None) -> Answer | None:
        if request is None:
            return None
        row = self.run(lambda unit: unit.session.get(StoredResult, (request.actor.key, request.id)))
        return None if row is None else row.result

    def _once(
        self, session: Session, work: Callable[[UnitOfWork], T], *, repeatable: bool
    ) -> tuple[T, Changes]:
        unit = UnitOfWork(session, self.clock)
        result = work(unit)
        session.flush()
        try:
            session.commit()
        except DBAPIError as error:
            if _is_lost(error) and not repeatable:
                raise Unavailable(_UNKNOWN) from error
            raise
        return result, unit.changes

    def _attempts(self, attempt: Callable[[Session], T]) -> T:
        give_up_at = time.monotonic() + RETRY_FOR_SECONDS
        for number in itertools.count(1):
            try:
                with self.database.session() as session:
                    return attempt(session)
            except LookAgain:
                if number >= LOOKS:
                    raise
                time.sleep(random.uniform(0.02, 0.05))  # noqa: S311
            except PoolTimeout:
                raise Unavailable(_UNAVAILABLE) from None
            except DBAPIError as error:
                if (
                    number == ATTEMPTS
                    or time.monotonic() > give_up_at
                    or not _worth_retrying(error)
                ):
                    raise _as_domain_error(error) from error
                log.info("trying again after %s", _error_number(error) or error)
                # Jitter, so that those who collided do not collide again.
                time.sleep(random.uniform(0.005, 0.02) * number)  # noqa: S311
        raise AssertionError("unreachable")


def _remember(unit: UnitOfWork, request: Request | None, result: Answer) -> None:
    if request is not None:
        unit.session.flush()
        unit.connection.execute(
            _INSERT_RESULT,
            {
                "actor": request.actor.key,
                "request_id": request.id,
                "event": request.event,
                "result": result,
                "at": unit.now(),
            },
        )


def _error_number(error: DBAPIError) -> int | None:
    arguments = getattr(error.orig, "args", ())
    return arguments[0] if arguments and isinstance(arguments[0], int) else None


def _worth_retrying(error: DBAPIError) -> bool:
    number = _error_number(error)
    # A lock time-out has already waited; waiting five times as long helps nobody.
    return number in {1020, 1213} or _is_lost(error)


def _is_lost(error: DBAPIError) -> bool:
    return _error_number(error) in _LOST or error.connection_invalidated


def _as_domain_error(error: DBAPIError) -> Exception:
    number = _error_number(error)
    if number in _TRANSIENT or "database is locked" in str(error.orig):
        return Busy(_BUSY)
    # PyMySQL calls a failed CHECK operational too; it is a bug of ours and no lost database.
    trouble = isinstance(error, OperationalError | InterfaceError) and number != _CHECK_FAILED
    if trouble or _is_lost(error) or number in _NO_ROOM_OR_READ_ONLY:
        return Unavailable(_UNAVAILABLE)
    return error


def affected(result: Result[Any]) -> int:
    """How many rows an UPDATE or DELETE changed."""
    return cast("CursorResult[Any]", result).rowcount


def is_reachable(database: Database) -> bool:
    """Whether the database answers."""
    try:
        with database.session() as session:
            return session.scalar(select(1)) == 1
    except (DBAPIError, PoolTimeout):
        return False
