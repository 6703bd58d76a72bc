"""The wait, told before somebody decides."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from appliance.server.domain.lanes import Wanted, WantedKind
from appliance.server.domain.waits import Reach, reach, said
from appliance.server.store import queries
from appliance.server.store.unit_of_work import UnitOfWork

from .shop import Shop


@dataclass(frozen=True, slots=True)
class Prospect:
    """What somebody may expect who takes a number now.

    Attributes:
        people_before: How many are called before.
        wait: Estimated minutes as people are told them; None while nobody is on duty for them.
        closing: When the shop closes today, aware UTC; None where that is not said.
        reach: Whether their turn comes before.
    """

    people_before: int
    wait: int | None
    closing: datetime | None
    reach: Reach


def prospect(
    unit: UnitOfWork, shop: Shop, minutes: int, wanted: WantedKind, therapist_id: int | None
) -> Prospect:
    """What somebody may expect who takes a number now; it promises nothing.

    Args:
        unit: The open unit of work.
        shop: The shop's settings.
        minutes: What they have chosen.
        wanted: Whom they ask for.
        therapist_id: Which therapist, where it is one.
    """
    now = unit.now()
    ahead, wait = queries.place_in_queue(
        unit.session,
        now,
        today=shop.day.start_of(now),
        lane=Wanted(wanted, therapist_id).lane,
    )
    closing = shop.closing(now)
    return Prospect(
        ahead, None if wait is None else said(wait), closing, reach(now, wait, minutes, closing)
    )
