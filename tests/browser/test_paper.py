"""The simulator's page shows the paper that a printer would make of the same bytes.

Beside each other: what stands on the page, photographed, and what another reader of ESC/POS that
knows nothing of the simulator draws dot by dot.
"""

from __future__ import annotations

import io
import math
from dataclasses import dataclass, replace

from PIL import Image, ImageChops
from playwright.sync_api import FloatRect, Locator, expect

from appliance.peripherals.printing.documents import parse_job
from appliance.peripherals.printing.render import render
from appliance.server.store.models import PrintJob
from appliance.server.wire.answers import body
from appliance.server.wire.serialize import leased_job
from tests.browser import pictures
from tests.browser.conftest import OpenShop
from tests.browser.shop import papers
from tests.support.escpos_parser import Line, Qr, parse
from tests.support.paper_drawing import DOTS, MARGIN, draw, stacked
from tests.support.spa import shop as settings
from tests.support.visits import Visits

PAPER_DOTS = DOTS + 2 * MARGIN
DARK, WHITE = 128, 255
EDGE = 4
RESAMPLED = 0.02
"""Part of a picture's ink that a photograph may show a dot beside; moved by one it is a fifth."""
BEARING = 8
"""Dots by which two fonts may differ at an edge of a character of normal width."""

NAME = "Lotus ₱ 日本 مركز"
WHERE_THINGS_ARE = """(sheet) => {
  // A browser draws pictures on whole pixels: a sheet that begins between two would be photographed
  // half a dot beside, and where it begins depends on what else the page has to say.
  const { left, top } = sheet.getBoundingClientRect();
  Object.assign(sheet.style, {
    position: "relative",
    left: `${Math.floor(left) - left}px`,
    top: `${Math.floor(top) - top}px`,
  });
  return [sheet, ...sheet.querySelectorAll(".band, paper-image canvas")]
    .map((thing) => thing.getBoundingClientRect())
    .map((box) => [box.left, box.top, box.right, box.bottom]);
}"""


@dataclass(frozen=True)
class Ink:
    """Where it begins and ends, in dots from the paper's left edge."""

    left: int
    right: int


def photographed(sheet: Locator) -> list[Image.Image]:
    """What is on the page, thing by thing, one pixel for each dot; black is 0."""
    sheet.scroll_into_view_if_needed()
    around, *bands = sheet.evaluate(WHERE_THINGS_ARE)
    left, top = math.floor(around[0]), math.floor(around[1])
    clip: FloatRect = {
        "x": left,
        "y": top,
        "width": math.ceil(around[2]) - left,
        "height": math.ceil(around[3]) - top,
    }
    photo = Image.open(io.BytesIO(sheet.page.screenshot(clip=clip))).convert("L")
    pixels = photo.width / clip["width"]
    dots = PAPER_DOTS / (around[2] - around[0])
    found = []
    for _, above, _, below in bands:
        ends = [around[0] - left, above - top, around[2] - left, below - top]
        size = (PAPER_DOTS, round((below - above) * dots))
        picture = photo.resize(size, Image.Resampling.BOX, tuple(end * pixels for end in ends))
        # What is beyond the paper's edges is the page.
        picture.paste(WHITE, (0, 0, EDGE, picture.height))
        picture.paste(WHITE, (PAPER_DOTS - EDGE, 0, PAPER_DOTS, picture.height))
        if ink(picture):
            found.append(picture)
    return found


def black(picture: Image.Image) -> Image.Image:
    """Only ink: white and black, the black 255."""
    return picture.point(lambda value: 255 if value < DARK else 0)


def ink(picture: Image.Image) -> Ink | None:
    """Where a picture's ink is; None for white paper."""
    box = black(picture).getbbox()
    return Ink(box[0], box[2]) if box else None


def differing(one: Image.Image, other: Image.Image) -> float:
    """Which part of the ink of both is not the same."""
    first, second = black(one), black(other.resize(one.size))
    both = ImageChops.lighter(first, second).histogram()[255]
    return ImageChops.difference(first, second).histogram()[255] / both


