"""A room's call button, another door to the therapist's verbs, and what its lamp shows."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from appliance.protocol import BUTTON_PRESS_MAX_AGE_SECONDS, Gesture, LampPattern
from appliance.server.domain.errors import InvalidState, NotFound, RoomUnavailable
from appliance.server.domain.lanes import ANYONE
from appliance.server.domain.rooms import ROOM_READY, lamp, meaning
from appliance.server.domain.states import Actor, Role
from appliance.server.domain.turns import Duty
from appliance.server.domain.visits import Event
from appliance.server.store import claims, people, queries, visits
from appliance.server.store.models import Room
from appliance.server.store.unit_of_work import UnitOfWork

from . import rotation, therapist
from .shop import Shop

log = logging.getLogger(__name__)

_MAX_AHEAD = timedelta(seconds=5)


def gesture(
    unit: UnitOfWork, shop: Shop, room_number: str, kind: Gesture, pressed_at: datetime
) -> Room:
    """Do what a press or a hold means in the room's present state.

    It acts for the therapist whose customer is in the room, on duty or not; in a room without a
    customer for the therapist on duty there.

    Args:
        unit: The open unit of work.
        shop: The shop's settings.
        room_number: Whose button.
        kind: What the finger did.
        pressed_at: When, aware; by this server's clock, as its daemon counts it.

    Returns:
        The room as it is now. A press that means nothing changes nothing.

    Raises:
        InvalidState: The press is too old, or nobody is on duty in this room.
        DomainError: The therapist's verb refused.
    """
    age = unit.now() - pressed_at
    if age > timedelta(seconds=BUTTON_PRESS_MAX_AGE_SECONDS) or age < -_MAX_AHEAD:
        # Where every press of a machine ends here, its clock is wrong: daemons that do not ask the
        # server for the time date presses by their own.
        log.warning(
            "room %s: a press dated %.0f s %s now is refused; is the clock of its machine right?",
            room_number,
            abs(age.total_seconds()),
            "before" if age > timedelta(0) else "after",
        )
        raise InvalidState("The button was pressed too long ago. Please press again.")
    room = claims.room_by_number(unit.session, room_number)
    if room is None:
        raise NotFound("No such room: {room}.", room=room_number)
    customer = (
        visits.by_id(unit.session, room.current_transaction_id)
        if room.current_transaction_id is not None
        else None
    )
    wish = meaning(room.status, customer.status if customer else None, kind)
    if wish is None:
        return room
    holder = customer.therapist if customer else None
    if wish == ROOM_READY and people.on_duty_in(unit.session, room_number) is None:
        # Whose room it was has moved on with the customer: who cleans it says that it is ready.
        actor = Actor(Role.SYSTEM, None, "call button", room_number)
    else:
        actor = holder.actor if holder else _on_duty(unit, shop, room_number)
    transaction_id = customer.id if customer else 0
    match wish:
        case Event.THERAPIST_CONFIRM_NEXT:
            therapist.confirm_next(unit, shop, actor)
        case Event.THERAPIST_START_SERVICE:
            therapist.start_service(unit, shop, actor, transaction_id)
        case Event.THERAPIST_RELEASE:
            therapist.release(unit, shop, actor, transaction_id)
        case Event.THERAPIST_FINISH_SERVICE:
            therapist.finish_service(unit, shop, actor, transaction_id)
        case _ if wish == ROOM_READY:
            therapist.room_ready(unit, shop, actor)
    return room


def press(
    unit: UnitOfWork, shop: Shop, room_number: str, kind: Gesture, pressed_at: datetime
) -> LampPattern | None:
    """A finger on a call button.

    Returns:
        What its lamp shows now.

    Raises:
        DomainError: As `gesture` does.
    """
    gesture(unit, shop, room_number, kind, pressed_at)
    unit.session.flush()
    return lamps(unit, shop).get(room_number)


def lamps(
    unit: UnitOfWork, shop: Shop, seen: queries.Queue | None = None
) -> dict[str, LampPattern]:
    """What every room's lamp shows, by room number, as an open unit of work sees it.

    Args:
        unit: The open unit of work.
        shop: The shop's settings.
        seen: The queue with everybody in it, where it has been read in this unit of work already.
    """
    if rotation.is_on(shop):
        calls = _calls_in_rotation(unit, shop)
    elif seen is not None:
        calls = _calls({row.lane for row in seen.pending if row.hold is None}, seen.duty)
    else:
        calls = _calls(_lanes_waiting(unit), queries.on_duty(unit.session))
    rooms = queries.all_rooms(unit.session) if seen is None else [room for room, _ in seen.rooms]
    return {
        room.room_number: lamp(
            room.status,
            room.customer_status,
            somebody_waits=calls(room.room_number),
        )
        for room in rooms
    }


def _calls_in_rotation(unit: UnitOfWork, shop: Shop) -> Callable[[str], bool]:
    fronts = rotation.places(unit)
    rooms = rotation.may_press(unit, shop, fronts) if fronts else set()
    return lambda number: number in rooms


def _lanes_waiting(unit: UnitOfWork) -> set[int]:
    waiting = set(visits.lanes_in_use(unit.session))
    if claims.anybody_in_lane(unit.session, ANYONE):
        waiting.add(ANYONE)
    return waiting


def _calls(waiting: set[int], people: Iterable[queries.OnDuty]) -> Callable[[str], bool]:
    serves: dict[str | None, set[int]] = {}
    for person in people:
        # Where everybody of the room is on a break, a press calls nobody.
        lanes = serves.setdefault(person.room_number, set())
        if person.duty is Duty.IN:
            lanes.update(person.lanes)
    return lambda number: not waiting.isdisjoint(serves.get(number, {ANYONE}))


def _on_duty(unit: UnitOfWork, shop: Shop, room_number: str) -> Actor:
    person = people.on_duty_in(unit.session, room_number)
    if person is None:
        inside = people.in_room(unit.session, room_number)
        here = any(people.logged_in(unit.session, one.id, unit.now()) for one in inside)
        # Where turns count, or duty was said, a log-in alone puts nobody on duty.
        if here or rotation.is_on(shop):
            raise RoomUnavailable(
                "Nobody is on duty in room {room}. Go on duty on the therapist page first.",
                room=room_number,
            )
        raise RoomUnavailable(
            "Nobody is on duty in room {room}. Log in on the therapist page first.",
            room=room_number,
        )
    return person.actor
