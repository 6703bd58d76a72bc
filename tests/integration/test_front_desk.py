"""What the front desk does for customers before their service."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import update

from appliance.protocol import PrintRole
from appliance.server.domain.errors import Forbidden, InvalidState, NotFound
from appliance.server.domain.states import Actor, Role, TransactionStatus
from appliance.server.store import queries
from appliance.server.store.models import ServiceClassification
from appliance.server.store.unit_of_work import Store
from appliance.server.usecases import front_desk, therapist
from appliance.server.usecases.kiosk import Confirmed
from appliance.server.wire import serialize
from tests.support.spa import Spa, shop
from tests.support.visits import Visits

SHOP = shop()


def walk_in(visits: Visits, by: Actor, *variants: int, note: str | None = None) -> Confirmed:
    return visits.store.run(lambda u: front_desk.add_walk_in(u, SHOP, by, variants, note))


def test_a_walk_in_has_number_ticket_and_place_as_from_the_kiosk(visits: Visits, spa: Spa) -> None:
    first = visits.waiting()
    added = walk_in(visits, spa.eva, spa.deep_60, spa.swedish_30)
    assert added.queue_position == 2
    assert added.estimated_wait_minutes is not None
    visits.waiting()
    row = visits.row(added.transaction.id)
    assert (row.code, row.status) == ("0002", TransactionStatus.PENDING_THERAPIST)
    assert (row.total_amount, row.total_duration_minutes) == (Decimal("145.50"), 90)
    assert [item.service_name for item in row.items] == ["Deep Tissue", "Swedish Massage"]
    (ticket,) = visits.jobs(row.id)
    assert ticket.kind is PrintRole.TICKET
    of_the_kiosk = visits.jobs(first)[0].document
    assert ticket.document.keys() == of_the_kiosk.keys()
    assert (ticket.document["code"], ticket.document["queue_position"]) == ("0002", 2)
    assert visits.broken_promises() == []


def test_walk_ins_and_kiosk_are_called_in_the_order_in_which_they_came(
    visits: Visits, spa: Spa
) -> None:
    first = walk_in(visits, spa.eva, spa.swedish_30).transaction.id
    second = visits.waiting()
    third = walk_in(visits, spa.felix, spa.swedish_30).transaction.id
    called = []
    for _ in range(3):
        found = visits.store.run(lambda u: therapist.confirm_next(u, SHOP, spa.ana)).id
        called.append(found)
        visits.store.run(lambda u, it=found: therapist.start_service(u, SHOP, spa.ana, it))
        visits.store.run(lambda u, it=found: therapist.finish_service(u, SHOP, spa.ana, it))
        visits.store.run(lambda u: therapist.room_ready(u, SHOP, spa.ana))
    assert called == [first, second, third]
    assert visits.broken_promises() == []


def test_the_history_says_who_added_whom_and_with_what(visits: Visits, spa: Spa) -> None:
    added = walk_in(visits, spa.eva, spa.deep_60).transaction
    (entry,) = visits.history(added.id)
    assert (entry.event, entry.from_status, entry.to_status) == (
        "cashier_add_walk_in",
        None,
        "pending_therapist",
    )
    assert (entry.actor_role, entry.actor_name) == (Role.CASHIER, "Eva")
    assert entry.detail == {"items": ["Deep Tissue, 60 minutes"]}
    assert visits.row(added.id).cashier_id is None


def test_a_note_is_for_staff_alone(visits: Visits, spa: Spa, store: Store) -> None:
    added = walk_in(visits, spa.eva, spa.swedish_60, note="  Maria, wheelchair ").transaction
    assert visits.row(added.id).note == "Maria, wheelchair"
    now = store.clock()
    board = store.look(lambda u: queries.board(u.session, now, today=SHOP.day.start_of(now)))
    assert "Maria" not in repr(serialize.board(board, 1))
    assert "Maria" not in repr(visits.jobs(added.id)[0].document)


def test_no_note_is_no_note(visits: Visits, spa: Spa) -> None:
    assert walk_in(visits, spa.eva, spa.swedish_60, note="   ").transaction.note is None


def test_what_cannot_be_had_takes_no_number(visits: Visits, spa: Spa) -> None:
    visits.store.run(
        lambda u: u.session.execute(
            update(ServiceClassification)
            .where(ServiceClassification.id == spa.deep_60)
            .values(active=False)
        )
    )
    with pytest.raises(NotFound):
        walk_in(visits, spa.eva, spa.swedish_60, spa.deep_60)
    with pytest.raises(InvalidState, match="choose a service"):
        walk_in(visits, spa.eva)
    with pytest.raises(InvalidState, match="At most"):
        walk_in(visits, spa.eva, *[spa.swedish_60] * 31)
    assert visits.everybody() == []
    assert walk_in(visits, spa.eva, spa.swedish_60).transaction.code == "0001"


@pytest.mark.parametrize("role", [Role.THERAPIST, Role.MANAGER, Role.KIOSK, Role.DISPLAY])
def test_nobody_but_a_cashier_adds_walk_ins(role: Role, visits: Visits, spa: Spa) -> None:
    with pytest.raises(Forbidden):
        walk_in(visits, Actor(role, spa.eva.id, "Impostor"), spa.swedish_60)
    assert visits.everybody() == []
