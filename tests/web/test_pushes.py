"""What watchers are told while many things happen at once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.clients import Client
from tests.support.lobby import Lobby

PUSHES = ("queue_updated", "board_updated", "devices_updated")


@pytest.fixture
def rush(lobby: Lobby) -> Iterator[None]:
    """Customers begin and change their minds all the while."""
    enough = threading.Event()
    kiosk = lobby.device("door")

    def dither() -> None:
        while not enough.is_set():
            started = kiosk.call("customer_start")["transaction"]
            kiosk.call("customer_cancel", {"transaction_id": started["id"]})

    customers = threading.Thread(target=dither)
    customers.start()
    yield
    enough.set()
    customers.join()


def versions(client: Client, event: str) -> list[int]:
    return [body["version"] for body in client.pushed(event)]


@pytest.mark.usefixtures("rush")
def test_a_screen_that_connects_in_a_rush_never_goes_back(lobby: Lobby) -> None:
    """The snapshot at connect and those that follow come in the order of their versions."""
    auth = {"token": lobby.token("gloria")}
    unordered: list[list[int]] = []

    def connect() -> None:
        for _ in range(8):
            with Client(lobby.base_url, auth) as gloria:
                gloria.wait_for("queue_updated", count=3)
                seen = versions(gloria, "queue_updated")
                if seen != sorted(set(seen)):
                    unordered.append(seen)

    screens = [threading.Thread(target=connect) for _ in range(3)]
    for screen in screens:
        screen.start()
    for screen in screens:
        screen.join()
    assert unordered == []


def test_nobody_sees_half_a_change(lobby: Lobby) -> None:
    """However fast customers choose, a total is always the sum of the services shown with it."""
    gloria, kiosk = lobby.person("gloria"), lobby.device("door")
    for _ in range(25):
        visit = {"transaction_id": kiosk.call("customer_start")["transaction"]["id"]}
        for variant in (lobby.spa.swedish_30, lobby.spa.deep_60):
            kiosk.call("customer_add_item", visit | {"service_classification_id": variant})
        kiosk.call("customer_cancel", visit)
    gloria.wait_for(
        "transaction_updated",
        lambda body: (
            body["transaction"]["id"] == visit["transaction_id"]
            and body["transaction"]["status"] == "cancelled"
        ),
    )
    shown = [body["transaction"] for body in gloria.pushed("transaction_updated")]
    assert len(shown) > 10
    torn = [
        row for row in shown if sum(item["price"] for item in row["items"]) != row["total_amount"]
    ]
    assert torn == []


def test_many_changes_at_once_are_pushed_as_one(
    lobby: Lobby, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fifty confirmations make fewer pushes than fifty, and the last one shows them all."""
    # So long that a busy machine, too, makes several of them within it.
    monkeypatch.setattr("appliance.server.realtime.broadcaster.COALESCE_SECONDS", 0.5)
    board, kiosk = lobby.device("lobby"), lobby.device("door")
    items = [{"service_classification_id": lobby.spa.swedish_30}]

    def confirm(_: int) -> bool:
        return bool(kiosk.call("customer_confirm_selection", {"items": items})["ok"])

    with ThreadPoolExecutor(5) as customers:
        assert all(customers.map(confirm, range(50)))
    board.wait_for("board_updated", lambda body: len(body["waiting"]) == 50)
    assert len(board.pushed("board_updated")) < 50
