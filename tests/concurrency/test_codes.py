"""16 kiosks confirm at once: codes without a gap, without a duplicate, in order."""

from __future__ import annotations

import threading
from collections.abc import Callable
from itertools import pairwise

from pymysql.connections import Connection as RawConnection

from appliance.server.domain.codes import CodeReset
from appliance.server.store import counter
from appliance.server.store.unit_of_work import Store
from tests.concurrency.conftest import CODES, CROWD, SHOP, RushHour, real_time
from tests.support.threads import PATIENCE, at_once
from tests.support.visits import Visits

Connect = Callable[[], RawConnection]


def test_codes_have_no_gap_and_no_duplicate(rush_hour: RushHour) -> None:
    codes = [code for code, _ in rush_hour.confirmed]
    assert codes == [f"{number:04d}" for number in range(1, CODES + 1)]


def test_the_order_of_codes_is_the_order_of_confirmation(rush_hour: RushHour) -> None:
    times = [at for _, at in rush_hour.confirmed]
    assert all(earlier < later for earlier, later in pairwise(times))


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
