"""Numbers, amounts and scans at the cashier's desk, through whatever keyboard they come."""

from __future__ import annotations

import re
import string
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from tests.browser import pictures
from tests.browser.conftest import OpenShop
from tests.browser.looks import looks_right
from tests.support.visits import Visits

SHIFT = 8
AHEAD_SECONDS = 30
"""A clock is stopped ahead of the time that it shows."""
PLACES = {
    **{letter: f"Key{letter.upper()}" for letter in string.ascii_lowercase},
    **{digit: f"Digit{digit}" for digit in string.digits},
    "-": "Minus",
    "/": "Slash",
    ".": "Period",
    ";": "Semicolon",
    "=": "Equal",
    ",": "Comma",
}
SHIFTED = {":": ";", "_": "-", "?": "/", "+": "=", **{c.upper(): c for c in string.ascii_lowercase}}


@dataclass(frozen=True)
class Layout:
    """What a computer makes of the keys of an American keyboard.

    Attributes:
        name: Of the layout.
        keys: What the American character on a key becomes; the rest stays.
        types: Whether a key puts its character into an entry, as it does without an input method.
    """

    name: str
    keys: dict[str, str] = field(default_factory=dict)
    types: bool = True


ARABIC_LETTERS = "شلؤيثبلاهتنمةىخحضقسفعرصءغئ"
LAYOUTS = [
    Layout("american"),
    Layout("caps lock", {c: c.swapcase() for c in string.ascii_letters}),
    Layout(
        "arabic",
        {
            **dict(zip(string.ascii_lowercase, ARABIC_LETTERS, strict=True)),
            **dict(zip(string.ascii_uppercase, ARABIC_LETTERS, strict=True)),
            "/": "ظ",
            ".": "ز",
        },
    ),
    Layout("spanish", {":": "Ñ", "/": "-", "-": "'", "_": "?", "?": "_", "=": "¡"}),
    Layout("japanese", {":": "+", "_": "=", "=": "^", "?": "?"}),
    Layout(
        "an input method",
        dict.fromkeys(string.ascii_letters + string.digits + ":/.-_?=", "Process"),
        types=False,
    ),
]


def scan(page: Page, text: str, layout: Layout) -> None:
    """What a keyboard-wedge scanner does, through the debugger: it alone can choose a layout."""
    line = page.context.new_cdp_session(page)
    # A scanner never pauses, but a busy machine does: no time passes for the page meanwhile.
    soon = page.evaluate("Date.now()") / 1000 + AHEAD_SECONDS
    page.clock.pause_at(datetime.fromtimestamp(soon, UTC))
    for character in text:
        plain = SHIFTED.get(character, character)
        key = layout.keys.get(character, character)
        event = {
            "key": key,
            "code": PLACES[plain],
            "modifiers": SHIFT if character in SHIFTED else 0,
            **({"text": key} if layout.types else {}),
        }
        line.send("Input.dispatchKeyEvent", {"type": "keyDown", **event})
        line.send("Input.dispatchKeyEvent", {"type": "keyUp", **event})
    page.keyboard.press("Enter")
    page.clock.resume()


@pytest.fixture
def at_the_desk(open_shop: OpenShop) -> tuple[Page, Visits]:
    """A cashier's page, and customers to come."""
    shop = open_shop()
    desk = shop.cashier(own_clock=True)
    expect(desk.get_by_role("textbox", name="Customer's number")).to_be_focused()
    return desk, Visits(shop.store, shop.spa)


def test_a_ticket_is_scanned_through_any_keyboard(at_the_desk: tuple[Page, Visits]) -> None:
    desk, visits = at_the_desk
    code = desk.get_by_role("textbox", name="Customer's number")
    for layout in LAYOUTS:
        # Whose number the digits of somebody else's token might spell.
        visits.finished()
        row = visits.row(visits.finished())
        scan(desk, f"http://lobby.local/t/{row.ticket_token}", layout)
        bill = desk.get_by_role("region", name=str(row.code))
        expect(bill, layout.name).to_be_visible()
        desk.keyboard.press("Escape")
        expect(bill).to_have_count(0)
        expect(code).to_have_value("")


