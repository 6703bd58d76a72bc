"""The state machine against the design's table, written down here a second time on purpose."""

from __future__ import annotations

import copy
import itertools
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from appliance.server.domain.errors import (
    DomainError,
    Forbidden,
    InsufficientPayment,
    InvalidState,
    RoomUnavailable,
)
from appliance.server.domain.states import (
    OPEN,
    SYSTEM,
    TERMINAL,
    Actor,
    Hold,
    Role,
    RoomStatus,
    TransactionStatus,
)
from appliance.server.domain.turns import Duty
from appliance.server.domain.visits import (
    TABLE,
    Effect,
    Event,
    Owner,
    Situation,
    Transition,
    Who,
    allowed_events,
    allowed_requests,
    check_table,
    customer_events,
    decide,
    manager_events,
)

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
S = TransactionStatus
E = Event

LEFT_OVER = (S.PENDING_THERAPIST, S.FINISHED, S.AWAITING_PAYMENT)

DESIGN: dict[tuple[Event, TransactionStatus | None], tuple[TransactionStatus, Role]] = {
    (E.CUSTOMER_START, None): (S.SELECTING, Role.KIOSK),
    (E.CASHIER_ADD_WALK_IN, None): (S.PENDING_THERAPIST, Role.CASHIER),
    (E.CUSTOMER_ADD_ITEM, S.SELECTING): (S.SELECTING, Role.KIOSK),
    (E.CUSTOMER_REMOVE_ITEM, S.SELECTING): (S.SELECTING, Role.KIOSK),
    (E.CUSTOMER_CONFIRM_SELECTION, S.SELECTING): (S.PENDING_THERAPIST, Role.KIOSK),
    (E.CUSTOMER_CANCEL, S.SELECTING): (S.CANCELLED, Role.KIOSK),
    (E.SELECTING_TIMED_OUT, S.SELECTING): (S.CANCELLED, Role.SYSTEM),
    (E.THERAPIST_CONFIRM_NEXT, S.PENDING_THERAPIST): (S.THERAPIST_CONFIRMED, Role.THERAPIST),
    (E.THERAPIST_NO_SHOW, S.PENDING_THERAPIST): (S.CANCELLED, Role.THERAPIST),
    (E.THERAPIST_NO_SHOW, S.THERAPIST_CONFIRMED): (S.CANCELLED, Role.THERAPIST),
    (E.THERAPIST_RELEASE, S.THERAPIST_CONFIRMED): (S.PENDING_THERAPIST, Role.THERAPIST),
    (E.THERAPIST_HAND_OVER, S.THERAPIST_CONFIRMED): (S.THERAPIST_CONFIRMED, Role.THERAPIST),
    (E.THERAPIST_HAND_OVER, S.IN_SERVICE): (S.IN_SERVICE, Role.THERAPIST),
    (E.THERAPIST_CHANGE_ROOM, S.THERAPIST_CONFIRMED): (S.THERAPIST_CONFIRMED, Role.THERAPIST),
    (E.THERAPIST_CHANGE_ROOM, S.IN_SERVICE): (S.IN_SERVICE, Role.THERAPIST),
    (E.THERAPIST_NOT_HERE_YET, S.THERAPIST_CONFIRMED): (S.PENDING_THERAPIST, Role.THERAPIST),
    (E.QUEUE_PUT_BACK, S.PENDING_THERAPIST): (S.PENDING_THERAPIST, Role.THERAPIST),
    (E.QUEUE_REMOVE, S.PENDING_THERAPIST): (S.CANCELLED, Role.THERAPIST),
    (E.CUSTOMER_STEP_OUT, S.PENDING_THERAPIST): (S.PENDING_THERAPIST, Role.CUSTOMER),
    (E.CUSTOMER_COME_BACK, S.PENDING_THERAPIST): (S.PENDING_THERAPIST, Role.CUSTOMER),
    (E.CUSTOMER_LEAVE, S.PENDING_THERAPIST): (S.CANCELLED, Role.CUSTOMER),
    (E.CUSTOMER_STAYED_OUT, S.PENDING_THERAPIST): (S.PENDING_THERAPIST, Role.SYSTEM),
    **{(E.HOLD_ENDED, state): (state, Role.SYSTEM) for state in LEFT_OVER},
    **{(E.CARRIED_OVER, state): (state, Role.SYSTEM) for state in LEFT_OVER},
    (E.THERAPIST_CALL_AGAIN, S.THERAPIST_CONFIRMED): (S.THERAPIST_CONFIRMED, Role.THERAPIST),
    (E.THERAPIST_START_SERVICE, S.THERAPIST_CONFIRMED): (S.IN_SERVICE, Role.THERAPIST),
    (E.THERAPIST_ADD_SERVICE, S.IN_SERVICE): (S.IN_SERVICE, Role.THERAPIST),
    (E.THERAPIST_REMOVE_ITEM, S.IN_SERVICE): (S.IN_SERVICE, Role.THERAPIST),
    (E.THERAPIST_FINISH_SERVICE, S.IN_SERVICE): (S.FINISHED, Role.THERAPIST),
    (E.CASHIER_CLAIM_NEXT, S.FINISHED): (S.AWAITING_PAYMENT, Role.CASHIER),
    (E.CASHIER_CLAIM_CODE, S.FINISHED): (S.AWAITING_PAYMENT, Role.CASHIER),
    (E.CASHIER_CLAIM_CODE, S.AWAITING_PAYMENT): (S.AWAITING_PAYMENT, Role.CASHIER),
    (E.CASHIER_RELEASE, S.AWAITING_PAYMENT): (S.FINISHED, Role.CASHIER),
    (E.CASHIER_ADJUST, S.AWAITING_PAYMENT): (S.AWAITING_PAYMENT, Role.CASHIER),
    (E.CASHIER_REMOVE_ADJUSTMENT, S.AWAITING_PAYMENT): (S.AWAITING_PAYMENT, Role.CASHIER),
    (E.CASHIER_PAY, S.AWAITING_PAYMENT): (S.PAYING, Role.CASHIER),
    (E.PAYMENT_ACCEPTED, S.PAYING): (S.PAID, Role.SYSTEM),
    (E.PAYMENT_REFUSED, S.PAYING): (S.AWAITING_PAYMENT, Role.SYSTEM),
    (E.MANAGER_RELEASE, S.AWAITING_PAYMENT): (S.FINISHED, Role.MANAGER),
    (E.MANAGER_FINISH, S.IN_SERVICE): (S.FINISHED, Role.MANAGER),
    (E.MANAGER_CANCEL, S.SELECTING): (S.CANCELLED, Role.MANAGER),
    (E.MANAGER_CANCEL, S.PENDING_THERAPIST): (S.CANCELLED, Role.MANAGER),
    (E.MANAGER_CANCEL, S.THERAPIST_CONFIRMED): (S.CANCELLED, Role.MANAGER),
    (E.MANAGER_CANCEL, S.IN_SERVICE): (S.CANCELLED, Role.MANAGER),
    (E.MANAGER_CANCEL, S.FINISHED): (S.CANCELLED, Role.MANAGER),
    (E.MANAGER_CANCEL, S.AWAITING_PAYMENT): (S.CANCELLED, Role.MANAGER),
    (E.MANAGER_HAND_OVER, S.THERAPIST_CONFIRMED): (S.THERAPIST_CONFIRMED, Role.MANAGER),
    (E.MANAGER_HAND_OVER, S.IN_SERVICE): (S.IN_SERVICE, Role.MANAGER),
    (E.MANAGER_HAND_OVER, S.AWAITING_PAYMENT): (S.AWAITING_PAYMENT, Role.MANAGER),
}

