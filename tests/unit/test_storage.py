"""How full, worn and old a card is, of what the kernel shows of real ones."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pytest

from appliance import storage


class Usage(NamedTuple):
    """As `shutil.disk_usage` answers."""

    total: int
    used: int
    free: int


def machine(root: Path, files: dict[str, str]) -> Path:
    """A machine's /sys with these files, set up in February."""
    files = {"etc/machine-id": "", **files}
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    set_up = datetime(2026, 2, 3, 12, tzinfo=UTC).timestamp()
    os.utime(root / "etc/machine-id", (set_up, set_up))
    return root


def told(root: Path, device: str | None = "mmcblk0p2") -> list[tuple[str, str]]:
    return [(str(fact.level), fact.sentence.english()) for fact in storage.look(root, device)][1:]


SINCE = ("ok", "This machine has been set up since 2026-02-03.")


@pytest.mark.parametrize(
    ("life", "spare", "level", "part"),
    [
        ("0x01 0x01", "0x01", "ok", "About 10 % of the card's expected life is used."),
        ("0x02 0x08", "0x01", "ok", "About 80 %"),
        ("0x09 0x01", "0x01", "warning", "about 90 % of its expected life is used. Have a new"),
        ("0x03 0x03", "0x02", "warning", "The card is worn: about 30 %"),
        ("0x03 0x03", "0x03", "bad", "worn out"),
        ("0x0b 0x02", "0x01", "bad", "worn out"),
    ],
)
def test_an_emmc_says_how_worn_it_is(
    tmp_path: Path, life: str, spare: str, level: str, part: str
) -> None:
    root = machine(
        tmp_path,
        {
            "sys/block/mmcblk0/device/life_time": f"{life}\n",
            "sys/block/mmcblk0/device/pre_eol_info": f"{spare}\n",
            "sys/block/mmcblk0/device/date": "07/2024\n",
            "sys/block/mmcblk1/device/date": "01/2019\n",
            "sys/fs/ext4/mmcblk0p2/lifetime_write_kbytes": "1000000\n",
        },
    )
    worn, made, since = told(root)
    assert worn[0] == level
    assert part in worn[1]
    assert made == ("ok", "The card was made in 2024-07."), "this one, not the stick beside it"
    assert since == SINCE


@pytest.mark.parametrize("life", ["0x00 0x00", "", "unknown", None])
def test_a_card_that_says_nothing_is_told_by_what_was_written(
    tmp_path: Path, life: str | None
) -> None:
    files = {"sys/fs/ext4/mmcblk0p2/lifetime_write_kbytes": "123456789\n"}
    if life is not None:
        files["sys/block/mmcblk0/device/life_time"] = f"{life}\n"
    root = machine(tmp_path, files)
    written = "126.4 GB have been written to the card since it was set up."
    assert told(root) == [("ok", written), SINCE]


def test_where_the_kernel_shows_nothing_there_is_nothing_to_say(tmp_path: Path) -> None:
    assert told(machine(tmp_path, {}), None) == [SINCE]
    os.utime(tmp_path / "etc/machine-id", (0, 0))
    assert told(tmp_path, None) == [], "a clock that began at zero says no date"
    assert storage.look(), "this machine, whatever it is"


def test_the_partition_is_the_one_that_the_root_is_on(tmp_path: Path) -> None:
    number = tmp_path.stat().st_dev
    shown = f"sys/dev/block/{os.major(number)}:{os.minor(number)}/uevent"
    files = {
        shown: "MAJOR=179\nMINOR=2\nDEVNAME=mmcblk0p2\nDEVTYPE=partition\n",
        "sys/fs/ext4/mmcblk0p2/lifetime_write_kbytes": "2000000\n",
        "sys/fs/ext4/sda1/lifetime_write_kbytes": "9000000\n",
    }
    assert told(machine(tmp_path, files), None)[0][1].startswith("2.0 GB have been written")


@pytest.mark.parametrize(
    ("free", "level", "part"),
    [(20, "ok", "20.0 GB of 32.0 GB"), (3, "warning", "almost full"), (0.4, "bad", "almost full")],
)
def test_how_full_it_is(
    monkeypatch: pytest.MonkeyPatch, free: float, level: str, part: str
) -> None:
    usage = Usage(32 * 10**9, 0, int(free * 10**9))
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    (fact,) = storage.room()
    assert fact.level == level
    assert part in fact.sentence.english()
