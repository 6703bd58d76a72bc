"""Printers behind a device node of the kernel's usblp driver, such as `/dev/usb/lp0`.

What the driver does is read from its source (Linux, drivers/usb/class/usblp.c): one opener only,
a blocking write waits for ever, a non-blocking one takes up to 8192 bytes and is `writable` again
when the printer has them, a close throws away what it has not, and `LPGETSTATUS` asks the printer
for the port status of the USB printer class. The node disappears with the cable, and udev makes it
again when the printer is back; so every call opens it afresh.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import select
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from appliance.peripherals.printing import drawer
from appliance.peripherals.printing.delivery import (
    Delivery,
    Notice,
    NotPrinted,
    Outcome,
    Printed,
    describe,
    out_of_reach,
)
from appliance.peripherals.printing.dialogue import UNKNOWN, Dialogue
from appliance.peripherals.printing.manners import Manners
from appliance.peripherals.printing.status import Health, unreachable
from appliance.protocol import Paper
from appliance.words import N_

_LPGETSTATUS: Final = 0x060B
"""<linux/lp.h>; usblp answers with the byte of GET_PORT_STATUS, as an int."""
_NO_ERROR: Final = 0x08
_SELECTED: Final = 0x10
_PAPER_EMPTY: Final = 0x20
"""USB Device Class Definition for Printing Devices 1.1, section 4.2.2."""
_CHUNK: Final = 4096
_POLL_SECONDS: Final = 0.01
_GONE: Final = select.POLLERR | select.POLLHUP | select.POLLNVAL

PortStatus = Callable[[int], int | None]
"""Reads the port status of an open device; None where there is none to be had."""


@dataclass(frozen=True)
class UsbDeadlines:
    """How long to wait for the device, in seconds.

    Attributes:
        write: For a job to be taken, before what its length adds.
        bytes_per_s: What its length adds: half of what a line of 9600 baud carries.
    """

    write: float = 10.0
    bytes_per_s: float = 480.0


def port_status(descriptor: int) -> int | None:
    """Ask the driver for the port status; None where it has none, as on a pseudo-terminal."""
    answer = bytearray(4)
    try:
        fcntl.ioctl(descriptor, _LPGETSTATUS, answer)
    except OSError:
        return None
    return int.from_bytes(answer, "little") & 0xFF


class UsbStream:
    """One opening of the device, never blocking.

    Args:
        device: The node, or a link to it; never created.
        deadlines: How long to wait.

    Raises:
        OSError: It is not there, is busy, or is not a device.
    """

    def __init__(self, device: Path, deadlines: UsbDeadlines) -> None:
        self._deadlines = deadlines
        # Looked at before it is opened, too: to open a named pipe or a tape has effects.
        _check_device(device.stat())
        # Without O_CREAT: where the cable is out, a file of this name would swallow all tickets.
        self.descriptor = os.open(device, os.O_RDWR | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
        try:
            _check_device(os.fstat(self.descriptor))
        except OSError:
            self.close()
            raise
        self._can_read = True

    def write(self, data: bytes) -> None:
        """Send all bytes and wait until the printer has them.

        Raises:
            OSError: It is gone, or does not take them in time.
        """
        deadline = time.monotonic() + self._deadlines.write
        deadline += len(data) / self._deadlines.bytes_per_s
        left = memoryview(data)
        while left:
            self._wait(select.POLLOUT, deadline)
            try:
                left = left[os.write(self.descriptor, left[:_CHUNK]) :]
            except BlockingIOError:
                # Out of paper, usblp calls itself writable and is not.
                time.sleep(_POLL_SECONDS)
        # The last piece is with the printer when the driver would take another.
        self._wait(select.POLLOUT, deadline)

    def read(self, size: int, timeout: float) -> bytes:
        """Read what has come; b"" when nothing has come in time or the printer cannot speak."""
        if not self._can_read:
            time.sleep(timeout)
            return b""
        deadline = time.monotonic() + timeout
        while True:
            try:
                self._wait(select.POLLIN, deadline)
                data = os.read(self.descriptor, size)
            except TimeoutError:
                return b""
            except BlockingIOError:
                data = b""
            except OSError as error:
                if error.errno != errno.EINVAL:
                    raise
                # usblp on a printer without a pipe towards the computer.
                self._can_read = False
                return b""
            if data or time.monotonic() >= deadline:
                return data
            # A USB packet may be empty; a driver that says `readable` for ever must not spin.
            time.sleep(min(_POLL_SECONDS, timeout))

    def close(self) -> None:
        """Close the device; what the printer has not taken is lost."""
        os.close(self.descriptor)

    def _wait(self, event: int, deadline: float) -> None:
        poll = select.poll()
        poll.register(self.descriptor, event)
        ready = poll.poll(max(0.0, deadline - time.monotonic()) * 1000)
        if not ready:
            raise TimeoutError
        if ready[0][1] & _GONE and not ready[0][1] & event:
            raise OSError(errno.ENODEV, os.strerror(errno.ENODEV))


class UsbTransport:
    """A printer on a USB cable.

    Args:
        device: Its node, better a udev link that names the printer.
        answers_status: Whether this model answers status requests; None to learn it.
        manners: The same, with what was learned before.
        delivery: How to send and to ask.
        deadlines: How long to wait for the device.
        read_port_status: Reads the driver's own status, for printers that do not answer.
    """

    def __init__(
        self,
        device: Path,
        *,
        answers_status: bool | None = None,
        manners: Manners | None = None,
        delivery: Delivery | None = None,
        deadlines: UsbDeadlines | None = None,
        read_port_status: PortStatus = port_status,
    ) -> None:
        self._device = device
        self._delivery = delivery or Delivery()
        self._dialogue = Dialogue(self._delivery, manners or Manners(answers_status))
        self._deadlines = deadlines or UsbDeadlines()
        self._read_port_status = read_port_status

    def kept(self) -> AbstractContextManager[None]:
        """A cable has two ends: every call opens the device afresh."""
        return contextlib.nullcontext()

    def close(self) -> None:
        """Nothing is open between calls."""

    def allowance(self, data: bytes) -> float:
        """Seconds after which a job has failed."""
        return self._delivery.allowance(data)

    def status(self) -> Health:
        """Ask the printer how it is, or its driver where the printer does not answer."""
        try:
            with self._open() as stream:
                return self._best(self._dialogue.health(stream), stream)
        except OSError as error:
            return unreachable(_explain(error))

    def print(self, data: bytes, notice: Notice | None = None) -> Outcome:
        """Print a whole job."""
        try:
            with self._open() as stream:
                return self._dialogue.print(
                    stream, data, lambda job: self._print_blindly(stream, job), notice
                )
        except OSError as error:
            reason = _explain(error)
            return NotPrinted(reason, False, unreachable(reason))

    def _print_blindly(self, stream: UsbStream, data: bytes) -> Outcome:
        before = self._best(UNKNOWN, stream)
        if not before.ready:
            return NotPrinted(describe(before), False, before)
        stream.write(data)
        after = self._best(UNKNOWN, stream)
        if not after.ready:
            return NotPrinted(f"{describe(after)}, in the middle of a job", True, after)
        return Printed(False, after)

    def _best(self, health: Health, stream: UsbStream) -> Health:
        if health.answers or not health.online:
            return health
        status = self._read_port_status(stream.descriptor)
        return health if status is None else interpret_port_status(status)

    def open_drawer(self, pin: int) -> str | None:
        """Open the cash drawer now."""
        try:
            with self._open() as stream:
                stream.write(drawer.pulse(pin, self._best(self._dialogue.health(stream), stream)))
        except OSError as error:
            return _explain(error)
        return None

    @contextlib.contextmanager
    def _open(self) -> Iterator[UsbStream]:
        stream = UsbStream(self._device, self._deadlines)
        try:
            yield stream
        finally:
            stream.close()


def interpret_port_status(status: int) -> Health:
    """Read the port status of a printer that answers nothing else.

    Many models always say "fine" here, so that fine is not known to be true, but trouble is.
    """
    if status & _PAPER_EMPTY:
        return Health(online=True, paper=Paper.OUT, answers=False)
    if not status & _NO_ERROR:
        return unreachable(N_("printer error – check paper, cover and lights"))
    if not status & _SELECTED:
        return unreachable(N_("not ready – check cover and lights"))
    return UNKNOWN


def _check_device(found: os.stat_result) -> None:
    if not stat.S_ISCHR(found.st_mode):
        raise OSError(errno.ENOTTY, "it is not a device but a file; remove it")


def _explain(error: OSError) -> str:
    match error.errno:
        case errno.ENOENT | errno.ENODEV | errno.ENXIO | errno.EIO:
            return N_("not connected – check cable and power")
        case errno.EBUSY:
            return N_("in use by another program")
        case errno.EACCES | errno.EPERM:
            return N_("no permission – check the device's group")
    return out_of_reach(error)