ALSO = {
    E.QUEUE_PUT_BACK: {Role.CASHIER, Role.MANAGER},
    E.QUEUE_REMOVE: {Role.CASHIER},
}
"""Who else may, where it is not one role alone."""

HELD = {
    E.QUEUE_PUT_BACK: Hold.SKIPPED,
    E.CUSTOMER_COME_BACK: Hold.STEPPED_OUT,
    E.CUSTOMER_STAYED_OUT: Hold.STEPPED_OUT,
    E.HOLD_ENDED: Hold.SKIPPED,
}
"""What there is to end."""

OWNED = {
    Owner.KIOSK: {
        E.CUSTOMER_ADD_ITEM,
        E.CUSTOMER_REMOVE_ITEM,
        E.CUSTOMER_CONFIRM_SELECTION,
        E.CUSTOMER_CANCEL,
    },
    Owner.THERAPIST: {
        E.THERAPIST_RELEASE,
        E.THERAPIST_CALL_AGAIN,
        E.THERAPIST_NOT_HERE_YET,
        E.THERAPIST_HAND_OVER,
        E.THERAPIST_CHANGE_ROOM,
        E.THERAPIST_START_SERVICE,
        E.THERAPIST_ADD_SERVICE,
        E.THERAPIST_REMOVE_ITEM,
        E.THERAPIST_FINISH_SERVICE,
    },
    Owner.CASHIER: {
        E.CASHIER_RELEASE,
        E.CASHIER_ADJUST,
        E.CASHIER_REMOVE_ADJUSTMENT,
        E.CASHIER_PAY,
    },
}

