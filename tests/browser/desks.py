"""A shop's desk, now or some days ago, without a screen."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from appliance.server.clock import utc_now
from appliance.server.store.unit_of_work import Store
from tests.browser.shop import Shop
from tests.support.spa import Clock
from tests.support.spa import shop as settings
from tests.support.till import Till


def till_of(shop: Shop, currency: str = "USD", days_ago: int = 0) -> Till:
    """A desk of this shop, now or some days ago."""
    clock = Clock(utc_now() - timedelta(days=days_ago))
    store = Store(shop.store.database, clock) if days_ago else shop.store
    return Till(store, shop.spa, clock, replace(settings(), currency=currency))


def close_a_day(shop: Shop, days_ago: int) -> None:
    """A day with one sale, from its float to its Z."""
    till = till_of(shop, days_ago=days_ago)
    till.open("100")
    till.sale("80", shop.spa.swedish_60)
    till.count_and_close()
    till.close_day()
