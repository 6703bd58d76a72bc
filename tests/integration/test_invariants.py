"""`appliance db check` finds every kind of broken promise, and nothing in sound data."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from sqlalchemy import text

from appliance.server.usecases import cashier, kiosk, papers, therapist
from tests.support.spa import Spa, shop
from tests.support.visits import Visits

SHOP = shop()


@dataclass(frozen=True)
class Day:
    """One customer in each of these states."""

    paid: int
    treated: int
    waiting: int
    choosing: int
    ana: int
    copy: int


@pytest.fixture
def day(visits: Visits, spa: Spa) -> Day:
    paid = visits.paid()
    visits.print_everything()
    copy = visits.store.run(lambda u: papers.reprint_receipt(u, spa.eva, paid)).id
    treated = visits.in_service()
    waiting = visits.waiting(spa.swedish_30, spa.deep_60)
    choosing = visits.choosing(spa.swedish_30)
    return Day(paid, treated, waiting, choosing, spa.ana.id or 0, copy)


def test_a_sound_day_has_nothing_to_report(visits: Visits, day: Day) -> None:
    assert visits.broken_promises() == []


def test_a_day_with_every_detour_has_nothing_to_report(visits: Visits, spa: Spa) -> None:
    run = visits.store.run
    over = visits.choosing(spa.swedish_30)
    run(lambda u: kiosk.cancel(u, SHOP, spa.kiosk, over))
    called = visits.called()
    run(lambda u: therapist.release(u, SHOP, spa.ana, called))
    run(lambda u: therapist.confirm_next(u, SHOP, spa.ben))
    run(lambda u: therapist.no_show(u, SHOP, spa.ben, called, None))
    left = visits.waiting()
    run(lambda u: therapist.no_show(u, SHOP, spa.ana, left, None))
    there = visits.at_the_desk()
    run(lambda u: cashier.release(u, SHOP, spa.eva, there))
    run(lambda u: cashier.claim_code(u, SHOP, spa.eva, visits.row(there).code or ""))
    visits.pay(there, "1")
    visits.pay(there, "100")
    assert visits.broken_promises() == []


def test_an_empty_shop_has_nothing_to_report(visits: Visits) -> None:
    assert visits.broken_promises() == []


BROKEN: dict[str, tuple[list[str], str]] = {
    "a disabled therapist has a customer": (
        ["UPDATE staff SET disabled_at = '2026-11-22 10:00:00' WHERE id = {ana}"],
        "transaction {treated}: 0002 is in_service with ana, who is disabled",
    ),
    "a therapist who has gone home has a customer": (
        ["UPDATE staff SET on_duty_since = NULL WHERE id = {ana}"],
        "transaction {treated}: 0002 is in_service with ana, who is off duty",
    ),
    "a disabled cashier has a customer": (
        [
            (
                "UPDATE transactions SET status = 'awaiting_payment', cashier_id ="
                " (SELECT id FROM staff WHERE username = 'felix') WHERE id = {treated}"
            ),
            "UPDATE staff SET disabled_at = '2026-11-22 10:00:00' WHERE username = 'felix'",
        ],
        "transaction {treated}: 0002 is awaiting_payment with felix, who is disabled",
    ),
    "an item's price is not in the total": (
        ["UPDATE transaction_items SET price = price + 1 WHERE transaction_id = {waiting}"],
        "transaction {waiting}: total",
    ),
    "an item's minutes are not in the total": (
        ["UPDATE transactions SET total_duration_minutes = 1 WHERE id = {choosing}"],
        "transaction {choosing}: total",
    ),
    "the items are gone": (
        ["DELETE FROM transaction_items WHERE transaction_id = {treated}"],
        "transaction {treated}: total",
    ),
    "paid without a payment": (
        ["DELETE FROM payments"],
        "transaction {paid}: paid without a payment",
    ),
    "a payment of another total": (
        ["UPDATE payments SET amount_due = amount_due - 1, change_amount = change_amount + 1"],
        "transaction {paid}: paid, total 80.00",
    ),
    "a payment with the wrong change": (
        ["UPDATE payments SET change_amount = 0"],
        "transaction {paid}: paid, total 80.00",
    ),
    "a payment of somebody who has not paid": (
        [
            (
                "INSERT INTO payments"
                " (transaction_id, amount_due, amount_paid, change_amount, method, created_at)"
                " SELECT id, total_amount, total_amount, 0, 'cash', created_at"
                " FROM transactions WHERE id = {waiting}"
            )
        ],
        "transaction {waiting}: pending_therapist",
    ),
    "confirmed without a code": (
        ["UPDATE transactions SET code = NULL WHERE id = {waiting}"],
        "transaction {waiting}: a code without a confirmation",
    ),
    "a code without a confirmation": (
        ["UPDATE transactions SET selection_confirmed_at = NULL WHERE id = {waiting}"],
        "transaction {waiting}: a code without a confirmation",
    ),
    "a code given out twice": (
        [
            (
                "UPDATE transactions SET code = '0077', code_series = NULL"
                " WHERE id IN ({paid}, {waiting})"
            )
        ],
        "code 0077 of series None: given out 2 times",
    ),
    "an open visit that does not hold its code": (
        ["UPDATE transactions SET open_code = NULL WHERE id = {waiting}"],
        "transaction {waiting}: pending_therapist with code 0003, held as None",
    ),
    "a past visit that still holds its code": (
        ["UPDATE transactions SET open_code = code WHERE id = {paid}"],
        "transaction {paid}: paid with code 0001, held as 0001",
    ),
    "a visit that holds another code": (
        ["UPDATE transactions SET open_code = '9000' WHERE id = {waiting}"],
        "transaction {waiting}: pending_therapist with code 0003, held as 9000",
    ),
    "somebody without a code who holds one": (
        ["UPDATE transactions SET open_code = '9000' WHERE id = {choosing}"],
        "transaction {choosing}: selecting",
    ),
    "no counter": (["DELETE FROM transaction_counter"], "the code counter"),
    "two counters": (
        ["INSERT INTO transaction_counter (id, period, wraps, number) VALUES (2, '', 0, 0)"],
        "the code counter",
    ),
    "a code without a ticket": (
        ["DELETE FROM print_jobs WHERE transaction_id = {waiting}"],
        "transaction {waiting}: 0 ticket jobs instead of one",
    ),
    "a code with two tickets": (
        [
            (
                "INSERT INTO print_jobs"
                " (kind, transaction_id, state, maybe_printed, document, attempts, created_at)"
                " SELECT kind, transaction_id, state, maybe_printed, document, attempts, created_at"
                " FROM print_jobs WHERE transaction_id = {waiting}"
            )
        ],
        "transaction {waiting}: 2 ticket jobs instead of one",
    ),
    "a payment without a receipt": (
        [
            "DELETE FROM print_jobs WHERE original_id IS NOT NULL",
            "DELETE FROM print_jobs WHERE kind = 'receipt'",
        ],
        "transaction {paid}: 0 receipt jobs instead of one",
    ),
    "a copy of somebody else's paper": (
        ["UPDATE print_jobs SET transaction_id = {waiting} WHERE id = {copy}"],
        "print job {copy}: a copy of another customer's paper",
    ),
    "an occupied room that names nobody": (
        ["UPDATE rooms SET current_transaction_id = NULL WHERE room_number = '1'"],
        "room 1: occupied, but it names transaction None",
    ),
    "somebody in treatment whom no room names": (
        [
            (
                "UPDATE rooms SET current_transaction_id = NULL, status = 'available'"
                " WHERE room_number = '1'"
            )
        ],
        "transaction {treated}: with a therapist, but no room names it",
    ),
    "an available room that names somebody": (
        ["UPDATE rooms SET status = 'available' WHERE room_number = '1'"],
        "room 1: available, but it names transaction {treated}",
    ),
    "a room that names somebody who has left": (
        [
            (
                "UPDATE rooms SET status = 'occupied', current_transaction_id = {paid}"
                " WHERE room_number = '2'"
            )
        ],
        "room 2: occupied, but it names transaction {paid}",
    ),
    "a room whose customer is elsewhere": (
        ["UPDATE transactions SET room_number = '2' WHERE id = {treated}"],
        "room 1: its transaction {treated} is in another room",
    ),
    "a therapist with two customers": (
        [
            (
                "UPDATE transactions SET status = 'in_service', therapist_id = {ana},"
                " room_number = '2' WHERE id = {waiting}"
            ),
            (
                "UPDATE rooms SET status = 'occupied', current_transaction_id = {waiting}"
                " WHERE room_number = '2'"
            ),
        ],
        "therapist {ana}: 2 customers at once",
    ),
    "no history at all": (
        ["DELETE FROM history WHERE transaction_id = {choosing}"],
        "transaction {choosing}: selecting, but its history ends in None",
    ),
    "a step that is missing from the history": (
        [
            (
                "DELETE FROM history WHERE transaction_id = {treated}"
                " AND event = 'therapist_confirm_next'"
            )
        ],
        "transaction {treated}: therapist_start_service from therapist_confirmed to in_service",
    ),
    "a step that the table does not know": (
        ["UPDATE history SET event = 'cashier_pay' WHERE to_status = 'pending_therapist'"],
        "transaction {waiting}: cashier_pay from selecting to pending_therapist",
    ),
    "a state that the history does not end in": (
        ["UPDATE transactions SET status = 'cancelled', open_code = NULL WHERE id = {waiting}"],
        "transaction {waiting}: cancelled, but its history ends in pending_therapist",
    ),
    "a step without its time": (
        ["UPDATE transactions SET service_start_at = NULL WHERE id = {treated}"],
        "transaction {treated}: history and timestamps differ in service_start_at",
    ),
    "a time without its step": (
        ["UPDATE transactions SET paid_at = created_at WHERE id = {waiting}"],
        "transaction {waiting}: history and timestamps differ in paid_at",
    ),
    "a treatment without a therapist": (
        ["UPDATE transactions SET therapist_id = NULL WHERE id = {treated}"],
        "transaction {treated}: in_service without a therapist",
    ),
    "a payment without a cashier": (
        ["UPDATE transactions SET cashier_id = NULL WHERE id = {paid}"],
        "transaction {paid}: paid without a cashier",
    ),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_promise_is_reported_with_its_row(what: str, visits: Visits, day: Day) -> None:
    statements, expected = BROKEN[what]

    def spoil(unit) -> None:
        for statement in statements:
            assert unit.session.execute(text(statement.format(**vars(day)))).rowcount > 0

    visits.store.run(spoil)
    expected = expected.format(**vars(day))
    assert [line for line in visits.broken_promises() if line.startswith(expected)], (
        visits.broken_promises()
    )
