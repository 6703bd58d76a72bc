"""Years of visits: what looks at all of them keeps a page at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event, func, select

from appliance.server.store import invariants, pages
from appliance.server.store.db import Database
from appliance.server.store.models import HistoryEntry, Payment
from appliance.server.store.unit_of_work import Store
from benchmarks.past import fill_past
from tests.support.mariadb import PrivateMariaDB
from tests.support.spa import Spa

VISITS = 3 * pages.ROWS + 7


@contextmanager
def rows_at_once(database: Database) -> Iterator[list[int]]:
    """How many rows each statement brought into the process."""
    counts: list[int] = []

    def note(_connection: Any, cursor: Any, *_: object) -> None:
        counts.append(cursor.rowcount)

    event.listen(database.engine, "after_cursor_execute", note)
    yield counts
    event.remove(database.engine, "after_cursor_execute", note)


def test_the_check_of_years_is_whole_and_keeps_a_page_at_a_time(
    store: Store, spa: Spa, mariadb: PrivateMariaDB
) -> None:
    assert spa.eva.id is not None
    fill_past(mariadb.url("lobby_test"), VISITS)
    steps = store.run(lambda u: u.session.scalar(select(func.count()).select_from(HistoryEntry)))
    assert steps is not None
    with rows_at_once(store.database) as counts, store.database.session() as session:
        assert list(invariants.violations(session)) == []
    assert pages.ROWS < max(counts) < steps / 2, "the control: all of it would be more"

    def spoil(unit: Any) -> int:
        last = unit.session.scalars(select(Payment).order_by(Payment.id.desc()).limit(1)).one()
        last.change_amount += 1
        return int(last.transaction_id)

    spoiled = store.run(spoil)
    with store.database.session() as session:
        found = list(invariants.violations(session))
    assert found
    assert all(line.startswith(f"transaction {spoiled}: ") for line in found)
