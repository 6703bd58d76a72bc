"""Customers who ask for somebody: who calls them, how long they wait, and when nobody is left."""

from __future__ import annotations

import pytest
from msgspec import UNSET

from appliance.protocol import LampPattern
from appliance.server.domain.errors import InvalidState, NotFound, NothingWaiting
from appliance.server.domain.lanes import Wanted, WantedKind
from appliance.server.domain.states import Actor, Gender
from appliance.server.store import claims, queries
from appliance.server.store.models import Staff
from appliance.server.store.unit_of_work import Store
from appliance.server.usecases import duty, front_desk, kiosk, lanes, rooms, therapist
from appliance.server.wire import serialize
from tests.support.spa import Spa, shop
from tests.support.visits import Visits

SHOP = shop()
WOMAN, MAN = Wanted(WantedKind.WOMAN), Wanted(WantedKind.MAN)


def only(who: Actor) -> Wanted:
    return Wanted(WantedKind.THERAPIST, who.id)


@pytest.fixture
def spa(spa: Spa, store: Store) -> Spa:
    """Ana is a woman, Ben a man."""
    for who, gender in ((spa.ana, Gender.WOMAN), (spa.ben, Gender.MAN)):
        store.run(lambda u, it=who, g=gender: setattr(u.session.get_one(Staff, it.id), "gender", g))
    return spa


def asks(visits: Visits, wanted: Wanted | None, variant: int | None = None) -> int:
    """Somebody joins the queue, and asks for this."""
    chosen = [variant or visits.spa.swedish_60]
    answer = visits.store.run(
        lambda u: kiosk.confirm_selection(u, SHOP, visits.spa.kiosk, None, chosen, wanted=wanted)
    )
    return answer.transaction.id


def calls(visits: Visits, who: Actor) -> int:
    """Whom a therapist calls; they are gone at once, so that the next one can be called."""
    found = visits.store.run(lambda u: therapist.confirm_next(u, SHOP, who)).id
    visits.store.run(lambda u: therapist.no_show(u, SHOP, who, found, None))
    return found


def waits(visits: Visits) -> list[int | None]:
    return list(visits.store.run(lambda u: queries.queue(u.session, u.now())).waits)


def test_everybody_is_called_by_whom_they_asked_for_and_the_oldest_first(
    visits: Visits, spa: Spa
) -> None:
    for_ben = asks(visits, only(spa.ben))
    woman = asks(visits, WOMAN)
    anyone = asks(visits, None)
    for_ana = asks(visits, only(spa.ana))
    man = asks(visits, MAN)
    assert [calls(visits, spa.ana) for _ in range(3)] == [woman, anyone, for_ana]
    with pytest.raises(NothingWaiting, match="asked for someone else"):
        calls(visits, spa.ana)
    assert [calls(visits, spa.ben) for _ in range(2)] == [for_ben, man]
    with pytest.raises(NothingWaiting, match="No pending"):
        calls(visits, spa.ben)
    assert visits.broken_promises() == []


def test_who_is_asked_for_does_not_let_others_starve(visits: Visits, spa: Spa) -> None:
    old = asks(visits, None)
    for _ in range(5):
        asks(visits, only(spa.ana))
    assert calls(visits, spa.ana) == old


def test_a_released_customer_goes_back_to_their_place_in_their_lane(
    visits: Visits, spa: Spa
) -> None:
    first = asks(visits, WOMAN)
    asks(visits, None)
    visits.store.run(lambda u: therapist.confirm_next(u, SHOP, spa.ana))
    visits.store.run(lambda u: therapist.release(u, SHOP, spa.ana, first))
    assert calls(visits, spa.ben) != first
    assert calls(visits, spa.ana) == first


def test_the_wait_is_for_whom_they_asked_for(visits: Visits, spa: Spa) -> None:
    asks(visits, only(spa.ana), spa.swedish_60)
    asks(visits, only(spa.ana), spa.swedish_30)
    asks(visits, None, spa.swedish_30)
    asks(visits, None, spa.swedish_30)
    asks(visits, WOMAN)
    assert waits(visits) == [0, 60, 0, 30, 90]


def test_the_lamp_blinks_for_whom_they_asked_for(visits: Visits, spa: Spa) -> None:
    asks(visits, only(spa.ben))
    assert visits.store.run(lambda u: rooms.lamps(u, SHOP)) == {
        "1": LampPattern.OFF,
        "2": LampPattern.SLOW_BLINK,
    }


