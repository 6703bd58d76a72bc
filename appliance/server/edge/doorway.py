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
from .packets import is_well_formed_poll

Wsgi = Callable[[dict[str, Any], Any], Iterable[bytes]]

RATE: Final = 200.0
BURST: Final = 1000.0
"""Requests a second, and at once, from one address: a page has thirty files, and a shop may be
behind one address. Polls of an open line do not count; the line has its own pace."""
PATIENCE_SECONDS: Final = 5.0
"""A request that would have to wait for longer is refused."""
MAX_POLL: Final = 1024 * 1024
"""A poll's body up to this size is read whole. Of a larger one only the beginning is, so that its
first event can be refused with an answer."""
MAX_POLL_DISCARDED: Final = 16 * 1024 * 1024
_PIECE: Final = 64 * 1024
_SOCKET_IO: Final = "/socket.io"
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
        return self._app(environ, start_response)

    def _admit(self, environ: dict[str, Any]) -> None:
        address = environ.get("REMOTE_ADDR")
        path = str(environ.get("PATH_INFO", ""))
        if path != _SOCKET_IO and not path.startswith(f"{_SOCKET_IO}/"):
            self._wait_for_turn(address)
            return
        query = parse_qs(str(environ.get("QUERY_STRING", "")))
        if "j" in query:
            # JSONP: answers that any page of any site could read.
            raise ValidationFailed("JSONP is not served.")
        if not any(self._lines.get(sid) for sid in query.get("sid", ())):
            self._wait_for_turn(address)
            if "sid" not in query and not self._lines.has_room(address):
                self._note_flood(address, "too many connections")
                raise TooManyAttempts("There are too many connections from here.", 10)
        elif environ.get("REQUEST_METHOD") == "POST":
            _read_poll(environ)

    def _wait_for_turn(self, address: str | None) -> None:
        wait = self._pace.take(address)
        if wait > PATIENCE_SECONDS:
            self._note_flood(address, "too many requests")
            raise TooManyAttempts(
                "Too many requests come from here. Please try again soon.", int(wait) + 1
            )
        if wait > 0:
            time.sleep(wait)


def _read_poll(environ: dict[str, Any]) -> None:
    """Read a poll's body and put it back for Engine.IO, checked.

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
