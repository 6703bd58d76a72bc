"""A real `appliance serve` in a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from http.client import HTTPException
from pathlib import Path

from tests.support import nursery
from tests.support.mariadb import free_port
from tests.support.nursery import Program

BARE = ("-m", "appliance", "serve")
"""The product as it is, for those who measure it."""


_PATIENCE = 240
"""Seconds that a start may take, on a machine that has much else to do."""


class ServerProcess:
    """A running server.

    Args:
        environment: Its settings; the test's own environment reaches it only in PATH and HOME.
        log: Where its output goes.
        port: Where it listens; a free one unless given.
        command: What is started, after the Python interpreter's name; unless given, a server from
            the nursery that holds whatever it sends against its shape.
    """

    def __init__(
        self,
        environment: dict[str, str],
        log: Path,
        port: int | None = None,
        command: Sequence[str] = (),
    ) -> None:
        self.port = port or free_port()
        self.base_url = f"http://127.0.0.1:{self.port}"
        self.log = log
        self._command = command
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": os.environ.get("HOME", "/"),
            "SOCKETIO_ASYNC_MODE": "gevent",
            "FLASK_SECRET_KEY": "of the tests",
            **environment,
            "APPLIANCE_PORT": str(self.port),
        }
        self.process: subprocess.Popen[bytes] | Program | None = None

    def start(self) -> ServerProcess:
        """Start it and wait until it is healthy."""
        self.launch()
        assert self.process
        give_up_at = time.monotonic() + _PATIENCE
        while time.monotonic() < give_up_at:
            assert self.process.poll() is None, self.log.read_text()[-3000:]
            if self.healthy():
                return self
            time.sleep(0.05)
        raise AssertionError(f"the server is not healthy: {self.log.read_text()[-3000:]}")

    def launch(self) -> None:
        """Start it and wait for nothing."""
        with self.log.open("ab") as output:
            if not self._command:
                servers = nursery.servers(self.environment["SOCKETIO_ASYNC_MODE"])
                self.process = servers.start(["serve"], self.environment, output)
                return
            self.process = subprocess.Popen(
                [sys.executable, *self._command],
                env=self.environment,
                stdout=output,
                stderr=output,
            )

    def healthy(self) -> bool:
        """Whether it and its database answer."""
        try:
            with urllib.request.urlopen(f"{self.base_url}/healthz", timeout=5) as answer:
                return bool(json.load(answer)["ok"])
        except (OSError, ValueError, HTTPException):
            return False

    def kill(self) -> None:
        """End it as a power cut does."""
        assert self.process
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        """End it in order."""
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(timeout=_PATIENCE)
