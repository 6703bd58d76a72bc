"""What a request's name is for: to ask the same again, and nothing else."""

from __future__ import annotations

from tests.support.lobby import Lobby


def test_a_request_id_that_was_used_for_something_else(lobby: Lobby) -> None:
    """Its answer would tell somebody that what they ask for now has been done."""
    kiosk = lobby.device("door")
    once = {"request_id": "once"}
    first = kiosk.call("customer_start", once)
    assert first["ok"] is True
    mine = {"transaction_id": first["transaction"]["id"]}
    cancelled = kiosk.call("customer_cancel", mine | once)
    assert (cancelled["ok"], cancelled["code"]) == (False, "validation_failed")
    wanted = {"service_classification_id": lobby.spa.swedish_30, "request_id": "twice"}
    added = kiosk.call("customer_add_item", mine | wanted)
    assert added["ok"] is True
    other = wanted | {"service_classification_id": lobby.spa.swedish_60}
    assert kiosk.call("customer_add_item", mine | other)["code"] == "validation_failed"
    assert kiosk.call("customer_add_item", mine | wanted) == added
    assert kiosk.call("customer_start", once) == first
