"""A desk with a till."""

from __future__ import annotations

import pytest

from appliance.server.store.unit_of_work import Store
from tests.support.spa import Clock, Spa, shop
from tests.support.till import Till, offer

__all__ = ["Till", "offer"]


@pytest.fixture
def till(store: Store, spa: Spa, clock: Clock) -> Till:
    return Till(store, spa, clock, shop())
