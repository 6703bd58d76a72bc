"""Whether the appliance is well, for people, for systemd and for Prometheus."""

from __future__ import annotations

import ipaddress
from collections.abc import Sized
from importlib.metadata import version
from typing import Final

from flask import Blueprint, Response, request
from prometheus_client import CollectorRegistry, Gauge, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from appliance.server.auth.decorators import require
from appliance.server.domain.errors import Busy, Unavailable
from appliance.server.domain.states import Role
from appliance.server.store import queries
from appliance.server.store.unit_of_work import Store
from appliance.server.wire.answers import Done, Health, Json, body

VERSION: Final = version("lobby-appliance")
UNREACHABLE: Final = (
    "The database cannot be reached. Check that MariaDB runs; the server goes on by itself."
)
NOT_SAVED: Final = (
    "The database answers, but the last change could not be saved. Check that its disk has room "
    "and that it is not read-only; the server goes on by itself."
)


def create(store: Store, screens: Sized, daemons: Sized) -> Blueprint:
    """The blueprint.

    Args:
        store: The database.
        screens: The open sockets of people and screens.
        daemons: The open sockets of peripherals daemons.
    """
    health = Blueprint("health", __name__)

    def counts() -> dict[str, int] | None:
        try:
            found = store.run(lambda unit: queries.status_counts(unit.session))
        except (Busy, Unavailable):
            return None
        return {status.value: count for status, count in found.items()}

    @health.get("/healthz")
    def healthz() -> tuple[Json, int]:
        queue = counts()
        well = queue is not None and store.saves
        found = Health(
            ok=well, version=VERSION, database="ok", peripherals=len(daemons), queue=queue or {}
        )
        if queue is None:
            found.worry("unreachable", UNREACHABLE)
        elif not well:
            found.worry("takes no changes", NOT_SAVED)
        return body(found), 200 if well else 503

    @health.get("/livez")
    def livez() -> Json:
        return body(Done())

    registry = CollectorRegistry()
    up = Gauge("appliance_database_up", "1 while the database answers", registry=registry)
    sockets = Gauge("appliance_sockets", "Open sockets", ["kind"], registry=registry)
    waiting = Gauge("appliance_transactions", "Open visits by state", ["status"], registry=registry)

    @health.get("/metrics")
    def metrics() -> Response:
        if not ipaddress.ip_address(request.remote_addr or "::").is_loopback:
            require(Role.MANAGER)
        queue = counts()
        up.set(queue is not None)
        sockets.labels("screen").set(len(screens))
        sockets.labels("peripherals").set(len(daemons))
        waiting.clear()
        for status, count in (queue or {}).items():
            waiting.labels(status).set(count)
        return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)

    return health
