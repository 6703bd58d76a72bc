"""Rotation: who may call the next customer, and who is before them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from appliance.server.domain.errors import InvalidState
from appliance.server.domain.lanes import ANYONE
from appliance.server.domain.states import Actor
from appliance.server.domain.turns import TurnRule, in_order, waiting_since, who_may_claim
from appliance.server.store import claims, counter, turns, visits
from appliance.server.store.turns import Standing
from appliance.server.store.unit_of_work import UnitOfWork

from .shop import Shop

_A_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Line:
    """The rotation at a moment.

    Attributes:
        standing: The therapists on duty who have a room.
        moved_at: When somebody was last called.
        now: The moment.
    """

    standing: Sequence[Standing]
    moved_at: datetime | None
    now: datetime

    def may_call(self, lane: int, first_place: datetime) -> list[Standing]:
        """Who may call the first customer of a lane now, in order.

        Args:
            lane: Whom the customer waits for.
            first_place: Since when they wait.
        """
        there = [one for one in self.standing if lane in one.lanes and one.ready_since is not None]
        if not there:
            return []
        since = waiting_since(
            first_place,
            min(self.moved_at, self.now) if self.moved_at else None,
            [one.ready_since for one in there if one.ready_since is not None],
        )
        ids = who_may_claim([one.ready for one in there], since, self.now)
        by_id = {one.ready.therapist_id: one for one in there}
        return [by_id[key] for key in ids]


@dataclass(frozen=True, slots=True)
class Turn:
    """A therapist's turn.

    Attributes:
        turns: What they have had this business day.
        place: In the order of the rotation, 1 = first; among those who are ready.
        first: Who is before them, where somebody waits and it is not their turn; else None.
    """

    turns: Decimal
    place: int | None
    first: str | None


def is_on(shop: Shop) -> bool:
    """Whether the shop takes customers in rotation."""
    return shop.turn_rule is TurnRule.ROTATION


def look(unit: UnitOfWork, shop: Shop, moved_at: datetime | None) -> Line:
    """The rotation now, as an open unit of work sees it."""
    now = unit.now()
    dates = {shop.day.date_of(now).isoformat(), shop.day.date_of(now - _A_DAY).isoformat()}
    return Line(turns.standings(unit.session, dates, shop.day.start_of(now)), moved_at, now)


def allowed(
    unit: UnitOfWork,
    shop: Shop,
    therapist: Actor,
    heads: claims.Heads,
    moved_at: datetime | None,
) -> claims.Heads:
    """The lanes from which a therapist may call somebody now.

    Args:
        unit: The open unit of work, which has taken the line's row.
        shop: The shop's settings.
        therapist: Who presses.
        heads: Their lanes, each with its first place.
        moved_at: When somebody was last called.

    Raises:
        InvalidState: Somebody waits, and it is somebody else's turn.
    """
    waiting = {lane: since for lane, since in heads.items() if since is not None}
    line = look(unit, shop, moved_at)
    may: claims.Heads = {}
    first = ""
    for lane, since in sorted(waiting.items(), key=lambda one: one[1]):
        order = line.may_call(lane, since)
        if any(one.ready.therapist_id == therapist.id for one in order):
            may[lane] = since
        elif order and not first:
            first = order[0].name
    if not may and first:
        raise InvalidState("{name} is first. Please wait for your turn.", name=first)
    return may


def places(unit: UnitOfWork) -> dict[int, datetime]:
    """Lane → since when its first customer waits; of the lanes in which somebody may be called."""
    found = {
        lane: claims.first_place(unit.session, lane) for lane in visits.lanes_in_use(unit.session)
    }
    found[ANYONE] = claims.first_place(unit.session, ANYONE)
    return {lane: since for lane, since in found.items() if since is not None}


def may_press(unit: UnitOfWork, shop: Shop, fronts: Mapping[int, datetime]) -> set[str]:
    """The rooms whose button calls somebody now."""
    line = look(unit, shop, counter.last_called(unit.session))
    return {one.room_number for lane, since in fronts.items() for one in line.may_call(lane, since)}


def standings(unit: UnitOfWork, shop: Shop) -> dict[int, Turn]:
    """Each therapist's turn, by id; nobody's where the first press counts."""
    if not is_on(shop):
        return {}
    line = look(unit, shop, counter.last_called(unit.session))
    fronts = sorted(places(unit).items(), key=lambda one: one[1])
    ready = [one.ready for one in line.standing if one.ready_since is not None]
    order = [one.therapist_id for one in in_order(ready)]
    found = {}
    for one in line.standing:
        key = one.ready.therapist_id
        calling = [
            callers
            for lane, since in fronts
            if lane in one.lanes and (callers := line.may_call(lane, since))
        ]
        mine = any(one in callers for callers in calling)
        first = calling[0][0].name if calling and not mine and key in order else None
        place = order.index(key) + 1 if key in order else None
        found[key] = Turn(one.ready.turns, place, first)
    return found
