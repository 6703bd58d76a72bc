"""Archives of closed years on a real database: whole, proved, looked into, and refused."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import msgspec
import pytest
from click.testing import CliRunner, Result

from appliance.cli import main
from appliance.server.archive import Archives, Asked, Line, NotClosed, YearManifest
from appliance.server.backup import BackupError, Backups, Damaged, archive
from appliance.server.store import schema
from appliance.server.store.db import Database
from appliance.server.store.models import Payment
from appliance.server.store.unit_of_work import Store
from tests.support.mariadb import PrivateMariaDB
from tests.support.spa import Clock, open_spa
from tests.support.spa import shop as settings_of_the_shop
from tests.support.till import Till, offer

from .shop import KEY, REHEARSAL

SCHEMA = "lobby_years"
NEW_YEARS_EVE = datetime(2020, 12, 31, 18, 0, tzinfo=UTC)
SHOP = settings_of_the_shop()


class Years:
    """A shop that has closed one year and lives in the next.

    Attributes:
        split: A visit of the closed year, paid by two methods with a tip, refunded in the next.
        plain: Another of that day, with a discount.
    """

    def __init__(self, mariadb: PrivateMariaDB) -> None:
        self.database = Database(mariadb.url(SCHEMA))
        schema.upgrade(self.database.engine)
        schema.protect(self.database.engine)
        self.clock = Clock(NEW_YEARS_EVE)
        store = Store(self.database, self.clock)
        self.till = till = Till(store, open_spa(store), self.clock, SHOP)
        till.open("50")
        self.split = till.at_the_desk(till.spa.swedish_60)
        till.pay(self.split, offer("card", "60", "10"), offer("cash", "30"))
        self.plain = till.sale("80", till.spa.swedish_60)
        till.move("pay_out", "5")
        till.count_and_close()
        till.close_day()
        self.clock.advance(days=2)
        till.open("50")
        till.refund(self.split, "20")
        self.of_next_year = till.sale("80", till.spa.swedish_60)
        till.count_and_close()
        till.close_day()
        self.clock.advance(days=40)
        self.archives = Archives(Backups(mariadb.url(SCHEMA), KEY, REHEARSAL), SHOP.day, self.clock)

    def receipt(self, visit: int) -> int:
        number = self.till.run(
            lambda u: u.session.query(Payment.receipt_number).filter_by(transaction_id=visit).one()
        )[0]
        return int(number)


@pytest.fixture(scope="module")
def years(mariadb: PrivateMariaDB) -> Iterator[Years]:
    mariadb.execute(
        f"DROP DATABASE IF EXISTS {SCHEMA}",
        f"CREATE DATABASE {SCHEMA}",
        f"CREATE OR REPLACE USER {REHEARSAL.username}@'%' IDENTIFIED BY '{REHEARSAL.password}'",
        "GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, ALTER, INDEX, REFERENCES, "
        f"LOCK TABLES ON `{SCHEMA}\\_rehearsal\\_%`.* TO {REHEARSAL.username}@'%'",
    )
    made = Years(mariadb)
    yield made
    made.database.dispose()


@pytest.fixture(scope="module")
def made(years: Years, tmp_path_factory: pytest.TempPathFactory) -> Path:
    manifest, path = years.archives.create(2020, tmp_path_factory.mktemp("archives") / "kept")
    assert (manifest.year, manifest.first_z, manifest.last_z) == (2020, 1, 1)
    assert manifest.counts["payments"] == 2
    assert path.stat().st_mode & 0o077 == 0
    return path


def test_a_visit_is_there_with_everything_that_belongs_to_it(years: Years, made: Path) -> None:
    assert years.archives.verify(made) == years.archives.manifest(made)
    found = years.archives.find(made, Asked(years.receipt(years.split)))
    assert found is not None
    (visit,) = found["transactions"]
    assert visit["id"] == years.split
    assert [(t["kind"], t["method"], t["amount"]) for t in found["tenders"]] == [
        ("payment", "card", "50.00"),
        ("payment", "cash", "30.00"),
        ("refund", "card", "-20.00"),
    ]
    assert [row["amount"] for row in found["refund_lines"]] == ["20.00"], "of the next year"
    assert sum(float(row["amount"]) for row in found["tip_shares"]) == 10
    assert [row["kind"] for row in found["print_jobs"]][:1] == ["ticket"]
    assert {"customer_confirm_selection", "cashier_pay"} <= {r["event"] for r in found["history"]}
    by_number = Asked(code=visit["code"], day="2020-12-31")
    assert years.archives.find(made, by_number) == found
    assert years.archives.find(made, by_number._replace(day="2020-12-30")) is None
    assert years.archives.find(made, Asked(years.receipt(years.of_next_year))) is None


def test_no_secret_is_in_it(years: Years, made: Path) -> None:
    with archive.read_as(YearManifest, "archive", made, KEY) as (_, data):
        text = data.read().decode()
    assert '"username":"eva"' in text
    assert "password" not in text
    assert "digest" not in text


def test_a_backup_is_no_archive(years: Years, made: Path, tmp_path: Path) -> None:
    with pytest.raises(Damaged, match="another key"):
        years.archives.backups.verify(made)
    with pytest.raises(Damaged, match="another key"):
        years.archives.verify(years.archives.backups.create(tmp_path))


# --- refused ----------------------------------------------------------------------------------


def test_a_year_that_may_still_change_is_refused(years: Years, tmp_path: Path) -> None:
    with pytest.raises(NotClosed, match="2021 is not over yet"):
        years.archives.create(2021, tmp_path)
    years.clock.advance(days=400)
    for number in (2013, 2022, 0, 99999, -1):
        with pytest.raises(NotClosed, match=r"there is nothing of|is not over|is no year"):
            years.archives.create(number, tmp_path)
    try:
        waiting = years.till.at_the_desk(years.till.spa.swedish_60)
        years.clock.advance(days=400)
        with pytest.raises(NotClosed, match=r"the visit 0001 of .* is still open"):
            years.archives.create(2022, tmp_path)
        years.till.pay(waiting, offer("cash", "80"))
        years.clock.advance(days=400)
        with pytest.raises(NotClosed, match="has no Z report yet"):
            years.archives.create(2023, tmp_path)
    finally:
        years.till.count_and_close()
        years.till.close_day()
    assert list(tmp_path.iterdir()) == []


def test_what_is_there_already_is_left_alone(years: Years, made: Path) -> None:
    before = made.read_bytes()
    with pytest.raises(BackupError, match="there already"):
        years.archives.create(2020, made.parent)
    assert made.read_bytes() == before


@pytest.mark.parametrize("where", [0.05, 0.5, 0.98])
def test_one_flipped_bit_is_noticed(years: Years, made: Path, tmp_path: Path, where: float) -> None:
    content = bytearray(made.read_bytes())
    content[int(len(content) * where)] ^= 4
    changed = tmp_path / made.name
    changed.write_bytes(content)
    for look in (
        years.archives.verify,
        years.archives.manifest,
        lambda path: years.archives.find(path, Asked(1)),
    ):
        with pytest.raises(Damaged, match=made.name):
            look(changed)


@pytest.mark.parametrize("content", [b"", b"no archive" * 1000, b"\0" * 20480])
def test_a_file_that_is_no_archive(years: Years, tmp_path: Path, content: bytes) -> None:
    other = tmp_path / "other.tar"
    other.write_bytes(content)
    with pytest.raises(Damaged, match=r"other\.tar"):
        years.archives.verify(other)


def forged(made: Path, folder: Path, change: Callable[[list[Line]], Any]) -> Path:
    """The same archive with other lines, made by somebody who has the site's key."""
    with archive.read_as(YearManifest, "archive", made, KEY) as (manifest, data):
        lines = [msgspec.json.decode(line, type=Line) for line in data]
    change(lines)

    def fill(out: IO[bytes]) -> YearManifest:
        out.writelines(msgspec.json.encode(line) + b"\n" for line in lines)
        return manifest

    path = folder / "forged.tar"
    archive.write(path, KEY, fill, "archive")
    return path


