"""32 therapists and 32 cashiers claim at once at two servers; controls show what would go wrong."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack

import pytest
from pymysql.connections import Connection as RawConnection

from appliance.server.store import claims
from appliance.server.store.unit_of_work import Store
from appliance.server.usecases import therapist
from tests.concurrency.conftest import ADDED, CROWD, CUSTOMERS, STAFF, RushHour
from tests.support.campaign import rounds
from tests.support.rush import Claims
from tests.support.threads import PATIENCE, at_once
from tests.support.visits import Visits

Connect = Callable[[], RawConnection]
pytestmark = pytest.mark.timeout(rounds(300, 3600))


def lived(rush_hour: RushHour, who: str) -> tuple[Claims, list[int]]:
    """How some staff claimed, and who waited for them, oldest first."""
    return {
        "therapists": (rush_hour.therapists, rush_hour.waiting),
        "cashiers": (rush_hour.cashiers, rush_hour.at_the_desk),
        "therapists while kiosks add": (rush_hour.meanwhile, rush_hour.added),
        "cashiers by code": (rush_hour.by_code, rush_hour.added),
    }[who]


BY_NEXT = ["therapists", "cashiers", "therapists while kiosks add"]
ALL = [*BY_NEXT, "cashiers by code"]


@pytest.mark.parametrize("who", ALL)
def test_every_customer_is_claimed_once_and_nobody_is_left(rush_hour: RushHour, who: str) -> None:
    happened, waiting = lived(rush_hour, who)
    assert len(waiting) == (CUSTOMERS if who in {"therapists", "cashiers"} else ADDED)
    assert Counter(happened.claimed) == Counter(waiting)


@pytest.mark.parametrize("who", ALL)
def test_nothing_goes_wrong_meanwhile(rush_hour: RushHour, who: str) -> None:
    assert lived(rush_hour, who)[0].errors == []


@pytest.mark.parametrize("who", ALL)
def test_nobody_is_told_that_nobody_waits_while_somebody_does(
    rush_hour: RushHour, who: str
) -> None:
    told_nobody = lived(rush_hour, who)[0].left_when_told_nobody
    # Every fourth of those who race for codes claims the next instead.
    assert len(told_nobody) >= (STAFF if who in BY_NEXT else STAFF // 4)
    assert set(told_nobody) == {0}


@pytest.mark.parametrize("who", BY_NEXT)
def test_nobody_is_overtaken_by_more_than_the_claims_in_flight(
    rush_hour: RushHour, who: str
) -> None:
    happened, waiting = lived(rush_hour, who)
    rank = {key: number for number, key in enumerate(waiting)}
    # Whoever is claimed, at most the 31 claims of the others may still be on their way to
    # somebody older.
    early = [
        (place, rank[key])
        for place, key in enumerate(happened.claimed)
        if rank[key] - place > STAFF - 1
    ]
    assert early == []


def test_several_cashiers_typed_the_same_code(rush_hour: RushHour) -> None:
    # Otherwise there was no race: each code is typed by six cashiers, of whom one is the first.
    assert rush_hour.by_code.refused.count("invalid_state") > ADDED


@pytest.mark.parametrize("moment", ["confirmed", "treated", "paid", "added", "paid by code"])
def test_every_promise_holds_afterwards(rush_hour: RushHour, moment: str) -> None:
    assert rush_hour.broken_promises[moment] == []


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
