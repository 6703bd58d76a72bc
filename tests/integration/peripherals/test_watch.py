"""What systemd sees of the daemon: known to the server, alive, with a dead or stuck thread."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from appliance.peripherals.daemon import Daemon, watch
from appliance.peripherals.pulse import Pulse
from appliance.service_manager import REFUSED, ServiceManager
from tests.integration.peripherals.conftest import ROOM_ENTRY, StartDaemon, printer_entry
from tests.support.fake_printer import FakePrinter
from tests.support.fake_server import FakeServer
from tests.support.hands import PATIENCE_SECONDS
from tests.support.notify_socket import NotifySocket


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[NotifySocket]:
    with NotifySocket(tmp_path / "notify") as socket:
        yield socket


@contextmanager
def watched(daemon: Daemon, systemd: NotifySocket) -> Iterator[None]:
    stopping = threading.Event()
    manager = ServiceManager(systemd.address, watchdog_seconds=0.3)
    thread = threading.Thread(target=watch, args=(daemon, manager, stopping))
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join()


def test_it_is_ready_when_the_server_knows_it_and_stays_so_without_the_server(
    server: FakeServer, start_daemon: StartDaemon, systemd: NotifySocket
) -> None:
    server.stop()
    daemon = start_daemon(ROOM_ENTRY)
    with watched(daemon, systemd):
        waiting = systemd.next()
        assert "READY" not in waiting
        assert waiting["WATCHDOG"] == "1"
        while "Cannot reach the server" not in waiting["STATUS"]:
            waiting = systemd.next()
        server.start()
        assert systemd.until(READY="1")["STATUS"] == f"Connected to {server.url}."
        server.stop()
        while "Connected" in (message := systemd.next())["STATUS"]:
            pass
        assert (message["READY"], message["WATCHDOG"]) == ("1", "1")
    systemd.until(STOPPING="1")


def test_a_refused_token_has_a_number_of_its_own_until_another_is_taken(
    server: FakeServer, start_daemon: StartDaemon, systemd: NotifySocket, tmp_path: Path
) -> None:
    with watched(start_daemon(ROOM_ENTRY, token="revoked-token"), systemd):
        assert "refuses this device's token" in systemd.until(ERRNO=str(REFUSED))["STATUS"]
        server.token = "new-token"
        (tmp_path / "token").write_text("new-token")
        systemd.until(STATUS=f"Connected to {server.url}.", ERRNO="0")
        server.stop()
        while "Cannot reach the server" not in (message := systemd.next())["STATUS"]:
            pass
        assert message["ERRNO"] == "0"


def test_every_thread_is_looked_after(
    server: FakeServer, printer: FakePrinter, start_daemon: StartDaemon
) -> None:
    daemon = start_daemon(printer_entry(printer) + ROOM_ENTRY)
    server.wait("print_lease")
    assert daemon.ailments() == []
    daemon.stop()
    assert sorted(daemon.ailments()) == [
        f"thread {name} has ended" for name in ("lamps", "printer-lobby", "room-1", "server")
    ]


def test_the_simulator_is_looked_after(server: FakeServer, start_simulated: StartDaemon) -> None:
    daemon = start_simulated("[simulator]\nenabled = true\n" + ROOM_ENTRY)
    server.wait("simulator_state")
    assert daemon.ailments() == []
    daemon.stop()
    assert "thread simulator has ended" in daemon.ailments()


def test_a_dead_thread_takes_the_watchdog_its_food(
    server: FakeServer,
    start_daemon: StartDaemon,
    systemd: NotifySocket,
    caplog: pytest.LogCaptureFixture,
) -> None:
    daemon = start_daemon(ROOM_ENTRY)
    with watched(daemon, systemd):
        systemd.until(READY="1", WATCHDOG="1")
        daemon.lamps.stop()
        message = systemd.until(STATUS="thread lamps has ended")
        assert "WATCHDOG" not in message
        assert "WATCHDOG" not in systemd.next()
    assert caplog.text.count("The daemon is not well: thread lamps has ended.") == 1


def test_a_handler_that_never_returns_is_a_stuck_daemon(
    server: FakeServer, start_daemon: StartDaemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("appliance.peripherals.client._HEARTBEAT_S", 0.02)
    monkeypatch.setattr("appliance.peripherals.client._LONGEST_EVENT_S", 0.1)
    daemon = start_daemon(ROOM_ENTRY)
    daemon.client.pulse = Pulse(daemon.client._thread, longest_silence=0.5)
    server.wait("device_hello")
    release, stuck = threading.Event(), threading.Event()

    def never_return(*_: object) -> None:
        stuck.set()
        release.wait()

    daemon.show = never_return  # type: ignore[method-assign]
    server.push("lamp", {"room_number": "1", "pattern": "on"})
    assert stuck.wait(PATIENCE_SECONDS)
    try:
        tick = threading.Event()
        while not daemon.ailments():
            tick.wait(0.05)
        assert daemon.ailments()[0].startswith("thread server has been stuck")
    finally:
        release.set()
    while daemon.ailments():
        tick.wait(0.05)
