"""What every page has to look like, in whatever state: nothing cut off, nothing too small."""

from __future__ import annotations

from playwright.sync_api import Page

from tests.browser import pictures
from tests.browser.axe import violations_light_and_dark

STAFF_TARGET = 48
KIOSK_TARGET = 64
"""CSS pixels."""

TOO_WIDE = """() => [...document.querySelectorAll("body *")]
  .filter((each) => each.checkVisibility() && !each.closest("svg, .attract-art, .rest-picture"))
  // It scrolls by itself, by keyboard too.
  .filter((each) => !each.closest(".demo-table"))
  // What only screen readers get is clipped away.
  .filter((each) => !each.closest(".visually-hidden") && getComputedStyle(each).clipPath === "none")
  .filter((each) => { const box = each.getBoundingClientRect();
    // A board moves a little for the sake of its screen (board/shift.js).
    const slack = each.closest(".board-host") ? 16 : 1;
    return box.left < -slack || box.right > innerWidth + slack; })
  .map((each) => `${each.tagName}.${each.className} ${each.textContent.trim().slice(0, 40)}`)"""
"""Gives what sticks out sideways."""

SMALL_TARGETS = """(least) => [...document.querySelectorAll("button, a[href], select, input")]
  .filter((each) => each.checkVisibility() && !each.closest("[inert]"))
  // What is drawn around an entry is what is touched.
  .map((each) => [each, each.closest("label, .topbar-language") ?? each])
  .filter(([, it]) => it.offsetWidth < least || it.offsetHeight < least)
  .map(([each, it]) => `${each.textContent.trim()}: ${it.offsetWidth} × ${it.offsetHeight}`)"""
"""Gives what is smaller than its argument, in CSS pixels."""


def fits(page: Page, least: int = STAFF_TARGET) -> None:
    """Nothing sticks out sideways, and everything to touch is large enough.

    Args:
        page: At rest.
        least: The smallest width and height of what can be touched.
    """
    outside = page.evaluate(TOO_WIDE)
    assert not outside, (page.url, page.viewport_size, outside)
    small = page.evaluate(SMALL_TARGETS, least)
    assert not small, (page.url, page.viewport_size, small)


def looks_right(page: Page, *words: str, least: int = STAFF_TARGET) -> None:
    """It fits, and axe-core finds nothing, in light and in dark.

    Args:
        page: At rest.
        words: What its picture is called.
        least: As of `fits`.
    """
    found = violations_light_and_dark(page)
    pictures.keep(page, *words)
    assert not found, (words, found)
    fits(page, least)
