"""One picture of all five screens, for the README."""

from __future__ import annotations

from collections.abc import Mapping

from PIL import Image, ImageChops, ImageDraw, ImageFilter

GAP = 36
WIDE = (736, 460)
BACKGROUND = (228, 224, 217)
SHADOW = (176, 170, 160)
RADIUS = 14


def compose(pictures: Mapping[str, Image.Image]) -> Image.Image:
    """Put the five screens side by side: the phone between two columns of large screens."""
    phone_shot = pictures["therapist"]
    tall = 2 * WIDE[1] + GAP
    phone = (round(tall * phone_shot.width / phone_shot.height), tall)
    middle, right = 2 * GAP + WIDE[0], 3 * GAP + WIDE[0] + phone[0]
    low = 2 * GAP + WIDE[1]
    places = {
        "kiosk-code": (GAP, GAP, WIDE),
        "simulator": (GAP, low, WIDE),
        "therapist": (middle, GAP, phone),
        "cashier": (right, GAP, WIDE),
        "board": (right, low, WIDE),
    }
    page = Image.new("RGB", (right + WIDE[0] + GAP, tall + 2 * GAP), BACKGROUND)
    for name, (left, top, size) in places.items():
        _lay(page, pictures[name].resize(size, Image.Resampling.LANCZOS), left, top)
    return page


def _lay(page: Image.Image, screen: Image.Image, left: int, top: int) -> None:
    """Lay a screen with round corners and a soft shadow on the page."""
    mask = Image.new("L", page.size, 0)
    box = (left, top, left + screen.width - 1, top + screen.height - 1)
    ImageDraw.Draw(mask).rounded_rectangle(box, RADIUS, fill=255)
    soft = ImageChops.offset(mask, 0, 6).filter(ImageFilter.GaussianBlur(10))
    page.paste(SHADOW, mask=soft)
    sheet = Image.new("RGB", page.size)
    sheet.paste(screen, (left, top))
    page.paste(sheet, mask=mask)
