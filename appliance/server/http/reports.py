"""A report as a file; as JSON it is a row of the table."""

from __future__ import annotations

from flask import Blueprint, Response, request

from appliance.server.auth.decorators import require, store_of_app
from appliance.server.domain.reports import as_csv
from appliance.server.domain.states import Role
from appliance.server.usecases.shop import Shop
from appliance.server.usecases.till.reports import report
from appliance.server.wire import parse


def create(shop: Shop) -> Blueprint:
    """The blueprint."""
    reports = Blueprint("reports", __name__)

    @reports.get("/api/manager/reports.csv")
    def as_file() -> Response:
        require(Role.MANAGER)
        said = parse.query(request.args, parse.AskReport).arguments()
        found = store_of_app().look(lambda unit: report(unit, shop, **said))
        # The mark in front tells a spreadsheet that it is UTF-8.
        answer = Response(as_csv(found).encode("utf-8-sig"), content_type="text/csv; charset=utf-8")
        name = f"{found.by}-{found.since}-{found.to}.csv"
        answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        return answer

    return reports
