"""The kiosk's page on a slow CPU."""

from __future__ import annotations

import re
import statistics
from typing import Any, Final

from playwright.sync_api import Browser, Locator, Page

from .figures import Results, percentile
from .fill import fill
from .lab import Lab, Shop
from .slow_browser import at_rest, chromium, cold_load, slow_page, tap, taps

_BUSY_EVENING: Final = 12


def kiosk(lab: Lab) -> Results:
    """Cold loads, then customers who tap from the welcome to their number."""
    with lab.shop() as shop, lab.server(shop) as server, chromium() as browser:
        fill(lab, shop, waiting=_BUSY_EVENING)
        loads = [_load(browser, shop, server.base_url) for _ in range(lab.sizes.kiosk_loads + 1)]
        tapped = [
            tap
            for _ in range(lab.sizes.kiosk_journeys)
            for tap in _journey(browser, shop, server.base_url)
        ]
    # The first load after a start also warms the server and the disk.
    transfer, paint = zip(*loads[1:], strict=True)
    print(
        f"    taps: {len(tapped)}, p50 {percentile(tapped, 0.5):.0f} ms, max {max(tapped):.0f} ms"
    )
    return {
        "kiosk_transfer_kb": statistics.median(transfer),
        "kiosk_first_paint_ms_cpu6x": statistics.median(paint),
        "kiosk_tap_ms_p95_cpu6x": percentile(tapped, 0.95),
    }


def enrolled(shop: Shop, url: str) -> dict[str, Any]:
    """Options of a browser that is the kiosk."""
    token = shop.spa.device_tokens["door"]
    cookie = {
        "name": "appliance_kiosk",
        "value": token,
        "domain": "127.0.0.1",
        "path": "/",
        "expires": -1,
        "httpOnly": True,
        "secure": False,
        "sameSite": "Lax",
    }
    return {
        "viewport": {"width": 1280, "height": 800},
        "base_url": url,
        "storage_state": {"cookies": [cookie], "origins": []},
    }


def begin(page: Page) -> Locator:
    """What is there once the page can be used."""
    return page.get_by_role("button", name="Touch to begin")


def _load(browser: Browser, shop: Shop, url: str) -> tuple[float, float]:
    with slow_page(browser, **enrolled(shop, url)) as (page, session):
        return cold_load(page, session, "/kiosk", begin)


def _journey(browser: Browser, shop: Shop, url: str) -> list[float]:
    """One customer; returns milliseconds of each tap."""
    with slow_page(browser, **enrolled(shop, url)) as (page, _):
        page.goto("/kiosk")
        begin(page).wait_for()
        at_rest(page)
        buttons = page.get_by_role("button")
        tap(begin(page))
        for category, service, variant in (
            ("Massage", "Swedish Massage", "30 minutes"),
            ("Massage", "Deep Tissue", "60 minutes"),
            ("Facial", "Classic", "One"),
        ):
            tap(buttons.filter(has_text=re.compile(rf"^\s*{category}\s*$")).first)
            tap(page.locator("main").get_by_role("button", name=service).first)
            tap(page.locator("main").get_by_role("button", name=variant).first)
            page.get_by_role("button", name=f"Remove {service}").wait_for()
            tap(page.locator("main").get_by_role("button", name=category, exact=True))
            tap(page.get_by_role("button", name="All services"))
        tap(page.get_by_role("button", name="Remove Classic").first)
        page.get_by_role("button", name="Remove Classic").wait_for(state="detached")
        tap(page.get_by_role("button", name="Confirm"))
        page.get_by_text(re.compile(r"^\s*\d{4}\s*$")).first.wait_for()
        return taps(page)
