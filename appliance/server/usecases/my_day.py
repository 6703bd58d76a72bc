"""A therapist's own day: whom they have treated, for how long, and what of the tips is theirs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from appliance.server.domain.states import Actor
from appliance.server.store import ledger, visits
from appliance.server.store.models import Transaction
from appliance.server.store.unit_of_work import UnitOfWork
from appliance.translations import translations
from appliance.words import N_

from .shop import Shop
from .till import slips


@dataclass(frozen=True, slots=True)
class MyDay:
    """What a therapist has done today.

    Attributes:
        business_date: Which day.
        treated: The visits whose service they have finished, in that order.
        tips: What has been given to them today, less what was given back; in the shop's currency.
    """

    business_date: date
    treated: Sequence[Transaction]
    tips: Decimal

    @property
    def minutes(self) -> int:
        """How long the services took, all together."""
        return sum(minutes_of(visit) for visit in self.treated)


def minutes_of(visit: Transaction) -> int:
    """How many whole minutes a finished service took."""
    began, ended = visit.service_start_at, visit.service_finish_at
    if began is None or ended is None:
        return 0
    return max(0, int((ended - began).total_seconds() // 60))


def look(unit: UnitOfWork, shop: Shop, therapist: Actor) -> MyDay:
    """What I have done today."""
    now = unit.now()
    began = shop.day.start_of(now)
    mine = therapist.id or 0
    return MyDay(
        shop.day.date_of(now),
        visits.treated_by(unit.session, mine, began),
        ledger.tips_of(unit.session, mine, began),
    )


def print_it(unit: UnitOfWork, shop: Shop, therapist: Actor) -> MyDay:
    """Print my day where reports are printed."""
    day = look(unit, shop, therapist)
    slips.my_day(unit, shop, therapist, day.business_date, _lines(shop, day), day.tips)
    return day


def _lines(shop: Shop, day: MyDay) -> list[tuple[str, str]]:
    say = translations(shop.language).on_paper
    lines = [
        (say(N_("Customers")), str(len(day.treated))),
        (say(N_("Minutes")), str(day.minutes)),
    ]
    return lines + [
        (
            f"{visit.code} {', '.join(item.service_name for item in visit.items)}",
            say(N_("{minutes} min"), minutes=minutes_of(visit)),
        )
        for visit in day.treated
    ]
