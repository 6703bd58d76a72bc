"""Statements on visits and the rooms they are in. Rows are locked in `claims.py` alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import bindparam, func, or_, select, update
from sqlalchemy.orm import Session, joinedload, selectinload

from appliance.server.domain.errors import DomainError
from appliance.server.domain.lanes import ANYONE
from appliance.server.domain.states import (
    AT_THE_DESK,
    WITH_THERAPIST,
    Actor,
    Hold,
    RoomStatus,
    TransactionStatus,
)

from . import rows
from .models import NoShow, Room, Staff, Transaction
from .prepared import Prepared
from .unit_of_work import UnitOfWork, affected

# What is set is what is passed.
_TRANSITION: Final = Prepared(
    update(Transaction.__table__).where(  # type: ignore[arg-type]
        Transaction.id == bindparam("this"), Transaction.status == bindparam("expected")
    )
)
_PUT_ROOM: Final = Prepared(
    update(Room.__table__).where(Room.id == bindparam("this"))  # type: ignore[arg-type]
)
_AT_ONCE: Final = 100
LEFT_OVER: Final = sorted(
    {
        TransactionStatus.PENDING_THERAPIST,
        TransactionStatus.FINISHED,
        TransactionStatus.AWAITING_PAYMENT,
    }
)
_IN_NO_LINE: Final = sorted(set(TransactionStatus) - set(LEFT_OVER) - {TransactionStatus.PAYING})
_queue_of = func.coalesce(Transaction.waits_on, Transaction.business_date)
"""The business day in whose queue somebody is."""
_RECENT: Final = 50
_AFTER_SERVICE: Final = sorted(AT_THE_DESK | {TransactionStatus.PAID, TransactionStatus.CANCELLED})
"""Who left without paying was treated all the same."""
_WITH_A_THERAPIST: Final = sorted(WITH_THERAPIST)
_WITH_CASHIER: Final = sorted({TransactionStatus.AWAITING_PAYMENT, TransactionStatus.PAYING})


def advance(
    unit: UnitOfWork,
    transaction: Transaction,
    expected: TransactionStatus | None,
    values: dict[str, Any],
    actor: Actor,
) -> bool:
    """Compare and set: write a visit's new state if it is still in the one that was decided on.

    Args:
        unit: The open one.
        transaction: The locked row; afterwards it says what was written.
        expected: The state that it has to be in.
        values: Attribute → value.
        actor: Who acts; their name needs no look-up.

    Returns:
        False when somebody else was faster; nothing was written then.
    """
    unit.session.flush()
    changed = _TRANSITION.changed(unit.connection, _compared(transaction, expected, values))
    if changed != 1:
        return False
    _know(unit.session, transaction, values, actor)
    return True


def advance_or(
    unit: UnitOfWork,
    transaction: Transaction,
    expected: TransactionStatus | None,
    values: dict[str, Any],
    actor: Actor,
    refusal: DomainError,
) -> None:
    """As `advance`, but sent with what is written next.

    Args:
        unit: The open one; it ends with the refusal when somebody else was faster.
        transaction: The locked row; afterwards it says what is written.
        expected: The state that it has to be in.
        values: Attribute → value.
        actor: Who acts; their name needs no look-up.
        refusal: Says that somebody else was faster.
    """
    unit.session.flush()
    unit.write_later(_TRANSITION, _compared(transaction, expected, values), refusal)
    _know(unit.session, transaction, values, actor)


def _compared(
    transaction: Transaction, expected: TransactionStatus | None, values: dict[str, Any]
) -> dict[str, Any]:
    return {"this": transaction.id, "expected": expected, **values}


def _know(session: Session, transaction: Transaction, values: dict[str, Any], actor: Actor) -> None:
    rows.know(transaction, **values)
    for owner in ("therapist", "cashier"):
        if f"{owner}_id" in values:
            person = _person(session, values[f"{owner}_id"], actor)
            rows.know(transaction, **{owner: person})


def _person(session: Session, person_id: int | None, actor: Actor) -> Staff | None:
    if person_id is None:
        return None
    if person_id == actor.id:
        return rows.person_known(session, person_id, actor.name)
    return session.get(Staff, person_id)


def put_room(unit: UnitOfWork, room: Room, status: RoomStatus, customer: int | None) -> None:
    """Write what a locked room is now.

    Args:
        unit: The open one.
        room: The locked row.
        status: Its new state.
        customer: The transaction in it; None for nobody.
    """
    values: dict[str, Any] = {"status": status, "current_transaction_id": customer}
    if status is RoomStatus.AVAILABLE:
        values["available_since"] = unit.now()
    unit.write_later(_PUT_ROOM, {"this": room.id, **values})
    rows.know(room, **values)


def room_of(session: Session, transaction_id: int) -> str | None:
    """The number of the room that a visit is in, read without a lock."""
    return session.scalar(select(Transaction.room_number).where(Transaction.id == transaction_id))


def by_id(session: Session, transaction_id: int) -> Transaction | None:
    """This visit, without a lock; None where it does not exist."""
    return session.get(Transaction, transaction_id)


def open_with_code(session: Session, code: str) -> Transaction | None:
    """The visit that holds this code now, without a lock."""
    return session.scalars(select(Transaction).where(Transaction.open_code == code)).first()


def held_by(session: Session, person_id: int) -> Sequence[Transaction]:
    """The open visits that a person has to bring on: with a therapist, or at a cashier's desk."""
    return session.scalars(
        select(Transaction)
        .where(
            ((Transaction.therapist_id == person_id) & Transaction.status.in_(_WITH_A_THERAPIST))
            | ((Transaction.cashier_id == person_id) & Transaction.status.in_(_WITH_CASHIER))
        )
        .order_by(Transaction.id)
    ).all()