def test_a_scan_that_is_no_ticket_says_so(at_the_desk: tuple[Page, Visits]) -> None:
    desk, visits = at_the_desk
    number = str(visits.row(visits.finished()).code)
    ready = desk.get_by_role("button", name=number)
    expect(ready).to_be_visible()
    problem = desk.get_by_role("alert").filter(has_text="The scan could not be read")
    for layout in LAYOUTS:
        scan(desk, f"https://example.org/coupon/{number}", layout)
        expect(problem, layout.name).to_be_visible()
        expect(desk.get_by_role("textbox", name="Customer's number")).to_have_value("")
        expect(ready).to_be_visible()
        pictures.keep(desk, "cashier", "unreadable scan", layout.name)
        desk.keyboard.press("1")
        expect(problem).to_have_count(0)
        desk.keyboard.press("Escape")


def test_numbers_and_amounts_are_typed_in_any_script(at_the_desk: tuple[Page, Visits]) -> None:
    desk, visits = at_the_desk
    for typed in ("12345", "4a2", "0"):
        desk.keyboard.type(typed)
        desk.keyboard.press("Enter")
        refusal = desk.get_by_role("alert").filter(has_text="A number has four digits")
        expect(refusal).to_be_visible()
        desk.keyboard.press("Escape")
        expect(refusal).to_have_count(0)
    cases = [
        ("０００１", "1,000", "$920.00"),
        ("٠٠٠٢", "1.000,00", "$920.00"),
        ("۳", "٩٥٫٥", "$15.50"),
        (" 4 ", "９５，５", "$15.50"),
    ]
    for number, amount, change in cases:
        code = str(visits.row(visits.finished()).code)
        desk.keyboard.insert_text(number)
        desk.keyboard.press("Enter")
        expect(desk.get_by_role("region", name=code)).to_be_visible()
        cash = desk.get_by_role("textbox", name="Cash received")
        expect(cash).to_be_focused()
        cash.press_sequentially(amount, delay=40)
        expect(cash).to_have_value(amount)
        desk.keyboard.press("Enter")
        expect(desk.get_by_text(change, exact=True).first).to_be_visible()
        desk.keyboard.press("Enter")
        expect(desk.get_by_role("textbox", name="Customer's number")).to_be_focused()

    desk.get_by_text("Recent payments").click()
    pictures.keep(desk, "cashier", "recent payments")
    desk.get_by_role("button", name=re.compile("^0002")).click()
    paid = desk.get_by_role("heading", name=re.compile("^Paid at"))
    expect(paid).to_be_visible()
    looks_right(desk, "cashier", "paid before")
    visits.papers_are_out()
    desk.get_by_role("button", name="Print again").click()
    expect(desk.get_by_text("The receipt was sent again, marked COPY.")).to_be_visible()
    desk.get_by_role("button", name="Done").click()
    expect(desk.get_by_role("textbox", name="Customer's number")).to_be_focused()


_NO_FRAME_FOR_A_WHILE = """() => {
  const { requestAnimationFrame } = window;
  const held = [];
  window.requestAnimationFrame = (draw) => held.push(draw);
  const listen = HTMLElement.prototype.addEventListener;
  const heard = [];
  HTMLDialogElement.prototype.addEventListener = function (name, hears, ...more) {
    listen.call(this, name, (event) => heard.push(() => hears(event)), ...more);
  };
  window.drawAgain = () => {
    Object.assign(window, { requestAnimationFrame });
    held.forEach((draw) => requestAnimationFrame(draw));
    heard.forEach((hear) => hear());
  };
}"""
"""A busy machine draws late, and a browser tells of a dialog's end with a frame, too."""


def test_what_is_typed_at_one_go_finds_its_place_before_anything_is_drawn(
    at_the_desk: tuple[Page, Visits],
) -> None:
    desk, visits = at_the_desk
    visits.finished()
    expect(desk.get_by_role("button", name="Next customer")).to_have_attribute(
        "aria-disabled", "false"
    )
    desk.keyboard.press("F2")
    expect(desk.get_by_role("textbox", name="Cash received")).to_be_focused()
    desk.evaluate(_NO_FRAME_FOR_A_WHILE)
    desk.keyboard.press("F3")
    desk.keyboard.type("15")
    desk.keyboard.press("Enter")
    desk.keyboard.type("100")
    desk.keyboard.press("Enter")
    desk.evaluate("drawAgain()")
    paid = desk.get_by_role("region", name="Change")
    expect(paid).to_contain_text("$5.00")
    expect(paid).to_contain_text("Tip $15.00")
