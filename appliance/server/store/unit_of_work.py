"""The unit of work: the only thing that commits.

`Store.run` opens one, lets a use case work in it, stores the answer beside the change, commits,
and only then tells what changed. A deadlock, a lock time-out or a lost connection rolls the whole
of it back and tries again.
"""

from __future__ import annotations

import itertools
import logging
import math
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, TypeVar, cast

from sqlalchemy import Connection, CursorResult, Result, insert, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from appliance.protocol import PrintRole
from appliance.server.domain.errors import (
    AuthenticationRequired,
    Busy,
    DomainError,
    Unavailable,
)
from appliance.server.domain.states import SYSTEM, Actor

from . import answers, trouble
from .answers import Answer, Request
from .db import PATIENCE_SECONDS, Database, NoConnectionFree
from .models import Base, HistoryEntry
from .prepared import Prepared, settle

log = logging.getLogger(__name__)
T = TypeVar("T")
Clock = Callable[[], datetime]
ATTEMPTS: Final = 5
LOOKS: Final = 4
WORTH_TRYING_SECONDS: Final = 5.0
"""After the last change that could not be saved."""
_INSERT_HISTORY: Final = Prepared(
    insert(HistoryEntry.__table__).inline()  # type: ignore[arg-type]
)


_AS_OF_ONE_MOMENT: Final = Prepared(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))


class LookAgain(Busy):
    """Somebody waits, but every row is held at this instant; the next look usually finds one."""

    def __init__(self) -> None:
        super().__init__(trouble.BUSY)


