"""The machine: its units, its Python, the settings in /etc/appliance, the health page."""

from __future__ import annotations

import contextlib
import json
import os
import platform
import shlex
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from appliance import seal

from .layout import Layout, ReleaseError

SERVER: Final = "appliance-server.service"
PERIPHERALS: Final = "appliance-peripherals.service"
SYSTEM_PACKAGES: Final = Path("/usr/lib/python3/dist-packages")
_COMMAND_SECONDS: Final = 3600
_BACKUP_KEY: Final = "backup_key"
_SECRETS: Final = (
    "flask_secret_key",
    "mysql_password",
    "mysql_rehearsal_password",
    _BACKUP_KEY,
)


class Host:
    """What an upgrade asks of the machine.

    Args:
        layout: The releases.
        settings: The folder of `server.env` and `secrets/`.
        backups: Where backups go.
        health_url: Answers with `ok` and `version`.
        patience: Seconds that a server has for becoming healthy, once its start has ended.
    """

    def __init__(
        self, layout: Layout, settings: Path, backups: Path, health_url: str, patience: float
    ) -> None:
        self._layout = layout
        self._settings = settings
        self._backups = backups
        self._health_url = health_url
        self._patience = patience

    @property
    def is_station(self) -> bool:
        """Whether the machine has printers and call buttons alone, and no server's settings."""
        return (self._settings / "station").exists()

    def build(self, parts: Path, target: Path) -> None:
        """Make a release's virtual environment from its wheels; no network is asked.

        Raises:
            ReleaseError: The wheels for this machine are not in it, or do not fit.
        """
        tag = f"cp{sys.version_info.major}{sys.version_info.minor}-{platform.machine()}"
        wheels = parts / "wheels" / tag
        if not wheels.is_dir():
            raise ReleaseError(f"the release has no wheels for this machine ({tag})")
        _run([sys.executable, "-m", "venv", str(target)])
        pip = [
            *(str(target / "bin/python"), "-I", "-m", "pip", "install", "--quiet", "--no-index"),
            *("--no-cache-dir", "--disable-pip-version-check", "--no-input", "--only-binary=:all:"),
        ]
        _run([*pip, f"--find-links={wheels}", "--require-hashes", f"-r{wheels}/requirements.txt"])
        see_lgpio(target)
        _run([str(target / "bin/appliance"), "--version"])

    def appliance(self, version: str, *arguments: str) -> str:
        """Run a release's `appliance` with the appliance's settings.

        Returns:
            What it printed.

        Raises:
            ReleaseError: It failed; with its own sentence.
        """
        program = self._layout.path(version) / "bin/appliance"
        return _run([str(program), *arguments], self._environment())

    def exec(self, arguments: Sequence[str]) -> None:
        """Become the current release's `appliance` with the appliance's settings."""
        program = self._layout.current / "bin/appliance"
        if not program.exists():
            raise ReleaseError("no release is installed")
        os.execve(program, [str(program), *arguments], self._environment())  # noqa: S606 — no shell is wanted

    def back_up(self, version: str, label: str) -> str:
        """Write a backup by a release's own program.

        Returns:
            Its path.
        """
        made = self.appliance(
            version, "backup", "create", str(self._backups), "--label", label, "--keep", "3"
        )
        path = Path(made.strip().splitlines()[-1])
        self._seal(path)
        return str(path)

    def _seal(self, path: Path) -> None:
        """Seal what a release from before there were seals has made just now, for one that asks."""
        key_file = self._settings / "secrets" / _BACKUP_KEY
        if not key_file.exists() or seal.is_sealed(path):
            return
        try:
            key = seal.key_from(key_file.read_text(encoding="utf-8"))
        except seal.KeyUnusable as error:
            raise ReleaseError(f"{key_file}: {error}") from None
        seal.seal_file(path, key, "backup")

    def stop(self) -> None:
        """Stop the server; the devices' daemon waits for the next one."""
        _run(["systemctl", "stop", SERVER])

    def start(self) -> None:
        """Start the server of the current release, and restart its daemon."""
        # `--no-block`: at boot this is asked while the units still wait for us.
        _run(["systemctl", "--no-block", "restart", SERVER])
        # On a new machine the daemon comes after the first release.
        with contextlib.suppress(ReleaseError):
            _run(["systemctl", "--no-block", "try-restart", PERIPHERALS])

    def wait_healthy(self, version: str) -> None:
        """Wait until the server of a release answers and reaches its data.

        While its first start goes on, systemd's own limit holds (`TimeoutStartSec=`): on a slow
        machine a good release would be taken for one that does not come up.

        Raises:
            ReleaseError: It does not, within its time.
        """
        give_up_at = time.monotonic() + self._patience
        answer = "nothing answers"
        while time.monotonic() < give_up_at:
            try:
                with urllib.request.urlopen(self._health_url, timeout=5) as response:  # noqa: S310 — our own address
                    health = json.load(response)
                if health["ok"] and health["version"] == version:
                    return
                answer = f"version {health['version']} answers"
            except (OSError, ValueError, KeyError, TypeError) as error:
                answer = str(error)
            if self._is_starting():
                give_up_at = time.monotonic() + self._patience
            # A service that starts has no event that could be waited for from outside.
            time.sleep(0.2)
        raise ReleaseError(f"release {version} is not healthy: {answer}")

    def _is_starting(self) -> bool:
        """Whether the server's start goes on, and is the first: one that fails is begun again."""
        try:
            said = _run(["systemctl", "show", "--property=SubState,NRestarts", SERVER])
        except ReleaseError:
            return False
        found = set(said.split())
        return "NRestarts=0" in found and bool(found & {"SubState=start-pre", "SubState=start"})

    def _environment(self) -> dict[str, str]:
        found = {
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": "/",
        }
        if folder := os.environ.get("CREDENTIALS_DIRECTORY"):
            found["CREDENTIALS_DIRECTORY"] = folder
        if not self.is_station or (self._settings / "server.env").exists():
            found |= dict(_settings(self._settings / "server.env"))
        # On a card that was flashed: what lobby.yaml says, as the units read it.
        if (lobby := self._settings / "lobby.env").exists():
            found |= dict(_settings(lobby))
        for name in _SECRETS:
            path = self._settings / "secrets" / name
            if path.exists():
                found[f"{name.upper()}_FILE"] = str(path)
        return found


