"""What programs and screens may read."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint

from appliance.server.auth.decorators import device_required, require, staff_required, store_of_app
from appliance.server.domain.errors import NotFound
from appliance.server.domain.states import Role
from appliance.server.store import queries
from appliance.server.store.catalog import categories
from appliance.server.store.unit_of_work import UnitOfWork
from appliance.server.usecases import cashier
from appliance.server.usecases.shop import Shop
from appliance.server.wire import serialize
from appliance.server.wire.answers import Json, RecentPayments, WholeVisit, body
from appliance.server.wire.snapshots import Snapshots

from . import tickets


def create(shop: Shop, snapshots: Snapshots) -> Blueprint:
    """The blueprint."""
    api = Blueprint("api", __name__, url_prefix="/api")

    @api.get("/catalog")
    def catalog() -> Json:
        return body(
            store_of_app().run(
                lambda unit: serialize.catalog(categories(unit.session), shop.currency, unit.now())
            )
        )

    @api.get("/queue")
    @staff_required
    def queue() -> Json:
        return snapshots.queue()

    @api.get("/board")
    @device_required(Role.DISPLAY, Role.KIOSK)
    def board() -> Json:
        return snapshots.board()

    @api.get("/transactions/<int:transaction_id>")
    @staff_required
    def transaction(transaction_id: int) -> Json:
        def look(unit: UnitOfWork) -> WholeVisit:
            found = queries.transactions(unit.session, [min(transaction_id, 2**63 - 1)])
            if not found:
                raise NotFound("Customer not found.")
            return serialize.whole_visit(
                found[0],
                queries.history(unit.session, transaction_id),
                queries.print_jobs(unit.session, transaction_id),
            )

        return body(store_of_app().look(look))

    tickets.add_to(api, shop, snapshots)
    api.add_url_rule("/payments/recent", view_func=_recent_payments(shop))
    return api


def _recent_payments(shop: Shop) -> Callable[[], Json]:
    def recent_payments() -> Json:
        actor = require(Role.CASHIER).actor

        def look(unit: UnitOfWork) -> RecentPayments:
            paid = cashier.recent_payments(unit, shop, actor)
            return RecentPayments(transactions=[serialize.transaction(row) for row in paid])

        return body(store_of_app().look(look))

    return recent_payments
