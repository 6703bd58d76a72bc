"""Where the log-in leads to, in a real browser: only a browser knows what it makes of a path."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from appliance.translations import translations
from tests.browser.conftest import OpenShop
from tests.browser.looks import looks_right
from tests.browser.shop import DESK, PHONE, Shop
from tests.support.spa import PASSWORD


def log_in(shop: Shop, following: str) -> Page:
    page = shop.screen("login", f"/cashier/login?next={following}", DESK)
    page.get_by_label("Username").fill("eva")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.keyboard.press("Enter")
    return page


@pytest.mark.parametrize("following", ["/..//evil.example/", "/%252e%252e//evil.example/"])
def test_a_log_in_never_leads_to_another_site(open_shop: OpenShop, following: str) -> None:
    shop = open_shop()
    page = log_in(shop, following)
    expect(page).to_have_url(re.compile(re.escape(shop.base_url) + "/cashier/dashboard$"))


def test_a_log_in_leads_back_to_where_somebody_was(open_shop: OpenShop) -> None:
    shop = open_shop()
    page = log_in(shop, "/cashier/dashboard?day=2026-11-22")
    expect(page).to_have_url(re.compile(r"/cashier/dashboard\?day=2026-11-22$"))


def test_control_such_a_path_means_another_site_to_a_browser(open_shop: OpenShop) -> None:
    page = log_in(open_shop(), "")
    meant = "new URL(new URL('/..//evil.example/', location.origin).pathname, location.origin).host"
    assert page.evaluate(meant) == "evil.example"


def test_an_unknown_address_leads_on(open_shop: OpenShop) -> None:
    shop = open_shop(APPLIANCE_LANGUAGE="ar")
    say = translations("ar").gettext
    shop.complaints.expect(r"\b404\b")
    shop.complaints.expect(r"\b401\b")  # The dashboard of somebody who is not logged in.
    page = shop.screen("lost", "/kiosk/nothing", DESK)
    expect(page.get_by_role("heading", name=say("Page not found."))).to_be_visible()
    for size in (DESK, PHONE):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        looks_right(page, "unknown address", "ar")
    page.get_by_role("link", name=say("Cashier")).click()
    expect(page.get_by_role("heading", name=say("Cashier log-in"))).to_be_visible()
