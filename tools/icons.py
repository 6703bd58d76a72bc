"""Makes browser modules of the icons that the pages use: `python -m tools.icons FOLDER`.

Those that a manager may give to the menu are a module of their own, for the pages that show it.

The drawings come from Lucide (ISC licence), where npm has put them; only these are delivered.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Final

from appliance.server.domain.menu_icons import MENU_ICONS

SOURCE: Final = Path(__file__).parents[1] / "node_modules" / "lucide-static"

ICONS: Final = {
    "alert": "triangle-alert",
    "back": "arrow-left",
    "backspace": "delete",
    "bell": "bell-ring",
    "card": "credit-card",
    "cash": "banknote",
    "check": "check",
    "clock": "clock",
    "close": "x",
    "devices": "monitor-smartphone",
    "door": "door-open",
    "down": "arrow-down",
    "contrast": "contrast",
    "drag": "grip-vertical",
    "exit": "log-out",
    "history": "history",
    "info": "info",
    "key": "key-round",
    "language": "languages",
    "link": "link",
    "lock": "lock",
    "menu": "book-open",
    "minus": "minus",
    "off": "ban",
    "offline": "wifi-off",
    "other": "ellipsis",
    "people": "users",
    "phone": "smartphone",
    "play": "play",
    "plus": "plus",
    "printer": "printer",
    "reach": "arrow-down-to-line",
    "sound": "volume-2",
    "sparkle": "sparkles",
    "text": "a-large-small",
    "ticket": "ticket",
    "undo": "undo-2",
    "up": "arrow-up",
}
"""What a page calls it → what Lucide calls it."""

MOTIFS: Final = ("flower-2", "droplets", "leaf", "waves", "sprout", "sparkles", "sun", "flower")
"""What tells one category's card from the next."""


def drawing(name: str) -> str:
    """The shapes of an icon, without the `<svg>` around them."""
    text = (SOURCE / "icons" / f"{name}.svg").read_text(encoding="utf-8")
    shapes = text[text.index(">", text.index("<svg")) + 1 : text.index("</svg>")]
    return re.sub(r"\s+", " ", shapes).replace("> <", "><").strip()


def _module(*lines: str) -> str:
    """A module's text, with the licence that its drawings ask for."""
    licence = (SOURCE / "LICENSE").read_text(encoding="utf-8").strip().replace("*/", "")
    lit = 'import { svg } from "/static/common/vendor/lit-html/lit-html.js";'
    return "\n".join([f"/*\n{licence}\n*/", lit, *lines, ""])


def icons() -> str:
    """The module of the pages' own icons."""
    shapes = [f"  {name}: svg`{drawing(source)}`," for name, source in ICONS.items()]
    return _module("export const SHAPES = {", *shapes, "};")


def menu_icons() -> str:
    """The module of the menu's icons, and of what a card wears by its place without one."""
    shapes = [f'  "{name}": svg`{drawing(name)}`,' for name in MENU_ICONS]
    motifs = [f'  MENU_SHAPES["{name}"],' for name in MOTIFS]
    return _module(
        "/** @type {Record<string, unknown>} */",
        "export const MENU_SHAPES = {",
        *shapes,
        "};",
        "export const MOTIFS = [",
        *motifs,
        "];",
    )


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    (folder / "icons.js").write_text(icons(), encoding="utf-8")
    (folder / "menu_icons.js").write_text(menu_icons(), encoding="utf-8")
