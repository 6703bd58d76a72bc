"""Cut an ESC/POS byte stream into commands.

A printer has to know where each command ends even while it prints nothing: only then can it tell a
real-time status request from the same bytes inside a picture. The lengths come from Epson's ESC/POS
command reference (https://download4.epson.biz/sec_pubs/pos/reference_en/escpos/).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

DLE: Final = 0x10
ESC: Final = 0x1B
FS: Final = 0x1C
GS: Final = 0x1D

LONGEST_COMMAND: Final = 1 << 20
"""Bytes. No printer has room for more; a longer one is a damaged header, and is skipped."""

_LONGEST_UNTIL_NUL: Final = 258
"""Bytes of a NUL-terminated command, its name included, before the missing NUL is given up."""


class Command(NamedTuple):
    """One command of the stream.

    Attributes:
        name: its leading bytes: two for ESC a, three for the GS ( k family, one for a control
            character, none for plain text.
        args: what follows the name; of commands with a length, only what the length covers.
    """

    name: bytes
    args: bytes

    @property
    def is_real_time(self) -> bool:
        """True for commands that a printer obeys on arrival, even when it is offline."""
        return self.name[:1] == b"\x10"


class _Shape(NamedTuple):
    """Where a command's parts lie in the buffer; the name may be a normalised one."""

    name: bytes
    start: int
    end: int


_Measure = Callable[[bytearray], "_Shape | None"]


def _fixed_lengths() -> dict[bytes, int]:
    """Build the table of commands with a fixed number of parameter bytes."""
    table: dict[bytes, int] = {}
    groups: tuple[tuple[int, int, bytes], ...] = (
        (ESC, 1, b" !%+-3=?ACEGJKMRTUVadertu{"),
        (ESC, 2, b"$\\Bcf"),
        (ESC, 3, b"p"),
        (ESC, 8, b"W"),
        (FS, 1, b"!-CW"),
        (FS, 2, b"?Sp"),
        (FS, 74, b"2"),
        (GS, 1, b"!/BEHITabfhjrw|"),
        (GS, 2, b"$LPW\\"),
        (GS, 3, b"^z"),
        (GS, 4, b"g"),
    )
    for lead, count, letters in groups:
        for letter in letters:
            table[bytes((lead, letter))] = count
    return table


_FIXED: Final[Mapping[bytes, int]] = _fixed_lengths()

_DLE_LENGTHS: Final[Mapping[bytes, int]] = {
    b"\x04\x07": 4,
    b"\x04\x08": 4,
    b"\x04\x12": 4,
    b"\x14\x01": 5,
    b"\x14\x02": 5,
    b"\x14\x03": 8,
    b"\x14\x07": 4,
    b"\x14\x08": 10,
}
"""Whole lengths of the real-time commands that are longer than DLE x n."""


def _word(data: bytearray, at: int, size: int = 2) -> int:
    return int.from_bytes(data[at : at + size], "little")


def _real_time(data: bytearray) -> _Shape | None:
    if len(data) < 2:
        return None
    if data[1] not in (0x04, 0x05, 0x14):
        return _Shape(b"\x00", 1, 1)  # a stray DLE does nothing, like any unused control character
    if len(data) < 3:
        return None
    return _Shape(bytes(data[:2]), 2, _DLE_LENGTHS.get(bytes(data[1:3]), 3))


def _with_length(data: bytearray) -> _Shape | None:
    """ESC (, FS ( and GS ( x pL pH …: a letter, then a length of two bytes."""
    if len(data) < 5:
        return None
    return _Shape(bytes(data[:3]), 5, 5 + _word(data, 3))


def _with_long_length(data: bytearray) -> _Shape | None:
    """GS 8 L p1 p2 p3 p4 …: GS ( L with a longer length, and with the same meaning."""
    if len(data) < 7:
        return None
    return _Shape(b"\x1d(" + bytes(data[2:3]), 7, 7 + _word(data, 3, 4))


def _until_nul(data: bytearray, start: int) -> _Shape | None:
    end = data.find(0, start, _LONGEST_UNTIL_NUL)
    if end >= 0:
        return _Shape(bytes(data[:2]), 2, end + 1)
    return _Shape(bytes(data[:2]), 2, start) if len(data) >= _LONGEST_UNTIL_NUL else None


def _tabs(data: bytearray) -> _Shape | None:
    """ESC D n1 … nk NUL."""
    return _until_nul(data, 2)


def _barcode(data: bytearray) -> _Shape | None:
    """GS k m data NUL for m up to 6, GS k m n data for m from 65."""
    if len(data) < 3:
        return None
    if data[2] <= 6:
        return _until_nul(data, 3)
    if len(data) < 4:
        return None
    return _Shape(b"\x1dk", 2, 4 + data[3])


def _columns(data: bytearray) -> _Shape | None:
    """ESC * m nL nH …: n columns of one byte (8 dots), or of three (24 dots)."""
    if len(data) < 5:
        return None
    per_column = 3 if data[2] in (32, 33) else 1
    return _Shape(b"\x1b*", 2, 5 + per_column * _word(data, 3))


def _raster(data: bytearray) -> _Shape | None:
    """GS v 0 m xL xH yL yH …: y lines of x bytes."""
    if len(data) < 8:
        return None
    return _Shape(b"\x1dv0", 3, 8 + _word(data, 4) * _word(data, 6))


def _variable_raster(data: bytearray) -> _Shape | None:
    """GS Q 0 m xL xH yL yH …: x columns of y bytes."""
    return None if len(data) < 8 else _Shape(b"\x1dQ0", 3, 8 + _word(data, 4) * _word(data, 6))


def _downloaded_image(data: bytearray) -> _Shape | None:
    """GS * x y …: 8·x columns of y bytes."""
    return None if len(data) < 4 else _Shape(b"\x1d*", 2, 4 + 8 * data[2] * data[3])


def _counter(data: bytearray) -> _Shape | None:
    """GS C 0 n m, GS C 1 with six bytes, GS C 2 nL nH."""
    return None if len(data) < 3 else _Shape(b"\x1dC", 2, 3 + (6 if data[2] == 1 else 2))


def _cut(data: bytearray) -> _Shape | None:
    """GS V m, and one byte more where m also names a feed."""
    if len(data) < 3:
        return None
    return _Shape(b"\x1dV", 2, 3 if data[2] in (0, 1, 48, 49) else 4)


def _own_characters(data: bytearray) -> _Shape | None:
    """ESC & y c1 c2, then for each character its width x and x·y bytes."""
    at = 5
    if len(data) < at:
        return None
    for _ in range(max(0, data[4] - data[3] + 1)):
        if len(data) <= at:
            return None
        at += 1 + data[2] * data[at]
    return _Shape(b"\x1b&", 2, at)


def _stored_images(data: bytearray) -> _Shape | None:
    """FS q n, then n times xL xH yL yH and 8·x·y bytes."""
    at = 3
    if len(data) < at:
        return None
    for _ in range(data[2]):
        if len(data) < at + 4:
            return None
        at += 4 + 8 * _word(data, at) * _word(data, at + 2)
        if at > LONGEST_COMMAND:
            break
    return _Shape(b"\x1cq", 2, at)


_MEASURED: Final[Mapping[bytes, _Measure]] = {
    b"\x1b(": _with_length,
    b"\x1b&": _own_characters,
    b"\x1b*": _columns,
    b"\x1bD": _tabs,
    b"\x1c(": _with_length,
    b"\x1cq": _stored_images,
    b"\x1d(": _with_length,
    b"\x1d*": _downloaded_image,
    b"\x1d8": _with_long_length,
    b"\x1dC": _counter,
    b"\x1dQ": _variable_raster,
    b"\x1dV": _cut,
    b"\x1dk": _barcode,
    b"\x1dv": _raster,
}


def _text_length(data: bytearray) -> int:
    return next((i for i, byte in enumerate(data) if byte < 0x20), len(data))


def _shape(data: bytearray) -> _Shape | None:
    """Measure the command at the head of the buffer; None while its header is incomplete."""
    lead = data[0]
    if lead >= 0x20:
        return _Shape(b"", 0, _text_length(data))
    if lead == DLE:
        return _real_time(data)
    if lead not in (ESC, FS, GS):
        return _Shape(bytes((lead,)), 1, 1)
    if len(data) < 2:
        return None
    name = bytes(data[:2])
    measure = _MEASURED.get(name)
    if measure is not None:
        return measure(data)
    return _Shape(name, 2, 2 + _FIXED.get(name, 0))


class Framer:
    """Collects bytes as they arrive and hands out the commands that are whole."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def reads_real_time(self, byte: int) -> bool:
        """Return whether this next byte would belong to a real-time command."""
        return (self._buffer[0] if self._buffer else byte) == DLE

    def feed(self, data: bytes) -> list[Command]:
        """Take the next bytes of the stream, in pieces of any size.

        Returns:
            The commands that these bytes complete, in order. Text comes out as far as it goes.
        """
        self._buffer += data
        commands: list[Command] = []
        while self._buffer:
            shape = _shape(self._buffer)
            if shape is None:
                break
            if shape.end > LONGEST_COMMAND:
                shape = _Shape(b"\x00", shape.start, shape.start)
            if shape.end > len(self._buffer):
                break
            commands.append(Command(shape.name, bytes(self._buffer[shape.start : shape.end])))
            del self._buffer[: shape.end]
        return commands

    def reset(self) -> None:
        """Forget a half-received command."""
        self._buffer.clear()
