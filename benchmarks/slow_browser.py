"""A real browser whose CPU is made six times slower, as on the smallest machine that is sold."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from playwright.sync_api import Browser, CDPSession, Locator, Page, sync_playwright

_CHROMIUM: Final = "/usr/bin/chromium"
_ARGUMENTS: Final = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
_SLOWER: Final = 6
_BETWEEN_TAPS_MS: Final = 300
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


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser, at full speed until a page is opened by `slow_page`."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_CHROMIUM, args=_ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def slow_page(browser: Browser, **options: Any) -> Iterator[tuple[Page, CDPSession]]:
    """A page on a slow CPU, in a browser that has never been here; it notes its taps.

    Args:
        browser: At full speed.
        options: Of `Browser.new_context`.
    """
    context = browser.new_context(has_touch=True, **options)
    try:
        page = context.new_page()
        page.add_init_script(_NOTE_TAPS)
        session = context.new_cdp_session(page)
        session.send("Emulation.setCPUThrottlingRate", {"rate": _SLOWER})
        yield page, session
    finally:
        context.close()


def cold_load(
    page: Page, session: CDPSession, url: str, ready: Callable[[Page], Locator]
) -> tuple[float, float]:
    """One load without a cache: KB as they were sent, headers included, and ms to first paint.

    Args:
        page: Of `slow_page`.
        session: The page's.
        url: What to load.
        ready: What is there once the page can be used.
    """
    sent: list[float] = []
    session.on("Network.loadingFinished", lambda event: sent.append(event["encodedDataLength"]))
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    page.goto(url)
    ready(page).wait_for()
    page.wait_for_function(f"({_FIRST_PAINT})().length > 0")
    page.wait_for_timeout(500)
    (paint,) = page.evaluate(_FIRST_PAINT)
    return sum(sent) / 1024, float(paint)


def at_rest(page: Page) -> None:
    """Wait until a page that was just loaded has nothing more to do, as a screen at the wall."""
    page.wait_for_load_state("networkidle")
    page.evaluate("() => new Promise((done) => requestIdleCallback(done))")
    page.wait_for_timeout(1_000)


def tap(thing: Locator, **options: Any) -> None:
    """Tap as fast as a practised thumb: one after the other, but not before the eye has seen it."""
    thing.page.wait_for_timeout(_BETWEEN_TAPS_MS)
    thing.tap(**options)


def taps(page: Page) -> list[float]:
    """Milliseconds of each tap since the page was loaded."""
    page.wait_for_timeout(200)
    return [float(tap) for tap in page.evaluate("() => benchTaps")]
