"""The transaction's state machine: one table, checked when this module loads.

`docs/transitions.md` is generated from it. A transition that is not a row here does not exist.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final

from .errors import (
    N_,
    DomainError,
    Forbidden,
    InsufficientPayment,
    InvalidState,
    RoomUnavailable,
)
from .money import written
from .states import OPEN, TERMINAL, Actor, Role, RoomStatus, TransactionStatus


class Event(StrEnum):
    """What can happen to a transaction."""

    CUSTOMER_START = "customer_start"
    CUSTOMER_ADD_ITEM = "customer_add_item"
    CUSTOMER_REMOVE_ITEM = "customer_remove_item"
    CUSTOMER_CONFIRM_SELECTION = "customer_confirm_selection"
    CUSTOMER_CANCEL = "customer_cancel"
    SELECTING_TIMED_OUT = "selecting_timed_out"
    THERAPIST_CONFIRM_NEXT = "therapist_confirm_next"
    THERAPIST_RELEASE = "therapist_release"
    THERAPIST_NO_SHOW = "therapist_no_show"
    THERAPIST_START_SERVICE = "therapist_start_service"
    THERAPIST_ADD_SERVICE = "therapist_add_service"
    THERAPIST_REMOVE_ITEM = "therapist_remove_item"
    THERAPIST_FINISH_SERVICE = "therapist_finish_service"
    CASHIER_CLAIM_NEXT = "cashier_claim_next"
    CASHIER_CLAIM_CODE = "cashier_claim_code"
    CASHIER_RELEASE = "cashier_release"
    CASHIER_PAY = "cashier_pay"
    PAYMENT_ACCEPTED = "payment_accepted"
    PAYMENT_REFUSED = "payment_refused"


class Owner(StrEnum):
    """Whose transaction it must be: the attribute that has to name the actor."""

    KIOSK = "kiosk_id"
    THERAPIST = "therapist_id"
    CASHIER = "cashier_id"


class Guard(StrEnum):
    """A condition beyond state, role and owner."""

    HAS_ITEMS = "at least one item"
    KEEPS_AN_ITEM = "an item is left"
    OWN_ROOM_AVAILABLE = "own room available"
    NO_OTHER_CUSTOMER = "no other open customer"
    COVERS_TOTAL = "amount ≥ total"


class Effect(StrEnum):
    """What else is written in the same unit of work."""

    TOTALS = "totals"
    CODE = "code"
    TICKET = "ticket job"
    RECEIPT = "receipt job"
    PAYMENT = "payment and change"
    OCCUPY_ROOM = "room occupied"
    PREPARE_ROOM = "room preparing"
    FREE_ROOM = "room available"
    CLOSE = "code free again"


@dataclass(frozen=True, slots=True)
class Transition:
    """One row of the table.

    Attributes:
        event: What happens.
        source: The state it happens in; None before the transaction exists.
        target: The state afterwards.
        role: Who may do it.
        owner: Whose it must be, if anybody's.
        guards: Conditions beyond those.
        takes: The owner attribute that the actor takes.
        drops: The owner attributes that are cleared.
        stamps: The timestamp attribute that is set.
        clears: Timestamp attributes that are cleared.
        effects: What else is written.
    """

    event: Event
    source: TransactionStatus | None
    target: TransactionStatus
    role: Role
    owner: Owner | None = None
    guards: tuple[Guard, ...] = ()
    takes: Owner | None = None
    drops: tuple[Owner, ...] = ()
    stamps: str | None = None
    clears: tuple[str, ...] = ()
    effects: tuple[Effect, ...] = ()


_S = TransactionStatus
_E = Event

TABLE: Final[tuple[Transition, ...]] = (
    Transition(
        _E.CUSTOMER_START,
        None,
        _S.SELECTING,
        Role.KIOSK,
        takes=Owner.KIOSK,
        stamps="created_at",
    ),
    Transition(
        _E.CUSTOMER_ADD_ITEM,
        _S.SELECTING,
        _S.SELECTING,
        Role.KIOSK,
        owner=Owner.KIOSK,
        effects=(Effect.TOTALS,),
    ),
    Transition(
        _E.CUSTOMER_REMOVE_ITEM,
        _S.SELECTING,
        _S.SELECTING,
        Role.KIOSK,
        owner=Owner.KIOSK,
        effects=(Effect.TOTALS,),
    ),
    Transition(
        _E.CUSTOMER_CONFIRM_SELECTION,
        _S.SELECTING,
        _S.PENDING_THERAPIST,
        Role.KIOSK,
        owner=Owner.KIOSK,
        guards=(Guard.HAS_ITEMS,),
        stamps="selection_confirmed_at",
        effects=(Effect.CODE, Effect.TICKET),
    ),
    Transition(
        _E.CUSTOMER_CANCEL,
        _S.SELECTING,
        _S.CANCELLED,
        Role.KIOSK,
        owner=Owner.KIOSK,
        stamps="cancelled_at",
    ),
    Transition(
        _E.SELECTING_TIMED_OUT,
        _S.SELECTING,
        _S.CANCELLED,
        Role.SYSTEM,
        stamps="cancelled_at",
    ),
    Transition(
        _E.THERAPIST_CONFIRM_NEXT,
        _S.PENDING_THERAPIST,
        _S.THERAPIST_CONFIRMED,
        Role.THERAPIST,
        guards=(Guard.OWN_ROOM_AVAILABLE, Guard.NO_OTHER_CUSTOMER),
        takes=Owner.THERAPIST,
        stamps="therapist_confirmed_at",
        effects=(Effect.OCCUPY_ROOM,),
    ),
    Transition(
        _E.THERAPIST_NO_SHOW,
        _S.PENDING_THERAPIST,
        _S.CANCELLED,
        Role.THERAPIST,
        stamps="cancelled_at",
        effects=(Effect.CLOSE,),
    ),
    Transition(
        _E.THERAPIST_RELEASE,
        _S.THERAPIST_CONFIRMED,
        _S.PENDING_THERAPIST,
        Role.THERAPIST,
        owner=Owner.THERAPIST,
        drops=(Owner.THERAPIST,),
        clears=("therapist_confirmed_at",),
        effects=(Effect.FREE_ROOM,),
    ),
    Transition(
        _E.THERAPIST_NO_SHOW,
        _S.THERAPIST_CONFIRMED,
        _S.CANCELLED,
        Role.THERAPIST,
        owner=Owner.THERAPIST,
        stamps="cancelled_at",
        effects=(Effect.FREE_ROOM, Effect.CLOSE),
    ),
    Transition(
        _E.THERAPIST_START_SERVICE,
        _S.THERAPIST_CONFIRMED,
        _S.IN_SERVICE,
        Role.THERAPIST,
        owner=Owner.THERAPIST,
        stamps="service_start_at",
    ),
    Transition(
        _E.THERAPIST_ADD_SERVICE,
        _S.IN_SERVICE,
        _S.IN_SERVICE,
        Role.THERAPIST,
        owner=Owner.THERAPIST,
        effects=(Effect.TOTALS,),
    ),
    Transition(
        _E.THERAPIST_REMOVE_ITEM,
        _S.IN_SERVICE,
        _S.IN_SERVICE,
        Role.THERAPIST,
        owner=Owner.THERAPIST,
        guards=(Guard.KEEPS_AN_ITEM,),
        effects=(Effect.TOTALS,),
    ),
    Transition(
        _E.THERAPIST_FINISH_SERVICE,
        _S.IN_SERVICE,
        _S.FINISHED,
        Role.THERAPIST,
        owner=Owner.THERAPIST,
        stamps="service_finish_at",
        effects=(Effect.PREPARE_ROOM,),
    ),
    Transition(
        _E.CASHIER_CLAIM_NEXT,
        _S.FINISHED,
        _S.AWAITING_PAYMENT,
        Role.CASHIER,
        takes=Owner.CASHIER,
        stamps="cashier_claimed_at",
    ),
    Transition(
        _E.CASHIER_CLAIM_CODE,
        _S.FINISHED,
        _S.AWAITING_PAYMENT,
        Role.CASHIER,
        takes=Owner.CASHIER,
        stamps="cashier_claimed_at",
    ),
    Transition(
        _E.CASHIER_RELEASE,
        _S.AWAITING_PAYMENT,
        _S.FINISHED,
        Role.CASHIER,
        owner=Owner.CASHIER,
        drops=(Owner.CASHIER,),
        clears=("cashier_claimed_at",),
    ),
    Transition(
        _E.CASHIER_PAY,
        _S.AWAITING_PAYMENT,
        _S.PAYING,
        Role.CASHIER,
        owner=Owner.CASHIER,
    ),
    Transition(
        _E.PAYMENT_ACCEPTED,
        _S.PAYING,
        _S.PAID,
        Role.SYSTEM,
        guards=(Guard.COVERS_TOTAL,),
        stamps="paid_at",
        effects=(Effect.PAYMENT, Effect.RECEIPT, Effect.CLOSE),
    ),
    Transition(
        _E.PAYMENT_REFUSED,
        _S.PAYING,
        _S.AWAITING_PAYMENT,
        Role.SYSTEM,
    ),
)


@dataclass(frozen=True, slots=True)
class Situation:
    """What a decision depends on, as read under the lock.

    Attributes:
        status: The transaction's state; None before it exists.
        kiosk_id: The kiosk that started it.
        therapist_id: The therapist who has it.
        cashier_id: The cashier who has it.
        item_count: How many items it holds before the event.
        room_status: State of the acting therapist's room; None without a room.
        has_other_customer: Whether the acting therapist has an open customer already.
        amount_due: The total.
        amount_paid: What the customer hands over.
        currency: Of both, as an ISO 4217 code.
    """

    status: TransactionStatus | None
    kiosk_id: int | None = None
    therapist_id: int | None = None
    cashier_id: int | None = None
    item_count: int = 0
    room_status: RoomStatus | None = None
    has_other_customer: bool = False
    amount_due: Decimal = Decimal(0)
    amount_paid: Decimal = Decimal(0)
    currency: str = "USD"


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer of `decide`: what is to be written.

    Attributes:
        event: What happened.
        source: The state before.
        target: The state after.
        at: When, aware UTC.
        facts: Attribute → value, to set on the transaction, the state included.
        effects: What else is written in the same unit of work.
    """

    event: Event
    source: TransactionStatus | None
    target: TransactionStatus
    at: datetime
    facts: dict[str, object] = field(default_factory=dict)
    effects: tuple[Effect, ...] = ()


