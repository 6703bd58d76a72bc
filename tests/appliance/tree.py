"""The Debian tree that a machine starts with: Raspberry Pi OS Lite as far as it matters."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from tools.image import tree

SUITE: Final = os.environ.get("SUITE") or tree.SUITE
"""Which of Debian's releases the machines have."""
PYTHON: Final = {"bookworm": "cp311", "trixie": "cp313"}[SUITE]
"""Theirs, as the names of wheels have it."""


def debian_tree(kept: Path) -> Path:
    """A tar of the tree, made at the first call with the host's own mirrors.

    Args:
        kept: Where it stays for the next time.
    """
    made = kept / f"{SUITE}.tar"
    if made.exists():
        return made
    kept.mkdir(parents=True, exist_ok=True)
    part = made.with_name(f"{SUITE}.part.tar")
    tree.make(part, tree.MACHINE, suite=SUITE)
    return part.rename(made)
