"""A machine that is a folder: files for the database, the server and every release's program."""

from __future__ import annotations

import hashlib
import json
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from appliance.release.layout import Layout, ReleaseError, write_json
from appliance.release.switching import Releases


class FolderMachine:
    """What `Releases` asks of a machine, on files; each act is as slow to vanish as a real one.

    The database is a file with a schema and rows. A migration changes it in two steps, as MariaDB
    does: between them it is of neither schema, and neither a migration nor a backup gets it out of
    that. A server that
    starts serves one more row, if its release fits the schema.

    Args:
        folder: Where everything is.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.layout = Layout(folder / "opt")
        self.database = folder / "database.json"
        self.running = folder / "running"

    # --- the world ----------------------------------------------------------------------------

    def data(self) -> dict[str, object]:
        found: dict[str, object] = json.loads(self.database.read_text())
        return found

    def rows(self) -> list[str]:
        return list(self.data()["rows"])  # type: ignore[call-overload]

    def serve(self, row: str) -> None:
        """The running server takes a change."""
        version = self.running.read_text()
        data = self.data()
        assert data["schema"] == self.layout.find(version).schema, f"{version} on a wrong schema"
        write_json(self.database, data | {"rows": [*self.rows(), row]})

    def serves(self) -> str | None:
        """The version whose server runs, on a schema that is its own."""
        if not self.running.exists():
            return None
        version = self.running.read_text()
        return version if self.data()["schema"] == self.layout.find(version).schema else None

    def boot(self) -> None:
        """What systemd does when the power is back: undo, then start what is current."""
        self.running.unlink(missing_ok=True)
        self.recover()
        self.start()

    def recover(self) -> None:
        Releases(self.layout, self).recover()

    # --- what is asked of a machine -----------------------------------------------------------

    def build(self, parts: Path, target: Path) -> None:
        target.mkdir()
        shutil.copy(parts / "behaviour.json", target)

    def appliance(self, version: str, *arguments: str) -> str:
        behaviour = json.loads((self.layout.path(version) / "behaviour.json").read_text())
        release = self.layout.find(version)
        match arguments:
            case ("backup", "verify", path):
                if behaviour.get("rehearsal") == "fails":
                    raise ReleaseError("the rehearsal failed")
                assert json.loads(Path(path).read_text())["rows"] is not None
            case ("backup", "restore", path, "--over-newer", *more):
                if self.data()["schema"] == "half changed" and more != ["--over-damaged"]:
                    raise ReleaseError("a table is broken and cannot be backed up")
                write_json(self.database, json.loads(Path(path).read_text()))
            case ("db", "upgrade"):
                self._change_schema(release.schema, behaviour.get("migration") == "fails")
            case ("db", "downgrade", revision):
                if behaviour.get("downgrade") == "fails":
                    raise ReleaseError("there is no way back")
                self._change_schema(revision, fails=False)
            case _:
                raise AssertionError(arguments)
        return ""

    def _change_schema(self, revision: str, fails: bool) -> None:
        data = self.data()
        if data["schema"] == revision:
            return
        if data["schema"] == "half changed":
            raise ReleaseError("a table that is to be made is there already")
        write_json(self.database, data | {"schema": "half changed"})
        if fails:
            raise ReleaseError("the migration failed")
        write_json(self.database, data | {"schema": revision})

    def back_up(self, _version: str, label: str) -> str:
        path = self.folder / f"{label}.json"
        write_json(path, self.data())
        return str(path)

    def stop(self) -> None:
        self.running.unlink(missing_ok=True)

    def start(self) -> None:
        version = self.layout.current_version()
        if version:
            self.running.write_text(version)
            if self.serves():
                self.serve(f"served by {version}")

    def wait_healthy(self, version: str) -> None:
        behaviour = json.loads((self.layout.path(version) / "behaviour.json").read_text())
        if behaviour.get("health") == "fails" or self.serves() != version:
            raise ReleaseError(f"release {version} is not healthy")


@pytest.fixture
def machine(tmp_path: Path) -> FolderMachine:
    made = FolderMachine(tmp_path)
    made.database.write_text(json.dumps({"schema": None, "rows": []}))
    return made


@pytest.fixture
def releases(machine: FolderMachine) -> Releases:
    return Releases(machine.layout, machine)


MakeFile = Callable[..., Path]


@pytest.fixture
def make_file(tmp_path: Path) -> MakeFile:
    """Make a release's file; keyword arguments say what fails."""

    def make(version: str, schemas: int = 1, **behaviour: str) -> Path:
        folder = tmp_path / f"parts-{version}"
        folder.mkdir()
        (folder / "behaviour.json").write_text(json.dumps(behaviour))
        (folder / "appliance-release").write_text(f"program of {version}")
        revisions = [f"{number:04}" for number in range(1, schemas + 1)]
        if schemas < 0:
            revisions = ["of another line"]
        manifest = {
            "format": 1,
            "version": version,
            "schemas": revisions,
            "files": {
                path.name: hashlib.sha256(path.read_bytes()).hexdigest()
                for path in folder.iterdir()
            },
        }
        (folder / "manifest.json").write_text(json.dumps(manifest))
        target = tmp_path / f"appliance-{version}.tar"
        with tarfile.open(target, "w") as tar:
            for path in sorted(folder.iterdir()):
                tar.add(path, path.name)
        return target

    return make
