"""A rush hour that is lived through once: what happened in it is looked at by several tests."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

import pymysql
import pytest
from pymysql.connections import Connection as RawConnection
from sqlalchemy import func, select

from appliance.server.domain.errors import Busy, NothingWaiting
from appliance.server.domain.payments import METHODS
from appliance.server.domain.states import Actor, TransactionStatus
from appliance.server.store import invariants
from appliance.server.store.db import Database
from appliance.server.store.models import Transaction
from appliance.server.store.unit_of_work import Store, UnitOfWork
from appliance.server.usecases import cashier, kiosk, therapist
from tests.conftest import empty
from tests.support.campaign import rounds
from tests.support.mariadb import PrivateMariaDB
from tests.support.spa import Spa, open_spa, shop
from tests.support.threads import at_once
from tests.support.visits import Visits

SHOP = shop()
CROWD = 16
"""How many kiosks, therapists and cashiers there are, each in a thread of its own."""
CODES = CROWD * rounds(38, 313)
"""How many codes the kiosks give out."""
CUSTOMERS = rounds(200, 2000)
"""How many of them are treated and pay."""


def real_time() -> datetime:
    return datetime.now(UTC)


@dataclass
class Claims:
    """What one kind of staff did.

    Attributes:
        claimed: Transactions in the order in which their claims were done.
        left_when_told_nobody: Each time somebody was told that nobody waits, how many did.
        errors: What should not have happened.
    """

    claimed: list[int] = field(default_factory=list)
    left_when_told_nobody: list[int] = field(default_factory=list)
    errors: list[Exception] = field(default_factory=list)


@dataclass
class RushHour:
    """What happened.

    Attributes:
        confirmed: Code and time of confirmation, in the order of codes.
        places: By code, the place in the queue that the kiosk told.
        waiting: Those who are treated, oldest first.
        therapists: How the therapists claimed them.
        at_the_desk: The same people in the order in which they came to the desk.
        cashiers: How the cashiers claimed them.
        broken_promises: By moment, what `db check` said.
    """

    confirmed: list[tuple[str, datetime]] = field(default_factory=list)
    places: dict[str, int] = field(default_factory=dict)
    waiting: list[int] = field(default_factory=list)
    therapists: Claims = field(default_factory=Claims)
    at_the_desk: list[int] = field(default_factory=list)
    cashiers: Claims = field(default_factory=Claims)
    broken_promises: dict[str, list[str]] = field(default_factory=dict)


@pytest.fixture(scope="package")
def rush_hour(migrated: Database) -> RushHour:
    """16 kiosks, then 16 therapists, then 16 cashiers, all at once each."""
    empty(migrated)
    store = Store(migrated, real_time)
    spa = open_spa(store, therapists=CROWD, cashiers=CROWD)
    happened = RushHour()

    def check(moment: str) -> None:
        happened.broken_promises[moment] = store.run(
            lambda u: list(invariants.violations(u.session))
        )

    happened.places = _confirm_all(store, spa)
    happened.confirmed = store.run(_codes)
    check("confirmed")
    _send_home_all_but(store, spa, CUSTOMERS)
    happened.waiting = store.run(
        lambda u: _in_order(u, TransactionStatus.PENDING_THERAPIST, "selection_confirmed_at")
    )
    happened.therapists = _claim_all(
        store, spa.therapists, TransactionStatus.PENDING_THERAPIST, _treat
    )
    check("treated")
    happened.at_the_desk = store.run(
        lambda u: _in_order(u, TransactionStatus.FINISHED, "service_finish_at")
    )
    happened.cashiers = _claim_all(store, spa.cashiers, TransactionStatus.FINISHED, _take_money)
    check("paid")
    return happened


def _confirm_all(store: Store, spa: Spa) -> dict[str, int]:
    places: dict[str, int] = {}

    def stand_at_the_kiosk() -> None:
        for _ in range(CODES // CROWD):
            done = store.run(
                lambda u: kiosk.confirm_selection(u, SHOP, spa.kiosk, None, [spa.swedish_30])
            )
            places[done.transaction.code or ""] = done.queue_position

    for result in at_once([stand_at_the_kiosk] * CROWD):
        if isinstance(result, Exception):
            raise result
    return places


def _codes(unit: UnitOfWork) -> list[tuple[str, datetime]]:
    rows = unit.session.execute(
        select(Transaction.code, Transaction.selection_confirmed_at).order_by(Transaction.code)
    )
    return [(code or "", at) for code, at in rows if at is not None]


def _send_home_all_but(store: Store, spa: Spa, number: int) -> None:
    there = store.run(
        lambda u: _in_order(u, TransactionStatus.PENDING_THERAPIST, "selection_confirmed_at")
    )
    for key in there[number:]:
        store.run(lambda u, key=key: therapist.no_show(u, SHOP, spa.ana, key, None))


def _in_order(unit: UnitOfWork, status: TransactionStatus, since: str) -> list[int]:
    return list(
        unit.session.scalars(
            select(Transaction.id)
            .where(Transaction.status == status)
            .order_by(getattr(Transaction, since), Transaction.id)
        )
    )


Turn = Callable[[Store, Actor, Callable[[int], None]], None]


def _treat(store: Store, who: Actor, claimed: Callable[[int], None]) -> None:
    key = store.run(lambda u: therapist.confirm_next(u, SHOP, who)).id
    claimed(key)
    store.run(lambda u: therapist.start_service(u, SHOP, who, key))
    store.run(lambda u: therapist.finish_service(u, SHOP, who, key))
    store.run(lambda u: therapist.room_ready(u, SHOP, who))


def _take_money(store: Store, who: Actor, claimed: Callable[[int], None]) -> None:
    key = store.run(lambda u: cashier.claim_next(u, SHOP, who)).id
    claimed(key)
    store.run(lambda u: cashier.pay(u, SHOP, who, key, Decimal(100), METHODS["cash"]))


def _claim_all(store: Store, staff: list[Actor], status: TransactionStatus, turn: Turn) -> Claims:
    found = Claims()
    lock = threading.Lock()

    def note(key: int) -> None:
        with lock:
            found.claimed.append(key)

    def left() -> int:
        waiting = select(func.count()).where(Transaction.status == status)
        return store.run(lambda u: u.session.scalar(waiting)) or 0

    def work(who: Actor) -> None:
        while True:
            try:
                turn(store, who, note)
            except Busy:
                continue
            except NothingWaiting:
                found.left_when_told_nobody.append(left())
                return

    results = at_once([lambda who=who: work(who) for who in staff])
    found.errors = [result for result in results if isinstance(result, Exception)]
    return found


@pytest.fixture
def busy_store(database: Database) -> Store:
    """The database on the real clock, since many look at it at once."""
    return Store(database, real_time)


@pytest.fixture
def visits(busy_store: Store) -> Visits:
    """Customers of a spa with Ana, Ben, Eva and Felix."""
    return Visits(busy_store, open_spa(busy_store))


@pytest.fixture
def raw(mariadb: PrivateMariaDB) -> Iterator[Callable[[], RawConnection]]:
    """Open plain connections in autocommit, as a program without care would."""
    opened: list[RawConnection] = []

    def connect() -> RawConnection:
        connection = pymysql.connect(
            unix_socket=str(mariadb.socket),
            user=mariadb.user,
            password=mariadb.password,
            database="lobby_test",
            autocommit=True,
            ssl_disabled=True,
        )
        opened.append(connection)
        return connection

    yield connect
    for connection in opened:
        connection.close()
