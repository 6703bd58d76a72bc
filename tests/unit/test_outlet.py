"""What a WebSocket takes at once is sent at once, in order, and made once for everybody."""

from __future__ import annotations

import io
import logging
import queue
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from engineio.exceptions import QueueEmpty
from engineio.packet import MESSAGE, PING
from engineio.packet import Packet as RealPacket
from engineio.socket import Socket
from geventwebsocket.websocket import Header

from appliance.server.edge.gate import bounded
from appliance.server.edge.outlet import Outlet, Rest


class Packet:
    """Of Engine.IO's, as far as anybody looks."""

    packet_type = MESSAGE

    def __init__(self, data: str | bytes) -> None:
        self.data = data
        self.encoded = 0

    def encode(self) -> str | bytes:
        self.encoded += 1
        return self.data


class Screen:
    """A WebSocket with its queue, and the other end of it."""

    def __init__(self) -> None:
        self.raw, self.client = socket.socketpair()
        self.raw.setblocking(False)
        self.closed, self.is_open = False, True
        self.raw_write: Any = self._write
        self.queue = bounded(queue.Queue)()
        self.queue.outlet = Outlet(self, self.raw, lambda: self.is_open)
        self.during_write: Packet | None = None

    def _write(self, data: bytes) -> None:
        if self.during_write is not None:
            self.queue.put(self.during_write)
        self.raw.setblocking(True)
        self.raw.sendall(data)
        self.raw.setblocking(False)

    def read(self) -> bytes:
        """All that has come."""
        self.client.setblocking(False)
        found = b""
        try:
            while piece := self.client.recv(1 << 20):
                found += piece
        except BlockingIOError:
            return found
        return found


@pytest.fixture
def screen() -> Iterator[Screen]:
    made = Screen()
    yield made
    made.raw.close()
    made.client.close()


def messages(stream: bytes) -> list[bytes]:
    """The payloads of whole frames, as another library reads them."""
    reader, found = io.BytesIO(stream), []
    while reader.tell() < len(stream):
        header = Header.decode_header(reader)
        assert header.fin
        assert not header.mask
        found.append(reader.read(header.length))
        assert len(found[-1]) == header.length
    return found


@pytest.mark.parametrize("length", [0, 125, 126, 65_535, 65_536, 150_000])
def test_a_free_socket_gets_a_message_at_once(screen: Screen, length: int) -> None:
    text = "₱" + "x" * (length - 3) if length else ""
    screen.queue.put(Packet(text))
    screen.queue.put(Packet(b"\x00\xff"))
    assert screen.queue.qsize() == 0
    assert messages(screen.read()) == [text.encode(), b"\x00\xff"]


def test_a_frame_is_made_once_for_everybody(screen: Screen) -> None:
    packet = Packet("2")
    for _ in range(3):
        screen.queue.put(packet)
    assert packet.encoded == 1
    assert messages(screen.read()) == [b"2"] * 3


def test_what_a_slow_client_does_not_take_waits_and_nothing_overtakes_it(screen: Screen) -> None:
    large = Packet("x" * 3_000_000)
    screen.queue.put(large)
    assert screen.queue.qsize() == 1, "the rest of it waits"
    stream = screen.read()
    assert stream, "some of it has come"
    screen.queue.put(Packet("after"))
    assert screen.queue.qsize() == 2, "although there is room again"
    rest, after = (screen.queue.get(block=False) for _ in range(2))
    assert isinstance(rest.encode(), Rest)
    assert after.data == "after"
    stream += rest.data
    assert messages(stream) == [large.data.encode()]  # type: ignore[union-attr]


def test_nothing_gets_into_the_middle_of_a_frame(screen: Screen) -> None:
    screen.during_write = Packet("late")
    screen.raw_write(b"\x81\x03one")  # as gevent-websocket answers a ping
    assert screen.queue.qsize() == 1
    assert messages(screen.read()) == [b"one"]


@pytest.mark.parametrize("state", ["polls", "closed", "dead"])
def test_a_socket_that_cannot_be_written_to_keeps_its_queue(screen: Screen, state: str) -> None:
    screen.is_open, screen.closed = state != "polls", state == "closed"
    if state == "dead":
        screen.client.close()
    packet = Packet("2")
    screen.queue.put(packet)
    assert screen.queue.get(block=False) is packet


def test_a_quiet_client_is_not_taken_for_gone(screen: Screen) -> None:
    # Engine.IO closes a socket through whose queue nothing has come for so long.
    class Server:
        ping_interval, ping_timeout = 0.01, 0.01
        logger = logging.getLogger(__name__)

        def create_queue(self) -> Any:
            return screen.queue

        def get_queue_empty_exception(self) -> type[Exception]:
            return queue.Empty

    opened = Socket(Server(), "sid")
    opened.last_ping = 0  # no answer is looked for
    opened.send(RealPacket(MESSAGE, data="news"))
    assert screen.read(), "a message does not wait"
    with pytest.raises(QueueEmpty):
        opened.poll()
    opened.send(RealPacket(PING))
    assert [packet.packet_type for packet in opened.poll()] == [PING]
