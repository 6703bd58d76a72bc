"""The first thing that a request meets: its client's pace, connections and sizes.

It stands before Socket.IO as well as before Flask, and behind the trusted proxies' middleware, so
that the address it counts by is the client's own.
"""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable, Iterable
from typing import Any, Final
from urllib.parse import parse_qs

from appliance.server.domain.errors import DomainError, TooManyAttempts, ValidationFailed

from .given import NoteFlood, Refusal
from .json_limit import MAX_PACKET
from .lines import Lines
from .pace import Pace
from .packets import is_well_formed_poll, packets_of_poll

Wsgi = Callable[[dict[str, Any], Any], Iterable[bytes]]

RATE: Final = 200.0
BURST: Final = 1000.0
"""Requests a second, and at once, from one address: a page has thirty files, and a shop may be
behind one address. Polls of an open line count against the line's own pace."""
PATIENCE_SECONDS: Final = 5.0
"""A request that would have to wait for longer is refused."""
MAX_POLL: Final = 1024 * 1024
"""A poll's body up to this size is read whole. Of a larger one only the beginning is, so that its
first event can be refused with an answer."""
MAX_POLL_DISCARDED: Final = 16 * 1024 * 1024
_PIECE: Final = 64 * 1024
_SOCKET_IO: Final = "/socket.io"
_OF_THE_BODY: Final = frozenset({"content-type", "content-length"})
_NO_SOCKET: Final = "The request for a connection cannot be served. Please load the page again."
_STATUS: Final = {
    ValidationFailed.code: "400 Bad Request",
    TooManyAttempts.code: "429 Too Many Requests",
}


class Doorway:
    """Lets requests in at a pace that leaves room for everybody.

    Args:
        app: What is behind it.
        lines: The open lines.
        note_flood: Told of floods.
        refusal: Of what is not let in.
        pace: Of each address.
    """

    def __init__(
        self, app: Wsgi, lines: Lines, note_flood: NoteFlood, refusal: Refusal, pace: Pace
    ) -> None:
        self._app = app
        self._lines = lines
        self._note_flood = note_flood
        self._refusal = refusal
        self._pace = pace

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Serve a request, sooner or later or not at all."""
        try:
            self._admit(environ)
        except DomainError as error:
            return _refuse(error, self._refusal(error), environ, start_response)
        if not is_for_sockets(environ):
            return self._app(environ, start_response)
        return self._serve_socket(environ, start_response)

    def _serve_socket(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        # Engine.IO's own refusals are a bare sentence or nothing: programs know one shape.
        refused: list[str] = []

        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            if not status.startswith("4"):
                return start_response(status, headers, *more)
            refused.append(status)
            kept = [header for header in headers if header[0].lower() not in _OF_THE_BODY]
            body = self._refused_body()
            length = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
            return start_response(status, kept + length, *more)

        answer = self._app(environ, start)
        return [self._refused_body()] if refused else answer

    def _refused_body(self) -> bytes:
        return json.dumps(self._refusal(ValidationFailed(_NO_SOCKET))).encode()

    def _admit(self, environ: dict[str, Any]) -> None:
        address = environ.get("REMOTE_ADDR")
        if not is_for_sockets(environ):
            self._wait_for_turn(address)
            return
        query = parse_qs(str(environ.get("QUERY_STRING", "")))
        if "j" in query:
            # JSONP: answers that any page of any site could read.
            raise ValidationFailed("JSONP is not served.")
        line = next(filter(None, map(self._lines.get, query.get("sid", ()))), None)
        if line is None:
            self._wait_for_turn(address)
            if "sid" not in query and not self._lines.has_room(address):
                self._note_flood(address, "too many connections")
                raise TooManyAttempts("Too many connections from this device.", 10)
            return
        self._wait(line.take_frames(time.monotonic(), 1), address)
        if environ.get("REQUEST_METHOD") == "POST":
            packets = _read_poll(environ)
            self._wait(line.take_frames(time.monotonic(), packets), address)

    def _wait_for_turn(self, address: str | None) -> None:
        self._wait(self._pace.take(address), address)

    def _wait(self, wait: float, address: str | None) -> None:
        if wait > PATIENCE_SECONDS:
            self._note_flood(address, "too many requests")
            raise TooManyAttempts(
                "Too many requests from this device. Please try again soon.", int(wait) + 1
            )
        if wait > 0:
            time.sleep(wait)


def is_for_sockets(environ: dict[str, Any]) -> bool:
    """Whether a request is for Socket.IO."""
    path = str(environ.get("PATH_INFO", ""))
    return path == _SOCKET_IO or path.startswith(f"{_SOCKET_IO}/")


def _read_poll(environ: dict[str, Any]) -> int:
    """Read a poll's body and put it back for Engine.IO, checked.

    Returns:
        How many packets it holds.

    Raises:
        ValidationFailed: It is malformed or too large.
    """
    try:
        length = _length_of(environ)
        stream = environ["wsgi.input"]
        if length <= MAX_POLL:
            text = stream.read(length).decode("utf-8")
        else:
            text = _beginning_of(stream, length)
    except (ValueError, OSError):
        raise ValidationFailed("The request is too large, or cannot be read.") from None
    if not is_well_formed_poll(text):
        raise ValidationFailed("The request holds packets that cannot be read.")
    body = text.encode()
    environ["wsgi.input"] = io.BytesIO(body)
    environ["CONTENT_LENGTH"] = str(len(body))
    return packets_of_poll(text)


def _length_of(environ: dict[str, Any]) -> int:
    length = int(environ.get("CONTENT_LENGTH") or 0)
    if not 0 <= length <= MAX_POLL_DISCARDED:
        raise ValueError("the body is too large")
    return length


def _beginning_of(stream: Any, length: int) -> str:
    head = stream.read(_PIECE)
    left = length - len(head)
    while left > 0:
        piece = stream.read(min(_PIECE, left))
        if not piece:
            raise ValueError("the body ends early")
        left -= len(piece)
    # What was not read is stood in for by blanks: the event's reader sees that it is too large.
    return str(head.decode("utf-8", errors="ignore")) + " " * MAX_PACKET


def _refuse(
    error: DomainError, refusal: dict[str, Any], environ: dict[str, Any], start_response: Any
) -> Iterable[bytes]:
    websocket = environ.get("wsgi.websocket")
    if websocket is not None:
        websocket.close(1013)  # RFC 6455's registry: try again later
        return []
    body = json.dumps(refusal).encode()
    headers = [
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"),
        ("X-Content-Type-Options", "nosniff"),
        # Whatever is left of the body is not waited for.
        ("Connection", "close"),
    ]
    if isinstance(error, TooManyAttempts):
        headers.append(("Retry-After", str(error.retry_after)))
    start_response(_STATUS[error.code], headers)
    return [body]
