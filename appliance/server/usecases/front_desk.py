"""What the front desk does for customers before their service."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from appliance.server.domain.lanes import Wanted
from appliance.server.domain.states import Actor
from appliance.server.domain.visits import Event
from appliance.server.store.unit_of_work import UnitOfWork

from . import items
from .kiosk import Confirmed
from .places import take_place
from .shop import Shop
from .steps import Step


def add_walk_in(
    unit: UnitOfWork,
    shop: Shop,
    cashier: Actor,
    classification_ids: Sequence[int],
    note: str | None = None,
    wanted: Wanted | None = None,
) -> Confirmed:
    """Add somebody who cannot use the kiosk: the same number, ticket and place in the queue.

    Args:
        unit: The open unit of work.
        shop: The shop's settings.
        cashier: Who adds them; the history says so.
        classification_ids: What they would like.
        note: A first name, or what the therapist should know. Staff alone see it.
        wanted: Whom they ask for; None for anyone.

    Raises:
        InvalidState: Nothing is chosen, too much for one visit, or whom they ask for is not there.
        NotFound: A variant is no longer offered.
        DomainError: The table says no, or the codes are used up.
    """
    step = Step(unit, shop, cashier)
    decision = step.decide(None, Event.CASHIER_ADD_WALK_IN, item_count=len(classification_ids))
    chosen = items.choose(unit, classification_ids)
    place = take_place(unit, shop, wanted=wanted)
    visit = step.begin(
        replace(decision, at=place.at),
        *place.effects,
        items=chosen,
        facts={**place.facts, "note": (note or "").strip() or None},
        detail={"items": [items.named(item) for item in chosen]},
    )
    return Confirmed(visit, place.position, place.wait)
