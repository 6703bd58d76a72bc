"""The pictures, each with what looks suspicious in it, and the page that shows them all."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Final

from playwright.sync_api import Page

from appliance.translations import translations
from tests.browser.at_rest import AT_REST
from tests.browser.looks import SMALL_TARGETS, SPILT_WORDS, TOO_WIDE, WRONG_EDGE

Size = dict[str, int]

TALLEST: Final = 3
"""Of a page that scrolls so many screens are pictured."""

_QUALITY: Final = 75

_CUT: Final = """() => {
  const range = document.createRange();
  const words = (each) => [...each.childNodes].filter((one) =>
    one.nodeType === 3 && one.data.trim());
  // The letters of a tall face reach out of their line, and are not cut for that: a line is, whose
  // middle is out of sight.
  const isCutBelow = (each) => { const { top, bottom } = each.getBoundingClientRect();
    return words(each).some((one) => { range.selectNodeContents(one);
      return [...range.getClientRects()].some((line) => {
        const middle = (line.top + line.bottom) / 2;
        return line.width > 1 && (middle < top || middle > bottom); }); }); };
  return [...document.querySelectorAll("body *")]
    .filter((each) => each.checkVisibility() && !each.closest(".visually-hidden, svg"))
    // What only screen readers get is clipped away.
    .filter((each) => getComputedStyle(each).clipPath === "none")
    // The shop's name gives all its room to a message beside it.
    .filter((each) => words(each).length > 0 && each.clientWidth > 1)
    .filter((each) => { const { overflowX, overflowY } = getComputedStyle(each);
      return (overflowX !== "visible" && each.scrollWidth > each.clientWidth + 1) ||
        (/hidden|clip/.test(overflowY) && isCutBelow(each)); })
    .map((each) => each.textContent.trim().slice(0, 60)); }"""

_COVERED: Final = """() => {
  const front = [...document.querySelectorAll("dialog[open], .overlay")].pop() ?? document.body;
  const atTheEnd = innerHeight + scrollY >= document.documentElement.scrollHeight - 1;
  return [...front.querySelectorAll("button, a[href], h1, h2, h3, p, li, dt, dd, label, output")]
    .filter((each) => each.checkVisibility({ opacityProperty: true, visibilityProperty: true }))
    .filter((each) => !each.closest(".visually-hidden, [inert], [aria-hidden=true]"))
    // What no finger meets is never found by its place.
    .filter((each) => getComputedStyle(each).pointerEvents !== "none")
    .filter((each) => {
      const { left, right, top, bottom } = each.getBoundingClientRect();
      const [x, y] = [(left + right) / 2, (top + bottom) / 2];
      if (right - left < 2 || x < 0 || y < 0 || x >= innerWidth || y >= innerHeight) return false;
      const seen = document.elementFromPoint(x, y);
      if (!seen || each.contains(seen) || seen.contains(each)) return false;
      // What is met beyond its own box has its place for touch enlarged, and shows nothing there.
      const box = seen.getBoundingClientRect();
      if (x < box.left || x > box.right || y < box.top || y > box.bottom) return false;
      // What a bar covers can be scrolled out from under it.
      for (let up = seen; up; up = up.parentElement)
        if (!atTheEnd && /fixed|sticky/.test(getComputedStyle(up).position)) return false;
      for (let up = each.parentElement; up; up = up.parentElement)
        if (up.scrollHeight > up.clientHeight + 1 &&
            /auto|scroll/.test(getComputedStyle(up).overflowY)) return false;
      return true;
    })
    .map((each) => each.textContent.trim().slice(0, 60));
}"""

_SENTENCES: Final = """() => { const found = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const page = document.documentElement.lang;
  while (walk.nextNode()) { const it = walk.currentNode.parentElement;
    if (it.closest("[lang]")?.lang === page && it.checkVisibility() && !it.closest("script, style"))
      found.push(walk.currentNode.data.trim().replace(/\\s+/g, " ")); }
  return found; }"""


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture.

    Attributes:
        page: Whose page: `kiosk`, `cashier`…
        state: What is on it.
        language: Its code.
        size: `1280x800`.
        suspicions: What a person should look at first; nothing that must be wrong.
    """

    page: str
    state: str
    language: str
    size: str
    suspicions: tuple[str, ...] = ()

    @property
    def file(self) -> str:
        """Its name in the album's folder."""
        words = (self.page, self.state, self.language, self.size)
        return "-".join(re.sub(r"\W+", "_", word).strip("_") for word in words) + ".jpg"


