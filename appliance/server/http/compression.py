"""Text goes over the line compressed.

The standard library's gzip, and no package for it: the pages load some thirty small files once,
which brotli would make a few kilobytes smaller, for two more compiled packages on every Pi.
"""

from __future__ import annotations

import gzip
from typing import Final

from flask import Flask, Response, request

_TYPES: Final = frozenset(
    {
        "application/json",
        "image/svg+xml",
        "text/css",
        "text/html",
        "text/javascript",
        "application/javascript",
    }
)
_WORTH_IT: Final = 860
"""Bytes; what is smaller fits in one packet anyway."""
_ONCE: Final = 9
_EACH_TIME: Final = 4


def install(app: Flask) -> None:
    """Compress what the application answers, where the asker takes it."""
    files: dict[str, tuple[str, bytes]] = {}
    app.after_request(lambda response: _compress(response, files))


def _compress(response: Response, files: dict[str, tuple[str, bytes]]) -> Response:
    if response.mimetype not in _TYPES:
        return response
    response.vary.add("Accept-Encoding")
    refused = response.status_code != 200 or "Content-Encoding" in response.headers
    if refused or request.accept_encodings.quality("gzip") <= 0 or request.method == "HEAD":
        return response
    version, _ = response.get_etag()
    known = files.get(request.path) if version else None
    if known and known[0] == version:
        packed = known[1]
        response.close()
    else:
        response.direct_passthrough = False
        plain = response.get_data()
        if len(plain) < _WORTH_IT:
            return response
        packed = gzip.compress(plain, _ONCE if version else _EACH_TIME, mtime=0)
        if version:
            files[request.path] = (version, packed)
    response.direct_passthrough = False
    response.set_data(packed)
    response.headers["Content-Encoding"] = "gzip"
    if version:
        # The same content, but not the same bytes.
        response.set_etag(version, weak=True)
    return response
