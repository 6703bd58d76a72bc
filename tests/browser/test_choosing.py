"""Choosing well at the kiosk: instead or as well, for two, and back again."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect
from sqlalchemy import func, select

from appliance.server.demo_data import CATALOG
from appliance.server.domain.states import SYSTEM, TransactionStatus
from appliance.server.store.models import Transaction
from appliance.server.usecases import manager
from appliance.server.usecases.items import MAX_ITEMS
from appliance.server.wire import catalog_file
from tests.browser import pictures
from tests.browser.conftest import OpenShop
from tests.browser.looks import KIOSK_TARGET, fits, looks_right
from tests.browser.shop import KIOSK_SIZES, LANDSCAPE, PORTRAIT, SEVEN_INCH, Taps


def choose(page: Page, variant: str) -> None:
    """From the first page to a variant of Swedish Massage."""
    tap = Taps(page)
    tap.button("Touch to begin")
    tap.button("Massage")
    tap.button_that_begins("Swedish Massage")
    tap.button_that_begins(variant)
    expect(page.get_by_role("region", name="Your selection").get_by_role("listitem")).to_have_count(
        1
    )


def tap_at_once(page: Page, name: str | re.Pattern[str], times: int) -> None:
    """Several taps on a button between which nothing is answered or drawn."""
    page.get_by_role("button", name=name, exact=True).evaluate(
        "(button, times) => { for (; times > 0; times -= 1) button.click(); }", times
    )


TAP_ON_THE_QUESTION = """() => {
  globalThis.tapped = [];
  new MutationObserver((_, observer) => {
    const buttons = document.querySelectorAll("[role=alertdialog] button");
    if (buttons.length === 0) return;
    observer.disconnect();
    for (const button of buttons) {
      tapped.push(button.textContent.trim());
      button.click();
    }
  }).observe(document.body, { childList: true, subtree: true });
}"""


def test_a_second_variant_instead_or_as_well(open_shop: OpenShop) -> None:
    page = open_shop().kiosk(still=True)
    tap = Taps(page)
    basket = page.get_by_role("region", name="Your selection")
    total = basket.get_by_role("status").first
    choose(page, "30 minutes")

    # The second of two quick taps, which meets what has come to lie there meanwhile.
    page.evaluate(TAP_ON_THE_QUESTION)
    tap.button_that_begins("60 minutes")
    question = page.get_by_role(
        "alertdialog", name="You already chose Swedish Massage, 30 minutes", exact=True
    )
    expect(question).to_be_visible()
    expect(question.get_by_role("heading")).to_be_focused()
    assert page.evaluate("tapped") == ["Replace with 60 minutes", "Keep both", "Cancel"]
    expect(question.get_by_role("button", disabled=True)).to_have_count(0)
    expect(question).to_be_visible()
    for size in KIOSK_SIZES:
        page.set_viewport_size(size)  # type: ignore[arg-type]
        pictures.keep(page, "kiosk", "instead or as well")
        fits(page, KIOSK_TARGET)
    page.set_viewport_size(PORTRAIT)  # type: ignore[arg-type]
    tap.button("Cancel")
    expect(total).to_contain_text("$50.00")

    tap.button_that_begins("60 minutes")
    tap.button("Replace with 60 minutes")
    expect(total).to_contain_text("$80.00")
    expect(basket.get_by_role("listitem")).to_have_count(1)
    told = page.get_by_role("status").filter(has_text="30 minutes replaced with 60 minutes.")
    expect(told).to_be_visible()
    tap.button("Undo")
    expect(total).to_contain_text("$50.00")
    expect(page.get_by_role("button", name="Undo")).to_have_count(0)

    tap.come_to_rest()
    tap.button_that_begins("60 minutes")
    tap.button("Keep both")
    expect(total).to_contain_text("$130.00")
    expect(basket.get_by_role("listitem")).to_have_count(2)
    tap.come_to_rest()
    # Once more of what is there is for somebody else, and no question.
    tap.button_that_begins("30 minutes")
    expect(total).to_contain_text("$180.00")


def test_two_people_choose_the_same_and_every_step_has_a_way_back(open_shop: OpenShop) -> None:
    page = open_shop().kiosk(still=True)
    tap = Taps(page)
    basket = page.get_by_role("region", name="Your selection")
    total = basket.get_by_role("status").first
    choose(page, "60 minutes")
    tap.come_to_rest()
    tap.button("Add one more: Swedish Massage, 60 minutes")
    expect(basket.get_by_role("listitem")).to_have_count(1)
    expect(basket.locator(".stepper-count")).to_have_text("2")
    tap.come_to_rest()
    expect(total).to_contain_text(re.compile(r"2.h\s+\$160"))
    tap.button("Remove one: Swedish Massage, 60 minutes")
    expect(total).to_contain_text("$80.00")
    for size in KIOSK_SIZES:
        page.set_viewport_size(size)  # type: ignore[arg-type]
        fits(page, KIOSK_TARGET)
        pictures.keep(page, "kiosk", "undo")
    looks_right(page, "kiosk", "undo", "7-inch", least=KIOSK_TARGET)

    # By keyboard, which stands on the button that has gone.
    tap.come_to_rest()
    page.get_by_role("button", name="Remove Swedish Massage, 60 minutes").press("Enter")
    undo = page.get_by_role("button", name="Undo")
    expect(basket.get_by_role("listitem")).to_have_count(0)
    expect(undo).to_be_focused()
    expect(page.get_by_role("status").filter(has=undo)).to_contain_text(
        "Swedish Massage, 60 minutes, removed."
    )
    page.keyboard.press("Enter")
    expect(total).to_contain_text("$80.00")
    expect(page.get_by_role("heading", name="Swedish Massage")).to_be_focused()


def test_a_stepper_counts_every_tap_and_nothing_else_does(open_shop: OpenShop) -> None:
    shop = open_shop()
    page = shop.kiosk(still=True)
    tap = Taps(page)
    count = page.get_by_role("region", name="Your selection").locator(".stepper-count")
    tap.button("Touch to begin")
    tap.button("Massage")
    tap.button_that_begins("Swedish Massage")
    tap_at_once(page, re.compile("^60 minutes"), 2)
    tap.come_to_rest()
    expect(count).to_have_text("1")
    tap_at_once(page, "Add one more: Swedish Massage, 60 minutes", 2)
    tap.come_to_rest()
    expect(count).to_have_text("3")
    # However quick the finger is on the minus, the last one goes by its × alone.
    tap_at_once(page, "Remove one: Swedish Massage, 60 minutes", 5)
    tap.come_to_rest()
    expect(count).to_have_text("1")
    # What is too much for one visit is refused, and what was chosen before stands.
    tap_at_once(page, "Add one more: Swedish Massage, 60 minutes", MAX_ITEMS)
    tap.come_to_rest()
    expect(page.get_by_text("At most 30 services fit in one visit.")).to_be_visible()
    expect(count).to_have_text(str(MAX_ITEMS))

    tap_at_once(page, "Confirm and get my number", 2)
    expect(page.get_by_role("button", name="Done")).to_be_visible()
    # Whatever the second tap has asked for is answered before this page is.
    tap.button("Done")
    tap.button("Touch to begin")
    tap.button("Massage")
    tap.button_that_begins("Swedish Massage")
    tap.button_that_begins("30 minutes")
    expect(count).to_have_text("1")
    waiting = shop.store.run(
        lambda unit: unit.session.scalar(
            select(func.count()).where(
                Transaction.status == TransactionStatus.PENDING_THERAPIST,
            )
        )
    )
    assert waiting == 1


def test_somebody_with_little_time_sees_what_fits(open_shop: OpenShop) -> None:
    shop = open_shop()
    long_menu = catalog_file.load(CATALOG.read_text(encoding="utf-8"))
    shop.store.run(lambda unit: manager.import_catalog(unit, SYSTEM, long_menu))
    page = shop.kiosk(still=True)
    page.set_viewport_size(PORTRAIT)  # type: ignore[arg-type]
    tap = Taps(page)
    cards = page.get_by_role("main").get_by_role("listitem")
    basket = page.get_by_role("region", name="Your selection").get_by_role("listitem")
    row = page.get_by_role("group", name="How much time do you have?")
    half_an_hour = row.get_by_role("button", name="Up to 30 min", exact=True)
    told = page.get_by_role("status")

    tap.button("Touch to begin")
    expect(cards).to_have_count(4)
    expect(row.get_by_role("button")).to_have_text(
        ["Any length", "Up to 30 min", "Up to 45 min", "Up to 1 h"]
    )
    tap.button("Massage")
    expect(cards).to_have_count(4)
    tap.button_that_begins("Hot Stone Massage")
    expect(row).to_have_count(0)
    tap.button_that_begins("Classic")
    expect(basket).to_have_count(1)

    # On, by keyboard from here: the list is shorter, the focus and the selection stay.
    tap.button("Massage")
    half_an_hour.press("Enter")
    expect(half_an_hour).to_have_attribute("aria-pressed", "true")
    expect(half_an_hour).to_be_focused()
    expect(told.filter(has_text="2 services take up to 30 min.")).to_have_count(1)
    expect(cards).to_have_count(2)
    expect(basket).to_have_count(1)
    tap.button("All services")
    expect(page.get_by_role("heading", name="What would you like today?")).to_be_focused()
    for size in (PORTRAIT, LANDSCAPE, SEVEN_INCH):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        looks_right(page, "kiosk", "time", "en", least=KIOSK_TARGET)
    page.set_viewport_size(PORTRAIT)  # type: ignore[arg-type]

    # A service has only the variants that fit; off again, there, all of them.
    tap.button("Massage")
    tap.button_that_begins("Swedish Massage")
    expect(cards).to_have_count(1)
    half_an_hour.tap()
    expect(cards).to_have_count(3)
    expect(row).to_have_count(0)
    expect(page.get_by_role("heading", name="Swedish Massage")).to_be_focused()
    tap.button("Massage")
    expect(row.get_by_role("button", name="Any length", exact=True)).to_have_attribute(
        "aria-pressed", "true"
    )

    # Gone with the customer.
    row.get_by_role("button", name="Up to 45 min", exact=True).tap()
    expect(cards).to_have_count(2)
    tap.button("Start over")
    tap.button("Yes, start over")
    tap.button("Touch to begin")
    expect(cards).to_have_count(4)
    expect(row.get_by_role("button", pressed=True)).to_have_text(["Any length"])

    for language, any_length in (("日本語", "指定なし"), ("العربية", "أي مدة")):
        page.locator(".topbar-language").tap()
        tap.button(language)
        expect(page.get_by_role("button", name=any_length, exact=True)).to_be_visible()
        for size in (PORTRAIT, LANDSCAPE):
            page.set_viewport_size(size)  # type: ignore[arg-type]
            pictures.keep(page, "kiosk", "time", language)
            fits(page, KIOSK_TARGET)
