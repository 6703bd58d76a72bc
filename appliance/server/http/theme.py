"""The shop's own look: its logo, and its accent as a style sheet that stays readable."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from flask import Blueprint, Response, request

from appliance.server.config import LOGO_TYPES, Settings
from appliance.server.domain.errors import NotFound

Colour = tuple[float, float, float]
"""Red, green and blue from 0 to 1, in sRGB."""

_FOREVER: Final = 365 * 24 * 60 * 60
_WHITE: Final = (1.0, 1.0, 1.0)
_BLACK: Final = (0.0, 0.0, 0.0)
_ENOUGH: Final = 4.5
"""WCAG 2.2, success criterion 1.4.3."""


@dataclass(frozen=True, slots=True)
class Scheme:
    """The surfaces of `tokens.css` that the accent stands on.

    Attributes:
        page: The page itself.
        ink: Towards which the accent goes until it can be read.
    """

    page: Colour
    ink: Colour


def colour(text: str) -> Colour:
    """Read `#rrggbb`."""
    red, green, blue = (int(text[place : place + 2], 16) / 255 for place in (1, 3, 5))
    return red, green, blue


def written(value: Colour) -> str:
    """Write `#rrggbb`."""
    return "#" + "".join(f"{round(part * 255):02x}" for part in value)


def luminance(value: Colour) -> float:
    """Relative luminance, as WCAG 2.2 defines it."""
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in value
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: Colour, other: Colour) -> float:
    """Contrast ratio from 1 to 21, as WCAG 2.2 defines it."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def mix(one: Colour, other: Colour, share: float) -> Colour:
    """So much of the other."""
    red, green, blue = (a + (b - a) * share for a, b in zip(one, other, strict=True))
    return red, green, blue


def readable(value: Colour, towards: Colour, *surfaces: Colour) -> Colour:
    """The colour, moved only as far towards another as text on all these surfaces needs."""
    for step in range(101):
        moved = mix(value, towards, step / 100)
        if all(contrast(moved, surface) >= _ENOUGH for surface in surfaces):
            return moved
    return towards


_LIGHT: Final = Scheme(colour("#f8f3eb"), _BLACK)
_DARK: Final = Scheme(colour("#24201c"), _WHITE)


def _properties(accent: Colour, scheme: Scheme) -> dict[str, Colour]:
    shown = readable(accent, scheme.ink, scheme.page)
    soft = mix(scheme.page, accent, 0.14)
    on_accent = max(_WHITE, mix(accent, _BLACK, 0.85), key=lambda each: contrast(each, shown))
    hover = mix(shown, _BLACK if on_accent == _WHITE else _WHITE, 0.15)
    return {
        "accent": shown,
        "accent-hover": hover,
        "on-accent": on_accent,
        "accent-ink": readable(accent, scheme.ink, scheme.page, soft),
        "accent-soft": soft,
    }


def style_sheet(accent: str) -> str:
    """The five properties of `tokens.css` that a shop's accent replaces, in light and dark.

    Args:
        accent: `#rrggbb`.
    """
    light, dark = (_properties(colour(accent), scheme) for scheme in (_LIGHT, _DARK))
    # Not `light-dark()`, which phones before 2024 do not know.
    in_dark = _block(':root:not([data-color-scheme="light"])', dark)
    return "\n".join(
        [
            _block(":root", light),
            f"@media (prefers-color-scheme: dark) {{\n{in_dark}}}",
            _block(':root[data-color-scheme="dark"]', dark),
        ]
    )


def _block(selector: str, colours: dict[str, Colour]) -> str:
    lines = [f"  --{name}: {written(value)};" for name, value in colours.items()]
    return "\n".join([f"{selector} {{", *lines, "}", ""])


@dataclass(frozen=True, slots=True)
class Image:
    """A picture of the shop's own.

    Attributes:
        content: As in its file.
        mimetype: Of it.
        url: Its address, another one for another picture.
    """

    content: bytes
    mimetype: str
    url: str

    @classmethod
    def read(cls, path: Path | None, rule: str) -> Image | None:
        """The picture in a file, served under a path; None where there is no file."""
        if path is None:
            return None
        content = path.read_bytes()
        return cls(content, LOGO_TYPES[path.suffix.lower()], f"{rule}?v={_version(content)}")


class Look:
    """What pages load for the shop's own look.

    Args:
        settings: Of the shop.

    Attributes:
        style: Address of the style sheet; None where the shop keeps the usual accent.
        logo: Address of the logo; None where there is none.
        board_picture: Address of the lobby board's picture; None where there is none.
    """

    def __init__(self, settings: Settings) -> None:
        self._sheet = style_sheet(settings.accent).encode() if settings.accent else None
        self._logo = Image.read(settings.logo_file, "/shop/logo")
        self._board_picture = Image.read(settings.board.picture_file, "/shop/board")
        self.style = f"/shop/theme.css?v={_version(self._sheet)}" if self._sheet else None
        self.logo = self._logo.url if self._logo else None
        self.board_picture = self._board_picture.url if self._board_picture else None

    def serve_style(self) -> Response:
        """The style sheet."""
        return _file(self._sheet, "text/css")

    def serve_logo(self) -> Response:
        """The logo."""
        return _image(self._logo)

    def serve_board_picture(self) -> Response:
        """The lobby board's picture."""
        return _image(self._board_picture)


def create(look: Look) -> Blueprint:
    """The blueprint."""
    blueprint = Blueprint("shop", __name__, url_prefix="/shop")
    blueprint.add_url_rule("/theme.css", "theme", look.serve_style)
    blueprint.add_url_rule("/logo", "logo", look.serve_logo)
    blueprint.add_url_rule("/board", "board_picture", look.serve_board_picture)
    return blueprint


def _image(image: Image | None) -> Response:
    return _file(image.content, image.mimetype) if image else _file(None, "")


def _version(content: bytes | None) -> str:
    return hashlib.sha256(content or b"").hexdigest()[:16]


def _file(content: bytes | None, mimetype: str) -> Response:
    if content is None:
        raise NotFound("Page not found.")
    response = Response(content, mimetype=mimetype)
    response.set_etag(_version(content))
    response.cache_control.public = True
    response.cache_control.max_age = _FOREVER if "v" in request.args else 0
    response.make_conditional(request)
    return response
