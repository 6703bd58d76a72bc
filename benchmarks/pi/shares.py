"""A process in a CPU cgroup of its own, which gets a Pi's share of a core.

The kernel hands a group its time in every period and stops it once it is used up
(https://docs.kernel.org/scheduler/sched-bwc.html). The shorter the period, the more evenly it is
slowed; the kernel gives a millisecond at least, so a group that is to be five times slower gets one
millisecond in five. What has rested runs that millisecond at full speed.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple, Self

from .spin import Spun

FACTOR: Final = 5.0
"""How much slower a Pi 4 is than the cores that this was written on.

N-body in Python, five million steps: 158 s on a Pi 4 at 1.5 GHz, published with the Python of 2020
(https://chaitanyamehta.github.io/projects/performance-analysis-of-programming-languages), 20 s here
with Python 3.11. Of the quotient, 7.9, a factor of about 1.6 is the younger Python, which its notes
call up to 60 % faster (https://docs.python.org/3/whatsnew/3.11.html)."""
STEP_US: Final = 4.0
"""What a step of it takes on those cores, with nothing beside it: 20 s ÷ five million."""
_SHORTEST_QUOTA_US: Final = 1_000
_LONGEST_PERIOD_US: Final = 1_000_000
_JOIN: Final = (
    "import os, sys; os.write(os.open(sys.argv[1], os.O_WRONLY), b'0'); "
    "os.execv(sys.executable, [sys.executable, *sys.argv[2:]])"
)
"""Goes into the group itself and becomes the program, so that its start is as slow as the rest."""


class Limit(NamedTuple):
    """So many microseconds of a core in each period of so many."""

    quota_us: int
    period_us: int


def limit(factor: float) -> Limit:
    """The limit that makes a process so many times slower, in the shortest period there is.

    Raises:
        ValueError: The factor is below 1 or above 1,000, which the kernel cannot do.
    """
    period = round(factor * _SHORTEST_QUOTA_US)
    if not _SHORTEST_QUOTA_US <= period <= _LONGEST_PERIOD_US:
        raise ValueError(f"a process cannot be made {factor:g} times slower: 1 to 1,000")
    return Limit(_SHORTEST_QUOTA_US, period)


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """Where the kernel's CPU controller is found.

    Attributes:
        version: Of cgroups, 1 or 2.
        root: Where it is mounted.
    """

    version: int
    root: Path

    def settings(self, limited: Limit) -> dict[str, str]:
        """What is written into which file of a group."""
        if self.version == 2:
            return {"cpu.max": f"{limited.quota_us} {limited.period_us}"}
        # The period first: a quota may not be longer than it.
        return {
            "cpu.cfs_period_us": str(limited.period_us),
            "cpu.cfs_quota_us": str(limited.quota_us),
        }


def mounted(mounts: str) -> Iterator[Hierarchy]:
    """Hierarchies that may have the CPU controller.

    Args:
        mounts: As in `/proc/mounts`.
    """
    for line in mounts.splitlines():
        _, folder, kind, options, *_ = line.split()
        if kind == "cgroup" and "cpu" in options.split(","):
            yield Hierarchy(1, Path(folder))
        elif kind == "cgroup2":
            yield Hierarchy(2, Path(folder))


def hierarchy() -> Hierarchy | None:
    """This machine's hierarchy with the CPU controller, if it has one."""
    for found in mounted(Path("/proc/mounts").read_text()):
        if found.version == 1 or "cpu" in _controllers(found.root):
            return found
    return None


def _controllers(root: Path) -> list[str]:
    return (root / "cgroup.controllers").read_text().split()


class Share:
    """A group that is there from `with` to its end.

    Args:
        found: Where.
        name: Its name, beside this process's number.
        factor: How many times slower.
    """

    def __init__(self, found: Hierarchy, name: str, factor: float = FACTOR) -> None:
        self._hierarchy = found
        self._limit = limit(factor)
        self._folder = found.root / f"bench-{os.getpid()}-{name}"
        self._members = self._folder / "cgroup.procs"

    def __enter__(self) -> Self:
        if self._hierarchy.version == 2:
            (self._hierarchy.root / "cgroup.subtree_control").write_text("+cpu")
        self._folder.mkdir()
        for file, value in self._hierarchy.settings(self._limit).items():
            (self._folder / file).write_text(value)
        return self

    def __exit__(self, *_: object) -> None:
        for pid in self._members.read_text().split():
            self.release(int(pid))
        self._folder.rmdir()

    def take(self, pid: int) -> None:
        """Slow a process and what it starts from now on."""
        self._members.write_text(str(pid))

    def release(self, pid: int) -> None:
        """Let a process run at full speed."""
        (self._hierarchy.root / "cgroup.procs").write_text(str(pid))

    @contextmanager
    def joined(self, pid: int) -> Iterator[None]:
        """Slow a process for a while."""
        self.take(pid)
        try:
            yield
        finally:
            self.release(pid)

    @contextmanager
    def left(self, pid: int) -> Iterator[None]:
        """Let a process run at full speed for a while."""
        self.release(pid)
        try:
            yield
        finally:
            self.take(pid)

    def arguments(self, arguments: Sequence[str]) -> tuple[str, ...]:
        """What Python is started with to run a program in the group from its first import.

        Args:
            arguments: The program's, after the interpreter's name.
        """
        return ("-S", "-c", _JOIN, str(self._members), *arguments)


def spin(share: Share | None = None) -> Spun:
    """Let a process work, in a share or freely, and see how long it takes."""
    program = ("-S", str(Path(__file__).parent / "spin.py"))
    arguments = program if share is None else share.arguments(program)
    told = subprocess.run([sys.executable, *arguments], check=True, capture_output=True, text=True)
    return Spun(**json.loads(told.stdout))
