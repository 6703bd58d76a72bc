"""Twelve rooms on one daemon: every press acts once, however its contact chatters."""

from __future__ import annotations

import threading
from collections import Counter
from typing import Any

from tests.integration.peripherals.conftest import StartDaemon
from tests.support.campaign import rounds
from tests.support.fake_server import FakeServer

ROOMS = {str(n): (n + 1, n + 15) for n in range(1, 13)}
FINGER_SECONDS = 0.06
"""How long a finger stays and stays away; longer than the debounce time."""
STUCK = "7"


def entries() -> str:
    return "".join(
        f'[[room]]\nnumber = "{number}"\nbutton_pin = {button}\nlamp_pin = {lamp}\n'
        for number, (button, lamp) in ROOMS.items()
    )


def test_all_press_at_once_while_one_is_stuck_down(
    server: FakeServer, start_daemon: StartDaemon, pins: Any
) -> None:
    daemon = start_daemon(entries())
    server.wait("device_hello")
    ready = threading.Event()
    while not daemon.client.connected:
        ready.wait(0.01)
    pins.pin(ROOMS[STUCK][0]).drive_low()
    server.wait("button", where=lambda body: body["gesture"] == "hold")
    others = [number for number in ROOMS if number != STUCK]
    made = rounds(small=5, full=500)
    for turn in range(1, made + 1):
        for down in (True, False):
            for number in others:
                chatter(pins.pin(ROOMS[number][0]), down=down)
            ready.wait(FINGER_SECONDS)
        server.wait("button", count=turn * len(others) + 1)
        # A press before the last one's answer is refused, and meant to be.
        while any(station._request for station in daemon._stations):
            ready.wait(0.005)
    said = server.said("button")
    assert Counter(body["room_number"] for body in said) == Counter(
        {**dict.fromkeys(others, made), STUCK: 1}
    )
    assert len({body["request_id"] for body in said}) == len(said)
    assert {body["gesture"] for body in said if body["room_number"] != STUCK} == {"press"}


def chatter(pin: Any, *, down: bool) -> None:
    """A contact that closes or opens, and bounces while it does."""
    for closed in (down, not down, down, not down, down):
        (pin.drive_low if closed else pin.drive_high)()
