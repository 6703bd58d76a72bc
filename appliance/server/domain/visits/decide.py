"""May this happen, and what follows from it? Pure: it depends on nothing but its arguments."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Final

from appliance.amounts import written
from appliance.words import N_

from ..errors import DomainError, Forbidden, InsufficientPayment, InvalidState, RoomUnavailable
from ..states import Actor, Hold, Role, RoomStatus, TransactionStatus
from ..turns import Duty, why_not
from .table import TABLE, Effect, Event, Guard, Transition


@dataclass(frozen=True, slots=True)
class Situation:
    """What a decision depends on, as read under the lock.

    Attributes:
        status: The transaction's state; None before it exists.
        kiosk_id: The kiosk that started it.
        therapist_id: The therapist who has it.
        cashier_id: The cashier who has it.
        item_count: How many items it holds before the event.
        hold: Why the customer is not called at present; None where they may be.
        room_status: State of the acting therapist's room, where one is asked for.
        has_other_customer: Whether the acting therapist has an open customer already.
        duty: Whether the acting therapist is there to be given customers.
        amount_due: The total.
        amount_paid: What the customer hands over.
        currency: Of both, as an ISO 4217 code.
        cashier_gone: Whether the cashier who has it is logged out or disabled.
        taker: Name of the therapist who is to take the customer over, or of the room that they
            are to go to.
        taker_room: State of that therapist's room, or of that room; available where the customer is
            in it already.
        taker_has_customer: Whether that therapist has an open customer already.
    """

    status: TransactionStatus | None
    kiosk_id: int | None = None
    therapist_id: int | None = None
    cashier_id: int | None = None
    item_count: int = 0
    hold: Hold | None = None
    room_status: RoomStatus | None = None
    has_other_customer: bool = False
    duty: Duty = Duty.IN
    amount_due: Decimal = Decimal(0)
    amount_paid: Decimal = Decimal(0)
    currency: str = "USD"
    cashier_gone: bool = False
    taker: str = ""
    taker_room: RoomStatus | None = None
    taker_has_customer: bool = False


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


_BY_KEY: Final = {(row.event, row.source, row.role): row for row in TABLE}
_MAY_EVER: Final = frozenset((row.event, row.role) for row in TABLE)

_PLAIN: Final = {
    TransactionStatus.SELECTING: N_("This customer is still choosing at the kiosk."),
    TransactionStatus.PENDING_THERAPIST: N_("This customer is waiting for a therapist."),
    TransactionStatus.THERAPIST_CONFIRMED: N_("This customer has been called to a room."),
    TransactionStatus.IN_SERVICE: N_("This customer is in treatment."),
    TransactionStatus.FINISHED: N_("This customer is ready to pay."),
    TransactionStatus.AWAITING_PAYMENT: N_("This customer is with a cashier."),
    TransactionStatus.PAYING: N_("Payment in progress."),
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
    if (event, actor.role) not in _MAY_EVER:
        raise Forbidden("A {role} may not do this.", role=actor.role.value)
    row = _BY_KEY.get((event, situation.status, actor.role))
    if row is None:
        raise InvalidState(describe(situation.status))
    if row.owner is not None and getattr(situation, row.owner.value) != actor.id:
        raise Forbidden("This customer is assigned to someone else.")
    for guard in row.guards:
        failed = _FAILURES[guard](situation, actor)
        if failed is not None:
            raise failed
    return Decision(event, row.source, row.target, now, _facts(row, actor, now), row.effects)


def _facts(row: Transition, actor: Actor, now: datetime) -> dict[str, object]:
    facts: dict[str, object] = {"status": row.target, **dict.fromkeys(row.clears)}
    if row.takes is not None:
        facts[row.takes.value] = actor.id
    return facts | dict.fromkeys(row.stamps, now)


def _has_items(situation: Situation, _: Actor) -> DomainError | None:
    return None if situation.item_count >= 1 else InvalidState("Please choose a service first.")


def _keeps_an_item(situation: Situation, _: Actor) -> DomainError | None:
    if situation.item_count >= 2:
        return None
    return InvalidState("A visit needs one service. Add another first.")


def _own_room_available(situation: Situation, actor: Actor) -> DomainError | None:
    match situation.room_status:
        case RoomStatus.AVAILABLE:
            return None
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


def _on_duty(situation: Situation, _: Actor) -> DomainError | None:
    return why_not(situation.duty)


def _covers_total(situation: Situation, _: Actor) -> DomainError | None:
    if situation.amount_paid >= situation.amount_due:
        return None
    missing = situation.amount_due - situation.amount_paid
    return InsufficientPayment(
        "{missing} short ({paid} of {due}).",
        paid=written(situation.amount_paid, situation.currency),
        due=written(situation.amount_due, situation.currency),
        missing=written(missing, situation.currency),
    )


def _cashier_gone(situation: Situation, _: Actor) -> DomainError | None:
    return None if situation.cashier_gone else InvalidState(describe(situation.status))


def _on_hold(situation: Situation, _: Actor) -> DomainError | None:
    return None if situation.hold is not None else InvalidState(describe(situation.status))


def _only_for(*holds: Hold | None) -> Callable[[Situation, Actor], DomainError | None]:
    def check(situation: Situation, _: Actor) -> DomainError | None:
        return None if situation.hold in holds else InvalidState(describe(situation.status))

    return check


def _taker_free(situation: Situation, _: Actor) -> DomainError | None:
    if situation.taker_has_customer:
        return InvalidState(
            "{name} already has a customer. Choose someone else.", name=situation.taker
        )
    if situation.taker_room is not RoomStatus.AVAILABLE:
        return RoomUnavailable("The room of {name} is not ready.", name=situation.taker)
    return None


def _new_room_available(situation: Situation, _: Actor) -> DomainError | None:
    if situation.taker_room is RoomStatus.AVAILABLE:
        return None
    return RoomUnavailable("Room {room} is not ready. Choose another one.", room=situation.taker)


_FAILURES: Final[dict[Guard, Callable[[Situation, Actor], DomainError | None]]] = {
    Guard.HAS_ITEMS: _has_items,
    Guard.KEEPS_AN_ITEM: _keeps_an_item,
    Guard.OWN_ROOM_AVAILABLE: _own_room_available,
    Guard.NO_OTHER_CUSTOMER: _no_other_customer,
    Guard.ON_DUTY: _on_duty,
    Guard.COVERS_TOTAL: _covers_total,
    Guard.CASHIER_GONE: _cashier_gone,
    Guard.ON_HOLD: _on_hold,
    Guard.NOT_ON_HOLD: _only_for(None),
    Guard.OUT: _only_for(Hold.STEPPED_OUT),
    Guard.MAY_RETURN: _only_for(Hold.SKIPPED, Hold.STEPPED_OUT, Hold.STAYED_OUT),
    Guard.NOT_CARRIED_OVER: _only_for(None, *(set(Hold) - {Hold.CARRIED_OVER})),
    Guard.NEW_ROOM_AVAILABLE: _new_room_available,
    Guard.TAKER_FREE: _taker_free,
}


def allowed_events(
    status: TransactionStatus, item_count: int, hold: Hold | None = None
) -> list[Event]:
    """The events that the transaction's own people may ask for in this state.

    Args:
        status: The transaction's state.
        item_count: How many items it holds.
        hold: Why the customer is not called at present.

    Returns:
        In the table's order, those whose guards on the transaction itself hold; what depends on
        the actor (the room, the amount) is decided when the event comes.
    """
    situation = Situation(
        status=status,
        item_count=item_count,
        hold=hold,
        room_status=RoomStatus.AVAILABLE,
        taker_room=RoomStatus.AVAILABLE,
    )
    nobody = Actor(Role.SYSTEM, None, "")
    offered = [
        row.event
        for row in TABLE
        if row.source is status
        and row.role not in {Role.SYSTEM, Role.MANAGER, Role.CUSTOMER}
        and all(_FAILURES[guard](situation, nobody) is None for guard in row.guards)
    ]
    return list(dict.fromkeys(offered))


def manager_events(status: TransactionStatus, hold: Hold | None = None) -> list[Event]:
    """The events that a manager may ask for in this state, in the table's order."""
    offered = [row for row in TABLE if row.source is status and row.role is Role.MANAGER]
    return [row.event for row in offered if hold is not None or Guard.ON_HOLD not in row.guards]


def customer_events(status: TransactionStatus, hold: Hold | None) -> list[Event]:
    """What the customer may ask for in this state, on the ticket's own page."""
    situation = Situation(status=status, hold=hold)
    nobody = Actor(Role.CUSTOMER, None, "")
    return [
        row.event
        for row in TABLE
        if row.source is status
        and row.role is Role.CUSTOMER
        and all(_FAILURES[guard](situation, nobody) is None for guard in row.guards)
    ]


_AFTER_PAYMENT: Final = ("cashier_reprint", "cashier_refund", "cashier_correct_tender")


def allowed_requests(status: TransactionStatus) -> list[str]:
    """What may be asked for in this state that changes no state: a receipt's copy, a refund."""
    return list(_AFTER_PAYMENT) if status is TransactionStatus.PAID else []
