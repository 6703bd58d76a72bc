"""Two servers on one database: what happens at one is seen by those who watch the other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from appliance.server.clock import utc_now
from appliance.server.store.db import Database
from appliance.server.store.unit_of_work import Store
from tests.conftest import StartServer
from tests.support.lobby import Lobby
from tests.support.redis import PrivateRedis
from tests.support.spa import open_spa


class Pair(NamedTuple):
    """Two servers, and what joins them."""

    here: Lobby
    there: Lobby
    redis: PrivateRedis


@pytest.fixture
def pair(start_server: StartServer, database: Database, tmp_path: Path) -> Iterator[Pair]:
    redis = PrivateRedis(tmp_path)
    redis.start()
    spa = open_spa(Store(database, utc_now))
    lobbies = [
        Lobby(start_server(SOCKETIO_MESSAGE_QUEUE=redis.url), spa, database) for _ in range(2)
    ]
    yield Pair(lobbies[0], lobbies[1], redis)
    for lobby in lobbies:
        lobby.leave()
    redis.stop()


def _confirm(lobby: Lobby, kiosk: str) -> str:
    with lobby.device(kiosk) as client:
        item = {"service_classification_id": lobby.spa.swedish_60}
        answer = client.call("customer_confirm_selection", {"items": [item]})
    assert answer["ok"], answer
    return str(answer["transaction"]["code"])


def _claim_here_and_watch_there(pair: Pair) -> None:
    eva = pair.there.person("eva")
    board = pair.there.device("lobby")
    code = _confirm(pair.here, "door")
    eva.wait_for("queue_updated", lambda q: code in [tx["code"] for tx in q["pending"]])
    board.wait_for("board_updated", lambda b: code in [row["code"] for row in b["waiting"]])
    ana = pair.here.person("ana")
    claimed = ana.call("therapist_confirm_next", {})["transaction"]
    assert claimed["code"] == code
    eva.wait_for("queue_updated", lambda q: code in [tx["code"] for tx in q["in_progress"]])
    board.wait_for(
        "board_updated",
        lambda b: (code, "1") in [(c["code"], c["room_number"]) for c in b["calls"]],
    )
    eva.wait_for(
        "transaction_updated",
        lambda push: push["transaction"]["status"] == "therapist_confirmed",
    )


def test_a_claim_at_one_is_seen_at_the_other(pair: Pair) -> None:
    _claim_here_and_watch_there(pair)


def test_without_redis_everybody_keeps_working_and_sees_it_too(pair: Pair) -> None:
    pair.redis.stop()
    _claim_here_and_watch_there(pair)


def test_without_redis_staff_at_both_servers_work_on_one_visit(pair: Pair) -> None:
    pair.redis.stop()
    boards = [lobby.device("lobby") for lobby in (pair.here, pair.there)]
    staff = [pair.here.person("eva"), pair.there.person("felix")]
    ana = pair.there.person("ana")
    code = _confirm(pair.here, "door")

    def everybody_sees(where: str, *, called: bool = False) -> None:
        for screen in staff:
            screen.wait_for("queue_updated", lambda q: code in [tx["code"] for tx in q[where]])
        for board in boards if called else ():
            board.wait_for("board_updated", lambda b: code in [call["code"] for call in b["calls"]])

    everybody_sees("pending")
    customer = ana.call("therapist_confirm_next", {})["transaction"]["id"]
    everybody_sees("in_progress", called=True)
    about = {"transaction_id": customer}
    assert ana.call("therapist_start_service", about)["ok"]
    assert ana.call("therapist_finish_service", about)["ok"]
    everybody_sees("finished")
    eva, felix = staff
    assert eva.call("cashier_claim_code", {"code": code})["ok"]
    assert felix.call("cashier_claim_code", {"code": code})["code"] == "invalid_state"
    assert eva.call("cashier_pay", {**about, "amount_paid": 100, "method": "cash"})["ok"]
    for screen in staff:
        screen.wait_for("transaction_updated", lambda push: push["transaction"]["status"] == "paid")


def test_redis_that_comes_back_is_used_without_a_restart(pair: Pair) -> None:
    pair.redis.stop()
    _claim_here_and_watch_there(pair)
    pair.redis.start()
    board = pair.there.device("lobby")
    code = _confirm(pair.here, "door")
    board.wait_for("board_updated", lambda b: code in [row["code"] for row in b["waiting"]])


def test_a_lamp_at_the_other_server_follows(pair: Pair) -> None:
    daemon = pair.there.daemon()
    daemon.call("device_hello", {"name": "pi", "printers": [], "rooms": ["1"]})
    _confirm(pair.here, "door")
    daemon.wait_for("lamp", lambda lamp: lamp == {"room_number": "1", "pattern": "slow_blink"})
    pair.here.person("ana").call("therapist_confirm_next", {})
    daemon.wait_for("lamp", lambda lamp: lamp == {"room_number": "1", "pattern": "fast_blink"})


def test_paper_owed_at_one_is_asked_for_at_the_other(pair: Pair) -> None:
    daemon = pair.there.daemon()
    daemon.call("device_hello", {"name": "pi", "printers": [], "rooms": []})
    _confirm(pair.here, "door")
    daemon.wait_for("print_ready", lambda ready: ready == {"role": "ticket"})


def test_a_server_that_starts_does_not_put_the_other_s_printers_away(
    pair: Pair, start_server: StartServer
) -> None:
    with pair.here.daemon() as daemon:
        printers = [{"name": "lobby", "roles": ["ticket"]}]
        daemon.call("device_hello", {"name": "pi", "printers": printers, "rooms": []})
        status = {"printer": "lobby", "online": True, "paper": "ok", "cover_open": False}
        assert daemon.call("printer_status", status)["ok"]
        eva = pair.there.person("eva")
        eva.wait_for("devices_updated", lambda d: [p["online"] for p in d["printers"]] == [True])
        start_server(SOCKETIO_MESSAGE_QUEUE=pair.redis.url)
        # It comes again and says how everything is, as after a broken line.
        daemon.wait_gone()


def test_a_log_out_everywhere_at_one_ends_the_socket_at_the_other(pair: Pair) -> None:
    first = pair.there.person("ana")
    at_the_other = pair.here.http(pair.here.token("ana"))
    assert first.call("therapist_confirm_next", {})["code"] == "nothing_waiting"
    assert at_the_other.post("/therapist/logout", json={"everywhere": True}).json() == {"ok": True}
    first.wait_for("identity_revoked")
    answer = first.call("therapist_confirm_next", {})
    assert answer["code"] == "authentication_required"
