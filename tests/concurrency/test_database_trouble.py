"""The database is gone, hangs, is locked, full or read-only: callers are told so within 5 s,
nothing is half done, and one and the same server goes on by itself."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any

import pymysql
import pytest
from pymysql.connections import Connection as RawConnection
from sqlalchemy import func, select

from appliance.server.clock import utc_now
from appliance.server.store import invariants, schema
from appliance.server.store.db import Database
from appliance.server.store.models import StoredResult, Transaction
from appliance.server.store.unit_of_work import Store
from tests.support.campaign import rounds
from tests.support.clients import Client, Http, Json, refusal
from tests.support.lobby import Lobby
from tests.support.mariadb import DURABLE, FAST, PrivateMariaDB
from tests.support.server import ServerProcess
from tests.support.spa import PASSWORD, open_spa
from tests.support.threads import PATIENCE, at_once

SCHEMA = "lobby_trouble"
WITHIN = 5.0
"""Seconds within which everybody is answered, whatever the database does."""
AWAY_SECONDS = rounds(0, 30)
"""How long the trouble lasts beyond what the clients need to notice it."""
SAVED = ("--innodb-flush-log-at-trx-commit=1", "--skip-log-bin")
"""What is committed survives the death of the database."""
SMALL_LOG = ("--innodb-log-file-size=8M",)

Trouble = Callable[[PrivateMariaDB], AbstractContextManager[None]]


class Shopkeeper(PrivateMariaDB):
    """A MariaDB whose appliance logs in with as few rights as on a real one."""

    def grant(self) -> None:
        self.execute(
            f"CREATE DATABASE {SCHEMA}",
            f"CREATE USER '{self.user}'@'%' IDENTIFIED BY '{self.password}'",
            f"GRANT ALL ON {SCHEMA}.* TO '{self.user}'@'%'",
        )

    @contextmanager
    def session(self) -> Iterator[RawConnection]:
        """Somebody else at the database, as root, in a transaction."""
        connection = pymysql.connect(
            unix_socket=str(self.socket), user="root", database=SCHEMA, ssl_disabled=True
        )
        with connection:
            yield connection


class Shop:
    """A running server, and the people who will see the trouble.

    Args:
        mariadb: Its database.
        folder: For the server's log.
    """

    def __init__(self, mariadb: Shopkeeper, folder: Path) -> None:
        self.mariadb = mariadb
        self.database = Database(mariadb.url(SCHEMA), pool_size=4, patient=True)
        schema.upgrade(self.database.engine)
        self.store = Store(self.database, utc_now)
        self.spa = open_spa(self.store)
        self.server = ServerProcess(mariadb.environment(SCHEMA), folder / "serve.log").start()
        self.lobby = Lobby(self.server, self.spa, self.database)
        self.kiosk = self.lobby.device("door")
        self.ana = self.lobby.person("ana")
        self.token = self.lobby.token("eva")
        self.eva = self.lobby.connect({"token": self.token})
        self.slowest = 0.0

    def close(self) -> None:
        self.lobby.leave()
        self.server.stop()
        self.database.dispose()

    # --- ask, each with five seconds of patience ----------------------------------------------

    def wish(self, request_id: str) -> Json:
        item = {"service_classification_id": self.spa.swedish_60}
        return {"items": [item], "request_id": request_id}

    def confirm(self, request_id: str) -> Json:
        return self.call(self.kiosk, "customer_confirm_selection", self.wish(request_id))

    def call(self, client: Client, event: str, payload: Json) -> Json:
        began = time.monotonic()
        answer: Json = client.call(event, payload, within=WITHIN)
        self.slowest = max(self.slowest, time.monotonic() - began)
        return answer

    def get(self, path: str) -> tuple[int, Json]:
        return self._http("GET", path)

    def log_in(self) -> tuple[int, Json]:
        return self._http("POST", "/cashier/login", {"username": "felix", "password": PASSWORD})

    def connect(self) -> Json:
        """What a socket is told that wants to come in now; empty where it is let in."""
        auth = {"device_token": self.spa.device_tokens["pool"]}
        try:
            Client(self.server.base_url, auth).close()
        except Exception:  # noqa: BLE001 — asked again, for what it was told
            told: Json = refusal(self.server.base_url, auth)
            return told
        return {}

    def _http(self, method: str, path: str, body: Any = None) -> tuple[int, Json]:
        began = time.monotonic()
        with Http(self.server.base_url) as browser:
            browser.headers["Authorization"] = f"Bearer {self.token}"
            answer = browser.request(method, path, json=body, timeout=WITHIN)
        self.slowest = max(self.slowest, time.monotonic() - began)
        return answer.status_code, answer.json()

    # --- afterwards ---------------------------------------------------------------------------

    def confirm_in_the_end(self, request_id: str) -> Json:
        """Ask on the same socket until it is done."""
        give_up_at = time.monotonic() + PATIENCE + 30
        while time.monotonic() < give_up_at:
            answer = self.confirm(request_id)
            if answer["ok"]:
                return answer
            assert_refused(answer, "busy", "unavailable")
            time.sleep(0.05)
        raise AssertionError("the server does not go on")

    def wait_until_well(self) -> None:
        """Wait until /healthz is green again."""
        give_up_at = time.monotonic() + PATIENCE
        while not self.server.healthy():
            assert time.monotonic() < give_up_at, self.server.log.read_text()[-3000:]
            time.sleep(0.05)

    def visits(self) -> int:
        """How many there are."""
        count = select(func.count()).select_from(Transaction)
        return self.store.run(lambda unit: unit.session.scalar(count)) or 0

    def assert_done_once(self, request_id: str, before: int) -> None:
        """The wish is fulfilled now, once; nothing else has happened; everybody sees it."""
        self.eva.forget()
        answer = self.confirm_in_the_end(request_id)
        assert self.confirm(request_id) == answer
        assert self.visits() == before + 1
        kept = self.store.run(
            lambda unit: unit.session.get(StoredResult, (self.spa.kiosk.key, request_id))
        )
        assert kept is not None
        assert kept.answer == answer
        self.wait_until_well()
        status, queue = self.get("/api/queue")
        assert status == 200
        code = answer["transaction"]["code"]
        assert code in [row["code"] for row in queue["pending"]]
        # Another change, so that there is something to be told however long the last one is ago.
        self.confirm_in_the_end(f"{request_id}, and one more")
        self.eva.wait_for("queue_updated", lambda q: code in [row["code"] for row in q["pending"]])
        assert self.store.look(lambda unit: list(invariants.violations(unit.session))) == []
        assert self.server.process
        assert self.server.process.poll() is None, "the server did not live through it"


def assert_refused(answer: Json, *codes: str) -> None:
    """It is a refusal in the one shape."""
    assert set(answer) == {"ok", "error", "code"}, answer
    assert answer["ok"] is False
    assert answer["code"] in codes
    assert answer["error"].endswith(".")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """One server that lives through all of it."""
    mariadb = Shopkeeper(tmp_path_factory.mktemp("trouble"), SAVED)
    mariadb.create()
    mariadb.start()
    mariadb.grant()
    found = Shop(mariadb, tmp_path_factory.mktemp("server"))
    yield found
    found.close()
    mariadb.stop()


# --- the database does not answer -------------------------------------------------------------


@contextmanager
def gone(mariadb: PrivateMariaDB) -> Iterator[None]:
    """Nobody listens there any more."""
    mariadb.kill()
    try:
        yield
    finally:
        mariadb.start()


@contextmanager
def frozen(mariadb: PrivateMariaDB) -> Iterator[None]:
    """It takes connections and says nothing."""
    mariadb.pause()
    try:
        yield
    finally:
        mariadb.resume()


@pytest.mark.parametrize("trouble", [gone, frozen], ids=lambda trouble: trouble.__name__)
def test_without_a_database_everybody_is_told_and_the_server_goes_on(
    trouble: Trouble, shop: Shop
) -> None:
    before, request = shop.visits(), trouble.__name__
    with trouble(shop.mariadb):
        confirmed, claimed, queue, log_in, health, life, socket = at_once(
            [
                lambda: shop.confirm(request),
                lambda: shop.call(shop.ana, "therapist_confirm_next", {}),
                lambda: shop.get("/api/queue"),
                shop.log_in,
                lambda: shop.get("/healthz"),
                lambda: shop.get("/livez"),
                shop.connect,
            ]
        )
        assert_refused(confirmed, "unavailable")
        assert_refused(claimed, "unavailable")
        for status, answer in (queue, log_in):
            assert status == 503
            assert_refused(answer, "unavailable")
        assert health[0] == 503
        assert health[1]["database"] == "unreachable"
        assert "MariaDB" in health[1]["error"]
        assert life == (200, {"ok": True})
        assert socket["code"] == "unavailable"
        time.sleep(AWAY_SECONDS)
    shop.assert_done_once(request, before)


# --- the database answers, and takes no changes ------------------------------------------------


@contextmanager
def read_only(mariadb: PrivateMariaDB) -> Iterator[None]:
    """As a replica is, or a server that somebody is looking after."""
    mariadb.execute("SET GLOBAL read_only = 1")
    try:
        yield
    finally:
        mariadb.execute("SET GLOBAL read_only = 0")


@contextmanager
def commits_hang(mariadb: PrivateMariaDB) -> Iterator[None]:
    """Every statement works, and COMMIT does not return; what hung is committed in the end."""
    assert isinstance(mariadb, Shopkeeper)
    with mariadb.session() as backup, backup.cursor() as cursor:
        for stage in ("START", "FLUSH", "BLOCK_DDL", "BLOCK_COMMIT"):
            cursor.execute(f"BACKUP STAGE {stage}")
        try:
            yield
        finally:
            cursor.execute("BACKUP STAGE END")


@contextmanager
def commits_are_cut(mariadb: PrivateMariaDB) -> Iterator[None]:
    """The same, and the connections die while they wait: what hung is not committed."""
    assert isinstance(mariadb, Shopkeeper)
    with commits_hang(mariadb):
        yield
        with mariadb.session() as root, root.cursor() as cursor:
            cursor.execute(
                "SELECT id FROM information_schema.processlist WHERE user = %s AND state LIKE %s",
                (mariadb.user, "Waiting for backup lock%"),
            )
            waiting = [key for (key,) in cursor.fetchall()]
            assert waiting, "nobody waits at COMMIT"
            for key in waiting:
                with suppress(pymysql.err.OperationalError):  # It has given up by itself meanwhile.
                    cursor.execute(f"KILL CONNECTION {key}")


@pytest.mark.parametrize(
    "trouble", [read_only, commits_hang, commits_are_cut], ids=lambda trouble: trouble.__name__
)
def test_what_cannot_be_saved_is_said_and_done_once_later(trouble: Trouble, shop: Shop) -> None:
    before, request = shop.visits(), trouble.__name__
    with trouble(shop.mariadb):
        confirmed, log_in, queue = at_once(
            [lambda: shop.confirm(request), shop.log_in, lambda: shop.get("/api/queue")]
        )
        assert_refused(confirmed, "unavailable")
        assert log_in[0] == 503
        assert_refused(log_in[1], "unavailable")
        assert queue[0] == 200, "looking works"
        health, life = at_once([lambda: shop.get("/healthz"), lambda: shop.get("/livez")])
        assert health[0] == 503
        assert health[1]["database"] == "takes no changes"
        assert "disk" in health[1]["error"]
        assert life == (200, {"ok": True})
        time.sleep(AWAY_SECONDS)
    shop.assert_done_once(request, before)


# --- others hold what is needed ----------------------------------------------------------------


def test_rows_that_somebody_keeps_are_busy(shop: Shop) -> None:
    before = shop.visits()
    with shop.mariadb.session() as somebody, somebody.cursor() as cursor:
        cursor.execute("SELECT id FROM transaction_counter FOR UPDATE")
        cursor.execute("SELECT id FROM rooms FOR UPDATE")
        confirmed, claimed = at_once(
            [
                lambda: shop.confirm("kept"),
                lambda: shop.call(shop.ana, "therapist_confirm_next", {}),
            ]
        )
    assert_refused(confirmed, "busy")
    assert_refused(claimed, "busy")
    shop.assert_done_once("kept", before)


def test_when_every_connection_is_in_use_nobody_waits_for_ever(shop: Shop) -> None:
    """More requests than connections, each waiting for a row that somebody keeps."""
    before, many = shop.visits(), 60
    with shop.mariadb.session() as somebody, somebody.cursor() as cursor:
        cursor.execute("SELECT id FROM transaction_counter FOR UPDATE")
        answers = at_once([lambda n=n: shop.confirm(f"crowded {n}") for n in range(many)])
    for answer in answers:
        assert isinstance(answer, dict), answer
        assert_refused(answer, "busy", "unavailable")
    assert {answer["code"] for answer in answers} == {"busy", "unavailable"}
    assert shop.visits() == before
    shop.assert_done_once("crowded 0", before)


def test_a_deadlock_is_none_of_the_customers_business(shop: Shop) -> None:
    before = shop.visits()
    started = shop.call(shop.kiosk, "customer_start", {})["transaction"]["id"]
    more = {"service_classification_id": shop.spa.deep_60}
    shop.call(shop.kiosk, "customer_add_item", {"transaction_id": started, **more})
    wish = {"transaction_id": started, "request_id": "deadlock"}
    with shop.mariadb.session() as heavy, heavy.cursor() as cursor:
        # The server's transaction is the lighter one: it is the victim.
        cursor.execute("UPDATE transaction_counter SET confirmed_at = NOW(6)")
        cursor.execute("UPDATE service_classifications SET position = position + 1000")
        cursor.execute("UPDATE services SET position = position + 1000")
        cursor.execute("UPDATE devices SET created_at = NOW(6)")
        answers: list[Json] = []
        asking = threading.Thread(
            target=lambda: answers.append(shop.call(shop.kiosk, "customer_confirm_selection", wish))
        )
        asking.start()
        _wait_until_somebody_waits(shop.mariadb)
        cursor.execute("SELECT id FROM transactions WHERE id = %s FOR UPDATE", (started,))
        heavy.rollback()
    asking.join(PATIENCE)
    (answer,) = answers
    assert answer["ok"], answer
    assert shop.visits() == before + 1
    assert "trying again after 1213" in shop.server.log.read_text()


def _wait_until_somebody_waits(mariadb: Shopkeeper) -> None:
    give_up_at = time.monotonic() + PATIENCE
    with mariadb.session() as root, root.cursor() as cursor:
        while time.monotonic() < give_up_at:
            cursor.execute(
                "SELECT 1 FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'"
            )
            if cursor.fetchall():
                return
            root.rollback()
            time.sleep(0.15)  # InnoDB makes this table again when nobody has read it for 0.1 s.
    raise AssertionError("nobody waits for a lock")


def test_connections_that_die_in_between_are_not_noticed(shop: Shop) -> None:
    for number in range(rounds(5, 100)):
        before = shop.visits()
        with shop.mariadb.session() as root, root.cursor() as cursor:
            cursor.execute(
                "SELECT id FROM information_schema.processlist WHERE user = %s",
                (shop.mariadb.user,),
            )
            for (key,) in cursor.fetchall():
                cursor.execute(f"KILL CONNECTION {key}")
        answer = shop.confirm(f"cut {number}")
        assert answer["ok"], answer
        assert shop.visits() == before + 1


# --- the disk is full --------------------------------------------------------------------------


@contextmanager
def a_small_disk(folder: Path) -> Iterator[Path]:
    """A disk of its own for a database."""
    folder.mkdir()
    mounted = (
        os.geteuid() == 0
        and not subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=200m", "tmpfs", str(folder)],
            capture_output=True,
            check=False,
        ).returncode
    )
    if not mounted:
        pytest.skip("a small disk can only be mounted by root")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@contextmanager
def full(disk: Path) -> Iterator[None]:
    """Not a byte is left."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            pass
    try:
        yield
    finally:
        ballast.unlink()


