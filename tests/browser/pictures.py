"""Pictures of the screens for people to look at: kept outside the repository, where asked for.

`SCREENSHOTS=var/screenshots make test` keeps every page in every state, language and size that the
tests come by.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from playwright.sync_api import Page

_FOLDER = os.environ.get("SCREENSHOTS")


def keep(page: Page, *words: str) -> None:
    """Take a picture, if anybody wants it.

    Args:
        page: At rest.
        words: Page, state, language: what the picture is called; its size follows.
    """
    if not _FOLDER:
        return
    size = page.viewport_size
    assert size
    name = "-".join(re.sub(r"\W+", "_", word).strip("_") for word in words)
    page.screenshot(path=Path(_FOLDER) / f"{name}-{size['width']}x{size['height']}.png")
