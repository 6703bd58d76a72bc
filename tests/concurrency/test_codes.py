"""Codes while many confirm at once, on a new day and around 9999, with controls."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count, islice

import pytest
from pymysql.connections import Connection as RawConnection
from sqlalchemy import select, update

from appliance.server.domain.codes import LAST_NUMBER, CodeReset
from appliance.server.domain.errors import Busy
from appliance.server.store import counter, queries
from appliance.server.store.db import Database
from appliance.server.store.models import Transaction, TransactionCounter
from appliance.server.store.unit_of_work import Store, UnitOfWork
from appliance.server.usecases import kiosk
from tests.concurrency.conftest import CROWD, SHOP, real_time
from tests.support.campaign import rounds
from tests.support.spa import shop
from tests.support.threads import PATIENCE, at_once
from tests.support.visits import Visits

Connect = Callable[[], RawConnection]
pytestmark = pytest.mark.timeout(rounds(1_800, 3600))
HELD = (3, 10, 11, 12)
"""Old codes that are still held by somebody when the codes start again."""
TURN = CROWD * rounds(10, 313)
"""How many codes are given out while the codes start again."""
YESTERDAY = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
THIS_MORNING = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


@dataclass
class Turn:
    """A clock that passes the business day's start after so many looks."""

    looks: int

    def __post_init__(self) -> None:
        self._seen = count()

    def __call__(self) -> datetime:
        seen = next(self._seen)
        return (YESTERDAY if seen < self.looks else THIS_MORNING) + timedelta(microseconds=seen)


def hold_old_codes(database: Database, visits: Visits, last: int) -> None:
    """Some of yesterday's codes are held, and the next one is given out after `last`."""
    yesterday = Visits(Store(database, lambda: YESTERDAY), visits.spa)
    for number in HELD:
        _set_counter(visits.store, number - 1)
        assert yesterday.row(yesterday.waiting()).code == f"{number:04d}"
    _set_counter(visits.store, last)


def _set_counter(store: Store, last: int) -> None:
    period = YESTERDAY.date().isoformat()
    values = {"period": period, "number": last, "wraps": 0, "confirmed_at": None}
    store.run(lambda u: u.session.execute(update(TransactionCounter).values(**values)))


def confirm_at_every_kiosk(visits: Visits, store: Store, rule: CodeReset) -> list[tuple[str, int]]:
    """Give out TURN codes; returns series and number in the order of confirmation."""
    settings = shop(rule)
    old = visits.store.run(lambda u: u.session.scalars(select(Transaction.id)).all())

    def stand_at_the_kiosk() -> None:
        there = 0
        while there < TURN // CROWD:
            with suppress(Busy):
                store.run(
                    lambda u: kiosk.confirm_selection(
                        u, settings, visits.spa.kiosk, None, [visits.spa.swedish_30]
                    )
                )
                there += 1

    assert at_once([stand_at_the_kiosk] * CROWD) == [None] * CROWD

    def look(unit: UnitOfWork) -> list[tuple[str, int]]:
        rows = unit.session.execute(
            select(Transaction.code_series, Transaction.code)
            .where(Transaction.id.not_in(old))
            .order_by(Transaction.selection_confirmed_at)
        )
        return [(series or "", int(code or 0)) for series, code in rows]

    return store.run(look)


def from_the_start(how_many: int) -> list[int]:
    """The first codes of a series, without those that are still held."""
    return list(islice((number for number in count(1) if number not in HELD), how_many))


def test_codes_wrap_after_9999_and_pass_over_those_still_held(
    database: Database, visits: Visits
) -> None:
    before = TURN // 2
    store = Store(database, lambda: THIS_MORNING)
    hold_old_codes(database, visits, LAST_NUMBER - before)
    given = confirm_at_every_kiosk(visits, store, CodeReset.WRAP)
    period = YESTERDAY.date().isoformat()
    assert given == [
        *((f"{period}/0", LAST_NUMBER - before + n) for n in range(1, before + 1)),
        *((f"{period}/1", number) for number in from_the_start(TURN - before)),
    ]
    assert visits.broken_promises() == []


