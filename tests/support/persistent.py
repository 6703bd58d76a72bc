"""A client that asks until it is answered, as the protocol tells those who lost an answer to."""

from __future__ import annotations

import itertools
import json
import random
import socket
import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import websocket

from appliance.server.domain.states import Actor
from tests.support.campaign import rounds

Json = dict[str, Any]
TRY_AGAIN: Final = frozenset({"busy", "unavailable"})
PATIENCE: Final = float(rounds(240, 600))
"""Seconds until a client that nobody answers gives up. On a busy machine a server that is killed
every few seconds leaves somebody unanswered for long."""
SILENCE: Final = 20.0
"""Seconds after which an open connection without an answer is given up."""
_PAUSE: Final = 0.03


class Stopped(Exception):
    """The shift is over; what was asked last has been answered."""


class NotLetIn(Exception):
    """The server was there, but could not look up who this is."""


@dataclass(frozen=True, slots=True)
class Answered:
    """A request and its final answer.

    Attributes:
        actor: Who asked.
        event: For what.
        request_id: Under which name; None where the protocol has none.
        payload: With what.
        answer: What came back, in the end.
    """

    actor: Actor
    event: str
    request_id: str | None
    payload: Json
    answer: Json


class Persistent:
    """A socket that comes back.

    Args:
        port: The server's.
        actor: Whose it is.
        auth: How it says so.
        name: Begins its request ids; no two clients share one.
        rng: Decides when it hangs up by itself.
        over: Set when the shift is over.
        namespace: `/` or `/peripherals`.
        greeting: What it says first on each connection: an event and its payload.
        url: The server's, where it is not on this machine: `wss://…`.
        ca: Of whom certificates are accepted there.

    Attributes:
        answered: Everything it was told in the end, in order.
        contradictions: Repeated requests that were answered differently.
        turned_away: How often it was told to try again, by code.
        connections: How often it has connected.
        slowest: The longest wait for an answer on an open connection, in seconds.
    """

    def __init__(
        self,
        port: int,
        actor: Actor,
        auth: Json,
        name: str,
        rng: random.Random,
        over: threading.Event,
        *,
        namespace: str = "/",
        greeting: tuple[str, Json] | None = None,
        url: str = "",
        ca: Path | None = None,
    ) -> None:
        self.actor = actor
        self.over = over
        self.rng = rng
        self.on_answer: Callable[[], None] = lambda: None
        self.answered: list[Answered] = []
        self.contradictions: list[str] = []
        self.turned_away: Counter[str] = Counter()
        self.connections = 0
        self.slowest = 0.0
        self._url = url or f"ws://127.0.0.1:{port}"
        self._tls = ssl.create_default_context(cafile=ca) if ca else None
        self._auth = auth
        self._name = name
        self._greeting = greeting
        self._path = "" if namespace == "/" else f"{namespace},"
        self._numbers = itertools.count(1)
        self._packets = itertools.count(1)
        self._socket: websocket.WebSocket | None = None
        self._last: Answered | None = None

    def ask(self, event: str, payload: Json, *, repeatable: bool = True) -> Json:
        """Ask until there is an answer that stands.

        Args:
            event: What for.
            payload: With what, without a request id.
            repeatable: Whether the event takes a request id.

        Raises:
            Stopped: The shift was over before it was asked.
        """
        if self.over.is_set():
            raise Stopped
        request_id = f"{self._name}/{next(self._numbers)}" if repeatable else None
        body = payload | ({"request_id": request_id} if repeatable else {})
        answer = self._until_answered(event, body, hang_up=self.rng.random() < 0.02)
        done = Answered(self.actor, event, request_id, payload, answer)
        self.answered.append(done)
        if repeatable:
            self._last = done
        self.on_answer()
        return answer

    def close(self) -> None:
        """Hang up."""
        if self._socket is not None:
            self._socket.shutdown()
            self._socket = None

    def _until_answered(self, event: str, body: Json, *, hang_up: bool) -> Json:
        give_up_at = time.monotonic() + PATIENCE
        while time.monotonic() < give_up_at:
            try:
                self._come_back()
                answer = self._exchange(event, body, hang_up=hang_up)
            except (OSError, websocket.WebSocketException, NotLetIn):
                self.close()
            else:
                if answer.get("code") not in TRY_AGAIN:
                    return answer
                self.turned_away[answer["code"]] += 1
            hang_up = False
            time.sleep(self.rng.uniform(_PAUSE / 2, _PAUSE * 2))
        raise AssertionError(f"{self._name} got no answer to {event} in {PATIENCE} s")

    def _come_back(self) -> None:
        if self._socket is not None:
            return
        self._socket = websocket.create_connection(
            f"{self._url}/socket.io/?EIO=4&transport=websocket",
            timeout=SILENCE,
            socket=self._secured() if self._tls else None,
        )
        self._receive("0")
        self._socket.send(f"40{self._path}{json.dumps(self._auth)}")
        self._receive(f"40{self._path}")
        self.connections += 1
        if self._greeting is not None:
            self._exchange(*self._greeting)
        if self._last is not None:
            self._say_again(self._last)

    def _secured(self) -> ssl.SSLSocket:
        """A connection over TLS. It is ours before it is made: where the server resets one that has
        just been made, Python's own way (`SSLSocket._create`) raises and leaves it open.
        """
        assert self._tls is not None
        server = urlsplit(self._url)
        name = str(server.hostname)
        family, kind, protocol, _, address = socket.getaddrinfo(
            name, server.port or 443, type=socket.SOCK_STREAM
        )[0]
        line = self._tls.wrap_socket(socket.socket(family, kind, protocol), server_hostname=name)
        try:
            line.settimeout(SILENCE)
            line.connect(address)
        except BaseException:
            line.close()
            raise
        return line

    def _say_again(self, earlier: Answered) -> None:
        """What was answered before the connection was lost is answered so again."""
        body = earlier.payload | {"request_id": earlier.request_id}
        answer = self._exchange(earlier.event, body)
        if answer != earlier.answer and answer.get("code") not in TRY_AGAIN:
            self.contradictions.append(f"{earlier} was answered with {answer} later")

    def _exchange(self, event: str, body: Json, *, hang_up: bool = False) -> Json:
        assert self._socket is not None
        number = next(self._packets)
        began = time.monotonic()
        self._socket.send(f"42{self._path}{number}{json.dumps([event, body])}")
        if hang_up:
            raise ConnectionAbortedError("hung up before the answer")
        start = f"43{self._path}{number}["
        packet = self._receive(start)
        self.slowest = max(self.slowest, time.monotonic() - began)
        answer: Json = json.loads(packet.removeprefix(start[:-1]))[0]
        return answer

    def _receive(self, start: str) -> str:
        """The next packet that begins like this; pushes are passed over."""
        assert self._socket is not None
        while True:
            packet = str(self._socket.recv())
            if packet.startswith(start):
                return packet
            if packet == "2":
                self._socket.send("3")
            elif packet.startswith(f"44{self._path}"):
                told = json.loads(packet.removeprefix(f"44{self._path}"))["data"]
                assert told["code"] in TRY_AGAIN, told
                self.turned_away[told["code"]] += 1
                raise NotLetIn
            elif not packet:
                raise ConnectionResetError("the server has closed")
