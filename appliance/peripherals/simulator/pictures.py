"""Turn the three ways of ESC/POS to send a picture into one: a black-and-white image."""

from __future__ import annotations

from PIL import Image

from appliance.peripherals.simulator.elements import PAPER_DOTS


def _from_rows(width: int, height: int, rows: bytes, scale: tuple[int, int]) -> Image.Image | None:
    """Build an image from rows of bits, 1 = black, cut off at the paper's edge."""
    needed = (width + 7) // 8 * height
    if width == 0 or height == 0 or len(rows) < needed:
        return None
    image = Image.frombytes("1", (width, height), rows[:needed], "raw", "1;I")
    if scale != (1, 1):
        image = image.resize((width * scale[0], height * scale[1]), Image.Resampling.NEAREST)
    return image.crop((0, 0, PAPER_DOTS, image.height)) if image.width > PAPER_DOTS else image


def from_raster(args: bytes) -> Image.Image | None:
    """Read GS v 0.

    Args:
        args: m xL xH yL yH and the rows; bit 0 of m doubles the width, bit 1 the height.

    Returns:
        The image, or None when there is nothing to print.
    """
    width = 8 * int.from_bytes(args[1:3], "little")
    height = int.from_bytes(args[3:5], "little")
    scale = (2 if args[0] & 1 else 1, 2 if args[0] & 2 else 1)
    return _from_rows(width, height, args[5:], scale)


def from_graphics(args: bytes) -> Image.Image | None:
    """Read GS ( L function 112 (graphics data in raster format).

    Args:
        args: m fn a bx by c xL xH yL yH and the rows; bx and by are 1 or 2.

    Returns:
        The image, or None when there is nothing to print.
    """
    if len(args) < 10:
        return None
    width = int.from_bytes(args[6:8], "little")
    height = int.from_bytes(args[8:10], "little")
    scale = (2 if args[3] == 2 else 1, 2 if args[4] == 2 else 1)
    return _from_rows(width, height, args[10:], scale)


def from_columns(args: bytes) -> Image.Image | None:
    """Read ESC *, a band of 8 or 24 dots sent column by column.

    Args:
        args: m nL nH and the columns. m 0 and 32 are half as dense across; m 0 and 1 have 8 dots
            a column, each as high as three.

    Returns:
        The image, or None when there is nothing to print.
    """
    mode, count = args[0], int.from_bytes(args[1:3], "little")
    per_column = 3 if mode in (32, 33) else 1
    columns = args[3 : 3 + count * per_column]
    if count == 0 or mode not in (0, 1, 32, 33):
        return None
    # Columns read as rows are the picture lying on its side: mirror it over its diagonal.
    lying = Image.frombytes("1", (8 * per_column, count), columns, "raw", "1;I")
    image = lying.transpose(Image.Transpose.TRANSPOSE)
    scale = (1 if mode in (1, 33) else 2, 1 if per_column == 3 else 3)
    if scale != (1, 1):
        image = image.resize((image.width * scale[0], image.height * scale[1]))
    return image.crop((0, 0, PAPER_DOTS, image.height)) if image.width > PAPER_DOTS else image
