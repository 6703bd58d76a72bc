"""What a customer does at the kiosk."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy import text, update

from appliance.protocol import PrintRole
from appliance.server.domain.codes import CodeReset
from appliance.server.domain.errors import (
    Forbidden,
    InvalidState,
    NotFound,
    ValidationFailed,
)
from appliance.server.domain.states import TransactionStatus
from appliance.server.store.models import (
    Service,
    ServiceCategory,
    ServiceClassification,
    TransactionCounter,
)
from appliance.server.store.unit_of_work import Store
from appliance.server.usecases import cashier, kiosk, therapist
from appliance.server.usecases.items import MAX_ITEMS
from appliance.server.usecases.shop import Shop
from tests.support.spa import Clock, Spa, shop
from tests.support.visits import Visits

SHOP = shop()


@pytest.fixture
def counter_at(store: Store):
    """Set where the codes stand."""

    def put(number: int, period: str = "2026-11-22") -> None:
        store.run(
            lambda u: u.session.execute(
                update(TransactionCounter).values(number=number, period=period)
            )
        )

    return put


# --- choosing ---------------------------------------------------------------------------------


def test_a_customer_starts_with_nothing(visits: Visits, spa: Spa) -> None:
    row = visits.row(visits.choosing())
    assert row.status is TransactionStatus.SELECTING
    assert (row.total_amount, row.total_duration_minutes, row.items) == (0, 0, [])
    assert (row.code, row.kiosk_id) == (None, spa.kiosk.id)
    assert row.created_at is not None


def test_an_item_brings_its_names_price_and_minutes(visits: Visits, spa: Spa) -> None:
    row = visits.row(visits.choosing(spa.deep_60))
    (item,) = row.items
    assert (item.service_name, item.classification_name) == ("Deep Tissue", "60 minutes")
    assert (item.price, item.duration_minutes) == (Decimal("95.50"), 60)
    assert item.service_classification_id == spa.deep_60


def test_totals_are_the_sum_of_the_items(visits: Visits, spa: Spa) -> None:
    row = visits.row(visits.choosing(spa.deep_60, spa.swedish_30, spa.swedish_30))
    assert (row.total_amount, row.total_duration_minutes) == (Decimal("195.50"), 120)


def test_an_item_keeps_its_price_when_the_catalogue_changes(visits: Visits, spa: Spa) -> None:
    there = visits.choosing(spa.swedish_30)
    visits.store.run(
        lambda u: u.session.execute(update(ServiceClassification).values(price=Decimal(999)))
    )
    visits.confirm(there, None)
    assert visits.row(there).total_amount == Decimal("50.00")


def test_a_removed_item_is_gone_from_list_and_totals(visits: Visits, spa: Spa) -> None:
    there = visits.choosing(spa.deep_60, spa.swedish_30)
    first = visits.row(there).items[0].id
    visits.store.run(lambda u: kiosk.remove_item(u, SHOP, spa.kiosk, there, first))
    row = visits.row(there)
    assert [item.service_classification_id for item in row.items] == [spa.swedish_30]
    assert (row.total_amount, row.total_duration_minutes) == (Decimal("50.00"), 30)


def test_what_was_removed_can_be_put_back_as_the_menu_has_it(visits: Visits, spa: Spa) -> None:
    there = visits.choosing(spa.deep_60, spa.swedish_30)
    first = visits.row(there).items[0].id
    removed = visits.store.run(lambda u: kiosk.remove_item(u, SHOP, spa.kiosk, there, first))
    assert removed.undo == kiosk.Undo(spa.deep_60)

    second = visits.row(there).items[0].id
    withdraw(visits, spa.swedish_30)
    removed = visits.store.run(lambda u: kiosk.remove_item(u, SHOP, spa.kiosk, there, second))
    assert removed.undo is None


def test_a_variant_takes_the_place_of_another_in_one_step(visits: Visits, spa: Spa) -> None:
    there = visits.choosing(spa.deep_60, spa.swedish_30)
    other = visits.row(there).items[1].id
    swap = (there, spa.swedish_60, other)
    done = visits.store.run(lambda u: kiosk.add_item(u, SHOP, spa.kiosk, *swap))
    row = visits.row(there)
    chosen = [item.service_classification_id for item in row.items]
    assert chosen == [spa.deep_60, spa.swedish_60]
    assert (row.total_amount, row.total_duration_minutes) == (Decimal("175.50"), 120)
    events = [entry.event for entry in visits.history(there)]
    assert events[-2:] == ["customer_remove_item", "customer_add_item"]

    # Taking it back is the same step the other way round.
    assert done.undo == kiosk.Undo(spa.swedish_30, replaces=row.items[1].id)
    back = (there, done.undo.classification_id, done.undo.replaces)
    visits.store.run(lambda u: kiosk.add_item(u, SHOP, spa.kiosk, *back))
    chosen = [item.service_classification_id for item in visits.row(there).items]
    assert chosen == [spa.deep_60, spa.swedish_30]


def test_a_customer_is_asked_before_another_variant_comes_beside(visits: Visits, spa: Spa) -> None:
    there = visits.choosing(spa.deep_60, spa.swedish_30)
    swedish = visits.row(there).items[1].id

    def choose(variant: int, ask: bool) -> kiosk.Selected:
        return visits.store.run(
            lambda u: kiosk.add_item(u, SHOP, spa.kiosk, there, variant, ask=ask)
        )

    with pytest.raises(kiosk.AnotherVariantChosen) as asked:
        choose(spa.swedish_60, ask=True)
    assert asked.value.item == swedish
    assert visits.row(there).total_amount == Decimal("145.50")
    assert len(visits.row(there).items) == 2

    # The same once more is for somebody else; a client that does not ask adds it.
    choose(spa.swedish_30, ask=True)
    choose(spa.swedish_60, ask=False)
    chosen = [item.service_classification_id for item in visits.row(there).items]
    assert chosen == [spa.deep_60, spa.swedish_30, spa.swedish_30, spa.swedish_60]


def test_a_replacement_that_cannot_be_changes_nothing(visits: Visits, spa: Spa) -> None:
    there = visits.choosing(spa.deep_60, spa.swedish_30)
    deep, swedish = (item.id for item in visits.row(there).items)
    elsewhere = visits.row(visits.choosing(spa.swedish_30)).items[0].id
    for variant, replaced, why in (
        (spa.swedish_60, deep, ValidationFailed),
        (spa.swedish_60, elsewhere, NotFound),
        (10**9, swedish, NotFound),
    ):
        swap = (there, variant, replaced)
        with pytest.raises(why):
            visits.store.run(lambda u, swap=swap: kiosk.add_item(u, SHOP, spa.kiosk, *swap))
        assert [item.id for item in visits.row(there).items] == [deep, swedish]
        assert visits.row(there).total_amount == Decimal("145.50")


def withdraw(visits: Visits, variant: int) -> None:
    """Take a variant off the menu."""
    visits.store.run(
        lambda u: u.session.execute(
            update(ServiceClassification)
            .where(ServiceClassification.id == variant)
            .values(active=False)
        )
    )


def test_an_item_is_removed_once(visits: Visits, spa: Spa) -> None:
    there = visits.choosing(spa.deep_60, spa.swedish_30)
    first = visits.row(there).items[0].id
    visits.store.run(lambda u: kiosk.remove_item(u, SHOP, spa.kiosk, there, first))
    with pytest.raises(NotFound):
        visits.store.run(lambda u: kiosk.remove_item(u, SHOP, spa.kiosk, there, first))


def test_somebody_elses_item_is_not_on_this_list(visits: Visits, spa: Spa) -> None:
    theirs = visits.row(visits.choosing(spa.deep_60)).items[0].id
    mine = visits.choosing(spa.swedish_30)
    with pytest.raises(NotFound):
        visits.store.run(lambda u: kiosk.remove_item(u, SHOP, spa.kiosk, mine, theirs))


def test_a_variant_that_never_was_is_not_found(visits: Visits, spa: Spa) -> None:
    there = visits.choosing()
    with pytest.raises(NotFound, match="no longer offered"):
        visits.store.run(lambda u: kiosk.add_item(u, SHOP, spa.kiosk, there, 10**9))


@pytest.mark.parametrize("level", [ServiceCategory, Service, ServiceClassification])
def test_what_is_not_offered_any_more_cannot_be_chosen(
    visits: Visits, spa: Spa, level: type
) -> None:
    there = visits.choosing()
    visits.store.run(lambda u: u.session.execute(update(level).values(active=False)))
    with pytest.raises(NotFound, match="no longer offered"):
        visits.store.run(lambda u: kiosk.add_item(u, SHOP, spa.kiosk, there, spa.deep_60))


def test_a_visit_has_room_for_so_many_services_and_no_more(visits: Visits, spa: Spa) -> None:
    there = visits.confirm(None, [spa.swedish_30] * MAX_ITEMS).transaction.id
    assert len(visits.row(there).items) == MAX_ITEMS
    with pytest.raises(InvalidState, match="At most"):
        visits.confirm(None, [spa.swedish_30] * (MAX_ITEMS + 1))


def test_a_total_that_the_books_cannot_hold_is_refused(visits: Visits, spa: Spa) -> None:
    visits.store.run(
        lambda u: u.session.execute(
            update(ServiceClassification).values(price=Decimal("99999999.99"))
        )
    )
    there = visits.choosing(spa.swedish_30)
    with pytest.raises(InvalidState):
        visits.store.run(lambda u: kiosk.add_item(u, SHOP, spa.kiosk, there, spa.swedish_30))


def test_another_kiosk_keeps_its_fingers_off(visits: Visits, spa: Spa) -> None:
    there = visits.choosing(spa.swedish_30)
    for touch in (
        lambda u: kiosk.add_item(u, SHOP, spa.other_kiosk, there, spa.deep_60),
        lambda u: kiosk.cancel(u, SHOP, spa.other_kiosk, there),
        lambda u: kiosk.confirm_selection(u, SHOP, spa.other_kiosk, there, None),
    ):
        with pytest.raises(Forbidden):
            visits.store.run(touch)


def test_who_does_not_exist_is_not_found(visits: Visits, spa: Spa) -> None:
    with pytest.raises(NotFound):
        visits.store.run(lambda u: kiosk.add_item(u, SHOP, spa.kiosk, 10**9, spa.deep_60))


# --- confirming -------------------------------------------------------------------------------


def test_a_confirmed_customer_has_a_code_a_time_and_a_place(
    visits: Visits, spa: Spa, clock: Clock
) -> None:
    there = visits.choosing(spa.swedish_30)
    before = clock.now
    done = visits.confirm(there, None)
    row = visits.row(there)
    assert row.status is TransactionStatus.PENDING_THERAPIST
    assert (row.code, row.open_code, row.code_series) == ("0001", "0001", "2026-11-22/0")
    assert row.business_date == "2026-11-22"
    assert row.selection_confirmed_at is not None
    assert row.selection_confirmed_at > before
    assert (done.queue_position, done.estimated_wait_minutes) == (1, 0)


def test_places_and_waits_follow_those_before(visits: Visits, spa: Spa) -> None:
    places = [visits.confirm(None, [spa.swedish_60]) for _ in range(4)]
    assert [place.queue_position for place in places] == [1, 2, 3, 4]
    # Ana and Ben take the first two at once and the next two an hour later.
    assert [place.estimated_wait_minutes for place in places] == [0, 0, 60, 60]


def test_nobody_knows_the_wait_while_nobody_is_on_duty(visits: Visits, spa: Spa) -> None:
    visits.store.run(lambda u: u.session.execute(text("UPDATE staff SET on_duty_since = NULL")))
    assert visits.confirm(None, [spa.swedish_60]).estimated_wait_minutes is None


def test_an_empty_selection_is_not_confirmed(visits: Visits) -> None:
    with pytest.raises(InvalidState, match="choose a service"):
        visits.confirm(visits.choosing(), None)


def test_nothing_at_all_is_not_confirmed(visits: Visits) -> None:
    for nothing in (None, []):
        with pytest.raises(ValidationFailed):
            visits.confirm(None, nothing)


def test_items_replace_the_selection(visits: Visits, spa: Spa) -> None:
    there = visits.choosing(spa.deep_60, spa.swedish_30)
    visits.confirm(there, [spa.swedish_60])
    row = visits.row(there)
    assert [item.service_classification_id for item in row.items] == [spa.swedish_60]
    assert row.total_amount == Decimal("80.00")
    assert visits.broken_promises() == []


def test_an_empty_list_of_items_confirms_nothing_and_keeps_the_selection(
    visits: Visits, spa: Spa
) -> None:
    there = visits.choosing(spa.deep_60)
    with pytest.raises(InvalidState):
        visits.confirm(there, [])
    assert len(visits.row(there).items) == 1


def test_items_without_a_transaction_start_one(visits: Visits, spa: Spa) -> None:
    row = visits.row(visits.confirm(None, [spa.swedish_30, spa.deep_60]).transaction.id)
    assert row.status is TransactionStatus.PENDING_THERAPIST
    assert row.total_amount == Decimal("145.50")
    assert visits.events(row.id)[0] == "customer_start"
    assert visits.broken_promises() == []


def test_a_wrong_variant_among_the_items_leaves_nothing_behind(visits: Visits, spa: Spa) -> None:
    with pytest.raises(NotFound):
        visits.confirm(None, [spa.swedish_30, 10**9])
    assert visits.row(visits.waiting()).code == "0001"


def reprice(visits: Visits, variant: int, price: str) -> None:
    visits.store.run(
        lambda u: u.session.execute(
            update(ServiceClassification)
            .where(ServiceClassification.id == variant)
            .values(price=Decimal(price))
        )
    )


def confirm_seen(
    visits: Visits,
    there: int | None,
    variants: list[int] | None,
    total: str,
    shop: Shop = SHOP,
) -> kiosk.Confirmed | kiosk.PriceChanged:
    """The customer confirms what their screen says it costs."""
    return visits.store.run(
        lambda u: kiosk.confirm_selection(
            u, shop, visits.spa.kiosk, there, variants, Decimal(total)
        )
    )


@pytest.mark.parametrize("total", ["80", "80.0", "80.000"])
def test_the_price_that_was_shown_is_confirmed(visits: Visits, spa: Spa, total: str) -> None:
    there = visits.choosing(spa.swedish_60)
    # What is on the list keeps its price, and the screen says that one.
    reprice(visits, spa.swedish_60, "90.00")
    assert isinstance(confirm_seen(visits, there, None, total), kiosk.Confirmed)
    assert visits.row(there).total_amount == Decimal("80.00")


def test_a_price_is_what_the_shops_currency_can_say(visits: Visits, spa: Spa) -> None:
    reprice(visits, spa.swedish_60, "1.255")
    dinar, dollar = replace(SHOP, currency="KWD"), SHOP
    refused = confirm_seen(visits, None, [spa.swedish_60], "1.26", dinar)
    assert isinstance(refused, kiosk.PriceChanged)
    assert refused.message == "The price has changed. It is now 1.255."
    done = confirm_seen(visits, None, [spa.swedish_60], "1.255", dinar)
    assert isinstance(done, kiosk.Confirmed)
    done = confirm_seen(visits, None, [spa.swedish_60], "1.26", dollar)
    assert isinstance(done, kiosk.Confirmed)


def test_another_price_than_was_shown_leaves_the_selection_as_it_was(
    visits: Visits, spa: Spa
) -> None:
    there = visits.choosing(spa.swedish_60)
    before = visits.events(there)
    refused = confirm_seen(visits, there, None, "70")
    assert isinstance(refused, kiosk.PriceChanged)
    assert (refused.code, refused.transaction.id) == ("validation_failed", there)
    row = visits.row(there)
    assert (row.status, row.total_amount) == (TransactionStatus.SELECTING, Decimal("80.00"))
    assert (row.code, visits.jobs(there), visits.events(there)) == (None, [], before)
    # The number that was not taken is the next customer's.
    assert visits.row(visits.waiting()).code == "0001"


@pytest.mark.parametrize("timed_out", [True, False])
def test_a_list_of_items_at_a_new_price_stays_open_at_that_price(
    visits: Visits, spa: Spa, timed_out: bool
) -> None:
    """What the answer shows is what the database has: the customer confirms or changes that."""
    old = visits.choosing(spa.swedish_60)
    reprice(visits, spa.swedish_60, "90.00")
    refused = confirm_seen(visits, None if timed_out else old, [spa.swedish_60], "80")
    assert isinstance(refused, kiosk.PriceChanged)
    assert refused.message == "The price has changed. It is now 90.00."
    there = refused.transaction.id
    assert (there == old) is not timed_out
    row = visits.row(there)
    assert (row.status, row.total_amount) == (TransactionStatus.SELECTING, Decimal("90.00"))
    assert (row.code, visits.jobs(there)) == (None, [])
    assert isinstance(confirm_seen(visits, there, None, "90"), kiosk.Confirmed)
    assert visits.row(there).code == "0001"
    assert visits.broken_promises() == []


def test_who_has_a_number_already_is_told_so_whatever_the_price(visits: Visits, spa: Spa) -> None:
    there = visits.waiting()
    with pytest.raises(InvalidState, match="waiting for a therapist"):
        confirm_seen(visits, there, None, "1")


def test_the_same_service_at_two_prices_is_two_lines(visits: Visits, spa: Spa) -> None:
    there = visits.in_service()
    reprice(visits, spa.swedish_60, "90.00")
    visits.store.run(lambda u: therapist.add_service(u, SHOP, spa.ana, there, spa.swedish_60))
    row = visits.row(there)
    assert [item.price for item in row.items] == [Decimal("80.00"), Decimal("90.00")]
    assert row.total_amount == Decimal("170.00")


def test_a_selection_is_confirmed_once(visits: Visits, spa: Spa) -> None:
    there = visits.waiting()
    for again in (None, [spa.deep_60]):
        with pytest.raises(InvalidState, match="waiting for a therapist"):
            visits.confirm(there, again)
    assert len(visits.jobs(there)) == 1


def test_the_ticket_says_what_the_customer_needs(visits: Visits, spa: Spa) -> None:
    visits.waiting()
    there = visits.waiting(spa.swedish_30, spa.deep_60)
    (job,) = visits.jobs(there)
    row = visits.row(there)
    assert (job.kind, job.state, job.maybe_printed) == (PrintRole.TICKET, "waiting", False)
    assert job.document == {
        "shop_name": "Stillwater Spa",
        "shop_details": ["1 River Lane", "VAT 123"],
        "currency": "USD",
        "code": "0002",
        "items": [
            {
                "service_name": "Swedish Massage",
                "classification_name": "30 minutes",
                "duration_minutes": 30,
                "price": "50.00",
            },
            {
                "service_name": "Deep Tissue",
                "classification_name": "60 minutes",
                "duration_minutes": 60,
                "price": "95.50",
            },
        ],
        "total_duration_minutes": 90,
        "total_amount": "145.50",
        "at": "2026-11-22T10:00:00+00:00",
        "queue_position": 2,
        "estimated_wait_minutes": 0,
        "status_url": f"http://spa.test/t/{row.ticket_token}",
    }


def test_a_ticket_carries_the_shops_own_time(visits: Visits, store: Store, spa: Spa) -> None:
    manila = Visits(store, spa, shop(zone="Asia/Manila"))
    (job,) = manila.jobs(manila.waiting())
    assert job.document["at"] == "2026-11-22T18:00:00+08:00"


def test_no_two_tickets_share_a_token(visits: Visits) -> None:
    tokens = {visits.row(visits.waiting()).ticket_token for _ in range(5)}
    assert len(tokens) == 5
    assert all(token and len(token) >= 20 for token in tokens)


# --- codes ------------------------------------------------------------------------------------


def test_codes_count_up(visits: Visits) -> None:
    assert [visits.row(visits.waiting()).code for _ in range(3)] == ["0001", "0002", "0003"]


def test_codes_start_again_at_the_shops_morning(visits: Visits, clock: Clock) -> None:
    visits.paid()
    clock.advance(days=1)
    row = visits.row(visits.waiting())
    assert (row.code, row.business_date) == ("0001", "2026-11-23")


def test_a_code_that_somebody_still_holds_is_passed_over(visits: Visits, clock: Clock) -> None:
    held = visits.row(visits.waiting())
    clock.advance(days=1)
    assert held.code == "0001"
    assert visits.row(visits.waiting()).code == "0002"
    assert visits.broken_promises() == []


def test_wrapping_codes_pass_over_those_still_held(store: Store, spa: Spa, counter_at) -> None:
    visits = Visits(store, spa, shop(CodeReset.WRAP))
    counter_at(0, "")
    for _ in range(2):
        visits.waiting()
    counter_at(9998, "")
    assert [visits.row(visits.waiting()).code for _ in range(2)] == ["9999", "0003"]
    assert visits.broken_promises() == []


def test_codes_that_never_start_again_end_and_the_customer_can_go_on_later(
    store: Store, spa: Spa, counter_at
) -> None:
    visits = Visits(store, spa, shop(CodeReset.NEVER))
    counter_at(9998, "")
    assert visits.row(visits.waiting()).code == "9999"
    there = visits.choosing(spa.swedish_30)
    for _ in range(2):
        with pytest.raises(InvalidState, match="9999 are used"):
            visits.confirm(there, None)
    assert visits.row(there).status is TransactionStatus.SELECTING


def test_a_clock_set_back_keeps_codes_and_queue_in_order(
    visits: Visits, spa: Spa, clock: Clock
) -> None:
    first = visits.waiting()
    clock.advance(days=-2)
    second = visits.waiting()
    assert [visits.row(key).code for key in (first, second)] == ["0001", "0002"]
    claimed = visits.store.run(lambda u: therapist.confirm_next(u, SHOP, spa.ana))
    assert claimed.id == first
    assert visits.broken_promises() == []


# --- leaving ----------------------------------------------------------------------------------


def test_starting_over_cancels(visits: Visits, spa: Spa) -> None:
    there = visits.choosing(spa.swedish_30)
    visits.store.run(lambda u: kiosk.cancel(u, SHOP, spa.kiosk, there))
    row = visits.row(there)
    assert row.status is TransactionStatus.CANCELLED
    assert row.cancelled_at is not None
    assert row.code is None
    assert visits.broken_promises() == []


def test_who_has_a_code_does_not_start_over(visits: Visits, spa: Spa) -> None:
    there = visits.waiting()
    with pytest.raises(InvalidState):
        visits.store.run(lambda u: kiosk.cancel(u, SHOP, spa.kiosk, there))


def test_each_tap_stands_in_the_history_with_who_and_when(visits: Visits, spa: Spa) -> None:
    there = visits.choosing(spa.swedish_30)
    visits.confirm(there, None)
    entries = visits.history(there)
    assert [(e.event, e.from_status, e.to_status) for e in entries] == [
        ("customer_start", None, "selecting"),
        ("customer_add_item", "selecting", "selecting"),
        ("customer_confirm_selection", "selecting", "pending_therapist"),
    ]
    assert {(e.actor_role, e.actor_id, e.actor_name) for e in entries} == {
        ("kiosk", spa.kiosk.id, "door")
    }
    assert [e.at for e in entries] == sorted(e.at for e in entries)


def test_a_finished_visit_frees_its_code_for_the_next_day(visits: Visits, clock: Clock) -> None:
    paid = visits.paid()
    assert visits.row(paid).open_code is None
    clock.advance(days=1)
    again = visits.finished()
    found = visits.store.run(lambda u: cashier.claim_code(u, SHOP, visits.spa.eva, "0001"))
    assert found.id == again
