"""Two readers of ESC/POS that know nothing of each other see the same paper.

One is the simulator's, which people look at; the other is the tests' own strict parser.
"""

from __future__ import annotations

import base64
import io
from typing import Any

import pytest
from PIL import Image

from appliance.peripherals.printing.documents import parse_job
from appliance.peripherals.printing.render import render
from appliance.peripherals.simulator.printer import SimulatedPrinter
from tests.support.documents import receipt_job, report_job, ticket_job
from tests.support.escpos_parser import Line, Picture, Qr, parse

JOBS: dict[str, dict[str, Any]] = {
    "ticket": ticket_job(),
    "copy": ticket_job(copy=True),
    "receipt": receipt_job(),
    "report": report_job(),
    "names that no printer spells": receipt_job(shop_name="₱ 日本 مركز", cashier="アナ"),
}


def seen_by_the_simulator(data: bytes) -> list[object]:
    printer = SimulatedPrinter("lobby", ["ticket"], lambda: None)
    printer.write(data)
    paper: Any
    (paper,) = printer.papers()
    assert paper["complete"]
    seen: list[object] = []
    for element in paper["elements"]:
        match element["type"]:
            case "text":
                first = element["spans"][0]
                text = "".join(span["text"] for span in element["spans"])
                style = (first["width"], first["height"], first["bold"], first["invert"])
                seen.append((text.rstrip(), style, element["align"]))
            case "image":
                picture = Image.open(io.BytesIO(base64.b64decode(element["png"]))).convert("1")
                black = picture.histogram()[0]
                seen.append(("picture", element["width"], element["height"], black))
            case "qr":
                seen.append(("qr",))
    return seen


def seen_by_the_parser(data: bytes) -> list[object]:
    seen: list[object] = []
    for piece in parse(data).pieces:
        match piece:
            case Line() if piece.text:
                style = (piece.width, piece.height, piece.bold, piece.inverse)
                seen.append((piece.text.rstrip(), style, piece.align))
            case Picture():
                seen.append(("picture", piece.width, piece.height, piece.black))
            case Qr():
                seen.append(("qr",))
    return seen


@pytest.mark.parametrize("name", JOBS)
def test_both_see_the_same_paper(name: str) -> None:
    data = render(parse_job(JOBS[name]), "TM-T20II")
    assert seen_by_the_simulator(data) == seen_by_the_parser(data)
