"""Claims in flight; controls show what would go wrong without the locks."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import ExitStack

import pytest
from pymysql.connections import Connection as RawConnection

from appliance.server.store import claims
from appliance.server.store.unit_of_work import Store
from appliance.server.usecases import therapist
from tests.concurrency.conftest import CROWD
from tests.support.campaign import rounds
from tests.support.threads import PATIENCE, at_once
from tests.support.visits import Visits

Connect = Callable[[], RawConnection]
pytestmark = pytest.mark.timeout(rounds(1_800, 3600))


def test_claims_that_are_not_committed_yet_go_down_the_queue_one_by_one(
    visits: Visits, busy_store: Store
) -> None:
    waiting = [visits.waiting() for _ in range(8)]
    with ExitStack() as open_claims:
        taken = []
        for _ in waiting:
            session = open_claims.enter_context(busy_store.database.session())
            row = claims.next_waiting(session)
            assert row is not None
            taken.append(row.id)
        assert taken == waiting


def test_one_therapist_with_two_fingers_claims_one_customer(visits: Visits) -> None:
    for _ in range(4):
        visits.waiting()
    ana = visits.spa.ana
    results = at_once(
        [lambda: visits.store.run(lambda u: therapist.confirm_next(u, visits.shop, ana)).id] * 4
    )
    assert sum(isinstance(result, int) for result in results) == 1, results
    assert visits.broken_promises() == []


# --- control ----------------------------------------------------------------------------------


def test_control_reading_and_then_writing_claims_one_customer_for_all(
    visits: Visits, raw: Connect
) -> None:
    for _ in range(CROWD):
        visits.waiting()
    everybody_has_read = threading.Barrier(CROWD)

    def claim() -> int:
        with raw().cursor() as cursor:
            cursor.execute(
                "SELECT id FROM transactions WHERE status = 'pending_therapist'"
                " ORDER BY selection_confirmed_at, id LIMIT 1"
            )
            (key,) = cursor.fetchone() or (0,)
            everybody_has_read.wait(PATIENCE)
            cursor.execute(
                "UPDATE transactions SET status = 'therapist_confirmed' WHERE id = %s", (key,)
            )
        return key

    assert len(set(at_once([claim] * CROWD))) == 1


def test_control_a_lock_without_a_transaction_claims_one_customer_twice(
    visits: Visits, raw: Connect
) -> None:
    for _ in range(2):
        visits.waiting()
    claimed = []
    # Autocommit lets go of the lock at the end of the SELECT, before anybody has written.
    for program in (raw(), raw()):
        with program.cursor() as cursor:
            cursor.execute(
                "SELECT id FROM transactions WHERE status = 'pending_therapist'"
                " ORDER BY selection_confirmed_at, id LIMIT 1 FOR UPDATE SKIP LOCKED"
            )
            claimed.append(cursor.fetchone())
    assert claimed[0] == claimed[1] is not None
