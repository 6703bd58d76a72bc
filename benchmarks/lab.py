"""Where figures are measured: a private, durable MariaDB, shops in it, real servers on them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pymysql

from appliance.server.auth import tokens
from appliance.server.clock import utc_now
from appliance.server.domain.states import Actor
from appliance.server.store import schema
from appliance.server.store.db import Database
from appliance.server.store.models import Staff
from appliance.server.store.unit_of_work import Store
from tests.support.mariadb import APPLIANCE, PrivateMariaDB
from tests.support.server import BARE, ServerProcess
from tests.support.spa import Spa, open_spa


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured.

    Attributes:
        clients: Therapists who claim at once.
        waiting: Customers in the queue when a round of claims begins.
        rounds: Rounds of claims of each kind.
        warm_seconds: Claims before the measured time of a round.
        seconds: Measured time of a round.
        grown_past: Past visits of the grown database.
        past_visits: Past visits that reports are made of.
        years_visits: Past visits that a check, a backup and a restore go through.
        day_visits: Visits of the day whose bytes on the disk are counted.
        pairs: How often two kinds of claims are compared in short windows.
        watchers: Screens that watch.
        confirms: Confirmations watched by them.
        tickets: Tickets printed.
        logins: People who log in at once.
        login_rounds: How often they do.
        starts: Starts of the server.
        kiosk_loads: Cold loads of the kiosk page.
        kiosk_journeys: Customers who tap through the kiosk.
        presses: Presses of a call button.
        busy_events: Events of a busy hour, a second apart.
    """

    clients: int = 16
    waiting: int = 10_000
    rounds: int = 3
    warm_seconds: float = 1.0
    seconds: float = 5.0
    grown_past: int = 1_000_000
    past_visits: int = 200_000
    years_visits: int = 1_000_000
    day_visits: int = 200
    pairs: int = 10
    watchers: int = 500
    confirms: int = 30
    tickets: int = 200
    logins: int = 16
    login_rounds: int = 5
    starts: int = 5
    kiosk_loads: int = 5
    kiosk_journeys: int = 6
    presses: int = 20
    busy_events: int = 30


QUICK = Sizes(
    waiting=3_000,
    rounds=1,
    warm_seconds=0.5,
    seconds=1.5,
    grown_past=20_000,
    past_visits=5_000,
    years_visits=5_000,
    day_visits=20,
    pairs=2,
    watchers=60,
    confirms=5,
    tickets=15,
    login_rounds=1,
    starts=1,
    kiosk_loads=1,
    kiosk_journeys=1,
    presses=2,
    busy_events=4,
)


@dataclass(frozen=True, slots=True)
class Shop:
    """A spa in a schema of its own.

    Attributes:
        schema: Its name.
        database: An engine on it, of the benchmark's own.
        store: The same as use cases see it.
        spa: Who and what there is.
    """

    schema: str
    database: Database
    store: Store
    spa: Spa

    def tokens(self, people: list[Actor]) -> list[str]:
        """Log people in without their passwords; each one's token before ends."""

        def issue(person: Actor) -> str:
            return self.store.run(
                lambda unit: tokens.issue(unit, unit.session.get_one(Staff, person.id))[0]
            )

        return [issue(person) for person in people]


@contextlib.contextmanager
def short_windows(lab: Lab) -> Iterator[None]:
    """Rounds of claims of two seconds at most, for many of two kinds next to each other."""
    sizes = lab.sizes
    lab.sizes = replace(sizes, seconds=min(sizes.seconds, 2.0))
    try:
        yield
    finally:
        lab.sizes = sizes


class Lab:
    """What every group of figures works with.

    Args:
        folder: For data, logs and settings; gone afterwards.
        sizes: How much is measured.
        variables: Further variables of MariaDB's environment.

    Attributes:
        serve: What Python is started with to be the server.
        peripherals: The same for the devices' daemon.
    """

    serve: Sequence[str] = BARE
    peripherals: Sequence[str] = ("-m", "appliance", "peripherals")

    def __init__(
        self, folder: Path, sizes: Sizes, variables: Mapping[str, str] | None = None
    ) -> None:
        self.folder = folder
        self.sizes = sizes
        (folder / "mariadb").mkdir(parents=True)
        self.mariadb = PrivateMariaDB(folder / "mariadb", APPLIANCE, variables)
        self._shops = 0

    @property
    def mariadb_pid(self) -> int:
        """The database's process."""
        return int((self.mariadb.folder / "mariadbd.pid").read_text())

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Keep MariaDB running."""
        self.mariadb.create()
        self.mariadb.start()
        try:
            self.mariadb.grant()
            yield
        finally:
            self.mariadb.stop()

    @contextlib.contextmanager
    def shop(self, *, therapists: int = 4) -> Iterator[Shop]:
        """A spa in a new schema, dropped afterwards."""
        self._shops += 1
        name = f"bench{self._shops}"
        self.mariadb.execute(f"CREATE DATABASE {name}")
        database = Database(self.mariadb.url(name), patient=True)
        try:
            schema.upgrade(database.engine)
            store = Store(database, utc_now)
            yield Shop(name, database, store, open_spa(store, therapists=therapists))
        finally:
            database.dispose()
            # A transaction that somebody left open must not hold up the end for ever.
            self.mariadb.execute("SET SESSION lock_wait_timeout=10", f"DROP DATABASE {name}")

    @contextlib.contextmanager
    def server(self, shop: Shop) -> Iterator[ServerProcess]:
        """A real `appliance serve` in gevent mode on a shop."""
        server = self.new_server(shop)
        try:
            yield server.start()
        finally:
            server.stop()

    def new_server(self, shop: Shop) -> ServerProcess:
        """A server that is not started yet; where it listens is free now."""
        return ServerProcess(
            self.mariadb.environment(shop.schema), self.folder / "serve.log", command=self.serve
        )

    def sql(self, shop: Shop) -> pymysql.connections.Connection[Any]:
        """A connection for hand-written SQL, with the server's own way to the database."""
        settings = self.mariadb.environment(shop.schema)
        return pymysql.connect(
            host=settings["MYSQL_HOST"],
            port=int(settings["MYSQL_PORT"]),
            user=settings["MYSQL_USER"],
            password=settings["MYSQL_PASSWORD"],
            database=shop.schema,
            autocommit=True,
            ssl_disabled=True,
        )