ROLES_OF = {
    event: {role for (e, _), (_, role) in DESIGN.items() if e is event} | ALSO.get(event, set())
    for event in E
}
STATES: list[TransactionStatus | None] = [None, *TransactionStatus]


def somebody(role: Role, key: int = 7) -> Actor:
    return SYSTEM if role is Role.SYSTEM else Actor(role, key, role.value.title(), "3")


def fine(status: TransactionStatus | None, event: Event | None = None) -> Situation:
    """A situation in which every guard holds, the event's too, and number 7 owns everything."""
    return Situation(
        status=status,
        kiosk_id=7,
        therapist_id=7,
        cashier_id=7,
        item_count=2,
        hold=HELD.get(event) if event else None,
        room_status=RoomStatus.AVAILABLE,
        has_other_customer=False,
        cashier_gone=True,
        taker="Ben",
        taker_room=RoomStatus.AVAILABLE,
        amount_due=Decimal("95.50"),
        amount_paid=Decimal("95.50"),
    )


@pytest.mark.parametrize(
    ("status", "event", "role"),
    list(itertools.product(STATES, Event, Role)),
    ids=str,
)
def test_every_state_event_and_role_goes_as_the_design_says(
    status: TransactionStatus | None, event: Event, role: Role
) -> None:
    target, _ = DESIGN.get((event, status), (None, None))
    if role not in ROLES_OF[event]:
        with pytest.raises(Forbidden):
            decide(fine(status, event), event, somebody(role), NOW)
    elif target is None:
        with pytest.raises(InvalidState):
            decide(fine(status, event), event, somebody(role), NOW)
    else:
        decision = decide(fine(status, event), event, somebody(role), NOW)
        assert (decision.source, decision.target) == (status, target)
        assert decision.facts["status"] is target


def test_the_table_has_the_designs_rows_and_no_others() -> None:
    expected = {
        (event, source, target, who)
        for (event, source), (target, role) in DESIGN.items()
        for who in {role} | ALSO.get(event, set())
    }
    assert {(row.event, row.source, row.target, row.role) for row in TABLE} == expected


# --- ownership --------------------------------------------------------------------------------


@pytest.mark.parametrize(("event", "status"), sorted(DESIGN, key=str), ids=str)
@pytest.mark.parametrize("stranger_owns", ["somebody else", "nobody"])
def test_only_the_owner_may_act_where_the_design_says_that_one(
    event: Event, status: TransactionStatus | None, stranger_owns: str
) -> None:
    owner = 8 if stranger_owns == "somebody else" else None
    foreign = replace(fine(status, event), kiosk_id=owner, therapist_id=owner, cashier_id=owner)
    _, role = DESIGN[event, status]
    owned = {owned for events in OWNED.values() for owned in events}
    # Who has been called is somebody's; who only waits is nobody's yet.
    if event in owned or (event, status) == (E.THERAPIST_NO_SHOW, S.THERAPIST_CONFIRMED):
        with pytest.raises(Forbidden, match="someone else"):
            decide(foreign, event, somebody(role), NOW)
    else:
        decide(foreign, event, somebody(role), NOW)


@pytest.mark.parametrize("owner", Owner)
def test_the_owners_attribute_is_the_one_that_counts(owner: Owner) -> None:
    everybody_else = {other.value: 8 for other in Owner if other is not owner}
    for event in OWNED[owner]:
        status = next(state for e, state in DESIGN if e is event)
        mine = replace(fine(status), **everybody_else)
        decide(mine, event, somebody(DESIGN[event, status][1]), NOW)


