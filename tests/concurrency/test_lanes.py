"""32 therapists at two servers claim customers who asked for somebody, and others."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from appliance.server.domain.lanes import ANYONE, Wanted, WantedKind, lanes_of
from appliance.server.domain.states import Gender, TransactionStatus
from appliance.server.store import invariants
from appliance.server.store.models import Staff, Transaction
from appliance.server.store.unit_of_work import Store, UnitOfWork
from appliance.server.usecases import kiosk
from tests.concurrency.conftest import SHOP, STAFF
from tests.support.campaign import rounds
from tests.support.rush import TREAT, Rush, in_order
from tests.support.server import ServerProcess
from tests.support.spa import open_spa

CUSTOMERS = rounds(96, 3000)
pytestmark = pytest.mark.timeout(rounds(1_800, 3600))


def test_with_lanes_nobody_is_claimed_twice_or_by_somebody_else_and_none_is_forgotten(
    busy_store: Store, two_servers: list[ServerProcess]
) -> None:
    store, chance = busy_store, random.Random(7)
    spa = open_spa(store, therapists=STAFF)
    genders = {
        one.id: (Gender.WOMAN, Gender.MAN, None)[place % 3]
        for place, one in enumerate(spa.therapists)
    }

    def prepare(unit: UnitOfWork) -> None:
        for key, gender in genders.items():
            unit.session.get_one(Staff, key).gender = gender

    store.run(prepare)
    some = [one.id for one in spa.therapists[:4]]
    wishes = [
        None,
        Wanted(WantedKind.WOMAN),
        Wanted(WantedKind.MAN),
        *(Wanted(WantedKind.THERAPIST, key) for key in some),
    ]
    for _ in range(CUSTOMERS):
        wanted = chance.choices(wishes, [12, 3, 3, 1, 1, 1, 1])[0]
        store.run(
            lambda u, w=wanted: kiosk.confirm_selection(
                u, SHOP, spa.kiosk, None, [spa.swedish_30], wanted=w
            )
        )
    waiting = in_order(store, TransactionStatus.PENDING_THERAPIST)
    rush = Rush(store, spa, two_servers)
    own = [lanes_of(one.id or 0, genders[one.id]) for one in spa.therapists]
    with rush.crew(spa.therapists) as crew:
        happened = rush.claim_all(crew, TREAT, own)
    assert happened.errors == []
    assert set(happened.left_when_told_nobody) == {0}
    assert Counter(happened.claimed) == Counter(waiting)
    assert in_order(store, TransactionStatus.PENDING_THERAPIST) == []

    def rows(unit: UnitOfWork) -> list[tuple[int, int]]:
        found = unit.session.query(Transaction.lane, Transaction.therapist_id).all()
        return [(lane, therapist or 0) for lane, therapist in found]

    found = store.run(rows)
    assert {lane for lane, _ in found} == {ANYONE, -1, -2, *some}
    assert [(lane, by) for lane, by in found if lane not in lanes_of(by, genders[by])] == []
    assert store.run(lambda u: list(invariants.violations(u.session))) == []
