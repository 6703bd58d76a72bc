from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.peripherals.conftest import ROOM_ENTRY, StartDaemon
from tests.support.fake_server import FakeServer


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
