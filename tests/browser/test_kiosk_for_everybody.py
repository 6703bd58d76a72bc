"""Large text and high contrast at the kiosk: one tap each, for the whole visit, and no longer."""

from __future__ import annotations

from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenShop
from tests.browser.looks import KIOSK_TARGET, looks_right
from tests.browser.shop import KIOSK_SIZES, PORTRAIT, Taps


def test_a_visit_in_large_text_and_high_contrast(open_shop: OpenShop) -> None:
    page = open_shop().kiosk(still=True)
    page.set_viewport_size(PORTRAIT)  # type: ignore[arg-type]
    tap = Taps(page)
    expect(page.get_by_role("button", name="Large text")).to_be_visible()  # its styles have come
    usual = _size_of_text(page)
    tap.button("Large text")
    tap.button("High contrast")
    expect(page.get_by_role("button", name="Large text")).to_have_attribute("aria-pressed", "true")
    assert _size_of_text(page) >= 1.99 * usual
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(0, 0, 0)"
    _looks_right(page, "first page")

    tap.button("Touch to begin")
    _looks_right(page, "categories")
    tap.button("Massage")
    _looks_right(page, "services")
    tap.button_that_begins("Swedish Massage")
    tap.button_that_begins("30 minutes")
    expect(page.get_by_role("region", name="Your selection").get_by_role("listitem")).to_have_count(
        1
    )
    _looks_right(page, "variants")
    tap.button_that_begins("60 minutes")
    expect(page.get_by_role("alertdialog")).to_be_visible()
    _looks_right(page, "instead or as well")
    tap.button("Keep both")
    tap.button("Start over")
    expect(page.get_by_role("alertdialog")).to_be_visible()
    _looks_right(page, "start over")
    tap.button("Keep my selection")
    tap.button("Confirm and get my number")
    expect(page.get_by_role("button", name="Done")).to_be_visible()
    _looks_right(page, "number")

    tap.button("Done")
    expect(page.get_by_role("button", name="Large text")).to_have_attribute("aria-pressed", "false")
    assert _size_of_text(page) == usual


def test_each_is_one_tap_from_every_step_and_works_by_keyboard(open_shop: OpenShop) -> None:
    page = open_shop().kiosk(still=True)
    tap = Taps(page)
    tap.button("Touch to begin")
    tap.button("Massage")
    expect(page.get_by_role("heading", name="Massage", exact=True)).to_be_focused()
    large = page.get_by_role("button", name="Large text")
    large.focus()
    page.keyboard.press("Enter")
    expect(large).to_have_attribute("aria-pressed", "true")
    expect(large).to_be_focused()
    expect(page.get_by_role("button", name="High contrast")).to_have_attribute(
        "aria-pressed", "false"
    )
    page.keyboard.press("Enter")
    expect(large).to_have_attribute("aria-pressed", "false")


def test_a_picture_invites_while_nobody_is_there(open_shop: OpenShop, tmp_path: Path) -> None:
    picture = tmp_path / "shop.jpg"
    Image.linear_gradient("L").resize((1080, 1920)).convert("RGB").save(picture)
    shop = open_shop(KIOSK_PICTURE_AFTER_SECONDS="10", BOARD_PICTURE_FILE=str(picture))
    page = shop.kiosk()
    page.set_viewport_size(PORTRAIT)  # type: ignore[arg-type]
    invitation = page.locator(".rest-begin")
    expect(invitation).to_have_text("Touch to begin")
    expect(page.get_by_role("button")).to_have_count(1)
    expect(page.get_by_role("button")).to_be_focused()
    expect(invitation).not_to_have_attribute("lang", "en")
    _looks_right(page, "picture")

    # A tap anywhere leads to the first page, and no further.
    page.touchscreen.tap(20, 20)
    expect(page.get_by_role("button", name="Large text")).to_be_visible()


def _size_of_text(page: Page) -> float:
    return float(page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)"))


def _looks_right(page: Page, words: str) -> None:
    for size in KIOSK_SIZES:
        page.set_viewport_size(size)  # type: ignore[arg-type]
        looks_right(page, "kiosk", "for everybody", words, least=KIOSK_TARGET)
    page.set_viewport_size(PORTRAIT)  # type: ignore[arg-type]
