"""Installing, switching and going back, so that every moment ends on a release that works.

While the old release serves: unpack, build, back up, rehearse the new schema on the backup. Then,
with the server stopped for some seconds: back up once more if the schema changes, migrate, turn
`current`, start, ask for health. The journal says before each step how it is undone; who finds
one left over, undoes it. Nothing is ever continued.
"""

from __future__ import annotations

import logging
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, Protocol

from . import artefact
from .layout import Layout, Release, ReleaseError, Step, Switch

log = logging.getLogger(__name__)
KEEP: Final = 3


class Machine(Protocol):
    """What is asked of the machine; `host.Host` on the appliance."""

    def build(self, parts: Path, target: Path) -> None:
        """Make a release's environment from the parts of its file."""

    def appliance(self, version: str, *arguments: str) -> str:
        """Run a release's `appliance`."""

    def back_up(self, version: str, label: str) -> str:
        """Write a backup; returns its path."""

    def stop(self) -> None:
        """Stop the server."""

    def start(self) -> None:
        """Start the server of the current release."""

    def wait_healthy(self, version: str) -> None:
        """Wait for a release's server to answer; raises ReleaseError if it does not."""


class Releases:
    """The releases of one machine.

    Args:
        layout: Where they are.
        machine: Builds, runs, starts and stops.
    """

    def __init__(self, layout: Layout, machine: Machine) -> None:
        self._layout = layout
        self._machine = machine

    def install(self, path: Path) -> bool:
        """Install a release's file and switch to it.

        Returns:
            Whether anything changed.

        Raises:
            ReleaseError: It did not work; the release that was there works on, with all data.
        """
        with self._layout.locked(wait=False):
            self._undo_unfinished()
            release = self._prepare(path)
            return self._switch(release)

    def place(self, path: Path, *, station: bool = False) -> None:
        """Install a release's file where there is neither a server nor data.

        That is in an image's tree, whose first start makes the schema, and on a station. It is
        current from then on; a daemon that runs is not restarted.

        Args:
            path: The file.
            station: Whether this is a station: there it takes the place of the one before.

        Raises:
            ReleaseError: It did not work; or a release is there, which an upgrade has to leave.
        """
        with self._layout.locked(wait=False):
            origin = self._layout.current_version()
            if origin is not None and not station:
                raise ReleaseError(f"release {origin} is at work here: install over it instead")
            release = self._prepare(path)
            self._layout.point_to(release.version)
            self._prune(release.version, origin)

    def roll_back(self, version: str | None = None) -> str:
        """Switch to a release that is still here; no network is asked.

        Args:
            version: Which; the one installed before the present unless given.

        Returns:
            The release that is current now.

        Raises:
            ReleaseError: As `install`; or there is no such release.
        """
        with self._layout.locked(wait=False):
            self._undo_unfinished()
            release = self._layout.find(version) if version else self._previous()
            self._switch(release)
            return release.version

    def recover(self) -> str | None:
        """Undo a switch that was cut off; waits while one is at work.

        Returns:
            The release that is current again; None if there was nothing to undo.
        """
        with self._layout.locked(wait=True):
            return self._undo_unfinished()

    def status(self) -> dict[str, Any]:
        """What is installed, for people and playbooks."""
        unfinished = self._layout.unfinished()
        return {
            "current": self._layout.current_version(),
            "installed": [release.version for release in self._layout.installed()],
            "unfinished": unfinished.step.value if unfinished else None,
        }

    # --- steps --------------------------------------------------------------------------------

    def _prepare(self, path: Path) -> Release:
        self._layout.remove_unfinished()
        with artefact.unpacked(path, self._layout.releases) as (release, parts):
            if (self._layout.path(release.version) / "release.json").is_file():
                if self._layout.find(release.version) != release:
                    raise ReleaseError(
                        f"another release named {release.version} is installed: "
                        "a changed one needs a new version"
                    )
                return release
            log.info("installing release %s", release.version)
            try:
                self._machine.build(parts, self._layout.path(release.version))
            except BaseException:
                self._layout.remove(release.version)
                raise
            self._take_program(parts / artefact.PROGRAM)
            self._layout.complete(release)
        return release

    def _take_program(self, program: Path) -> None:
        # By rename: what runs the old one goes on running it.
        target = self._layout.program
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f".{target.name}")
        shutil.copyfile(program, part)
        part.chmod(0o755)
        part.rename(target)

    def _switch(self, target: Release) -> bool:
        origin = self._layout.current_version()
        if origin == target.version:
            return False
        leaving = self._layout.find(origin) if origin else None
        migrates = leaving is None or leaving.schema != target.schema
        if leaving:
            self._rehearse(leaving, target)
        switch = Switch(Step.STOPPING, origin, target.version)
        log.info("switching from %s to %s", origin, target.version)
        self._layout.note(switch)
        try:
            self._machine.stop()
            if migrates:
                backup = (
                    self._machine.back_up(leaving.version, "before-migration") if leaving else None
                )
                switch = replace(switch, step=Step.MIGRATING, backup=backup)
                self._layout.note(switch)
                self._migrate(leaving, target)
            switch = replace(switch, step=Step.STARTING)
            self._layout.note(switch)
            self._layout.point_to(target.version)
            self._machine.start()
            self._machine.wait_healthy(target.version)
        except (ReleaseError, OSError) as error:
            self._give_up(switch, error)
        self._layout.forget()
        self._prune(target.version, origin)
        return True

    def _rehearse(self, leaving: Release, target: Release) -> None:
        """Try the target's program and schema on a copy of the data, while the server serves."""
        backup = self._machine.back_up(leaving.version, "before-upgrade")
        if leaving.schema in target.schemas:
            self._machine.appliance(target.version, "backup", "verify", backup)
        elif target.schema not in leaving.schemas:
            raise ReleaseError(
                f"releases {leaving.version} and {target.version} do not know each other's schema"
            )

    def _migrate(self, leaving: Release | None, target: Release) -> None:
        if leaving is None or leaving.schema in target.schemas:
            self._machine.appliance(target.version, "db", "upgrade")
        else:
            # Only the newer of the two knows the way back.
            self._machine.appliance(leaving.version, "db", "downgrade", target.schema)

    def _give_up(self, switch: Switch, error: Exception) -> None:
        log.warning("going back: %s", error)
        self._undo(switch)
        if switch.origin is None:
            raise ReleaseError(f"{error}; no release is current") from error
        self._machine.wait_healthy(switch.origin)
        raise ReleaseError(f"{error}; release {switch.origin} works on") from error

    # --- undoing ------------------------------------------------------------------------------

    def _undo_unfinished(self) -> str | None:
        switch = self._layout.unfinished()
        if switch is None:
            return None
        log.warning("undoing the switch to %s, cut off while %s", switch.target, switch.step)
        self._undo(switch)
        return switch.origin

    def _undo(self, switch: Switch) -> None:
        """Make everything as it was; cut off itself, it is simply done again."""
        self._machine.stop()
        if switch.backup and switch.origin:
            self._undo_migration(switch, switch.origin, switch.backup)
            # From here the old server may serve: nothing may be restored over that any more.
            self._layout.note(replace(switch, step=Step.STOPPING, backup=None, served=None))
        self._layout.point_to(switch.origin)
        if switch.origin is not None:
            self._machine.start()
        self._layout.forget()

    def _undo_migration(self, switch: Switch, origin: str, backup: str) -> None:
        # The new server may have served: its data stay, only the schema goes back.
        if switch.step is Step.STARTING and self._take_data_back(switch, origin):
            return
        # Nobody has served since the backup, or the data are of no use to the old release; what
        # is there now is kept in a backup of its own.
        self._put_back(origin, backup)

    def _put_back(self, version: str, backup: str) -> None:
        """Restore a backup, also over what a power cut in a migration has left.

        Args:
            version: The release that does it.
            backup: The file.

        Raises:
            ReleaseError: It cannot.
        """
        restore = ("backup", "restore", backup, "--over-newer")
        try:
            self._machine.appliance(version, *restore)
        except ReleaseError as error:
            # A table whose change was cut off may be one that MariaDB cannot read. The option comes
            # second, because a release of before does not know it.
            log.warning("once more, over what may be broken: %s", error)
            self._machine.appliance(version, *restore, "--over-damaged")

    def _take_data_back(self, switch: Switch, origin: str) -> bool:
        """Let the old release have what the new one has served; returns whether it worked."""
        try:
            if switch.served:
                # Cut off the last time, perhaps in the middle of the migration.
                self._put_back(switch.target, switch.served)
            else:
                self._keep_served(switch)
            self._migrate(self._layout.find(switch.target), self._layout.find(origin))
        except ReleaseError as error:
            log.warning("the schema cannot go back by itself: %s", error)
            return False
        return True

    def _keep_served(self, switch: Switch) -> None:
        """Keep what the new server has served: a migration that is cut off cannot be done again."""
        try:
            served = self._machine.back_up(switch.target, "before-undo")
        except ReleaseError as error:
            log.warning("going back without a backup: %s", error)
        else:
            self._layout.note(replace(switch, served=served))

    def _previous(self) -> Release:
        current = self._layout.current_version()
        others = [release for release in self._layout.installed() if release.version != current]
        if not others:
            raise ReleaseError("there is no other release to go back to")
        return others[-1]

    def _prune(self, current: str, origin: str | None) -> None:
        """Keep the newest few, and never remove the two that a rollback needs."""
        installed = [release.version for release in self._layout.installed()]
        for version in installed[: max(0, len(installed) - KEEP)]:
            if version not in {current, origin}:
                self._layout.remove(version)
