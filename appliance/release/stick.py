"""A release from a USB stick: no laptop, no network.

On the stick lie `appliance-VERSION.tar` and, beside it, `appliance-VERSION.tar.sig`: what `make
release` has made. The signature is Ed25519 (RFC 8032) over one line that names the file's SHA-256;
the site's public key came with the image or the playbook, the private one never leaves the
technician's machine. The file is copied while its digest is taken, and nothing of it is looked into
before the signature was right. Then its own program installs it, as the playbook's does.

The stick is mounted read-only, and nothing on it is run, followed or trusted to stay as it is.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
import shutil
import stat
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from appliance.words import N_

from .artefact import MANIFEST, PROGRAM
from .layout import Layout

log = logging.getLogger(__name__)
KEY: Final = "release.pub"
SIGNATURE_SUFFIX: Final = ".sig"
RUN: Final = Path("/run/appliance-stick")
NOTICE: Final = "notice.json"
_FILE_SYSTEMS: Final = {"vfat": "ro", "exfat": "ro", "ext4": "ro,noload"}
"""What sticks are formatted with, and how nothing is written: ext4 would replay its journal."""
_NAME: Final = "appliance-*.tar"
_MOST_BYTES: Final = 2 * 1024**3
_LARGEST_SIGNATURE: Final = 4096
_CHUNK: Final = 1024 * 1024
_ROOM: Final = 4
"""Times the file's size that must be free: the file, its parts, their environment, a backup."""

NOT_INSTALLED: Final = N_("The release on the USB stick was not installed.")
SEVERAL: Final = N_("There are several on it. Leave only one, with its .sig file.")
UNSIGNED: Final = N_("Copy {file}.sig onto the stick as well.")
FORGED: Final = N_(
    "Its signature is not this shop's: the file is damaged, or was made by another shop."
)
NO_KEY: Final = N_("This machine does not have this shop's key for releases yet.")
OLDER: Final = N_("Release {version} is older than release {current}, which is in use.")
NO_ROOM: Final = N_("There is not enough space on the card.")
UNREADABLE: Final = N_("The stick cannot be read: {problem}")
FAILED: Final = N_("Release {current} is still in use: {problem}")
WORKING: Final = N_("Release {version} is being installed from the USB stick.")
PATIENCE: Final = N_("This takes a few minutes. Leave the machine switched on.")
DONE: Final = N_("Release {version} has been installed from the USB stick.")
PULL: Final = N_("You can pull the stick out.")
ALREADY: Final = N_("Release {version} on the USB stick is in use already.")

Said = tuple[str, dict[str, str]]
"""A sentence and its parameters, as `appliance.notices` reads them."""


class Refused(Exception):
    """The release is not installed.

    Args:
        sentence: Why.
        params: The sentence's parameters.
    """

    def __init__(self, sentence: str, **params: str) -> None:
        super().__init__(sentence.format_map(params))
        self.said: Final[Said] = (sentence, params)


def statement(sha256: str) -> bytes:
    """What is signed of a release's file.

    Args:
        sha256: Of the file, in hexadecimal digits.
    """
    return f"lobby-appliance release 1 {sha256}\n".encode()


@contextmanager
def mounted(device: Path, folder: Path) -> Iterator[Path | None]:
    """What is on a stick; None where it is formatted with nothing that we read.

    Args:
        device: Its partition.
        folder: Where to see it.

    Raises:
        Refused: It cannot be read.
    """
    kind = _run("blkid", "--probe", "--output", "value", "--match-tag", "TYPE", str(device)) or ""
    options = _FILE_SYSTEMS.get(kind.strip())
    if options is None:
        yield None
        return
    folder.mkdir(parents=True, exist_ok=True)
    how = f"{options},nosuid,nodev,noexec"
    if _run("mount", "-t", kind.strip(), "-o", how, str(device), str(folder)) is None:
        raise Refused(UNREADABLE, problem=device.name)
    try:
        yield folder
    finally:
        _run("umount", str(folder))


