"""Statements on whose turn it is, where the shop takes customers in rotation."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from decimal import Decimal
from typing import Final, NamedTuple

from sqlalchemy import bindparam, func, or_, select
from sqlalchemy.orm import Session

from appliance.server.domain.lanes import lanes_of
from appliance.server.domain.states import WITH_THERAPIST, Role, RoomStatus, TransactionStatus
from appliance.server.domain.turns import Ready, worth

from .models import Room, Staff, Transaction, TransactionItem


class Standing(NamedTuple):
    """A therapist on duty, as the rotation sees them.

    Attributes:
        ready: Their turns, and since when they are free.
        name: By name.
        room_number: Theirs.
        lanes: Whose customers they take.
        ready_since: Since when they can take somebody; None while they cannot.
    """

    ready: Ready
    name: str
    room_number: str
    lanes: tuple[int, ...]
    ready_since: datetime | None


_ON_DUTY: Final = (
    select(
        Staff.id,
        Staff.name,
        Staff.gender,
        Staff.room_number,
        Staff.on_duty_since,
        Staff.on_break_since,
        Staff.duty_since,
        Room.status,
        Room.available_since,
    )
    .join(Room, Room.room_number == Staff.room_number)
    .where(
        Staff.role == Role.THERAPIST,
        Staff.on_duty_since.is_not(None),
        Staff.disabled_at.is_(None),
    )
)
_WITH_CUSTOMER: Final = select(Transaction.therapist_id).where(
    Transaction.status.in_(sorted(WITH_THERAPIST))
)
_ENDED: Final = func.coalesce(Transaction.service_finish_at, Transaction.cancelled_at)
# What a therapist has had today. A customer who did not come is no turn: it was given back.
_HAD: Final = (
    select(
        Transaction.id,
        Transaction.therapist_id,
        TransactionItem.turn_value,
        _ENDED.label("ended_at"),
    )
    .join(TransactionItem, TransactionItem.transaction_id == Transaction.id)
    .where(
        # A visit of yesterday that is served today counts today; its index is the business date's.
        Transaction.business_date.in_(bindparam("dates", expanding=True)),
        Transaction.therapist_confirmed_at >= bindparam("since"),
        Transaction.therapist_id.is_not(None),
        or_(
            Transaction.status != TransactionStatus.CANCELLED,
            Transaction.service_start_at.is_not(None),
        ),
    )
)


def standings(session: Session, dates: Collection[str], since: datetime) -> list[Standing]:
    """The therapists on duty who have a room, with their turns since a moment.

    Args:
        session: Open.
        dates: The business dates whose visits may have been served since then.
        since: When the business day began.
    """
    connection = session.connection()
    values: dict[tuple[int, int], list[Decimal]] = {}
    ended: dict[int, datetime] = {}
    for row in connection.execute(_HAD, {"dates": sorted(dates), "since": since}):
        values.setdefault((row.therapist_id, row.id), []).append(row.turn_value)
        if row.ended_at is not None:
            ended[row.therapist_id] = max(row.ended_at, ended.get(row.therapist_id, row.ended_at))
    turns: dict[int, Decimal] = {}
    for (therapist_id, _), of_visit in values.items():
        turns[therapist_id] = turns.get(therapist_id, Decimal(0)) + worth(of_visit)
    busy = set(connection.scalars(_WITH_CUSTOMER))
    found = []
    for one in connection.execute(_ON_DUTY):
        free_since = max(
            at for at in (one.on_duty_since, one.duty_since, ended.get(one.id)) if at is not None
        )
        ready = (
            one.on_break_since is None and one.status is RoomStatus.AVAILABLE and one.id not in busy
        )
        since_when = max(free_since, one.available_since or free_since)
        found.append(
            Standing(
                Ready(one.id, turns.get(one.id, Decimal(0)), free_since, one.on_duty_since),
                one.name,
                one.room_number,
                lanes_of(one.id, one.gender),
                since_when if ready else None,
            )
        )
    return found
