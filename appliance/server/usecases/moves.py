"""A customer who is with a therapist moves: to another therapist, or to another room."""

from __future__ import annotations

from appliance.server.domain.errors import Busy, InvalidState, NotFound, RoomUnavailable
from appliance.server.domain.states import (
    WITH_THERAPIST,
    Actor,
    Role,
    RoomStatus,
    TransactionStatus,
)
from appliance.server.domain.turns import Duty
from appliance.server.domain.visits import Event, describe
from appliance.server.store import claims, people, visits
from appliance.server.store.models import Room, Staff, Transaction
from appliance.server.store.unit_of_work import UnitOfWork

from .effects import MoveRoom
from .shop import Shop
from .steps import Step


def hand_over(
    unit: UnitOfWork, shop: Shop, therapist: Actor, transaction_id: int, therapist_id: int
) -> Transaction:
    """Give my customer to another therapist who is free, and bring them into her room."""
    step = Step(unit, shop, therapist)
    return hand_over_to(step, Event.THERAPIST_HAND_OVER, transaction_id, therapist_id, None)


def change_room(
    unit: UnitOfWork, shop: Shop, therapist: Actor, transaction_id: int, room_number: str
) -> Transaction:
    """Go on with my customer in another room, which is mine from now on.

    Raises:
        NotFound: There is no such room, or no such customer.
        RoomUnavailable: The other room is not ready.
        InvalidState: The customer is in it already, or not with a therapist.
    """
    step = Step(unit, shop, therapist)
    number = visits.room_of(unit.session, transaction_id)
    rooms, transaction = _rooms_and_transaction(step, transaction_id, number, room_number)
    room = rooms[room_number]
    decision = step.decide(
        transaction,
        Event.THERAPIST_CHANGE_ROOM,
        taker=room_number,
        taker_room=RoomStatus.AVAILABLE if room_number == number else room.status,
    )
    if room_number == number:
        raise InvalidState("Your customer is already in this room.")
    people.put_into_room(unit, therapist.id or 0, room_number)
    return step.apply(
        transaction,
        decision,
        MoveRoom(rooms.get(number) if number is not None else None, room),
        detail={"from_room": number, "room_number": room_number},
    )


def _rooms_and_transaction(
    step: Step, transaction_id: int, *numbers: str | None
) -> tuple[dict[str, Room], Transaction]:
    """Lock these rooms, in the order of their numbers, and then the visit; the first is its own."""
    rooms = {number: step.room(number) for number in sorted({one for one in numbers if one})}
    transaction = step.transaction(transaction_id)
    if transaction.room_number != numbers[0]:
        raise Busy("This customer's status just changed. Please check again.")
    return rooms, transaction


def hand_over_to(
    step: Step, event: Event, transaction_id: int, therapist_id: int, reason: str | None
) -> Transaction:
    """Give a customer to another therapist, and bring them into her room.

    The room that is left is prepared where it was used.

    Args:
        step: Who asks.
        event: As the table calls it for them.
        transaction_id: Whose visit.
        therapist_id: Who takes over.
        reason: Why, if anybody says.

    Raises:
        NotFound: There is nobody with this id and role, or no such customer.
        InvalidState: They cannot act, or the customer is not at that stage.
        RoomUnavailable: The other therapist's room is not ready.
    """
    session = step.unit.session
    taker = taker_named(step, therapist_id, Role.THERAPIST)
    number = visits.room_of(session, transaction_id)
    # Two customers who change rooms with each other take both rooms in the same order.
    rooms, transaction = _rooms_and_transaction(step, transaction_id, number, taker.room_number)
    session.refresh(taker)
    room = rooms.get(taker.room_number) if taker.room_number is not None else None
    if taker.room_number is not None and room is None:
        raise Busy("This customer's status just changed. Please check again.")
    if transaction.status is TransactionStatus.AWAITING_PAYMENT:
        raise InvalidState(describe(transaction.status))
    if taker.duty is Duty.OUT:
        raise InvalidState("{name} is not on duty. Choose someone else.", name=taker.name)
    if taker.duty is Duty.BREAK:
        # Also for a manager: somebody who rests is asked, and ends the break with one tap.
        raise InvalidState("{name} is on a break. Choose someone else.", name=taker.name)
    if room is None:
        raise RoomUnavailable("{name} has no room.", name=taker.name)
    left = rooms.get(number) if number is not None else None
    if transaction.status in WITH_THERAPIST:
        is_another(taker, transaction.therapist_id)
    decision = step.decide(
        transaction,
        event,
        taker=taker.name,
        taker_room=RoomStatus.AVAILABLE if room is left else room.status,
        taker_has_customer=claims.holds_a_customer(session, taker.id),
    )
    detail = handed(transaction.therapist, taker, reason) | {"room_number": room.room_number}
    return step.apply(
        transaction,
        decision,
        MoveRoom(left, room),
        detail=detail,
        facts={"therapist_id": taker.id},
    )


def taker_named(step: Step, person_id: int, role: Role) -> Staff:
    """Who is to take somebody over.

    Raises:
        NotFound: There is nobody with this id and role.
        InvalidState: They do not work here any more.
    """
    person = people.by_id(step.unit.session, person_id)
    if person is None or person.role is not role:
        raise NotFound("Person not found. Please check again.")
    if person.disabled_at is not None:
        raise InvalidState("{name} no longer works here. Choose someone else.", name=person.name)
    return person


def is_another(taker: Staff, holder_id: int | None) -> None:
    """Make sure that the customer really changes hands.

    Raises:
        InvalidState: They have this customer already.
    """
    if taker.id == holder_id:
        raise InvalidState("{name} already has this customer.", name=taker.name)


def handed(holder: Staff | None, taker: Staff, reason: str | None) -> dict[str, object]:
    """What the history keeps of it."""
    detail: dict[str, object] = {"from": holder.name if holder else None, "to": taker.name}
    return detail | ({"reason": reason} if reason else {})
