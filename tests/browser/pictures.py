"""Pictures of the screens for people to look at: kept outside the repository, where asked for.

`SCREENSHOTS=var/screenshots make test` keeps every page in every state, language and size that the
tests come by.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from PIL import Image
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
    page.screenshot(path=Path(_FOLDER) / f"{_name(words)}-{size['width']}x{size['height']}.png")


def keep_image(picture: Image.Image, *words: str) -> None:
    """Keep a picture that a test has made, if anybody wants it.

    Args:
        picture: What to keep.
        words: What it is called.
    """
    if _FOLDER:
        Path(_FOLDER).mkdir(parents=True, exist_ok=True)
        picture.save(Path(_FOLDER) / f"{_name(words)}.png")


def _name(words: tuple[str, ...]) -> str:
    return "-".join(re.sub(r"\W+", "_", word).strip("_") for word in words)
