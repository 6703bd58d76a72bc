"""What the slow machine of the benchmarks is made of, as far as it needs no kernel."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from benchmarks.child import pss_kb
from benchmarks.figures import FIGURES, table
from benchmarks.lab import QUICK, Sizes
from benchmarks.pi.measured import as_pi, family, missing_for_pi, smaller
from benchmarks.pi.shares import FACTOR, Hierarchy, Limit, Share, limit, mounted

MOUNTS = """\
proc /proc proc rw,nosuid 0 0
tmpfs /sys/fs/cgroup tmpfs rw,mode=755 0 0
cgroup /sys/fs/cgroup/cpuset cgroup rw,relatime,cpuset 0 0
cgroup /sys/fs/cgroup/cpu,cpuacct cgroup rw,relatime,cpu,cpuacct 0 0
cgroup2 /sys/fs/cgroup/unified cgroup2 rw,relatime 0 0
"""


@pytest.mark.parametrize(
    ("factor", "expected"),
    [
        (1, Limit(1_000, 1_000)),
        (FACTOR, Limit(1_000, 5_000)),
        (7.9, Limit(1_000, 7_900)),
        (1_000, Limit(1_000, 1_000_000)),
    ],
)
def test_a_limit_is_the_shortest_that_the_kernel_takes(factor: float, expected: Limit) -> None:
    assert limit(factor) == expected


@pytest.mark.parametrize("factor", [0.5, 0, -5, 1_001])
def test_a_factor_that_the_kernel_cannot_do_is_refused(factor: float) -> None:
    with pytest.raises(ValueError, match="1 to 1,000"):
        limit(factor)


def test_hierarchies_are_found_by_their_controller() -> None:
    assert list(mounted(MOUNTS)) == [
        Hierarchy(1, Path("/sys/fs/cgroup/cpu,cpuacct")),
        Hierarchy(2, Path("/sys/fs/cgroup/unified")),
    ]


@pytest.mark.parametrize(
    ("version", "files"),
    [
        (1, {"cpu.cfs_period_us": "5000", "cpu.cfs_quota_us": "1000"}),
        (2, {"cpu.max": "1000 5000"}),
    ],
)
def test_a_share_writes_its_limit_in_the_words_of_its_kernel(
    tmp_path: Path, version: int, files: dict[str, str]
) -> None:
    class Watched(Share):
        def __exit__(self, *_: object) -> None:
            """A folder of the kernel's can be removed with its files, this one cannot."""

    with Watched(Hierarchy(version, tmp_path), "server"):
        (folder,) = (path for path in tmp_path.iterdir() if path.is_dir())
        assert {path.name: path.read_text() for path in folder.iterdir()} == files
    if version == 2:
        assert (tmp_path / "cgroup.subtree_control").read_text() == "+cpu"


def test_who_is_not_root_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert "run it as root" in (missing_for_pi() or "")


def test_figures_of_others_come_under_the_name_of_a_pi() -> None:
    results = {"start_to_healthy_s": 8.0, "kiosk_transfer_kb": 40.0, "pi_server_pss_mb": 79.0}
    assert as_pi(results) == {"pi_start_to_healthy_s": 8.0, "pi_server_pss_mb": 79.0}


def test_every_figure_of_a_pi_has_a_line() -> None:
    keys = [figure.key for figure in FIGURES if figure.key.startswith("pi_")]
    lines = "\n".join(table(dict.fromkeys(keys, 1.0)))
    assert all(f"`{key}`" in lines for key in keys)
    assert "beside" not in lines
    assert len(keys) == len(set(keys))


def test_a_quick_run_stays_quick_on_a_pi() -> None:
    assert smaller(QUICK) == QUICK
    assert smaller(Sizes()).tickets < Sizes().tickets


def test_a_family_is_everybody_below() -> None:
    assert family(10, {11: 10, 12: 11, 13: 12, 20: 1, 10: 1}) == {11, 12, 13}


def test_memory_is_told_of_a_process() -> None:
    assert pss_kb(os.getpid()) > 1_000
