"""Whether a therapist is there to be given customers, which is not whether they are logged in.

Where the first press counts, a log-in says that somebody is there, and nobody needs to say more.
Who does say so has to say when they leave.
"""

from __future__ import annotations

from appliance.server.domain.errors import InvalidState
from appliance.server.domain.states import Actor
from appliance.server.domain.turns import Duty, after
from appliance.server.store import claims, people, visits
from appliance.server.store.models import Staff
from appliance.server.store.unit_of_work import UnitOfWork

DUTY_IN = "duty_in"
DUTY_BREAK = "duty_break"
DUTY_BACK = "duty_back"
DUTY_OUT = "duty_out"


def come_in(unit: UnitOfWork, therapist: Actor) -> Staff:
    """Go on duty: from now on they are given customers, logged in or not."""
    return _say(unit, therapist, DUTY_IN)


def take_a_break(unit: UnitOfWork, therapist: Actor) -> Staff:
    """Take a break: they stay on duty and are given nobody until they are back."""
    return _say(unit, therapist, DUTY_BREAK)


def come_back(unit: UnitOfWork, therapist: Actor) -> Staff:
    """Come back from a break."""
    return _say(unit, therapist, DUTY_BACK)


def go_out(unit: UnitOfWork, therapist: Actor) -> Staff:
    """Go off duty.

    Raises:
        InvalidState: They have a customer, whom nobody would bring on.
    """
    return _say(unit, therapist, DUTY_OUT)


def by_log_in(unit: UnitOfWork, person: Staff) -> None:
    """Somebody logged in where that says that they are there; a break goes on."""
    now = unit.now()
    if person.duty is Duty.OUT:
        _put(person, Duty.IN, unit)
    elif person.duty is Duty.IN:
        person.on_duty_since = now
    unit.changes.queue = True


def forget(unit: UnitOfWork, person: Staff) -> None:
    """Somebody is not let in any more: they are off duty, unless they have a customer.

    The duty of a therapist with a customer goes on, so that the room's button brings the visit to
    its end and the room back.
    """
    if person.duty is Duty.OUT:
        return
    now = meet_claims(unit, person)
    if now.duty is not Duty.OUT and not claims.holds_a_customer(unit.session, person.id):
        _put(now, Duty.OUT, unit)


def after_log_out(unit: UnitOfWork, person: Staff) -> None:
    """The last log-in of somebody ended, and with it a duty that nothing but a log-in has begun."""
    if not person.duty_said:
        forget(unit, person)


def meet_claims(unit: UnitOfWork, person: Staff) -> Staff:
    """Take somebody's room, and them: a claim takes the room too, so one of the two is first.

    Returns:
        The person as they are now.
    """
    if person.room_number is not None:
        claims.room_by_number(unit.session, person.room_number)
    return people.take(unit.session, person)


def _say(unit: UnitOfWork, therapist: Actor, event: str) -> Staff:
    person = meet_claims(unit, unit.session.get_one(Staff, therapist.id))
    before = person.duty
    then = after(event, before)
    if then is Duty.OUT:
        _require_free(unit, person)
    if then is not before:
        _put(person, then, unit)
        unit.record(event, therapist, unit.now())
        unit.changes.queue = True
    person.duty_said = then is not Duty.OUT
    return person


def _put(person: Staff, duty: Duty, unit: UnitOfWork) -> None:
    now = unit.now()
    person.duty_since = now
    person.on_break_since = now if duty is Duty.BREAK else None
    if duty is Duty.OUT:
        person.on_duty_since = None
        person.duty_said = False
    elif person.on_duty_since is None:
        person.on_duty_since = now


def _require_free(unit: UnitOfWork, person: Staff) -> None:
    held = visits.held_by(unit.session, person.id)
    if held:
        raise InvalidState(
            "You still have customer {codes}. Finish the service or hand the customer over first.",
            codes=", ".join(visit.code or "" for visit in held),
        )
