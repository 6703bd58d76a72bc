"""Fonts for text that a printer's code pages cannot spell."""

from __future__ import annotations

import logging
import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Final

from PIL import ImageFont, features

log = logging.getLogger(__name__)

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

_FOLDERS: Final = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"))
# In order of preference. DejaVu has the widest single file; the others fill in its scripts.
_FILES: Final = (
    "DejaVuSans.ttf",
    "NotoSans-Regular.ttf",
    "NotoSansCJK-Regular.ttc",
    "NotoNaskhArabic-Regular.ttf",
    "NotoSansArabic-Regular.ttf",
    "NotoSansHebrew-Regular.ttf",
    "NotoSansThai-Regular.ttf",
    "NotoSansDevanagari-Regular.ttf",
    "NotoSansTamil-Regular.ttf",
    "NotoSansBengali-Regular.ttf",
    "NotoSansKhmer-Regular.ttf",
    "NotoSansLao-Regular.ttf",
    "NotoSansMyanmar-Regular.ttf",
    "NotoEmoji-Regular.ttf",
    "Symbola.ttf",
    "Symbola_hint.ttf",  # Debian's name for it
    "LiberationSans-Regular.ttf",
)
_MORE: Final = re.compile(r"Noto(Sans|Serif)\w*-Regular\.ttf")
"""Scripts and symbols that no file above has; Debian's fonts-noto-core brings some 150 of them."""
_SYMBOLS: Final = frozenset({"NotoEmoji-Regular.ttf", "Symbola.ttf", "Symbola_hint.ttf"})
"""They have letters too, but not ones to read a ticket in."""
_NOT_A_CHARACTER: Final = "\U0010ffff"
_PROBE_SIZE: Final = 24
_OF_THE_FONT: Final = (OSError, ValueError, RuntimeError)
"""What FreeType and Raqm raise where a font's own tables are at fault: Noto's supplement for Tamil
fails at characters that it does not even have."""


@lru_cache(maxsize=1)
def font_files() -> tuple[Path, ...]:
    """Usable font files of this machine, best first; empty when none is installed."""
    found: dict[str, Path] = {}
    for folder in _FOLDERS:
        for path in folder.rglob("*.tt[fc]"):
            found.setdefault(path.name, path)
    more = sorted(name for name in found if _MORE.fullmatch(name) and name not in _FILES)
    files = tuple(found[name] for name in (*_FILES, *more) if name in found)
    if not files:
        log.warning(
            "No DejaVu or Noto font is installed: text in scripts that the printers do not know "
            "will show empty boxes. Install fonts-dejavu-core and fonts-noto-cjk."
        )
    if not can_shape():
        log.warning(
            "Pillow finds no FriBiDi: Arabic and Hebrew will be printed from the wrong side. "
            "Install libfribidi0."
        )
    return files


@lru_cache(maxsize=1)
def can_shape() -> bool:
    """Whether letters are joined and ordered by Raqm, which Pillow brings, and FriBiDi."""
    return bool(features.check("raqm"))


def is_right_to_left(text: str) -> bool:
    """The direction of a paragraph: that of its first letter (Unicode Annex 9, P2 and P3)."""
    directions = (unicodedata.bidirectional(char) for char in text)
    return next((one in ("R", "AL") for one in directions if one in ("L", "R", "AL")), False)


@lru_cache(maxsize=256)
def load_font(path: Path | None, size: int) -> Font:
    """Open a font.

    Args:
        path: A font file, or None for the small Latin font inside Pillow.
        size: Height in dots.
    """
    if path is None:
        return ImageFont.load_default(size)
    return ImageFont.truetype(str(path), size)


def runs(text: str) -> list[tuple[Path | None, str]]:
    """Split a text into the fewest runs that each have a font.

    One font for the whole text is preferred, so that right-to-left text with digits in it is
    ordered as a whole.

    Args:
        text: A cleaned text.

    Returns:
        Pairs of font file and text; the file is None where nothing but Pillow's own font is left,
        which draws a box for what it does not know. It joins and orders nothing, and refuses to be
        told a direction.
    """
    for path in font_files():
        if path.name not in _SYMBOLS and all(_covers(path, char) for char in _visible(text)):
            return _set_in(path, text)
    result: list[tuple[Path | None, str]] = []
    for char in text:
        if result and result[-1][0] is None and _is_invisible(char) and char != " ":
            continue  # A box for a character is enough; none for what would have changed its look.
        previous = result[-1][0] if result else None
        own = previous if result and _is_invisible(char) else _font_of(char)
        if result and own == previous:
            result[-1] = (own, result[-1][1] + char)
        else:
            result.append((own, char))
    return [piece for path, part in result for piece in _set_in(path, part)]


def _set_in(path: Path | None, text: str) -> list[tuple[Path | None, str]]:
    """A run, or its characters one by one where the font cannot set them together."""
    if path is None or _can_set(path, text):
        return [(path, text)]
    shown = (char for char in text if char == " " or not _is_invisible(char))
    return [(path if _can_set(path, char) else None, char) for char in shown]


@lru_cache(maxsize=4096)
def _can_set(path: Path, text: str) -> bool:
    try:
        load_font(path, _PROBE_SIZE).getlength(text)
    except _OF_THE_FONT as error:
        log.warning("%s cannot set %a: %s", path, text, error)
        return False
    return True


def _visible(text: str) -> Iterator[str]:
    return (char for char in text if not _is_invisible(char))


def _is_invisible(char: str) -> bool:
    """True for what leaves no mark of its own: spaces, joiners, selectors, combining marks."""
    return char == " " or unicodedata.category(char) in ("Cf", "Mn", "Me")


@lru_cache(maxsize=4096)
def _font_of(char: str) -> Path | None:
    for path in font_files():
        if _covers(path, char):
            return path
    log.warning("No installed font has U+%04X; it is printed as a box.", ord(char))
    return None


@lru_cache(maxsize=65536)
def _covers(path: Path, char: str) -> bool:
    # FreeType draws the same replacement shape for every character that a font does not have.
    try:
        font = load_font(path, _PROBE_SIZE)
    except OSError as error:
        log.warning("%s cannot be used: %s.", path, error)
        return False
    try:
        return _shape(font, char) != _shape(font, _NOT_A_CHARACTER)
    except _OF_THE_FONT:
        return False


def _shape(font: Font, char: str) -> tuple[tuple[int, int], bytes]:
    mask = font.getmask(char)
    return mask.size, bytes(mask)
