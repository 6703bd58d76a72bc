"""Filled databases of earlier releases: what they hold stays right, on the way here and back.

`python -m tools.filled_release` adds the present one when a release is made.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from decimal import Decimal as D
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from sqlalchemy import func, inspect, select, text
from sqlalchemy.engine import make_url

from appliance.peripherals.printing.documents import parse_job
from appliance.peripherals.printing.render import render
from appliance.protocol import PrintRole
from appliance.server.backup import Backups
from appliance.server.bookkeeping import Bookkeeper
from appliance.server.domain.ledger import Offer
from appliance.server.domain.payments import method_named
from appliance.server.domain.reports import Grouping
from appliance.server.domain.states import TransactionStatus
from appliance.server.store import invariants, schema
from appliance.server.store.db import Database
from appliance.server.store.models import Payment, PrintJob, Refund, Staff, Transaction
from appliance.server.store.unit_of_work import Store
from appliance.server.usecases import cashier
from appliance.server.usecases.till import days, refunds, shifts
from appliance.server.usecases.till.approvals import Approver
from appliance.server.usecases.till.reports import report
from tests.support.mariadb import PrivateMariaDB
from tests.support.spa import Clock, shop
from tools.filled_release import FOLDER, KEY

from .backup.shop import REHEARSAL

SCHEMA = "lobby_released"
BACKUPS = sorted(FOLDER.glob("*.tar"))


class Released(NamedTuple):
    """A release's data, brought to the present schema.

    Attributes:
        schema: Which the release knows.
        database: Where its data are now.
    """

    schema: str
    database: Database


@pytest.fixture(params=BACKUPS, ids=lambda path: path.stem)
def released(
    request: pytest.FixtureRequest, mariadb: PrivateMariaDB, tmp_path: Path
) -> Iterator[Released]:
    path: Path = request.param
    if path.stem.endswith("mariadb"):
        mariadb.execute(
            f"DROP DATABASE IF EXISTS {SCHEMA}",
            f"CREATE DATABASE {SCHEMA}",
            f"CREATE OR REPLACE USER {REHEARSAL.username}@'%' IDENTIFIED BY '{REHEARSAL.password}'",
            "GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, ALTER, INDEX, REFERENCES, "
            f"LOCK TABLES ON `{SCHEMA}\\_rehearsal\\_%`.* TO {REHEARSAL.username}@'%'",
        )
        url = mariadb.url(SCHEMA)
    else:
        url = make_url(f"sqlite:///{tmp_path / 'released.sqlite'}")
    # As a machine gets it back: migrated and looked through beside the live data, then moved.
    Backups(url, KEY, REHEARSAL).restore(path, tmp_path)
    database = Database(url, patient=True)
    yield Released(path.stem.split("-")[0], database)
    database.dispose()


def broken(database: Database) -> list[str]:
    return Store(database, Clock()).run(lambda u: list(invariants.violations(u.session)))


def test_the_books_are_whole_and_go_on(released: Released) -> None:
    database = released.database
    assert schema.is_current(database.engine)
    assert schema.unprotected(database.engine) == []
    clock = Clock()
    clock.advance(days=2)
    store, here = Store(database, clock), shop()
    told = store.run(
        lambda u: u.session.execute(select(func.count(), func.sum(Payment.amount_due))).one()
    )

    def somebody(name: str) -> Any:
        return store.run(
            lambda u: u.session.scalars(select(Staff).where(Staff.username == name)).one().actor
        )

    eva, gloria = somebody("eva"), somebody("gloria")
    # Who stood at the desk during the upgrade pays, and somebody of before gets money back.
    visit, due = store.run(
        lambda u: u.session.execute(
            select(Transaction.id, Transaction.total_amount).where(
                Transaction.status == TransactionStatus.AWAITING_PAYMENT
            )
        ).one()
    )
    offers = [Offer(method_named("cash"), due)]
    store.run(lambda u: cashier.pay(u, here, eva, visit, offers))
    old, item = store.run(
        lambda u: [
            (row.id, row.items[0].id)
            for row in u.session.scalars(
                select(Transaction).where(
                    Transaction.status == TransactionStatus.PAID, Transaction.id != visit
                )
            )
        ]
    )[0]
    approver = Approver(gloria.role, gloria.id, gloria.name)
    store.run(
        lambda u: refunds.refund(u, here, eva, old, {item: D(5)}, "late", D(0), None, approver)
    )
    store.run(lambda u: shifts.count(u, here, eva, D(0)))
    store.run(lambda u: shifts.close(u, here, eva, reason="not counted"))
    store.run(lambda u: days.close_day(u, here, gloria))
    while Bookkeeper(store, here).keep_one():
        pass
    assert broken(database) == []
    totals = store.look(lambda u: report(u, here, "2026-01-01", "2027-01-01", Grouping.DAY)).totals
    assert totals.payments == told[0] + 1
    assert totals.sales == told[1] + due
    assert totals.refunds == store.run(lambda u: u.session.scalar(select(func.sum(Refund.amount))))


@pytest.mark.parametrize(
    "released",
    [path for path in BACKUPS if path.stem >= "0011"],  # Releases before had no Z.
    indirect=True,
    ids=lambda path: path.stem,
)
def test_a_z_that_was_sealed_before_is_the_same_paper_when_it_is_printed_again(
    released: Released,
) -> None:
    def report_jobs(unit: Any) -> list[PrintJob]:
        wanted = select(PrintJob).where(PrintJob.kind == PrintRole.REPORT).order_by(PrintJob.id)
        return list(unit.session.scalars(wanted))

    def on_paper(job: PrintJob, width: int) -> bytes:
        wire = {"id": 1, "kind": "report", "lease": "x", "copy": False, "document": job.document}
        return render(parse_job(wire), "TM-T20II", paper_width_mm=width)

    store = Store(released.database, Clock())
    first = next(
        job for job in store.run(report_jobs) if job.document["title"].startswith("Z report")
    )
    # The shop speaks another language by now.
    here = replace(shop(), language="ar")
    sealed = store.run(lambda u: days.print_again(u, here, 1))
    again = store.run(report_jobs)[-1]
    assert again.id != first.id
    assert again.document == first.document
    day = first.document["rows"][0][1]
    assert day == sealed.business_date == datetime.fromisoformat(day).date().isoformat()
    for width in (58, 80):
        assert on_paper(again, width) == on_paper(first, width)
        assert day.encode() in on_paper(again, width)


def rows(database: Database, columns: dict[str, list[str]]) -> dict[str, list[Any]]:
    """What stands in these columns."""
    with database.engine.connect() as connection:
        quote = connection.dialect.identifier_preparer.quote
        return {
            name: sorted(
                map(
                    tuple,
                    connection.execute(
                        text(f"SELECT {', '.join(map(quote, names))} FROM {quote(name)}")
                    ),
                ),
                key=repr,
            )
            for name, names in columns.items()
            if name != "alembic_version"
        }


def test_the_release_finds_its_data_again_and_can_write(released: Released) -> None:
    database = released.database
    here = inspect(database.engine)
    now = {
        name: {column["name"]: column for column in here.get_columns(name)}
        for name in here.get_table_names()
    }
    everything = rows(database, {name: list(columns) for name, columns in now.items()})
    schema.downgrade(database.engine, released.schema)
    there = inspect(database.engine)
    then = {name: there.get_columns(name) for name in there.get_table_names()}
    known = {name: [column["name"] for column in columns] for name, columns in then.items()}
    back = rows(database, known)
    schema.upgrade(database.engine)
    schema.protect(database.engine)
    # On the way back nothing that the release knows has changed, and on the way here again neither.
    for name, names in known.items():
        places = [list(now[name]).index(column) for column in names]
        before = [tuple(row[place] for place in places) for row in everything.get(name, [])]
        assert back.get(name, []) == before, name
    assert rows(database, known) == back
    assert broken(database) == []
    for name, columns in then.items():
        # Its program may be at work on the present schema for a while, before a switch and after.
        names = {column["name"] for column in columns}
        assert names <= now[name].keys(), name
        for column in now[name].values():
            if column["name"] not in names:
                assert column["nullable"] or column["default"] is not None, (name, column["name"])
        for column in columns:
            assert now[name][column["name"]]["nullable"] or not column["nullable"], column
    filled = {"payments", "history"} | ({"tenders", "refunds"} & known.keys())
    assert all(back[name] for name in filled), "control: there was something to lose"


def test_there_is_one_of_a_release_before() -> None:
    assert {path.stem for path in BACKUPS} >= {"0006-mariadb", "0006-sqlite"}
    assert all(path.stat().st_size < 1_000_000 for path in BACKUPS)
    assert all(path.stem.split("-")[0] <= schema.HEAD for path in BACKUPS)