def test_the_page_shows_what_a_printer_would_print(open_shop: OpenShop) -> None:
    shop = open_shop()
    visits = Visits(shop.store, shop.spa, replace(settings(), name=NAME))
    page = shop.screen(
        "simulator",
        "/simulator",
        {"width": 1280, "height": 2400},
        # About two pixels for each dot, and a whole number for each of the page's.
        device_scale_factor=4,
    )
    visits.paid()
    for printer, kind in (("lobby", "ticket"), ("desk", "receipt")):
        sheet = papers(page, printer).first
        expect(sheet).to_contain_text("Swedish Massage")
        expect(page.get_by_text("not cut yet")).to_have_count(0)
        (job,) = (job for job in visits.jobs() if job.kind.value == kind)
        shows_what_is_printed(sheet, job, cash_drawer=printer == "desk")


def test_paper_is_the_same_on_a_page_from_right_to_left(open_shop: OpenShop) -> None:
    shop = open_shop(APPLIANCE_LANGUAGE="ar")
    visits = Visits(shop.store, shop.spa, replace(settings(), name=NAME))
    page = shop.screen(
        "simulator", "/simulator", {"width": 1280, "height": 2400}, device_scale_factor=4
    )
    expect(page.get_by_role("heading", name="المحاكي", exact=True)).to_be_visible()
    visits.waiting()
    sheet = page.locator('[data-printer="lobby"] .sheet').first
    expect(sheet).to_contain_text("Swedish Massage")
    expect(page.locator(".unfinished")).to_have_count(0)
    (job,) = visits.jobs()
    shows_what_is_printed(sheet, job, cash_drawer=False)
    # The thumb of a switch that is on stays within it.
    switch = page.get_by_role("switch", name="نفد الورق", exact=True).first
    switch.click()
    expect(switch).to_be_checked()
    track, thumb = (switch.locator(each).bounding_box() for each in (".track", ".thumb"))
    assert track
    assert thumb
    assert track["x"] <= thumb["x"]
    assert thumb["x"] + thumb["width"] <= track["x"] + track["width"]


def shows_what_is_printed(sheet: Locator, job: PrintJob, *, cash_drawer: bool) -> None:
    """The page's paper is the one that the job's bytes say."""
    drawn = draw(parse(bytes_of(job, cash_drawer=cash_drawer)))
    shown = photographed(sheet)
    keep(job.kind.value, shown, [each.picture for each in drawn])
    assert len(shown) == len(drawn)
    for photo, each in zip(shown, drawn, strict=True):
        match each.piece:
            case Line() as line:
                assert abs(photo.height - each.picture.height) <= 2 + 6 * line.height, line
                seen, wanted = ink(photo), ink(each.picture)
                assert seen
                assert wanted
                slack = BEARING * line.width
                assert abs(seen.left - wanted.left) <= slack, (line, seen, wanted)
                assert abs(seen.right - wanted.right) <= slack, (line, seen, wanted)
            case Qr() as code:
                # Which of its eight masks a symbol gets is its maker's choice.
                assert ink(photo) == ink(each.picture), code
            case picture:
                assert differing(photo, each.picture) < RESAMPLED, picture


def bytes_of(job: PrintJob, *, cash_drawer: bool) -> bytes:
    """What the daemon sends to its printer for this job."""
    return render(parse_job(body(leased_job(job))), "TM-T20II", cash_drawer=cash_drawer)


def keep(kind: str, shown: list[Image.Image], drawn: list[Image.Image]) -> None:
    """Both beside each other, for people to look at."""
    sheets = [stacked(shown), stacked(drawn)]
    both = Image.new("L", (2 * PAPER_DOTS, max(sheet.height for sheet in sheets)), DARK)
    for number, sheet in enumerate(sheets):
        both.paste(sheet, (number * PAPER_DOTS, 0))
    pictures.keep_image(both, "paper", kind, "page_and_reader")
