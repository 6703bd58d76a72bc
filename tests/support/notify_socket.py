"""A service manager's socket, to see what systemd would have been told."""

from __future__ import annotations

import socket
import time
from pathlib import Path
from types import TracebackType
from typing import Self


class NotifySocket:
    """Receives what a process tells its service manager.

    Args:
        address: As in `NOTIFY_SOCKET`: a path, or `@name` for an abstract socket.
    """

    def __init__(self, address: str | Path) -> None:
        self.address = str(address)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        name = self.address
        self._socket.bind("\0" + name[1:] if name.startswith("@") else name)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._socket.close()

    def next(self, timeout: float = 240.0) -> dict[str, str]:
        """The next message; TimeoutError when none comes."""
        self._socket.settimeout(timeout)
        lines = self._socket.recv(4096).decode().split("\n")
        return dict(line.split("=", 1) for line in lines)

    def until(self, timeout: float = 240.0, **wanted: str) -> dict[str, str]:
        """The first message that says all this."""
        give_up_at = time.monotonic() + timeout
        while True:
            message = self.next(max(give_up_at - time.monotonic(), 0.001))
            if wanted.items() <= message.items():
                return message

    def falls_silent(self, for_seconds: float, messages: int = 20) -> bool:
        """Whether, after a few messages at most, none comes for so long."""
        try:
            for _ in range(messages):
                self.next(for_seconds)
        except TimeoutError:
            return True
        return False

    def drain(self) -> list[dict[str, str]]:
        """Everything that lies here unread."""
        messages = []
        try:
            while True:
                messages.append(self.next(0.001))
        except TimeoutError:
            return messages
