"""A switch ends on a release that works, with all data, whatever fails and whenever power goes."""

from __future__ import annotations

import os
import signal
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from appliance.release.layout import ReleaseError, Step, Switch
from appliance.release.switching import KEEP, Releases
from tests.support.campaign import rounds

from .conftest import FolderMachine, MakeFile


@pytest.fixture
def one(machine: FolderMachine, releases: Releases, make_file: MakeFile) -> FolderMachine:
    """The machine with release 1.0 serving."""
    assert releases.install(make_file("1.0"))
    machine.serve("before")
    return machine


def test_a_new_machine_takes_a_release(
    machine: FolderMachine, releases: Releases, make_file: MakeFile
) -> None:
    assert releases.install(make_file("1.0"))
    assert machine.serves() == "1.0"
    assert machine.layout.program.read_text() == "program of 1.0"
    assert os.access(machine.layout.program, os.X_OK)
    assert releases.status() == {"current": "1.0", "installed": ["1.0"], "unfinished": None}


def test_a_release_in_an_image_is_current_before_there_is_a_server(
    machine: FolderMachine, releases: Releases, make_file: MakeFile
) -> None:
    releases.place(make_file("1.0"))
    assert releases.status() == {"current": "1.0", "installed": ["1.0"], "unfinished": None}
    assert machine.serves() is None
    assert not machine.database.exists() or machine.rows() == []


def test_a_release_is_placed_over_no_other(
    one: FolderMachine, releases: Releases, make_file: MakeFile
) -> None:
    with pytest.raises(ReleaseError, match=r"release 1\.0 is at work here"):
        releases.place(make_file("2.0"))
    assert one.serves() == "1.0"
    assert releases.status()["installed"] == ["1.0"]


def test_the_same_release_again_changes_nothing(
    one: FolderMachine, releases: Releases, tmp_path: Path
) -> None:
    rows = one.rows()
    assert not releases.install(tmp_path / "appliance-1.0.tar")
    assert one.rows() == rows, "the server was not even restarted"


@pytest.mark.parametrize("schemas", [1, 3], ids=["the same schema", "a later schema"])
def test_an_upgrade_and_the_way_back(
    one: FolderMachine, releases: Releases, make_file: MakeFile, schemas: int
) -> None:
    assert releases.install(make_file("2.0", schemas))
    assert one.serves() == "2.0"
    one.serve("after")
    assert releases.roll_back() == "1.0"
    assert one.serves() == "1.0"
    assert {"before", "after"} <= set(one.rows()), "what was done on the new release stays"
    assert releases.roll_back("2.0") == "2.0"
    assert one.serves() == "2.0"


@pytest.mark.parametrize(
    "fault",
    [
        {"rehearsal": "fails"},
        {"migration": "fails"},
        {"health": "fails"},
        {"health": "fails", "downgrade": "fails"},
    ],
    ids=" and ".join,
)
@pytest.mark.parametrize("schemas", [1, 2])
def test_a_release_that_fails_is_left_again(
    one: FolderMachine,
    releases: Releases,
    make_file: MakeFile,
    fault: dict[str, str],
    schemas: int,
) -> None:
    if schemas == 1 and "migration" in fault:
        pytest.skip("there is nothing to migrate")
    with pytest.raises(ReleaseError, match=r"fail|healthy"):
        releases.install(make_file("2.0", schemas, **fault))
    assert one.serves() == "1.0"
    assert "before" in one.rows()
    assert releases.status()["unfinished"] is None
    assert releases.install(make_file("3.0", schemas)), "the next one is welcome"
    assert one.serves() == "3.0"


def test_a_rehearsal_that_fails_touches_nothing(
    one: FolderMachine, releases: Releases, make_file: MakeFile
) -> None:
    rows = one.rows()
    with pytest.raises(ReleaseError, match="rehearsal"):
        releases.install(make_file("2.0", 2, rehearsal="fails"))
    assert one.rows() == rows, "the server was not even restarted"


def test_only_so_many_are_kept(one: FolderMachine, releases: Releases, make_file: MakeFile) -> None:
    for version in ("1.1", "1.2", "1.3", "1.4"):
        releases.install(make_file(version))
    assert releases.status()["installed"] == ["1.2", "1.3", "1.4"]
    assert len(list(one.layout.releases.iterdir())) == KEEP


def test_releases_that_do_not_know_each_other(
    one: FolderMachine, releases: Releases, make_file: MakeFile
) -> None:
    releases.install(make_file("2.0", 2))
    with pytest.raises(ReleaseError, match="each other's schema"):
        releases.install(make_file("3.0", -1))
    with pytest.raises(ReleaseError, match="no release"):
        releases.install(make_file("4.0", 0))
    assert one.serves() == "2.0"


def test_there_may_be_no_way_back(one: FolderMachine, releases: Releases) -> None:
    with pytest.raises(ReleaseError, match="no other release"):
        releases.roll_back()
    with pytest.raises(ReleaseError, match=r"0\.9 is not installed; there are: 1\.0"):
        releases.roll_back("0.9")


def test_two_at_once_do_not_meet(
    one: FolderMachine, releases: Releases, make_file: MakeFile
) -> None:
    with one.layout.locked(wait=False), pytest.raises(ReleaseError, match="at work"):
        releases.install(make_file("2.0"))


# --- files ------------------------------------------------------------------------------------


def test_a_damaged_file_is_refused(
    one: FolderMachine, releases: Releases, make_file: MakeFile
) -> None:
    file = make_file("2.0")
    content = file.read_bytes()
    file.write_bytes(content.replace(b"program of 2.0", b"program of 6.6"))
    with pytest.raises(ReleaseError, match=r"appliance-2\.0\.tar is damaged"):
        releases.install(file)
    file.write_bytes(content[:700])
    with pytest.raises(ReleaseError, match=r"appliance-2\.0\.tar is no release"):
        releases.install(file)
    assert one.serves() == "1.0"
    assert [path.name for path in one.layout.releases.iterdir()] == ["1.0"]


