"""A customer moves to another therapist or room, and a therapist looks at the own day."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from appliance.protocol import Gesture, PrintRole
from appliance.server.domain.errors import Forbidden, InvalidState, NotFound, RoomUnavailable
from appliance.server.domain.ledger import Offer
from appliance.server.domain.payments import METHODS
from appliance.server.domain.states import SYSTEM, Actor, Role, RoomStatus, TransactionStatus
from appliance.server.store.models import PrintJob, Room, Staff
from appliance.server.usecases import cashier, duty, manager, moves, my_day, rooms, therapist
from appliance.server.usecases.manager import visits as stuck
from tests.support.spa import Clock, Spa, shop
from tests.support.visits import Visits

SHOP = shop()
S = TransactionStatus


def do(visits: Visits, verb: Any, *what: Any) -> Any:
    return visits.store.run(lambda u: verb(u, SHOP, *what))


def rooms_now(visits: Visits) -> dict[str, tuple[RoomStatus, int | None]]:
    return visits.store.run(
        lambda u: {
            row.room_number: (row.status, row.current_transaction_id)
            for row in u.session.scalars(select(Room))
        }
    )


def press(visits: Visits, clock: Clock, room: str, kind: Gesture = Gesture.PRESS) -> None:
    visits.store.run(lambda u: rooms.gesture(u, SHOP, room, kind, clock.now))


def now(visits: Visits, person: Actor) -> Actor:
    """The person as the next request finds them."""
    return visits.store.run(lambda u: u.session.get_one(Staff, person.id).actor)


@pytest.mark.parametrize("in_service", [False, True])
def test_a_therapist_hands_a_customer_over_in_the_middle(
    visits: Visits, spa: Spa, in_service: bool
) -> None:
    visit = visits.in_service() if in_service else visits.called()
    row = do(visits, moves.hand_over, spa.ana, visit, spa.ben.id)
    assert (row.therapist_id, row.room_number) == (spa.ben.id, "2")
    left = RoomStatus.PREPARING if in_service else RoomStatus.AVAILABLE
    assert rooms_now(visits) == {"1": (left, None), "2": (RoomStatus.OCCUPIED, visit)}
    last = visits.history(visit)[-1]
    assert (last.event, last.actor_name) == ("therapist_hand_over", "Ana")
    assert last.detail == {"from": "Ana", "to": "Ben", "room_number": "2"}
    with pytest.raises(InvalidState, match="already has this customer"):
        do(visits, moves.hand_over, spa.ana, visit, spa.ben.id)
    if in_service:
        do(visits, therapist.finish_service, spa.ben, visit)
    assert visits.broken_promises() == []


@pytest.mark.parametrize("by_manager", [False, True])
def test_not_to_somebody_who_rests_or_has_gone_home(
    visits: Visits, spa: Spa, by_manager: bool
) -> None:
    visit = visits.in_service()
    before = visits.events(visit)

    def hand_over() -> None:
        if by_manager:
            do(visits, stuck.hand_over, spa.manager, visit, spa.ben.id, None, "tired")
        else:
            do(visits, moves.hand_over, spa.ana, visit, spa.ben.id)

    visits.store.run(lambda u: duty.take_a_break(u, spa.ben))
    with pytest.raises(InvalidState, match=r"Ben is on a break\. Choose someone else\."):
        hand_over()
    visits.store.run(lambda u: duty.go_out(u, spa.ben))
    with pytest.raises(InvalidState, match="Ben is not on duty"):
        hand_over()
    assert visits.events(visit) == before
    visits.store.run(lambda u: duty.come_in(u, spa.ben))
    hand_over()
    assert visits.row(visit).therapist_id == spa.ben.id


@pytest.mark.parametrize("by", ["ana", "ben", "manager"])
def test_a_room_that_was_left_is_marked_ready_by_whoever_cleaned_it(
    visits: Visits, spa: Spa, by: str
) -> None:
    visits.store.run(lambda u: manager.add_room(u, SYSTEM, "Garden room"))
    visit = visits.in_service()
    do(visits, moves.change_room, spa.ana, visit, "Garden room")
    assert rooms_now(visits)["1"] == (RoomStatus.PREPARING, None)
    actor = now(visits, getattr(spa, by))
    with pytest.raises(InvalidState, match="Garden room is occupied"):
        do(visits, therapist.other_room_ready, actor, "Garden room")
    with pytest.raises(NotFound, match="No such room: 9"):
        do(visits, therapist.other_room_ready, actor, "9")
    room, _ = do(visits, therapist.other_room_ready, actor, "1")
    assert room.status is RoomStatus.AVAILABLE
    assert rooms_now(visits)["1"] == (RoomStatus.AVAILABLE, None)
    assert visits.broken_promises() == []


def test_only_to_somebody_who_is_there_and_free(visits: Visits, spa: Spa) -> None:
    bens = visits.in_service(spa.ben)
    mine = visits.in_service()
    with pytest.raises(InvalidState, match="Ben already has a customer"):
        do(visits, moves.hand_over, spa.ana, mine, spa.ben.id)
    with pytest.raises(InvalidState, match="already"):
        do(visits, moves.hand_over, spa.ana, mine, spa.ana.id)
    with pytest.raises(Forbidden):
        do(visits, moves.hand_over, spa.ana, bens, spa.ana.id)
    with pytest.raises(NotFound):
        do(visits, moves.hand_over, spa.ana, mine, spa.eva.id)
    do(visits, therapist.finish_service, spa.ben, bens)
    with pytest.raises(RoomUnavailable, match="not ready"):
        do(visits, moves.hand_over, spa.ana, mine, spa.ben.id)
    assert visits.row(mine).therapist_id == spa.ana.id
    assert visits.broken_promises() == []


def test_a_therapist_goes_on_in_another_room_and_nothing_stays_behind(
    visits: Visits, spa: Spa, clock: Clock
) -> None:
    visits.store.run(lambda u: manager.add_room(u, SYSTEM, "3"))
    visit = visits.in_service()
    assert do(visits, moves.change_room, spa.ana, visit, "3").room_number == "3"
    assert rooms_now(visits)["1"] == (RoomStatus.PREPARING, None)
    assert rooms_now(visits)["3"] == (RoomStatus.OCCUPIED, visit)
    assert visits.store.run(lambda unit: rooms.lamps(unit, visits.shop)) == {
        "1": "pulse",
        "2": "off",
        "3": "on",
    }
    ana = now(visits, spa.ana)
    assert ana.room_number == "3"
    # Nobody works in room 1 now: the one who has cleaned it presses its button.
    press(visits, clock, "1")
    assert rooms_now(visits)["1"] == (RoomStatus.AVAILABLE, None)
    press(visits, clock, "3", Gesture.HOLD)
    assert visits.row(visit).status is S.FINISHED
    press(visits, clock, "3")
    following = visits.waiting()
    press(visits, clock, "3")
    assert (visits.row(following).therapist_id, visits.row(following).room_number) == (
        ana.id,
        "3",
    )
    assert visits.broken_promises() == []


@pytest.mark.parametrize(
    ("room", "error"), [("1", InvalidState), ("2", RoomUnavailable), ("99", NotFound)]
)
def test_a_room_that_is_not_ready_changes_nothing(
    visits: Visits, spa: Spa, room: str, error: type[Exception]
) -> None:
    visits.in_service(spa.ben)
    mine = visits.in_service()
    before = rooms_now(visits)
    with pytest.raises(error):
        do(visits, moves.change_room, spa.ana, mine, room)
    assert (rooms_now(visits), now(visits, spa.ana).room_number) == (before, "1")


def test_my_day_counts_what_i_finished_today_and_prints_it(
    visits: Visits, spa: Spa, clock: Clock
) -> None:
    visits.paid()
    clock.advance(days=1)
    mine = visits.in_service_with(spa.swedish_30, spa.deep_60)
    clock.advance(minutes=95)
    do(visits, therapist.finish_service, spa.ana, mine)
    do(visits, therapist.room_ready, spa.ana)
    do(visits, cashier.claim_next, spa.eva)
    offer = Offer(METHODS["card"], Decimal("155.50"), tip=Decimal(10))
    do(visits, cashier.pay, spa.eva, mine, [offer])
    visits.finished(spa.ben)
    day = do(visits, my_day.print_it, spa.ana)
    assert [visit.id for visit in day.treated] == [mine]
    assert (day.minutes, day.tips) == (95, Decimal("10.00"))
    job = visits.store.run(
        lambda u: u.session.scalars(select(PrintJob).where(PrintJob.kind == PrintRole.REPORT)).one()
    )
    assert job.document["title"] == "Day of Ana"
    assert ["Tips", "$10.00"] in [list(row) for row in job.document["rows"]]
    nobody = do(visits, my_day.look, Actor(Role.THERAPIST, 999, "Nobody"))
    assert (nobody.treated, nobody.tips) == ([], Decimal(0))
