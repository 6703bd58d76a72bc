"""What goes into a release for which target."""

from __future__ import annotations

import re
import tarfile
from pathlib import Path

import pytest

from tests.support.campaign import rounds
from tools import release

LOCK = Path(release.ROOT) / "requirements-pi.lock"


def names(platform: str) -> set[str]:
    return {line.split("==")[0] for line in release.lines_for(platform, LOCK)}


def test_markers_are_answered_for_the_target_not_for_this_machine() -> None:
    assert "lgpio" in names("cp311-aarch64")
    assert "lgpio" not in names("cp313-aarch64"), "Raspberry Pi OS has it as a package"
    # Debian bookworm has Python 3.11.2.
    assert "async-timeout" in names("cp311-aarch64")
    assert "async-timeout" not in names("cp313-aarch64")
    assert "colorama" not in names("cp313-aarch64"), "that is for Windows"


@pytest.mark.parametrize("platform", release.PLATFORMS)
def test_every_line_has_a_version_and_hashes(platform: str) -> None:
    for line in release.lines_for(platform, LOCK):
        assert re.fullmatch(r"[a-z0-9-]+==\S+( --hash=sha256:[0-9a-f]{64})+\n", line), line


def test_a_release_is_locked_to_what_was_tested() -> None:
    def pins(name: str) -> set[str]:
        return set(re.findall(r"(?m)^\S+==\S+", (release.ROOT / name).read_text()))

    only_on_a_pi = {pin for pin in pins("requirements-pi.lock") if pin.startswith("lgpio==")}
    assert pins("requirements-pi.lock") - only_on_a_pi <= pins("requirements.lock")


@pytest.mark.skipif(rounds(0, 1) == 0, reason="fetches 120 wheels: CAMPAIGN=full")
@pytest.mark.timeout(900)
def test_every_wheel_for_the_pi_exists(tmp_path: Path) -> None:
    made = release.make(release.PLATFORMS, None, tmp_path)
    with tarfile.open(made) as tar:
        found = tar.getnames()
    for platform in release.PLATFORMS:
        wheels = [name for name in found if name.startswith(f"wheels/{platform}/")]
        assert len(wheels) == len(names(platform)) + 2, "the product and the list"
