from __future__ import annotations

import time
from pathlib import Path

import pytest

from appliance.peripherals.daemon import Daemon
from tests.integration.peripherals.conftest import ROOM_ENTRY, StartDaemon
from tests.support.fake_server import FakeServer
from tests.support.hands import PATIENCE_SECONDS
from tests.support.tls import TlsFront, make_certificate


def test_it_connects_again_and_says_hello_again_after_the_connection_was_lost(
    server: FakeServer, start_daemon: StartDaemon
) -> None:
    start_daemon(ROOM_ENTRY)
    server.wait("device_hello")
    server.drop()
    server.wait("device_hello", count=2)


def test_it_outlives_the_server(server: FakeServer, start_daemon: StartDaemon) -> None:
    start_daemon(ROOM_ENTRY)
    server.wait("device_hello")
    server.stop()
    server.start()
    server.wait("device_hello", count=2)


def test_it_waits_for_a_server_that_is_not_there_yet(
    server: FakeServer, start_daemon: StartDaemon
) -> None:
    server.stop()
    start_daemon(ROOM_ENTRY)
    server.start()
    server.wait("device_hello")


def test_a_refused_token_is_told_once_and_a_new_one_is_taken_without_a_restart(
    server: FakeServer,
    start_daemon: StartDaemon,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    start_daemon(ROOM_ENTRY, token="revoked-token")
    server.wait_refused(count=3)
    refusals = [line for line in caplog.messages if "refuses this device's token" in line]
    assert len(refusals) == 1
    assert "revoked-token" not in caplog.text
    assert server.said("device_hello") == []
    server.token = "new-token"
    (tmp_path / "token").write_text("new-token")
    server.wait("device_hello")


def test_a_greeting_without_an_answer_is_tried_again(
    server: FakeServer, start_daemon: StartDaemon
) -> None:
    answer = server.answers["device_hello"]

    def refuse_once(body: dict[str, object]) -> dict[str, object]:
        server.answers["device_hello"] = answer
        return {"ok": False, "error": "The server is starting.", "code": "unavailable"}

    server.answers["device_hello"] = refuse_once
    start_daemon(ROOM_ENTRY)
    server.wait("device_hello", count=2)


def test_a_daemon_in_another_corner_comes_in_over_tls(
    server: FakeServer, start_daemon: StartDaemon, tmp_path: Path
) -> None:
    key, certificate = make_certificate(tmp_path)
    with TlsFront(server.port, key, certificate) as front:
        start_daemon(ROOM_ENTRY, url=front.url, ca_file=certificate)
        server.wait("device_hello")
        # Every connection comes up, although bytes come and go at the same time.
        for times in range(2, 30):
            server.drop()
            server.wait("device_hello", count=times)


def test_a_server_that_nobody_vouches_for_is_told_about(
    server: FakeServer,
    start_daemon: StartDaemon,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    key, certificate = make_certificate(tmp_path)
    with TlsFront(server.port, key, certificate) as front:
        daemon = start_daemon(ROOM_ENTRY, url=front.url)
        wait_for_complaint(daemon, "server.ca_file")
    assert "self-signed certificate" in caplog.text
    assert server.said("device_hello") == []


def test_a_certificate_that_is_not_there_is_told_about(
    start_daemon: StartDaemon, tmp_path: Path
) -> None:
    missing = tmp_path / "missing.crt"
    daemon = start_daemon(ROOM_ENTRY, url="https://127.0.0.1:1", ca_file=missing)
    wait_for_complaint(daemon, f"server.ca_file: {missing} cannot be read (No such file")


def wait_for_complaint(daemon: Daemon, words: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while words not in daemon.client.state:
        assert time.monotonic() < deadline, daemon.client.state
        time.sleep(0.01)
