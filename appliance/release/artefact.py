"""A release's file: wheels for every target, their hashes, and this program."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import shutil
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any, Final

from .layout import Release, ReleaseError

MANIFEST: Final = "manifest.json"
PROGRAM: Final = "appliance-release"
_VERSION: Final = re.compile(r"[0-9][0-9A-Za-z.+-]{0,63}")


@contextmanager
def unpacked(path: Path, folder: Path) -> Iterator[tuple[Release, Path]]:
    """Unpack a release's file beside the releases, every part of it checked.

    Args:
        path: The file.
        folder: Where a folder for the parts may be made.

    Yields:
        What release it is, and the folder of its parts.

    Raises:
        ReleaseError: It is no release, or not the one that was made.
    """
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with TemporaryDirectory(dir=folder, prefix=".unpacked-") as made:
            parts = Path(made)
            _unpack(path, parts)
            manifest = json.loads((parts / MANIFEST).read_text(encoding="utf-8"))
            _check(path, parts, manifest)
            yield (
                Release(manifest["version"], tuple(manifest["schemas"]), digest(parts / MANIFEST)),
                parts,
            )
    except (
        tarfile.TarError,
        KeyError,
        TypeError,
        ValueError,
        FileNotFoundError,
        FileExistsError,
    ) as error:
        raise ReleaseError(f"{path.name} is no release of the appliance: {error}") from error


def _unpack(path: Path, parts: Path) -> None:
    # Debian 12's Python is older than the filters of `extractall`, and without one it would write
    # wherever the file says. A release holds plain files, each once.
    with tarfile.open(path, "r:") as tar:
        for member in tar:
            name = PurePosixPath(member.name)
            content = tar.extractfile(member) if member.isreg() else None
            if content is None or name.is_absolute() or ".." in name.parts:
                raise ValueError(f"it holds {member.name!r}, which is no file of a release")
            target = parts / name
            target.parent.mkdir(parents=True, exist_ok=True)
            with content, target.open("xb") as file:
                shutil.copyfileobj(content, file)


def authenticate(path: Path, sha256: str) -> Path:
    """Make sure that a file is the one that somebody vouches for, before anything looks inside.

    What a file says about itself proves nothing about who made it.

    Args:
        path: The file.
        sha256: Its digest, from a source that is not the file: `make release` prints it, and the
            playbook brings it over SSH after it has checked the site's seal.

    Returns:
        The file.

    Raises:
        ReleaseError: It is another file.
    """
    found = digest(path)
    if not hmac.compare_digest(found.encode(), sha256.lower().encode()):
        raise ReleaseError(
            f"{path.name} is not the file that was vouched for: its SHA-256 is {found}"
        )
    return path


def _check(path: Path, parts: Path, manifest: dict[str, Any]) -> None:
    if manifest["format"] != 1 or not _VERSION.fullmatch(manifest["version"]):
        raise ReleaseError(f"{path.name} is of a kind that this program does not know")
    if not manifest["schemas"]:
        raise ValueError("it knows no schema")
    found = {
        str(part.relative_to(parts))
        for part in parts.rglob("*")
        if part.is_file() and part.name != MANIFEST
    }
    if found != set(manifest["files"]):
        raise ReleaseError(f"{path.name} is damaged: its parts are not those of its manifest")
    for name, wanted in manifest["files"].items():
        if digest(parts / name) != wanted:
            raise ReleaseError(f"{path.name} is damaged: {name} is not what was made")


def digest(path: Path) -> str:
    """A file's SHA-256."""
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
