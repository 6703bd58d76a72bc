"""What a visit costs the card: bytes and flushes of a day, as the disk itself counts them."""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path
from typing import Final, NamedTuple

from .figures import Results
from .lab import Lab
from .stored import Desk

_SECTOR: Final = 512
"""Bytes, whatever the disk's own are. https://docs.kernel.org/block/stat.html"""


class Written(NamedTuple):
    """What a disk has taken since the machine was started."""

    bytes: int
    flushes: int


def card(lab: Lab) -> Results:
    """Let a day's customers come and pay, and ask the disk that holds the data what it took.

    MariaDB writes a page that has changed when its log is nearly full, after a thousand visits, or
    when it ends: so what a day's visits share is written once, in the evening. The disk counts for
    everybody: what else runs on it counts as well.

    Returns:
        Nothing where the data lies on no disk of its own kind, such as memory.
    """
    with lab.shop() as shop, lab.server(shop) as server, ExitStack() as leaving:
        if taken(lab.folder) is None:
            return {}
        desk = Desk(shop, server, leaving)
        # The first visit opens connections and files.
        desk.visit()
        lab.mariadb.write_pages()
        before = taken(lab.folder)
        visits = lab.sizes.day_visits
        for _ in range(visits):
            desk.visit()
        # As when the appliance is switched off in the evening.
        lab.mariadb.write_pages()
        after = taken(lab.folder)
    assert before is not None
    assert after is not None
    return {
        "card_kb_per_visit": (after.bytes - before.bytes) / visits / 1000,
        "flushes_per_visit": (after.flushes - before.flushes) / visits,
    }


def taken(folder: Path) -> Written | None:
    """What the disk under a folder has written and flushed; None where there is none."""
    device = folder.stat().st_dev
    counters = Path(f"/sys/dev/block/{os.major(device)}:{os.minor(device)}/stat")
    if not counters.exists():
        return None
    found = [int(n) for n in counters.read_text().split()]
    # Kernels before 5.5 do not count flushes.
    return Written(found[6] * _SECTOR, found[15]) if len(found) > 15 else None
