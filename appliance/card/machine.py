"""The one seam between the first start and the machine: files below a root, and commands.

A file that is there is whole: it is written beside its place, brought to the card and only then put
there. A command never gets a secret as an argument, which everybody on the machine could read.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Final

_PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_SECONDS: Final = 900
"""The schema on a slow card; MariaDB's first answer after a power cut."""


class CommandFailed(Exception):
    """A command did not do its work; the message is one line."""


class Machine:
    """The card's own machine, or a folder in a test.

    Args:
        root: What `/` is.
    """

    def __init__(self, root: Path = Path("/")) -> None:
        self._root = root

    def path(self, absolute: str) -> Path:
        """Where a file of the machine is."""
        return self._root / absolute.removeprefix("/")

    def read(self, absolute: str) -> str | None:
        """What a file says; None where there is none."""
        try:
            return self.path(absolute).read_text(encoding="utf-8")
        except FileNotFoundError:
            return None

    def write(self, absolute: str, content: str, mode: int = 0o644, owner: str = "") -> bool:
        """Put a file in its place, unless it says the same already.

        Args:
            absolute: Where.
            content: What it says.
            mode: Its permissions, also while it is written.
            owner: A user of the machine; root unless given.

        Returns:
            Whether it was another before.
        """
        path = self.path(absolute)
        if self.read(absolute) == content and path.stat().st_mode & 0o777 == mode:
            return False
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_name(f".{path.name}.new")
        # Of a start that was cut off; its permissions may be others.
        new.unlink(missing_ok=True)
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            os.fchmod(file.fileno(), mode)
            file.write(content)
            file.flush()
            self.reached(f"half of {absolute}")
            self.bring_to_card(file.fileno())
        if owner:
            self.run("chown", f"{owner}:", str(new))
        self.reached(f"beside {absolute}")
        new.replace(path)
        self._keep_name(path.parent)
        self.reached(f"wrote {absolute}")
        return True

    def link(self, absolute: str, target: str) -> bool:
        """Put a symbolic link in its place; returns whether it was another before."""
        path = self.path(absolute)
        if path.is_symlink() and str(path.readlink()) == target:
            return False
        new = path.with_name(f".{path.name}.new")
        new.unlink(missing_ok=True)
        new.symlink_to(target)
        self.reached(f"beside {absolute}")
        new.replace(path)
        self._keep_name(path.parent)
        return True

    def remove(self, absolute: str) -> bool:
        """Remove a file; returns whether there was one."""
        path = self.path(absolute)
        if not path.exists():
            return False
        path.unlink()
        self._keep_name(path.parent)
        self.reached(f"removed {absolute}")
        return True

    def run(self, *command: str, given: str = "", secret: bool = False) -> str:
        """Run a command.

        Args:
            command: Program and arguments; no secret among them.
            given: On its standard input.
            secret: Whether what it says of a failure may repeat a secret: then it is not told.

        Returns:
            What it printed.

        Raises:
            CommandFailed: It is not there, or failed.
        """
        self.reached(f"before {' '.join(command)}")
        try:
            ended = subprocess.run(  # noqa: S603 — our own arguments, no shell
                command,
                input=given,
                capture_output=True,
                text=True,
                timeout=_SECONDS,
                check=False,
                cwd="/",
                env={"PATH": _PATH, "LC_ALL": "C.UTF-8", "HOME": "/root"},
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise CommandFailed(f"{command[0]} cannot be run: {type(error).__name__}") from None
        if ended.returncode != 0:
            said = ended.stderr.strip().splitlines()
            why = said[-1] if said and not secret else f"exit status {ended.returncode}"
            raise CommandFailed(f"{' '.join(command[:2])}: {why}")
        self.reached(f"after {' '.join(command)}")
        return ended.stdout

    def reached(self, point: str) -> None:
        """A moment at which the plug may be pulled; a test pulls it.

        Args:
            point: Which.
        """

    def bring_to_card(self, descriptor: int) -> None:
        """Wait until what was written is on the card, not only in memory."""
        os.fsync(descriptor)

    def _keep_name(self, folder: Path) -> None:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            self.bring_to_card(descriptor)
        finally:
            os.close(descriptor)
