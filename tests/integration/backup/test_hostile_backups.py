"""A backup made to do harm: nothing in it runs, no matter who has sealed it.

The control for each attack is the old way: a file whose checksums lie inside it, given to a client
without a sandbox by an account that may touch the live data.
"""

from __future__ import annotations

import contextlib
import gzip
import io
import subprocess
import tarfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from appliance import seal
from appliance.server.backup import BackupError, Backups, Damaged, NotOurs, archive, mariadb
from appliance.server.store import schema

from .shop import KEY, REHEARSAL, SCHEMA, Shop

OTHER_KEY = seal.key_from("0f" * 32)
MARK = "{mark}"
"""Where an attack writes, if it can write."""
ATTACKS = {
    "a shell": "\\! touch {mark}",
    "a shell, spelt out": "system touch {mark}",
    "a shell behind a delimiter": "delimiter //\nsystem touch {mark}\n//",
    "a pager": "pager cat > {mark}\nSELECT 1;",
    "a copy of what is said": "tee {mark}\nSELECT 1;",
    "another file's statements": "source {script}",
    "another file's statements, in short": "\\. {script}",
    "the live data": f"UPDATE {SCHEMA}.staff SET name = 'Mallory';",
    "the live data, entered": f"USE {SCHEMA}; UPDATE staff SET name = 'Mallory';",
    "another schema": "CREATE DATABASE lobby_of_mallory;",
    "a file of the server's": "SELECT 'x' INTO OUTFILE '{mark}';",
    "a file of the client's": "LOAD DATA LOCAL INFILE '/etc/hostname' INTO TABLE rooms;",
    "a trigger that waits": (
        "CREATE TRIGGER late BEFORE INSERT ON rooms FOR EACH ROW "
        f"UPDATE {SCHEMA}.staff SET name = 'Mallory';"
    ),
    "a view that looks": f"CREATE VIEW peek AS SELECT * FROM {SCHEMA}.staff;",
    "an account": "CREATE USER mallory@'%';",
}


def dumped(shop: Shop) -> bytes:
    """What a backup of the shop holds."""
    out = io.BytesIO()
    mariadb.dump(shop.url, None, out)
    return out.getvalue()


def forged(shop: Shop, folder: Path, attack: str, key: bytes | None) -> Path:
    """A backup with an attack in it, its own checksums right.

    Args:
        shop: Whose.
        folder: Where to.
        attack: Put before the statements.
        key: Seals it; None leaves the seal out, as all backups were once.
    """
    (folder / "script.sql").write_text(f"UPDATE {SCHEMA}.staff SET name = 'Mallory';\n")
    said = attack.format(mark=folder / "mark", script=folder / "script.sql")
    folder.chmod(0o777)

    def fill(out: IO[bytes]) -> archive.Manifest:
        out.write(said.encode() + b"\n" + dumped(shop))
        return archive.Manifest(
            format=archive.FORMAT,
            kind="mariadb",
            version="0.1.0",
            made_at=datetime.now(UTC).isoformat(),
            revision=schema.HEAD,
            counts={},
        )

    made = folder / "appliance-backup-20990101T000000.000000Z-nightly.tar"
    archive.write(made, key or OTHER_KEY, fill)
    if key is None:
        made.write_bytes(made.read_bytes()[: -seal.BLOCK])
    return made


def names(shop: Shop) -> list[str]:
    with shop.database.engine.connect() as connection:
        return list(connection.execute(text("SELECT name FROM staff")).scalars())


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
@pytest.mark.parametrize(
    ("key", "refusal"), [(None, NotOurs), (OTHER_KEY, Damaged)], ids=["no seal", "another's seal"]
)
def test_what_is_not_sealed_by_the_site_is_not_even_read(
    on_mariadb: Shop,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    attack: str,
    key: bytes | None,
    refusal: type[Damaged],
) -> None:
    made = forged(on_mariadb, tmp_path, attack, key)

    def opened(*_: object, **__: object) -> None:
        raise AssertionError("it was opened")

    monkeypatch.setattr(tarfile, "open", opened)
    for attempt in (
        lambda: on_mariadb.backups.verify(made),
        lambda: on_mariadb.backups.restore(made, tmp_path),
    ):
        with pytest.raises(refusal, match=made.name):
            attempt()


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_nothing_runs_even_where_the_key_was_stolen(
    on_mariadb: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, attack: str
) -> None:
    # So that it is the sandbox that holds, and not that nobody may write here.
    monkeypatch.setattr(mariadb, "_IS_ROOT", False)
    before = names(on_mariadb)
    made = forged(on_mariadb, tmp_path, attack, KEY)
    with pytest.raises(BackupError):
        on_mariadb.backups.verify(made)
    assert names(on_mariadb) == before
    assert not (tmp_path / "mark").exists()
    with on_mariadb.database.engine.connect() as connection:
        everywhere = connection.execute(text("SHOW DATABASES")).scalars().all()
        people = connection.execute(text("SELECT user FROM mysql.global_priv")).scalars().all()
    assert "lobby_of_mallory" not in everywhere
    assert "mallory" not in people


