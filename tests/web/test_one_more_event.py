"""A new event is its row: whatever else must know of it reads the row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from appliance.server.auth import permissions
from appliance.server.clock import utc_now
from appliance.server.domain.states import Actor, Role
from appliance.server.events import EVENTS, BadRow, EventRow, check
from appliance.server.http import openapi
from appliance.server.store.db import Database
from appliance.server.store.unit_of_work import Store, UnitOfWork
from appliance.server.usecases.shop import Shop
from tests.conftest import empty
from tests.support.lobby import Lobby
from tests.support.mariadb import PrivateMariaDB
from tests.support.one_more_event import ROW
from tests.support.server import ServerProcess
from tests.support.spa import open_spa
from tools import events_page, types_js

ROWS = (*EVENTS, ROW)


def test_the_permissions_have_it() -> None:
    permission = permissions.of_events(ROWS)["/", "therapist_wave"]
    assert permission == permissions.EVENTS["/", "therapist_room_ready"]
    assert permissions.of_events(EVENTS) == permissions.EVENTS


def test_the_description_for_programs_has_it_with_its_shapes() -> None:
    before, after = openapi.description(), openapi.description(ROWS)
    (new,) = [row for row in after["x-socket-io"]["events"] if row not in events_of(before)]
    assert new == {
        "namespace": "/",
        "event": "therapist_wave",
        "summary": "The therapist waves at the front desk.",
        "roles": ["therapist"],
        "payload": {"$ref": "#/components/schemas/Wave"},
        "answer": {"$ref": "#/components/schemas/Waved"},
        "result_event": "therapist_wave_result",
    }
    shapes, known = after["components"]["schemas"], before["components"]["schemas"]
    assert set(shapes) - set(known) == {"Wave", "Waved", "WaveSeen"}
    assert shapes["Wave"]["properties"]["hands"] == {"type": "integer", "minimum": 1, "maximum": 2}
    assert shapes["Waved"]["required"] == ["ok", "seen"]


def events_of(description: dict[str, Any]) -> list[Any]:
    return list(description["x-socket-io"]["events"])


def test_the_page_for_people_has_it() -> None:
    page = events_page.page(ROWS)
    assert "| `therapist_wave` | therapist | [Wave](#wave) | [Waved](#waved) |" in page
    assert "### WaveSeen" in page
    assert "therapist_wave" not in events_page.page()


def test_the_screens_types_have_it() -> None:
    types = types_js.module(ROWS)
    assert " * @property {Wave} therapist_wave" in types
    assert " * @property {Waved} therapist_wave" in types
    assert " * @typedef {object} WaveSeen A wave that was seen." in types
    assert "therapist_wave" not in types_js.module()


@pytest.fixture
def waving(mariadb: PrivateMariaDB, database: Database, tmp_path: Path) -> Iterator[Lobby]:
    """A server with the row, and a spa in its database."""
    empty(database)
    spa = open_spa(Store(database, utc_now))
    server = ServerProcess(
        mariadb.environment("lobby_test"),
        tmp_path / "serve.log",
        command=("-m", "tests.support.one_more_event", "serve"),
    )
    lobby = Lobby(server.start(), spa, database)
    yield lobby
    lobby.leave()
    server.stop()


def test_the_server_answers_it(waving: Lobby) -> None:
    ana, eva = waving.person("ana"), waving.person("eva")
    good = {"ok": True, "seen": {"by": "Ana", "hands": 1}}
    wave = {"hands": 1, "request_id": "once"}
    assert ana.ask("therapist_wave", "therapist_wave_result", wave) == good
    assert ana.ask("therapist_wave", "therapist_wave_result", wave) == good
    both = ana.ask("therapist_wave", "therapist_wave_result", {"hands": 2})
    assert (both["code"], both["error"]) == ("invalid_state", "Somebody has to hold the towels.")
    assert ana.call("therapist_wave", {"hands": 3})["code"] == "validation_failed"
    assert eva.call("therapist_wave", {"hands": 1})["code"] == "forbidden"
    assert waving.connect().call("therapist_wave", {})["code"] == "authentication_required"
    history = [row for row in waving.rows()["history"] if "therapist_wave" in row]
    assert len(history) == 1


def nothing(unit: UnitOfWork) -> tuple[str, int]:
    """Does not take what the payload says."""
    return "", 0


def more(unit: UnitOfWork, shop: Shop, actor: Actor, hands: int, feet: int) -> tuple[str, int]:
    """Needs what the payload does not say."""
    return "", 0


def other(unit: UnitOfWork, hands: str) -> tuple[str, int]:
    """Takes it for something else."""
    return "", 0


@pytest.mark.parametrize(
    ("use_case", "what"),
    [(nothing, "does not take hands"), (more, "lacks feet"), (other, "takes hands for")],
)
def test_a_row_that_does_not_fit_its_use_case_stops_the_start(use_case: Any, what: str) -> None:
    check(ROWS)
    with pytest.raises(BadRow, match=what):
        check([*EVENTS, replace(ROW, use_case=use_case)])


def test_a_row_stands_once_and_says_who_may() -> None:
    with pytest.raises(BadRow, match="two rows"):
        check([*ROWS, ROW])
    with pytest.raises(BadRow, match="anybody may send it"):
        check([*EVENTS, replace(ROW, roles=frozenset())])


def test_a_row_and_the_table_of_transitions_name_the_same_role() -> None:
    def swapped(row: EventRow[Any]) -> EventRow[Any]:
        return replace(row, roles=frozenset({Role.MANAGER})) if row.event == "cashier_pay" else row

    with pytest.raises(BadRow, match="cashier_pay"):
        check(map(swapped, EVENTS))
    with pytest.raises(BadRow, match="cashier_pay"):
        check(row for row in EVENTS if row.event != "cashier_pay")