_BY_KEY: Final = {(row.event, row.source): row for row in TABLE}

_PLAIN: Final = {
    TransactionStatus.SELECTING: N_("This customer is still choosing at the kiosk."),
    TransactionStatus.PENDING_THERAPIST: N_("This customer is waiting for a therapist."),
    TransactionStatus.THERAPIST_CONFIRMED: N_("This customer has been called to a room."),
    TransactionStatus.IN_SERVICE: N_("This customer is in treatment."),
    TransactionStatus.FINISHED: N_("This customer is ready to pay."),
    TransactionStatus.AWAITING_PAYMENT: N_("This customer is with a cashier."),
    TransactionStatus.PAYING: N_("This customer is being paid at this moment."),
    TransactionStatus.PAID: N_("This customer has already paid."),
    TransactionStatus.CANCELLED: N_("This customer has been cancelled."),
}


def describe(status: TransactionStatus | None) -> str:
    """What the state means, as a sentence for people."""
    return _PLAIN[status] if status is not None else N_("This customer does not exist yet.")


def decide(situation: Situation, event: Event, actor: Actor, now: datetime) -> Decision:
    """Decide whether an event may happen, and what follows from it. Pure.

    Args:
        situation: The facts, read under the lock.
        event: What is asked for.
        actor: Who asks.
        now: The moment, aware UTC.

    Returns:
        What is to be written.

    Raises:
        Forbidden: The actor's role may never do this, or it is somebody else's transaction.
        InvalidState: The event does not exist in this state, or a guard fails.
        RoomUnavailable: The therapist's room is not free.
        InsufficientPayment: The amount does not cover the total.
    """
    roles = {row.role for row in TABLE if row.event is event}
    if actor.role not in roles:
        raise Forbidden("A {role} may not do this.", role=actor.role.value)
    row = _BY_KEY.get((event, situation.status))
    if row is None:
        raise InvalidState(describe(situation.status))
    if row.owner is not None and getattr(situation, row.owner.value) != actor.id:
        raise Forbidden("This customer belongs to somebody else.")
    for guard in row.guards:
        _check(guard, situation, actor)
    facts: dict[str, object] = {"status": row.target}
    if row.takes is not None:
        facts[row.takes.value] = actor.id
    facts.update({owner.value: None for owner in row.drops})
    if row.stamps is not None:
        facts[row.stamps] = now
    facts.update(dict.fromkeys(row.clears))
    return Decision(event, situation.status, row.target, now, facts, row.effects)


