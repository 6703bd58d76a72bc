"""Telling systemd how we are: started, alive, stopping, and a sentence for `systemctl status`.

The protocol is one datagram of `NAME=value` lines to the socket in `$NOTIFY_SOCKET`; see
sd_notify(3) and sd_watchdog_enabled(3). It is written here because it is shorter than its use:
the library `sdnotify` has had no release since 2017, knows nothing of `WATCHDOG_USEC`, and
systemd's own binding needs a compiler on the appliance.

Everything that is so is told at each beat, never only the moment in which it became so: a datagram
that is lost costs one beat and nothing more.
"""

from __future__ import annotations

import errno
import logging
import os
import socket
from collections.abc import Mapping
from typing import Final

log = logging.getLogger(__name__)

BEATS_PER_WATCHDOG: Final = 3
"""sd_watchdog_enabled(3) asks for two; with three, one beat may come late and nobody is killed."""
LONGEST_BEAT_SECONDS: Final = 10.0
REFUSED: Final = errno.EKEYREVOKED
"""The devices' daemon is not let in with its token; `appliance doctor` looks for it."""


class ServiceManager:
    """The one who started this process and wants to know how it is; usually systemd, or nobody.

    Args:
        address: A Unix datagram socket: a path, or `@name` for an abstract one. Empty when nobody
            wants to know; everything below then does nothing.
        watchdog_seconds: A process that has not said for so long that it is alive is killed; None
            when nobody watches.
    """

    def __init__(self, address: str = "", watchdog_seconds: float | None = None) -> None:
        self._address = address
        self.watchdog_seconds = watchdog_seconds
        self._complained = False

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> ServiceManager:
        """The one that systemd names in `NOTIFY_SOCKET`, `WATCHDOG_USEC` and `WATCHDOG_PID`."""
        address = environment.get("NOTIFY_SOCKET", "")
        if address and not address.startswith(("/", "@")):
            log.warning("NOTIFY_SOCKET %r is no Unix socket: nobody is told how we are.", address)
            address = ""
        return cls(address, _watchdog_seconds(environment))

    @property
    def listens(self) -> bool:
        """Whether anybody wants to know."""
        return bool(self._address)

    @property
    def beat_seconds(self) -> float:
        """How often to tell how we are."""
        if self.watchdog_seconds is None:
            return LONGEST_BEAT_SECONDS
        return min(LONGEST_BEAT_SECONDS, self.watchdog_seconds / BEATS_PER_WATCHDOG)

    def tell(self, status: str, *, ready: bool, alive: bool, problem: int = 0) -> None:
        """Say how we are.

        Args:
            status: One line for `systemctl status`.
            ready: Whether the start is over.
            alive: Whether the watchdog may wait for another period.
            problem: What the line tells, as a program reads it: a number of `errno`; 0 for none.
        """
        lines = [f"STATUS={' '.join(status.split())}", f"ERRNO={problem}"]
        if ready:
            lines.append("READY=1")
        if alive:
            lines.append("WATCHDOG=1")
        self._send(lines)

    def stopping(self) -> None:
        """Say that the end has begun; may be called from a signal handler."""
        self._send(["STOPPING=1", "STATUS=Stopping."])

    def _send(self, lines: list[str]) -> None:
        if not self._address:
            return
        address = self._address
        if address.startswith("@"):
            address = "\0" + address[1:]
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
                # Never waits: not in a signal handler, not for a manager that is busy itself.
                sender.setblocking(False)
                sender.sendto("\n".join(lines).encode(), address)
        except OSError as error:
            if not self._complained:
                log.warning("The service manager cannot be told how we are: %s.", error)
            self._complained = True
        else:
            self._complained = False


def _watchdog_seconds(environment: Mapping[str, str]) -> float | None:
    text = environment.get("WATCHDOG_USEC", "")
    # Set when the watchdog is meant for one process: a child that inherits both must not answer
    # for its parent.
    meant_for = environment.get("WATCHDOG_PID", "")
    if not text or (meant_for and meant_for != str(os.getpid())):
        return None
    if not text.isascii() or not text.isdigit() or int(text) == 0:
        log.warning("WATCHDOG_USEC %r is no number of microseconds: it is ignored.", text)
        return None
    return int(text) / 1e6
