"""The server and the database are killed while 32 clients act, and nothing is lost or doubled.

The blows fall at random points of the work; `CRASH_SEED` repeats the plan of an earlier run (what
the 32 threads make of it is the machine's affair). `CAMPAIGN=full` goes the whole way.
"""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select, update

from appliance.cli import main
from appliance.server.clock import utc_now
from appliance.server.domain.papers import PaperState
from appliance.server.store import invariants, papers, schema
from appliance.server.store.db import Database
from appliance.server.store.models import PrintJob
from appliance.server.store.unit_of_work import Store, UnitOfWork
from tests.conftest import empty
from tests.support import ledger
from tests.support.campaign import rounds
from tests.support.crowd import Crowd
from tests.support.mariadb import APPLIANCE, PrivateMariaDB
from tests.support.persistent import PATIENCE, Answered
from tests.support.server import ServerProcess
from tests.support.spa import open_spa
from tests.support.till_crowd import TillCrowd

SCHEMA = "lobby_crash"
SERVER_KILLS = rounds(4, 200)
DATABASE_KILLS = rounds(2, 30)
MONEY_SERVER_KILLS = rounds(2, 200)
MONEY_DATABASE_KILLS = rounds(1, 30)
BLOWS_A_SHIFT = 20
"""After so many a new shift begins with an empty database, so that looking at all of it stays
quick."""
WORK_BETWEEN_BLOWS = 150
"""Answers at most, between two blows."""

pytestmark = pytest.mark.timeout(rounds(1_800, 7_200))


@pytest.fixture(scope="module")
def durable(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateMariaDB]:
    """A MariaDB set up as on the appliance: what it has committed survives its own death."""
    mariadb = PrivateMariaDB(tmp_path_factory.mktemp("durable"), APPLIANCE)
    mariadb.create()
    mariadb.start()
    mariadb.grant()
    mariadb.execute(f"CREATE DATABASE {SCHEMA}")
    yield mariadb
    mariadb.stop()


@pytest.fixture(scope="module")
def looking(durable: PrivateMariaDB) -> Iterator[Database]:
    """The test's own way to the data."""
    database = Database(durable.url(SCHEMA), pool_size=4, patient=True)
    schema.upgrade(database.engine)
    yield database
    database.dispose()


@pytest.fixture
def rng() -> random.Random:
    seed = int(os.environ.get("CRASH_SEED", random.SystemRandom().randrange(10**9)))
    print(f"CRASH_SEED={seed} repeats this plan")  # noqa: T201 — pytest shows it after a failure
    return random.Random(seed)


class Shift:
    """32 clients on one server and one database, from an empty database to its end.

    Args:
        mariadb: Running.
        looking: The test's own way to the data.
        log: Where the server's output goes.
        rng: Decides what happens when.
    """

    def __init__(
        self,
        mariadb: PrivateMariaDB,
        looking: Database,
        log: Path,
        rng: random.Random,
        crowd: type[Crowd] = Crowd,
    ) -> None:
        empty(looking)
        self._mariadb = mariadb
        self._store = Store(looking, utc_now)
        self._rng = rng
        self._spa = open_spa(self._store, therapists=crowd.therapists, cashiers=crowd.cashiers)
        # However slow the machine, nobody at a kiosk times out: that is nobody's answer.
        patient = {"SELECTING_TIMEOUT_SECONDS": "3600"}
        self._server = ServerProcess(mariadb.server_environment(SCHEMA) | patient, log).start()
        self.crowd = crowd(self._server.port, self._spa, self._store, rng)
        self._looked_up: Counter[str] = Counter()

    def work(self) -> None:
        """Let a random amount of work be done."""
        self.crowd.wait_for_answers(self._rng.randint(1, WORK_BETWEEN_BLOWS))

    def kill_server(self) -> None:
        """`kill -9` in the middle of the work, and now and then once more during the start."""
        self._server.kill()
        self.look()
        if self._rng.random() < 0.15:
            self._server.launch()
            self.crowd.over.wait(self._rng.uniform(0, 1.5))
            self._server.kill()
            self.look()
        self._server.start()

    def kill_database(self) -> None:
        """`kill -9` of MariaDB in the middle of the work; the server is left to itself."""
        self._mariadb.kill()
        # The clients go on asking meanwhile, and are told that it is unavailable.
        self.crowd.over.wait(self._rng.uniform(0, 1))
        self._mariadb.start()
        self.look()

    def look(self) -> None:
        """Every promise holds, and every answer that was given is in the database."""
        told = self._new_answers()

        def wrong(unit: UnitOfWork) -> list[str]:
            return [*invariants.violations(unit.session), *ledger.missing(unit, told)]

        assert self._store.look(wrong) == []

    def end(self) -> None:
        """Everybody gets their answer and goes; the books are closed."""
        self.crowd.go()
        assert self.crowd.trouble == []
        self._print_the_rest()
        self._server.stop()
        told = self.crowd.answered()
        papers = [paper for printer in self.crowd.printers for paper in printer.papers]
        contradictions = [line for client in self.crowd.clients for line in client.contradictions]
        assert contradictions == []
        assert (
            self._store.look(
                lambda unit: [
                    *ledger.missing(unit, told),
                    *ledger.differences(unit, told, self.crowd.buttons),
                    *ledger.wrong_codes(unit, told),
                    *ledger.wrong_papers(unit, papers),
                    *(self.crowd.twice_or_never(unit) if isinstance(self.crowd, TillCrowd) else ()),
                ]
            )
            == []
        )
        checked = CliRunner(env=self._mariadb.environment(SCHEMA)).invoke(main, ["db", "check"])
        assert checked.exit_code == 0, checked.output
        _, traceback, rest = self._server.log.read_text().partition("Traceback")
        assert not traceback, rest[:5000]

    def stop(self) -> None:
        """End what is left, whatever happened."""
        try:
            self.crowd.switch_off()
        finally:
            self._server.stop()

    def figures(self) -> str:
        """What happened, in a line."""
        clients = self.crowd.clients
        turned_away = sum((client.turned_away for client in clients), Counter[str]())
        return (
            f"{len(self.crowd.answered())} answers, "
            f"{sum(client.connections for client in clients)} connections, "
            f"turned away {dict(turned_away)}, "
            f"slowest answer {max(client.slowest for client in clients):.2f} s"
        )

    def _new_answers(self) -> list[Answered]:
        new: list[Answered] = []
        for number, client in enumerate(self.crowd.clients):
            seen = len(client.answered)
            new += client.answered[self._looked_up[str(number)] : seen]
            self._looked_up[str(number)] = seen
        return new

    def _print_the_rest(self) -> None:
        """Let the time of a lease pass, and wait until nothing is owed."""
        owed = select(func.count()).select_from(PrintJob).where(PrintJob.state != "printed")
        give_up_at = time.monotonic() + PATIENCE
        while self._store.run(lambda unit: unit.session.scalar(owed)):
            assert time.monotonic() < give_up_at, "paper is owed for ever"
            self._store.run(_let_leases_run_out)
            self._store.run(_print_what_is_held)
            time.sleep(1)  # The sweeper comes by every other second.
        self.crowd.switch_off()