# --- guards -----------------------------------------------------------------------------------


def test_an_empty_selection_cannot_be_confirmed() -> None:
    with pytest.raises(InvalidState, match="choose a service"):
        decide(
            replace(fine(S.SELECTING), item_count=0),
            E.CUSTOMER_CONFIRM_SELECTION,
            somebody(Role.KIOSK),
            NOW,
        )


def test_one_item_is_enough_to_confirm() -> None:
    one = replace(fine(S.SELECTING), item_count=1)
    decide(one, E.CUSTOMER_CONFIRM_SELECTION, somebody(Role.KIOSK), NOW)


def test_a_therapist_cannot_remove_the_last_item() -> None:
    with pytest.raises(InvalidState, match="needs one service"):
        decide(
            replace(fine(S.IN_SERVICE), item_count=1),
            E.THERAPIST_REMOVE_ITEM,
            somebody(Role.THERAPIST),
            NOW,
        )


def test_a_customer_may_remove_the_last_item() -> None:
    one = replace(fine(S.SELECTING), item_count=1)
    decide(one, E.CUSTOMER_REMOVE_ITEM, somebody(Role.KIOSK), NOW)


@pytest.mark.parametrize(
    ("room", "says"),
    [
        (RoomStatus.PREPARING, "Room 3 is being prepared"),
        (RoomStatus.OCCUPIED, "Room 3 is occupied"),
    ],
)
def test_a_therapist_claims_only_into_an_available_room(room: RoomStatus, says: str) -> None:
    with pytest.raises(RoomUnavailable, match=says):
        decide(
            replace(fine(S.PENDING_THERAPIST), room_status=room),
            E.THERAPIST_CONFIRM_NEXT,
            somebody(Role.THERAPIST),
            NOW,
        )


def test_a_therapist_claims_one_customer_at_a_time() -> None:
    with pytest.raises(InvalidState, match="already have a customer"):
        decide(
            replace(fine(S.PENDING_THERAPIST), has_other_customer=True),
            E.THERAPIST_CONFIRM_NEXT,
            somebody(Role.THERAPIST),
            NOW,
        )


def test_a_bill_is_taken_over_only_from_a_cashier_who_has_gone() -> None:
    there = replace(fine(S.AWAITING_PAYMENT), cashier_gone=False)
    with pytest.raises(InvalidState, match="with a cashier"):
        decide(there, E.CASHIER_CLAIM_CODE, somebody(Role.CASHIER), NOW)


def test_a_customer_is_handed_to_a_therapist_without_another() -> None:
    busy = replace(fine(S.IN_SERVICE), taker_has_customer=True)
    with pytest.raises(InvalidState, match="Ben already has a customer"):
        decide(busy, E.MANAGER_HAND_OVER, somebody(Role.MANAGER), NOW)


@pytest.mark.parametrize("room", [RoomStatus.PREPARING, RoomStatus.OCCUPIED])
def test_a_customer_is_handed_into_an_available_room(room: RoomStatus) -> None:
    shut = replace(fine(S.THERAPIST_CONFIRMED), taker_room=room)
    with pytest.raises(RoomUnavailable, match="room of Ben is not ready"):
        decide(shut, E.MANAGER_HAND_OVER, somebody(Role.MANAGER), NOW)


def test_a_cent_too_little_does_not_pay() -> None:
    with pytest.raises(InsufficientPayment, match=r"\$0\.01 short \(\$95\.49 of \$95\.50\)"):
        decide(
            replace(fine(S.PAYING), amount_paid=Decimal("95.49")), E.PAYMENT_ACCEPTED, SYSTEM, NOW
        )


@pytest.mark.parametrize("paid", ["95.50", "100.00"])
def test_the_total_or_more_pays(paid: str) -> None:
    decide(replace(fine(S.PAYING), amount_paid=Decimal(paid)), E.PAYMENT_ACCEPTED, SYSTEM, NOW)


def test_a_refused_role_hears_nothing_of_the_state() -> None:
    with pytest.raises(Forbidden) as refused:
        decide(fine(S.PAID), E.CASHIER_PAY, somebody(Role.KIOSK), NOW)
    assert "paid" not in refused.value.message


# --- what a decision says ---------------------------------------------------------------------


