"""The code counter: one row, incremented inside the confirming transaction."""

from __future__ import annotations

import logging
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import Connection, bindparam, exists, select, update
from sqlalchemy.orm import Session

from appliance.server.domain.codes import LAST_NUMBER, WARN_FROM, CodeReset, Counter, settle
from appliance.server.domain.errors import InvalidState

from .models import Transaction, TransactionCounter
from .prepared import Prepared

log = logging.getLogger(__name__)

_ROW: Final = 1

# Statements are made once, as in `claims.py`: a kiosk's confirmation is waited for.
_COUNTER: Final = update(TransactionCounter.__table__).where(  # type: ignore[arg-type]
    TransactionCounter.id == _ROW
)
_INCREMENT: Final = Prepared(_COUNTER.values(number=TransactionCounter.number + 1))
_SETTLE: Final = _COUNTER.values(
    period=bindparam("period"), wraps=bindparam("wraps"), number=bindparam("number")
)
_CONFIRM: Final = Prepared(_COUNTER)
_TAKEN: Final = Prepared(
    select(TransactionCounter.period, TransactionCounter.wraps, TransactionCounter.number)
)
_LAST_CONFIRMED: Final = select(TransactionCounter.confirmed_at)
_LAST_CALLED: Final = select(TransactionCounter.called_at)
_HELD: Final = select(exists().where(Transaction.open_code == bindparam("code")))


def take_code(session: Session, rule: CodeReset, today: date) -> Counter:
    """Take the next code; the row stays locked until the transaction ends.

    The UPDATE comes first because it takes the lock: reading first gave 303 distinct codes in
    4453 rows.

    Args:
        session: Inside the transaction that confirms the selection.
        rule: The shop's reset rule.
        today: The business date.

    Returns:
        The counter whose code and series are now the caller's. A code still held by an open
        transaction is passed over.

    Raises:
        InvalidState: The rule is `never` and the codes are used up, or every code is held by
            somebody who is still here.
    """
    connection = session.connection()
    for _ in range(LAST_NUMBER):
        _INCREMENT.changed_later(connection, {})
        taken = _taken(connection)
        settled = settle(taken, rule, today)
        if settled != taken:
            connection.execute(
                _SETTLE,
                {"period": settled.period, "wraps": settled.wraps, "number": settled.number},
            )
        if rule is CodeReset.NEVER and settled.number >= WARN_FROM:
            log.warning("code %s is given out: after %d there is none", settled.code, LAST_NUMBER)
        if not connection.scalar(_HELD, {"code": settled.code}):
            return settled
    raise InvalidState("Every number belongs to a customer who has not paid yet.")


def lock(session: Session) -> tuple[Counter, datetime | None]:
    """Take the counter's row: nobody joins the queue until the transaction ends.

    Returns:
        Where the codes stand, and the last place in the queue that was given out.
    """
    connection = session.connection()
    connection.execute(_COUNTER.values(number=TransactionCounter.number))
    return _taken(connection), connection.scalar(_LAST_CONFIRMED)


def _taken(connection: Connection) -> Counter:
    ((period, wraps, number),) = _TAKEN.rows(connection, {})
    return Counter(period, wraps, number)


def take_turns(session: Session) -> datetime | None:
    """Take the counter's row for a claim in rotation, so that claims decide one after the other.

    Returns:
        When somebody was last called.
    """
    connection = session.connection()
    connection.execute(_COUNTER.values(number=TransactionCounter.number))
    return connection.scalar(_LAST_CALLED)


def last_called(session: Session) -> datetime | None:
    """When somebody was last called in rotation, read without a lock."""
    return session.connection().scalar(_LAST_CALLED)


def note_called(session: Session, at: datetime) -> None:
    """Write down when the queue moved up; the counter's row is taken."""
    session.connection().execute(_COUNTER.values(called_at=at))


def put(session: Session, counter: Counter, confirmed_at: datetime | None) -> None:
    """Write where the locked counter stands."""
    session.connection().execute(
        _COUNTER.values(
            period=counter.period,
            wraps=counter.wraps,
            number=counter.number,
            confirmed_at=confirmed_at,
        )
    )


def confirmation_time(session: Session, now: datetime) -> datetime:
    """The place in the queue of a customer who confirms: now, but later than the last one.

    Called while the counter row is locked, so that the order of the places is the order of the
    codes even where two servers' clocks differ, or one has been set back. It is no time to print:
    `moments.py` brings it back to the real time where a wrong clock has dated it ahead.

    Args:
        session: Inside the transaction that has taken a code.
        now: Aware UTC.
    """
    connection = session.connection()
    last = connection.scalar(_LAST_CONFIRMED)
    at = now if last is None or now > last else last + timedelta(microseconds=1)
    _CONFIRM.changed_later(connection, {"confirmed_at": at})
    return at
