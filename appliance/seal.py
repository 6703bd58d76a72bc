"""Seals: who holds the site's key made this file, and nobody has changed a byte of it since.

A seal is one block of 512 bytes at the end of a file: HMAC-SHA-256 (RFC 2104) of everything
before it. The files that have one are tars, whose readers stop before it. A checksum inside a file
says only that it is whole; whoever changes the file changes that as well.

It stands on the standard library alone, because the program that installs releases needs it.
"""

from __future__ import annotations

import hmac
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final, Literal

Purpose = Literal["backup", "release"]
"""What is sealed. A seal for one is none for the other, even with the same key."""

BLOCK: Final = 512
_MARK: Final = b"lobby-appliance seal 1 "
_SEAL: Final = re.compile(re.escape(_MARK) + rb"([0-9a-f]{64})\n\0*")
_KEY: Final = re.compile(r"[0-9a-f]{64}")
_CHUNK: Final = 1024 * 1024
_ROOMY: Final = Path("/var/tmp")  # noqa: S108 — a nameless file in it, which nobody can find


class NotSealed(Exception):
    """The file has no seal at all; the message is one clear line."""


class SealBroken(Exception):
    """The file has a seal of another key, or was changed; the message is one clear line."""


class KeyUnusable(Exception):
    """The key is none; the message is one clear line and does not repeat it."""


def key_from(text: str) -> bytes:
    """A key from its text.

    Args:
        text: 64 hexadecimal digits, as `openssl rand -hex 32` prints.

    Raises:
        KeyUnusable: It is something else.
    """
    if not _KEY.fullmatch(text.strip()):
        raise KeyUnusable("the key must be 64 hexadecimal digits, as `openssl rand -hex 32` prints")
    return bytes.fromhex(text.strip())


def append(file: IO[bytes], key: bytes, purpose: Purpose) -> None:
    """Put a seal at the end of an open file.

    Args:
        file: Open for reading and writing; everything in it is sealed.
        key: The site's.
        purpose: What it is.
    """
    file.seek(0)
    digest = _digest(file, key, purpose, None)
    file.seek(0, os.SEEK_END)
    file.write((_MARK + digest.encode() + b"\n").ljust(BLOCK, b"\0"))


def is_sealed(path: Path) -> bool:
    """Whether a file has a seal, whosever it is."""
    with path.open("rb") as file:
        return _split(file) is not None


@contextmanager
def opened(path: Path, key: bytes, purpose: Purpose) -> Iterator[IO[bytes]]:
    """Open a file of which every byte has been checked, before anything looks inside.

    What is read is a copy without a name, made while it was checked: a stick that answers
    differently at the second time, or somebody who changes the file meanwhile, changes nothing.

    Args:
        path: The file.
        key: The site's.
        purpose: What it must be.

    Yields:
        The content without its seal.

    Raises:
        NotSealed: It has no seal.
        SealBroken: Its seal is not this key's, or the content is not what was sealed.
        OSError: It cannot be read.
    """
    with path.open("rb") as file, _nameless() as copy:
        found = _split(file)
        if found is None:
            raise NotSealed(f"{path.name} is not sealed with a site's key")
        size, wanted = found
        file.seek(0)
        digest = _digest(_Limited(file, size), key, purpose, copy)
        if not hmac.compare_digest(digest, wanted):
            raise SealBroken(
                f"{path.name} is damaged, was changed, or is of a site with another key"
            )
        copy.seek(0)
        yield copy


class _Limited:
    """The first bytes of a file.

    Args:
        file: The file.
        size: How many.
    """

    def __init__(self, file: IO[bytes], size: int) -> None:
        self._file = file
        self._left = size

    def read(self, size: int) -> bytes:
        block = self._file.read(min(size, self._left))
        self._left -= len(block)
        return block


def _split(file: IO[bytes]) -> tuple[int, str] | None:
    """How many bytes are sealed, and the seal."""
    size = os.fstat(file.fileno()).st_size - BLOCK
    if size < 0:
        return None
    file.seek(size)
    found = _SEAL.fullmatch(file.read(BLOCK))
    return (size, found[1].decode()) if found else None


def _digest(
    source: IO[bytes] | _Limited, key: bytes, purpose: Purpose, copy: IO[bytes] | None
) -> str:
    seal = hmac.new(key, purpose.encode() + b"\0", "sha256")
    while block := source.read(_CHUNK):
        seal.update(block)
        if copy is not None:
            copy.write(block)
    return seal.hexdigest()


def _nameless() -> IO[bytes]:
    # /tmp is in memory on the appliance, and a backup may be larger than what is free there.
    return tempfile.TemporaryFile(dir=_ROOMY if os.access(_ROOMY, os.W_OK) else None)


def seal_file(path: Path, key: bytes, purpose: Purpose) -> None:
    """Seal a file that has no seal; it is there with its seal, or as it was.

    Args:
        path: The file.
        key: The site's.
        purpose: What it is.
    """
    part = path.with_name(f".{path.name}.sealed")
    try:
        shutil.copy2(path, part)
        owner = path.stat()
        if os.geteuid() == 0:
            os.chown(part, owner.st_uid, owner.st_gid)
        with part.open("r+b") as file:
            append(file, key, purpose)
            file.flush()
            os.fsync(file.fileno())
        part.rename(path)
    finally:
        part.unlink(missing_ok=True)
