"""The daemon's connection to the server: one Socket.IO namespace, kept up for ever.

Everything that arrives is handled in the order in which the server sent it, on the thread that
reads the connection; handlers therefore only take note and never wait.
"""

from __future__ import annotations

import logging
import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from typing import Any, Final

from socketio.exceptions import SocketIOError

from appliance.peripherals.backoff import Backoff
from appliance.peripherals.config import ConfigError
from appliance.peripherals.ordered import OrderedClient
from appliance.peripherals.pulse import Pulse
from appliance.peripherals.server_time import ServerTime
from appliance.protocol import PERIPHERALS_NAMESPACE, DeviceEvent

log = logging.getLogger(__name__)

Payload = Mapping[str, Any]
Answer = dict[str, Any]
OnAnswer = Callable[[Answer], None]
Handler = Callable[[Answer], None]

HELLO_TIMEOUT_S: Final = 5.0
CALL_TIMEOUT_S: Final = 5.0
_CONNECT_TIMEOUT_S: Final = 5.0
_REACH_TIMEOUT_S: Final = 2.0
"""For the network alone. TCP knocks at 0, 1 and 3 seconds: waiting for the third meets a
network that comes back at 1.1 two seconds late."""
_DEAD_PEER_S: Final = 4
_KEEPALIVE: Final = (
    # Socket.IO's own pings notice a pulled cable after 45 s. The kernel's notice it after four, and
    # need nothing of the server; see tcp(7).
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 2),
    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 1),
    (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 2),
    (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _DEAD_PEER_S * 1000),
)
_HEARTBEAT_S: Final = 2.0
_HEARTBEAT_TIMEOUT_S: Final = float(_DEAD_PEER_S)
"""The kernel asks only whether the other kernel is there. A server that hangs, or a router between
that keeps lines open and carries nothing, is noticed by its own silence."""
_STOP_TIMEOUT_S: Final = 5.0
_LONGEST_SILENCE_S: Final = 60.0
"""A name server may take half a minute to say nothing."""
_LONGEST_EVENT_S: Final = 15.0
_CREDENTIAL_CODES: Final = frozenset(
    {"authentication_required", "invalid_credentials", "forbidden"}
)


class NotConnectedError(Exception):
    """There is no server to talk to at the moment."""


class NoAnswerError(Exception):
    """The server did not answer in time, or went away before it did."""


class _Pending:
    """A question on its way."""

    def __init__(self, on_answer: OnAnswer | None) -> None:
        self.done = threading.Event()
        self.answer: Answer | None = None
        self._on_answer = on_answer

    def resolve(self, answer: object = None) -> None:
        self.answer = answer if isinstance(answer, dict) else {"ok": False, "code": "internal"}
        if self._on_answer is not None:
            self._on_answer(self.answer)
        self.done.set()


