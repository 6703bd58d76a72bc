"""The programs that make disks and trees, and what to say when one of them fails."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence


class NoImage(Exception):
    """The image cannot be made or looked at; says why in one line."""


def run(
    command: Sequence[str],
    stdin: str | None = None,
    environment: Mapping[str, str] | None = None,
) -> str:
    """Run a program, also one that only root's path has; returns what it printed.

    Args:
        command: The program and its arguments.
        stdin: What it reads; nothing unless given.
        environment: Variables beside ours.

    Raises:
        NoImage: It failed; with its own last words.
    """
    result = subprocess.run(  # noqa: S603 — our own arguments, no shell
        command,
        input=stdin or "",
        env=os.environ
        | {"PATH": f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"}
        | dict(environment or {}),
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode:
        raise NoImage(f"{command[0]}: {result.stderr.strip()[-1000:]}")
    return result.stdout
