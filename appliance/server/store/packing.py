"""JSON in a fraction of its bytes: deflated with a dictionary of what nearly all of them say.

A stored answer is a thousand bytes, of which a dozen are its own: the rest are names of fields, and
the services that everybody orders. DEFLATE refers to a text that both sides know (RFC 1951; as
`zdict` in zlib) instead of repeating it. What is packed says which dictionary it was packed with;
none that was ever released may change, and a better one gets the next number.
"""

from __future__ import annotations

import zlib
from functools import cache
from pathlib import Path
from typing import Any, Final

import msgspec

CURRENT: Final = 1
"""The dictionary that is packed with."""
_RAW: Final = -14
"""Of zlib's `wbits`: 16 KB to refer to, more than a dictionary has; neither header nor checksum, as
the database's pages have one."""


def pack(value: Any) -> bytes:
    """Make something that JSON can say small.

    Args:
        value: Of dicts with text as keys, lists, text, numbers, booleans, None.

    Returns:
        A byte that names the dictionary, and the deflated JSON.
    """
    packer = _packer().copy()
    return bytes([CURRENT]) + packer.compress(msgspec.json.encode(value)) + packer.flush()


def unpack(packed: bytes) -> Any:
    """What `pack` was given.

    Raises:
        ValueError: It is packed with a dictionary that this version does not know.
    """
    unpacker = zlib.decompressobj(wbits=_RAW, zdict=_dictionary(packed[0]))
    return msgspec.json.decode(unpacker.decompress(packed[1:]) + unpacker.flush())


@cache
def _packer() -> zlib._Compress:
    # Its copies cost a quarter of what reading the dictionary again would. The highest level takes
    # no longer for a thousand bytes.
    return zlib.compressobj(level=9, wbits=_RAW, memLevel=6, zdict=_dictionary(CURRENT))


@cache
def _dictionary(number: int) -> bytes:
    path = Path(__file__).with_name(f"answers.dictionary.{number}")
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise ValueError(f"packed by a later version, with dictionary {number}") from None
