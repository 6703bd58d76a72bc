"""Flushes as slow as a memory card's, for one program."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Final

FLUSH_MS: Final = 7.5
"""How long a flush takes on a card: assumed, between the 5 and 10 ms that are said of good ones. No
card of ours has been measured."""
COMPILER: Final = "gcc"
_SOURCE: Final = Path(__file__).parent / "slow_flush.c"


def slow_flushes(folder: Path, milliseconds: float = FLUSH_MS) -> dict[str, str]:
    """Build the library that slows flushes.

    Args:
        folder: Where it goes.
        milliseconds: What a flush takes at least.

    Returns:
        The environment of a program whose flushes are to be slow.

    Raises:
        subprocess.CalledProcessError: It cannot be built; the compiler has said why on stderr.
    """
    library = folder / "slow_flush.so"
    compiler = shutil.which(COMPILER) or COMPILER
    subprocess.run(
        [compiler, "-shared", "-fPIC", "-O2", "-Wall", "-Werror", "-o", library, _SOURCE, "-ldl"],
        check=True,
    )
    return {"LD_PRELOAD": str(library), "SLOW_FLUSH_US": str(round(milliseconds * 1000))}
