"""A filled database of the release at hand, for the tests of every later one.

`python -m tools.filled_release` lets a small shop live for two days on a private MariaDB and on
SQLite, by the use cases of this checkout, and keeps sealed backups of it in `tests/releases/`,
named after their schema. Run it when a release is made; what is there already is never made again.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path
from typing import Final

from sqlalchemy.engine import URL, make_url

from appliance import seal
from appliance.server.backup import Backups
from appliance.server.store import invariants, schema
from appliance.server.store.db import Database
from appliance.server.store.unit_of_work import Store
from tests.support.mariadb import FAST, PrivateMariaDB
from tests.support.spa import Clock, open_spa, shop
from tests.support.visits import Visits

FOLDER: Final = Path(__file__).parents[1] / "tests" / "releases"
KEY: Final = seal.key_from("5a" * 32)
"""The tests' own: these backups hold nobody's data."""


def live(store: Store, clock: Clock) -> None:
    """Two days: a closed one with everything in it, and one that goes on."""
    spa = open_spa(store)
    visits = Visits(store, spa)
    _trade(store, clock, visits)
    visits.at_the_desk()
    clock.advance(minutes=5)
    visits.waiting()
    visits.called()


def _trade(store: Store, clock: Clock, visits: Visits) -> None:
    try:
        from tests.support.till import Till, offer
    except ImportError:  # A release before the till.
        for _ in range(3):
            visits.paid()
            clock.advance(minutes=30)
        return
    till = Till(store, visits.spa, clock, shop())
    till.open("100")
    for offers in (
        [offer("cash", "100")],
        [offer("card", "85", "5")],
        [offer("card", "40"), offer("cash", "50", "2")],
    ):
        visit = till.at_the_desk(till.spa.swedish_60)
        till.pay(visit, *offers)
        clock.advance(minutes=30)
    till.refund(visit, "20", tip="1")
    till.move("pay_out", "5")
    till.count_and_close()
    till.close_day()
    clock.advance(days=1)
    till.sale("80", till.spa.swedish_60)


def _keep(url: URL, folder: Path, target: Path) -> None:
    database = Database(url)
    try:
        schema.upgrade(database.engine)
        clock = Clock()
        store = Store(database, clock)
        live(store, clock)
        broken = store.run(lambda unit: list(invariants.violations(unit.session)))
        if broken:
            raise SystemExit("\n".join(broken))
    finally:
        database.dispose()
    made = Backups(url, KEY).create(folder, label="fixture")
    shutil.copyfile(made, target)
    print(f"{target}: {target.stat().st_size} bytes")  # noqa: T201


def main() -> None:
    """Make what is missing for this checkout's schema."""
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as made_in:
        folder = Path(made_in)
        if not (found := target / f"{schema.HEAD}-mariadb.tar").exists():
            (folder / "db").mkdir()
            mariadb = PrivateMariaDB(folder / "db", FAST)
            mariadb.create()
            mariadb.start()
            try:
                mariadb.grant()
                mariadb.execute("CREATE DATABASE filled")
                _keep(mariadb.url("filled"), folder, found)
            finally:
                mariadb.stop()
        if not (found := target / f"{schema.HEAD}-sqlite.tar").exists():
            _keep(make_url(f"sqlite:///{folder / 'filled.sqlite'}"), folder, found)


if __name__ == "__main__":
    main()