def _let_leases_run_out(unit: UnitOfWork) -> None:
    unit.session.execute(
        update(PrintJob)
        .where(PrintJob.leased_until.is_not(None), PrintJob.state != "printed")
        .values(leased_until=PrintJob.created_at)
        .execution_options(synchronize_session=False)
    )


def _print_what_is_held(unit: UnitOfWork) -> None:
    """Somebody has looked for the papers of which thrice nobody knew whether they are out."""
    for job in unit.session.scalars(select(PrintJob).where(PrintJob.state == PaperState.HELD)):
        papers.again(unit, job)


@pytest.fixture
def shift(
    durable: PrivateMariaDB, looking: Database, tmp_path: Path, rng: random.Random
) -> Iterator[Callable[[], Shift]]:
    """Open the lobby; all that were opened are closed in the end."""
    yield from _lobbies(durable, looking, tmp_path, rng, Crowd)


@pytest.fixture
def till_shift(
    durable: PrivateMariaDB, looking: Database, tmp_path: Path, rng: random.Random
) -> Iterator[Callable[[], Shift]]:
    """The same, with cashiers who keep a till."""
    yield from _lobbies(durable, looking, tmp_path, rng, TillCrowd)


def _lobbies(
    durable: PrivateMariaDB,
    looking: Database,
    tmp_path: Path,
    rng: random.Random,
    crowd: type[Crowd],
) -> Iterator[Callable[[], Shift]]:
    opened: list[Shift] = []

    def begin() -> Shift:
        found = Shift(durable, looking, tmp_path / f"serve{len(opened)}.log", rng, crowd)
        opened.append(found)
        found.crowd.come()
        return found

    yield begin
    for one in opened:
        one.stop()


def live_through(
    open_lobby: Callable[[], Shift], blow: Callable[[Shift], None], blows: int
) -> None:
    for first in range(0, blows, BLOWS_A_SHIFT):
        shift = open_lobby()
        for number in range(first, min(first + BLOWS_A_SHIFT, blows)):
            shift.work()
            blow(shift)
            print(f"blow {number + 1} of {blows}: {shift.figures()}", flush=True)  # noqa: T201
        shift.work()
        shift.end()


def test_the_server_dies_again_and_again(shift: Callable[[], Shift]) -> None:
    live_through(shift, Shift.kill_server, SERVER_KILLS)


def test_the_database_dies_again_and_again(shift: Callable[[], Shift]) -> None:
    live_through(shift, Shift.kill_database, DATABASE_KILLS)


def test_the_server_dies_while_money_moves(till_shift: Callable[[], Shift]) -> None:
    live_through(till_shift, Shift.kill_server, MONEY_SERVER_KILLS)


def test_the_database_dies_while_money_moves(till_shift: Callable[[], Shift]) -> None:
    live_through(till_shift, Shift.kill_database, MONEY_DATABASE_KILLS)
