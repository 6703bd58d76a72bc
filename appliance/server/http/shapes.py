"""The shapes of what the HTTP side takes and answers, as JSON Schema."""

from __future__ import annotations

from typing import Any, Final

from appliance.protocol import PrintRole
from appliance.server.domain.papers import PaperState
from appliance.server.domain.payments import METHODS
from appliance.server.domain.states import TransactionStatus
from appliance.server.wire.errors import HTTP_STATUS

Schema = dict[str, Any]

TEXT: Final[Schema] = {"type": "string"}
WHOLE: Final[Schema] = {"type": "integer"}
MONEY: Final[Schema] = {"type": "number", "minimum": 0}
TIME: Final[Schema] = {"type": "string", "format": "date-time"}


def ref(name: str) -> Schema:
    """A shape by its name in `shapes`."""
    return {"$ref": f"#/components/schemas/{name}"}


def fields(needed: dict[str, Schema], optional: dict[str, Schema] | None = None) -> Schema:
    """An object with these fields."""
    return {
        "type": "object",
        "properties": {**needed, **(optional or {})},
        "required": list(needed),
    }


def answer(needed: dict[str, Schema]) -> Schema:
    """What a program's route answers when all is well."""
    return fields({"ok": {"const": True}, **needed})


def many(of: Schema) -> Schema:
    """A list."""
    return {"type": "array", "items": of}


def or_null(schema: Schema) -> Schema:
    """This, or null."""
    return {"anyOf": [schema, {"type": "null"}]}


def as_json(schema: Schema, what: str) -> Schema:
    """A response with JSON."""
    return {"description": what, "content": {"application/json": {"schema": schema}}}


def as_html(what: str) -> Schema:
    """A response with a page."""
    return {"description": what, "content": {"text/html": {"schema": TEXT}}}


def as_file(what: str, *types: str) -> Schema:
    """A response with a file."""
    return {"description": what, "content": {each: {"schema": TEXT} for each in types}}


def shapes() -> Schema:
    """The shapes that have a name."""
    return {
        "Refusal": fields(
            {
                "ok": {"const": False},
                "error": {"type": "string", "description": "A sentence for people"},
                "code": {"enum": sorted(HTTP_STATUS)},
            },
            {"retry_after": {"type": "integer", "minimum": 1, "description": "Seconds"}},
        ),
        "Transaction": _transaction(),
        "Person": fields(
            {"id": WHOLE, "name": TEXT, "username": TEXT},
            {"room_number": or_null(TEXT)},
        ),
        "Translations": {
            "description": "By language: fil, es, ja, ar",
            "type": "object",
            "additionalProperties": fields({"name": TEXT}, {"description": TEXT}),
        },
        "Classification": fields(
            {"id": WHOLE, "name": TEXT, "price": MONEY, "duration_minutes": WHOLE},
            {"translations": ref("Translations")},
        ),
        "Service": fields(
            {
                "id": WHOLE,
                "name": TEXT,
                "description": TEXT,
                "classifications": many(ref("Classification")),
            },
            {"translations": ref("Translations")},
        ),
        "Category": fields(
            {"id": WHOLE, "name": TEXT, "services": many(ref("Service"))},
            {"translations": ref("Translations")},
        ),
        "HistoryRow": fields(
            {
                "event": TEXT,
                "from": or_null(TEXT),
                "to": or_null(TEXT),
                "actor": TEXT,
                "at": TIME,
            }
        ),
        "PrintJob": fields(
            {
                "id": WHOLE,
                "kind": {"enum": [role.value for role in PrintRole]},
                "state": {"enum": [state.value for state in PaperState]},
                "copy": {"type": "boolean"},
                "transaction_id": or_null(WHOLE),
                "code": or_null(TEXT),
                "printer": or_null(TEXT),
                "error": or_null(TEXT),
                "question": or_null(TEXT),
                "created_at": TIME,
            }
        ),
    }


def _transaction() -> Schema:
    item = fields(
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
    payment = fields(
        {
            "amount_due": MONEY,
            "amount_paid": MONEY,
            "change_amount": MONEY,
            "method": {"enum": [*METHODS]},
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
    return fields(
        {
            "id": WHOLE,
            "code": or_null({"type": "string", "pattern": "^[0-9]{4}$"}),
            "status": {"enum": [status.value for status in TransactionStatus]},
            "therapist": or_null(TEXT),
            "cashier": or_null(TEXT),
            "room_number": or_null(TEXT),
            "total_amount": MONEY,
            "total_duration_minutes": WHOLE,
            "items": many(item),
            "payment": or_null(payment),
            "allowed_events": many(TEXT),
            **{time: or_null(TIME) for time in times},
        }
    )
