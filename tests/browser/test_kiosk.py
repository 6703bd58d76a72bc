"""The kiosk for everybody: in every language, on every screen, by finger, by keyboard, by ear."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import update

from appliance.server.domain.states import SYSTEM
from appliance.server.store.models import ServiceClassification
from appliance.server.usecases import kiosk, manager
from appliance.server.usecases.manager import (
    CatalogCategory,
    CatalogClassification,
    CatalogService,
)
from appliance.translations import LANGUAGES, translations
from tests.browser import pictures
from tests.browser.axe import violations_light_and_dark
from tests.browser.conftest import OpenShop
from tests.browser.looks import KIOSK_TARGET, fits
from tests.browser.shop import KIOSK_SIZES, PORTRAIT, Shop, Taps
from tests.support.campaign import rounds
from tests.support.visits import Visits

SIZES = KIOSK_SIZES


class Words:
    """What the kiosk says in a language, for finding things as a guest does."""

    def __init__(self, code: str) -> None:
        self.code = code
        self.say = translations(code).gettext

    def button(self, page: Page, msgid: str) -> Locator:
        return page.get_by_role("button", name=re.compile("^" + re.escape(self.say(msgid))))

    def heading(self, page: Page, msgid: str) -> Locator:
        return page.get_by_role("heading", name=re.compile(re.escape(self.say(msgid))))


def journey(page: Page, words: Words) -> Iterator[str]:
    """One customer's visit, found by role and label; yields at each state."""
    expect(words.button(page, "Touch to begin")).to_be_visible()
    yield "attract"
    words.button(page, "Touch to begin").tap()
    expect(words.heading(page, "What would you like today?")).to_be_visible()
    yield "categories"
    page.get_by_role("button", name="Massage").tap()
    yield "services"
    page.get_by_role("button", name=re.compile("^Swedish Massage")).tap()
    yield "variants"
    page.get_by_role("button", name=re.compile("^60 minutes")).tap()
    selection = page.get_by_role("region", name=words.say("Your selection"))
    expect(selection.get_by_role("listitem")).to_have_count(1)
    yield "basket"
    words.button(page, "Start over").tap()
    expect(page.get_by_role("alertdialog", name=words.say("Start over?"))).to_be_visible()
    yield "start over?"
    words.button(page, "Keep my selection").tap()
    words.button(page, "Confirm and get my number").tap()
    expect(words.heading(page, "Thank you! Your number is")).to_be_visible()
    expect(page.get_by_role("img", name=words.say("QR code for your queue status"))).to_be_visible()
    yield "done"


def choose_language(page: Page, code: str) -> None:
    page.get_by_role("button", name=LANGUAGES[code].name, exact=True).tap()
    expect(page.locator("html")).to_have_attribute("lang", code)
    expect(page.locator("html")).to_have_attribute("dir", LANGUAGES[code].direction)


def test_the_journey_in_every_language_on_every_screen(open_shop: OpenShop) -> None:
    shop = open_shop()
    page = shop.kiosk(still=True)
    # Each language on one of the screens, or with CAMPAIGN=full on all three.
    for turn in range(rounds(1, len(SIZES))):
        for place, code in enumerate(LANGUAGES):
            size = SIZES[(place + turn) % len(SIZES)]
            page.set_viewport_size(size)  # type: ignore[arg-type]
            words = Words(code)
            if code != "en":
                choose_language(page, code)
            for state in journey(page, words):
                pictures.keep(page, "kiosk", state, code)
                fits(page, KIOSK_TARGET)
            words.button(page, "Done").tap()
            # The next customer starts in the shop's own language.
            expect(page.get_by_role("button", name="Touch to begin")).to_be_visible()


def test_nobody_is_shut_out_by_colours_names_or_structure(open_shop: OpenShop) -> None:
    shop = open_shop()
    page = shop.kiosk(still=True)
    for state in journey(page, Words("en")):
        assert (state, violations_light_and_dark(page)) == (state, [])
    page.get_by_role("button", name=re.compile("^Language")).tap()
    expect(page.get_by_role("dialog", name="Language")).to_be_visible()
    assert violations_light_and_dark(page) == []