def _settings(path: Path) -> Iterator[tuple[str, str]]:
    """What systemd would read from an EnvironmentFile, where each line is NAME=value."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        raise ReleaseError(f"the settings {path} are missing: run the playbook first") from None
    for line in lines:
        name, equals, value = line.strip().partition("=")
        if equals and not name.startswith(("#", ";")):
            yield name, " ".join(shlex.split(value))


def see_lgpio(target: Path) -> None:
    """Let the environment see the system's lgpio where no wheel of it exists (Python 3.13).

    Two files of it are linked, not the whole of the system's packages, whose versions are others.

    Args:
        target: The release's environment.
    """
    packages = target / f"lib/python{sys.version_info.major}.{sys.version_info.minor}/site-packages"
    if any(packages.glob("lgpio*")):
        return
    for module in (*SYSTEM_PACKAGES.glob("lgpio.py"), *SYSTEM_PACKAGES.glob("_lgpio*.so")):
        (packages / module.name).symlink_to(module)


def _run(command: Sequence[str], environment: dict[str, str] | None = None) -> str:
    try:
        ended = subprocess.run(  # noqa: S603 — our own arguments, no shell
            command,
            env=environment,
            cwd="/",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_COMMAND_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ReleaseError(f"{Path(command[0]).name} cannot be run: {error}") from None
    if ended.returncode != 0:
        said = ended.stderr.strip().splitlines()
        raise ReleaseError(
            f"`{Path(command[0]).name} {' '.join(command[1:3])}` failed: "
            f"{said[-1].removeprefix('Error: ') if said else ended.returncode}"
        )
    return ended.stdout