def _with(table: str, lines: list[Line]) -> Line:
    return next(line for line in lines if line.get(table))


def _tender(lines: list[Line]) -> None:
    row = _with("tenders", lines)["tenders"][0]
    row |= {"amount": "49.00", "given": "59.00"}


def _whole_payment(lines: list[Line]) -> None:
    """Less was sold, paid and printed, all of it in agreement: only the Z knows better."""
    line = next(found for found in lines if len(found.get("tenders", ())) == 1)
    for name, column in (
        ("transactions", "total_amount"),
        ("transactions", "subtotal_amount"),
        ("transaction_items", "price"),
        ("payments", "amount_due"),
        ("payments", "amount_paid"),
        ("tenders", "amount"),
        ("tenders", "given"),
    ):
        line[name][0][column] = "70.00"


def _z(lines: list[Line]) -> None:
    row = _with("z_reports", lines)["z_reports"][0]
    row["document"] = row["document"].replace('"sales":"160.00"', '"sales":"150.00"')


def _step(lines: list[Line]) -> None:
    _with("transactions", lines)["history"].pop(2)


def _unknown_table(lines: list[Line]) -> None:
    lines[0]["robbers"] = [{"id": 1}]


def _unknown_column(lines: list[Line]) -> None:
    lines[0]["staff"][0]["robber"] = True


