"""What a visit leaves in the database, with every request's answer."""

from __future__ import annotations

import itertools
import uuid
from contextlib import ExitStack
from typing import Any, Final

import socketio
from sqlalchemy import Connection, text

from tests.support.server import ServerProcess

from .figures import Results
from .lab import Lab, Shop

_VISITS: Final = 10
_GOES_AGAIN: Final = frozenset({"auth_tokens", "alembic_version"})
"""Of no visit's."""


def stored(lab: Lab) -> Results:
    """Let customers come and pay, each step as a request that can be repeated."""
    with lab.shop() as shop, lab.server(shop) as server, ExitStack() as leaving:
        before = _bytes(shop)
        desk = Desk(shop, server, leaving)
        for _ in range(_VISITS):
            desk.visit()
        grown = {name: size - before.get(name, 0) for name, size in _bytes(shop).items()}
    per_visit = {name: size / _VISITS / 1000 for name, size in grown.items() if size}
    return {
        "stored_kb_per_visit": sum(per_visit.values()),
        "stored_answers_kb_per_visit": per_visit["stored_results"],
    }


class Desk:
    """A kiosk, a therapist and a cashier, through whose hands customers go.

    Args:
        shop: Where.
        server: Its server.
        leaving: Ends their connections.
    """

    def __init__(self, shop: Shop, server: ServerProcess, leaving: ExitStack) -> None:
        def connect(**auth: str) -> socketio.Client:
            client = socketio.Client(reconnection=False, handle_sigint=False)
            client.connect(server.base_url, auth=auth, transports=["websocket"])
            leaving.callback(client.disconnect)
            return client

        people = [shop.spa.therapists[0], shop.spa.cashiers[0]]
        self._therapist, self._cashier = (connect(token=token) for token in shop.tokens(people))
        self._kiosk = connect(device_token=shop.spa.device_tokens["door"])
        self._variants = itertools.cycle(sorted(shop.spa.variants.values()))

    def visit(self) -> None:
        """A customer comes; the first in line is served and pays cash.

        Every step is a request that can be repeated. Where nobody else waits, it is one visit.
        """
        kiosk, therapist, cashier = self._kiosk, self._therapist, self._cashier
        this = {"transaction_id": _ask(kiosk, "customer_start")["transaction"]["id"]}
        _ask(kiosk, "customer_add_item", **this, service_classification_id=next(self._variants))
        _ask(kiosk, "customer_confirm_selection", **this)
        called = {"transaction_id": _ask(therapist, "therapist_confirm_next")["transaction"]["id"]}
        _ask(therapist, "therapist_start_service", **called)
        _ask(therapist, "therapist_finish_service", **called)
        _ask(therapist, "therapist_room_ready")
        bill = _ask(cashier, "cashier_claim_next")["transaction"]
        amount = bill["total_amount"] + 20
        _ask(cashier, "cashier_pay", transaction_id=bill["id"], amount_paid=amount, method="cash")


def _ask(who: socketio.Client, event: str, **payload: Any) -> Any:
    answer = who.call(event, {**payload, "request_id": str(uuid.uuid4())})
    if not answer["ok"]:
        raise RuntimeError(f"{event}: {answer['error']}")
    return answer


def _bytes(shop: Shop) -> dict[str, int]:
    """The bytes of all values in each table, written out as text."""
    with shop.database.engine.connect() as connection:
        tables = connection.scalars(text("SHOW TABLES")).all()
        return {name: _of(connection, name) for name in tables if name not in _GOES_AGAIN}


def _of(connection: Connection, table: str) -> int:
    columns = connection.scalars(text(f"SHOW COLUMNS FROM `{table}`")).all()
    each = " + ".join(f"COALESCE(LENGTH(`{name}`), 0)" for name in columns)
    return int(connection.scalar(text(f"SELECT COALESCE(SUM({each}), 0) FROM `{table}`")) or 0)