def _check(guard: Guard, situation: Situation, actor: Actor) -> None:
    failed = _FAILURES[guard](situation, actor)
    if failed is not None:
        raise failed


def _has_items(situation: Situation, _: Actor) -> DomainError | None:
    return None if situation.item_count >= 1 else InvalidState("Please choose a service first.")


def _keeps_an_item(situation: Situation, _: Actor) -> DomainError | None:
    if situation.item_count >= 2:
        return None
    return InvalidState("The last service cannot be removed. Add the new one first.")


def _own_room_available(situation: Situation, actor: Actor) -> DomainError | None:
    match situation.room_status:
        case RoomStatus.AVAILABLE:
            return None
        case None:
            return RoomUnavailable("You have no room yet. Ask the manager to give you one.")
        case RoomStatus.PREPARING:
            return RoomUnavailable(
                "Room {room} is being prepared. Mark it ready first.", room=actor.room_number or ""
            )
        case _:
            return RoomUnavailable("Room {room} is occupied.", room=actor.room_number or "")


def _no_other_customer(situation: Situation, _: Actor) -> DomainError | None:
    if not situation.has_other_customer:
        return None
    return InvalidState("You already have a customer. Finish that service first.")


def _covers_total(situation: Situation, _: Actor) -> DomainError | None:
    if situation.amount_paid >= situation.amount_due:
        return None
    missing = situation.amount_due - situation.amount_paid
    return InsufficientPayment(
        "{paid} does not cover {due}: {missing} is missing.",
        paid=written(situation.amount_paid, situation.currency),
        due=written(situation.amount_due, situation.currency),
        missing=written(missing, situation.currency),
    )


