"""Where releases live, and the file that tells of an unfinished switch."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any


class ReleaseError(Exception):
    """What went wrong, in one clear line."""


class Step(StrEnum):
    """How far a switch has come. It says what an undo has to do, never how to go on."""

    STOPPING = "stopping"
    """The server is being stopped; nothing has been changed."""
    MIGRATING = "migrating"
    """The server is stopped, all data are in the backup, the schema may be half changed."""
    STARTING = "starting"
    """The schema is the new release's, and its server may have served."""


@dataclass(frozen=True, slots=True)
class Switch:
    """A switch at work.

    Attributes:
        step: How far it has come.
        origin: The release that it leaves; None on a new machine.
        target: The release that it goes to.
        backup: All data at the moment when the server stopped; None where the schema stays.
        served: While it is undone: all data that the new server has left; None before.
    """

    step: Step
    origin: str | None
    target: str
    backup: str | None = None
    served: str | None = None


@dataclass(frozen=True, slots=True)
class Release:
    """An installed release.

    Attributes:
        version: Its name.
        schemas: The schema's revisions that it knows, oldest first; the last is its own.
        digest: Of the file that it came in.
    """

    version: str
    schemas: tuple[str, ...]
    digest: str

    @property
    def schema(self) -> str:
        """The revision that it works on."""
        return self.schemas[-1]


class Layout:
    """The folder of releases, `/opt/appliance`.

    A release is whole exactly when it has its `release.json`, which is written last and removed
    first; `current` and the journal change by one rename each.

    Args:
        folder: Where.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.releases = folder / "releases"
        self.current = folder / "current"
        self.program = folder / "bin" / "appliance-release"
        self._journal = folder / "upgrade.json"

    def path(self, version: str) -> Path:
        """A release's folder, which is its virtual environment too."""
        return self.releases / version

    @contextmanager
    def locked(self, *, wait: bool) -> Iterator[None]:
        """Be the only one who changes anything here.

        Raises:
            ReleaseError: Somebody else is at it, and `wait` is not wanted.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(self.folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            except BlockingIOError:
                raise ReleaseError("another upgrade or rollback is at work") from None
            yield
        finally:
            os.close(handle)

    # --- releases -----------------------------------------------------------------------------

    def installed(self) -> list[Release]:
        """Every whole release, the one installed last at the end."""
        found = sorted(
            self.releases.glob("*/release.json"), key=lambda path: path.stat().st_mtime_ns
        )
        return [_release(path) for path in found]

    def find(self, version: str) -> Release:
        """A whole release.

        Raises:
            ReleaseError: There is none of that name.
        """
        path = self.path(version) / "release.json"
        if not path.is_file():
            names = ", ".join(release.version for release in self.installed()) or "none"
            raise ReleaseError(f"release {version} is not installed; there are: {names}")
        return _release(path)

    def complete(self, release: Release) -> None:
        """Say that everything of a release is there and on the disk."""
        os.sync()
        write_json(self.path(release.version) / "release.json", asdict(release))

    def remove(self, version: str) -> None:
        """Remove a release; cut off in the middle, it is no release any more."""
        (self.path(version) / "release.json").unlink(missing_ok=True)
        shutil.rmtree(self.path(version), ignore_errors=True)

    def remove_unfinished(self) -> None:
        """Remove what an installation that was cut off left behind."""
        if self.releases.is_dir():
            for path in self.releases.iterdir():
                if not (path / "release.json").is_file():
                    shutil.rmtree(path, ignore_errors=True)

    # --- the link -----------------------------------------------------------------------------

    def current_version(self) -> str | None:
        """The release that `current` leads to."""
        return self.current.readlink().name if self.current.is_symlink() else None

    def point_to(self, version: str | None) -> None:
        """Let `current` lead to a release, by one rename; or to none."""
        if version is None:
            self.current.unlink(missing_ok=True)
        else:
            fresh = self.folder / ".current"
            fresh.unlink(missing_ok=True)
            fresh.symlink_to(Path("releases") / version)
            fresh.rename(self.current)
        sync_folder(self.folder)

    # --- the journal --------------------------------------------------------------------------

    def unfinished(self) -> Switch | None:
        """The switch that is at work, or was cut off."""
        try:
            found = json.loads(self._journal.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        return Switch(**(found | {"step": Step(found["step"])}))

    def note(self, switch: Switch) -> None:
        """Write down how far a switch has come, before it goes there."""
        found = asdict(switch)
        if switch.served is None:
            # Programs of older releases do not know it, and one of them may have to undo this.
            del found["served"]
        write_json(self._journal, found)

    def forget(self) -> None:
        """The switch has ended, whichever way."""
        self._journal.unlink(missing_ok=True)
        sync_folder(self.folder)


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write a file that is there whole or not at all, whenever the power goes."""
    part = path.with_name(f".{path.name}")
    with part.open("w", encoding="utf-8") as out:
        json.dump(content, out, indent=2)
        out.write("\n")
        out.flush()
        os.fsync(out.fileno())
    part.rename(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Bring a folder's names to the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _release(path: Path) -> Release:
    found = json.loads(path.read_text(encoding="utf-8"))
    return Release(found["version"], tuple(found["schemas"]), found["digest"])
