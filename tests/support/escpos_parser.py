"""A small ESC/POS reader, written from Epson's command reference and independent of the renderer.

It is strict: a command it does not know is an error, so that garbage on paper fails a test.
"""

from __future__ import annotations

from dataclasses import dataclass, field

# Character code tables of Epson TM printers, by the n of `ESC t n`, as Python codecs.
CODE_TABLES = {
    0: "cp437",
    2: "cp850",
    3: "cp860",
    4: "cp863",
    5: "cp865",
    13: "cp857",
    14: "cp737",
    15: "iso8859-7",
    16: "cp1252",
    17: "cp866",
    18: "cp852",
    19: "cp858",
    39: "iso8859-2",
    40: "iso8859-15",
    45: "cp1250",
    46: "cp1251",
}


@dataclass(frozen=True)
class Line:
    text: str
    width: int = 1
    height: int = 1
    bold: bool = False
    inverse: bool = False
    align: str = "left"


@dataclass(frozen=True)
class Picture:
    width: int
    height: int
    rows: tuple[bytes, ...]
    align: str = "left"

    @property
    def black(self) -> int:
        return sum(byte.bit_count() for row in self.rows for byte in row)


@dataclass(frozen=True)
class Qr:
    content: str
    size: int
    align: str = "left"


@dataclass(frozen=True)
class Drawer:
    pin: int


@dataclass(frozen=True)
class Cut:
    pass


Piece = Line | Picture | Qr | Drawer | Cut


@dataclass
class Paper:
    pieces: list[Piece] = field(default_factory=list)

    @property
    def lines(self) -> list[Line]:
        return [piece for piece in self.pieces if isinstance(piece, Line)]

    @property
    def text(self) -> str:
        return "\n".join(line.text for line in self.lines)

    @property
    def pictures(self) -> list[Picture]:
        return [piece for piece in self.pieces if isinstance(piece, Picture)]

    def only(self, kind: type[Piece]) -> Piece:
        found = [piece for piece in self.pieces if isinstance(piece, kind)]
        assert len(found) == 1, found
        return found[0]


def parse(data: bytes) -> Paper:
    return _Reader(data).read()


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0
        self._paper = Paper()
        self._line = ""
        self._style = {"width": 1, "height": 1, "bold": False, "inverse": False, "align": "left"}
        self._line_style = dict(self._style)
        self._table: int | None = None
        self._qr_size, self._qr_content = 3, ""

    def read(self) -> Paper:
        assert self._data.startswith(b"\x1b@"), "a job starts by resetting the printer"
        while self._at < len(self._data):
            byte = self._take(1)[0]
            if byte == 0x1B:
                self._escape()
            elif byte == 0x1D:
                self._group()
            elif byte == 0x1C:
                assert self._take(1) == b".", "only the end of the Chinese mode is expected"
            elif byte == 0x0A:
                self._end_line()
            else:
                assert byte >= 0x20, f"control byte {byte:#x} at {self._at - 1}"
                self._character(byte)
        assert not self._line, f"text after the last line end: {self._line!r}"
        return self._paper

    @property
    def _align(self) -> str:
        return str(self._style["align"])

    def _take(self, count: int) -> bytes:
        data = self._data[self._at : self._at + count]
        assert len(data) == count, "a command is cut short"
        self._at += count
        return data

    def _word(self) -> int:
        return int.from_bytes(self._take(2), "little")

    def _character(self, byte: int) -> None:
        if not self._line:
            self._line_style = dict(self._style)
        table = CODE_TABLES[self._table] if self._table is not None else "ascii"
        self._line += bytes((byte,)).decode(table)

    def _end_line(self) -> None:
        style = self._line_style if self._line else self._style
        self._paper.pieces.append(Line(self._line, **style))  # type: ignore[arg-type]
        self._line = ""

    def _escape(self) -> None:
        command = self._take(1)
        if command == b"@":
            self._table = 0
        elif command == b"t":
            self._table = self._take(1)[0]
        elif command == b"a":
            assert not self._line, "alignment counts only at the start of a line"
            self._style["align"] = ("left", "center", "right")[self._take(1)[0]]
        elif command == b"E":
            self._style["bold"] = bool(self._take(1)[0] & 1)
        elif command == b"d":
            self._take(1)
        elif command == b"p":
            pin, _on, _off = self._take(3)
            self._paper.pieces.append(Drawer(pin={0: 2, 1: 5}[pin & 1]))
        elif command == b"*":
            self._columns()
        elif command == b"3":
            self._take(1)
        elif command != b"2":
            raise AssertionError(f"unknown command ESC {command!r}")

    def _group(self) -> None:
        command = self._take(1)
        if command == b"!":
            size = self._take(1)[0]
            self._style["width"], self._style["height"] = (size >> 4) + 1, (size & 15) + 1
        elif command == b"B":
            self._style["inverse"] = bool(self._take(1)[0] & 1)
        elif command == b"V":
            if self._take(1)[0] in (65, 66):
                self._take(1)
            self._paper.pieces.append(Cut())
        elif command == b"v":
            self._raster()
        elif command == b"(":
            self._function()
        else:
            raise AssertionError(f"unknown command GS {command!r}")

    def _raster(self) -> None:
        assert self._take(1) == b"0"
        self._take(1)
        width_bytes, height = self._word(), self._word()
        rows = tuple(self._take(width_bytes) for _ in range(height))
        self._paper.pieces.append(Picture(width_bytes * 8, height, rows, self._align))

    def _columns(self) -> None:
        mode, columns = self._take(1)[0], self._word()
        data = self._take(columns * (3 if mode in (32, 33) else 1))
        height = 24 if mode in (32, 33) else 8
        self._paper.pieces.append(Picture(columns, height, (data,), self._align))

    def _function(self) -> None:
        kind = self._take(1)
        data = self._take(self._word())
        if kind == b"H":
            assert data[:2] == b"00", "only process ids are expected"
            assert len(data) == 6
            return
        assert kind == b"k", f"unknown command GS ( {kind!r}"
        assert data[:1] == b"1", "only QR codes are expected"
        function, rest = data[1], data[2:]
        if function == 67:
            self._qr_size = rest[0]
        elif function == 80:
            self._qr_content = rest[1:].decode("utf-8")
        elif function == 81:
            self._paper.pieces.append(Qr(self._qr_content, self._qr_size, self._align))
