"""Backups on real databases: made, rehearsed, put back, and refused when they are damaged."""

from __future__ import annotations

import io
import json
import subprocess
import tarfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import IntegrityError

from appliance.server.backup import (
    Account,
    BackupError,
    Backups,
    Damaged,
    archive,
    keeping,
    mariadb,
)
from appliance.server.store import schema
from appliance.server.store.db import Database
from appliance.server.store.models import Base
from tests.support.mariadb import PrivateMariaDB

from .shop import KEY, REHEARSAL, SCHEMA, Shop


def test_what_was_backed_up_comes_back(shop: Shop, tmp_path: Path) -> None:
    made = shop.backups.create(tmp_path / "backups")
    before = shop.rows()
    manifest = shop.backups.verify(made)
    assert manifest.counts == {**{n: len(r) for n, r in before.items()}, "alembic_version": 1}
    shop.visits.waiting()
    assert shop.rows() != before

    restored, kept = shop.backups.restore(made, tmp_path / "safety")
    assert restored == manifest
    assert shop.rows() == before
    assert shop.broken() == []
    shop.visits.waiting()

    assert kept is not None
    shop.backups.restore(kept, tmp_path / "safety")
    assert len(shop.rows()["transactions"]) == len(before["transactions"]) + 1


def test_foreign_keys_and_the_next_number_come_back_too(on_mariadb: Shop, tmp_path: Path) -> None:
    made = on_mariadb.backups.create(tmp_path)
    on_mariadb.backups.restore(made, tmp_path)
    found = inspect(on_mariadb.database.engine)
    for name, table in Base.metadata.tables.items():
        keys = found.get_foreign_keys(name)
        assert len(keys) == len(table.foreign_key_constraints)
        assert {key["referred_schema"] for key in keys} <= {None}, "of the live schema's own"
    with (
        on_mariadb.database.engine.connect() as connection,
        pytest.raises(IntegrityError, match="1452"),
    ):
        connection.execute(
            text("UPDATE transaction_items SET transaction_id = 999999 WHERE id > 0")
        )


def test_text_survives_byte_by_byte(shop: Shop, tmp_path: Path) -> None:
    nasty = "Ana\n(1,'x'),\nINSERT INTO `rooms` VALUES\\ \"¡₱😀'"
    with shop.database.engine.begin() as connection:
        connection.execute(text("UPDATE staff SET name = :n WHERE username = 'ana'"), {"n": nasty})
    made = shop.backups.create(tmp_path)
    before = shop.rows()
    shop.backups.restore(made, tmp_path)
    assert shop.rows() == before
    assert nasty in repr(before["staff"]) or any(nasty in row for row in before["staff"])


def test_a_new_machine_takes_a_backup(shop: Shop, mariadb: PrivateMariaDB, tmp_path: Path) -> None:
    made = shop.backups.create(tmp_path)
    before = shop.rows()
    if shop.database.is_sqlite:
        url = make_url(f"sqlite:///{tmp_path / 'new.sqlite'}")
    else:
        mariadb.execute("DROP DATABASE IF EXISTS lobby_new", "CREATE DATABASE lobby_new")
        url = mariadb.url("lobby_new")
    _, kept = Backups(url, KEY, REHEARSAL).restore(made, tmp_path)
    assert kept is None, "there was nothing to keep"
    new = Database(url)
    with new.engine.connect() as connection:
        for name, table in Base.metadata.tables.items():
            assert len(connection.execute(table.select()).all()) == len(before[name])
    new.dispose()


# --- refused ----------------------------------------------------------------------------------


@pytest.mark.parametrize("where", [0.1, 0.5, 0.9])
def test_one_flipped_bit_is_noticed(shop: Shop, tmp_path: Path, where: float) -> None:
    made = shop.backups.create(tmp_path)
    with tarfile.open(made) as tar:
        data = tar.getmember("data.gz")
    content = bytearray(made.read_bytes())
    content[data.offset_data + int(data.size * where)] ^= 4
    made.write_bytes(content)
    before = shop.rows()
    with pytest.raises(Damaged, match=made.name):
        shop.backups.verify(made)
    with pytest.raises(Damaged, match=made.name):
        shop.backups.restore(made, tmp_path)
    assert shop.rows() == before


