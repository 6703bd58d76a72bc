"""What systemd sees of a real server: ready, alive, blocked, without its database, stopping."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.server.store.db import Database
from tests.conftest import StartServer
from tests.support.mariadb import PrivateMariaDB, free_port
from tests.support.notify_socket import NotifySocket
from tests.support.server import ServerProcess

WATCHDOG = {"WATCHDOG_USEC": "600000"}
"""0.6 s: a beat each 0.2 s."""

BLOCKABLE = """
# `appliance serve`, with a loop that SIGUSR1 blocks as a bug would.
import signal, sys, threading, time
from gevent import monkey
monkey.patch_all()
import gevent
block = monkey.get_original("time", "sleep")
signal.signal(signal.SIGUSR1, lambda *_: gevent.spawn(block, 3600))
from appliance.cli import main
sys.exit(main(["serve"]))
"""


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[NotifySocket]:
    with NotifySocket(tmp_path / "notify") as socket:
        yield socket


@pytest.fixture
def blockable(
    mariadb: PrivateMariaDB, database: Database, systemd: NotifySocket, tmp_path: Path
) -> Iterator[ServerProcess]:
    environment = mariadb.environment("lobby_test") | WATCHDOG
    environment |= {"NOTIFY_SOCKET": systemd.address}
    server = ServerProcess(environment, tmp_path / "serve.log", command=("-c", BLOCKABLE))
    yield server
    server.stop()


@pytest.mark.parametrize("mode", ["gevent", "threading"])
def test_it_is_ready_when_it_listens_and_says_when_it_stops(
    start_server: StartServer, systemd: NotifySocket, mode: str
) -> None:
    server = start_server(NOTIFY_SOCKET=systemd.address, SOCKETIO_ASYNC_MODE=mode)
    ready = systemd.next()
    assert (ready["READY"], ready["WATCHDOG"]) == ("1", "1")
    assert ready["STATUS"] == f"Serving on 127.0.0.1:{server.port}."
    server.stop()
    assert server.process is not None
    assert server.process.returncode == 0
    systemd.until(STOPPING="1")


def test_a_server_that_cannot_start_is_never_ready(systemd: NotifySocket) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "appliance", "serve"],
        env={"PATH": os.environ["PATH"], "NOTIFY_SOCKET": systemd.address,
             "SOCKETIO_ASYNC_MODE": "gevent", "MYSQL_PORT": str(free_port())},
        capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    assert ended.returncode == 1
    assert all("READY" not in message for message in systemd.drain())


def test_a_blocked_loop_gives_no_sign_of_life_and_still_ends_on_sigterm(
    blockable: ServerProcess, systemd: NotifySocket
) -> None:
    server = blockable.start()
    assert server.process is not None
    for _ in range(3):
        systemd.until(WATCHDOG="1")
    server.process.send_signal(signal.SIGUSR1)
    assert systemd.falls_silent(for_seconds=1.0)  # systemd would have killed it after 0.6 s
    server.stop()
    assert server.process.returncode == 0


def test_a_database_that_is_away_is_told_and_does_not_get_the_server_killed(
    mariadb: PrivateMariaDB, start_server: StartServer, systemd: NotifySocket
) -> None:
    # Away for this server alone: other tests go on using it.
    allow = "CREATE USER lonely IDENTIFIED BY 'x'", "GRANT ALL ON lobby_test.* TO lonely"
    refuse = "DROP USER lonely", "KILL HARD USER lonely"
    mariadb.execute(*allow)
    try:
        server: ServerProcess = start_server(
            NOTIFY_SOCKET=systemd.address, MYSQL_USER="lonely", MYSQL_PASSWORD="x", **WATCHDOG
        )
        well = systemd.until(WATCHDOG="1")["STATUS"]
        mariadb.execute(*refuse)
        for _ in range(3):
            away = systemd.until(STATUS=f"{well} The database does not answer.")
            assert away["WATCHDOG"] == "1"
        mariadb.execute(*allow)
        systemd.until(STATUS=well, WATCHDOG="1")
        assert server.process is not None
        assert server.process.poll() is None
    finally:
        mariadb.execute("DROP USER IF EXISTS lonely")