class ServerClient:
    """Connects, says hello, and connects again whenever the connection is lost.

    Args:
        url: The server's address.
        token: Reads the device token; called at each attempt.
        trust: Reads whom to trust, None where the server is reached without TLS; as `token`.
        hello: Makes the payload of `device_hello`; called after each connect.
        on_hello: Takes the answer to `device_hello`, before any event that the server sent later.
        backoff: How long to wait between attempts.

    Attributes:
        pulse: Its thread's sign of life; it speaks for the thread that handles events, too.
        time: The server's clock, as its answers tell it.
    """

    def __init__(
        self,
        url: str,
        token: Callable[[], str],
        *,
        trust: Callable[[], ssl.SSLContext | None],
        hello: Callable[[], Answer],
        on_hello: OnAnswer,
        backoff: Backoff | None = None,
    ) -> None:
        self._url = url
        self._token = token
        self._trust = trust
        self._hello = hello
        self._on_hello = on_hello
        self._backoff = backoff or Backoff()
        self._handlers: dict[str, Handler] = {}
        self._lock = threading.Lock()
        self._connection: Any = None
        self._greeted = False
        self._pending: set[_Pending] = set()
        self.time = ServerTime()
        self._lost = threading.Event()
        self._stopping = threading.Event()
        self._complaint = ""
        self._refused = False
        self._thread = threading.Thread(target=self._run, name="server", daemon=True)
        self.pulse = Pulse(self._thread, _LONGEST_SILENCE_S)

    @property
    def connected(self) -> bool:
        """True from the answer to `device_hello` until the connection is lost."""
        return self._greeted

    @property
    def state(self) -> str:
        """One line about the connection, for the technician."""
        if self._greeted:
            return f"Connected to {self._url}."
        return self._complaint or f"Connecting to {self._url}."

    @property
    def refused(self) -> bool:
        """Whether the server's last word is that it does not take this device's token."""
        return self._refused

    def on(self, event: DeviceEvent, handler: Handler) -> None:
        """Register what to do with an event; before `start`."""
        self._handlers[event] = handler

    def start(self) -> None:
        """Begin to connect, in a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """Disconnect and end the thread."""
        self._stopping.set()
        self._lost.set()
        if self._thread.is_alive():
            self._thread.join(_STOP_TIMEOUT_S)

    def send(self, event: str, payload: Payload, on_answer: OnAnswer | None = None) -> None:
        """Send an event without waiting.

        Args:
            event: Its name.
            payload: Its content.
            on_answer: Takes the acknowledgement, in order with other events from the server.

        Raises:
            NotConnectedError: There is no server at the moment.
        """
        if not self._greeted:
            raise NotConnectedError("the server is away")
        self._emit(event, payload, on_answer)

    def call(self, event: str, payload: Payload, *, timeout: float = CALL_TIMEOUT_S) -> Answer:
        """Send an event and wait for its acknowledgement.

        Args:
            event: Its name.
            payload: Its content.
            timeout: Seconds to wait.

        Returns:
            The acknowledgement: `ok`, and `error` and `code` when it is not.

        Raises:
            NotConnectedError: There is no server at the moment.
            NoAnswerError: No acknowledgement came; the server may or may not have acted.
        """
        if not self._greeted:
            raise NotConnectedError("the server is away")
        return self._call(event, payload, timeout)

    def _call(
        self, event: str, payload: Payload, timeout: float, on_answer: OnAnswer | None = None
    ) -> Answer:
        pending = _Pending(on_answer)
        with self._lock:
            self._pending.add(pending)
        try:
            self._emit(event, payload, pending.resolve)
            pending.done.wait(timeout)
        finally:
            with self._lock:
                self._pending.discard(pending)
        if pending.answer is None:
            raise NoAnswerError(f"the server did not answer {event}")
        return pending.answer

    def _emit(self, event: str, payload: Payload, callback: Callable[..., None] | None) -> None:
        with self._lock:
            connection = self._connection
            if connection is None:
                raise NotConnectedError("the server is away")
            try:
                connection.emit(
                    str(event), dict(payload), namespace=PERIPHERALS_NAMESPACE, callback=callback
                )
            except SocketIOError as error:
                raise NotConnectedError("the server is away") from error

    def _run(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            self.pulse.beat()
            wait = self._attempt()
            self.pulse.beat()
            failures = 1 if wait is None else failures + 1
            self._stopping.wait(wait or self._backoff.after(failures))

    def _attempt(self) -> float | None:
        """Connect once and stay until the connection is lost.

        Returns:
            None after a connection that worked; else seconds to wait, 0 for the usual backoff.
        """
        try:
            token, trust = self._token(), self._trust()
        except ConfigError as error:
            self._complain(f"{error}")
            return self._backoff.refused
        connection = self._new_connection(trust)
        refusals: list[object] = []
        connection.on("connect_error", refusals.append, namespace=PERIPHERALS_NAMESPACE)
        try:
            self._lost.clear()
            connection.connect(
                self._url,
                auth={"device_token": token},
                namespaces=[PERIPHERALS_NAMESPACE],
                transports=["websocket"],
                wait_timeout=_CONNECT_TIMEOUT_S,
            )
            return None if self._stay(connection) else 0.0
        except (SocketIOError, ValueError, OSError) as error:
            return self._explain_failure(error, refusals)
        finally:
            self._forget(connection)

    def _new_connection(self, trust: ssl.SSLContext | None) -> Any:
        # A new object for each connection: what a broken one remembers cannot confuse the next.
        connection = OrderedClient(
            reconnection=False,
            handle_sigint=False,
            request_timeout=_REACH_TIMEOUT_S,
            websocket_extra_options={"sockopt": _KEEPALIVE, "sslopt": {"context": trust}},
        )
        for event, handler in self._handlers.items():
            connection.on(event, _guarded(event, handler), namespace=PERIPHERALS_NAMESPACE)
        connection.on("disconnect", self._on_lost, namespace=PERIPHERALS_NAMESPACE)
        return connection

    def _stay(self, connection: Any) -> bool:
        with self._lock:
            self._connection = connection
        try:
            answer = self._call(
                DeviceEvent.HELLO, self._hello(), HELLO_TIMEOUT_S, on_answer=self._greet
            )
        except (NoAnswerError, NotConnectedError) as error:
            self._complain(f"The server at {self._url} does not answer the greeting: {error}.")
            return False
        if not answer.get("ok"):
            self._complain(
                f"The server at {self._url} refuses the greeting: {answer.get('error')}."
            )
            return False
        self._complaint, self._refused = "", False
        log.info("Connected to %s.", self._url)
        # The first at once: its answer says what time it is there, which dates the presses.
        while self._hears(connection) and not self._lost.wait(_HEARTBEAT_S):
            if connection.handling_seconds < _LONGEST_EVENT_S:
                self.pulse.beat()
        if not self._stopping.is_set():
            log.warning("Lost the server at %s; connecting again.", self._url)
        return True

    def _hears(self, connection: Any) -> bool:
        """Whether the server still answers, and still knows this device."""
        try:
            answer = self._call(DeviceEvent.PING_TIME, {}, _HEARTBEAT_TIMEOUT_S)
        except NotConnectedError:
            return False
        except NoAnswerError:
            # An event that is still being handled here keeps its answer waiting: not its fault.
            return bool(connection.handling_seconds > 0)
        self.time.heard(answer.get("now"))
        return answer.get("code") not in _CREDENTIAL_CODES

    def _greet(self, answer: Answer) -> None:
        # Runs where events are read, so that no later `lamp` event can be overtaken by this one.
        if answer.get("ok"):
            self._greeted = True
            self._on_hello(answer)

    def _on_lost(self, *_reason: object) -> None:
        self._greeted = False
        self._lost.set()
        with self._lock:
            pending = list(self._pending)
        for question in pending:
            question.done.set()

    def _forget(self, connection: Any) -> None:
        self._greeted = False
        with self._lock:
            self._connection = None
        try:
            connection.disconnect()
        except (SocketIOError, OSError) as error:
            log.debug("While disconnecting: %s", error)
        connection.end()

    def _explain_failure(self, error: Exception, refusals: list[object]) -> float:
        data = next((data for data in refusals if isinstance(data, dict)), None)
        if data is None:
            self._complain(
                f"Cannot reach the server at {self._url} ({_reason(error)}); trying again."
            )
            return 0.0
        detail = data.get("data") if isinstance(data.get("data"), dict) else data
        code = detail.get("code") if isinstance(detail, dict) else None
        if code is not None and code not in _CREDENTIAL_CODES:
            self._complain(f"The server at {self._url} is not ready ({code}); trying again.")
            return 0.0
        self._complain(
            f"The server at {self._url} refuses this device's token: the device was revoked, or "
            "another machine has taken its place. A station needs a new code. Elsewhere make a new "
            "token with `appliance devices add peripherals NAME` and write it into "
            "server.token_file.",
            refused=True,
        )
        return self._backoff.refused

    def _complain(self, message: str, *, refused: bool = False) -> None:
        self._refused = refused
        # Once, not at each attempt: a server that is away all night leaves one line in the log.
        if message != self._complaint:
            log.warning("%s", message)
            self._complaint = message


def _reason(error: BaseException) -> str:
    # The library says "Connection error" of a certificate that nobody trusts, too.
    inner: BaseException | None = error
    while inner is not None:
        if isinstance(inner, ssl.SSLCertVerificationError):
            return f"{inner.verify_message}: is `server.ca_file` the certificate of its site?"
        inner = inner.__context__
    return f"{error}"


def _guarded(event: str, handler: Handler) -> Callable[..., None]:
    def guarded(payload: object = None, *_more: object) -> None:
        if not isinstance(payload, dict):
            log.warning("Ignored %s: its payload is not an object.", event)
            return
        try:
            handler(payload)
        except Exception:
            # One bad event must not end the thread that reads all others.
            log.exception("Ignored %s: it could not be handled.", event)

    return guarded