@pytest.mark.parametrize(
    "content",
    [b"", b"not a tar at all" * 100, None],
    ids=["empty", "something else", "cut short"],
)
def test_a_file_that_is_no_backup(on_mariadb: Shop, tmp_path: Path, content: bytes | None) -> None:
    made = on_mariadb.backups.create(tmp_path)
    made.write_bytes(made.read_bytes()[:1500] if content is None else content)
    with pytest.raises(Damaged, match=made.name):
        on_mariadb.backups.verify(made)


def rewritten(path: Path, **changes: object) -> Path:
    """The same backup with another manifest, its checksums right."""
    with archive.read(path, KEY) as (manifest, data):
        fields = {name: getattr(manifest, name) for name in manifest.__slots__} | changes
        content = data.read()
    changed = path.with_name(f"changed-{path.name}")

    def fill(out: io.IOBase) -> archive.Manifest:
        out.write(content)
        return archive.Manifest(**fields)  # type: ignore[arg-type]

    archive.write(changed, KEY, fill)  # type: ignore[arg-type]
    return changed


def test_a_backup_that_lacks_rows_is_noticed(shop: Shop, tmp_path: Path) -> None:
    made = shop.backups.create(tmp_path)
    counts = shop.backups.verify(made).counts
    with pytest.raises(Damaged, match="5 rows of rooms"):
        shop.backups.verify(rewritten(made, counts=counts | {"rooms": 5}))
    with pytest.raises(Damaged, match="lacks the table towels"):
        shop.backups.verify(rewritten(made, counts=counts | {"towels": 0}))


def test_a_backup_whose_data_break_a_promise_is_noticed(shop: Shop, tmp_path: Path) -> None:
    with shop.database.engine.begin() as connection:
        connection.execute(text("UPDATE transactions SET total_amount = 1 WHERE code IS NOT NULL"))
    made = shop.backups.create(tmp_path)
    with pytest.raises(Damaged, match="total"):
        shop.backups.verify(made)
    with shop.database.engine.begin() as connection:
        connection.execute(text("UPDATE transactions SET total_amount = 80 WHERE code IS NOT NULL"))
    assert shop.broken() == []


def test_a_later_versions_backup_is_refused(shop: Shop, tmp_path: Path) -> None:
    made = rewritten(shop.backups.create(tmp_path), revision="9999", version="99.0")
    with pytest.raises(BackupError, match=r"later version.*99\.0"):
        shop.backups.restore(made, tmp_path)


def test_a_later_versions_data_are_not_overwritten(shop: Shop, tmp_path: Path) -> None:
    made = shop.backups.create(tmp_path)
    shop.set_revision("9999")
    with pytest.raises(BackupError, match="later version"):
        shop.backups.restore(made, tmp_path)
    shop.set_revision(schema.HEAD)


def test_a_backup_of_another_kind_is_refused(on_mariadb: Shop, tmp_path: Path) -> None:
    made = on_mariadb.backups.create(tmp_path)
    with pytest.raises(BackupError, match="made from mariadb"):
        Backups(make_url(f"sqlite:///{tmp_path / 'x.sqlite'}"), KEY).restore(made, tmp_path)


def test_a_restore_that_cannot_keep_what_was_there_changes_nothing(
    shop: Shop, tmp_path: Path
) -> None:
    made = shop.backups.create(tmp_path)
    shop.visits.waiting()
    before = shop.rows()
    in_the_way = tmp_path / "file"
    in_the_way.touch()
    with pytest.raises(BackupError, match="cannot write"):
        shop.backups.restore(made, in_the_way)
    assert shop.rows() == before


def test_a_restore_that_fails_at_the_last_step_changes_nothing(
    on_mariadb: Shop, tmp_path: Path
) -> None:
    made = on_mariadb.backups.create(tmp_path)
    on_mariadb.visits.waiting()
    before = on_mariadb.rows()
    # A trigger keeps MariaDB from moving its table to another schema.
    with on_mariadb.database.engine.begin() as connection:
        connection.execute(
            text("CREATE TRIGGER t BEFORE INSERT ON transactions FOR EACH ROW SET @x = 1")
        )
    with pytest.raises(BackupError, match="refused"):
        on_mariadb.backups.restore(made, tmp_path)
    with on_mariadb.database.engine.begin() as connection:
        connection.execute(text("DROP TRIGGER t"))
    assert on_mariadb.rows() == before
    assert on_mariadb.broken() == []


# --- making -----------------------------------------------------------------------------------


