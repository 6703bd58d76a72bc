"""What comes in from outside."""

from __future__ import annotations

from typing import Any

from appliance.server.wire import parse


def pay(**more: Any) -> parse.Pay:
    return parse.parse({"transaction_id": 7, **more}, parse.Pay)


def test_what_a_payment_asks_for_has_a_digest() -> None:
    """Every payment of the cashier's page names its request, and so needs one."""
    single = {"amount_paid": 20, "method": "cash"}
    again = parse.digest(pay(**single, request_id="a"))
    assert parse.digest(pay(**single, request_id="b")) == again
    assert parse.digest(pay(**single | {"amount_paid": 21})) != again
    assert parse.digest(pay(tenders=[single])) != again