def test_a_file_cannot_reach_outside(
    one: FolderMachine, releases: Releases, make_file: MakeFile, tmp_path: Path
) -> None:
    file = make_file("2.0")
    with tarfile.open(file, "a") as tar:
        tar.add(tmp_path / "parts-2.0/behaviour.json", "../../escaped")
    with pytest.raises(ReleaseError, match="no release"):
        releases.install(file)
    assert not list(tmp_path.rglob("escaped"))


def test_a_changed_release_needs_a_new_version(
    one: FolderMachine, releases: Releases, make_file: MakeFile, tmp_path: Path
) -> None:
    (tmp_path / "parts-1.0").rename(tmp_path / "parts-old")
    with pytest.raises(ReleaseError, match="needs a new version"):
        releases.install(make_file("1.0", changed="yes"))


# --- power ------------------------------------------------------------------------------------

_MOMENTS = {"os.rename", "os.remove", "os.mkdir", "os.symlink", "open", "shutil.rmtree"}


def cut_off() -> None:
    """The power goes."""
    os.kill(os.getpid(), signal.SIGKILL)


def cut_off_at(moment: int, work: Callable[[], object]) -> bool:
    """Do some work in a process that is killed just before its N-th change of the disk.

    Returns:
        Whether it was; or it ended before.
    """
    child = os.fork()
    if child == 0:
        left = moment

        def hook(event: str, arguments: tuple[object, ...]) -> None:
            nonlocal left
            reads = event == "open" and arguments[1] in {"r", "rb", None}
            if event in _MOMENTS and not reads:
                left -= 1
                if left < 0:
                    cut_off()

        sys.addaudithook(hook)
        try:
            work()
        except ReleaseError:
            os._exit(0)
        except BaseException:  # noqa: BLE001 — a child must not go on as pytest
            os._exit(3)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert not os.WIFEXITED(status) or os.WEXITSTATUS(status) == 0
    return os.WIFSIGNALED(status)


@pytest.mark.parametrize("after", ["boot", "recover"], ids=["power lost", "program killed"])
@pytest.mark.parametrize(
    "fault",
    [{}, {"migration": "fails"}, {"health": "fails"}],
    ids=["a good release", "a migration that fails", "a release that is not healthy"],
)
def test_cut_off_at_any_moment(
    tmp_path: Path, make_file: MakeFile, fault: dict[str, str], after: str
) -> None:
    old, new = make_file("1.0"), make_file("2.0", 2, **fault)
    step, moment, cuts = rounds(6, 1), 0, 0
    while True:
        machine = FolderMachine(tmp_path / str(moment))
        machine.folder.mkdir()
        machine.database.write_text('{"schema": null, "rows": []}')
        releases = Releases(machine.layout, machine)
        releases.install(old)
        machine.serve("before")
        was_cut = cut_off_at(moment, lambda found=releases: found.install(new))  # type: ignore[misc]
        cuts += was_cut
        # What the server did until the cut is in the data and must stay there.
        served = set(machine.rows())
        if was_cut:
            # The one that undoes may be cut off as well.
            cut_off_at(moment % 7, machine.recover)
            served |= set(machine.rows())
            getattr(machine, after)()
        serving = machine.serves()
        assert serving in {"1.0", "2.0"}, (moment, machine.data(), releases.status())
        assert serving == machine.layout.current_version()
        assert not (fault and serving == "2.0")
        assert served <= set(machine.rows()), f"cut at {moment}: something served was lost"
        assert releases.status()["unfinished"] is None
        if not was_cut:
            break
        moment += step
    assert cuts >= 36 // step, "the cuts went through all of it"


def test_what_the_new_server_served_outlives_a_second_cut(
    tmp_path: Path, make_file: MakeFile
) -> None:
    """The power goes when the new server has served, and again at any moment of the way back."""
    old, new = make_file("1.0"), make_file("2.0", 2)
    lefts = set()
    for moment in range(200):
        machine = FolderMachine(tmp_path / str(moment))
        machine.folder.mkdir()
        machine.database.write_text('{"schema": null, "rows": []}')
        releases = Releases(machine.layout, machine)
        releases.install(old)
        machine.serve("before")
        # Killed as it begins to ask for health: the server has started, and served.
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(machine, "wait_healthy", lambda _: cut_off())
            assert cut_off_at(10_000, lambda found=releases: found.install(new))  # type: ignore[misc]
        assert "served by 2.0" in machine.rows()
        was_cut = cut_off_at(moment, machine.recover)
        lefts.add(machine.data()["schema"])
        machine.boot()
        assert machine.serves() == "1.0"
        assert {"before", "served by 2.0"} <= set(machine.rows()), moment
        if not was_cut:
            break
    assert "half changed" in lefts, "one of the cuts was in the migration"


def test_without_the_journal_a_cut_would_be_fatal(
    one: FolderMachine, releases: Releases, make_file: MakeFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: what the journal is for."""
    new = make_file("2.0", 2)
    monkeypatch.setattr(one.layout, "note", lambda _: None)
    ends = set()
    for moment in range(200):
        if not cut_off_at(moment, lambda: releases.install(new)):
            break
        one.boot()
        ends.add(one.serves())
        if None in ends:
            break
    assert None in ends


def test_what_is_undone_says_so(one: FolderMachine, releases: Releases) -> None:
    assert releases.recover() is None
    one.layout.note(Switch(Step.STOPPING, "1.0", "2.0"))
    assert releases.status()["unfinished"] == "stopping"
    assert releases.recover() == "1.0"
