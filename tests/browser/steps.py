"""A newcomer at a screen, who goes by the words on it; the page counts the steps."""

from __future__ import annotations

import re

from playwright.sync_api import BrowserContext, Locator, Page, expect

_COUNTER = """(() => {
  const kept = "steps taken";
  const entries = "input:not([type=checkbox], [type=radio], [type=file]), textarea, select";
  let last = null;
  // An entry is one step, with all that is typed into it; else each touch and each key is one.
  const step = (target) => {
    const it = target?.closest?.("label")?.control ?? target;
    const entry = it?.matches?.(entries) ? it : null;
    if (entry === null || entry !== last) {
      sessionStorage.setItem(kept, 1 + Number(sessionStorage.getItem(kept)));
    }
    last = entry;
  };
  const keys = /^(Enter|Escape|Tab|Arrow.*|F[0-9]+)$/;
  addEventListener("pointerdown", (e) => e.isTrusted && step(e.target), true);
  addEventListener("input", ({ isTrusted, target }) => {
    if (isTrusted && target.matches(entries)) step(target);
  }, true);
  addEventListener("keydown", (e) => e.isTrusted && keys.test(e.key) && step(null), true);
})()"""

_TOUCHED = "button, a[href], summary, label"
_TYPED = "input:not([type=checkbox], [type=radio]), textarea, select"


def count_steps(context: BrowserContext) -> None:
    """Let the pages of a browser count what a hand does to them: trusted events alone."""
    context.add_init_script(_COUNTER)


class Newcomer:
    """Someone who has never seen the page: touches only what is in sight and says what it does.

    Args:
        page: Counts the steps (`count_steps`).
        touch: Whether there is a finger instead of a mouse.
    """

    def __init__(self, page: Page, *, touch: bool = False) -> None:
        self.page = page
        self._touch = touch

    @property
    def steps(self) -> int:
        """Touches, keys and entries so far, as the page has counted them."""
        return int(self.page.evaluate("Number(sessionStorage.getItem('steps taken'))"))

    def tap(self, words: str) -> None:
        """Touch the one thing that begins with these words.

        Args:
            words: As they stand on the screen, with the dots of what asks before it acts.
        """
        things = self._front().locator(_TOUCHED)
        self.touch(things.filter(has_text=self._begins(words), visible=True))

    def touch(self, thing: Locator) -> None:
        """Touch what is the only one of its kind, and in sight without scrolling."""
        expect(thing).to_have_count(1)
        expect(thing).to_be_in_viewport()
        if self._touch:
            thing.tap()
        else:
            thing.click()

    def fill(self, label: str, text: str) -> None:
        """Type into the one entry that is called so, or choose the last of its list."""
        labelled = self._front().get_by_label(self._begins(label))
        entry = labelled.and_(self.page.locator(_TYPED)).filter(visible=True)
        expect(entry).to_have_count(1)
        expect(entry).to_be_in_viewport()
        if entry.evaluate("(it) => it.matches('select')"):
            self._choose(entry, text)
            return
        if not entry.evaluate("(it) => it === document.activeElement"):
            self.touch(entry)
        self.page.keyboard.type(text)

    def _choose(self, entry: Locator, text: str) -> None:
        """Take the last of a list, once the list has it: what is typed depends on the pace."""
        last = entry.locator("option").last
        expect(last).to_have_text(self._begins(text))
        entry.focus()
        self.page.keyboard.press("End")
        expect(last).to_have_js_property("selected", True)

    def sees(self, words: str | re.Pattern[str]) -> None:
        """It stands there, in sight."""
        seen = self._front().get_by_text(words).filter(visible=True)
        expect(seen.and_(self.page.locator(":not(.visually-hidden)")).first).to_be_in_viewport()

    @staticmethod
    def _begins(words: str) -> re.Pattern[str]:
        """A name that begins so; a price, a hint or a key may follow."""
        return re.compile(rf"^\s*{re.escape(words)}(?![\w…])")

    def _front(self) -> Locator:
        """What can be reached: of a page with an open dialog, the dialog."""
        return self.page.locator("body:not(:has(dialog[open])), dialog[open]").last
