"""What all screens show, read by one statement: visits, rooms, people and how far the data is.

Every change is followed by this look. Cutting each column of each row out of what the database
sends, turning it into Python's types and making objects of them took ten times as long as what is
done with them. So the database writes each row as one JSON text, which C code reads in one go, and
a text that is known from the last look is not read again: most visits stay as they were.

One statement is one moment, under every isolation level.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, ClassVar, Final, NamedTuple, TypeVar

import msgspec
from msgspec import Struct
from sqlalchemy import (
    BindParameter,
    CompoundSelect,
    Select,
    String,
    bindparam,
    case,
    exists,
    func,
    literal,
    null,
    select,
    type_coerce,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from appliance.server.domain.adjustments import AdjustmentKind
from appliance.server.domain.states import (
    AT_THE_DESK,
    WITH_NUMBER,
    Gender,
    Hold,
    Role,
    RoomStatus,
    TransactionStatus,
)

from . import models
from .types import UtcDateTime

_Part = TypeVar("_Part", "Item", "Adjustment")
LIST_LIMIT: Final = 200
"""The longest list of visits in a state."""
REMEMBERED: Final = 256
"""Visits; a longer queue is read whole each time."""


class Item(Struct, frozen=True, array_like=True):
    """A chosen service, as `models.TransactionItem` has it."""

    id: int
    service_id: int
    service_name: str
    service_classification_id: int
    classification_name: str
    price: Decimal
    duration_minutes: int


class Adjustment(Struct, frozen=True, array_like=True):
    """What was taken off a bill, as `models.Adjustment` has it."""

    id: int
    item_id: int | None
    kind: AdjustmentKind
    value: Decimal
    amount: Decimal
    reason: str
    by_name: str
    approved_by_name: str | None


class _Columns(Struct, frozen=True, array_like=True, eq=False):
    id: int
    status: TransactionStatus
    code: str | None
    therapist_id: int | None
    cashier_id: int | None
    room_number: str | None
    subtotal_amount: Decimal | None
    tax_on_top: Decimal
    total_amount: Decimal
    total_duration_minutes: int
    note: str | None
    hold: Hold | None
    held_since: datetime | None
    lane: int
    asked_lane: int
    created_at: datetime
    selection_confirmed_at: datetime | None
    therapist_confirmed_at: datetime | None
    service_start_at: datetime | None
    service_finish_at: datetime | None
    cashier_claimed_at: datetime | None
    paid_at: datetime | None


class Visit(_Columns, frozen=True, array_like=True, eq=False):
    """A visit that is not over, as `models.Transaction` has it; the same object while it is so."""

    therapist_name: str | None
    cashier_name: str | None
    asked_for_name: str | None
    items: tuple[Item, ...] = ()
    adjustments: tuple[Adjustment, ...] = ()

    # Nobody here has paid yet.
    payment: ClassVar[None] = None
    tenders: ClassVar[tuple[models.Tender, ...]] = ()
    refunds: ClassVar[tuple[models.Refund, ...]] = ()


class Room(Struct, frozen=True, array_like=True):
    """A treatment room and who is in it."""

    id: int
    room_number: str
    status: RoomStatus
    current_transaction_id: int | None
    customer_status: TransactionStatus | None
    planned: int | None
    """Minutes."""
    started: datetime | None


class Person(Struct, frozen=True, array_like=True):
    """A therapist on duty."""

    id: int
    name: str
    gender: Gender | None
    room_number: str | None
    on_duty_since: datetime
    on_break_since: datetime | None
    duty_since: datetime | None
    room_id: int | None
    here: int
    """1 where they have shown up since the business day began, by a log-in or at a screen."""


class Ends(Struct, frozen=True, array_like=True):
    """The last rows of what grows."""

    history: int | None
    print_jobs: int | None
    printers: datetime | None


class Overview(NamedTuple):
    """All of it; lists are in no order.

    Attributes:
        visits: By state; of each at most LIST_LIMIT, the oldest.
        rooms: All.
        people: The therapists on duty.
        ends: How far the data has come.
    """

    visits: dict[TransactionStatus, list[Visit]]
    rooms: list[Room]
    people: list[Person]
    ends: Ends


def _since(status: TransactionStatus) -> InstrumentedAttribute[datetime | None]:
    if status in AT_THE_DESK:
        return models.Transaction.service_finish_at
    return models.Transaction.selection_confirmed_at


_VISIT, _ROOM, _PERSON, _ENDS = range(4)
_NONE: Final = null()


def _json(*columns: Any) -> Any:
    # A moment is written as RFC 3339 has it: the columns are UTC and do not say so.
    return func.json_array(
        *(
            type_coerce(column, String) + "Z" if isinstance(column.type, UtcDateTime) else column
            for column in columns
        )
    )


def _of(source: Any, kind: type[Struct]) -> list[Any]:
    return [getattr(source, name) for name in kind.__struct_fields__]


def _branch(kind: int, row: Any, items: Any = _NONE, adjustments: Any = _NONE) -> Select[Any]:
    return select(literal(kind), row, items, adjustments)


def _rows_of(child: Any, kind: type[Struct]) -> Any:
    return (
        select(func.group_concat(_json(*_of(child, kind))))
        .where(child.transaction_id == models.Transaction.id)
        .correlate(models.Transaction)
        .scalar_subquery()
    )


def _visits() -> Select[Any]:
    therapist, cashier, asked_for = (aliased(models.Staff) for _ in range(3))
    visit = models.Transaction
    # Each state is the start of an index of its own.
    heads = union_all(
        *(
            select(
                select(visit.id)
                .where(visit.status == status)
                .order_by(_since(status), visit.id)
                .limit(LIST_LIMIT)
                .subquery()
            )
            for status in sorted(WITH_NUMBER)
        )
    ).subquery()
    return (
        _branch(
            _VISIT,
            _json(*_of(visit, _Columns), therapist.name, cashier.name, asked_for.name),
            _rows_of(models.TransactionItem, Item),
            _rows_of(models.Adjustment, Adjustment),
        )
        .select_from(heads)
        .join(visit, visit.id == heads.c.id)
        .outerjoin(therapist, therapist.id == visit.therapist_id)
        .outerjoin(cashier, cashier.id == visit.cashier_id)
        .outerjoin(asked_for, asked_for.id == visit.asked_lane)
    )


def _rooms() -> Select[Any]:
    room, visit = models.Room, models.Transaction
    return (
        _branch(
            _ROOM,
            _json(
                room.id,
                room.room_number,
                room.status,
                room.current_transaction_id,
                visit.status,
                visit.total_duration_minutes,
                visit.service_start_at,
            ),
        )
        .select_from(room)
        .outerjoin(visit, visit.id == room.current_transaction_id)
    )


def _people() -> Select[Any]:
    staff, token = models.Staff, models.AuthToken
    today: BindParameter[datetime] = bindparam("today")
    shown_up = (staff.on_duty_since >= today) | exists().where(
        token.staff_id == staff.id, token.touched_at >= today
    )
    return (
        _branch(
            _PERSON,
            _json(
                staff.id,
                staff.name,
                staff.gender,
                staff.room_number,
                staff.on_duty_since,
                staff.on_break_since,
                staff.duty_since,
                models.Room.id,
                case((shown_up, 1), else_=0),
            ),
        )
        .select_from(staff)
        .outerjoin(models.Room, models.Room.room_number == staff.room_number)
        .where(
            staff.role == Role.THERAPIST,
            staff.on_duty_since.is_not(None),
            staff.disabled_at.is_(None),
        )
    )


def _ends() -> Select[Any]:
    return _branch(
        _ENDS,
        _json(
            select(func.max(models.HistoryEntry.id)).scalar_subquery(),
            select(func.max(models.PrintJob.id)).scalar_subquery(),
            select(func.max(models.Printer.changed_at)).scalar_subquery(),
        ),
    )


# Made once: to build it costs more than to run it.
_EVERYTHING: Final[CompoundSelect[Any]] = union_all(_visits(), _rooms(), _people(), _ends())
_room: Final = msgspec.json.Decoder(Room).decode
_person: Final = msgspec.json.Decoder(Person).decode
_end: Final = msgspec.json.Decoder(Ends).decode
_columns: Final = msgspec.json.Decoder(Visit).decode
_items: Final = msgspec.json.Decoder(tuple[Item, ...]).decode
_adjustments: Final = msgspec.json.Decoder(tuple[Adjustment, ...]).decode


def read(session: Session, today: datetime) -> Overview:
    """Read everything as of one moment.

    Args:
        session: Open.
        today: When the business day began.
    """
    found = Overview({}, [], [], Ends(None, None, None))
    ends = found.ends
    for kind, row, items, adjustments in session.connection().execute(
        _EVERYTHING, {"today": today}
    ):
        if kind == _VISIT:
            visit = _visit(row, items, adjustments)
            found.visits.setdefault(visit.status, []).append(visit)
        elif kind == _ROOM:
            found.rooms.append(_room(row))
        elif kind == _PERSON:
            found.people.append(_person(row))
        else:
            ends = _end(row)
    return found._replace(ends=ends)


@lru_cache(maxsize=REMEMBERED)
def _visit(row: str, items: str | None, adjustments: str | None) -> Visit:
    return msgspec.structs.replace(
        _columns(row),
        items=_in_order(_items(f"[{items or ''}]")),
        adjustments=_in_order(_adjustments(f"[{adjustments or ''}]")),
    )


def _in_order(rows: Iterable[_Part]) -> tuple[_Part, ...]:
    return tuple(sorted(rows, key=lambda row: row.id))