_FAILURES: Final = {
    Guard.HAS_ITEMS: _has_items,
    Guard.KEEPS_AN_ITEM: _keeps_an_item,
    Guard.OWN_ROOM_AVAILABLE: _own_room_available,
    Guard.NO_OTHER_CUSTOMER: _no_other_customer,
    Guard.COVERS_TOTAL: _covers_total,
}


def allowed_events(status: TransactionStatus, item_count: int) -> list[Event]:
    """The events that the transaction's rightful people may ask for in this state.

    Args:
        status: The transaction's state.
        item_count: How many items it holds.

    Returns:
        In the table's order, those whose guards on the transaction itself hold; what depends on
        the actor (the room, the amount) is decided when the event comes.
    """
    situation = Situation(status=status, item_count=item_count, room_status=RoomStatus.AVAILABLE)
    nobody = Actor(Role.SYSTEM, None, "")
    return [
        row.event
        for row in TABLE
        if row.source is status
        and row.role is not Role.SYSTEM
        and all(_FAILURES[guard](situation, nobody) is None for guard in row.guards)
    ]


def allowed_requests(status: TransactionStatus) -> list[str]:
    """What may be asked for in this state that changes no state, such as a receipt's copy."""
    return ["cashier_reprint"] if status is TransactionStatus.PAID else []


def check_table(table: Iterable[Transition]) -> None:
    """Make sure that a table is a sound state machine.

    Args:
        table: The rows.

    Raises:
        ValueError: Two rows for one event and state, a state that cannot be reached, a state from
            which no end can be reached, a way out of an end, or a way back that is not a release.
    """
    rows = list(table)
    keys = [(row.event, row.source) for row in rows]
    if len(keys) != len(set(keys)):
        raise ValueError("two rows for one event and state")
    reached = _closure(None, rows)
    if reached != set(TransactionStatus):
        raise ValueError(f"unreachable: {sorted(set(TransactionStatus) - reached)}")
    traps = [state for state in OPEN if not _closure(state, rows) & TERMINAL]
    if traps:
        raise ValueError(f"no way out of: {sorted(traps)}")
    if any(row.source in TERMINAL for row in rows):
        raise ValueError("a way out of an end")
    order = list(TransactionStatus)
    back = {
        row.event
        for row in rows
        if row.source is not None and order.index(row.target) < order.index(row.source)
    }
    if not back <= {Event.THERAPIST_RELEASE, Event.CASHIER_RELEASE, Event.PAYMENT_REFUSED}:
        raise ValueError(f"a way back that is no release: {sorted(back)}")


def _closure(start: TransactionStatus | None, rows: list[Transition]) -> set[TransactionStatus]:
    reached: set[TransactionStatus] = set()
    frontier: set[TransactionStatus | None] = {start}
    while frontier:
        following = {row.target for row in rows if row.source in frontier} - reached
        reached |= following
        frontier = set(following)
    return reached


check_table(TABLE)
