"""The kiosk's page in a real browser whose CPU is made six times slower."""

from __future__ import annotations

import re
import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from playwright.sync_api import (
    Browser,
    BrowserContext,
    CDPSession,
    Page,
    ViewportSize,
    sync_playwright,
)

from .figures import Results, percentile
from .fill import fill
from .lab import Lab, Shop

_CHROMIUM: Final = "/usr/bin/chromium"
_ARGUMENTS: Final = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
_SLOWER: Final = 6
_BUSY_EVENING: Final = 12
_SCREEN: Final = ViewportSize(width=1280, height=800)
_NOTE_TAPS: Final = """
window.benchTaps = [];
addEventListener("click", (event) => {
  if (!event.isTrusted) return;
  requestAnimationFrame(() => {
    const painted = new MessageChannel();
    painted.port1.onmessage = () => benchTaps.push(performance.now() - event.timeStamp);
    painted.port2.postMessage(null);
  });
}, { capture: true });
"""
"""From the moment the browser got the tap until the first frame after it has been made."""
_FIRST_PAINT: Final = """
() => performance.getEntriesByName("first-contentful-paint").map((entry) => entry.startTime)
"""


def kiosk(lab: Lab) -> Results:
    """Cold loads, then customers who tap from the welcome to their number."""
    with lab.shop() as shop, lab.server(shop) as server, sync_playwright() as playwright:
        fill(lab, shop, waiting=_BUSY_EVENING)
        browser = playwright.chromium.launch(executable_path=_CHROMIUM, args=_ARGUMENTS)
        try:
            loads = [
                _load(browser, shop, server.base_url) for _ in range(lab.sizes.kiosk_loads + 1)
            ]
            taps = [
                tap
                for _ in range(lab.sizes.kiosk_journeys)
                for tap in _journey(browser, shop, server.base_url)
            ]
        finally:
            browser.close()
    # The first load after a start also warms the server and the disk.
    transfer, paint = zip(*loads[1:], strict=True)
    print(f"    taps: {len(taps)}, p50 {percentile(taps, 0.5):.0f} ms, max {max(taps):.0f} ms")
    return {
        "kiosk_transfer_kb": statistics.median(transfer),
        "kiosk_first_paint_ms_cpu6x": statistics.median(paint),
        "kiosk_tap_ms_p95_cpu6x": percentile(taps, 0.95),
    }


@contextmanager
def _kiosk_browser(browser: Browser, shop: Shop, url: str) -> Iterator[tuple[Page, CDPSession]]:
    """A browser that has never been here, enrolled as the kiosk, on a slow CPU."""
    context: BrowserContext = browser.new_context(viewport=_SCREEN, has_touch=True)
    try:
        token = shop.spa.device_tokens["door"]
        context.add_cookies([{"name": "appliance_kiosk", "value": token, "url": url}])
        page = context.new_page()
        session = context.new_cdp_session(page)
        session.send("Emulation.setCPUThrottlingRate", {"rate": _SLOWER})
        yield page, session
    finally:
        context.close()


def _begin(page: Page) -> Any:
    return page.get_by_role("button", name="Touch to begin")


def _load(browser: Browser, shop: Shop, url: str) -> tuple[float, float]:
    """One cold load: KB as they were sent, headers included, and milliseconds to first paint."""
    sent: list[float] = []
    with _kiosk_browser(browser, shop, url) as (page, session):
        session.on("Network.loadingFinished", lambda event: sent.append(event["encodedDataLength"]))
        session.send("Network.enable")
        session.send("Network.setCacheDisabled", {"cacheDisabled": True})
        page.goto(f"{url}/kiosk")
        _begin(page).wait_for()
        page.wait_for_function(f"({_FIRST_PAINT})().length > 0")
        page.wait_for_timeout(500)
        (paint,) = page.evaluate(_FIRST_PAINT)
    return sum(sent) / 1024, float(paint)


def _journey(browser: Browser, shop: Shop, url: str) -> list[float]:
    """One customer; returns milliseconds of each tap."""
    with _kiosk_browser(browser, shop, url) as (page, _):
        page.add_init_script(_NOTE_TAPS)
        page.goto(f"{url}/kiosk")
        buttons = page.get_by_role("button")
        _begin(page).tap()
        for category, service, variant in (
            ("Massage", "Swedish Massage", "30 minutes"),
            ("Massage", "Deep Tissue", "60 minutes"),
            ("Facial", "Classic", "One"),
        ):
            buttons.filter(has_text=re.compile(rf"^\s*{category}\s*$")).first.tap()
            page.locator("main").get_by_role("button", name=service).first.tap()
            page.locator("main").get_by_role("button", name=variant).first.tap()
            page.get_by_role("button", name=f"Remove {service}").wait_for()
            page.locator("main").get_by_role("button", name=category, exact=True).tap()
            page.get_by_role("button", name="All treatments").tap()
        page.get_by_role("button", name="Remove Classic").first.tap()
        page.get_by_role("button", name="Remove Classic").wait_for(state="detached")
        page.get_by_role("button", name="Confirm").tap()
        page.get_by_text(re.compile(r"^\s*\d{4}\s*$")).first.wait_for()
        page.wait_for_timeout(200)
        return [float(tap) for tap in page.evaluate("() => benchTaps")]
