"""A printer behind a device node: a pseudo-terminal stands in for `/dev/usb/lp0`.

It is a character device that does not block, keeps what nobody has read, and disappears with its
node; it has no port status, which tests hand in instead.
"""

from __future__ import annotations

import contextlib
import os
import select
import threading
import tty
from pathlib import Path

from tests.support.fake_printer import FakePrinter


class _Line:
    """The printer's end of the cable, like a socket."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def recv(self, size: int) -> bytes:
        if not select.select([self._descriptor], [], [], 0.05)[0]:
            raise TimeoutError
        return os.read(self._descriptor, size)

    def sendall(self, data: bytes) -> None:
        # As much as the line holds: a printer does not wait for a computer that does not listen.
        with contextlib.suppress(BlockingIOError):
            os.write(self._descriptor, data)


class FakeUsbPrinter(FakePrinter):
    """The same faults at the end of a cable; `refusing` is a cable that is out.

    Args:
        node: Where its device node appears, as a link.
    """

    def __init__(self, node: Path) -> None:
        super().__init__()
        self._listener.close()
        self.node = node
        self._plugged = threading.Condition()
        self._ends: tuple[int, int] | None = None
        self.plug_in()

    def plug_in(self) -> None:
        with self._plugged:
            printer, computer = os.openpty()
            tty.setraw(computer)
            os.set_blocking(printer, False)
            # The computer's end stays open, or the printer's would end with each call.
            self._ends = printer, computer
            self.node.symlink_to(os.ttyname(computer))
            self._plugged.notify_all()

    def unplug(self) -> None:
        with self._plugged:
            if self._ends is None:
                return
            self.node.unlink()
            for end in self._ends:
                os.close(end)
            self._ends = None

    def say(self, data: bytes) -> None:
        """Send bytes that nobody asked for."""
        with self._plugged:
            assert self._ends is not None
            os.write(self._ends[0], data)

    def __exit__(self, *_error: object) -> None:
        super().__exit__()
        self.unplug()

    def _serve(self) -> None:
        while not self._stopping.is_set():
            with self._plugged:
                self._plugged.wait_for(lambda: self._ends is not None, 0.05)
                if self._ends is None:
                    continue
                line = _Line(os.dup(self._ends[0]))
            with contextlib.suppress(OSError):
                self._talk(line)
            os.close(line._descriptor)

    def _die(self, _connection: object) -> None:
        self.unplug()

    def _has_gone(self, _connection: object) -> bool:
        return self._ends is None
