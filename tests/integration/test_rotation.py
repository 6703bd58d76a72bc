"""Rotation: who may call the next customer, and what lamps, refusals and turns say."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import update

from appliance.protocol import Gesture, LampPattern
from appliance.server.auth import identity
from appliance.server.auth.journal import Journal
from appliance.server.domain.errors import InvalidState
from appliance.server.domain.lanes import Wanted, WantedKind
from appliance.server.domain.states import Actor, Role
from appliance.server.domain.turns import Duty, TurnRule
from appliance.server.store import queries
from appliance.server.store.models import ServiceClassification
from appliance.server.store.unit_of_work import Changes, Store, UnitOfWork
from appliance.server.sweeper import Sweeper
from appliance.server.usecases import duty, kiosk, manager, rooms, rotation, therapist
from appliance.server.wire import serialize
from tests.support.campaign import rounds
from tests.support.spa import PASSWORD, Clock, Spa, open_spa, shop
from tests.support.visits import Visits

SHOP = replace(shop(), turn_rule=TurnRule.ROTATION)
BLINKS, OFF = LampPattern.SLOW_BLINK, LampPattern.OFF


@pytest.fixture
def visits(visits: Visits) -> Visits:
    """In a shop with rotation; Ana came in before Ben."""
    visits.shop = SHOP
    return visits


def calls(visits: Visits, who: Actor) -> int:
    return visits.store.run(lambda u: therapist.confirm_next(u, SHOP, who)).id


def treats(visits: Visits, who: Actor) -> int:
    """Calls, treats, and is ready again."""
    found = calls(visits, who)
    visits.store.run(lambda u: therapist.start_service(u, SHOP, who, found))
    visits.store.run(lambda u: therapist.finish_service(u, SHOP, who, found))
    visits.store.run(lambda u: therapist.room_ready(u, SHOP, who))
    return found


def turns(visits: Visits) -> list[Decimal]:
    found = visits.store.run(lambda u: rotation.standings(u, SHOP))
    return [found[who.id or 0].turns for who in visits.spa.therapists]


def lamps(visits: Visits) -> list[LampPattern]:
    return list(visits.store.run(lambda u: rooms.lamps(u, SHOP)).values())


def test_the_first_in_is_first_and_then_whoever_has_had_fewer(visits: Visits, spa: Spa) -> None:
    line = [visits.waiting() for _ in range(4)]
    with pytest.raises(InvalidState, match="Ana is first"):
        calls(visits, spa.ben)
    assert treats(visits, spa.ana) == line[0]
    with pytest.raises(InvalidState, match="Ben is first"):
        calls(visits, spa.ana)
    assert treats(visits, spa.ben) == line[1]
    assert turns(visits) == [1, 1]
    assert calls(visits, spa.ana) == line[2], "she has been free for longer"
    assert calls(visits, spa.ben) == line[3], "Ana is busy"
    assert visits.broken_promises() == []


@pytest.mark.timeout(rounds(1_800, 7200))
def test_random_days_are_fair_where_nobody_is_asked_for(store: Store, clock: Clock) -> None:
    """Whole days on the real use cases; who is not first is refused, and turns stay together."""
    chance, spa = random.Random(3), open_spa(store, therapists=5)
    visits = Visits(store, spa, SHOP)

    def half_a_turn(unit: UnitOfWork) -> None:
        unit.session.get_one(ServiceClassification, spa.deep_60).turn_value = Decimal("0.5")

    store.run(half_a_turn)
    began = clock()
    for day in range(rounds(2, 1000)):
        # At the same time each day: where the business day ends in the middle, turns begin again.
        clock.advance(seconds=(began + timedelta(days=day + 1) - clock()).total_seconds())
        for who in spa.therapists:
            store.run(lambda u, who=who: duty.go_out(u, who))
        there = chance.sample(spa.therapists, chance.randint(2, 5))
        for who in there:
            clock.advance(seconds=1)
            store.run(lambda u, who=who: duty.come_in(u, who))
        had = dict.fromkeys(there, Decimal(0))
        for _ in range(chance.randint(1, 12)):
            clock.advance(minutes=chance.randint(1, 30))
            variant = chance.choice([spa.swedish_30, spa.deep_60])
            visits.waiting(variant)
            found = store.run(lambda u: rotation.standings(u, SHOP))
            (first,) = (who for who in there if found[who.id or 0].place == 1)
            assert had[first] == min(had.values())
            with pytest.raises(InvalidState, match=f"{first.name} is first"):
                calls(visits, chance.choice([who for who in there if who is not first]))
            treats(visits, first)
            had[first] += 1 if variant == spa.swedish_30 else Decimal("0.5")
            now = store.run(lambda u: rotation.standings(u, SHOP))
            assert {who: now[who.id or 0].turns for who in there} == had
            assert max(had.values()) - min(had.values()) <= 1


def test_after_a_minute_the_next_may_call_and_the_lamps_say_so(
    visits: Visits, spa: Spa, clock: Clock
) -> None:
    line = [visits.waiting() for _ in range(2)]
    assert lamps(visits) == [BLINKS, OFF]
    clock.advance(seconds=58)
    with pytest.raises(InvalidState, match="Ana is first"):
        visits.store.run(lambda u: rooms.press(u, SHOP, "2", Gesture.PRESS, u.now()))
    sweeper = Sweeper(visits.store, SHOP, Journal(visits.store))
    sweeper.sweep()
    told: list[Changes] = []
    visits.store.on_commit = told.append
    clock.advance(seconds=3)
    sweeper.sweep()
    assert any(changes.queue for changes in told), "time alone has changed whose turn it is"
    assert lamps(visits) == [BLINKS, BLINKS]
    assert calls(visits, spa.ben) == line[0]
    assert lamps(visits)[0] is BLINKS
    assert calls(visits, spa.ana) == line[1]


def test_a_customer_who_does_not_come_gives_the_turn_back(visits: Visits, spa: Spa) -> None:
    for _ in range(2):
        visits.waiting()
    gone = calls(visits, spa.ana)
    assert turns(visits) == [1, 0]
    visits.store.run(lambda u: therapist.no_show(u, SHOP, spa.ana, gone, None))
    assert turns(visits) == [0, 0]
    back = calls(visits, spa.ana)  # She is first again.
    visits.store.run(lambda u: therapist.release(u, SHOP, spa.ana, back))
    assert turns(visits) == [0, 0]


def test_a_service_is_worth_what_the_catalogue_said_when_it_was_chosen(
    visits: Visits, spa: Spa
) -> None:
    def worth(variant: int, value: str) -> None:
        change = update(ServiceClassification).where(ServiceClassification.id == variant)
        visits.store.run(lambda u: u.session.execute(change.values(turn_value=Decimal(value))))

    worth(spa.swedish_30, "0.5")
    worth(spa.deep_60, "0")
    visits.waiting(spa.swedish_30)
    visits.waiting(spa.deep_60)
    visits.waiting(spa.swedish_30, spa.swedish_60, spa.swedish_60)
    worth(spa.swedish_30, "1")
    treats(visits, spa.ana)
    treats(visits, spa.ben)
    assert turns(visits) == [Decimal("0.5"), 0]
    treats(visits, spa.ben)
    assert turns(visits) == [Decimal("0.5"), 1], "a customer is one turn at most"


def test_whoever_is_asked_for_need_not_be_first(visits: Visits, spa: Spa) -> None:
    visits.waiting()
    ben = Wanted(WantedKind.THERAPIST, spa.ben.id)
    asked = visits.store.run(
        lambda u: kiosk.confirm_selection(u, SHOP, spa.kiosk, None, [spa.swedish_30], wanted=ben)
    ).transaction.id
    assert lamps(visits) == [BLINKS, BLINKS]
    assert calls(visits, spa.ben) == asked, "the one who asked for nobody is Ana's"


def test_on_a_break_nobody_is_first(visits: Visits, spa: Spa) -> None:
    waiting = visits.waiting()
    visits.store.run(lambda u: duty.take_a_break(u, spa.ana))
    assert lamps(visits) == [OFF, BLINKS]
    assert calls(visits, spa.ben) == waiting


def test_a_log_in_puts_nobody_into_the_rotation(store: Store, spa: Spa) -> None:
    store.run(lambda u: duty.go_out(u, spa.ana))
    identity.log_in(store, Role.THERAPIST, "ana", PASSWORD, on_duty=False)
    assert store.run(lambda u: manager.staff_named(u, "ana").duty) is Duty.OUT


def test_staff_see_turns_and_who_is_first(visits: Visits, spa: Spa) -> None:
    visits.waiting()

    def shown(unit) -> Any:
        now = unit.now()
        turns = rotation.standings(unit, SHOP)
        return serialize.queue(queries.queue(unit.session, now), 1, now, turns).duty

    assert [(one.name, one.turns, one.first) for one in visits.store.look(shown)] == [
        ("Ana", 0, None),
        ("Ben", 0, "Ana"),
    ]