@pytest.mark.parametrize("name", ["a shell", "the live data"])
def test_the_old_way_runs_it(
    on_mariadb: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """The control: the same files do harm without seal, sandbox and account."""
    before = names(on_mariadb)
    made = forged(on_mariadb, tmp_path, ATTACKS[name], None)
    with tarfile.open(made) as tar:
        manifest, member = archive._checked(made, tar, archive.Manifest, "backup")
        packed = tar.extractfile(member)
        assert packed is not None
        data = gzip.GzipFile(fileobj=packed).read()
    assert manifest.kind == "mariadb"
    monkeypatch.setattr(mariadb, "_LOAD_OPTIONS", ("--batch",))
    monkeypatch.setattr(mariadb, "_IS_ROOT", False)
    with on_mariadb.database.engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {SCHEMA}_control"))
    try:
        mariadb.load(on_mariadb.url.set(database=f"{SCHEMA}_control"), None, io.BytesIO(data))
        harmed = (tmp_path / "mark").exists() or "Mallory" in names(on_mariadb)
        assert harmed
    finally:
        with on_mariadb.database.engine.begin() as connection:
            connection.execute(text(f"DROP DATABASE {SCHEMA}_control"))
            for number, who in enumerate(before, 1):
                connection.execute(
                    text("UPDATE staff SET name = :who WHERE id = :id"), {"who": who, "id": number}
                )
    assert sorted(names(on_mariadb)) == sorted(before)


def test_the_clients_never_run_as_root(
    on_mariadb: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[dict[str, object]] = []
    popen = subprocess.Popen

    def spy(command: list[str], **options: object) -> subprocess.Popen[bytes]:
        started.append(options)
        return popen(command, **options)  # type: ignore[call-overload, no-any-return]

    monkeypatch.setattr("appliance.server.backup.mariadb.subprocess.Popen", spy)
    monkeypatch.setattr("appliance.server.backup.mariadb._IS_ROOT", True)
    # Only root may become somebody else; what was asked for is seen all the same.
    with contextlib.suppress(PermissionError):
        on_mariadb.backups.verify(on_mariadb.backups.create(tmp_path))
    users = {options["user"] for options in started}
    assert users == {"nobody"}


def test_without_an_account_for_it_nothing_is_tried(on_mariadb: Shop, tmp_path: Path) -> None:
    made = on_mariadb.backups.create(tmp_path)
    with pytest.raises(BackupError, match="MYSQL_REHEARSAL_PASSWORD_FILE"):
        Backups(on_mariadb.url, KEY).verify(made)


def test_a_backup_from_before_there_were_seals_is_taken_when_somebody_knows_it(
    on_mariadb: Shop, tmp_path: Path
) -> None:
    made = on_mariadb.backups.create(tmp_path)
    made.write_bytes(made.read_bytes()[: -seal.BLOCK])
    with pytest.raises(NotOurs, match="backup trust"):
        on_mariadb.backups.verify(made)
    on_mariadb.backups.trust(made)
    on_mariadb.backups.verify(made)
    assert made.stat().st_mode & 0o077 == 0
    with pytest.raises(BackupError, match="already has a seal"):
        on_mariadb.backups.trust(made)


# --- the newest -------------------------------------------------------------------------------


def aged(shop: Shop, folder: Path, days: int, name: str, key: bytes = KEY) -> Path:
    """A backup made some days ago, under some name."""
    folder.mkdir(exist_ok=True)

    def fill(out: IO[bytes]) -> archive.Manifest:
        out.write(b"")
        made_at = datetime.now(UTC) - timedelta(days=days)
        return archive.Manifest(1, "mariadb", "0.1.0", made_at.isoformat(), schema.HEAD, {})

    path = folder / f"appliance-backup-{name}-nightly.tar"
    archive.write(path, key, fill)
    return path


def test_where_one_is_dated_ahead_nobody_can_tell_which_is_the_newest(
    on_mariadb: Shop, tmp_path: Path
) -> None:
    aged(on_mariadb, tmp_path, 1, "20200101T000000.000000Z")
    aged(on_mariadb, tmp_path, -400, "20200102T000000.000000Z")
    with pytest.raises(BackupError, match="ahead of this machine's clock"):
        on_mariadb.backups.newest([tmp_path], "nightly")


def test_the_newest_is_the_newest_wherever_it_is_and_whatever_it_is_called(
    on_mariadb: Shop, tmp_path: Path
) -> None:
    card, stick = tmp_path / "var-backups", tmp_path / "mnt-backup"
    aged(on_mariadb, card, 300, "20990101T000000.000000Z")
    newest = aged(on_mariadb, stick, 1, "20200101T000000.000000Z")
    aged(on_mariadb, stick, 0, "20990102T000000.000000Z", OTHER_KEY)
    (card / "appliance-backup-20990103T000000.000000Z-nightly.tar").write_bytes(b"x" * 9000)
    by_path = max(path for folder in (card, stick) for path in folder.iterdir())
    assert by_path != newest, "the control: what a sort by path would take"
    folders = [card, stick, tmp_path / "not there"]
    assert on_mariadb.backups.newest(folders, "nightly") == newest
    with pytest.raises(BackupError, match="no weekly backup"):
        on_mariadb.backups.newest(folders, "weekly")


def test_the_account_reaches_no_live_row(on_mariadb: Shop) -> None:
    from appliance.server.store.db import Database

    database = Database(REHEARSAL.at(on_mariadb.url))
    with pytest.raises(OperationalError, match="denied"):
        database.engine.connect()
    database.dispose()