def test_a_decision_depends_on_nothing_but_its_arguments() -> None:
    situation = fine(S.PENDING_THERAPIST)
    before = copy.deepcopy(situation)
    ana = somebody(Role.THERAPIST)
    first = decide(situation, E.THERAPIST_CONFIRM_NEXT, ana, NOW)
    first.facts["status"] = "scribbled over"
    second = decide(situation, E.THERAPIST_CONFIRM_NEXT, ana, NOW)
    assert second.facts["status"] is S.THERAPIST_CONFIRMED
    assert situation == before


def test_a_claim_takes_the_therapist_and_the_time() -> None:
    decision = decide(
        fine(S.PENDING_THERAPIST), E.THERAPIST_CONFIRM_NEXT, somebody(Role.THERAPIST), NOW
    )
    assert decision.at == NOW
    assert decision.facts == {
        "status": S.THERAPIST_CONFIRMED,
        "therapist_id": 7,
        "therapist_confirmed_at": NOW,
    }
    assert decision.effects == (Effect.OCCUPY_ROOM,)


def test_a_release_forgets_the_therapist_and_the_time_but_not_the_place() -> None:
    decision = decide(
        fine(S.THERAPIST_CONFIRMED), E.THERAPIST_RELEASE, somebody(Role.THERAPIST), NOW
    )
    assert decision.facts == {
        "status": S.PENDING_THERAPIST,
        "therapist_id": None,
        "therapist_confirmed_at": None,
    }


def test_a_cashiers_release_forgets_the_cashier_and_the_time_but_not_the_place() -> None:
    decision = decide(fine(S.AWAITING_PAYMENT), E.CASHIER_RELEASE, somebody(Role.CASHIER), NOW)
    assert decision.facts == {
        "status": S.FINISHED,
        "cashier_id": None,
        "cashier_claimed_at": None,
    }


@pytest.mark.parametrize(
    ("event", "source", "stamp"),
    [
        (E.CUSTOMER_START, None, "created_at"),
        (E.CASHIER_ADD_WALK_IN, None, "created_at"),
        (E.CASHIER_ADD_WALK_IN, None, "selection_confirmed_at"),
        (E.CUSTOMER_CONFIRM_SELECTION, S.SELECTING, "selection_confirmed_at"),
        (E.THERAPIST_CONFIRM_NEXT, S.PENDING_THERAPIST, "therapist_confirmed_at"),
        (E.THERAPIST_START_SERVICE, S.THERAPIST_CONFIRMED, "service_start_at"),
        (E.THERAPIST_FINISH_SERVICE, S.IN_SERVICE, "service_finish_at"),
        (E.CASHIER_CLAIM_NEXT, S.FINISHED, "cashier_claimed_at"),
        (E.CASHIER_CLAIM_CODE, S.FINISHED, "cashier_claimed_at"),
        (E.PAYMENT_ACCEPTED, S.PAYING, "paid_at"),
    ],
)
def test_each_step_forward_stamps_its_time(
    event: Event, source: TransactionStatus | None, stamp: str
) -> None:
    _, role = DESIGN[event, source]
    assert decide(fine(source), event, somebody(role), NOW).facts[stamp] == NOW


TAKEN = {
    (E.CUSTOMER_START, None): Owner.KIOSK,
    (E.THERAPIST_CONFIRM_NEXT, S.PENDING_THERAPIST): Owner.THERAPIST,
    (E.CASHIER_CLAIM_NEXT, S.FINISHED): Owner.CASHIER,
    (E.CASHIER_CLAIM_CODE, S.FINISHED): Owner.CASHIER,
}


def test_only_claims_make_a_transaction_somebodys_and_only_releases_nobodys() -> None:
    assert {(row.event, row.source): row.takes for row in TABLE if row.takes} == TAKEN
    assert {row.event: row.clears for row in TABLE if row.clears} == {
        E.THERAPIST_RELEASE: ("therapist_id", "therapist_confirmed_at"),
        E.THERAPIST_NOT_HERE_YET: ("therapist_id", "therapist_confirmed_at"),
        E.CASHIER_RELEASE: ("cashier_id", "cashier_claimed_at"),
        E.MANAGER_RELEASE: ("cashier_id", "cashier_claimed_at"),
    }


