"""A rush hour: 16 kiosks confirm, then 32 therapists and 32 cashiers claim at two servers at once.

It is lived through once, and what happened in it is looked at by the tests. What would go wrong
without the locks is shown by the controls of `test_codes` and `test_claims`.
"""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise

import pytest
from sqlalchemy import select

from appliance.server.domain.errors import Busy
from appliance.server.domain.states import TransactionStatus
from appliance.server.store import invariants
from appliance.server.store.db import Database
from appliance.server.store.models import Transaction
from appliance.server.store.unit_of_work import Store, UnitOfWork
from appliance.server.usecases import kiosk, therapist
from tests.concurrency.conftest import CROWD, SHOP, STAFF, real_time
from tests.conftest import empty
from tests.support.campaign import rounds
from tests.support.rush import TAKE_MONEY, TREAT, Claims, Rush, in_order
from tests.support.server import ServerProcess
from tests.support.spa import Spa, open_spa
from tests.support.threads import at_once

pytestmark = pytest.mark.timeout(rounds(1_800, 3600))
CODES = CROWD * rounds(20, 313)
"""How many codes the kiosks give out."""
CUSTOMERS = rounds(128, 2000)
"""How many of them are treated and pay."""
ADDED = rounds(64, 2000)
"""How many more come while they are treated."""


@dataclass
class RushHour:
    """What happened.

    Attributes:
        confirmed: Code and time of confirmation, in the order of codes.
        places: By code, the place in the queue that the kiosk told.
        waiting: Those who are treated, oldest first.
        therapists: How the therapists claimed them.
        at_the_desk: The same people in the order in which they came to the desk.
        cashiers: How the cashiers claimed them.
        added: Those whom the kiosks added while the therapists claimed, oldest first.
        meanwhile: How the therapists claimed them.
        by_code: How the cashiers claimed them, by code and by `next` at once.
        broken_promises: By moment, what `db check` said.
    """

    confirmed: list[tuple[str, datetime]] = field(default_factory=list)
    places: dict[str, int] = field(default_factory=dict)
    waiting: list[int] = field(default_factory=list)
    therapists: Claims = field(default_factory=Claims)
    at_the_desk: list[int] = field(default_factory=list)
    cashiers: Claims = field(default_factory=Claims)
    added: list[int] = field(default_factory=list)
    meanwhile: Claims = field(default_factory=Claims)
    by_code: Claims = field(default_factory=Claims)
    broken_promises: dict[str, list[str]] = field(default_factory=dict)


@pytest.fixture(scope="module")
def rush_hour(migrated: Database, two_servers: list[ServerProcess]) -> RushHour:
    """16 kiosks; then 32 therapists and 32 cashiers, half of them at each of two servers.

    First everybody waits before the first is claimed; then kiosks go on adding customers while the
    therapists claim, and half of the cashiers type codes, the same ones at both servers.
    """
    empty(migrated)
    store = Store(migrated, real_time)
    spa = open_spa(store, therapists=STAFF, cashiers=STAFF)
    happened = RushHour()
    rush = Rush(store, spa, two_servers)

    def check(moment: str) -> None:
        happened.broken_promises[moment] = store.run(
            lambda u: list(invariants.violations(u.session))
        )

    happened.places = _confirm_all(store, spa)
    happened.confirmed = store.run(_codes)
    check("confirmed")
    _send_home_all_but(store, spa, CUSTOMERS)
    happened.waiting = in_order(store, TransactionStatus.PENDING_THERAPIST)
    with rush.crew(spa.therapists) as therapists:
        happened.therapists = rush.claim_all(therapists, TREAT)
    check("treated")
    happened.at_the_desk = in_order(store, TransactionStatus.FINISHED)
    with rush.crew(spa.cashiers) as cashiers:
        happened.cashiers = rush.claim_all(cashiers, TAKE_MONEY)
    check("paid")
    with rush.crew(spa.therapists) as therapists:
        happened.added, happened.meanwhile = rush.claim_while_kiosks_add(therapists, ADDED)
    check("added")
    with rush.crew(spa.cashiers) as cashiers:
        happened.by_code = rush.race_for_codes(cashiers)
    check("paid by code")
    return happened


def _confirm_all(store: Store, spa: Spa) -> dict[str, int]:
    places: dict[str, int] = {}

    def stand_at_the_kiosk() -> None:
        there = 0
        while there < CODES // CROWD:
            # On a machine with too much to do somebody may wait too long for the counter.
            with suppress(Busy):
                done = store.run(
                    lambda u: kiosk.confirm_selection(u, SHOP, spa.kiosk, None, [spa.swedish_30])
                )
                places[done.transaction.code or ""] = done.queue_position
                there += 1

    for result in at_once([stand_at_the_kiosk] * CROWD):
        if isinstance(result, Exception):
            raise result
    return places


def _codes(unit: UnitOfWork) -> list[tuple[str, datetime]]:
    rows = unit.session.execute(
        select(Transaction.code, Transaction.selection_confirmed_at).order_by(Transaction.code)
    )
    return [(code or "", at) for code, at in rows if at is not None]


def _send_home_all_but(store: Store, spa: Spa, number: int) -> None:
    too_many = in_order(store, TransactionStatus.PENDING_THERAPIST)[number:]
    store.run(lambda u: [therapist.no_show(u, SHOP, spa.ana, key, None) for key in too_many])


def test_codes_have_no_gap_and_no_duplicate(rush_hour: RushHour) -> None:
    codes = [code for code, _ in rush_hour.confirmed]
    assert codes == [f"{number:04d}" for number in range(1, CODES + 1)]


def test_the_order_of_codes_is_the_order_of_confirmation(rush_hour: RushHour) -> None:
    times = [at for _, at in rush_hour.confirmed]
    assert all(earlier < later for earlier, later in pairwise(times))


def test_no_two_kiosks_tell_the_same_place(rush_hour: RushHour) -> None:
    # Nobody is claimed while these confirm, so the n-th code stands at the n-th place.
    assert rush_hour.places == {f"{number:04d}": number for number in range(1, CODES + 1)}


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
    # No matter who is claimed, at most the 31 claims of the others may still be on their way to
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
