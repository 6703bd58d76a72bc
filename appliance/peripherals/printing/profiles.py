"""Printer profiles: what a model can spell, how wide its paper is, which commands it knows.

The data is python-escpos's copy of the escpos-printer-db.
"""

from __future__ import annotations

import copy
import unicodedata
from functools import lru_cache
from typing import Any, Final

from appliance.peripherals.printing.models import is_generic
from appliance.peripherals.printing.python_escpos import PROFILES, Encoder, Profile

_UNKNOWN_PAPER_MM: Final = 58
"""What is wide enough for every printer: on narrow paper wide lines break, on wide paper narrow
lines only look narrow."""
_FALLBACK_DOTS: Final = 512
"""The narrowest 80 mm print head in the database (180 dpi): fits every 80 mm printer."""
_FALLBACK_DPI: Final = 203
_PRINTABLE_MM: Final = {58: 48, 80: 72}
"""Printable width of the two paper widths that receipt printers take, in millimetres."""
_FONT_A_DOTS: Final = 12
"""Width of one character of font A, the default font of ESC/POS printers."""
_FEWEST_COLUMNS: Final = 20
"""A profile that claims fewer has mixed up columns and dots."""

_EVERYWHERE: Final = ("CP437", "CP850", "CP860", "CP863", "CP865", "CP858", "CP1252")
"""Code pages that clones have, too, in the order in which they are tried. So € and ’ come from slot
19 or 16: in slot 15 Epson has Greek letters with a €, and a clone has nothing."""
_DOUBLE_BYTE_PAGES: Final = frozenset({"CP932"})
"""Models disagree whether this is Shift JIS or single-byte katakana."""

# Scripts whose letters change shape, stack or run from the right: the code pages hold the letters,
# but a printer sets them one after the other from the left, which nobody can read.
_UNSETTABLE_DIRECTIONS: Final = frozenset({"R", "AL", "AN", "NSM"})


class PrinterProfile:
    """One model of printer, with the paper that is loaded.

    Args:
        name: A name from `models.known_profiles`.
        paper_width_mm: 58 or 80, or None for the model's own width; 58 where the model is unknown.

    Attributes:
        dots: Width of a printed line in dots, a multiple of 8.
        columns: Characters of font A in a line.
        escpos: The profile as python-escpos wants it.

    Raises:
        KeyError: There is no profile of this name.
    """

    def __init__(self, name: str, paper_width_mm: int | None = None) -> None:
        data: dict[str, Any] = copy.deepcopy(PROFILES[name])
        media = data["media"]
        own_dots = media.get("width", {}).get("pixels")
        dots = own_dots if isinstance(own_dots, int) else None
        columns = int(data["fonts"]["0"]["columns"])
        if is_generic(name):
            paper_width_mm = paper_width_mm or _UNKNOWN_PAPER_MM
        if paper_width_mm is not None:
            dpi = media.get("dpi")
            wanted = _dots(paper_width_mm, dpi if isinstance(dpi, int) else _FALLBACK_DPI)
            if dots is None or wanted < dots:
                dots, columns = wanted, wanted // _FONT_A_DOTS
        dots = dots or _FALLBACK_DOTS
        self.dots = dots - dots % 8
        self.columns = columns if columns >= _FEWEST_COLUMNS else self.dots // _FONT_A_DOTS
        # With the real width in place the library neither complains on stdout nor cuts images off.
        media["width"] = {**media.get("width", {}), "pixels": self.dots}
        self.escpos: Any = Profile(features=data["features"])
        self.escpos.profile_data = data
        self._code_pages = _code_pages(data["codePages"])
        self._encoder = self.new_encoder()
        self._spelled: dict[str, bool] = {}

    def new_encoder(self) -> Any:
        """python-escpos's chooser of code pages; one for each job, as it remembers its choices."""
        return _Encoder(self._code_pages)

    def supports(self, feature: str) -> bool:
        """True when the model has a feature of the escpos-printer-db, such as `qrCode`."""
        return bool(self.escpos.supports(feature))

    def can_spell(self, text: str) -> bool:
        """True when every character of the text comes out of this printer as written."""
        return all(self._can_spell_one(char) for char in text)

    def _can_spell_one(self, char: str) -> bool:
        if " " <= char <= "~":
            return True
        known = self._spelled.get(char)
        if known is None:
            known = self._spelled[char] = (
                char >= "\xa0"
                and unicodedata.category(char)[0] in "LNPS"
                and unicodedata.bidirectional(char) not in _UNSETTABLE_DIRECTIONS
                and any(self._encoder.can_encode(page, char) for page in self._encoder.codepages)
            )
        return known


class _Encoder(Encoder):  # type: ignore[misc]
    """Chooses the code page that most printers have, not the one in the lowest slot."""

    def find_suitable_encoding(self, char: str) -> str | None:
        """A page that has a character; one that the job has used before, if it can be."""

        def order(item: tuple[str, int]) -> tuple[bool, int, int]:
            page, slot = item
            common = _EVERYWHERE.index(page) if page in _EVERYWHERE else len(_EVERYWHERE)
            return page not in self.used_encodings, common, slot

        codepages: dict[str, int] = self.codepages
        for page, _ in sorted(codepages.items(), key=order):
            if self.can_encode(page, char):
                self.used_encodings.add(page)
                return page
        return None


def _code_pages(slots: dict[str, str]) -> dict[str, int]:
    """Slots by code page: the lowest one, where a model has a page twice.

    The library takes the highest and orders slots as text, which makes the katakana page the
    first choice on some models.
    """
    pages: dict[str, int] = {}
    for slot, name in sorted((int(slot), name) for slot, name in slots.items()):
        if name not in _DOUBLE_BYTE_PAGES:
            pages.setdefault(name, slot)
    return pages


def _dots(paper_width_mm: int, dpi: int) -> int:
    # Print heads sold as 203 dpi have exactly 8 dots per millimetre.
    per_mm = 8 if dpi == 203 else dpi / 25.4
    dots = int(_PRINTABLE_MM[paper_width_mm] * per_mm)
    return dots - dots % 8


@lru_cache(maxsize=16)
def profile_for(name: str, paper_width_mm: int | None = None) -> PrinterProfile:
    """The profile, made once per model and paper."""
    return PrinterProfile(name, paper_width_mm)