@pytest.mark.parametrize(
    ("event", "source", "effects"),
    [
        (E.CUSTOMER_CONFIRM_SELECTION, S.SELECTING, {Effect.CODE, Effect.TICKET}),
        (E.THERAPIST_FINISH_SERVICE, S.IN_SERVICE, {Effect.PREPARE_ROOM}),
        (E.THERAPIST_NO_SHOW, S.THERAPIST_CONFIRMED, {Effect.FREE_ROOM, Effect.CLOSE}),
        (E.THERAPIST_NO_SHOW, S.PENDING_THERAPIST, {Effect.CLOSE}),
        (
            E.PAYMENT_ACCEPTED,
            S.PAYING,
            {Effect.PAYMENT, Effect.DRAWER, Effect.RECEIPT, Effect.CLOSE},
        ),
    ],
)
def test_each_step_owes_what_the_design_says(
    event: Event, source: TransactionStatus, effects: set[Effect]
) -> None:
    _, role = DESIGN[event, source]
    assert set(decide(fine(source), event, somebody(role), NOW).effects) == effects


# --- nobody gets stuck ------------------------------------------------------------------------


@pytest.mark.parametrize("status", sorted(OPEN))
def test_from_every_state_a_manager_alone_can_bring_the_visit_to_an_end(
    status: TransactionStatus,
) -> None:
    """Its own people have gone home; the system settles a payment that was interrupted."""
    reached, frontier = {status}, {status}
    alone = [row for row in TABLE if row.owner is None]
    for _ in TransactionStatus:
        frontier = {
            row.target
            for row in alone
            if row.source in frontier
            and row.role in {Role.MANAGER, Role.SYSTEM}
            and row.event is not E.PAYMENT_ACCEPTED
        }
        reached |= frontier
    assert reached & TERMINAL


SETS = {
    Effect.SKIP: Hold.SKIPPED,
    Effect.STEP_OUT: Hold.STEPPED_OUT,
    Effect.STAY_OUT: Hold.STAYED_OUT,
    Effect.CARRY_OVER: Hold.CARRIED_OVER,
}
Place = tuple[TransactionStatus | None, Hold | None]


def after(place: Place, roles: set[Role]) -> set[Place]:
    """Where these roles can bring a visit next; to own it is no condition."""
    found: set[Place] = set()
    for event, role in itertools.product(Event, roles):
        try:
            decision = decide(replace(fine(place[0]), hold=place[1]), event, somebody(role), NOW)
        except DomainError:
            continue
        hold = place[1]
        for effect in decision.effects:
            hold = SETS.get(effect, None if effect in {Effect.CALLABLE, Effect.CLOSE} else hold)
        found.add((decision.target, hold))
    return found


def reached(start: Place, roles: set[Role]) -> set[Place]:
    everywhere, frontier = {start}, {start}
    while frontier:
        frontier = set().union(*(after(place, roles) for place in frontier)) - everywhere
        everywhere |= frontier
    return everywhere


def test_whatever_happened_somebody_at_work_can_bring_the_visit_to_an_end() -> None:
    """Over every state and hold that there is a way to, by each role."""
    places = reached((None, None), set(Role))
    assert {hold for state, hold in places if state is S.PENDING_THERAPIST} == {None, *Hold}
    assert {hold for state, hold in places if state in TERMINAL} == {None}
    stuck = [
        place
        for place in places - {(None, None)}
        if not {state for state, _ in reached(place, {Role.MANAGER, Role.SYSTEM})} & TERMINAL
    ]
    assert stuck == []


def test_a_therapist_or_a_cashier_needs_no_manager_for_who_waits() -> None:
    for hold, role in itertools.product([None, *Hold], [Role.THERAPIST, Role.CASHIER]):
        ends = {state for state, _ in after((S.PENDING_THERAPIST, hold), {role})}
        assert S.CANCELLED in ends
        assert hold is None or (S.PENDING_THERAPIST, None) in after(
            (S.PENDING_THERAPIST, hold), {role}
        )