def test_a_failed_backup_leaves_nothing(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(archive, "_pack", full)
    folder = tmp_path / "backups"
    with pytest.raises(BackupError, match="No space left"):
        shop.backups.create(folder)
    assert list(folder.iterdir()) == []


def test_only_so_many_of_a_label_are_kept(shop: Shop, tmp_path: Path) -> None:
    other = tmp_path / "holiday.tar"
    other.touch()
    first = shop.backups.create(tmp_path, label="before-upgrade", keep=2)
    made = [shop.backups.create(tmp_path, label="nightly", keep=2) for _ in range(3)]
    found = {path for path in tmp_path.iterdir() if path.suffix == ".tar"}
    assert found == {other, first, *made[1:]}


def test_a_backup_that_is_dated_ahead_does_not_outlive_those_that_are_made(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as wrong:
        wrong.setattr(keeping, "utc_now", lambda: datetime.now(UTC) + timedelta(days=400))
        for _ in range(2):
            ahead = shop.backups.create(tmp_path, label="nightly", keep=2)
    made = [shop.backups.create(tmp_path, label="nightly", keep=2)]
    assert set(tmp_path.glob("*.tar")) == {ahead, *made}
    made.append(shop.backups.create(tmp_path, label="nightly", keep=2))
    assert set(tmp_path.glob("*.tar")) == set(made)


def test_a_backup_is_for_its_owner_only(shop: Shop, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    made = shop.backups.create(folder)
    assert made.stat().st_mode & 0o077 == 0
    assert folder.stat().st_mode & 0o077 == 0


def test_the_password_is_in_no_command_line(
    on_mariadb: Shop, mariadb: PrivateMariaDB, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nasty = "a \"b'c\\d#e;f$ g"
    mariadb.execute(
        "CREATE OR REPLACE USER careful@'%' IDENTIFIED BY '{}'".format(
            nasty.replace("\\", "\\\\").replace("'", "\\'")
        ),
        f"GRANT ALL ON `{SCHEMA}%`.* TO careful@'%'",
    )
    seen: list[list[str]] = []
    popen = subprocess.Popen

    def spy(command: list[str], **options: object) -> subprocess.Popen[bytes]:
        seen.append(command)
        return popen(command, **options)  # type: ignore[call-overload, no-any-return]

    monkeypatch.setattr("appliance.server.backup.mariadb.subprocess.Popen", spy)
    backups = Backups(
        on_mariadb.url.set(username="careful", password=nasty),
        KEY,
        Account("careful", nasty),
    )
    backups.verify(backups.create(tmp_path))
    assert len(seen) == 2
    assert nasty not in str(seen)


def test_work_goes_on_while_a_backup_is_made(on_mariadb: Shop, tmp_path: Path) -> None:
    made: list[Path] = []
    dump = mariadb.dump

    def dump_with_work(*arguments: object) -> dict[str, int]:
        on_mariadb.visits.waiting()
        return dump(*arguments)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mariadb, "dump", dump_with_work)
        made.append(on_mariadb.backups.create(tmp_path))
    on_mariadb.backups.verify(made[0])


def test_technicians_can_look_inside(shop: Shop, tmp_path: Path) -> None:
    made = shop.backups.create(tmp_path / "b")
    with tarfile.open(made) as tar:
        tar.extractall(tmp_path / "open", filter="data")
    subprocess.run(
        ["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"],
        cwd=tmp_path / "open",
        check=True,
    )
    manifest = json.loads((tmp_path / "open/manifest.json").read_text())
    assert manifest["revision"] == schema.HEAD
    assert manifest["counts"]["rooms"] == 2


def test_only_what_is_thrown_away_is_written_in_compressed_pages(
    on_mariadb: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = on_mariadb.backups.create(tmp_path)
    seen: list[set[str]] = []

    def note(_path: Path, _manifest: object, database: Database) -> None:
        seen.append(options_of(database))

    monkeypatch.setattr(keeping, "_check_contents", note)
    on_mariadb.backups.verify(made)
    on_mariadb.backups.restore(made, tmp_path)
    rehearsed, restored = seen
    assert all("PAGE_COMPRESSED" in options for options in rehearsed)
    assert not any("PAGE_COMPRESSED" in options for options in restored)
    assert restored == options_of(on_mariadb.database), "what is live now is as it was"


def options_of(database: Database) -> set[str]:
    """What the tables of a schema were made with."""
    with database.engine.connect() as connection:
        return set(
            connection.execute(
                text(
                    "SELECT create_options FROM information_schema.tables"
                    " WHERE table_schema = DATABASE()"
                )
            ).scalars()
        )
