"""The HTTP side described as OpenAPI 3.1, for people who write programs against it.

`tests/security/test_openapi.py` holds the description and the routes together.
"""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint

from appliance.server.domain.states import STAFF_ROLES, Role, TransactionStatus
from appliance.server.wire.errors import HTTP_STATUS

from .health import VERSION

Schema = dict[str, Any]

TEXT: Final[Schema] = {"type": "string"}
WHOLE: Final[Schema] = {"type": "integer"}
MONEY: Final[Schema] = {"type": "number", "minimum": 0}
TIME: Final[Schema] = {"type": "string", "format": "date-time"}
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
            "schemas": _schemas(),
            "responses": {"Refusal": _json(_ref("Refusal"), "Refused, with the reason")},
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


# --- pieces -----------------------------------------------------------------------------------


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _object(needed: dict[str, Schema], optional: dict[str, Schema] | None = None) -> Schema:
    return {
        "type": "object",
        "properties": {**needed, **(optional or {})},
        "required": list(needed),
    }


def _ok(fields: dict[str, Schema]) -> Schema:
    return _object({"ok": {"const": True}, **fields})


def _list(of: Schema) -> Schema:
    return {"type": "array", "items": of}


def _or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def _json(schema: Schema, what: str) -> Schema:
    return {"description": what, "content": {"application/json": {"schema": schema}}}


def _html(what: str) -> Schema:
    return {"description": what, "content": {"text/html": {"schema": TEXT}}}


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


# --- shapes -----------------------------------------------------------------------------------


def _schemas() -> Schema:
    return {
        "Refusal": _object(
            {
                "ok": {"const": False},
                "error": {"type": "string", "description": "A sentence for people"},
                "code": {"enum": sorted(HTTP_STATUS)},
            },
            {"retry_after": {"type": "integer", "minimum": 1, "description": "Seconds"}},
        ),
        "Transaction": _transaction(),
        "Person": _object(
            {"id": WHOLE, "name": TEXT, "username": TEXT},
            {"room_number": _or_null(TEXT)},
        ),
        "Classification": _object(
            {"id": WHOLE, "name": TEXT, "price": MONEY, "duration_minutes": WHOLE}
        ),
        "Service": _object(
            {
                "id": WHOLE,
                "name": TEXT,
                "description": TEXT,
                "classifications": _list(_ref("Classification")),
            }
        ),
        "Category": _object({"id": WHOLE, "name": TEXT, "services": _list(_ref("Service"))}),
        "HistoryRow": _object(
            {
                "event": TEXT,
                "from": _or_null(TEXT),
                "to": _or_null(TEXT),
                "actor": TEXT,
                "at": TIME,
            }
        ),
    }


def _transaction() -> Schema:
    item = _object(
        {
            "id": WHOLE,
            "service_id": WHOLE,
            "service_name": TEXT,
            "service_classification_id": WHOLE,
            "classification_name": TEXT,
            "price": MONEY,
            "duration_minutes": WHOLE,
        }
    )
    payment = _object(
        {
            "amount_due": MONEY,
            "amount_paid": MONEY,
            "change_amount": MONEY,
            "method": {"enum": ["cash", "card", "other"]},
            "created_at": TIME,
        }
    )
    times = (
        "created_at",
        "selection_confirmed_at",
        "therapist_confirmed_at",
        "service_start_at",
        "service_finish_at",
        "cashier_claimed_at",
        "paid_at",
    )
    return _object(
        {
            "id": WHOLE,
            "code": _or_null({"type": "string", "pattern": "^[0-9]{4}$"}),
            "status": {"enum": [status.value for status in TransactionStatus]},
            "therapist": _or_null(TEXT),
            "cashier": _or_null(TEXT),
            "room_number": _or_null(TEXT),
            "total_amount": MONEY,
            "total_duration_minutes": WHOLE,
            "items": _list(item),
            "payment": _or_null(payment),
            "allowed_events": _list(TEXT),
            **{time: _or_null(TIME) for time in times},
        }
    )


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
        "/openapi.json": {
            "get": _operation("openapi", "This description", _json(_object({}), "OpenAPI 3.1"))
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
            _json(
                _ok({"device": _object({"kind": TEXT, "name": TEXT})}),
                "The device; its cookie is set",
            ),
            body=_object({"token": {"type": "string", "minLength": 1, "maxLength": 200}}),
            refusals=(401,),
        )
    }
    return paths


