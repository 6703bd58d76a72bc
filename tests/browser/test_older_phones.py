"""The pages on phones of the last seven years, which lack what browsers got since."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from appliance.server.sections import SECTIONS
from tests.browser import pictures
from tests.browser.conftest import APPLIANCE, OpenShop
from tests.browser.shop import PHONE
from tests.support import older_phone
from tests.support.older_phone import NEW_PROPERTIES, NEW_SELECTORS, NEW_VALUES, Rule
from tests.support.visits import Visits

BUNDLES = APPLIANCE / "web_common" / "bundles"
PAGES = ["ticket", "login", "therapist", "cashier", "manager", "enroll"]
"""What staff and customers open on phones and tablets of their own; the rest is ours."""

HARMLESS = re.compile(r"accent-color|text-wrap|container-.*|line-clamp")
"""Without these a page looks plainer, and that is all."""

YOUNG = re.compile(
    r"AbortSignal\.timeout|structuredClone|\.at\(|Object\.hasOwn|\.replaceAll\(|\.matchAll\(|"
    r"randomUUID|\.(?:toSorted|toReversed|findLast|replaceChildren|requestSubmit|allSettled)\(|"
    r"new ResizeObserver|BroadcastChannel|\(\?<[=!]|Intl\.(?:ListFormat|DisplayNames)"
)
PARSE = """
import { parse } from "espree";
import { readFileSync } from "node:fs";
for (const file of process.argv.slice(1))
  parse(readFileSync(file, "utf8"), { ecmaVersion: 2019, sourceType: "module" });
"""


def scripts() -> list[Path]:
    return [BUNDLES / f"{page}.js" for page in PAGES]


def test_scripts_are_written_in_the_language_of_2019() -> None:
    node = shutil.which("node") or str(next(Path("var/node/bin").glob("node")))
    done = subprocess.run(
        [node, "--input-type=module", "--eval", PARSE, *map(str, scripts())],
        cwd=APPLIANCE.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("script", scripts(), ids=lambda path: path.stem)
def test_scripts_ask_for_nothing_that_came_later(script: Path) -> None:
    assert YOUNG.findall(script.read_text()) == []


def known(selector: str, sheet: list[Rule]) -> str:
    """The selector without what an older phone can do without."""
    older = selector.replace(":is(", ":-webkit-any(")
    if older in {rule.selector for rule in sheet}:
        selector = older
    # A ring around what has the focus: without this rule they draw their own.
    return selector.replace(":focus-visible", "")


@pytest.mark.parametrize("page", [*PAGES, "demo"])
def test_styles_have_something_for_phones_of_2019(page: str) -> None:
    sheet = list(older_phone.rules((BUNDLES / f"{page}.css").read_text()))
    assert len(sheet) > 50
    young = [
        f"{rule.selector} {{{name}: {value}}}"
        for rule in sheet
        if not any(each.startswith("@container") for each in rule.around)
        for place, (name, value) in enumerate(rule.declarations)
        if (NEW_PROPERTIES.fullmatch(name) and not HARMLESS.fullmatch(name))
        # What stands before it, for the same property, is what they take.
        or (NEW_VALUES.search(value) and name not in dict(rule.declarations[:place]))
    ]
    young += [rule.selector for rule in sheet if NEW_SELECTORS.search(known(rule.selector, sheet))]
    young += [
        each for rule in sheet for each in rule.around if re.search(r"@media.*([<>]|not \()", each)
    ]
    assert young == []


def bright(page: Page) -> bool:
    """Whether the page has its own colours rather than none."""
    colours = page.evaluate(
        """() => [getComputedStyle(document.body).backgroundColor,
                  getComputedStyle(document.querySelector(".button-primary")).backgroundColor]"""
    )
    return colours == ["rgb(248, 243, 235)", "rgb(44, 99, 83)"]


def test_a_visit_on_older_phones(open_shop: OpenShop) -> None:
    shop = open_shop()
    shop.complaints.expect(r"^(ana|eva|login): .*\b401\b")
    visits = Visits(shop.store, shop.spa)
    login = shop.screen("login", "/therapist/dashboard", PHONE, prepare=older_phone.make_older)
    expect(login.get_by_role("heading", name="Therapist log-in")).to_be_visible()
    assert bright(login)
    pictures.keep(login, "older", "login")

    phone = shop.therapist(prepare=older_phone.make_older)
    assert phone.evaluate("typeof AbortSignal.timeout") == "undefined"
    row = visits.row(visits.waiting())
    guest = shop.screen("guest", f"/t/{row.ticket_token}", PHONE, prepare=older_phone.make_older)
    expect(guest.get_by_role("heading", name="You are next")).to_be_visible()
    pictures.keep(guest, "older", "ticket")
    visits.waiting()
    button = phone.get_by_role("button", disabled=False)
    expect(button.filter(has_text="Call next customer")).to_be_visible()
    assert bright(phone)
    pictures.keep(phone, "older", "therapist")
    button.filter(has_text="Call next customer").tap()
    button.filter(has_text="Start service").tap()
    button.filter(has_text="Add a service").tap()
    picker = phone.get_by_role("dialog", name="Add a service")
    expect(picker).to_be_visible()
    pictures.keep(phone, "older", "dialog")
    phone.keyboard.press("Escape")
    expect(picker).to_have_count(0)
    button.filter(has_text="Finish service").tap()
    expect(phone.get_by_role("dialog")).to_be_visible()
    pictures.keep(phone, "older", "question")
    phone.get_by_role("button", name="Yes, finish service").tap()
    expect(phone.get_by_text("Clean room 1")).to_be_visible()

    desk = shop.cashier(prepare=older_phone.make_older)
    expect(desk.get_by_role("textbox", name="Customer's number")).to_be_focused()
    desk.keyboard.type(str(row.code))
    pictures.keep(desk, "older", "cashier")
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("textbox", name="Cash received")).to_be_focused()
    pictures.keep(desk, "older", "bill")
    desk.keyboard.type("500")
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("heading", name="Change", exact=True)).to_be_visible()
    pictures.keep(desk, "older", "change")


def test_the_browser_leaves_the_words_alone(open_shop: OpenShop) -> None:
    shop = open_shop()
    shop.complaints.expect(r"\b401\b")
    pages = ["/kiosk", "/board", "/enroll", "/t/unknown", "/simulator"]
    pages += [section.path for section in SECTIONS]
    browser = shop.screen("anybody", "about:blank", PHONE).request
    for path in pages:
        page = browser.get(path, headers={"Accept": "text/html"}).text()
        assert re.search(r"<html [^>]*translate=\"no\"", page), path
        assert '<meta name="google" content="notranslate">' in page, path
