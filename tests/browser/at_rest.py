"""Waiting until what slides, fades and changes its colour on a page has come to its end."""

from __future__ import annotations

from playwright.sync_api import FloatRect, Locator

AT_REST = """async () => {
  const running = () => document.getAnimations().filter((each) =>
    each.playState === "running" && each.effect?.getComputedTiming().endTime !== Infinity);
  // The end of one starts the next, where a colour is handed from parent to child.
  while (running().length > 0) {
    await Promise.all(running().map((each) => each.finished.catch(() => {})));
  }
}"""


def box_of(thing: Locator) -> FloatRect:
    """Where it stands and how large it is, in CSS pixels, once nothing moves any more."""
    thing.evaluate(AT_REST)
    box = thing.bounding_box()
    assert box, f"{thing} is not on the screen"
    return box