@pytest.mark.parametrize(
    "options",
    [
        pytest.param(FAST, id="tables cannot grow"),
        pytest.param(
            DURABLE,
            id="the binary log cannot grow",
            marks=pytest.mark.skipif(
                rounds(1, 0) == 1, reason="MariaDB looks for room once a minute: CAMPAIGN=full"
            ),
        ),
    ],
)
def test_a_full_disk_is_said_and_heals(options: tuple[str, ...], tmp_path: Path) -> None:
    with a_small_disk(tmp_path / "disk") as disk:
        mariadb = Shopkeeper(disk, options + SMALL_LOG)
        mariadb.create()
        mariadb.start()
        mariadb.grant()
        shop = Shop(mariadb, tmp_path)
        try:
            with full(disk):
                request = _confirm_until_it_is_full(shop)
                health = shop.get("/healthz")
                assert health[0] == 503
                assert "disk" in health[1]["error"]
                assert shop.get("/livez") == (200, {"ok": True})
            before = shop.visits()
            answer = shop.confirm_in_the_end(request)
            # What hung at COMMIT for want of room may have been committed once there was some.
            assert shop.visits() in {before, before + 1}
            assert shop.confirm(request) == answer
            shop.assert_done_once("afterwards", shop.visits())
        finally:
            shop.close()
            mariadb.stop()


def _confirm_until_it_is_full(shop: Shop) -> str:
    for number in range(5000):
        answer = shop.confirm(f"full {number}")
        if not answer["ok"]:
            assert_refused(answer, "unavailable")
            return f"full {number}"
    raise AssertionError("the disk is not full")
