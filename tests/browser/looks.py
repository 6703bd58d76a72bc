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

SPILT_WORDS = """() => [...document.querySelectorAll("button, a.button")]
  .filter((each) => each.checkVisibility())
  .filter((each) => {
    const { left, right } = each.getBoundingClientRect();
    const texts = document.createTreeWalker(each, NodeFilter.SHOW_TEXT);
    const words = document.createRange();
    const spills = (text) => {
      // What only screen readers get is clipped away, and so is what ends with three dots.
      for (let around = text.parentElement; around !== each; around = around.parentElement) {
        const { overflowX, clipPath } = getComputedStyle(around);
        if (overflowX !== "visible" || clipPath !== "none") return false;
      }
      words.selectNodeContents(text);
      return [...words.getClientRects()].some((part) =>
        part.width > 0 && (part.left < left - 1 || part.right > right + 1));
    };
    while (texts.nextNode()) if (spills(texts.currentNode)) return true;
    return false;
  })
  .map((each) => `${each.className}: ${each.textContent.trim().slice(0, 60)}`)"""
"""Gives the buttons whose words stick out of them."""

WRONG_EDGE = """() => document.documentElement.dir !== "rtl" ? [] :
  [...document.querySelectorAll(".line-title, .clamp, h3[dir=auto], p[dir=auto]")]
  .filter((each) => each.checkVisibility() && each.textContent.trim())
  .filter((each) => {
    const words = document.createRange();
    words.selectNodeContents(each);
    const { right } = words.getBoundingClientRect();
    return getComputedStyle(each).textAlign !== "center" &&
      each.getBoundingClientRect().right - right > 2;
  })
  .map((each) => `${each.className}: ${each.textContent.trim().slice(0, 60)}`)"""
"""Gives what begins at the left on a page that is read from the right: names in another script."""


def fits(page: Page, least: int = STAFF_TARGET) -> None:
    """Nothing sticks out, each line begins at its edge, and what is touched is large enough.

    Args:
        page: At rest.
        least: The smallest width and height of what can be touched.
    """
    for look in (TOO_WIDE, SPILT_WORDS, WRONG_EDGE):
        astray = page.evaluate(look)
        assert not astray, (page.url, page.viewport_size, astray)
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
