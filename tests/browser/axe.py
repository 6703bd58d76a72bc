"""What axe-core finds wrong on a page for people who see, hear or move differently."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from playwright.sync_api import Page

from tests.browser.at_rest import AT_REST

_SCRIPT = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

_LOOK = (
    f"""async ([rules, coloursAlone]) => {{
  await ({AT_REST})();
"""
    """  const colours = axe.getRules(["cat.color"]).map(({ ruleId }) => ruleId);
  const those = axe.getRules(rules).map(({ ruleId }) => ruleId)
    .filter((rule) => colours.includes(rule));
  const { violations } = await axe.run(document, {
    runOnly: coloursAlone ? { type: "rule", values: those } : rules,
    resultTypes: ["violations"] });
  return violations.flatMap(({ id, help, nodes }) => nodes.map(
    (node) => `${id}: ${help}: ${node.target.join(" ")}: ${node.any[0]?.message ?? ""}`));
}"""
)


@cache
def _source() -> str:
    return _SCRIPT.read_text()


def violations(page: Page, *, colours_alone: bool = False) -> list[str]:
    """Every violation in the colours that the page shows now, one line each.

    Args:
        page: At rest; running transitions are waited for.
        colours_alone: Look at nothing else: the page was looked at in other colours.
    """
    if not page.evaluate("typeof axe === 'object'"):
        # Through the debugger: the page's own security policy forbids foreign scripts.
        page.evaluate(_source())
    found: list[str] = page.evaluate(_LOOK, [_RULES, colours_alone])
    return found


def violations_light_and_dark(page: Page) -> list[str]:
    """The same in light and in dark; the page is light again afterwards."""
    found: list[str] = []
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        # Dark is a matter of colours: names, roles and sizes are the same in light.
        seen = violations(page, colours_alone=scheme == "dark")
        found += [f"{scheme}: {each}" for each in seen]
    return found
