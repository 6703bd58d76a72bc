"""Duty: who is there to be given customers, and what a break and going home mean."""

from __future__ import annotations

import pytest

from appliance.protocol import Gesture, LampPattern
from appliance.server.auth import identity, tokens
from appliance.server.domain.errors import InvalidState
from appliance.server.domain.states import Actor, Role, TransactionStatus
from appliance.server.domain.turns import Duty
from appliance.server.store import queries
from appliance.server.store.unit_of_work import Store
from appliance.server.usecases import duty, manager, rooms, therapist
from appliance.server.wire import answers, serialize
from tests.support.spa import PASSWORD, Clock, Spa, shop
from tests.support.visits import Visits

SHOP = shop()


def says(store: Store, who: Actor, *verbs: object) -> answers.DutyNow:
    answer: answers.DutyNow | None = None
    for verb in verbs:
        answer = store.run(lambda u, v=verb: serialize.duty(v(u, who)))
    assert answer is not None
    return answer


def state(store: Store, name: str = "ana") -> Duty:
    return store.run(lambda u: manager.staff_named(u, name).duty)


def lamp(store: Store, room: str = "1") -> LampPattern:
    return store.run(lambda u: rooms.lamps(u, SHOP))[room]


def test_a_day_of_duty(store: Store, spa: Spa, clock: Clock) -> None:
    assert says(store, spa.ana, duty.go_out).state is Duty.OUT
    came = says(store, spa.ana, duty.come_in)
    clock.advance(hours=2)
    rest = says(store, spa.ana, duty.take_a_break)
    assert (came.state, rest.state) == (Duty.IN, Duty.BREAK)
    clock.advance(minutes=20)
    back = says(store, spa.ana, duty.come_back)
    assert back.state is Duty.IN
    assert came.since is not None
    assert rest.since is not None
    assert back.since is not None
    assert came.since < rest.since < back.since
    (on_duty,) = (
        one for one in store.run(lambda u: queries.on_duty(u.session)) if one.name == "Ana"
    )
    assert serialize.iso(on_duty.on_duty_since) == came.since, "a break is part of the duty"
    assert says(store, spa.ana, duty.go_out).state is Duty.OUT


def test_said_twice_it_is_still_so_and_stands_in_the_history_once(store: Store, spa: Spa) -> None:
    once = says(store, spa.ana, duty.take_a_break)
    assert says(store, spa.ana, duty.take_a_break) == once
    happened = store.run(
        lambda u: queries.happened(
            u.session, queries.Wanted(None, None, None, "duty_break", None, None), 10
        )
    )
    assert [row.actor_name for row, _ in happened] == ["Ana"]


@pytest.mark.parametrize(
    ("verb", "said"), [(duty.take_a_break, "on a break"), (duty.go_out, "off duty")]
)
def test_who_is_not_there_is_given_nobody(
    visits: Visits, spa: Spa, verb: object, said: str
) -> None:
    waiting = visits.waiting()
    says(visits.store, spa.ana, verb)
    with pytest.raises(InvalidState, match=said):
        visits.store.run(lambda u: therapist.confirm_next(u, SHOP, spa.ana))
    assert visits.row(waiting).status is TransactionStatus.PENDING_THERAPIST


def test_on_a_break_the_lamp_is_off_and_the_button_says_why(visits: Visits, spa: Spa) -> None:
    visits.waiting()
    assert lamp(visits.store) is LampPattern.SLOW_BLINK
    says(visits.store, spa.ana, duty.take_a_break)
    assert lamp(visits.store) is LampPattern.OFF
    assert lamp(visits.store, "2") is LampPattern.SLOW_BLINK, "Ben is there"

    def press() -> object:
        return visits.store.run(lambda u: rooms.press(u, SHOP, "1", Gesture.PRESS, u.now()))

    with pytest.raises(InvalidState, match="on a break"):
        press()
    says(visits.store, spa.ana, duty.come_back)
    assert press() is LampPattern.FAST_BLINK


def test_a_break_ends_no_visit(visits: Visits, spa: Spa) -> None:
    there = visits.in_service()
    says(visits.store, spa.ana, duty.take_a_break)
    visits.store.run(lambda u: therapist.finish_service(u, SHOP, spa.ana, there))
    assert visits.row(there).status is TransactionStatus.FINISHED


def test_nobody_goes_home_from_a_customer(visits: Visits, spa: Spa) -> None:
    there = visits.called()
    with pytest.raises(InvalidState, match="You still have customer 0001"):
        says(visits.store, spa.ana, duty.go_out)
    assert state(visits.store) is Duty.IN
    visits.store.run(lambda u: therapist.release(u, SHOP, spa.ana, there))
    says(visits.store, spa.ana, duty.go_out)


def test_the_wait_counts_who_is_there(visits: Visits, spa: Spa) -> None:
    visits.waiting(spa.swedish_60)
    visits.waiting(spa.swedish_60)
    waits = lambda: visits.store.run(lambda u: queries.queue(u.session, u.now()).waits)  # noqa: E731
    assert waits() == [0, 0]
    says(visits.store, spa.ben, duty.take_a_break)
    assert waits() == [0, 60]
    says(visits.store, spa.ana, duty.go_out)
    assert waits() == [None, None]


def test_a_log_in_says_it_and_a_log_out_ends_what_only_a_log_in_has_said(
    store: Store, spa: Spa
) -> None:
    says(store, spa.ana, duty.go_out)
    who, token = identity.log_in(store, Role.THERAPIST, "ana", PASSWORD)
    assert state(store) is Duty.IN
    identity.log_out(store, who, None)
    assert state(store) is Duty.OUT
    who, token = identity.log_in(store, Role.THERAPIST, "ana", PASSWORD)
    says(store, spa.ana, duty.come_in)
    store.run(lambda u: tokens.end(u, manager.staff_named(u, "ana"), token))
    assert state(store) is Duty.IN, "who says it has to say when they leave"
    store.run(lambda u: manager.revoke_staff(u, spa.manager, "ana"))
    assert state(store) is Duty.OUT


def test_a_log_in_ends_no_break(store: Store, spa: Spa) -> None:
    says(store, spa.ana, duty.take_a_break)
    identity.log_in(store, Role.THERAPIST, "ana", PASSWORD)
    assert state(store) is Duty.BREAK


def test_a_duty_that_somebody_forgot_is_flagged_and_goes_on(
    store: Store, spa: Spa, clock: Clock
) -> None:
    def long() -> list[str]:
        now = clock()
        found = store.run(lambda u: queries.queue(u.session, now))
        return [one.name for one in serialize.queue(found, 1, now).duty if one.long]

    says(store, spa.ana, duty.go_out, duty.come_in)
    clock.advance(hours=15, minutes=59)
    says(store, spa.ben, duty.go_out, duty.come_in)
    assert long() == []
    clock.advance(minutes=2)
    assert long() == ["Ana"]
    assert state(store) is Duty.IN
