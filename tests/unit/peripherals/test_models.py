"""The database of printers, as python-escpos has it and as it is read here."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib import resources
from pathlib import Path

import yaml

from appliance.peripherals.printing import models

_LOAD = """
import sys, tempfile
from appliance.peripherals.printing.profiles import PROFILES
from appliance.peripherals.printing import models
assert PROFILES == models.database()["profiles"]
assert tempfile.gettempdir() == sys.argv[1]
"""


def _load(code: str, temporary: Path) -> list[Path]:
    """What a program leaves in a folder for temporary files."""
    subprocess.run(
        [sys.executable, "-c", code, str(temporary)],
        check=True,
        env={**os.environ, "TMPDIR": str(temporary)},
    )
    return list(temporary.iterdir())


def test_it_is_what_the_library_would_have_read() -> None:
    said = (resources.files("escpos") / "capabilities.json").read_text()
    assert models.database() == yaml.load(said, yaml.CSafeLoader)
    assert "TM-T20II" in models.known_profiles()


def test_the_library_gets_it_and_nothing_stays_behind(tmp_path: Path) -> None:
    assert _load(_LOAD, tmp_path) == []


def test_control_the_library_alone_leaves_a_folder(tmp_path: Path) -> None:
    assert _load("import escpos.capabilities", tmp_path) != []
