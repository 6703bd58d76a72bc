"""An HTTP proxy for apt that keeps what it has fetched.

The machine under test has no way out of its own network; packages reach it as they reach the
host, and a second run finds them on the disk.
"""

from __future__ import annotations

import hashlib
import http.client
import os
import shutil
import tempfile
import threading
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Self

_PASSED_ON = ("Content-Type", "Content-Length", "Last-Modified", "ETag")


class PackageProxy:
    """Listens on an address that the machine reaches.

    Args:
        cache: Where packages are kept; indexes are fetched again.
        address: This host's end of the machine's cable: nobody else is served.
    """

    def __init__(self, cache: Path, address: str) -> None:
        cache.mkdir(parents=True, exist_ok=True)
        handler = type("Handler", (_Handler,), {"cache": cache})
        self._server = ThreadingHTTPServer((address, 0), handler)
        self._thread = threading.Thread(target=self._server.serve_forever, name="package-proxy")
        self.port = self._server.server_address[1]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    cache: Path
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        kept = self.cache / (hashlib.sha256(self.path.encode()).hexdigest() + ".deb")
        if self.path.endswith(".deb") and kept.exists():
            self._answer(200, {"Content-Length": str(kept.stat().st_size)}, kept)
            return
        try:
            with (
                urllib.request.urlopen(self.path, timeout=60) as answer,  # noqa: S310 — what apt asks for
                tempfile.NamedTemporaryFile(dir=self.cache) as part,
            ):
                shutil.copyfileobj(answer, part)
                part.flush()
                headers = {
                    name: answer.headers[name] for name in _PASSED_ON if name in answer.headers
                }
                if self.path.endswith(".deb") and not kept.exists():
                    os.link(part.name, kept)
                self._answer(200, headers, Path(part.name))
        except urllib.error.HTTPError as error:
            self._answer(error.code, {"Content-Length": "0"}, None)
        except (OSError, http.client.HTTPException):
            self._answer(502, {"Content-Length": "0"}, None)

    def _answer(self, status: int, headers: dict[str, str], body: Path | None) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if body is not None:
            with body.open("rb") as file:
                shutil.copyfileobj(file, self.wfile)

    def log_message(self, *_arguments: object) -> None:
        """Nothing: apt tells what it misses."""