# --- who is called ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hold", "offered"),
    [
        (None, {E.CUSTOMER_STEP_OUT, E.CUSTOMER_LEAVE}),
        (Hold.SKIPPED, {E.CUSTOMER_COME_BACK, E.CUSTOMER_LEAVE}),
        (Hold.STEPPED_OUT, {E.CUSTOMER_COME_BACK, E.CUSTOMER_LEAVE}),
        (Hold.STAYED_OUT, {E.CUSTOMER_COME_BACK, E.CUSTOMER_LEAVE}),
        (Hold.CARRIED_OVER, {E.CUSTOMER_LEAVE}),
    ],
)
def test_a_customer_is_offered_what_makes_sense(hold: Hold | None, offered: set[Event]) -> None:
    assert set(customer_events(S.PENDING_THERAPIST, hold)) == offered
    assert customer_events(S.THERAPIST_CONFIRMED, None) == []


# --- what screens are told --------------------------------------------------------------------


@pytest.mark.parametrize("status", TransactionStatus)
def test_allowed_events_are_those_that_the_owner_may_ask_for(status: TransactionStatus) -> None:
    possible: dict[bool, set[Event]] = {True: set(), False: set()}
    for (event, source), (_, role) in DESIGN.items():
        if source is status and role not in {Role.SYSTEM, Role.CUSTOMER}:
            possible[role is Role.MANAGER].add(event)
            if Role.MANAGER in ALSO.get(event, set()):
                possible[True].add(event)
    if status is S.AWAITING_PAYMENT:
        # Only once its cashier has gone, which a snapshot does not know.
        possible[False].remove(E.CASHIER_CLAIM_CODE)
    on_hold = {E.QUEUE_PUT_BACK}
    assert set(allowed_events(status, item_count=2)) == possible[False] - on_hold
    assert set(manager_events(status)) == possible[True] - on_hold
    assert set(allowed_events(status, 2, Hold.SKIPPED)) == possible[False]
    assert set(manager_events(status, Hold.SKIPPED)) == possible[True]


def test_nothing_to_confirm_is_not_offered() -> None:
    assert E.CUSTOMER_CONFIRM_SELECTION not in allowed_events(S.SELECTING, item_count=0)


def test_removing_the_last_item_in_treatment_is_not_offered() -> None:
    assert E.THERAPIST_REMOVE_ITEM not in allowed_events(S.IN_SERVICE, item_count=1)


@pytest.mark.parametrize("status", sorted(TERMINAL))
def test_nothing_is_offered_at_an_end(status: TransactionStatus) -> None:
    assert allowed_events(status, item_count=2) == []


@pytest.mark.parametrize("status", TransactionStatus)
def test_only_a_paid_visit_is_printed_again_refunded_and_corrected(
    status: TransactionStatus,
) -> None:
    after_payment = ["cashier_reprint", "cashier_refund", "cashier_correct_tender"]
    expected = after_payment if status is TransactionStatus.PAID else []
    assert allowed_requests(status) == expected


def test_every_state_is_either_open_or_an_end() -> None:
    assert set(TransactionStatus) == OPEN | TERMINAL
    assert not OPEN & TERMINAL


# --- the table's own check --------------------------------------------------------------------


def without(*events: Event) -> list[Transition]:
    return [row for row in TABLE if row.event not in events]


def test_the_real_table_is_sound() -> None:
    check_table(TABLE)


def test_two_rows_for_one_event_state_and_role_are_refused() -> None:
    with pytest.raises(ValueError, match="two rows"):
        check_table([*TABLE, TABLE[3]])


def test_another_role_may_have_a_row_of_its_own() -> None:
    check_table([*TABLE, replace(TABLE[3], who=Who(Role.MANAGER))])


def test_a_state_that_nobody_reaches_is_refused() -> None:
    with pytest.raises(ValueError, match="unreachable"):
        check_table(without(E.THERAPIST_START_SERVICE))


def test_a_state_without_a_way_to_an_end_is_refused() -> None:
    table = without(E.PAYMENT_ACCEPTED, E.PAYMENT_REFUSED)
    table.append(Transition(E.PAYMENT_ACCEPTED, S.AWAITING_PAYMENT, S.PAID, Who(Role.SYSTEM)))
    with pytest.raises(ValueError, match=r"no way out of: .*paying"):
        check_table(table)


def test_a_way_out_of_an_end_is_refused() -> None:
    table = [*TABLE, Transition(E.CUSTOMER_CANCEL, S.PAID, S.CANCELLED, Who(Role.KIOSK))]
    with pytest.raises(ValueError, match="out of an end"):
        check_table(table)


