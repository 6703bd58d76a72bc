"""A closed day in one form only: the same bytes for ever, sealed with the day before."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Final

import msgspec

FIRST: Final = "0" * 64
"""What the first Z holds instead of an earlier one's hash."""


def canonical(document: Mapping[str, Any]) -> str:
    """A document as text: keys in order, no spaces, so that equal documents are equal bytes.

    Args:
        document: Of strings, whole numbers, lists and mappings; amounts are decimal digits.
    """
    return msgspec.json.encode(dict(document), order="deterministic").decode()


def seal(previous_hash: str, text: str) -> str:
    """The hash of a Z: SHA-256 over the hash before it and its own text, in hex."""
    return hashlib.sha256(f"{previous_hash}\n{text}".encode()).hexdigest()
