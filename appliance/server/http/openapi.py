"""The HTTP side described as OpenAPI 3.1, for people who write programs against it.

`tests/security/test_openapi.py` holds the description and the routes together.
"""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint

from appliance.server.config import LOGO_TYPES
from appliance.server.domain.states import STAFF_ROLES, Role

from .health import VERSION
from .shapes import (
    TEXT,
    TIME,
    WHOLE,
    Schema,
    answer,
    as_file,
    as_html,
    as_json,
    fields,
    many,
    or_null,
    ref,
    shapes,
)

ANY_STAFF: Final = tuple(STAFF_ROLES)


def create() -> Blueprint:
    """The blueprint."""
    blueprint = Blueprint("openapi", __name__)
    whole = description()

    @blueprint.get("/openapi.json")
    def openapi() -> dict[str, Any]:
        return whole

    return blueprint


def description() -> Schema:
    """The whole description."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Lobby Appliance",
            "version": VERSION,
            "description": (
                "The HTTP side of the appliance. What changes a visit goes over Socket.IO. Every "
                "answer of a program's route is `{ok: true, …}` or `{ok: false, error, code}`. A "
                "request that changes something and relies on a cookie needs the page's CSRF token "
                "in the header `X-CSRFToken`; one with a token header does not."
            ),
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "components": {
            "schemas": shapes(),
            "responses": {"Refusal": as_json(ref("Refusal"), "Refused, with the reason")},
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
        "paths": {**_pages(), **_people(), **_api(), **_health()},
    }


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
    front = _operation("front", "The way in", as_html("A page with the ways in"))
    front["responses"]["302"] = {"description": "To the kiosk"}
    return {
        "/": {"get": front},
        **{
            path: {"get": _operation(path[1:], what, as_html(what))}
            for path, what in shells.items()
        },
        "/t/{ticket_token}": {
            "get": _operation(
                "ticket_page",
                "The page behind a ticket's QR code",
                as_html("The page, whatever the token"),
                parameters=[_path_parameter("ticket_token", TEXT)],
                refusals=(404,),
            )
        },
        "/kiosk/tickets/{transaction_id}/qr.svg": {
            "get": _operation(
                "ticket_qr",
                "The QR code of a ticket's page, for the kiosk's screen",
                as_file("A drawing", "image/svg+xml"),
                roles=(Role.KIOSK,),
                parameters=[_path_parameter("transaction_id", {"type": "integer", "minimum": 1})],
                refusals=(404,),
            )
        },
        "/translations/{code}.json": {
            "get": _operation(
                "translations",
                "The sentences of the screens in a language",
                as_json(fields({"language": TEXT}), "The catalogue"),
                parameters=[_path_parameter("code", TEXT)],
                refusals=(404,),
            )
        },
        "/shop/theme.css": {
            "get": _operation(
                "theme", "The shop's accent", as_file("A style sheet", "text/css"), refusals=(404,)
            )
        },
        "/shop/logo": {
            "get": _operation(
                "logo",
                "The shop's logo",
                as_file("A picture", *sorted(set(LOGO_TYPES.values()))),
                refusals=(404,),
            )
        },
        "/openapi.json": {
            "get": _operation("openapi", "This description", as_json(fields({}), "OpenAPI 3.1"))
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
            as_json(
                answer({"device": fields({"kind": TEXT, "name": TEXT})}),
                "The device; its cookie is set",
            ),
            body=fields({"token": {"type": "string", "minLength": 1, "maxLength": 200}}),
            refusals=(401,),
        )
    }
    return paths


def _of_role(role: Role) -> Schema:
    who = as_json(answer({"expires_at": TIME, role.value: ref("Person")}), f"The {role}")
    token = answer({"token": TEXT, "expires_at": TIME, role.value: ref("Person")})
    log_in = fields(
        {
            "username": {"type": "string", "maxLength": 200},
            "password": {"type": "string", "maxLength": 1000},
        }
    )
    dashboard = _operation(f"{role}_dashboard", f"The {role}'s page", as_html("The page"))
    dashboard["responses"] |= {
        # A browser gets the log-in page, a program the refusal.
        "401": {
            "description": "Nobody, or another role, is logged in",
            "content": {
                "text/html": {"schema": TEXT},
                "application/json": {"schema": ref("Refusal")},
            },
        },
        "403": {"$ref": "#/components/responses/Refusal"},
    }
    dashboard["security"] = [{}, *_security((role,))]
    following = {"name": "next", "in": "query", "required": False, "schema": TEXT}
    return {
        f"/{role}/login": {
            "get": _operation(
                f"{role}_login_page",
                f"The {role}s' log-in page",
                as_html("The page"),
                parameters=[following],
            ),
            "post": _operation(
                f"{role}_login",
                f"Log a {role} in; an earlier log-in ends",
                as_json(token, "The token; a session cookie is set too"),
                body=log_in,
                refusals=(401,),
            ),
        },
        f"/{role}/logout": {
            "post": _operation(
                f"{role}_logout",
                "End my token everywhere",
                as_json(answer({}), "It is dead"),
                roles=(role,),
            )
        },
        f"/{role}/me": {"get": _operation(f"{role}_me", "Who I am", who, roles=(role,))},
        f"/{role}/dashboard": {"get": dashboard},
    }


def _api() -> Schema:
    version = {"version": WHOLE}
    queue = {name: many(ref("Transaction")) for name in ("pending", "in_progress", "finished")}
    call = fields({"code": TEXT, "room_number": TEXT, "at": TIME})
    wait = fields({"code": TEXT, "estimated_wait_minutes": or_null(WHOLE)})
    ticket = {
        "code": TEXT,
        "status": TEXT,
        "people_before": or_null(WHOLE),
        "estimated_wait_minutes": or_null(WHOLE),
        "room_number": or_null(TEXT),
    }
    board = {**version, "calls": many(call), "waiting": many(wait)}
    catalog = {"currency": TEXT, "categories": many(ref("Category"))}
    visit = {
        "transaction": ref("Transaction"),
        "history": many(ref("HistoryRow")),
        "print_jobs": many(ref("PrintJob")),
    }
    return {
        "/api/catalog": {
            "get": _operation(
                "catalog", "What is offered", as_json(answer(catalog), "The catalogue")
            )
        },
        "/api/queue": {
            "get": _operation(
                "queue",
                "Who waits, is treated, and pays; oldest first",
                as_json(answer(version | queue), "The queue"),
                roles=ANY_STAFF,
            )
        },
        "/api/board": {
            "get": _operation(
                "board_data",
                "What the lobby sees: codes and rooms",
                as_json(answer(board), "The board"),
                roles=(Role.DISPLAY, Role.KIOSK),
            )
        },
        "/api/transactions/{transaction_id}": {
            "get": _operation(
                "transaction",
                "One visit and its history",
                as_json(answer(visit), "The visit"),
                roles=ANY_STAFF,
                parameters=[_path_parameter("transaction_id", {"type": "integer", "minimum": 0})],
                refusals=(404,),
            )
        },
        "/api/t/{ticket_token}": {
            "get": _operation(
                "ticket",
                "What the holder of a ticket may know",
                as_json(answer(version | ticket), "The visit behind the ticket"),
                parameters=[_path_parameter("ticket_token", TEXT)],
                refusals=(404,),
            )
        },
    }


def _health() -> Schema:
    healthy = answer({"version": TEXT, "database": TEXT, "peripherals": WHOLE, "queue": fields({})})
    metrics = _operation(
        "metrics",
        "Prometheus text; for this machine itself, or a manager",
        {"description": "Metrics", "content": {"text/plain": {"schema": TEXT}}},
        roles=(Role.MANAGER,),
    )
    metrics["security"] = [{}, *metrics["security"]]
    return {
        "/healthz": {"get": _operation("healthz", "Is all well", as_json(healthy, "It is"))},
        "/livez": {"get": _operation("livez", "Does it answer", as_json(answer({}), "It does"))},
        "/metrics": {"get": metrics},
    }
