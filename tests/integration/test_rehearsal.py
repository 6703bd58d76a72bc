"""What a start does for the first customer, and that nothing of it is left."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select, text

from appliance.server.rehearsal import rehearse
from appliance.server.store.models import HistoryEntry, PrintJob, Transaction, TransactionItem
from appliance.server.store.unit_of_work import Changes, Store
from tests.support.spa import open_spa, shop
from tests.support.visits import Visits

SHOP = shop()


@pytest.fixture(params=["store", "sqlite_store"])
def empty(request: pytest.FixtureRequest) -> Store:
    """Each of the two databases."""
    store: Store = request.getfixturevalue(request.param)
    return store


def test_a_rehearsal_leaves_nothing_and_tells_nobody(empty: Store) -> None:
    spa = open_spa(empty)
    told: list[Changes] = []
    with empty.database.session() as session:
        before = session.scalar(select(func.count()).select_from(HistoryEntry))
    empty.on_commit = told.append
    assert rehearse(empty, SHOP)
    assert told == []
    with empty.database.session() as session:
        assert session.scalar(select(func.count()).select_from(HistoryEntry)) == before
        for table in (Transaction, TransactionItem, PrintJob):
            assert session.scalar(select(func.count()).select_from(table)) == 0
    visits = Visits(empty, spa)
    assert visits.row(visits.waiting()).code == "0001"


def test_where_nothing_is_offered_a_start_goes_on(empty: Store) -> None:
    assert not rehearse(empty, SHOP)


def test_a_database_with_other_worries_keeps_no_start(store: Store) -> None:
    open_spa(store)
    with store.database.session() as other:
        other.execute(text("SELECT * FROM transaction_counter FOR UPDATE"))
        assert not rehearse(store, SHOP)