class Stick:
    """One stick in one machine.

    Args:
        layout: The releases.
        settings: The folder with the site's public key and the shop's settings.
        notices: The file that says what became of it.
        install: Runs the program of a release with a file of which the SHA-256 was signed;
            returns what it said last when it failed.
    """

    def __init__(
        self,
        layout: Layout,
        settings: Path,
        notices: Path = RUN / NOTICE,
        install: Callable[[Path, Path, str], str | None] | None = None,
    ) -> None:
        self._layout = layout
        self._settings = settings
        self._notices = notices
        self._install = install or self._run_program

    def take(self, folder: Path) -> bool:
        """Install the release that is on it, if there is one.

        Args:
            folder: What is on the stick.

        Returns:
            Whether it has been installed.
        """
        incoming = self._layout.folder / "incoming-stick"
        # Of a start that was cut off.
        shutil.rmtree(incoming, ignore_errors=True)
        try:
            file = _release_on(folder)
            if file is not None:
                incoming.mkdir(mode=0o700)
                return self._take(file, incoming)
        except Refused as refused:
            log.warning("the release on the stick was not installed: %s", refused)
            self._tell((NOT_INSTALLED, {}), refused.said)
        except OSError as error:
            log.warning("the stick cannot be read: %s", error)
            problem = os.strerror(error.errno) if error.errno else type(error).__name__
            self._tell((NOT_INSTALLED, {}), (UNREADABLE, {"problem": problem}))
        finally:
            shutil.rmtree(incoming, ignore_errors=True)
        return False

    def _take(self, file: Path, incoming: Path) -> bool:
        copy = incoming / file.name
        digest = self._copied(file, copy)
        self._check_signature(file, digest, incoming)
        version = self._look_into(copy, incoming / PROGRAM)
        current = self._layout.current_version() or ""
        if version == current:
            self._tell((ALREADY, {"version": version}), (PULL, {}), good=True)
            return False
        if _order(version) < _order(current):
            raise Refused(OLDER, version=version, current=current)
        self._tell((WORKING, {"version": version}), (PATIENCE, {}), good=True, remains=False)
        problem = self._install(incoming / PROGRAM, copy, digest)
        if problem is not None:
            raise Refused(FAILED, current=current, problem=problem)
        self._tell((DONE, {"version": version}), (PULL, {}), good=True)
        return True

    def _copied(self, file: Path, copy: Path) -> str:
        """Copy it and return its SHA-256: what is read once is what is installed."""
        with _opened(file, _MOST_BYTES) as handle, copy.open("wb") as target:
            size = os.fstat(handle).st_size
            if shutil.disk_usage(copy.parent).free < size * _ROOM:
                raise Refused(NO_ROOM)
            digest = hashlib.sha256()
            while block := os.read(handle, _CHUNK):
                digest.update(block)
                target.write(block)
        return digest.hexdigest()

    def _check_signature(self, file: Path, digest: str, incoming: Path) -> None:
        key = self._settings / KEY
        if not key.exists():
            raise Refused(NO_KEY)
        try:
            beside = file.with_name(file.name + SIGNATURE_SUFFIX)
            with _opened(beside, _LARGEST_SIGNATURE) as handle:
                signature = os.read(handle, _LARGEST_SIGNATURE)
        except FileNotFoundError:
            raise Refused(UNSIGNED, file=file.name) from None
        stated, given = incoming / "statement", incoming / "signature"
        stated.write_bytes(statement(digest))
        given.write_bytes(signature)
        verified = _run(
            "openssl", "pkeyutl", "-verify", "-pubin", "-inkey", str(key), "-rawin",
            "-in", str(stated), "-sigfile", str(given),
        )  # fmt: skip
        if verified is None:
            raise Refused(FORGED)

    def _look_into(self, file: Path, program: Path) -> str:
        """Take out the program that installs it; returns its version."""
        try:
            with tarfile.open(file, "r:") as tar:
                program.write_bytes(_member(tar, PROGRAM))
                return str(json.loads(_member(tar, MANIFEST))["version"])
        except (tarfile.TarError, KeyError, TypeError, ValueError) as error:
            raise Refused(UNREADABLE, problem=f"{file.name}: {error}") from None

    def _run_program(self, program: Path, file: Path, sha256: str) -> str | None:
        command = [
            sys.executable, str(program), "--folder", str(self._layout.folder),
            "--settings", str(self._settings), "install", str(file), "--sha256", sha256,
        ]  # fmt: skip
        ended = subprocess.run(  # noqa: S603 — of a file whose signature was right
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
        log.info("%s", ended.stderr.strip())
        if ended.returncode == 0:
            return None
        said = ended.stderr.strip().splitlines()
        return said[-1].removeprefix("Error: ") if said else f"exit status {ended.returncode}"

    def _tell(self, *sentences: Said, good: bool = False, remains: bool = True) -> None:
        self._notices.parent.mkdir(parents=True, exist_ok=True)
        notice: dict[str, Any] = {
            "language": self._language(),
            "sentences": [list(one) for one in sentences],
            "remains": remains,
            "good": good,
        }
        new = self._notices.with_name(f".{self._notices.name}.new")
        new.write_text(json.dumps(notice) + "\n", encoding="utf-8")
        new.chmod(0o644)
        new.replace(self._notices)

    def _language(self) -> str:
        """The shop's, as the server's settings have it."""
        found = "en"
        for name in ("server.env", "lobby.env"):
            try:
                text = (self._settings / name).read_text(encoding="utf-8")
            except OSError:
                continue
            stated = re.findall(r'(?m)^APPLIANCE_LANGUAGE="?([a-z]+)', text)
            found = stated[-1] if stated else found
        return found


def _release_on(folder: Path) -> Path | None:
    found = sorted(folder.glob(_NAME))
    if len(found) > 1:
        raise Refused(SEVERAL)
    return found[0] if found else None


def _member(tar: tarfile.TarFile, name: str) -> bytes:
    content = tar.extractfile(name)
    if content is None:
        raise KeyError(name)
    return content.read()


@contextmanager
def _opened(file: Path, most: int) -> Iterator[int]:
    """Open a usual file; no link, pipe or device is followed.

    Raises:
        Refused: It is none, or too large.
    """
    handle = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode) or not 0 < found.st_size <= most:
            raise Refused(UNREADABLE, problem=file.name)
        yield handle
    finally:
        os.close(handle)


def _order(version: str) -> tuple[int, ...]:
    """Newer releases come later: 1.10 is newer than 1.9."""
    return tuple(int(digits) for digits in re.findall(r"\d+", version)[:4])


def _run(*command: str) -> str | None:
    """What a program prints; None where it fails or is not there."""
    program: Sequence[str] = command
    try:
        return subprocess.run(  # noqa: S603 — our own arguments, no shell
            program, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True
        ).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        log.info("%s: %s", command[0], getattr(error, "stderr", "") or error)
        return None
