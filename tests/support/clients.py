"""Clients as somebody would write them from the protocol alone: python-socketio and requests."""

from __future__ import annotations

import contextlib
import json
import queue
import socket
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Self

import engineio
import requests
import socketio

from appliance.peripherals import tls
from tests.support import shapes

Json = dict[str, Any]
TIMEOUT = 240.0
"""Seconds after which something hangs; a slow machine answers late."""


def anything(_payload: Any) -> bool:
    """Any push will do."""
    return True


class _InOrderEngine(engineio.Client):
    """Handles messages in the order in which they came.

    The library gives each message a thread of its own, which would make the order of pushes, and
    so the growth of their versions, a matter of luck.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._messages: queue.SimpleQueue[tuple[Any, ...] | None] = queue.SimpleQueue()
        self._handler = threading.Thread(target=self._handle_all, daemon=True)
        self._handler.start()

    def disconnect(self, abort: bool = False, reason: str | None = None) -> None:
        if self.state == "connected" and self.ws is not None:
            # The library would wait three seconds for a goodbye that its own reader has taken.
            # Past TLS: its own `shutdown` would let the reader go on in plain text.
            self.ws.close = partial(socket.socket.shutdown, self.ws.sock, socket.SHUT_RDWR)
        super().disconnect(abort=abort, reason=reason)

    def finish(self) -> None:
        for thread in (self.write_loop_task, self.read_loop_task):
            if thread is not None and thread is not threading.current_thread():
                thread.join(TIMEOUT)
        self._messages.put(None)
        self._handler.join(TIMEOUT)
        if self.ws is not None:
            self.ws.shutdown()
        if self.http is not None:
            self.http.close()

    def _trigger_event(self, event: str, *args: Any, **options: Any) -> Any:
        if event != "message":
            return super()._trigger_event(event, *args, **options)
        self._messages.put(args)
        return None

    def _handle_all(self) -> None:
        while (args := self._messages.get()) is not None:
            super()._trigger_event("message", *args)


class _InOrderClient(socketio.Client):
    def _engineio_client_class(self) -> type[engineio.Client]:
        return _InOrderEngine


class Refused(Exception):
    """The server did not let the socket in.

    Attributes:
        data: What came with `connect_error`.
    """

    def __init__(self, data: Any) -> None:
        super().__init__(str(data))
        self.data = data


class Client:
    """A socket, and everything that was pushed to it.

    Args:
        base_url: The server's.
        auth: Beside the handshake.
        headers: Of the handshake.
        query: Of the handshake, without the question mark.
        namespace: `/` or `/peripherals`.
        transport: `websocket` or `polling`.
        ca: Of whom certificates are accepted, where the server has one.
    """

    def __init__(
        self,
        base_url: str,
        auth: Any = None,
        *,
        headers: dict[str, str] | None = None,
        query: str = "",
        namespace: str = "/",
        transport: str = "websocket",
        ca: Path | None = None,
    ) -> None:
        self.namespace = namespace
        self._news = threading.Condition()
        self._pushes: list[tuple[str, Any]] = []
        self._refusal: list[Any] = []
        self._gone = threading.Event()
        self._io = _InOrderClient(
            reconnection=False,
            handle_sigint=False,
            http_session=_trusting(ca),
            # Python's own socket lets two threads into OpenSSL at once, and loses connections.
            websocket_extra_options={"sslopt": {"context": tls.context(ca)}} if ca else {},
        )
        self._io.on("*", self._take, namespace=namespace)
        self._io.on("connect_error", self._refused, namespace=namespace)
        self._io.on("disconnect", lambda *_: self._gone.set(), namespace=namespace)
        try:
            self._io.connect(
                f"{base_url}/?{query}" if query else base_url,
                headers=headers or {},
                auth=auth,
                transports=[transport],
                namespaces=[namespace],
                wait_timeout=TIMEOUT,
            )
        except socketio.exceptions.ConnectionError as error:
            self._io.eio.finish()
            raise Refused(self._refusal[0] if self._refusal else None) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    @property
    def connected(self) -> bool:
        return bool(self._io.connected)

    def call(self, event: str, *arguments: Any, within: float | None = None) -> Any:
        """Send an event and return its acknowledgement, which must come within these seconds."""
        within = within or TIMEOUT
        answer = self._io.call(event, arguments, namespace=self.namespace, timeout=within)
        shapes.answered(self.namespace, event, answer)
        return answer

    def call_json(self, event: str, text: str) -> Any:
        """Send an event whose argument is this JSON text, and return its acknowledgement."""
        answers: queue.SimpleQueue[Any] = queue.SimpleQueue()
        number = self._io._generate_ack_id(self.namespace, answers.put)
        self._io.eio.send(f"2{number}[{json.dumps(event)},{text}]")
        return answers.get(timeout=TIMEOUT)

    def ask(self, event: str, result_event: str, *arguments: Any) -> Json:
        """Send an event; its result must come both as acknowledgement and as result event."""
        earlier = len(self.pushed(result_event))
        answer: Json = self.call(event, *arguments)
        pushed = self.wait_for(result_event, count=earlier + 1)
        assert pushed == answer, f"{result_event} differs from the acknowledgement of {event}"
        return answer

    def pushed(self, event: str) -> list[Any]:
        """Everything that came as this event so far."""
        with self._news:
            return [payload for name, payload in self._pushes if name == event]

    def wait_for(
        self, event: str, where: Callable[[Any], bool] = anything, *, count: int = 1
    ) -> Any:
        """Wait for a push.

        Args:
            event: Its name.
            where: What must be true of it.
            count: How many such pushes, counted from the connection.

        Returns:
            The last of them.
        """

        def found() -> list[Any]:
            return [body for name, body in self._pushes if name == event and where(body)]

        with self._news:
            came = self._news.wait_for(lambda: len(found()) >= count, TIMEOUT)
            assert came, f"no such {event} came; these did: {self._pushes}"
            return found()[count - 1]

    def wait_gone(self) -> None:
        """Wait until the connection has ended."""
        assert self._gone.wait(TIMEOUT), "the connection is still there"

    def forget(self) -> None:
        """Forget what was pushed so far."""
        with self._news:
            self._pushes.clear()

    def close(self) -> None:
        """Disconnect."""
        # The one who hears the goodbye may hang up first.
        with contextlib.suppress(OSError):
            self._io.disconnect()
        self._io.eio.finish()

    def _take(self, event: str, *arguments: Any) -> None:
        shapes.pushed(self.namespace, event, arguments[0] if arguments else None)
        with self._news:
            self._pushes.append((event, arguments[0] if arguments else None))
            self._news.notify_all()

    def _refused(self, data: Any = None) -> None:
        self._refusal.append(data)


def refusal(base_url: str, auth: Any = None, **options: Any) -> Any:
    """The data of the `connect_error` that a socket gets that must not be let in."""
    try:
        client = Client(base_url, auth, **options)
    except Refused as error:
        told = error.data
    else:
        client.close()
        raise AssertionError("the socket was let in")
    assert told is not None, "the server did not answer"
    assert told["message"] == told["data"]["error"]
    return told["data"]


def _trusting(ca: Path | None) -> requests.Session | None:
    if ca is None:
        return None
    session = requests.Session()
    session.trust_env = False
    session.verify = str(ca)
    return session


class Http(requests.Session):
    """A browser or program on the server's HTTP side; it keeps cookies.

    Args:
        base_url: Put before every path.
        ca: Of whom certificates are accepted, where the server has one.
    """

    def __init__(self, base_url: str, ca: Path | None = None) -> None:
        super().__init__()
        self.trust_env = False
        if ca is not None:
            self.verify = str(ca)
        self.base_url = base_url

    def request(self, method: Any, url: Any, *args: Any, **options: Any) -> requests.Response:
        options.setdefault("timeout", TIMEOUT)
        options["allow_redirects"] = False  # a test wants to see the redirect itself
        answer = super().request(method, f"{self.base_url}{url}", *args, **options)
        if answer.headers.get("Content-Type") == "application/json" and answer.content:
            shapes.fetched(method, url.partition("?")[0], answer.status_code, answer.json())
        return answer
