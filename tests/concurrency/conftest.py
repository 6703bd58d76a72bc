"""A rush hour that is lived through once: what happened in it is looked at by several tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pymysql
import pytest
from pymysql.connections import Connection as RawConnection
from sqlalchemy import select

from appliance.server.domain.errors import Busy
from appliance.server.domain.states import TransactionStatus
from appliance.server.store import invariants
from appliance.server.store.db import Database
from appliance.server.store.models import Transaction
from appliance.server.store.unit_of_work import Store, UnitOfWork
from appliance.server.usecases import kiosk, therapist
from tests.conftest import empty
from tests.support.campaign import rounds
from tests.support.mariadb import PrivateMariaDB
from tests.support.rush import TAKE_MONEY, TREAT, Claims, Rush, in_order
from tests.support.server import ServerProcess
from tests.support.spa import Spa, open_spa, shop
from tests.support.threads import at_once
from tests.support.visits import Visits

SHOP = shop()
CROWD = 16
"""How many kiosks there are, each in a thread of its own."""
STAFF = 32
"""How many therapists, and how many cashiers, half of them at each of two servers."""
CODES = CROWD * rounds(20, 313)
"""How many codes the kiosks give out."""
CUSTOMERS = rounds(128, 2000)
"""How many of them are treated and pay."""
ADDED = rounds(64, 2000)
"""How many more come while they are treated."""


def real_time() -> datetime:
    return datetime.now(UTC)


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
        added: Those whom the kiosks added while the therapists claimed, oldest first.
        meanwhile: How the therapists claimed them.
        by_code: How the cashiers claimed them, by code and by `next` at once.
        broken_promises: By moment, what `db check` said.
    """

    confirmed: list[tuple[str, datetime]] = field(default_factory=list)
    places: dict[str, int] = field(default_factory=dict)
    waiting: list[int] = field(default_factory=list)
    therapists: Claims = field(default_factory=Claims)
    at_the_desk: list[int] = field(default_factory=list)
    cashiers: Claims = field(default_factory=Claims)
    added: list[int] = field(default_factory=list)
    meanwhile: Claims = field(default_factory=Claims)
    by_code: Claims = field(default_factory=Claims)
    broken_promises: dict[str, list[str]] = field(default_factory=dict)


@pytest.fixture(scope="package")
def two_servers(
    mariadb: PrivateMariaDB, migrated: Database, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[ServerProcess]]:
    """Two `appliance serve` on one database, with nothing else between them."""
    folder = tmp_path_factory.mktemp("servers")
    environment = mariadb.server_environment("lobby_test")
    servers = [ServerProcess(environment, folder / f"serve{n}.log").start() for n in range(2)]
    yield servers
    for server in servers:
        server.stop()


@pytest.fixture(scope="package")
def rush_hour(migrated: Database, two_servers: list[ServerProcess]) -> RushHour:
    """16 kiosks; then 32 therapists and 32 cashiers, half of them at each of two servers.

    First everybody waits before the first is claimed; then kiosks go on adding customers while the
    therapists claim, and half of the cashiers type codes, the same ones at both servers.
    """
    empty(migrated)
    store = Store(migrated, real_time)
    spa = open_spa(store, therapists=STAFF, cashiers=STAFF)
    happened = RushHour()
    rush = Rush(store, spa, two_servers)

    def check(moment: str) -> None:
        happened.broken_promises[moment] = store.run(
            lambda u: list(invariants.violations(u.session))
        )

    happened.places = _confirm_all(store, spa)
    happened.confirmed = store.run(_codes)
    check("confirmed")
    _send_home_all_but(store, spa, CUSTOMERS)
    happened.waiting = in_order(store, TransactionStatus.PENDING_THERAPIST)
    with rush.crew(spa.therapists) as therapists:
        happened.therapists = rush.claim_all(therapists, TREAT)
    check("treated")
    happened.at_the_desk = in_order(store, TransactionStatus.FINISHED)
    with rush.crew(spa.cashiers) as cashiers:
        happened.cashiers = rush.claim_all(cashiers, TAKE_MONEY)
    check("paid")
    with rush.crew(spa.therapists) as therapists:
        happened.added, happened.meanwhile = rush.claim_while_kiosks_add(therapists, ADDED)
    check("added")
    with rush.crew(spa.cashiers) as cashiers:
        happened.by_code = rush.race_for_codes(cashiers)
    check("paid by code")
    return happened


def _confirm_all(store: Store, spa: Spa) -> dict[str, int]:
    places: dict[str, int] = {}

    def stand_at_the_kiosk() -> None:
        there = 0
        while there < CODES // CROWD:
            # On a machine with too much to do somebody may wait too long for the counter.
            with suppress(Busy):
                done = store.run(
                    lambda u: kiosk.confirm_selection(u, SHOP, spa.kiosk, None, [spa.swedish_30])
                )
                places[done.transaction.code or ""] = done.queue_position
                there += 1

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
    too_many = in_order(store, TransactionStatus.PENDING_THERAPIST)[number:]
    store.run(lambda u: [therapist.no_show(u, SHOP, spa.ana, key, None) for key in too_many])


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
