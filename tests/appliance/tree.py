"""The Debian tree that a machine starts with: Raspberry Pi OS Lite as far as it matters."""

from __future__ import annotations

from pathlib import Path

from tools.image import tree


def debian_tree(kept: Path) -> Path:
    """A tar of the tree, made at the first call with the host's own mirrors.

    Args:
        kept: Where it stays for the next time.
    """
    made = kept / f"{tree.SUITE}.tar"
    if made.exists():
        return made
    kept.mkdir(parents=True, exist_ok=True)
    part = made.with_name(f"{tree.SUITE}.part.tar")
    tree.make(part, tree.MACHINE)
    return part.rename(made)
