"""What the library that the daemon prints with sends is understood."""

from __future__ import annotations

import base64
import io
from typing import Any

import pytest
from escpos.printer import Dummy
from PIL import Image, ImageDraw

from appliance.peripherals.simulator import paper


@pytest.fixture(params=["TM-T20II", "default"])
def library(request: pytest.FixtureRequest) -> Dummy:
    return Dummy(profile=request.param)


def elements(library: Dummy, kind: str | None = None) -> list[Any]:
    pieces: list[Any] = paper.interpret(library.output)
    return [
        element
        for piece in pieces
        for element in piece["elements"]
        if kind is None or element["type"] == kind
    ]


def test_text_in_several_scripts(library: Dummy) -> None:
    library.text("Café Niño 5 € Привет Ελλάδα Łódź\n")
    [line] = elements(library, "text")
    assert "".join(span["text"] for span in line["spans"]) == "Café Niño 5 € Привет Ελλάδα Łódź"


def test_styles(library: Dummy) -> None:
    library.set(align="center", bold=True, underline=1, custom_size=True, width=4, height=3)
    library.text("0042\n")
    library.set(align="right", normal_textsize=True, bold=False, underline=0, invert=True)
    library.text("COPY\n")
    code, copy = elements(library, "text")
    [span] = code["spans"]
    assert (code["align"], span["width"], span["height"], span["bold"], span["underline"]) == (
        "center",
        4,
        3,
        True,
        True,
    )
    [span] = copy["spans"]
    assert (copy["align"], span["width"], span["bold"], span["invert"]) == ("right", 1, False, True)


@pytest.mark.parametrize("impl", ["bitImageRaster", "graphics", "bitImageColumn"])
def test_pictures_come_out_dot_for_dot(library: Dummy, impl: str) -> None:
    drawn = Image.new("1", (40, 48), 1)
    ImageDraw.Draw(drawn).ellipse((3, 5, 30, 44), fill=0)
    library.image(drawn, impl=impl)
    [element] = elements(library, "image")
    result = Image.open(io.BytesIO(base64.b64decode(element["png"])))
    assert result.convert("1").tobytes() == drawn.tobytes()


def test_qr_code(library: Dummy) -> None:
    library.qr("https://spa.example/t/1", native=True, size=5, ec=1)
    [element] = elements(library, "qr")
    assert (element["data"], element["size"]) == ("https://spa.example/t/1", 5)


def test_bar_code(library: Dummy) -> None:
    library.barcode("{B0042", "CODE128", function_type="B")
    [element] = elements(library, "barcode")
    assert element["data"] == "{B0042"


@pytest.mark.parametrize("mode", ["FULL", "PART"])
def test_cut_and_drawer(library: Dummy, mode: str) -> None:
    library.text("Paid\n")
    library.cashdraw(5)
    library.cut(mode=mode)
    [piece] = paper.interpret(library.output)
    assert piece["complete"]
    assert elements(library)[1] == {"type": "drawer", "pin": 5}


def test_everything_around_a_job_is_skipped(library: Dummy) -> None:
    library.hw("INIT")
    library.hw("SELECT")
    library.panel_buttons(enable=False)
    library.line_spacing(40, divisor=180)
    library.buzzer(1, 1)
    library.control("HT")
    library.text("x\n")
    [line] = elements(library)
    assert line["spans"][0]["text"].strip() == "x"
