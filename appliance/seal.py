"""Seals: who holds the site's key made this file, and nobody has changed a byte of it since.

A seal is one block of 512 bytes at the end of a file: HMAC-SHA-256 (RFC 2104) of everything
before it. The files that have one are tars, whose readers stop before it. A checksum inside a file
says only that it is whole; who changes the file changes that as well.

It stands on the standard library alone, because the program that installs releases needs it, and
because a playbook runs it on the technician's machine:

    python -m appliance.seal KEY-FILE RELEASE-FILE

prints the SHA-256 of a release's file that has the site's seal, or says in one line why it has not.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final, Literal

Purpose = Literal["backup", "archive", "release"]
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


def read_key(path: Path) -> bytes:
    """The key in a file.

    Args:
        path: The file.

    Raises:
        KeyUnusable: There is none in it.
        OSError: It cannot be read.
    """
    try:
        return key_from(path.read_text(encoding="ascii"))
    except (KeyUnusable, UnicodeDecodeError):
        raise KeyUnusable(f"{path} holds no key: 64 hexadecimal digits") from None


def made_once(path: Path) -> bytes:
    """The key in a file, which is made with a new one where it is not there.

    Args:
        path: The file, for its owner alone.

    Raises:
        KeyUnusable: There is something else in it.
        OSError: It can neither be read nor made.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return read_key(path)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(32) + "\n")
    return read_key(path)


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
    file.write(_block(digest))


def _block(digest: str) -> bytes:
    return (_MARK + digest.encode() + b"\n").ljust(BLOCK, b"\0")


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


def digest_of(path: Path, key: bytes, purpose: Purpose) -> str:
    """The SHA-256 of a file, with its seal, when the seal is right.

    Args:
        path: The file.
        key: The site's.
        purpose: What it must be.

    Raises:
        NotSealed: As `opened`.
        SealBroken: As `opened`.
        OSError: It cannot be read.
    """
    with opened(path, key, purpose) as content:
        digest = hashlib.sha256()
        while block := content.read(_CHUNK):
            digest.update(block)
        content.seek(0)
        digest.update(_block(_digest(content, key, purpose, None)))
    return digest.hexdigest()


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


def main() -> None:
    """Run the command."""
    key_file, file = map(Path, sys.argv[1:3])
    try:
        sys.stdout.write(digest_of(file, read_key(key_file), "release") + "\n")
    except FileNotFoundError as error:
        sys.exit(f"{error.filename} is not there: `make release` makes it")
    except NotSealed:
        sys.exit(
            f"{file.name} has no seal: it was not made here. Make one with `make release`, or, "
            "where you know its SHA-256 from the one who made it: "
            f"`make trust-release FILE={file} SHA256=…`"
        )
    except (SealBroken, KeyUnusable, OSError) as error:
        sys.exit(f"{error}. No release is installed that this site has not made or trusted.")


if __name__ == "__main__":
    main()