def _orphan(lines: list[Line]) -> None:
    _with("tenders", lines)["tenders"][0]["shift_id"] = 999


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (_tender, "breaks a promise.*tenders"),
        (_whole_payment, "breaks a promise.*(shift|Z 1)"),
        (_z, "breaks a promise.*Z 1: its seal is broken"),
        (_step, "does not hold the rows"),
        (_unknown_table, "does not know"),
        (_unknown_column, "does not know"),
        (_orphan, "is not whole"),
        (lambda lines: lines.append({}), None),
    ],
    ids=["tender", "payment", "Z", "history", "table", "column", "orphan", "control"],
)
def test_rows_that_somebody_with_the_key_has_changed(
    years: Years,
    made: Path,
    tmp_path: Path,
    change: Callable[[list[Line]], Any],
    says: str | None,
) -> None:
    changed = forged(made, tmp_path, change)
    if says is None:
        assert years.archives.verify(changed) == years.archives.manifest(made)
        return
    with pytest.raises(Damaged, match=says):
        years.archives.verify(changed)


# --- what breaks off --------------------------------------------------------------------------


def test_a_full_disk_leaves_nothing(
    years: Years, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: Path) -> IO[bytes]:
        return Path("/dev/full").open("w+b", buffering=0)

    with monkeypatch.context() as patch:
        patch.setattr(archive, "_private", full)
        with pytest.raises(BackupError, match="No space left"):
            years.archives.create(2020, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_proved_is_not_kept(
    years: Years, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(
            "appliance.server.store.invariants.of_visits", lambda _session: iter(["it is broken"])
        )
        with pytest.raises(Damaged, match="it is broken"):
            years.archives.create(2020, tmp_path)
    assert list(tmp_path.iterdir()) == []


_DIES = """
import os, sys
from appliance.server.archive import lines
from appliance.cli import main
lines._events = lambda *_: os._exit(9)
main(sys.argv[1:])
"""


def test_a_crash_in_the_middle_leaves_no_file_and_does_not_stand_in_the_way(
    years: Years, mariadb: PrivateMariaDB, tmp_path: Path
) -> None:
    settings = environment(mariadb, tmp_path)
    died = subprocess.run(
        [sys.executable, "-c", _DIES, "archive", "create", "2020", str(tmp_path / "kept")],
        env=settings,
        capture_output=True,
        check=False,
    )
    assert died.returncode == 9
    assert list((tmp_path / "kept").glob("*.tar")) == []
    assert [path.name for path in (tmp_path / "kept").iterdir()] == [
        ".appliance-archive-2020.tar.data"
    ], "it died in the middle"
    _, path = years.archives.create(2020, tmp_path / "kept")
    assert list((tmp_path / "kept").iterdir()) == [path]


# --- the command ------------------------------------------------------------------------------


def environment(mariadb: PrivateMariaDB, folder: Path) -> dict[str, str]:
    (folder / "key").write_text(KEY.hex())
    (folder / "rehearsal").write_text(REHEARSAL.password)
    return mariadb.environment(SCHEMA) | {
        "BACKUP_KEY_FILE": str(folder / "key"),
        "MYSQL_REHEARSAL_USER": REHEARSAL.username,
        "MYSQL_REHEARSAL_PASSWORD_FILE": str(folder / "rehearsal"),
        "APPLIANCE_TIMEZONE": "UTC",
    }


def test_the_command_shows_a_visit(
    years: Years, mariadb: PrivateMariaDB, made: Path, tmp_path: Path
) -> None:
    settings = environment(mariadb, tmp_path)

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(main, ["archive", *arguments], env=settings)

    assert run("verify", str(made)).output.startswith("2020: ")
    assert "2 payments, 1 refunds, Z reports 1 to 1" in run("show", str(made)).output
    receipt = str(years.receipt(years.split))
    shown = run("show", str(made), receipt, "--history")
    first, item, *rest = shown.output.splitlines()
    assert first.endswith(" 2020-12-31")
    assert item.startswith("1 80.00 Swedish Massage")
    assert rest[:2] == ["card 60.00", "cash 30.00"]
    assert rest[2].startswith("refund 1 20.00 2021-01-02")
    assert rest[-1].endswith("payment_accepted System") or "payment_accepted" in shown.output
    number = first.split()[0]
    assert run("show", str(made), "--number", number, "--date", "2020-12-31").exit_code == 0
    as_json = run("show", str(made), receipt, "--json").output
    assert msgspec.json.decode(as_json)["payments"][0]["receipt_number"] == int(receipt)

    for wrong, says in (
        (("show", str(made), "999"), "has no receipt 999"),
        (("show", str(made), "x"), "no whole number"),
        (("show", str(made), "1", "--number", "0001"), "say a receipt's number"),
        (("show", str(made), "--number", "0001"), "belong together"),
        (("show", str(made), "--date", "2020-12-31"), "say a receipt's number"),
        (("show", str(made), "--number", "zz", "--date", "2020-12-31"), "Error"),
        (("create", "2021x", str(tmp_path)), "not a valid integer"),
        (("create", "2020", str(made)), "Error"),
        (("verify", str(tmp_path / "key")), "key is damaged, or no archive"),
    ):
        ended = run(*wrong)
        assert ended.exit_code != 0, wrong
        assert says in ended.output, wrong
        assert "Traceback" not in ended.output
