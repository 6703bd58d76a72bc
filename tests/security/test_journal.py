"""The history of what is refused: who, from where, when; never a secret, and never without end."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

import appliance
from appliance.server.auth.journal import (
    KINDS_AT_MOST,
    MANY_ADDRESSES,
    ROWS_A_SECOND,
    ROWS_AT_ONCE,
    Journal,
)
from appliance.server.domain.errors import Unavailable
from appliance.server.domain.security import EVENT_REFUSED, LOG_IN_FAILED, NOBODY
from appliance.server.domain.states import SYSTEM
from appliance.server.store.models import HistoryEntry
from appliance.server.store.unit_of_work import Store
from tests.security.test_throttle import Seconds
from tests.support.spa import Spa


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def journal(sqlite_store: Store, seconds: Seconds) -> Journal:
    return Journal(sqlite_store, seconds)


def rows(store: Store) -> list[tuple[str, Any]]:
    entries = store.run(
        lambda unit: unit.session.scalars(select(HistoryEntry).order_by(HistoryEntry.id)).all()
    )
    return [(entry.event, entry.detail) for entry in entries]


def test_the_first_is_written_at_once(journal: Journal, sqlite_store: Store) -> None:
    journal.note(LOG_IN_FAILED, NOBODY, "192.0.2.7", "eva at cashier")
    assert rows(sqlite_store) == [
        (LOG_IN_FAILED, {"address": "192.0.2.7", "about": "eva at cashier"})
    ]


def test_what_repeats_it_is_one_row_a_minute_later(
    journal: Journal, sqlite_store: Store, seconds: Seconds
) -> None:
    for _ in range(1000):
        journal.note(LOG_IN_FAILED, NOBODY, "192.0.2.7")
        journal.flush()
    assert len(rows(sqlite_store)) == 1
    seconds.now += 61
    journal.flush()
    assert rows(sqlite_store)[1:] == [(LOG_IN_FAILED, {"address": "192.0.2.7", "times": 999})]


def test_a_flood_of_hours_from_everywhere_is_a_few_rows(
    journal: Journal, sqlite_store: Store, seconds: Seconds
) -> None:
    notes = 0
    for _minute in range(60):
        for number in range(KINDS_AT_MOST * 2):
            journal.note(LOG_IN_FAILED, NOBODY, f"192.0.{number // 250}.{number % 250}")
            notes += 1
        seconds.now += 60
        journal.flush()
    written = rows(sqlite_store)
    assert len(written) <= ROWS_AT_ONCE + ROWS_A_SECOND * 3600
    for _ in range(40):
        seconds.now += 600
        journal.flush()
    written = rows(sqlite_store)
    assert sum(detail.get("times", 1) for _, detail in written) == notes, "all are counted"
    assert any(detail["address"] == MANY_ADDRESSES for _, detail in written)


def test_a_quiet_minute_ends_the_window(
    journal: Journal, sqlite_store: Store, seconds: Seconds
) -> None:
    for _ in range(3):
        journal.note(EVENT_REFUSED, SYSTEM, "192.0.2.7", "cashier_pay")
        seconds.now += 61
        journal.flush()
    assert len(rows(sqlite_store)) == 3


def test_without_a_database_nothing_is_lost_and_nobody_is_disturbed(
    journal: Journal, sqlite_store: Store, seconds: Seconds, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any, **__: Any) -> None:
        raise Unavailable("away")

    with monkeypatch.context() as patch:
        patch.setattr(sqlite_store, "run", away)
        for _ in range(5):
            journal.note(LOG_IN_FAILED, NOBODY, None)
        seconds.now += 61
        journal.flush()
    assert rows(sqlite_store) == []
    seconds.now += 121
    journal.flush()
    assert rows(sqlite_store) == [(LOG_IN_FAILED, {"address": None, "times": 5})]


# --- append-only ------------------------------------------------------------------------------


def test_a_row_cannot_be_changed_or_removed(store: Store, spa: Spa) -> None:
    def change(unit: Any) -> None:
        unit.session.scalars(select(HistoryEntry)).first().event = "nothing happened"

    def remove(unit: Any) -> None:
        unit.session.delete(unit.session.scalars(select(HistoryEntry)).first())

    for work in (change, remove):
        with pytest.raises(TypeError, match="never changed"):
            store.run(work)


def test_no_code_updates_or_deletes_history() -> None:
    """Neither through the ORM nor around it."""
    for path in Path(appliance.__file__).parent.rglob("*.py"):
        if "migrations" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                names = {child.id for child in ast.walk(node) if isinstance(child, ast.Name)}
                if node.func.id in {"update", "delete"}:
                    assert "HistoryEntry" not in names, f"{path}:{node.lineno}"
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                text = " ".join(node.value.lower().split())
                assert "update history" not in text, path
                assert "delete from history" not in text, path
