"""A release that the site has not made is not opened, and none of its programs runs."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from appliance import seal
from appliance.release import artefact
from appliance.release.layout import ReleaseError
from tools import release

from .conftest import FolderMachine, MakeFile

ROOT = Path(__file__).parents[2]


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return tmp_path / "site"


@pytest.fixture
def genuine(make_file: MakeFile, site: Path) -> Path:
    file = make_file("1.0")
    seal.seal_file(file, seal.made_once(site / release.KEY), "release")
    return file


@pytest.fixture
def forged(genuine: Path, tmp_path: Path) -> Path:
    """The same release with another program in it, all of its own digests right."""
    parts = tmp_path / "taken-apart"
    with tarfile.open(genuine) as tar:
        tar.extractall(parts, filter="data")
    (parts / artefact.PROGRAM).write_text("import os; os.system('id')")
    manifest = json.loads((parts / artefact.MANIFEST).read_text())
    manifest["files"][artefact.PROGRAM] = hashlib.sha256(
        (parts / artefact.PROGRAM).read_bytes()
    ).hexdigest()
    (parts / artefact.MANIFEST).write_text(json.dumps(manifest))
    made = tmp_path / "elsewhere" / genuine.name
    made.parent.mkdir()
    with tarfile.open(made, "w") as tar:
        for path in sorted(parts.iterdir()):
            tar.add(path, path.name)
    return made


def look(site: Path, file: Path) -> subprocess.CompletedProcess[str]:
    """What the playbook does on the technician's machine before anything travels."""
    return subprocess.run(
        [sys.executable, "-m", "appliance.seal", str(site / release.KEY), str(file)],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )


def install(machine: FolderMachine, file: Path, sha256: str) -> subprocess.CompletedProcess[str]:
    """What the playbook does on the appliance."""
    return subprocess.run(
        [sys.executable, "-m", "appliance.release", "--folder", str(machine.layout.folder),
         "install", str(file), "--sha256", sha256],
        capture_output=True, text=True, check=False, cwd=ROOT,
    )  # fmt: skip


def test_a_release_of_the_site_is_vouched_for(site: Path, genuine: Path) -> None:
    said = look(site, genuine)
    assert said.returncode == 0, said.stderr
    assert said.stdout.strip() == hashlib.sha256(genuine.read_bytes()).hexdigest()
    assert artefact.authenticate(genuine, said.stdout.strip()) == genuine


def test_a_forged_one_is_refused_on_the_technicians_machine(site: Path, forged: Path) -> None:
    said = look(site, forged)
    assert said.returncode == 1
    assert f"{forged.name} has no seal" in said.stderr
    assert "Traceback" not in said.stderr
    seal.seal_file(forged, seal.key_from("0f" * 32), "release")
    said = look(site, forged)
    assert said.returncode == 1
    assert "another key" in said.stderr
    assert said.stdout == ""


def test_a_forged_one_is_refused_on_the_appliance(
    machine: FolderMachine, genuine: Path, forged: Path
) -> None:
    vouched = hashlib.sha256(genuine.read_bytes()).hexdigest()
    said = install(machine, forged, vouched)
    assert said.returncode == 1
    assert "is not the file that was vouched for" in said.stderr
    assert not machine.layout.releases.exists(), "it was not even unpacked"
    with pytest.raises(ReleaseError, match="vouched for"):
        artefact.authenticate(forged, vouched)


def test_the_files_own_digests_let_it_through(machine: FolderMachine, forged: Path) -> None:
    """The control: all that was checked once, by the very program that came in the file."""
    with artefact.unpacked(forged, machine.layout.releases) as (found, parts):
        assert found.version == "1.0"
        assert "os.system" in (parts / artefact.PROGRAM).read_text()


def test_nobody_installs_without_saying_which_file(machine: FolderMachine, genuine: Path) -> None:
    said = subprocess.run(
        [sys.executable, "-m", "appliance.release", "install", str(genuine)],
        capture_output=True, text=True, check=False, cwd=ROOT,
    )  # fmt: skip
    assert said.returncode == 2
    assert "--sha256" in said.stderr


def test_a_release_made_elsewhere_is_trusted_by_its_digest(site: Path, forged: Path) -> None:
    with pytest.raises(SystemExit, match="is not the file whose SHA-256"):
        release.trust(forged, "0" * 64, site)
    assert look(site, forged).returncode == 1
    release.trust(forged, hashlib.sha256(forged.read_bytes()).hexdigest(), site)
    assert look(site, forged).returncode == 0


def test_the_sites_key_is_made_once_and_for_its_owner_alone(site: Path) -> None:
    made = seal.made_once(site / release.KEY)
    assert seal.made_once(site / release.KEY) == made
    assert (site / release.KEY).stat().st_mode & 0o077 == 0
    (site / release.KEY).write_text("something else")
    with pytest.raises(seal.KeyUnusable, match="holds no key"):
        seal.made_once(site / release.KEY)


def member(name: str, kind: bytes = tarfile.REGTYPE, target: str = "") -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type, made.linkname = kind, target
    return made


@pytest.mark.parametrize(
    "members",
    [
        [member("../outside")],
        [member("/tmp/outside")],
        [member("wheels/../../outside")],
        [member("link", tarfile.SYMTYPE, "/etc"), member("link/outside")],
        [member("hard", tarfile.LNKTYPE, "manifest.json")],
        [member("device", tarfile.CHRTYPE)],
        [member("twice"), member("twice")],
        [member("file"), member("file/inside")],
    ],
    ids=lambda members: members[-1].name,
)
def test_a_release_holds_plain_files_and_each_once(
    tmp_path: Path, members: list[tarfile.TarInfo]
) -> None:
    """Also where Python is older than tarfile's own filters, as Debian 12's is."""
    file = tmp_path / "appliance-1.0.tar"
    with tarfile.open(file, "w") as tar:
        for each in members:
            tar.addfile(each)
    folder = tmp_path / "machine" / "releases"
    with pytest.raises(ReleaseError, match="is no release"), artefact.unpacked(file, folder):
        pass
    assert list(folder.iterdir()) == []
    assert [each.name for each in tmp_path.iterdir()] != ["outside"]
    assert not (tmp_path / "machine" / "outside").exists()


def test_what_installs_needs_no_newer_python_than_debian_12s() -> None:
    """It runs by the system's Python, 3.11.2 there, where `extractall` takes no filter."""
    for file in (ROOT / "appliance/release").glob("*.py"):
        assert "extractall(" not in file.read_text(), file
