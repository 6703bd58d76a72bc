"""`make clean` removes what make can build again, and nothing else."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_sites_keys_and_fetched_backups_stay(tmp_path: Path) -> None:
    shutil.copy(ROOT / "Makefile", tmp_path)
    kept = [tmp_path / "var/site/ca.key", tmp_path / "var/site/backups/lobby/one.tar"]
    built = [tmp_path / name for name in (".venv/x", "var/demo/x", "dist/x", "var/ansible/x")]
    for path in (*kept, *built):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    subprocess.run(["make", "clean"], cwd=tmp_path, check=True, capture_output=True)
    assert all(path.exists() for path in kept)
    assert not [path for path in built if path.exists()]
