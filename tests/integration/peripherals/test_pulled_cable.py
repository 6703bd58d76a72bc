"""A cable that somebody pulls: nothing arrives, and nobody is told."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from appliance.peripherals import client
from appliance.peripherals.daemon import Daemon
from appliance.protocol import LampPattern
from tests.integration.peripherals.conftest import (
    BUTTON,
    LAMP,
    ROOM_ENTRY,
    StartDaemon,
    printer_entry,
)
from tests.support.documents import ticket_job
from tests.support.fake_printer import FakePrinter
from tests.support.fake_server import FakeServer
from tests.support.hands import PATIENCE_SECONDS, press, until
from tests.support.line import Cut, Line

CUT = b"\x1dV\x00"


@pytest.fixture
def line(server: FakeServer) -> Iterator[Line]:
    """The cable to the server."""
    cable = Line(server.port)
    yield cable
    cable.close()


@pytest.fixture
def daemon(
    line: Line, start_daemon: StartDaemon, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> Daemon:
    # Detected sooner than in a shop, where a busy server gets more patience.
    monkeypatch.setattr(client, "_HEARTBEAT_S", 0.2)
    monkeypatch.setattr(client, "_HEARTBEAT_TIMEOUT_S", 1.0)
    server.lamps = {"1": "slow_blink"}
    daemon = start_daemon(ROOM_ENTRY, url=line.base_url)
    until(lambda: daemon.client.connected)
    return daemon


def flashes(pins: Any) -> int:
    """How often the lamp has gone on so far."""
    return sum(bool(seen.state) for seen in list(pins.pin(LAMP).states))


def test_a_silent_line_is_noticed_and_all_is_well_when_it_carries_again(
    server: FakeServer, line: Line, daemon: Daemon, pins: Any
) -> None:
    line.cut(Cut.SILENT)
    until(lambda: not daemon.client.connected)
    daemon.show("1", "off")  # so that every flash that is counted is one that says no
    until(lambda: not pins.pin(LAMP).state)
    before = flashes(pins)
    press(pins.pin(BUTTON))
    until(lambda: flashes(pins) == before + 3)
    line.mend()
    server.wait("device_hello", count=2)
    until(lambda: daemon.lamps.pattern("1") is LampPattern.SLOW_BLINK)
    assert server.said("button") == [], "a press that was refused does not act later"
    press(pins.pin(BUTTON))
    assert server.wait("button")["gesture"] == "press"
    assert len(server.said("button")) == 1


def test_a_press_into_a_line_that_has_just_died_acts_once_when_it_is_back_in_time(
    server: FakeServer, line: Line, daemon: Daemon, pins: Any
) -> None:
    line.cut(Cut.NO_ANSWERS)
    press(pins.pin(BUTTON))
    first = server.wait("button")
    until(lambda: not daemon.client.connected)
    line.mend()
    again = server.wait("button", count=2)
    assert again == first, "the same id: the server acts once"


def test_a_press_that_is_too_old_when_the_line_is_back_is_given_up(
    server: FakeServer, line: Line, daemon: Daemon, pins: Any
) -> None:
    (station,) = daemon._stations
    station._max_age_seconds = 0.5  # ten seconds in a shop
    line.cut(Cut.SILENT)
    before = flashes(pins)
    press(pins.pin(BUTTON))
    until(lambda: flashes(pins) >= before + 3)
    until(lambda: not daemon.client.connected)
    line.mend()
    server.wait("device_hello", count=2)
    press(pins.pin(BUTTON))
    server.wait("button")
    assert len(server.said("button")) == 1, "what was given up is not sent"


def test_a_handler_that_takes_its_time_is_no_dead_line(
    server: FakeServer, daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = threading.Event()
    release = threading.Event()
    monkeypatch.setattr(client, "_HEARTBEAT_TIMEOUT_S", 0.1)

    def slow(*_: object) -> None:
        asked.set()
        release.wait(PATIENCE_SECONDS)

    daemon.show = slow  # type: ignore[method-assign]
    server.push("lamp", {"room_number": "1", "pattern": "on"})
    assert asked.wait(PATIENCE_SECONDS)
    server.wait("ping_time", count=len(server.said("ping_time")) + 3)
    assert daemon.client.connected
    release.set()


def test_a_printer_whose_cable_is_out_prints_once_when_it_is_back(
    server: FakeServer, printer: FakePrinter, start_daemon: StartDaemon
) -> None:
    cable = Line(printer.port)
    entry = printer_entry(printer).replace(printer.url, cable.base_url.replace("http", "tcp"))
    try:
        start_daemon(entry)
        server.wait("printer_status", where=lambda body: body["online"] is True)
        cable.cut(Cut.SILENT)
        lost = server.wait("printer_status", where=lambda body: body["online"] is False)
        assert lost["error"]
        server.add_job(ticket_job(1))
        cable.mend()
        server.wait("print_done")
    finally:
        cable.close()
    assert printer.paper.count(CUT) == 1
    assert b"COPY" not in printer.paper
