"""The price changes while a customer reads: a kiosk that says what it showed is told."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest
from sqlalchemy import update

from appliance.server.clock import utc_now
from appliance.server.store.models import ServiceClassification
from appliance.server.store.unit_of_work import Store
from tests.support.clients import Client
from tests.support.lobby import Lobby

CONFIRM = ("customer_confirm_selection", "customer_confirm_result")


@pytest.fixture
def kiosk(lobby: Lobby) -> Iterator[Client]:
    reprice(lobby, "80.00")
    yield lobby.device("door")
    reprice(lobby, "80.00")


def reprice(lobby: Lobby, price: str) -> None:
    """Massage, Swedish Massage, 60 minutes costs this from now on."""
    Store(lobby.database, utc_now).run(
        lambda unit: unit.session.execute(
            update(ServiceClassification)
            .where(ServiceClassification.id == lobby.spa.swedish_60)
            .values(price=Decimal(price))
        )
    )


def test_a_repeat_at_the_old_price_is_refused_with_the_new_one(lobby: Lobby, kiosk: Client) -> None:
    items = [{"service_classification_id": lobby.spa.swedish_60}]
    reprice(lobby, "90.00")
    asked = {"items": items, "expected_total": 80, "request_id": "p-1"}
    refused = kiosk.ask(*CONFIRM, asked)
    assert (refused["ok"], refused["code"]) == (False, "validation_failed")
    assert refused["error"] == "The price has changed. It is now 90.00."
    now = refused["transaction"]
    assert (now["status"], now["code"], now["total_amount"]) == ("selecting", None, 90)
    assert [item["price"] for item in now["items"]] == [90]

    # The same again is the same again, and takes no second selection.
    assert kiosk.ask(*CONFIRM, asked) == refused
    agreed = {"transaction_id": now["id"], "expected_total": "90.00", "request_id": "p-2"}
    done = kiosk.ask(*CONFIRM, agreed)
    assert (done["ok"], done["transaction"]["id"]) == (True, now["id"])
    assert done["transaction"]["total_amount"] == 90


def test_a_repeat_of_what_was_confirmed_gets_its_first_answer(lobby: Lobby, kiosk: Client) -> None:
    items = [{"service_classification_id": lobby.spa.swedish_60}]
    asked = {"items": items, "expected_total": 80, "request_id": "p-3"}
    done = kiosk.ask(*CONFIRM, asked)
    assert done["ok"] is True
    reprice(lobby, "90.00")
    assert kiosk.ask(*CONFIRM, asked) == done


@pytest.mark.parametrize("total", ["a lot", -1, True, [80], "80.0001", 1e300], ids=str)
def test_a_total_that_is_none(lobby: Lobby, kiosk: Client, total: object) -> None:
    items = [{"service_classification_id": lobby.spa.swedish_60}]
    refused = kiosk.ask(*CONFIRM, {"items": items, "expected_total": total})
    assert (refused["ok"], refused["code"]) == (False, "validation_failed")
    assert "transaction" not in refused