def test_ticket_phone_and_staff_say_it_and_the_board_names_nobody(visits: Visits, spa: Spa) -> None:
    found = visits.row(asks(visits, only(spa.ana)))
    asks(visits, MAN)
    asks(visits, None)
    papers = [job.document.get("wanted") for job in visits.jobs()]
    assert papers == ["Ana", "A man", None]
    queue = visits.store.look(
        lambda u: serialize.queue(queries.queue(u.session, u.now()), 1, u.now())
    )
    assert [(one.wanted.kind, one.wanted.therapist) for one in queue.pending] == [
        ("therapist", "Ana"),
        ("man", None),
        ("anyone", None),
    ]
    board = visits.store.look(lambda u: serialize.board(queries.board(u.session, u.now()), 1))
    assert [one.wanted for one in board.waiting] == ["therapist", "man", UNSET]
    assert "Ana" not in str(board)

    def phone(unit) -> object:
        token, date = found.ticket_token or "", found.business_date or ""
        ticket = queries.ticket(unit.session, token, date, unit.now())
        assert ticket is not None
        wanted = serialize.ticket(ticket, 1, unit.now()).wanted
        return wanted.therapist if wanted else None

    assert visits.store.look(phone) == "Ana"


def test_whoever_is_not_there_is_not_waited_for(visits: Visits, spa: Spa) -> None:
    visits.store.run(lambda u: duty.go_out(u, spa.ana))
    with pytest.raises(InvalidState, match="Ana is not on duty right now"):
        asks(visits, only(spa.ana))
    with pytest.raises(InvalidState, match="No woman"):
        visits.store.run(
            lambda u: front_desk.add_walk_in(u, SHOP, spa.eva, [spa.swedish_30], None, WOMAN)
        )
    with pytest.raises(NotFound):
        asks(visits, Wanted(WantedKind.THERAPIST, 12345))
    with pytest.raises(NotFound):
        asks(visits, only(spa.eva))
    offered = visits.store.run(lanes.choices)
    assert [one.name for one in offered.therapists] == ["Ben"]
    assert offered.kinds == ["anyone", "man", "therapist"]
    assert visits.everybody() == []


def test_when_they_leave_anyone_calls_their_customers_at_the_old_place(
    visits: Visits, spa: Spa
) -> None:
    waiting = asks(visits, only(spa.ana))
    woman = asks(visits, WOMAN)
    asks(visits, None)
    visits.store.run(lambda u: duty.take_a_break(u, spa.ana))
    assert visits.store.run(lanes.open_deserted) == 0, "she comes back"
    visits.store.run(lambda u: duty.go_out(u, spa.ana))
    assert visits.store.run(lanes.open_deserted) == 2
    assert visits.store.run(lanes.open_deserted) == 0
    assert visits.events(waiting)[-1] == lanes.OPENED
    assert visits.row(waiting).asked_lane == spa.ana.id, "what was asked stays known"
    assert [calls(visits, spa.ben) for _ in range(2)] == [waiting, woman]
    assert visits.broken_promises() == []


def test_claims_in_flight_are_passed_over_in_the_order_of_the_queue(
    visits: Visits, spa: Spa
) -> None:
    """Two lanes, whose fronts are held by others: the next free one in the queue's order comes."""
    a1, w1, a2, w2, a3 = (asks(visits, each) for each in (None, WOMAN, None, WOMAN, None))
    with visits.store.database.session() as held:
        for one in (a1, w1, a2):
            assert claims.transaction_by_id(held, one) is not None
        with visits.store.database.session() as other:
            heads = claims.claimant(other, spa.ana.id or 0).heads
            found = claims.next_waiting(other, heads)
            assert found is not None
            assert found.id == w2
        held.rollback()
    assert [calls(visits, spa.ana) for _ in range(5)] == [a1, w1, a2, w2, a3]


def test_a_claim_goes_on_behind_a_whole_front_that_others_hold(visits: Visits, spa: Spa) -> None:
    """More claims in flight than are tried at once: the order is kept behind them, too."""
    first, further = claims.FRONTS
    wishes = [WOMAN, *(None,) * first, WOMAN, None]
    waiting = [asks(visits, each) for each in wishes]
    assert first < len(waiting) - 1 < further
    with visits.store.database.session() as held:
        for one in waiting[:-2]:
            assert claims.transaction_by_id(held, one) is not None
        for expected in waiting[-2:]:
            with visits.store.database.session() as other:
                found = claims.next_waiting(other, claims.claimant(other, spa.ana.id or 0).heads)
                assert found is not None
                assert found.id == expected
            assert claims.transaction_by_id(held, expected) is not None
        with visits.store.database.session() as other:
            heads = claims.claimant(other, spa.ana.id or 0).heads
            assert claims.next_waiting(other, heads) is None