def test_a_way_back_that_is_no_release_is_refused() -> None:
    table = [
        *TABLE,
        Transition(E.THERAPIST_ADD_SERVICE, S.FINISHED, S.IN_SERVICE, Who(Role.THERAPIST)),
    ]
    with pytest.raises(ValueError, match="way back"):
        check_table(table)


def refusal(status: TransactionStatus | None, event: Event, role: Role) -> str | None:
    try:
        decide(fine(status), event, somebody(role), NOW)
    except DomainError as error:
        return error.message
    return None


def test_every_refusal_is_a_sentence() -> None:
    everything = itertools.product(STATES, Event, Role)
    said = {text for asked in everything if (text := refusal(*asked)) is not None}
    assert [text for text in said if not (text[0].isupper() and text.endswith("."))] == []


# --- nobody gets stuck ------------------------------------------------------------------------

HOLDS = {
    Effect.SKIP: Hold.SKIPPED,
    Effect.STEP_OUT: Hold.STEPPED_OUT,
    Effect.STAY_OUT: Hold.STAYED_OUT,
    Effect.CARRY_OVER: Hold.CARRIED_OVER,
    Effect.CALLABLE: None,
    Effect.CLOSE: None,
}
GONE, THERE = 1, 2
"""The one the visit belonged to, and all others who work here."""


def next_situations(
    before: Situation, person: int, roles: frozenset[Role]
) -> set[tuple[Event, Situation]]:
    """What these roles can make of a visit, each by one person."""
    found = set()
    for event, role in itertools.product(Event, roles):
        key = before.kiosk_id or GONE if role is Role.KIOSK else person
        actor = SYSTEM if role is Role.SYSTEM else Actor(role, key, "Somebody", "1")
        try:
            decision = decide(before, event, actor, NOW)
        except DomainError:
            continue
        hold = before.hold
        for effect in decision.effects:
            hold = HOLDS.get(effect, hold)
        owners = {
            name: decision.facts.get(name, getattr(before, name))
            for name in ("kiosk_id", "therapist_id", "cashier_id")
        }
        after = replace(before, status=decision.target, hold=hold, **owners)  # type: ignore[arg-type]
        found.add((event, after))
    return found


def reachable(start: Situation, person: int, roles: frozenset[Role]) -> set[Situation]:
    """Everything that these can make of a visit, one step after the other."""
    found, frontier = {start}, {start}
    while frontier:
        steps = (next_situations(one, person, roles) for one in frontier)
        frontier = {after for each in steps for _, after in each} - found
        found |= frontier
    return found


def test_from_every_reachable_situation_a_living_person_brings_the_visit_to_its_end() -> None:
    """Its kiosk, therapist and cashier are gone for good, no room is free, nobody is on duty."""
    free = Situation(
        status=None,
        item_count=2,
        room_status=RoomStatus.AVAILABLE,
        taker_room=RoomStatus.AVAILABLE,
        amount_paid=Decimal(100),
    )
    everybody = frozenset(set(Role) - {Role.DISPLAY, Role.PERIPHERALS})
    reached = {one for one in reachable(free, GONE, everybody) if one.status in OPEN}
    assert {one.status for one in reached} == OPEN
    assert {one.hold for one in reached} == {None, *Hold}
    assert len(reached) > 20, "by whom it is held and why it waits are told apart"
    for one in reached:
        alone = replace(
            one, room_status=None, taker_room=None, taker_has_customer=True, duty=Duty.OUT
        )
        # A payment that a crash has cut short is put back by the server's start.
        if one.status is S.PAYING:
            ways = {after for _, after in next_situations(alone, THERE, frozenset({Role.SYSTEM}))}
            alone = next(after for after in ways if after.status in OPEN)
        by_manager = next_situations(alone, THERE, frozenset({Role.MANAGER}))
        assert any(after.status in TERMINAL for _, after in by_manager), one
        for _, after in by_manager:
            if after.status in OPEN:
                ends = reachable(after, THERE, frozenset({Role.MANAGER}))
                assert any(end.status in TERMINAL for end in ends), (one, after)


def test_control_without_the_managers_rows_visits_get_stuck() -> None:
    held = Situation(status=S.IN_SERVICE, therapist_id=GONE, item_count=1)
    staff = frozenset({Role.THERAPIST, Role.CASHIER})
    assert not any(end.status in TERMINAL for end in reachable(held, THERE, staff))
