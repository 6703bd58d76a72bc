"""A photo as it came from somewhere → a small JPEG: `python -m appliance.photo < IN > OUT`.

A program of its own, which the server starts for each photo: what a decoder takes in memory goes
with it, and a picture that breaks the decoder breaks nothing else. Nothing of what came in is kept
but its pixels: no EXIF with the place where it was taken, no comment, no second file behind it.
"""

from __future__ import annotations

import contextlib
import io
import resource
import sys
import warnings
from typing import Final

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from appliance.photo_exits import NO_PICTURE, TOO_LARGE

FORMATS: Final = ("JPEG", "PNG", "WEBP")
"""What is read. No SVG: it is a program rather than a picture."""
SIDE: Final = 1200
"""The longer side of what comes out, in pixels: as wide as a kiosk shows it."""
QUALITY: Final = 80
MAX_PIXELS: Final = {"JPEG": 64_000_000, "PNG": 16_000_000, "WEBP": 16_000_000}
"""A JPEG is made smaller while it is read; the others lie in memory whole, with four bytes each."""
MEMORY_BYTES: Final = 640 * 1024 * 1024
"""Of addresses, of which Python and its libraries take a third."""
CPU_SECONDS: Final = 20


class NoPicture(Exception):
    """It is none of the formats, or it is damaged."""


class TooLarge(Exception):
    """It has more pixels than are read."""


def small(content: bytes) -> bytes:
    """A photo as it is kept.

    Args:
        content: A JPEG, PNG or WebP, whatever its name says.

    Returns:
        A JPEG of at most `SIDE` pixels, upright, in sRGB, on white where it was transparent.

    Raises:
        NoPicture: It is none of the formats, or it is damaged.
        TooLarge: It has more pixels than are read.
    """
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as image:
            width, height = image.size
            if width * height > MAX_PIXELS[image.format or "PNG"]:
                raise TooLarge
            made = io.BytesIO()
            _prepared(image).save(made, "JPEG", quality=QUALITY, optimize=True, progressive=True)
    except (Image.DecompressionBombError, MemoryError):
        raise TooLarge from None
    # What Pillow raises at damaged files is not in one family.
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, IndexError):
        raise NoPicture from None
    return made.getvalue()


def _prepared(image: Image.Image) -> Image.Image:
    profile = image.info.get("icc_profile")
    if image.mode in {"P", "LA", "PA", "1", "I;16", "I"} or "transparency" in image.info:
        image = image.convert("RGBA")
    image.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    image = ImageOps.exif_transpose(image)
    if image.mode == "RGBA":
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image).convert("RGB")
    if profile:
        with contextlib.suppress(ImageCms.PyCMSError, OSError):
            shown = ImageCms.profileToProfile(
                image,
                ImageCms.ImageCmsProfile(io.BytesIO(profile)),
                ImageCms.createProfile("sRGB"),
                outputMode="RGB",
            )
            image = shown or image
    image = image.convert("RGB")
    # `save` would write the profile and the comment of the original again.
    image.info = {}
    return image


def main() -> int:
    """Read standard input, write standard output; the exit status says what was wrong."""
    for limit, value in ((resource.RLIMIT_AS, MEMORY_BYTES), (resource.RLIMIT_CPU, CPU_SECONDS)):
        # The server's unit lets nobody set limits; there its own are in force.
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(limit, (value, value))
    warnings.simplefilter("ignore")
    try:
        made = small(sys.stdin.buffer.read())
    except NoPicture:
        return NO_PICTURE
    except TooLarge:
        return TOO_LARGE
    sys.stdout.buffer.write(made)
    return 0


if __name__ == "__main__":
    sys.exit(main())
