"""The demo's front page: everybody logged in by one tap, and a fresh start afterwards."""

from __future__ import annotations

import json
from pathlib import Path

from playwright.sync_api import expect

from appliance.server.demo_data import RESET_FILE
from tests.browser.axe import violations_light_and_dark
from tests.browser.conftest import OpenShop
from tests.browser.looks import looks_right
from tests.browser.shop import DESK, PHONE
from tests.support.spa import PASSWORD


def test_log_ins_by_one_tap_and_a_fresh_start(open_shop: OpenShop, tmp_path: Path) -> None:
    """Also in this order: a log-in begins a session, which the open page has not been made in."""
    about = tmp_path / "demo.json"
    shop = open_shop(APPLIANCE_DEMO_FILE=str(about))
    people = [("ana", "therapist"), ("eva", "cashier"), ("gloria", "manager")]
    about.write_text(
        json.dumps(
            {
                "device_tokens": {
                    "kiosk": shop.spa.device_tokens["door"],
                    "display": shop.spa.device_tokens["lobby"],
                },
                "logins": [
                    {"role": role, "username": username, "password": PASSWORD}
                    for username, role in people
                ],
            }
        )
    )
    page = shop.screen("demo", "/", DESK)
    expect(page.get_by_text("about 3 minutes")).to_be_visible()
    looks_right(page, "demo")
    for username, role in people:
        with page.context.expect_page() as opened:
            page.get_by_role("button", name=f"Log in as {username.capitalize()}").first.click()
        expect(opened.value).to_have_url(f"{shop.base_url}/{role}/dashboard")
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    assert violations_light_and_dark(page) == []  # Its table is wider: it scrolls by itself.
    page.get_by_role("button", name="Start over with fresh data").click()
    page.get_by_role("button", name="Yes, start over").click()
    expect(page.get_by_text("Starting over.")).to_be_visible()
    assert (tmp_path / RESET_FILE).exists()
