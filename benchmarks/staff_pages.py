"""The therapist's phone and the cashier's desk on a slow CPU."""

from __future__ import annotations

import statistics
from typing import Any, Final

from playwright.sync_api import Browser, Locator, Page

from tests.support.spa import PASSWORD

from .figures import Results, percentile
from .fill import fill
from .lab import Lab
from .slow_browser import at_rest, chromium, cold_load, slow_page, tap, taps

_BUSY_EVENING: Final = 12
_PHONE: Final = {"width": 390, "height": 844}
_DESK: Final = {"width": 1280, "height": 800}
_CUSTOMERS: Final = 8
"""Each therapist's and each cashier's, one after the other."""


def staff(lab: Lab) -> Results:
    """Cold loads of both pages, then customers who are treated and pay."""
    with lab.shop() as shop, lab.server(shop) as server, chromium() as browser:
        fill(lab, shop, waiting=_BUSY_EVENING)
        url = server.base_url
        treated = _Role(browser, url, "therapist", "ana", _PHONE)
        paid = _Role(browser, url, "cashier", "eva", _DESK)
        return treated.figures(lab.sizes.kiosk_loads, _treat) | paid.figures(
            lab.sizes.kiosk_loads, _cash
        )


class _Role:
    """One role's page.

    Args:
        browser: At full speed.
        url: The server's.
        role: Whose page.
        username: Who logs in.
        screen: The screen's size.
    """

    def __init__(
        self, browser: Browser, url: str, role: str, username: str, screen: dict[str, int]
    ) -> None:
        self._browser = browser
        self._role = role
        options: dict[str, Any] = {"viewport": screen, "base_url": url}
        context = browser.new_context(**options)
        page = context.new_page()
        page.goto(f"/{role}/login")
        page.get_by_label("Username").fill(username)
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.keyboard.press("Enter")
        _logged_in(page).wait_for()
        self._options = {**options, "storage_state": context.storage_state()}
        context.close()

    def figures(self, loads: int, serve: Any) -> Results:
        """Load the page some times, then serve customers on it."""
        path = f"/{self._role}/dashboard"
        paints = []
        for _ in range(loads + 1):
            with slow_page(self._browser, **self._options) as (page, session):
                paints.append(cold_load(page, session, path, _logged_in)[1])
        with slow_page(self._browser, **self._options) as (page, _):
            page.goto(path)
            _logged_in(page).wait_for()
            at_rest(page)
            for _ in range(_CUSTOMERS):
                serve(page)
            tapped = taps(page)
        print(
            f"    {self._role}: {len(tapped)} taps, p50 {percentile(tapped, 0.5):.0f} ms, "
            f"max {max(tapped):.0f} ms"
        )
        return {
            f"{self._role}_first_paint_ms_cpu6x": statistics.median(paints[1:]),
            f"{self._role}_tap_ms_p95_cpu6x": percentile(tapped, 0.95),
        }


def _logged_in(page: Page) -> Locator:
    return page.get_by_role("button", name="Log out")


def _treat(page: Page) -> None:
    tap(page.get_by_role("button", name="Call next customer"))
    tap(page.get_by_role("button", name="Start service"))
    tap(page.get_by_role("button", name="Add a service"))
    tap(page.get_by_role("dialog").get_by_role("button", name="Deep Tissue"))
    page.get_by_role("dialog").wait_for(state="hidden")
    tap(page.get_by_role("button", name="Finish service"))
    tap(page.get_by_role("button", name="Yes, finish service"))
    tap(page.get_by_role("button", name="Mark room ready"))


def _cash(page: Page) -> None:
    tap(page.get_by_role("button", name="Next customer").first)
    tap(page.get_by_role("radio", name="Card"), force=True)
    tap(page.get_by_role("radio", name="Cash"), force=True)
    tap(page.get_by_role("button", name="Exact"))
    tap(page.get_by_role("button", name="Mark as paid"))
    tap(page.get_by_role("button", name="Done"))
