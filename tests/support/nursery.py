"""Starts programs of the product without loading Python's modules again for each.

The suite starts some two hundred servers, and loading their modules is most of a start. A nursery
is a process that has loaded them once; each program is a fork of it with its own environment,
folder and output, which then runs like `python -m appliance …`. Programs that are to be seen as
they really start (the demo, the appliance's own) do not come from here.
"""

from __future__ import annotations

import _socket
import atexit
import contextlib
import functools
import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

_LONGEST = 1 << 20
_CODE = "code"
FIRST = "TESTS_CALL_FIRST"
"""In a program's environment: what it calls before it starts, as `module:function`."""


class Program:
    """A program from a nursery, with what the tests use of `subprocess.Popen`.

    Args:
        nursery: Where it comes from.
        pid: Its number.
    """

    def __init__(self, nursery: Nursery, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._nursery = nursery
        self._handle = os.pidfd_open(pid)

    def poll(self) -> int | None:
        """How it has ended; None while it runs."""
        return self._ended(0)

    def wait(self, timeout: float | None = None) -> int:
        """Wait until it ends.

        Raises:
            subprocess.TimeoutExpired: It still runs after so many seconds.
        """
        code = self._ended(timeout)
        if code is None:
            raise subprocess.TimeoutExpired(f"pid {self.pid}", timeout or 0)
        return code

    def send_signal(self, number: int) -> None:
        """Send it a signal; nothing once it has ended."""
        if self.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._handle, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def _ended(self, within: float | None) -> int | None:
        if self.returncode is None and select.select([self._handle], [], [], within)[0]:
            # Nobody else gets its number before the nursery has heard that it ended.
            self.returncode = int(self._nursery.ask({"ended": self.pid})[_CODE])
            os.close(self._handle)
        return self.returncode


class Nursery:
    """A process that has loaded modules, and the line to it.

    Args:
        prepare: What it calls first, as `module:function`.
    """

    def __init__(self, prepare: str) -> None:
        self._line, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.support.nursery", str(theirs.fileno()), prepare],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
            )
        atexit.register(self.close)

    def start(
        self,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        output: IO[bytes],
        folder: Path | None = None,
    ) -> Program:
        """Start `appliance` with these arguments.

        Args:
            arguments: After the program's name.
            environment: The whole of it.
            output: A file for what it prints, on both streams.
            folder: Where it runs.
        """
        asked = {
            "arguments": list(arguments),
            "environment": dict(environment),
            "folder": str(folder or Path.cwd()),
        }
        return Program(self, int(self.ask(asked, [output.fileno()])["pid"]))

    def ask(self, question: Any, files: Sequence[int] = ()) -> Any:
        """Ask it something, handing files over."""
        socket.send_fds(self._line, [json.dumps(question).encode()], files)
        return json.loads(self._line.recv(_LONGEST))

    def close(self) -> None:
        """End it, and with it whatever still runs."""
        self._line.close()
        self._process.wait()


@functools.cache
def servers(mode: str) -> Nursery:
    """The nursery of servers, which hold what they send against its shape.

    Args:
        mode: Their `SOCKETIO_ASYNC_MODE`.
    """
    prepare = "_load_gevent_server" if mode == "gevent" else "_load_server"
    return Nursery(f"tests.support.nursery:{prepare}")


@functools.cache
def daemons() -> Nursery:
    """The nursery of peripherals daemons."""
    return Nursery("tests.support.nursery:_load_daemon")


# --- In the nursery's own process ---------------------------------------------------------------


def _load_gevent_server() -> None:
    from gevent import monkey

    monkey.patch_all()
    _load_server()


def _load_server() -> None:
    from tests.support import shapes

    shapes.check_what_is_sent()
    importlib.import_module("appliance.server.main")
    # What each server would read again at its start, which is half of it.
    from zoneinfo import available_timezones

    import tzlocal
    from babel.numbers import list_currencies
    from sqlalchemy.orm import configure_mappers

    from appliance.translations import LANGUAGES, translations

    for code in LANGUAGES:
        translations(code)
    tzlocal.get_localzone_name()
    available_timezones()
    list_currencies()
    configure_mappers()


def _load_daemon() -> None:
    importlib.import_module("appliance.cli")
    importlib.import_module("appliance.peripherals.daemon")


def _attend(line: _socket.socket) -> list[str] | None:
    """Answer until the tests are over.

    Returns:
        In a program that was just forked what it has to run; in the nursery None.
    """
    running: set[int] = set()
    while True:
        said, files, _, _ = socket.recv_fds(line, _LONGEST, 1)  # type: ignore[arg-type]
        if not said:
            break
        asked = json.loads(said)
        if "ended" in asked:
            _, status = os.waitpid(asked["ended"], 0)
            running.discard(asked["ended"])
            line.send(json.dumps({_CODE: os.waitstatus_to_exitcode(status)}).encode())
            continue
        pid = os.fork()
        if pid == 0:
            line.close()
            _become(asked["environment"], asked["folder"], files[0])
            return list(asked["arguments"])
        os.close(files[0])
        running.add(pid)
        line.send(json.dumps({"pid": pid}).encode())
    for pid in running:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    return None


def _become(environment: dict[str, str], folder: str, output: int) -> None:
    os.environ.clear()
    os.environ.update(environment)
    first = os.environ.pop(FIRST, None)
    os.chdir(folder)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.close(output)
    if first is not None:
        _call(first)


def _call(name: str) -> None:
    module, _, function = name.partition(":")
    getattr(importlib.import_module(module), function)()


def _main(line: int, prepare: str) -> None:
    _call(prepare)
    # What is loaded stays: a fork's own collection would walk it, and so copy every page of it.
    gc.collect()
    gc.freeze()
    # The C class itself: what gevent has put in its place would start its loop before the fork.
    arguments = _attend(_socket.socket(fileno=line))
    if arguments is not None:
        sys.argv[:] = ["appliance", *arguments]
        runpy.run_module("appliance", run_name="__main__")


if __name__ == "__main__":
    _main(int(sys.argv[1]), sys.argv[2])
