"""The customer's own page: the secret in the address is the permission."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from appliance.server.auth.decorators import store_of_app
from appliance.server.domain.errors import NotFound
from appliance.server.domain.states import Actor
from appliance.server.store import queries
from appliance.server.store.answers import Request
from appliance.server.store.unit_of_work import UnitOfWork
from appliance.server.usecases import queue
from appliance.server.usecases.shop import Shop
from appliance.server.wire import parse, serialize
from appliance.server.wire.answers import Json, TicketStatus, body
from appliance.server.wire.errors import HTTP_STATUS, refusal
from appliance.server.wire.snapshots import Snapshots

from .answers import json_body

_VERBS = {
    "customer_step_out": queue.step_out,
    "customer_come_back": queue.come_back,
    "customer_leave": queue.leave,
}


def add_to(api: Blueprint, shop: Shop, snapshots: Snapshots) -> None:
    """Add the routes of a ticket."""

    def status(unit: UnitOfWork, ticket_token: str) -> TicketStatus:
        version, now = snapshots.next_version(), unit.now()
        day = shop.day
        # Our tokens are ASCII, and so is their column: it cannot be compared with more.
        token = ticket_token[:64] if ticket_token.isascii() else ""
        found = queries.ticket(
            unit.session, token, day.date_of(now).isoformat(), now, day.start_of(now)
        )
        if found is None:
            raise NotFound("This ticket is from another day.")
        return serialize.ticket(found, version, now)

    @api.get("/t/<ticket_token>")
    def ticket(ticket_token: str) -> Json:
        return body(store_of_app().look(lambda unit: status(unit, ticket_token)))

    @api.post("/t/<ticket_token>")
    def ticket_event(ticket_token: str) -> Response:
        asked = parse.parse(json_body(), parse.OnTicket)
        store = store_of_app()
        customer = store.run(lambda unit: queue.of_ticket(unit, shop, ticket_token))

        def act(unit: UnitOfWork, actor: Actor) -> Json:
            _VERBS[asked.event](unit, shop, actor)
            return body(status(unit, ticket_token))

        result = store.answer(
            lambda unit: queue.of_ticket(unit, shop, ticket_token),
            act,
            refusal,
            Request(customer, asked.request_id, asked.event) if asked.request_id else None,
        )
        response = jsonify(result)
        response.status_code = 200 if result["ok"] else HTTP_STATUS[result["code"]]
        return response
