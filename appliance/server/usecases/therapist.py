"""What a therapist does, on the phone page or with the call button."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from appliance.server.domain.errors import InvalidState, NothingWaiting, RoomUnavailable
from appliance.server.domain.rooms import ROOM_READY
from appliance.server.domain.states import Actor, RoomStatus, TransactionStatus
from appliance.server.domain.visits import Event
from appliance.server.store import claims, counter, people, visits
from appliance.server.store.claims import Claimant
from appliance.server.store.models import Room, Transaction
from appliance.server.store.unit_of_work import LookAgain, UnitOfWork

from . import items, rotation
from .effects import Consequence, FreeRoom, OccupyRoom, PrepareRoom
from .shop import Shop
from .steps import Step

NO_SHOW: Final = "did not come"


def confirm_next(unit: UnitOfWork, shop: Shop, therapist: Actor) -> Transaction:
    """Claim the customer who has waited longest, of those who asked for nobody else.

    Raises:
        RoomUnavailable: The therapist has no room, or it is not free.
        InvalidState: The therapist has a customer already, is not on duty, or it is somebody else's
            turn.
        NothingWaiting: The queue is empty.
    """
    step = Step(unit, shop, therapist)
    in_rotation = rotation.is_on(shop)
    moved_at = None
    if in_rotation:
        room = _own_room(step)
        moved_at = counter.take_turns(unit.session)
        claimant = claims.claimant(unit.session, therapist.id or 0)
    else:
        room, claimant = _own_room_and_claimant(step)
    circumstances: dict[str, Any] = {
        "room_status": room.status,
        "has_other_customer": claimant.has_customer,
        "duty": claimant.duty,
    }
    # The room's and the therapist's part of the decision come first: they do not depend on who
    # is claimed, and a customer's row is not locked in vain.
    step.decide(
        None,
        Event.THERAPIST_CONFIRM_NEXT,
        status=TransactionStatus.PENDING_THERAPIST,
        **circumstances,
    )
    heads = claimant.heads
    if in_rotation:
        heads = rotation.allowed(unit, shop, therapist, heads, moved_at)
    transaction = claims.next_waiting(unit.session, heads) if heads else None
    if transaction is None:
        # Looked at once more: who came meanwhile, or was held by a claim that did not come to be.
        if any(claims.claimant(unit.session, therapist.id or 0).heads.values()):
            raise LookAgain
        if claims.anybody_next(unit.session, TransactionStatus.PENDING_THERAPIST):
            raise NothingWaiting("Everyone waiting asked for someone else.")
        raise _nobody_to_call(unit)
    decision = step.decide(transaction, Event.THERAPIST_CONFIRM_NEXT, **circumstances)
    if in_rotation:
        counter.note_called(unit.session, decision.at)
    return step.apply(transaction, decision, OccupyRoom(room))


def _nobody_to_call(unit: UnitOfWork) -> NothingWaiting:
    if not claims.anybody_in(unit.session, TransactionStatus.PENDING_THERAPIST):
        return NothingWaiting("No pending customers.")
    return NothingWaiting(
        "Nobody can be called right now: everyone waiting is out or not here yet."
    )


def release(unit: UnitOfWork, shop: Shop, therapist: Actor, transaction_id: int) -> Transaction:
    """Put a called customer back to where they were in the queue."""
    return _with_room(unit, shop, therapist, transaction_id, Event.THERAPIST_RELEASE, FreeRoom)


def no_show(
    unit: UnitOfWork, shop: Shop, therapist: Actor, transaction_id: int, reason: str | None
) -> Transaction:
    """Cancel a customer who did not come or has left."""
    missed = _with_room(
        unit,
        shop,
        therapist,
        transaction_id,
        Event.THERAPIST_NO_SHOW,
        FreeRoom,
        reason or NO_SHOW,
    )
    visits.remember_no_show(unit, missed)
    return missed


def call_again(unit: UnitOfWork, shop: Shop, therapist: Actor, transaction_id: int) -> Transaction:
    """Call a customer once more who has not come yet: a new call on the board, with its ring."""
    step = Step(unit, shop, therapist)
    transaction = step.transaction(transaction_id)
    decision = step.decide(transaction, Event.THERAPIST_CALL_AGAIN)
    return step.apply(transaction, decision, facts={"therapist_confirmed_at": decision.at})


def not_here_yet(
    unit: UnitOfWork, shop: Shop, therapist: Actor, transaction_id: int
) -> Transaction:
    """Pass over a called customer who has not come: others are called for some minutes.

    After that the customer's old place counts again.
    """
    return _with_room(unit, shop, therapist, transaction_id, Event.THERAPIST_NOT_HERE_YET, FreeRoom)


def start_service(
    unit: UnitOfWork, shop: Shop, therapist: Actor, transaction_id: int
) -> Transaction:
    """The treatment begins."""
    step = Step(unit, shop, therapist)
    transaction = step.transaction(transaction_id)
    decision = step.decide(transaction, Event.THERAPIST_START_SERVICE)
    return step.apply(transaction, decision)


def add_service(
    unit: UnitOfWork, shop: Shop, therapist: Actor, transaction_id: int, classification_id: int
) -> Transaction:
    """The customer wants more."""
    step = Step(unit, shop, therapist)
    transaction = step.transaction(transaction_id)
    return items.add(step, transaction, Event.THERAPIST_ADD_SERVICE, classification_id)


def remove_item(
    unit: UnitOfWork, shop: Shop, therapist: Actor, transaction_id: int, item_id: int
) -> Transaction:
    """The customer wants less, but not nothing."""
    step = Step(unit, shop, therapist)
    transaction = step.transaction(transaction_id)
    items.remove(step, transaction, Event.THERAPIST_REMOVE_ITEM, item_id)
    return transaction


def finish_service(
    unit: UnitOfWork, shop: Shop, therapist: Actor, transaction_id: int
) -> Transaction:
    """The treatment is over: the customer goes to the desk, the room is prepared."""
    return _with_room(
        unit, shop, therapist, transaction_id, Event.THERAPIST_FINISH_SERVICE, PrepareRoom
    )


def at_the_finish(visit: Transaction) -> dict[str, object]:
    """What is copied from the therapist when a service ends, so that a later rate changes nothing.

    Args:
        visit: The locked row.
    """
    worker = visit.therapist
    return {"commission_percent": worker.commission_percent if worker else None}


def room_ready(unit: UnitOfWork, shop: Shop, therapist: Actor) -> Room:
    """The therapist's room is ready for the next customer; said twice, it is still ready.

    Raises:
        RoomUnavailable: The therapist has no room.
        InvalidState: A customer is in it.
    """
    step = Step(unit, shop, therapist)
    room = _own_room(step)
    if room.status is RoomStatus.OCCUPIED:
        raise InvalidState(
            "Room {room} is occupied. Finish the service first.", room=room.room_number
        )
    if room.status is RoomStatus.PREPARING:
        visits.put_room(unit, room, RoomStatus.AVAILABLE, None)
        unit.record(
            ROOM_READY,
            therapist,
            unit.now(),
            source=RoomStatus.PREPARING,
            target=RoomStatus.AVAILABLE,
            detail={"room_number": room.room_number},
        )
        unit.changes.queue = True
    return room


def own_room_ready(
    unit: UnitOfWork, shop: Shop, therapist: Actor, room_number: str | None = None
) -> tuple[Room, str | None]:
    """The therapist's room is ready for the next customer, or another one that was left.

    Args:
        unit: The open unit of work.
        shop: The shop's settings.
        therapist: Who has prepared it.
        room_number: Which; the therapist's own where it is not said. A therapist who goes on with a
            customer in another room leaves one behind that may be nobody's.

    Returns:
        The room, and who works in it.

    Raises:
        NotFound: There is no such room.
        DomainError: As `room_ready` does.
    """
    if room_number is None or room_number == therapist.room_number:
        return room_ready(unit, shop, therapist), therapist.name
    return other_room_ready(unit, shop, therapist, room_number)


def other_room_ready(
    unit: UnitOfWork, shop: Shop, by: Actor, room_number: str
) -> tuple[Room, str | None]:
    """Mark a room ready for the next customer.

    Returns:
        The room, and who is on duty in it.

    Raises:
        NotFound: There is no such room.
        InvalidState: A customer is in it.
    """
    Step(unit, shop, by).room(room_number)
    room = room_ready(unit, shop, replace(by, room_number=room_number))
    there = people.on_duty_in(unit.session, room_number)
    return room, there.name if there else None


def _own_room(step: Step) -> Room:
    number = step.actor.room_number
    room = claims.room_by_number(step.unit.session, number) if number is not None else None
    if room is None:
        raise _no_room()
    return room


def _own_room_and_claimant(step: Step) -> tuple[Room, Claimant]:
    number, therapist_id = step.actor.room_number, step.actor.id or 0
    if number is None:
        raise _no_room()
    room, claimant = claims.room_and_claimant(step.unit.session, number, therapist_id)
    if room is None:
        raise _no_room()
    return room, claimant


def _no_room() -> RoomUnavailable:
    return RoomUnavailable("You have no room yet. Ask the manager to give you one.")


def _with_room(
    unit: UnitOfWork,
    shop: Shop,
    therapist: Actor,
    transaction_id: int,
    event: Event,
    leave: Callable[[Room], Consequence],
    reason: str | None = None,
) -> Transaction:
    step = Step(unit, shop, therapist)
    transaction, room = step.transaction_and_room(transaction_id)
    decision = step.decide(transaction, event)
    facts = at_the_finish(transaction) if event is Event.THERAPIST_FINISH_SERVICE else {}
    return step.apply(
        transaction,
        decision,
        *([leave(room)] if room is not None else []),
        detail={"reason": reason} if reason else None,
        facts=facts | ({"note": reason} if reason else {}),
    )