@dataclass
class Album:
    """A folder with pictures.

    Attributes:
        folder: Where they are kept.
        sizes: Only these, by name; all where it is empty.
    """

    folder: Path
    sizes: Collection[str] = ()
    pictures: list[Picture] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    def take(
        self, browser: Page, page: str, state: str, language: str, sizes: list[Size], least: int
    ) -> None:
        """Picture a page as it is, at each of the sizes.

        Args:
            browser: Shows the page.
            page: What it is called.
            state: What is on it.
            language: What it speaks.
            sizes: Of its screens.
            least: The smallest width and height of what is touched there, CSS pixels.
        """
        for size in sizes:
            name = f"{size['width']}x{size['height']}"
            if self.sizes and name not in self.sizes:
                continue
            if browser.viewport_size != size:
                browser.set_viewport_size(size)  # type: ignore[arg-type]
            browser.evaluate(AT_REST)
            picture = Picture(page, state, language, name, _look(browser, language, least))
            tall = browser.evaluate("document.documentElement.scrollHeight")
            browser.screenshot(
                path=self.folder / picture.file,
                type="jpeg",
                quality=_QUALITY,
                full_page=tall > size["height"],
                clip={
                    "x": 0,
                    "y": 0,
                    "width": size["width"],
                    "height": max(size["height"], min(tall, TALLEST * size["height"])),
                },
            )
            self.pictures.append(picture)

    def bind(self) -> Path:
        """Write the page that shows all of them; returns its path."""
        parts = [_HEAD]
        parts += [f'<p class="odd">Not taken: {escape(each)}</p>' for each in self.missing]
        for page, size in dict.fromkeys((each.page, each.size) for each in self.pictures):
            shown = [each for each in self.pictures if (each.page, each.size) == (page, size)]
            parts.append(f"<section><h2>{escape(page)}, {size}</h2><table>")
            for state in dict.fromkeys(each.state for each in shown):
                cells = "".join(_cell(each) for each in shown if each.state == state)
                parts.append(f"<tr><th>{escape(state)}</th>{cells}</tr>")
            parts.append("</table></section>")
        index = self.folder / "index.html"
        index.write_text("\n".join(parts), encoding="utf-8")
        return index


def _look(browser: Page, language: str, least: int) -> tuple[str, ...]:
    """A cheap look for what is often wrong."""
    looks = {
        "too wide": TOO_WIDE,
        "cut": _CUT,
        "sticks out": SPILT_WORDS,
        "at the wrong edge": WRONG_EDGE,
        "covered": _COVERED,
    }
    found = [f"{what}: {each}" for what, look in looks.items() for each in browser.evaluate(look)]
    found += [f"small: {each}" for each in browser.evaluate(SMALL_TARGETS, least)]
    words = translations(language)
    found += [
        f"not translated: {each}"
        for each in browser.evaluate(_SENTENCES)
        # A sentence with a placeholder is never on a page as it stands in the source.
        if each and "{" not in each and words.gettext(each) != each
    ]
    return tuple(dict.fromkeys(found))


def _cell(picture: Picture) -> str:
    odd = "".join(f"<li>{escape(each)}</li>" for each in picture.suspicions)
    return (
        f'<td><a href="{picture.file}"><img loading="lazy" src="{picture.file}" alt=""></a>'
        f"<p>{picture.language}</p>{f'<ul class=odd>{odd}</ul>' if odd else ''}</td>"
    )


_HEAD: Final = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Pictures</title>
<style>
  body { font: 13px sans-serif; margin: 16px; }
  td, th { vertical-align: top; padding: 4px; text-align: left; max-width: 260px; }
  img { width: 250px; max-height: 460px; object-fit: cover; object-position: top;
    border: 1px solid #999; }
  p, ul { margin: 2px 0; } .odd { color: #a00; overflow-wrap: anywhere; }
</style>"""
