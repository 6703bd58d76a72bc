"""Paper as the tests' own reader of ESC/POS understands it, drawn dot by dot.

Cells of 12 × 24 dots for each character (font A of Epson's TM printers), 576 dots to a line.
"""

from __future__ import annotations

from dataclasses import dataclass

import segno
from PIL import Image, ImageDraw, ImageFont

from tests.support.escpos_parser import Line, Paper, Picture, Qr

DOTS = 576
MARGIN = 32
CELL_WIDTH, CELL_HEIGHT = 12, 24
_FONT_SIZE = 20
_FONTS = {False: "DejaVuSansMono.ttf", True: "DejaVuSansMono-Bold.ttf"}
_WHITE, _BLACK = 255, 0


@dataclass(frozen=True)
class Drawn:
    """One thing on the paper.

    Attributes:
        piece: What it is.
        picture: 640 dots wide: the line with both margins; black is 0.
    """

    piece: Line | Picture | Qr
    picture: Image.Image


def draw(paper: Paper) -> list[Drawn]:
    """Draw all that leaves ink, from the top."""
    drawn = []
    for piece in paper.pieces:
        match piece:
            case Line() if piece.text.strip():
                drawn.append(Drawn(piece, _on_paper(_text(piece), piece.align)))
            case Picture():
                drawn.append(Drawn(piece, _on_paper(_raster(piece), piece.align)))
            case Qr():
                drawn.append(Drawn(piece, _on_paper(_qr(piece), piece.align)))
    return drawn


def stacked(pictures: list[Image.Image]) -> Image.Image:
    """One below the other, as they come out of a printer."""
    sheet = Image.new("L", (DOTS + 2 * MARGIN, sum(picture.height for picture in pictures)), _WHITE)
    top = 0
    for picture in pictures:
        sheet.paste(picture, (0, top))
        top += picture.height
    return sheet


def _on_paper(ink: Image.Image, align: str) -> Image.Image:
    assert ink.width <= DOTS, "wider than the paper"
    room = DOTS - ink.width
    left = {"left": 0, "center": room // 2, "right": room}[align]
    line = Image.new("L", (DOTS + 2 * MARGIN, ink.height), _WHITE)
    line.paste(ink, (MARGIN + left, 0))
    return line


def _text(line: Line) -> Image.Image:
    paper, ink = (_BLACK, _WHITE) if line.inverse else (_WHITE, _BLACK)
    font = ImageFont.truetype(_FONTS[line.bold], _FONT_SIZE)
    text = Image.new("L", (CELL_WIDTH * len(line.text), CELL_HEIGHT), paper)
    pen = ImageDraw.Draw(text)
    for column, character in enumerate(line.text):
        pen.text((column * CELL_WIDTH, 0), character, fill=ink, font=font)
    size = (text.width * line.width, text.height * line.height)
    return text.resize(size, Image.Resampling.NEAREST)


def _raster(picture: Picture) -> Image.Image:
    assert len(picture.rows) == picture.height, "only rasters are drawn"
    black = Image.frombytes("1", (picture.width, picture.height), b"".join(picture.rows))
    return black.convert("L").point(lambda value: _BLACK if value else _WHITE)


def _qr(code: Qr) -> Image.Image:
    rows = list(segno.make_qr(code.content, error="m", boost_error=False).matrix)
    symbol = Image.new("L", (len(rows), len(rows)), _WHITE)
    symbol.putdata([_BLACK if dark else _WHITE for row in rows for dark in row])
    return symbol.resize((len(rows) * code.size,) * 2, Image.Resampling.NEAREST)
