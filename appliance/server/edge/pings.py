"""Pings without a waiting greenlet each.

Engine.IO lets one greenlet per client sleep until its next ping, which costs each client a stack
of its own: 9 KB. gevent's timers need none until they fire.
"""

from __future__ import annotations

import time
from typing import Any

import gevent
from engineio.packet import PING, Packet
from engineio.socket import Socket


def schedule_ping(opened: Socket) -> None:
    """Send the client its next ping after the server's `ping_interval`.

    A client that answers a ping twice, or one that it never got, does not get more of them.
    """
    if not opened.last_ping:
        return
    opened.last_ping = None
    gevent.spawn_later(opened.server.ping_interval, _ping, opened)


def _ping(opened: Any) -> None:
    if not opened.closing and not opened.closed:
        opened.last_ping = time.time()
        opened.send(Packet(PING))


def install() -> None:
    """Replace Engine.IO's way of waiting."""
    Socket.schedule_ping = schedule_ping
