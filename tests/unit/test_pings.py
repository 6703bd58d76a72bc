"""A client's pings: one at a time, whatever it answers."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import gevent

from appliance.server.edge.pings import schedule_ping


class Opened:
    """An Engine.IO socket as far as pings go, just opened."""

    def __init__(self) -> None:
        self.server = SimpleNamespace(ping_interval=0)
        self.last_ping: float | None = 1.0
        self.closing = self.closed = False
        self.sent: list[Any] = []

    def send(self, packet: Any) -> None:
        self.sent.append(packet.encode())


def test_a_ping_is_sent_when_its_time_has_come() -> None:
    opened = Opened()
    schedule_ping(opened)
    gevent.idle()
    gevent.sleep(0)
    assert opened.sent == ["2"]


def test_two_answers_to_one_ping_bring_one_more() -> None:
    opened = Opened()
    schedule_ping(opened)
    schedule_ping(opened)
    gevent.idle()
    gevent.sleep(0)
    assert opened.sent == ["2"]


def test_a_closed_line_gets_no_ping() -> None:
    opened = Opened()
    schedule_ping(opened)
    opened.closed = True
    gevent.idle()
    gevent.sleep(0)
    assert opened.sent == []
