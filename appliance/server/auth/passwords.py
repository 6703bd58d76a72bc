"""Passwords: hashed with Argon2id, away from the event loop."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

if TYPE_CHECKING:
    from gevent.threadpool import ThreadPool

T = TypeVar("T")

# OWASP's Password Storage Cheat Sheet, second choice for Argon2id: 19 MiB, two passes, one lane.
# A Raspberry Pi does it in a fifth of a second and has the memory for several at once.
_HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_NOBODY: Final = _HASHER.hash("nobody has this password")


def hash_password(password: str) -> str:
    """Hash a new password."""
    return _away_from_the_loop(_HASHER.hash, password)


def verify(password_hash: str | None, password: str) -> bool:
    """Whether the password belongs to the hash.

    Args:
        password_hash: As stored; None where the person does not exist, which takes as long, so
            that the time tells nobody who works here.
        password: As typed.
    """
    return _away_from_the_loop(_verify, password_hash, password)


def needs_rehash(password_hash: str) -> bool:
    """Whether the hash was made with other parameters than today's."""
    return _HASHER.check_needs_rehash(password_hash)


def _verify(password_hash: str | None, password: str) -> bool:
    try:
        matches = _HASHER.verify(password_hash or _NOBODY, password)
    except (VerificationError, InvalidHashError):
        return False
    return matches and password_hash is not None


def _away_from_the_loop(function: Callable[..., T], *args: Any) -> T:
    # Under gevent a hash would freeze every client for its whole duration; real threads do it
    # meanwhile. Without gevent the calling thread is as good as any.
    from gevent import monkey

    if not monkey.is_module_patched("threading"):
        return function(*args)
    result: T = _threads().apply(function, args)
    return result


@functools.cache
def _threads() -> ThreadPool:
    # gevent's own pool has ten: sixteen people who log in at once would leave the loop a tenth of
    # the time. One core stays with the loop.
    from gevent.threadpool import ThreadPool

    return ThreadPool(max(1, (os.cpu_count() or 1) - 1))