def test_the_journey_by_keyboard_alone(open_shop: OpenShop) -> None:
    shop = open_shop()
    page = shop.kiosk(still=True)

    def go_to(name: str) -> None:
        for _ in range(40):
            page.keyboard.press("Tab")
            if re.match(name, page.evaluate("document.activeElement.innerText")):
                page.keyboard.press("Enter")
                return
        pytest.fail(f"the keyboard never comes to {name}")

    expect(page.get_by_role("button", name="Touch to begin")).to_be_visible()
    page.keyboard.press("Enter")
    for heading, choice in (
        ("What would you like today?", "Massage"),
        ("Massage", "Swedish Massage"),
        ("Swedish Massage", "60 minutes"),
    ):
        # Each page begins at its title, so that a screen reader reads it first.
        expect(page.get_by_role("heading", name=heading, exact=True)).to_be_focused()
        go_to(choice)
    expect(page.get_by_role("region", name="Your selection").get_by_role("listitem")).to_have_count(
        1
    )
    go_to("Confirm and get my number")
    expect(page.get_by_role("heading", name="Your number is 0 0 0 1")).to_be_focused()


def test_arabic_runs_from_right_to_left(open_shop: OpenShop) -> None:
    shop = open_shop()
    page = shop.kiosk(still=True)
    words = Words("ar")
    choose_language(page, "ar")
    words.button(page, "Touch to begin").tap()
    expect(words.heading(page, "What would you like today?")).to_be_visible()
    basket = page.get_by_role("region", name=words.say("Your selection")).bounding_box()
    menu = page.get_by_role("main").bounding_box()
    assert basket
    assert menu
    assert basket["x"] + basket["width"] <= menu["x"] + 1, "what comes second stands on the left"
    first, second = (
        page.get_by_role("button", name=name).bounding_box() for name in ("Massage", "Facial")
    )
    assert first
    assert second
    assert first["x"] > second["x"]


def stock(shop: Shop, categories: list[CatalogCategory]) -> None:
    shop.store.run(lambda unit: manager.import_catalog(unit, SYSTEM, categories))


def test_long_names_many_services_and_large_prices(open_shop: OpenShop) -> None:
    shop = open_shop(APPLIANCE_CURRENCY="JPY")
    long = "Ceremonial Volcanic Stone and Rainforest Botanicals Massage"
    variants = tuple(
        CatalogClassification(f"{long[:56]} {size}", Decimal("1234567.00"), 90)
        for size in range(1, 4)
    )
    stock(
        shop,
        [
            CatalogCategory(
                f"{long[:50]} {place:02}",
                tuple(
                    CatalogService(f"{long[:50]} {number:02}", long * 2, variants)
                    for number in range(1, 8 if place == 1 else 4)
                ),
            )
            for place in range(1, 13)
        ],
    )
    page = shop.kiosk(still=True)
    for size in SIZES:
        page.set_viewport_size(size)  # type: ignore[arg-type]
        Taps(page).button("Touch to begin")
        for row in (f"{long[:50]} 01", f"{long[:50]} 01", f"{long[:56]} 1"):
            button = page.get_by_role("button", name=re.compile("^" + re.escape(row))).first
            expect(button).to_be_visible()
            pictures.keep(page, "kiosk", "long", row)
            fits(page, KIOSK_TARGET)
            button.tap()
        selection = page.get_by_role("region", name="Your selection")
        expect(selection.get_by_role("status").first).to_contain_text("¥1,234,567")
        pictures.keep(page, "kiosk", "long", "basket")
        fits(page, KIOSK_TARGET)
        expect(page.get_by_role("button", name="Confirm and get my number")).to_be_in_viewport()
        page.get_by_role("button", name="Start over").tap()
        page.get_by_role("button", name="Yes, start over").tap()


