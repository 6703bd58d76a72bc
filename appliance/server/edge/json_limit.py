"""JSON: what comes by Socket.IO and is too large is not read; all that goes out is encoded alike.

Flask's own encoder takes ten times as long, which shows in reports of thousands of rows.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final

import msgspec
from flask import Response
from flask.json.provider import DefaultJSONProvider

MAX_PACKET: Final = 64 * 1024
"""More than any event of the protocol needs, by far."""

_EVENT_NAME: Final = re.compile(r'\[\s*"([^"\\]{1,80})"\s*,')


class TooLarge:
    """Stands for a payload that was not read."""


def loads(text: str | bytes, **options: Any) -> Any:
    """Decode a packet; of one that is too large, only the event's name.

    The socket stays open and the sender gets an answer, and nobody waits while megabytes of JSON
    are read for nothing.
    """
    if len(text) > MAX_PACKET:
        return _name_alone(text)
    try:
        return json.loads(text, **options)
    except json.JSONDecodeError:
        raise
    except (ValueError, RecursionError):
        # Numbers of thousands of digits, lists in lists in lists: correct, and not to be read.
        return _name_alone(text)


def _name_alone(text: str | bytes) -> list[Any]:
    start = text[:100].decode(errors="replace") if isinstance(text, bytes) else text[:100]
    name = _EVENT_NAME.match(start)
    return [name.group(1) if name else "too_large", TooLarge()]


def dumps(value: Any, **_options: Any) -> str:
    """Encode compactly; a value that JSON does not know is a bug of ours."""
    try:
        return msgspec.json.encode(value).decode()
    except UnicodeEncodeError:  # Half a letter, as a client may have sent it.
        return json.dumps(value, separators=(",", ":"))


class Answers(DefaultJSONProvider):
    """How Flask answers in JSON: as Socket.IO does."""

    sort_keys = False

    def response(self, *args: Any, **kwargs: Any) -> Response:
        """Replaces the encoder alone; raises TypeError for a value that JSON does not know."""
        said = self._prepare_response_obj(args, kwargs)
        return Response(dumps(said) + "\n", mimetype=self.mimetype)
