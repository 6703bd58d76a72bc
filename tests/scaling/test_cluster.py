"""More than one machine, tried for real: three Galera nodes, HAProxy, two servers, nginx, Redis.

Runs with `CAMPAIGN=full` where its programs are installed; docs/scaling.md shows the settings and
what was measured. Each test leaves everything running, as it found it.
"""

from __future__ import annotations

import logging
import shutil
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from json import dumps
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from sqlalchemy import select, text

from appliance.server.clock import utc_now
from appliance.server.domain.errors import Busy
from appliance.server.store import invariants, schema
from appliance.server.store.db import Database
from appliance.server.store.models import Transaction
from appliance.server.store.unit_of_work import Store, UnitOfWork
from appliance.server.usecases import kiosk
from tests.support.campaign import rounds
from tests.support.clients import Client, Refused
from tests.support.galera import PROVIDER, Cluster, Router
from tests.support.mariadb import PATH
from tests.support.proxy import ROUND_ROBIN, Nginx
from tests.support.raw import RawSocket
from tests.support.redis import PrivateRedis
from tests.support.server import ServerProcess
from tests.support.spa import Spa, open_spa, shop
from tests.support.threads import at_once

MISSING = [
    program
    for program in ("mariadbd", "rsync", "haproxy", "nginx", "redis-server")
    if not shutil.which(program, path=PATH)
] + ([] if PROVIDER.exists() else ["galera-4"])
pytestmark = [
    pytest.mark.skipif(not rounds(0, 1), reason="a campaign: CAMPAIGN=full"),
    pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}"),
    pytest.mark.timeout(1_800),
]
log = logging.getLogger(__name__)
HERE, THERE = "127.0.0.2", "127.0.0.3"


def note(what: str) -> None:
    """A figure for docs/scaling.md: `--log-cli-level=INFO` shows it."""
    log.info(what)