def _of_role(role: Role) -> Schema:
    who = _json(_ok({"expires_at": TIME, role.value: _ref("Person")}), f"The {role}")
    token = _ok({"token": TEXT, "expires_at": TIME, role.value: _ref("Person")})
    log_in = _object(
        {
            "username": {"type": "string", "maxLength": 200},
            "password": {"type": "string", "maxLength": 1000},
        }
    )
    dashboard = _operation(f"{role}_dashboard", f"The {role}'s page", _html("The page"))
    dashboard["responses"] |= {
        # A browser gets the log-in page, a program the refusal.
        "401": {
            "description": "Nobody, or another role, is logged in",
            "content": {
                "text/html": {"schema": TEXT},
                "application/json": {"schema": _ref("Refusal")},
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
                _html("The page"),
                parameters=[following],
            ),
            "post": _operation(
                f"{role}_login",
                f"Log a {role} in; an earlier log-in ends",
                _json(token, "The token; a session cookie is set too"),
                body=log_in,
                refusals=(401,),
            ),
        },
        f"/{role}/logout": {
            "post": _operation(
                f"{role}_logout",
                "End my token everywhere",
                _json(_ok({}), "It is dead"),
                roles=(role,),
            )
        },
        f"/{role}/me": {"get": _operation(f"{role}_me", "Who I am", who, roles=(role,))},
        f"/{role}/dashboard": {"get": dashboard},
    }


def _api() -> Schema:
    version = {"version": WHOLE}
    queue = {name: _list(_ref("Transaction")) for name in ("pending", "in_progress", "finished")}
    call = _object({"code": TEXT, "room_number": TEXT, "at": TIME})
    wait = _object({"code": TEXT, "estimated_wait_minutes": _or_null(WHOLE)})
    ticket = {
        "code": TEXT,
        "status": TEXT,
        "people_before": _or_null(WHOLE),
        "estimated_wait_minutes": _or_null(WHOLE),
        "room_number": _or_null(TEXT),
    }
    catalog = {"currency": TEXT, "categories": _list(_ref("Category"))}
    visit = {"transaction": _ref("Transaction"), "history": _list(_ref("HistoryRow"))}
    return {
        "/api/catalog": {
            "get": _operation("catalog", "What is offered", _json(_ok(catalog), "The catalogue"))
        },
        "/api/queue": {
            "get": _operation(
                "queue",
                "Who waits, is treated, and pays; oldest first",
                _json(_ok(version | queue), "The queue"),
                roles=ANY_STAFF,
            )
        },
        "/api/board": {
            "get": _operation(
                "board_data",
                "What the lobby sees: codes and rooms",
                _json(_ok({**version, "calls": _list(call), "waiting": _list(wait)}), "The board"),
                roles=(Role.DISPLAY, Role.KIOSK),
            )
        },
        "/api/transactions/{transaction_id}": {
            "get": _operation(
                "transaction",
                "One visit and its history",
                _json(_ok(visit), "The visit"),
                roles=ANY_STAFF,
                parameters=[_path_parameter("transaction_id", {"type": "integer", "minimum": 0})],
                refusals=(404,),
            )
        },
        "/api/t/{ticket_token}": {
            "get": _operation(
                "ticket",
                "What the holder of a ticket may know",
                _json(_ok(version | ticket), "The visit behind the ticket"),
                parameters=[_path_parameter("ticket_token", TEXT)],
                refusals=(404,),
            )
        },
    }


def _health() -> Schema:
    healthy = _ok({"version": TEXT, "database": TEXT, "peripherals": WHOLE, "queue": _object({})})
    metrics = _operation(
        "metrics",
        "Prometheus text; for this machine itself, or a manager",
        {"description": "Metrics", "content": {"text/plain": {"schema": TEXT}}},
        roles=(Role.MANAGER,),
    )
    metrics["security"] = [{}, *metrics["security"]]
    return {
        "/healthz": {"get": _operation("healthz", "Is all well", _json(healthy, "It is"))},
        "/livez": {"get": _operation("livez", "Does it answer", _json(_ok({}), "It does"))},
        "/metrics": {"get": metrics},
    }
