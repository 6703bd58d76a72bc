"""What the server takes and answers as OpenAPI 3.1, for people who write programs against it.

OpenAPI knows no Socket.IO: its events and pushes stand under `x-socket-io`, with the same shapes.

`tests/security/test_openapi.py` holds the description and the routes together.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import Any, Final

from flask import Blueprint

from appliance.server import sections
from appliance.server.config import LOGO_TYPES, PHOTO_TYPES
from appliance.server.domain.states import STAFF_ROLES, Role
from appliance.server.events import EVENTS, PUSHES, EventRow, Push
from appliance.server.routes import ROUTES, RouteRow
from appliance.server.sections import Section
from appliance.server.wire import answers, parse
from appliance.server.wire.errors import Refusal
from appliance.server.wire.schemas import Schema, components, properties, ref

from .health import VERSION

TEXT: Final[Schema] = {"type": "string"}
ANY_STAFF: Final = tuple(STAFF_ROLES)


def create() -> Blueprint:
    """The blueprint."""
    blueprint = Blueprint("openapi", __name__)

    @blueprint.get("/openapi.json")
    def openapi() -> dict[str, Any]:
        return _whole()

    return blueprint


@cache
def _whole() -> Schema:
    # Made when somebody asks: a start on a Pi would wait for it most of a second.
    return description()


def description(rows: Iterable[EventRow[Any]] = EVENTS, pushes: Iterable[Push] = PUSHES) -> Schema:
    """The whole description.

    Args:
        rows: The events to describe; those that are there only in some installations are left out.
        pushes: The same of the pushes.
    """
    rows = [row for row in rows if not row.optional]
    pushes = [push for push in pushes if not push.optional]
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Lobby Appliance",
            "version": VERSION,
            "description": (
                "What changes a visit goes over Socket.IO (`x-socket-io`). Every answer of a "
                "program's route and of every event is `{ok: true, …}` or "
                "`{ok: false, error, code}`. A request that changes something and relies on a "
                "cookie needs the page's CSRF token in the header `X-CSRFToken`; one with a token "
                "header does not."
            ),
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "components": {
            "schemas": shapes(rows, pushes),
            "responses": {"Refusal": _answer(Refusal)},
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "x-auth-token": {"type": "apiKey", "in": "header", "name": "X-Auth-Token"},
                "session": {"type": "apiKey", "in": "cookie", "name": "appliance_session"},
                **{
                    f"{kind}-cookie": {
                        "type": "apiKey",
                        "in": "cookie",
                        "name": f"appliance_{kind}",
                    }
                    for kind in (Role.KIOSK, Role.DISPLAY)
                },
            },
        },
        "paths": {**_pages(), **_people(), **_api(), **_table(), **_health()},
        "x-socket-io": {
            "events": [_event(row) for row in rows],
            "pushes": [_push(push) for push in pushes],
        },
    }


def shapes(rows: Iterable[EventRow[Any]], pushes: Iterable[Push]) -> dict[str, Schema]:
    """Every shape that has a name: of routes, of these events and of these pushes."""
    rows = list(rows)
    changes = [row for row in ROUTES if not row.reads]
    told = [push.body for push in pushes if push.body is not None]
    return components(
        [Refusal, *answers.every(), *(row.result for row in rows), *told],
        [*_TAKEN_BY_ROUTES, *(row.payload for row in [*rows, *changes])],
    )


_TAKEN_BY_ROUTES: Final = (
    parse.LogIn,
    parse.LogOut,
    parse.DeviceSession,
    parse.DeviceTokenOffer,
    parse.Setup,
)


def _event(row: EventRow[Any]) -> Schema:
    return {
        "namespace": row.namespace,
        "event": str(row.event),
        "summary": row.summary,
        "roles": sorted(row.roles),
        "payload": ref(row.payload),
        "answer": ref(row.result),
        **({"result_event": row.result_event} if row.result_event else {}),
    }


def _push(push: Push) -> Schema:
    return {
        "namespace": push.namespace,
        "event": str(push.event),
        "roles": sorted(push.roles),
        **({"body": ref(push.body)} if push.body else {}),
    }


def _answer(kind: type) -> Schema:
    """A response with JSON of this shape."""
    what = (kind.__doc__ or "").partition("\n")[0]
    return {"description": what, "content": {"application/json": {"schema": ref(kind)}}}


def _html(what: str) -> Schema:
    """A response with a page."""
    return {"description": what, "content": {"text/html": {"schema": TEXT}}}


def _file(what: str, *types: str) -> Schema:
    """A response with a file."""
    return {"description": what, "content": {each: {"schema": TEXT} for each in types}}


def _document(what: str) -> Schema:
    """A response with JSON that is a document of its own, and no answer."""
    return {"description": what, "content": {"application/json": {"schema": {"type": "object"}}}}


def _security(roles: tuple[Role, ...]) -> list[Schema]:
    """The ways in which these may say who they are; each is enough."""
    staff = any(role in STAFF_ROLES for role in roles)
    ways: list[Schema] = [{"bearer": []}, {"x-auth-token": []}, {"session": []}] if staff else []
    return ways + [{f"{role}-cookie": []} for role in roles if role not in STAFF_ROLES]


def _operation(
    name: str,
    summary: str,
    good: Schema,
    *,
    roles: tuple[Role, ...] = (),
    refusals: tuple[int, ...] = (),
    parameters: list[Schema] | None = None,
    body: Schema | None = None,
) -> Schema:
    statuses = {*refusals, 429, 503} | ({401, 403} if roles else set()) | ({400} if body else set())
    operation: Schema = {
        "operationId": name,
        "summary": summary,
        "responses": {
            "200": good,
            **{
                str(status): {"$ref": "#/components/responses/Refusal"}
                for status in sorted(statuses)
            },
        },
        "security": _security(roles) if roles else [],
    }
    if parameters:
        operation["parameters"] = parameters
    if body:
        operation["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": body}},
        }
        operation["responses"]["413"] = {"$ref": "#/components/responses/Refusal"}
    return operation


# --- routes -----------------------------------------------------------------------------------


def _pages() -> Schema:
    shells = {
        "/kiosk": "The kiosk's page",
        "/board": "The lobby board's page",
        "/enroll": "The page that enrols a browser; the token is in the address's fragment",
    }
    front = _operation("front", "The way in", _html("A page with the ways in"))
    front["responses"]["302"] = {"description": "To the kiosk"}
    return {
        "/": {"get": front},
        **{path: {"get": _operation(path[1:], what, _html(what))} for path, what in shells.items()},
        "/t/{ticket_token}": {
            "get": _operation(
                "ticket_page",
                "The page behind a ticket's QR code",
                _html("The page, whatever the token"),
                parameters=[_path_parameter("ticket_token", TEXT)],
                refusals=(404,),
            )
        },
        "/kiosk/tickets/{transaction_id}/qr.svg": {
            "get": _operation(
                "ticket_qr",
                "The QR code of a ticket's page, for the kiosk's screen",
                _file("A drawing", "image/svg+xml"),
                roles=(Role.KIOSK,),
                parameters=[_path_parameter("transaction_id", {"type": "integer", "minimum": 1})],
                refusals=(404,),
            )
        },
        "/translations/{code}.json": {
            "get": _operation(
                "translations",
                "The sentences of the screens in a language",
                _document("The catalogue"),
                parameters=[_path_parameter("code", TEXT)],
                refusals=(404,),
            )
        },
        "/shop/theme.css": {
            "get": _operation(
                "theme", "The shop's accent", _file("A style sheet", "text/css"), refusals=(404,)
            )
        },
        "/shop/logo": {
            "get": _operation(
                "logo",
                "The shop's logo",
                _file("A picture", *sorted(set(LOGO_TYPES.values()))),
                refusals=(404,),
            )
        },
        "/shop/board": {
            "get": _operation(
                "board_picture",
                "The lobby board's picture",
                _file("A picture", *sorted(set(PHOTO_TYPES.values()))),
                refusals=(404,),
            )
        },
        "/openapi.json": {
            "get": _operation("openapi", "This description", _document("OpenAPI 3.1"))
        },
    }


def _path_parameter(name: str, schema: Schema) -> Schema:
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _people() -> Schema:
    paths: Schema = {}
    for role in STAFF_ROLES:
        paths |= _of_role(role)
    paths["/devices/session"] = {
        "post": _operation(
            "device_session",
            "Turn a device token into a browser's cookie",
            _answer(answers.Enrolled),
            body=ref(parse.DeviceSession),
            refusals=(401,),
        )
    }
    paths["/devices/token"] = {
        "post": _operation(
            "device_token",
            "Let a station in with the token that it has made, by its code",
            _answer(answers.Enrolled),
            body=ref(parse.DeviceTokenOffer),
            refusals=(401,),
        )
    }
    page = _operation("setup_page", "Where a shop without a manager gets one", _html("The page"))
    page["responses"]["302"] = {"description": "To the log-in: there is a manager"}
    paths["/setup"] = {
        "get": page,
        "post": _operation(
            "setup",
            "Make the first manager of a shop that has none",
            _answer(answers.Done),
            body=ref(parse.Setup),
            refusals=(401, 409),
        ),
    }
    return paths


def _page_of(section: Section) -> Schema:
    role = section.role
    page = _operation(
        f"{role}_{section.name}", f"The {role}'s page: {section.title}", _html("The page")
    )
    page["responses"] |= {
        # A browser gets the log-in page, a program the refusal.
        "401": {
            "description": "Nobody, or another role, is logged in",
            "content": {
                "text/html": {"schema": TEXT},
                "application/json": {"schema": ref(Refusal)},
            },
        },
        "403": {"$ref": "#/components/responses/Refusal"},
    }
    page["security"] = [{}, *_security((role,))]
    return page


def _of_role(role: Role) -> Schema:
    following = {"name": "next", "in": "query", "required": False, "schema": TEXT}
    log_out = _operation(
        f"{role}_logout",
        "End this log-in, or all of mine",
        _answer(answers.Done),
        body=ref(parse.LogOut),
        roles=(role,),
    )
    log_out["requestBody"]["required"] = False
    return {
        f"/{role}/login": {
            "get": _operation(
                f"{role}_login_page",
                f"The {role}s' log-in page",
                _html("The page"),
                parameters=[following],
            ),
            "post": _operation(
                f"{role}_login",
                f"Log a {role} in, beside their other log-ins",
                _answer(answers.LoggedIn),
                body=ref(parse.LogIn),
                refusals=(401,),
            ),
        },
        f"/{role}/logout": {"post": log_out},
        f"/{role}/me": {
            "get": _operation(f"{role}_me", "Who I am", _answer(answers.Me), roles=(role,))
        },
        **{each.path: {"get": _page_of(each)} for each in sections.of(role)},
    }


def _api() -> Schema:
    return {
        "/api/catalog": {"get": _operation("catalog", "What is offered", _answer(answers.Catalog))},
        "/api/queue": {
            "get": _operation(
                "queue",
                "Who waits, is treated, and pays; oldest first",
                _answer(answers.Queue),
                roles=ANY_STAFF,
            )
        },
        "/api/payments/recent": {
            "get": _operation(
                "recent_payments",
                "Today's payments at this cashier's desk, newest first; at most fifty",
                _answer(answers.RecentPayments),
                roles=(Role.CASHIER,),
            )
        },
        "/api/board": {
            "get": _operation(
                "board_data",
                "What the lobby sees: codes and rooms",
                _answer(answers.Board),
                roles=(Role.DISPLAY, Role.KIOSK),
            )
        },
        "/api/transactions/{transaction_id}": {
            "get": _operation(
                "transaction",
                "One visit and its history",
                _answer(answers.WholeVisit),
                roles=ANY_STAFF,
                parameters=[_path_parameter("transaction_id", {"type": "integer", "minimum": 0})],
                refusals=(404,),
            )
        },
        "/api/t/{ticket_token}": {
            "get": _operation(
                "ticket",
                "What the holder of a ticket may know",
                _answer(answers.TicketStatus),
                parameters=[_path_parameter("ticket_token", TEXT)],
                refusals=(404,),
            ),
            "post": _operation(
                "ticket_event",
                "The holder of a ticket steps out, comes back, or leaves the queue",
                _answer(answers.TicketStatus),
                parameters=[_path_parameter("ticket_token", TEXT)],
                refusals=(400, 404, 409),
                body=ref(parse.OnTicket),
            ),
        },
    }


def _table() -> Schema:
    paths: dict[str, Schema] = {}
    for row in ROUTES:
        path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", row.rule)
        paths.setdefault(path, {})[row.method.lower()] = _of_row(row)
    return paths | _reports() | _photos()


def _photos() -> Schema:
    binary = {"type": "string", "format": "binary"}
    keep = _operation(
        "post_manager_photos",
        "Keep a photo for the catalogue; the body is the file itself, up to 5 MB",
        _answer(answers.KeptPhoto),
        roles=(Role.MANAGER,),
        refusals=(400, 409, 413),
    )
    keep["requestBody"] = {
        "required": True,
        "content": {f"image/{kind}": {"schema": binary} for kind in ("jpeg", "png", "webp")},
    }
    preview = _operation(
        "menu_preview",
        "The kiosk's menu, for a frame of the manager's page",
        _html("The page"),
        roles=(Role.MANAGER,),
    )
    return {
        "/manager/menu/preview": {"get": preview},
        "/api/manager/photos": {"post": keep},
        "/catalog/photos/{digest}.jpg": {
            "get": _operation(
                "catalog_photo",
                "A photo of the catalogue",
                _file("A picture", "image/jpeg"),
                parameters=[_path_parameter("digest", TEXT)],
                refusals=(404,),
            )
        },
    }


def _reports() -> Schema:
    asked, _ = properties(parse.AskReport)
    operation = _operation(
        "get_manager_reports_csv",
        "A report as a file: RFC 4180, UTF-8 with a mark in front, amounts as plain decimals",
        _file("A line for each row", "text/csv"),
        roles=(Role.MANAGER,),
        refusals=(400,),
        parameters=[
            {"name": name, "in": "query", "required": False, "schema": schema}
            for name, schema in asked.items()
        ],
    )
    return {"/api/manager/reports.csv": {"get": operation}}


def _of_row(row: RouteRow[Any]) -> Schema:
    by_id = {"type": "integer", "minimum": 0}
    parameters = [_path_parameter(name, by_id) for name in row.in_path]
    if row.reads:
        asked, needed = properties(row.payload)
        parameters += [
            {"name": name, "in": "query", "required": name in needed, "schema": schema}
            for name, schema in asked.items()
        ]
    operation = _operation(
        row.name,
        row.summary,
        _answer(row.result),
        roles=tuple(role for role in Role if role in row.roles),
        refusals=(400, 404) if row.reads else (400, 404, 409),
        parameters=parameters,
        body=None if row.reads else ref(row.payload),
    )
    if not row.reads:
        _, needed = properties(row.payload)
        operation["requestBody"]["required"] = bool(needed)
    return operation


def _health() -> Schema:
    metrics = _operation(
        "metrics",
        "Prometheus text; for this machine itself, or a manager",
        {"description": "Metrics", "content": {"text/plain": {"schema": TEXT}}},
        roles=(Role.MANAGER,),
    )
    metrics["security"] = [{}, *metrics["security"]]
    return {
        "/healthz": {"get": _operation("healthz", "Is all well", _answer(answers.Health))},
        "/livez": {"get": _operation("livez", "Does it answer", _answer(answers.Done))},
        "/metrics": {"get": metrics},
    }