@dataclass
class House:
    """Everything that runs."""

    cluster: Cluster
    router: Router
    redis: PrivateRedis
    servers: list[ServerProcess]
    nginx: Nginx
    spa: Spa
    database: Database
    folder: Path

    def kiosk(self, server: ServerProcess) -> RawSocket:
        """The kiosk at the door, at this server."""
        return RawSocket(server.port, auth=dumps({"device_token": self.spa.device_tokens["door"]}))

    def broken_promises(self) -> list[str]:
        """What `appliance db check` would print."""
        return Store(self.database, utc_now).run(lambda u: list(invariants.violations(u.session)))


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    # Not pytest's folder: the nodes are not root, and have to reach theirs.
    with TemporaryDirectory(prefix="lobby-cluster-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        cluster = Cluster(folder)
        router = Router(folder, cluster)
        redis = PrivateRedis(folder)
        redis.start()
        try:
            cluster.start()
            cluster.nodes[0].execute("CREATE DATABASE lobby")
            router.start()
            database = Database(cluster.nodes[0].url("lobby"), pool_size=40)
            schema.upgrade(database.engine)
            spa = open_spa(Store(database, utc_now))
            environment = cluster.nodes[0].environment("lobby") | {
                "MYSQL_PORT": str(router.port),
                "SOCKETIO_MESSAGE_QUEUE": redis.url,
                "TRUSTED_PROXIES": "127.0.0.1",
                "FLASK_SECRET_KEY": "the same at each server",
            }
            servers = [ServerProcess(environment, folder / f"serve{n}.log") for n in range(2)]
            for server in servers:
                server.start()
            nginx = Nginx(folder, [server.port for server in servers])
            nginx.start()
            yield House(cluster, router, redis, servers, nginx, spa, database, folder)
            nginx.stop()
            for server in servers:
                server.stop()
            database.dispose()
        finally:
            router.stop()
            cluster.stop()
            redis.stop()


def confirm(house: House, socket: RawSocket, request_id: str | None = None) -> Any:
    item = {"service_classification_id": house.spa.swedish_30}
    payload = {"items": [item], "request_id": request_id or str(uuid.uuid4())}
    return socket.call("customer_confirm_selection", payload)


@dataclass
class Trouble:
    """How long something was away for a client that went on asking.

    Attributes:
        answer: The first good one.
        seconds: Until it came.
        slowest: The longest time that any answer took.
        codes: The refusals before it.
    """

    answer: Any
    seconds: float
    slowest: float
    codes: list[str]


def until_done(house: House, socket: RawSocket) -> Trouble:
    """Ask for the same thing until it is done, as a kiosk does."""
    request_id, began, codes, slowest = str(uuid.uuid4()), time.monotonic(), [], 0.0
    while time.monotonic() < began + 90:
        asked = time.monotonic()
        answer = confirm(house, socket, request_id)
        slowest = max(slowest, time.monotonic() - asked)
        if answer["ok"]:
            return Trouble(answer, time.monotonic() - began, slowest, codes)
        codes.append(answer["code"])
        time.sleep(0.1)
    raise AssertionError(f"not done after 90 s: {codes}")


def test_polling_works_behind_a_sticky_proxy(house: House) -> None:
    auth = {"device_token": house.spa.device_tokens["lobby"]}
    for transport in ("polling", "websocket"):
        with Client(house.nginx.base_url, auth, transport=transport) as board:
            board.wait_for("board_updated")


def test_control_polling_breaks_behind_a_proxy_that_takes_turns(house: House) -> None:
    folder = house.folder / "round-robin"
    folder.mkdir()
    folder.chmod(0o755)
    nginx = Nginx(folder, [server.port for server in house.servers], ROUND_ROBIN)
    nginx.start()
    try:
        with pytest.raises(Refused):
            Client(
                nginx.base_url,
                {"device_token": house.spa.device_tokens["lobby"]},
                transport="polling",
            )
    finally:
        nginx.stop()


def test_two_nodes_that_write_at_once_double_nothing(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    """What the router prevents: conflicts cost repeats (1213 at COMMIT), and never a code."""
    caplog.set_level(logging.INFO, "appliance.server.store.unit_of_work")
    settings = shop()
    databases = [Database(node.url("lobby"), pool_size=8) for node in house.cluster.nodes[:2]]
    given: list[str] = []

    def stand_at_the_kiosk(store: Store) -> None:
        there = 0
        while there < 25:
            try:
                done = store.run(
                    lambda u: kiosk.confirm_selection(
                        u, settings, house.spa.kiosk, None, [house.spa.swedish_30]
                    )
                )
            except Busy:
                continue
            given.append(done.transaction.code or "")
            there += 1

    stores = [Store(database, utc_now) for database in databases]
    works: list[Callable[[], None]] = [
        lambda store=store: stand_at_the_kiosk(store) for store in stores for _ in range(4)
    ]
    results = at_once(works)
    for database in databases:
        database.dispose()
    conflicts = caplog.text.count("trying again after 1213")
    note(f"two writers: {len(given)} codes, {conflicts} conflicts repeated")
    assert [result for result in results if result is not None] == []
    assert len(set(given)) == len(given) == 200
    assert conflicts > 0, "no conflict: nothing was tried"
    assert house.broken_promises() == []


def test_the_writing_node_dies(house: House) -> None:
    first = house.cluster.nodes[0]
    with house.kiosk(house.servers[0]) as here, house.kiosk(house.servers[1]) as there:
        before = [confirm(house, socket)["transaction"]["code"] for socket in (here, there)]
        first.kill()
        troubles = at_once([lambda: until_done(house, here), lambda: until_done(house, there)])
        note(f"node away: {troubles}")
        asked = time.monotonic()
        first.join()
        note(f"node back in the cluster after {time.monotonic() - asked:.1f} s")
        back = [until_done(house, socket) for socket in (here, there)]
        note(f"after it is back: {back}")
    assert all(isinstance(trouble, Trouble) for trouble in troubles), troubles
    assert max(trouble.slowest for trouble in (*troubles, *back)) < 5
    codes = [*before, *(t.answer["transaction"]["code"] for t in (*troubles, *back))]
    house.database.dispose()

    def codes_there(unit: UnitOfWork) -> list[str | None]:
        # The last of them may have been written at another node a moment ago.
        unit.session.execute(text("SET SESSION wsrep_sync_wait=1"))
        return list(unit.session.scalars(select(Transaction.code)))

    stored = Store(house.database, utc_now).run(codes_there)
    assert set(codes) <= set(stored)
    assert len(set(stored)) == len(stored)
    assert house.broken_promises() == []


def test_a_minority_refuses_and_goes_on_by_itself_when_it_may(house: House) -> None:
    first, *others = house.cluster.nodes
    with house.kiosk(house.servers[0]) as here:
        assert confirm(house, here)["ok"]
        for node in others:
            node.kill()
        first.wait_until("wsrep_cluster_status", "non-Primary")
        asked = time.monotonic()
        answer = confirm(house, here)
        note(f"minority: {answer} after {time.monotonic() - asked:.2f} s")
        assert answer["code"] == "unavailable"
        assert time.monotonic() - asked < 5
        first.execute("SET GLOBAL wsrep_provider_options='pc.bootstrap=YES'")
        note(f"told to go on: {until_done(house, here)}")
        for node in others:
            node.join()
    assert [node.status("wsrep_cluster_size") for node in house.cluster.nodes] == ["3"] * 3
    assert house.broken_promises() == []


def test_a_server_dies_and_its_people_are_let_in_at_the_other(house: House) -> None:
    dead = house.servers[0]
    dead.kill()
    try:
        for source in (HERE, THERE):
            asked = time.monotonic()
            auth = dumps({"device_token": house.spa.device_tokens["door"]})
            with RawSocket(house.nginx.port, source, auth=auth) as socket:
                assert confirm(house, socket)["ok"]
            note(f"server away: {source} served after {time.monotonic() - asked:.2f} s")
    finally:
        dead.start()


def test_redis_goes_and_comes_back(house: House) -> None:
    auth = {"device_token": house.spa.device_tokens["lobby"]}

    def seen_there() -> float:
        with (
            Client(house.servers[1].base_url, auth) as board,
            house.kiosk(house.servers[0]) as door,
        ):
            asked = time.monotonic()
            version = board.wait_for("board_updated")["version"]
            answer = confirm(house, door)
            assert answer["ok"], answer
            board.wait_for("board_updated", lambda pushed: pushed["version"] > version)
            return time.monotonic() - asked

    note(f"seen at the other server with Redis after {seen_there():.2f} s")
    house.redis.stop()
    without = seen_there()
    note(f"without Redis after {without:.2f} s")
    assert without < 5
    house.redis.start()
    note(f"Redis back: after {seen_there():.2f} s")
