"""Two cashiers and one customer, and one customer who pays twice at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from pymysql.connections import Connection as RawConnection
from sqlalchemy import func, select

from appliance.server.domain.errors import Busy, InvalidState
from appliance.server.domain.ledger import Offer
from appliance.server.domain.payments import METHODS
from appliance.server.domain.states import Actor, TransactionStatus
from appliance.server.store.models import Payment
from appliance.server.usecases import cashier, therapist
from tests.support.threads import PATIENCE, at_once
from tests.support.visits import Visits

Connect = Callable[[], RawConnection]
ROUNDS = range(5)


def claim(visits: Visits, who: Actor, code: str) -> Callable[[], Actor]:
    def work() -> Actor:
        visits.store.run(lambda u: cashier.claim_code(u, visits.shop, who, code))
        return who

    return work


@pytest.mark.parametrize("_round", ROUNDS)
def test_of_two_cashiers_with_one_code_one_wins_and_the_other_is_told_why(
    visits: Visits, _round: int
) -> None:
    there = visits.finished()
    eva, felix = visits.spa.eva, visits.spa.felix
    results = at_once([claim(visits, eva, "0001"), claim(visits, felix, "0001")])
    winners = [result for result in results if isinstance(result, Actor)]
    losers = [result for result in results if isinstance(result, Exception)]
    assert len(winners) == 1, results
    assert isinstance(losers[0], InvalidState | Busy), losers
    assert visits.row(there).cashier_id == winners[0].id
    assert visits.broken_promises() == []


@pytest.mark.parametrize("_round", ROUNDS)
def test_a_code_and_the_next_in_line_never_claim_one_customer_twice(
    visits: Visits, _round: int
) -> None:
    there = visits.finished()
    eva, felix = visits.spa.eva, visits.spa.felix

    def next_in_line() -> Actor:
        visits.store.run(lambda u: cashier.claim_next(u, visits.shop, felix))
        return felix

    results = at_once([claim(visits, eva, "0001"), next_in_line])
    winners = [result for result in results if isinstance(result, Actor)]
    assert len(winners) == 1, results
    assert visits.row(there).cashier_id == winners[0].id


def pay(visits: Visits, key: int) -> Callable[[], str]:
    def work() -> str:
        visits.store.run(
            lambda u: cashier.pay(
                u, visits.shop, visits.spa.eva, key, [Offer(METHODS["cash"], Decimal(100))]
            )
        )
        return "paid"

    return work


@pytest.mark.parametrize("_round", ROUNDS)
def test_paying_twice_at_once_pays_once(visits: Visits, _round: int) -> None:
    there = visits.at_the_desk()
    results = at_once([pay(visits, there)] * 4)
    refused = [result for result in results if isinstance(result, Exception)]
    assert results.count("paid") == 1, results
    assert all(isinstance(error, InvalidState | Busy) for error in refused)
    payments = select(func.count()).select_from(Payment)
    assert visits.store.run(lambda u: u.session.scalar(payments)) == 1
    assert visits.broken_promises() == []


@pytest.mark.parametrize("_round", ROUNDS)
def test_paying_and_releasing_at_once_does_one_of_them(visits: Visits, _round: int) -> None:
    there = visits.at_the_desk()

    def release() -> str:
        visits.store.run(lambda u: cashier.release(u, visits.shop, visits.spa.eva, there))
        return "released"

    results = at_once([pay(visits, there), release])
    done = [result for result in results if isinstance(result, str)]
    assert len(done) == 1, results
    ended = {"paid": TransactionStatus.PAID, "released": TransactionStatus.FINISHED}[done[0]]
    assert visits.row(there).status is ended
    assert visits.broken_promises() == []


@pytest.mark.parametrize("_round", ROUNDS)
def test_starting_and_releasing_at_once_does_one_of_them(visits: Visits, _round: int) -> None:
    there, ana = visits.called(), visits.spa.ana

    def act(verb: Callable[..., Any]) -> Callable[[], str]:
        def work() -> str:
            visits.store.run(lambda u: verb(u, visits.shop, ana, there))
            return verb.__name__

        return work

    results = at_once([act(therapist.start_service), act(therapist.release)])
    assert sum(isinstance(result, str) for result in results) == 1, results
    assert visits.broken_promises() == []


# --- control ----------------------------------------------------------------------------------


def test_control_looking_and_then_writing_lets_two_cashiers_win(
    visits: Visits, raw: Connect
) -> None:
    visits.finished()
    both_have_looked = threading.Barrier(2)

    def claim_without_care(who: Actor) -> bool:
        with raw().cursor() as cursor:
            cursor.execute("SELECT id, status FROM transactions WHERE open_code = '0001'")
            key, status = cursor.fetchone() or (0, "")
            both_have_looked.wait(PATIENCE)
            if status != "finished":
                return False
            cursor.execute(
                "UPDATE transactions SET status = 'awaiting_payment', cashier_id = %s"
                " WHERE id = %s",
                (who.id, key),
            )
            return cursor.rowcount == 1

    eva, felix = visits.spa.eva, visits.spa.felix
    won = at_once([lambda: claim_without_care(eva), lambda: claim_without_care(felix)])
    assert won == [True, True]


def test_control_looking_and_then_writing_takes_the_money_twice(
    visits: Visits, raw: Connect
) -> None:
    there = visits.at_the_desk()
    both_have_looked = threading.Barrier(2)
    with raw().cursor() as cursor:
        cursor.execute("CREATE OR REPLACE TABLE control_payments (transaction_id BIGINT)")

    def pay_without_care() -> None:
        with raw().cursor() as cursor:
            cursor.execute("SELECT status FROM transactions WHERE id = %s", (there,))
            (status,) = cursor.fetchone() or ("",)
            both_have_looked.wait(PATIENCE)
            if status == "awaiting_payment":
                cursor.execute("INSERT INTO control_payments VALUES (%s)", (there,))
                cursor.execute("UPDATE transactions SET status = 'paid' WHERE id = %s", (there,))

    try:
        at_once([pay_without_care] * 2)
        with raw().cursor() as cursor:
            cursor.execute("SELECT COUNT(*) FROM control_payments")
            assert cursor.fetchone() == (2,)
    finally:
        with raw().cursor() as cursor:
            cursor.execute("DROP TABLE control_payments")
