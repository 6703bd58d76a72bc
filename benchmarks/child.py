"""Load generators run in processes of their own: lines of JSON in, lines of JSON out."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

_CLOCK_TICKS: Final = 100
"""Of /proc/PID/stat on every Linux that Python runs on (USER_HZ)."""


class Child:
    """A process that does what it is told.

    Args:
        module: Run with `python -m`; it calls `obey`.
        *arguments: Its command line.
    """

    def __init__(self, module: str, *arguments: str) -> None:
        self._module = module
        self._process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def tell(self, command: str, **values: Any) -> None:
        """Send a command; `hear` waits for its answer."""
        assert self._process.stdin
        self._process.stdin.write(json.dumps({"command": command, **values}) + "\n")
        self._process.stdin.flush()

    def hear(self) -> Any:
        """Wait for the answer to the last command.

        Raises:
            RuntimeError: The process has ended; what it said is on stderr.
        """
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self._module} has ended with {self._process.wait()}")
        return json.loads(line)

    def ask(self, command: str, **values: Any) -> Any:
        """Send a command and wait for its answer."""
        self.tell(command, **values)
        return self.hear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()


def obey(
    handlers: Mapping[str, Callable[..., Any]], read_line: Callable[[], str] = sys.stdin.readline
) -> None:
    """Be such a process until standard input ends.

    Args:
        handlers: By command; called with the command's values, they return the answer.
        read_line: Waits for the next command; a process on gevent must not stop its loop meanwhile.
    """
    while line := read_line():
        asked = json.loads(line)
        answer = handlers[asked.pop("command")](**asked)
        print(json.dumps(answer), flush=True)


def cpu_seconds(pid: int) -> float:
    """CPU that a process has used, in user and kernel mode."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _CLOCK_TICKS


def rss_kb(pid: int) -> int:
    """Resident memory of a process in KB.

    Raises:
        ValueError: The kernel does not tell.
    """
    return _kb(Path(f"/proc/{pid}/status"), "VmRSS:")


def pss_kb(pid: int) -> int:
    """Memory of a process in KB, what it shares counted by its share.

    Raises:
        ValueError: The kernel does not tell.
    """
    return _kb(Path(f"/proc/{pid}/smaps_rollup"), "Pss:")


def _kb(file: Path, name: str) -> int:
    for line in file.read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1])
    raise ValueError(f"no {name} in {file}")


def wait_until(condition: Callable[[], bool], seconds: float, what: str) -> None:
    """Look again and again until something is so.

    Raises:
        TimeoutError: It was not so in time.
    """
    give_up_at = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > give_up_at:
            raise TimeoutError(f"{what}: not within {seconds:g} s")
        time.sleep(0.005)