def lanes_in_use(session: Session) -> Sequence[int]:
    """The lanes, but for that of those who asked for nobody, in which somebody may be called."""
    return session.scalars(
        select(Transaction.lane)
        .where(
            Transaction.status == TransactionStatus.PENDING_THERAPIST,
            Transaction.hold.is_(None),
            Transaction.lane != ANYONE,
        )
        .distinct()
    ).all()


def waiting_in_lane(session: Session, lane: int) -> Sequence[int]:
    """Ids of those who wait in a lane and may be called, oldest first; at most a hundred."""
    return session.scalars(
        select(Transaction.id)
        .where(
            Transaction.status == TransactionStatus.PENDING_THERAPIST,
            Transaction.hold.is_(None),
            Transaction.lane == lane,
        )
        .order_by(Transaction.selection_confirmed_at, Transaction.id)
        .limit(_AT_ONCE)
    ).all()


def idle_selections(session: Session, before: datetime) -> Sequence[int]:
    """Ids of selections at a kiosk that nobody has touched since; at most a hundred."""
    return session.scalars(
        select(Transaction.id)
        .where(Transaction.status == TransactionStatus.SELECTING, Transaction.touched_at < before)
        .limit(_AT_ONCE)
    ).all()


def on_hold_since(session: Session, hold: Hold, before: datetime) -> Sequence[int]:
    """Ids of those in the queue who have been on hold, for one reason, since before a moment.

    At most a hundred.
    """
    return session.scalars(
        select(Transaction.id)
        .where(
            Transaction.status == TransactionStatus.PENDING_THERAPIST,
            Transaction.hold == hold,
            Transaction.held_since <= before,
        )
        .limit(_AT_ONCE)
    ).all()


def left_over(session: Session, today: str) -> Sequence[int]:
    """Ids of those who wait or have not paid since an earlier business day, and are on no list.

    At most a hundred. It reads everybody who waits: not to be asked more than a few times a day.
    """
    return session.scalars(
        select(Transaction.id)
        .where(
            Transaction.status.in_(LEFT_OVER),
            or_(Transaction.hold.is_(None), Transaction.hold != Hold.CARRIED_OVER),
            _queue_of < today,
        )
        .order_by(Transaction.id)
        .limit(_AT_ONCE)
    ).all()


def not_left_over(session: Session, today: str) -> Sequence[int]:
    """Ids of those who are on yesterday's list by a clock that was wrong; at most a hundred."""
    return session.scalars(
        select(Transaction.id)
        .where(
            Transaction.status.in_(LEFT_OVER),
            Transaction.hold == Hold.CARRIED_OVER,
            _queue_of >= today,
        )
        .order_by(Transaction.id)
        .limit(_AT_ONCE)
    ).all()


def forget_holds(session: Session) -> int:
    """Take the hold off those who are in no line any more.

    Returns:
        How many had one.
    """
    changed = session.execute(
        update(Transaction)
        .where(Transaction.status.in_(_IN_NO_LINE), Transaction.hold.is_not(None))
        .values(hold=None, held_since=None)
        .execution_options(synchronize_session=False)
    )
    return affected(changed)


def with_ticket(session: Session, ticket_token: str) -> Transaction | None:
    """The visit that a ticket's secret names, without a lock."""
    return session.scalars(
        select(Transaction).where(Transaction.ticket_token == ticket_token)
    ).first()


def interrupted_payments(session: Session) -> Sequence[int]:
    """Ids of the visits that a crash left in the middle of a payment."""
    return session.scalars(
        select(Transaction.id).where(Transaction.status == TransactionStatus.PAYING)
    ).all()


def treated_by(session: Session, therapist_id: int, since: datetime) -> Sequence[Transaction]:
    """The visits whose service a therapist has finished since a moment, in that order.

    The last two hundred in each state are looked at: more nobody treats in a day, and a therapist
    of years costs what a new one does.
    """
    newest = [
        session.scalars(
            select(Transaction)
            .where(Transaction.therapist_id == therapist_id, Transaction.status == status)
            .order_by(Transaction.id.desc())
            .limit(2 * _AT_ONCE)
            .options(selectinload(Transaction.items))
        ).all()
        for status in _AFTER_SERVICE
    ]
    mine = [
        visit
        for visits in newest
        for visit in visits
        if visit.service_finish_at is not None and visit.service_finish_at >= since
    ]
    return sorted(mine, key=lambda visit: (visit.service_finish_at, visit.id))


def recently_paid(session: Session, cashier_id: int) -> Sequence[Transaction]:
    """The last visits that a cashier has taken payment for, newest first; at most fifty."""
    return session.scalars(
        select(Transaction)
        .where(Transaction.cashier_id == cashier_id, Transaction.status == TransactionStatus.PAID)
        # The index on both ends in the id, so that a cashier of years costs what a new one does.
        .order_by(Transaction.id.desc())
        .limit(_RECENT)
        .options(
            selectinload(Transaction.items),
            joinedload(Transaction.therapist).load_only(Staff.name),
            joinedload(Transaction.cashier).load_only(Staff.name),
            joinedload(Transaction.payment),
        )
    ).all()


def remember_no_show(unit: UnitOfWork, visit: Transaction) -> None:
    """Note for the reports that a customer was called and did not come."""
    if visit.business_date is not None:
        unit.session.add(
            NoShow(
                transaction_id=visit.id,
                therapist_id=visit.therapist_id,
                business_date=visit.business_date,
                at=unit.now(),
            )
        )