@dataclass(slots=True)
class Changes:
    """What a unit of work touched, for those who are told after the commit."""

    queue: bool = False
    devices: bool = False
    catalog: bool = False
    transactions: set[int] = field(default_factory=set)
    print_roles: set[PrintRole] = field(default_factory=set)
    drawer: bool = False
    """A cash drawer is to be opened."""
    revoked: set[str] = field(default_factory=set)
    """Keys of actors whose identity died."""

    def __bool__(self) -> bool:
        return bool(
            self.queue
            or self.devices
            or self.catalog
            or self.transactions
            or self.print_roles
            or self.drawer
            or self.revoked
        )


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
        self._one_row_each: list[tuple[Callable[[], int], DomainError]] = []

    @property
    def connection(self) -> Connection:
        """The session's own connection, for statements whose rows nobody needs as objects."""
        return self.session.connection()

    def add(self, row: Base) -> None:
        """Write a new row at once, so that it has its id."""
        self.session.add(row)
        self.session.flush()

    def write_later(
        self,
        change: Prepared,
        values: Mapping[str, Any],
        unless: DomainError | None = None,
    ) -> None:
        """Write something together with what is asked or written next: one way there and back.

        What follows in this unit sees it written. What goes wrong with it is raised no later than
        before the COMMIT, which never follows an error.

        Args:
            change: What is written.
            values: By the names of its parameters.
            unless: Refuses the whole unit where it has not changed exactly one row.
        """
        changed = change.changed_later(self.connection, values)
        if unless is not None:
            self._one_row_each.append((changed, unless))

    def settle(self) -> None:
        """Write what has not been written yet, and see that all of it was right.

        Raises:
            DomainError: What `write_later` was given.
        """
        self.session.flush()
        if self.session.in_transaction():
            settle(self.connection)
        for changed, unless in self._one_row_each:
            if changed() != 1:
                raise unless

    def write_or(self, refusal: DomainError) -> None:
        """Write at once what has changed, where a name may have been taken a moment ago.

        Raises:
            DomainError: The refusal, where somebody was faster.
        """
        try:
            self.session.flush()
        except IntegrityError:
            raise refusal from None

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
        # Past the ORM: every event writes one, and nobody reads it in the same unit.
        self.write_later(
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
        saves: Whether changes could be saved, as far as is known. A disk that is full or a server
            that is read-only still answers every look.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self.database = database
        self.clock = clock
        self.on_commit: Callable[[Changes], None] = lambda _changes: None
        self.saves = True
        self._could_not_save_at = -math.inf

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
        return self._run(work, _no_later(), repeatable=repeatable)

    def _cannot_save(self) -> None:
        self.saves = False
        self._could_not_save_at = time.monotonic()

    @property
    def is_worth_trying(self) -> bool:
        """Whether the last change that could not be saved is long enough ago.

        On a full disk a small change finds room in a page that is there already where another one
        finds none: one success right after a failure proves nothing.
        """
        return time.monotonic() - self._could_not_save_at >= WORTH_TRYING_SECONDS

    def try_saving(self) -> None:
        """Find out whether changes can be saved again.

        Raises:
            DomainError: Not yet.
        """
        probe = Request(SYSTEM, "try_saving", "try_saving")

        def save(unit: UnitOfWork) -> None:
            answers.forget(unit.session, probe)
            answers.remember(unit.session, probe, {}, unit.now())

        failed_at = self._could_not_save_at
        try:
            self.run(save, repeatable=True)
        finally:
            # That a trial failed does not put the next one off.
            self._could_not_save_at = failed_at
        self.saves = True

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
                _AS_OF_ONE_MOMENT.changed_later(unit.connection, {})
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
        no_later = _no_later()

        def work_and_remember(unit: UnitOfWork) -> Answer:
            result = work(unit, who(unit))
            answers.remember(unit.session, request, result, unit.now())
            return result

        try:
            return self._run(work_and_remember, no_later, repeatable=request is not None)
        except AuthenticationRequired:
            raise
        except IntegrityError:
            # A repeated request: its answer was there first, and what it did again is rolled back.
            stored = self._stored(request, no_later)
            if stored is None:
                raise
            return stored
        except DomainError as error:
            if isinstance(error, Unavailable):
                raise  # Its client asks again; a database that hangs is not asked twice for one.
            # A repeated request may well be refused: what it asks for has been done already.
            stored = self._stored(request, no_later)
            if stored is not None:
                return stored
            if isinstance(error, Busy):
                raise
            refusal = refuse(error)
            if request is not None and error.lasting:
                return self._refused(request, refusal, no_later)
            return refusal

    def _refused(self, request: Request, refusal: Answer, no_later: float) -> Answer:
        try:
            self._run(
                lambda unit: answers.remember(unit.session, request, refusal, unit.now()),
                no_later,
                repeatable=True,
            )
        except IntegrityError:
            return self._stored(request, no_later) or refusal
        return refusal

    def _stored(self, request: Request | None, no_later: float) -> Answer | None:
        if request is None:
            return None
        return self._run(lambda unit: answers.stored(unit.session, request), no_later)

    def _run(
        self, work: Callable[[UnitOfWork], T], no_later: float, *, repeatable: bool = False
    ) -> T:
        result, changes = self._attempts(
            lambda session: self._once(session, work, repeatable=repeatable), no_later
        )
        if changes:
            self.saves = True
            self._tell(changes)
        return result

    def _once(
        self, session: Session, work: Callable[[UnitOfWork], T], *, repeatable: bool
    ) -> tuple[T, Changes]:
        unit = UnitOfWork(session, self.clock)
        result = work(unit)
        unit.settle()
        try:
            session.commit()
        except BaseException as error:
            # The server may have refused the COMMIT and kept the transaction open. The pool resets
            # nothing: the next to get this connection would commit what was refused here.
            session.invalidate()
            if isinstance(error, DBAPIError) and trouble.may_be_committed(error):
                self._cannot_save()
                if not repeatable:
                    raise Unavailable(trouble.UNKNOWN) from error
            raise
        return result, unit.changes

    def _attempts(self, attempt: Callable[[Session], T], no_later: float) -> T:
        for number in itertools.count(1):
            try:
                with self.database.session(no_later - time.monotonic()) as session:
                    return attempt(session)
            except LookAgain:
                if number >= LOOKS:
                    raise
                time.sleep(random.uniform(0.02, 0.05))  # noqa: S311
            except NoConnectionFree:
                raise Unavailable(trouble.UNAVAILABLE) from None
            except DBAPIError as error:
                if (
                    number == ATTEMPTS
                    or time.monotonic() > no_later
                    or not trouble.worth_retrying(error)
                ):
                    if trouble.takes_no_changes(error):
                        self._cannot_save()
                    raise trouble.as_domain_error(error) from error
                log.info("trying again after %s", trouble.number(error) or error)
                # Jitter, so that those who collided do not collide again.
                time.sleep(random.uniform(0.005, 0.02) * number)  # noqa: S311
        raise AssertionError("unreachable")

    def _tell(self, changes: Changes) -> None:
        try:
            self.on_commit(changes)
        except Exception:  # What is committed is done, whether or not the screens learn of it.
            log.exception("a change could not be told")


def _no_later() -> float:
    """The moment after which nothing new is begun for an asker who comes now."""
    return time.monotonic() + PATIENCE_SECONDS


def affected(result: Result[Any]) -> int:
    """How many rows an UPDATE or DELETE changed."""
    return cast("CursorResult[Any]", result).rowcount


def is_reachable(database: Database) -> bool:
    """Whether the database answers."""
    try:
        with database.session() as session:
            return session.scalar(select(1)) == 1
    except (DBAPIError, NoConnectionFree):
        return False