def test_the_shops_own_name_logo_and_accent(open_shop: OpenShop, tmp_path: Path) -> None:
    logo = tmp_path / "logo.svg"
    logo.write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 1"><path d="M0 0h4v1H0z"/></svg>'
    )
    shop = open_shop(
        APPLIANCE_SHOP_NAME="Lotus & Lime",
        APPLIANCE_LOGO_FILE=str(logo),
        APPLIANCE_ACCENT="#ffd400",  # nothing can be read on white in this yellow
        APPLIANCE_LANGUAGE="es",
    )
    page = shop.kiosk(still=True)
    expect(page.get_by_role("heading", name="Lotus & Lime")).to_be_visible()
    expect(page.get_by_role("button", name="Toque para empezar")).to_be_visible()
    assert page.evaluate("document.querySelector('.logo').naturalWidth") > 0
    assert violations_light_and_dark(page) == []


def test_the_wait_is_told_before_the_number(open_shop: OpenShop) -> None:
    now = datetime.now(UTC)
    shop = open_shop(
        APPLIANCE_TIMEZONE="UTC",
        CLOSING_TIME=f"{now + timedelta(minutes=150):%H:%M}",
        BUSINESS_DAY_START=f"{now + timedelta(hours=12):%H:%M}",
    )
    visits = Visits(shop.store, shop.spa)
    for ana_or_ben in (shop.spa.ana, shop.spa.ben):
        visits.called(ana_or_ben)
    visits.waiting()
    page = shop.kiosk(still=True)
    finger = Taps(page)
    expect(page.get_by_text("1 person is waiting")).to_be_visible()
    expect(page.get_by_text(re.compile("Estimated wait: 1.h"))).to_be_visible()
    expect(page.get_by_text(re.compile("Open until "))).to_be_visible()

    finger.button("Touch to begin")
    finger.button("Massage")
    finger.button_that_begins("Swedish Massage")
    finger.button_that_begins("60 minutes")
    basket = page.get_by_role("region", name="Your selection")
    expect(basket.get_by_text(re.compile("Estimated wait: 1.h"))).to_be_visible()
    late = basket.get_by_text(re.compile("We close at .* and may not reach you today"))
    expect(late).to_have_count(0)
    expect(basket.get_by_role("listitem")).to_have_count(1)
    finger.come_to_rest()
    finger.button_that_begins("60 minutes")
    expect(late).to_be_visible()
    assert violations_light_and_dark(page) == []


def test_a_shop_that_has_closed_tells_no_wait(open_shop: OpenShop) -> None:
    now = datetime.now(UTC)
    page = open_shop(
        APPLIANCE_TIMEZONE="UTC",
        CLOSING_TIME=f"{now - timedelta(minutes=60):%H:%M}",
        BUSINESS_DAY_START=f"{now + timedelta(hours=12):%H:%M}",
    ).kiosk(still=True)
    expect(
        page.get_by_text(re.compile("We closed at .* Please ask the front desk"))
    ).to_be_visible()
    expect(page.get_by_text("No wait right now")).to_have_count(0)


LINES = """(each) => { const range = document.createRange(); range.selectNodeContents(each);
  return new Set([...range.getClientRects()].map(({ top }) => Math.round(top))).size; }"""


