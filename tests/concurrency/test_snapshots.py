"""A screen's snapshot shows one moment while others write, also where the database is strict.

MariaDB 11.8 sets `innodb_snapshot_isolation`: a REPEATABLE READ transaction that locks what
somebody else has changed since its first look gets error 1020. MariaDB 10.11 has it switched off.
"""

from __future__ import annotations

from sqlalchemy import select, text

from appliance.server.store.models import Transaction
from appliance.server.store.unit_of_work import Store, UnitOfWork
from tests.support.visits import Visits

STRICT = text("SET SESSION innodb_snapshot_isolation=ON")
LENIENT = text("SET SESSION innodb_snapshot_isolation=DEFAULT")


def change(visits: Visits, key: int, note: str) -> None:
    def work(unit: UnitOfWork) -> None:
        unit.session.execute(
            text("UPDATE transactions SET note = :note WHERE id = :key"), {"note": note, "key": key}
        )

    visits.store.run(work)


def note_of(unit: UnitOfWork, key: int, *, lock: bool = False) -> str | None:
    query = select(Transaction.note).where(Transaction.id == key)
    return unit.session.scalar(query.with_for_update() if lock else query)


def test_a_look_shows_one_moment_and_is_never_refused(visits: Visits, busy_store: Store) -> None:
    key = visits.waiting()
    seen = []

    def look(unit: UnitOfWork) -> None:
        unit.session.execute(STRICT)
        seen.append(note_of(unit, key))
        change(visits, key, "changed meanwhile")
        seen.append(note_of(unit, key))
        unit.session.execute(LENIENT)

    busy_store.look(look)
    assert seen == [None, None]


def test_a_record_that_changed_since_the_first_look_is_tried_again(
    visits: Visits, busy_store: Store
) -> None:
    key = visits.waiting()
    tries = []

    def look_and_lock(unit: UnitOfWork) -> str | None:
        unit.session.execute(STRICT)
        tries.append(note_of(unit, key))
        if len(tries) == 1:
            change(visits, key, "changed meanwhile")
        return note_of(unit, key, lock=True)

    try:
        assert busy_store.look(look_and_lock) == "changed meanwhile"
        assert tries == [None, "changed meanwhile"]
    finally:
        busy_store.run(lambda u: u.session.execute(LENIENT))


def test_control_a_claim_under_read_committed_locks_what_is_there_now(
    visits: Visits, busy_store: Store
) -> None:
    key = visits.waiting()

    def work(unit: UnitOfWork) -> str | None:
        unit.session.execute(STRICT)
        assert note_of(unit, key) is None
        change(visits, key, "changed meanwhile")
        found = note_of(unit, key, lock=True)
        unit.session.execute(LENIENT)
        return found

    assert busy_store.run(work) == "changed meanwhile"