def test_codes_start_again_with_the_business_day(database: Database, visits: Visits) -> None:
    # Each confirmation looks at the clock a few times: the day turns somewhere in the middle.
    store = Store(database, Turn(looks=TURN * 2))
    hold_old_codes(database, visits, last=5000)
    given = confirm_at_every_kiosk(visits, store, CodeReset.DAILY)
    before = [number for series, number in given if series == "2026-11-22/0"]
    assert 0 < len(before) < TURN
    assert given == [
        *(("2026-11-22/0", 5000 + n) for n in range(1, len(before) + 1)),
        *(("2026-11-23/0", number) for number in from_the_start(TURN - len(before))),
    ]
    assert visits.broken_promises() == []


def test_a_confirmation_that_is_rolled_back_leaves_no_gap(visits: Visits) -> None:
    taken = threading.Event()
    may_fail = threading.Event()

    def take_and_fail() -> None:
        def work(unit) -> None:
            counter.take_code(unit.session, CodeReset.DAILY, SHOP.day.date_of(real_time()))
            taken.set()
            may_fail.wait(PATIENCE)
            raise RuntimeError("the power fails")

        visits.store.run(work)

    def confirm_meanwhile() -> str | None:
        taken.wait(PATIENCE)
        may_fail.set()
        return visits.row(visits.waiting()).code

    _, code = at_once([take_and_fail, confirm_meanwhile])
    assert code == "0001"


# --- control ----------------------------------------------------------------------------------


def test_control_reading_and_then_writing_gives_one_code_to_all(
    visits: Visits, raw: Connect
) -> None:
    everybody_has_read = threading.Barrier(CROWD)

    def take() -> int:
        with raw().cursor() as cursor:
            cursor.execute("SELECT number FROM transaction_counter")
            (number,) = cursor.fetchone() or (0,)
            everybody_has_read.wait(PATIENCE)
            cursor.execute("UPDATE transaction_counter SET number = %s", (number + 1,))
        return number + 1

    assert at_once([take] * CROWD) == [1] * CROWD


def test_control_a_counter_of_its_own_transaction_confirms_out_of_order(
    busy_store: Store, visits: Visits
) -> None:
    second_has_confirmed = threading.Event()
    first_has_code = threading.Event()

    def take() -> int:
        return busy_store.run(
            lambda u: counter.take_code(u.session, CodeReset.DAILY, SHOP.day.date_of(real_time()))
        ).number

    def slow() -> tuple[int, object]:
        number = take()
        first_has_code.set()
        second_has_confirmed.wait(PATIENCE)
        return number, busy_store.run(lambda u: counter.confirmation_time(u.session, u.now()))

    def quick() -> tuple[int, object]:
        first_has_code.wait(PATIENCE)
        number = take()
        confirmed = busy_store.run(lambda u: counter.confirmation_time(u.session, u.now()))
        second_has_confirmed.set()
        return number, confirmed

    first, second = at_once([slow, quick])
    assert isinstance(first, tuple)
    assert isinstance(second, tuple)
    assert first[0] < second[0]
    assert first[1] > second[1]


def test_control_a_place_read_before_the_counters_lock_is_told_to_all(
    visits: Visits, busy_store: Store
) -> None:
    everybody_has_read = threading.Barrier(CROWD)

    def confirm() -> int:
        def work(unit: UnitOfWork) -> int:
            ahead, _ = queries.place_in_queue(unit.session, unit.now())
            everybody_has_read.wait(PATIENCE)
            kiosk.confirm_selection(unit, SHOP, visits.spa.kiosk, None, [visits.spa.swedish_30])
            return ahead + 1

        return busy_store.run(work)

    assert at_once([confirm] * CROWD) == [1] * CROWD
