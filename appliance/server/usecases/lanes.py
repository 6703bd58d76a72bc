"""Whom a customer waits for: into a lane at confirming, and out of it when nobody is left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from appliance.server.domain.errors import NotFound, WantedOffDuty
from appliance.server.domain.lanes import ANYONE, Wanted, WantedKind, wanted_in
from appliance.server.domain.states import SYSTEM, Role, TransactionStatus
from appliance.server.store import claims, people, queries, visits
from appliance.server.store.models import Transaction
from appliance.server.store.unit_of_work import UnitOfWork
from appliance.words import N_

OPENED: Final = "wanted_off_duty"
"""In the history: the therapist a customer waited for has left, and now anyone may call them."""

_NOT_THERE: Final = N_("{name} is not on duty right now. Would you like the next therapist?")
_NOBODY_THERE: Final = {
    WantedKind.WOMAN: N_("No woman is on duty right now. Would you like the next therapist?"),
    WantedKind.MAN: N_("No man is on duty right now. Would you like the next therapist?"),
}


@dataclass(frozen=True, slots=True)
class Choices:
    """What a customer may ask for now.

    Attributes:
        kinds: Of requests, anyone first.
        therapists: Those on duty, by name.
    """

    kinds: Sequence[WantedKind]
    therapists: Sequence[queries.OnDuty]


def choices(unit: UnitOfWork) -> Choices:
    """Whom a customer may ask for now: therapists on duty, a woman, a man."""
    served = _served(unit)
    there = [one for one in queries.on_duty(unit.session) if one.room_number is not None]
    genders = [kind for kind in (WantedKind.WOMAN, WantedKind.MAN) if Wanted(kind).lane in served]
    kinds = [WantedKind.ANYONE, *genders, *([WantedKind.THERAPIST] if there else [])]
    return Choices(kinds, sorted(there, key=lambda one: (one.name.casefold(), one.therapist_id)))


@dataclass(frozen=True, slots=True)
class Lane:
    """Where somebody waits.

    Attributes:
        number: Of the lane.
        wanted: What they asked for.
        name: Of the therapist they asked for; empty where it is none.
    """

    number: int
    wanted: Wanted
    name: str = ""


def lane_for(unit: UnitOfWork, wanted: Wanted | None) -> Lane:
    """Where somebody waits who asks for this.

    Raises:
        NotFound: No therapist has this id.
        WantedOffDuty: The therapist asked for is not on duty: the customer is asked again.
    """
    if wanted is None or wanted.lane == ANYONE:
        return Lane(ANYONE, Wanted(WantedKind.ANYONE))
    if wanted.lane not in _served(unit):
        raise _nobody_there(unit, wanted)
    person = people.by_id(unit.session, wanted.lane) if wanted.therapist_id else None
    return Lane(wanted.lane, wanted, person.name if person else "")


def open_deserted(unit: UnitOfWork) -> int:
    """Let anyone call the customers who wait for somebody who has left; they keep their place.

    Returns:
        How many they were.
    """
    waiting = visits.lanes_in_use(unit.session)
    deserted = set(waiting) - _served(unit) if waiting else set()
    opened = 0
    for lane in sorted(deserted):
        for transaction_id in visits.waiting_in_lane(unit.session, lane):
            visit = claims.transaction_by_id(unit.session, transaction_id)
            opened += visit is not None and _open(unit, visit)
    return opened


def _open(unit: UnitOfWork, visit: Transaction) -> bool:
    wanted = wanted_in(visit.lane)
    if wanted.lane == ANYONE or not visits.advance(
        unit, visit, TransactionStatus.PENDING_THERAPIST, {"lane": ANYONE}, SYSTEM
    ):
        return False
    detail: dict[str, object] = {"wanted": wanted.kind}
    if wanted.therapist_id is not None:
        detail["therapist_id"] = wanted.therapist_id
    unit.record(OPENED, SYSTEM, unit.now(), transaction_id=visit.id, detail=detail)
    unit.changes.queue = True
    unit.changes.transactions.add(visit.id)
    return True


def _served(unit: UnitOfWork) -> set[int]:
    return {
        lane
        for person in queries.on_duty(unit.session)
        if person.room_number is not None
        for lane in person.lanes
    }


def _nobody_there(unit: UnitOfWork, wanted: Wanted) -> Exception:
    if wanted.therapist_id is None:
        return WantedOffDuty(_NOBODY_THERE[wanted.kind])
    person = people.by_id(unit.session, wanted.therapist_id)
    if person is None or person.role is not Role.THERAPIST:
        return NotFound("Therapist not found. Please choose again.")
    return WantedOffDuty(_NOT_THERE, name=person.name)