@pytest.mark.parametrize("language", ["ja", "ar"])
def test_long_words_and_amounts_keep_together(open_shop: OpenShop, language: str) -> None:
    """A word that is wider than its card breaks, an amount of seven digits does not."""
    word = "ディープティシューマッサージコース"
    variant = CatalogClassification(word, Decimal("1234567.00"), 90)
    service = CatalogService(word, word, (variant,))
    shop = open_shop(APPLIANCE_LANGUAGE=language)
    menu = [CatalogCategory(f"{word} {place}", (service,)) for place in range(2)]
    shop.store.run(lambda unit: manager.import_catalog(unit, SYSTEM, menu))
    page = shop.kiosk(still=True)
    finger = Taps(page)
    finger.button(translations(language).gettext("Touch to begin"))
    for kind in ("main .tile-category", "main .tile-service", "main .variant"):
        entry = page.locator(kind).first
        expect(entry).to_be_visible()
        for size in KIOSK_SIZES:
            page.set_viewport_size(size)  # type: ignore[arg-type]
            fits(page, KIOSK_TARGET)
        entry.tap()
    amounts = page.locator(".basket-price, .basket-total strong")
    expect(amounts).to_have_count(2)
    for size in KIOSK_SIZES:
        page.set_viewport_size(size)  # type: ignore[arg-type]
        fits(page, KIOSK_TARGET)
        assert [each.evaluate(LINES) for each in amounts.all()] == [1, 1]


def test_nothing_moves_once_it_is_painted(open_shop: OpenShop) -> None:
    shop = open_shop()
    page = shop.kiosk(still=True)
    expect(page.get_by_text("No wait right now")).to_be_visible()
    shifts = page.evaluate(
        """() => new Promise((resolve) => {
          const moved = ({ sources }) =>
            sources.map(({ node }) => node?.className ?? node?.nodeName);
          new PerformanceObserver((list) => resolve(
            list.getEntries().map((each) => [each.value, ...moved(each)])
          )).observe({ type: "layout-shift", buffered: true });
          setTimeout(() => resolve([]), 500);
        })"""
    )
    assert sum(value for value, *_ in shifts) < 0.01, shifts


def test_a_price_that_changed_while_the_customer_read_is_asked_again(open_shop: OpenShop) -> None:
    shop = open_shop()
    page = shop.kiosk(still=True)
    page.set_viewport_size(PORTRAIT)  # type: ignore[arg-type]
    tap = Taps(page)
    basket = page.get_by_role("region", name="Your selection")
    question = page.get_by_role("alertdialog", name=re.compile("^The price has changed"))

    def choose() -> None:
        tap.button("Touch to begin")
        tap.button_that_begins("Massage")
        tap.button_that_begins("Swedish Massage")
        tap.button_that_begins("60 minutes")
        expect(basket.get_by_role("status").first).to_contain_text("$80")

    def give_up_and_reprice(price: str) -> None:
        """The server gives the selection up, as after a time-out, and the price is another."""
        visits = Visits(shop.store, shop.spa)
        visits.store.run(lambda u: kiosk.cancel(u, visits.shop, shop.spa.kiosk, visits.newest()))
        reprice(shop, price)

    choose()
    give_up_and_reprice("90.00")
    tap.button("Confirm and get my number")
    expect(question).to_have_accessible_name("The price has changed. It is now $90.00.")
    pictures.keep(page, "kiosk", "price changed")
    fits(page, KIOSK_TARGET)
    assert violations_light_and_dark(page) == []
    tap.button("Change my selection")
    expect(question).to_be_hidden()
    expect(basket.get_by_role("status").first).to_contain_text("$90")
    expect(page.get_by_role("button", name=re.compile("^60 minutes"))).to_contain_text("$90")

    # Confirmed as it stands, after it has changed once more.
    give_up_and_reprice("95.50")
    tap.come_to_rest()
    tap.button("Confirm and get my number")
    expect(question).to_have_accessible_name("The price has changed. It is now $95.50.")
    confirm = question.get_by_role("button", name="Confirm and get my number")
    # A nervous second tap on the first button does not agree to the new price.
    expect(confirm).to_have_attribute("aria-busy", "false")
    confirm.tap()
    expect(page.get_by_role("heading", name="Your number is 0 0 0 1")).to_be_visible()
    assert shop.violations() == []


def reprice(shop: Shop, price: str) -> None:
    """Swedish Massage, 60 minutes costs this from now on."""
    shop.store.run(
        lambda unit: unit.session.execute(
            update(ServiceClassification)
            .where(ServiceClassification.id == shop.spa.swedish_60)
            .values(price=Decimal(price))
        )
    )
