"""The file that a backup is: a tar of the data, a manifest and the checksums of both, and a seal.

Nothing but `tar`, `gzip` and `sha256sum -c SHA256SUMS` is needed to look at one by hand. What they
cannot tell is who made it: that is the seal's, and nothing is read before it has been checked.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import shutil
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any, Final, Literal, Self, TypeVar

from appliance import seal

MANIFEST: Final = "manifest.json"
SUMS: Final = "SHA256SUMS"
DATA: Final = "data.gz"
FORMAT: Final = 1
_MEMBERS: Final = [MANIFEST, DATA, SUMS]
_LIMIT: Final = 1024 * 1024
"""Bytes that a manifest may have: far more than it needs, far less than would hurt."""
Kind = Literal["mariadb", "sqlite"]


class BackupError(Exception):
    """Something about a backup went wrong; the message is one clear line."""


class Damaged(BackupError):
    """The file is no backup, or no longer the one that was written."""


class Unreadable(BackupError):
    """The data that are to be written into a backup are broken: no file can be at fault."""


class NotOurs(Damaged):
    """The file has no seal of this site's key: nobody knows who made it."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says about itself.

    Attributes:
        format: Of the file; 1.
        kind: Which database it was made from.
        version: Of the appliance that made it.
        made_at: When, ISO 8601 with offset.
        revision: Of the schema.
        counts: Rows in each table.
    """

    format: int
    kind: Kind
    version: str
    made_at: str
    revision: str
    counts: dict[str, int]

    @classmethod
    def parse(cls, text: bytes) -> Self:
        """Read one.

        Raises:
            ValueError: It is none, or of a format that this version does not know.
        """
        found = json.loads(text)
        if not isinstance(found, dict) or found.get("format") != FORMAT:
            raise ValueError("its format is not known")
        made = cls(**found)
        datetime.fromisoformat(made.made_at)
        counts_fit = all(isinstance(n, int) and n >= 0 for n in made.counts.values())
        if made.kind not in {"mariadb", "sqlite"} or not counts_fit:
            raise ValueError("its manifest makes no sense")
        return made

    def text(self) -> bytes:
        """As it is written into the file."""
        return json.dumps(asdict(self), indent=2, sort_keys=True).encode() + b"\n"


Said = TypeVar("Said", bound=Manifest)


def write(
    path: Path, key: bytes, fill: Callable[[IO[bytes]], Said], purpose: seal.Purpose = "backup"
) -> Said:
    """Make a backup file; it appears under its name only when it is whole and on the disk.

    Args:
        path: The file to make.
        key: The site's, for the seal.
        fill: Writes the data and says what it wrote.
        purpose: What it is sealed as.

    Returns:
        What was written.
    """
    data, whole = path.with_name(f".{path.name}.data"), path.with_name(f".{path.name}.part")
    try:
        with _private(data) as raw, gzip.GzipFile("", "wb", 6, raw, mtime=0) as packed:
            manifest = fill(packed)  # type: ignore[arg-type]  # GzipFile writes as any file does
        with _private(whole) as out:
            _pack(out, manifest.text(), data)
            seal.append(out, key, purpose)
            out.flush()
            os.fsync(out.fileno())
        whole.rename(path)
        _sync_folder(path.parent)
    finally:
        data.unlink(missing_ok=True)
        whole.unlink(missing_ok=True)
    return manifest


def _private(path: Path) -> IO[bytes]:
    # The data holds names and password hashes: nobody else may read it, not even for a moment.
    return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), "w+b")


def _pack(out: IO[bytes], manifest: bytes, data: Path) -> None:
    with data.open("rb") as packed:
        sums = (
            f"{hashlib.sha256(manifest).hexdigest()}  {MANIFEST}\n"
            f"{hashlib.file_digest(packed, 'sha256').hexdigest()}  {DATA}\n"
        ).encode()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        _add(tar, MANIFEST, len(manifest), io.BytesIO(manifest))
        with data.open("rb") as packed:
            _add(tar, DATA, data.stat().st_size, packed)
        _add(tar, SUMS, len(sums), io.BytesIO(sums))


def _add(tar: tarfile.TarFile, name: str, size: int, content: IO[bytes]) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, 0o600
    tar.addfile(member, content)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def read(path: Path, key: bytes) -> Iterator[tuple[Manifest, IO[bytes]]]:
    """Open a backup after every byte of it has been checked: first the seal, then what it holds.

    Args:
        path: The file.
        key: The site's.

    Yields:
        Its manifest, and the data unpacked.

    Raises:
        NotOurs: It has no seal, so nobody knows who made it.
        Damaged: It is no backup, or not the one that was written.
        BackupError: It cannot be read.
    """
    with read_as(Manifest, "backup", path, key) as found:
        yield found


@contextmanager
def read_as(
    manifest_type: type[Said], purpose: seal.Purpose, path: Path, key: bytes
) -> Iterator[tuple[Said, IO[bytes]]]:
    """As `read`, for a file that was written with another manifest and sealed as something else.

    Args:
        manifest_type: What its manifest is.
        purpose: What it must be sealed as.
        path: The file.
        key: The site's.

    Yields:
        Its manifest, and the data unpacked.

    Raises:
        NotOurs: It has no seal, so nobody knows who made it.
        Damaged: It is no backup, or not the one that was written.
        BackupError: It cannot be read.
    """
    try:
        with (
            seal.opened(path, key, purpose) as sealed,
            tarfile.open(fileobj=sealed, mode="r:") as tar,
        ):
            manifest, member = _checked(path, tar, manifest_type, purpose)
            content = tar.extractfile(member)
            assert content is not None  # noqa: S101 — `_checked` accepts plain files only
            with gzip.GzipFile(fileobj=content) as data:
                yield manifest, data  # type: ignore[misc]  # GzipFile reads as any file does
    except seal.NotSealed:
        hint = " If it was made before backups had one, and you know who made it: "
        raise NotOurs(
            f"{path.name} is damaged, or no {purpose} of this site: it has no seal."
            + (f"{hint}`appliance backup trust FILE`" if purpose == "backup" else "")
        ) from None
    except seal.SealBroken as error:
        raise Damaged(str(error)) from None
    except (tarfile.TarError, EOFError, gzip.BadGzipFile) as error:
        raise Damaged(f"{path.name} is damaged: {error}") from None
    except OSError as error:
        raise BackupError(f"{path.name}: {error.strerror or error}") from None


def _checked(
    path: Path, tar: tarfile.TarFile, manifest_type: type[Said], purpose: seal.Purpose
) -> tuple[Said, tarfile.TarInfo]:
    members = tar.getmembers()
    if [member.name for member in members] != _MEMBERS or not all(m.isreg() for m in members):
        raise Damaged(f"{path.name} is no {purpose} of the appliance, or it is damaged")
    texts = {m.name: _small(path, tar, m) for m in members if m.name != DATA}
    wanted = {
        name: digest
        for digest, _, name in (
            line.partition("  ") for line in texts[SUMS].decode("ascii", "replace").splitlines()
        )
    }
    by_name = {member.name: member for member in members}
    for name in (MANIFEST, DATA):
        content = tar.extractfile(by_name[name])
        assert content is not None  # noqa: S101 — a plain file, as looked at above
        if _digest(content) != wanted.get(name):
            raise Damaged(f"{path.name} is damaged: {name} is not what was written")
    try:
        return manifest_type.parse(texts[MANIFEST]), by_name[DATA]
    except (ValueError, TypeError, AttributeError):
        raise Damaged(
            f"{path.name} is no {purpose} that this version understands: its manifest is unknown"
        ) from None


def _small(path: Path, tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    content = tar.extractfile(member)
    if content is None or member.size > _LIMIT:
        raise Damaged(f"{path.name} is damaged: {member.name} makes no sense")
    return content.read()


def _digest(content: IO[bytes]) -> str:
    digest: Any = hashlib.sha256()
    while block := content.read(_LIMIT):
        digest.update(block)
    found: str = digest.hexdigest()
    return found


def copy(source: IO[bytes], target: IO[bytes]) -> None:
    """Copy everything, a block at a time."""
    shutil.copyfileobj(source, target, _LIMIT)
