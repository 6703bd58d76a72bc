"""A phone as it was sold at the end of 2019: today's Chromium with what came later taken away.

It cannot show an old engine's faults, only what a page asks for that such an engine has not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from playwright.sync_api import BrowserContext, Route

WITHOUT = """
for (const [owner, names] of [
  [AbortSignal, ["timeout", "any"]],
  [window, ["structuredClone", "ResizeObserver", "requestIdleCallback", "AudioContext",
    "BroadcastChannel", "HTMLDialogElement", "WeakRef", "scheduler"]],
  [Array.prototype, ["at", "findLast", "findLastIndex", "toReversed", "toSorted", "with"]],
  [String.prototype, ["at", "replaceAll", "matchAll"]],
  [Object, ["hasOwn", "groupBy"]],
  [Promise, ["any", "allSettled"]],
  [Crypto.prototype, ["randomUUID"]],
  [Element.prototype, ["replaceChildren"]],
  [HTMLFormElement.prototype, ["requestSubmit"]],
  [HTMLDialogElement.prototype, ["showModal", "show", "close"]],
  [Navigator.prototype, ["vibrate", "locks", "wakeLock"]],
  [Intl, ["RelativeTimeFormat", "ListFormat", "DisplayNames", "Segmenter"]],
]) for (const name of names) delete owner[name];
const NumberFormat = Intl.NumberFormat;
Intl.NumberFormat = new Proxy(NumberFormat, { construct: (made, [locale, options = {}]) => {
  if (options.currencyDisplay === "narrowSymbol") throw new RangeError("narrowSymbol");
  return new made(locale, options);
}});
"""
"""For the page itself, before its own scripts."""

NEW_SELECTORS = re.compile(r":has\(|:is\(|:where\(|:focus-visible|:not\([^()]*,")
NEW_VALUES = re.compile(r"\d(?:dvh|svh|lvh|dvw|cq[wh])\b|light-dark\(|color-mix\(|\brgb\([^,)]*/")
NEW_PROPERTIES = re.compile(
    r"inset(-.*)?|(padding|margin)-(inline|block)|aspect-ratio|accent-color|text-wrap|container-.*|"
    r"translate|rotate|scale|overflow-clip-margin|line-clamp"
)
KEYFRAMES = re.compile(r"@keyframes[^{]*\{(?:[^{}]*\{[^}]*\})*\}")
NEW_CONDITIONS = re.compile(r"@container|@layer|@property|@media[^{]*(?:[<>]|not\s*\()")


@dataclass(frozen=True, slots=True)
class Rule:
    """A style rule.

    Attributes:
        around: The conditions that it stands in, outermost first.
        selector: As written.
        declarations: Property and value, in order.
    """

    around: tuple[str, ...]
    selector: str
    declarations: tuple[tuple[str, str], ...]


def rules(css: str, around: tuple[str, ...] = ()) -> Iterator[Rule]:
    """Read a minified style sheet without strings that hold braces."""
    place = 0
    while (opens := css.find("{", place)) >= 0:
        prelude = css[place:opens].strip()
        depth, end = 1, opens + 1
        while depth:
            depth += {"{": 1, "}": -1}.get(css[end], 0)
            end += 1
        inside, place = css[opens + 1 : end - 1], end
        if re.match(r"@(media|supports|container|layer)", prelude):
            yield from rules(inside, (*around, prelude))
        else:
            yield Rule(around, prelude, tuple(_declarations(inside)) if "{" not in inside else ())


def _declarations(text: str) -> Iterator[tuple[str, str]]:
    # A semicolon inside brackets is part of an address.
    for each in re.split(r";(?![^(]*\))", text):
        name, colon, value = each.partition(":")
        if colon:
            yield name.strip(), value.strip()


def flex_containers(sheet: list[Rule]) -> set[str]:
    """The selectors whose elements are flex containers."""
    return {
        selector
        for rule in sheet
        for selector in rule.selector.split(",")
        if {("display", "flex"), ("display", "inline-flex")} & set(rule.declarations)
    }


def as_of_2019(css: str) -> str:
    """The style sheet as such a phone understands it: the rest is left out, as the phone does."""
    sheet = list(rules(css))
    flex = flex_containers(sheet)
    # Keyframes hold rules of their own, which `rules` does not look into; they go through whole.
    written = [each.group() for each in KEYFRAMES.finditer(css)]
    for rule in sheet:
        if rule.selector.startswith("@keyframes") or NEW_SELECTORS.search(rule.selector):
            continue
        around = [each for each in rule.around if each != "@supports not (inset:0)"]
        if any(NEW_CONDITIONS.match(each) or each.startswith("@supports") for each in around):
            continue
        has_no_gap = any(selector in flex for selector in rule.selector.split(","))
        kept = [
            f"{name}:{value}"
            for name, value in rule.declarations
            if not NEW_PROPERTIES.fullmatch(name)
            and (name.startswith("--") or not NEW_VALUES.search(value))
            and not (has_no_gap and name in ("gap", "row-gap", "column-gap"))
        ]
        text = f"{rule.selector}{{{';'.join(kept)}}}"
        for condition in reversed(around):
            text = f"{condition}{{{text}}}"
        written.append(text)
    return "\n".join(written)


def make_older(context: BrowserContext) -> None:
    """Take from a context's pages what phones got after 2019."""
    context.add_init_script(WITHOUT)

    def style(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=as_of_2019(answer.text()))

    context.route("**/*.css*", style)
