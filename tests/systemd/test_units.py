"""The units as systemd reads them: clean, and locked down as far as they can be."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

UNITS = Path(__file__).parents[2] / "systemd"
pytestmark = pytest.mark.skipif(
    not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed here"
)


def analyze(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["systemd-analyze", *map(str, arguments)], capture_output=True, text=True, check=False
    )


def test_every_unit_is_clean(tmp_path: Path) -> None:
    # `verify` wants the programs to be there; on this machine another one stands in for them.
    for unit in UNITS.iterdir():
        text = re.sub(
            r"^(ExecStart|ExecStartPre)=\S+",
            r"\1=/bin/true",
            unit.read_text(),
            flags=re.MULTILINE,
        )
        # What it orders itself after or into need not be installed here either.
        (tmp_path / unit.name).write_text(text)
    ended = analyze("verify", "--man=no", *sorted(tmp_path.iterdir()))
    ours = [line for line in ended.stderr.splitlines() if "appliance-" in line]
    assert ours == []


def test_a_typo_would_be_noticed(tmp_path: Path) -> None:
    broken = tmp_path / "appliance-x.service"
    broken.write_text("[Service]\nType=oneshot\nExecStart=/bin/true\nMemoryMux=1M\n")
    assert "MemoryMux" in analyze("verify", "--man=no", broken).stderr


@pytest.mark.parametrize("name", ["server", "peripherals", "backup", "health"])
def test_a_unit_is_exposed_little(name: str) -> None:
    ended = analyze("security", "--offline=yes", UNITS / f"appliance-{name}.service")
    found = re.search(r"Overall exposure level.*: ([0-9.]+)", ended.stdout)
    assert found, ended.stderr
    assert float(found[1]) <= 2.5


@pytest.mark.parametrize("name", ["server", "peripherals"])
def test_no_unit_falls_with_another(name: str) -> None:
    text = (UNITS / f"appliance-{name}.service").read_text()
    assert not re.search(r"^(Requires|BindsTo|PartOf|Requisite)=", text, re.MULTILINE)
    assert "Restart=always" in text
    assert "StartLimitIntervalSec=0" in text


def test_nothing_waits_for_a_network_or_for_what_it_can_do_without() -> None:
    texts = {unit.name: unit.read_text() for unit in UNITS.iterdir()}
    assert not [name for name, text in texts.items() if "network-online.target" in text]
    after = re.findall(r"^After=(.*)$", texts["appliance-kiosk.service"], re.MULTILINE)
    assert "appliance-server.service" not in " ".join(after), "the screen says that it is starting"


def test_no_unit_holds_a_secret() -> None:
    for unit in UNITS.iterdir():
        assert not re.search(
            r"Environment=.*(PASSWORD|SECRET|TOKEN)[A-Z_]*=(?!%d/)", unit.read_text()
        )
