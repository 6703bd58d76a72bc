"""A place in the queue, with the number and the ticket that go with it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from appliance.server.domain.codes import Counter
from appliance.server.domain.lanes import Wanted
from appliance.server.store import counter, queries
from appliance.server.store.unit_of_work import UnitOfWork

from .effects import GiveCode, OweTicket
from .lanes import Lane, lane_for
from .shop import Shop


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the queue that was taken.

    Attributes:
        taken: Where the codes stand, as taken.
        ticket_token: Names the customer's page and cannot be guessed.
        at: When it was taken, aware UTC: the time on the paper.
        in_order: The same, but later than the place before, whatever the clock says.
        position: 1 = next.
        wait: Estimated minutes; None while nobody is on duty.
        lane: Whom the customer waits for.
        language: The customer's, for their papers; None where nobody chose one.
    """

    taken: Counter
    ticket_token: str
    at: datetime
    in_order: datetime
    position: int
    wait: int | None
    lane: Lane
    language: str | None = None

    @property
    def effects(self) -> tuple[GiveCode, OweTicket]:
        """What `Effect.CODE` and `Effect.TICKET` need."""
        code, token = self.taken.code, self.ticket_token
        ticket = OweTicket(code, token, self.position, self.wait, self.lane, self.language)
        return GiveCode(self.taken, token), ticket

    @property
    def facts(self) -> dict[str, Any]:
        """What is set on the visit beside what the decision says."""
        said = {"language": self.language} if self.language is not None else {}
        lane = self.lane.number
        return {
            "selection_confirmed_at": self.in_order,
            "lane": lane,
            "asked_lane": lane,
            **said,
        }


def take_place(
    unit: UnitOfWork, shop: Shop, language: str | None = None, wanted: Wanted | None = None
) -> Place:
    """Take the next number and the last place in the queue.

    It locks the counter until the unit of work ends: take it as late as can be.

    Args:
        unit: The open unit of work.
        shop: The shop's settings.
        language: The customer's, where they have chosen one.
        wanted: Whom the customer asks for; None for anyone.

    Raises:
        DomainError: The one asked for is not there, or the codes are used up.
    """
    lane = lane_for(unit, wanted)
    taken = counter.take_code(unit.session, shop.code_reset, shop.day.date_of(unit.now()))
    # Under the counter's lock: the paper and the day have the real time; the place in the queue is
    # later than the last one given out, whatever the clock says.
    now = unit.now()
    in_order = counter.confirmation_time(unit.session, now)
    # The counter's lock comes first: everyone who confirmed before has committed and is counted,
    # and nobody else joins meanwhile, so no two tickets name the same place.
    ahead, wait = queries.place_in_queue(
        unit.session, now, today=shop.day.start_of(now), lane=lane.number
    )
    return Place(taken, secrets.token_urlsafe(16), now, in_order, ahead + 1, wait, lane, language)
