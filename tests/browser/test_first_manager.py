"""A new lobby: its kiosk shows an address and a code, which make the first manager on a phone."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from appliance.server.store import people
from appliance.server.store.unit_of_work import UnitOfWork
from tests.browser.conftest import OpenShop
from tests.browser.looks import looks_right
from tests.browser.shop import KIOSK_SIZES, PHONE
from tests.support.spa import PASSWORD


def nobody_manages(unit: UnitOfWork) -> None:
    """A shop in which nobody may do a manager's work, as on a card that was just flashed."""
    gloria = people.named(unit.session, "gloria")
    assert gloria is not None
    gloria.disabled_at = unit.now()


def test_a_new_shop_gets_its_first_manager(open_shop: OpenShop) -> None:
    shop = open_shop()
    shop.complaints.expect(r"401")
    shop.store.run(nobody_manages)
    kiosk = shop.screen("kiosk", f"/enroll#{shop.spa.device_tokens['door']}", KIOSK_SIZES[0])
    expect(kiosk.get_by_role("heading", name="Welcome. This kiosk is ready")).to_be_visible()
    for size in KIOSK_SIZES:
        kiosk.set_viewport_size({"width": size["width"], "height": size["height"]})
        looks_right(kiosk, "setup code")
        tall = kiosk.evaluate("document.documentElement.scrollHeight - innerHeight")
        assert tall <= 0, f"nobody scrolls a kiosk: {size}"
    code = kiosk.locator(".setup-code-digits").inner_text()

    phone = shop.screen("phone", "/manager/login", PHONE)
    phone.get_by_role("link", name="Set up this shop").click()
    phone.get_by_label("Your name").fill("Maria")
    phone.get_by_label("Username").fill("maria")
    phone.get_by_label("Password", exact=True).fill(PASSWORD)
    phone.get_by_label("Code on the kiosk").fill("1234 5678")
    phone.keyboard.press("Enter")
    expect(phone.get_by_role("alert")).to_contain_text(
        "This is not the code on the kiosk’s screen."
    )
    looks_right(phone, "setup", "wrong")
    phone.get_by_label("Code on the kiosk").fill(code)
    phone.keyboard.press("Enter")
    expect(phone).to_have_url(re.compile("/manager/people$"))

    expect(kiosk.get_by_role("button").first).to_be_visible(timeout=20_000)
    expect(kiosk.locator(".setup-code-digits")).to_have_count(0)
