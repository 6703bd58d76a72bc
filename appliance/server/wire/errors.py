"""Errors as the asker sees them: one shape for HTTP and sockets."""

from __future__ import annotations

from typing import Any, Final

from appliance.server.domain.errors import DomainError, TooManyAttempts
from appliance.words import N_

HTTP_STATUS: Final = {
    "authentication_required": 401,
    "invalid_credentials": 401,
    "forbidden": 403,
    "approval_required": 403,
    "validation_failed": 400,
    "not_found": 404,
    "invalid_state": 409,
    "nothing_waiting": 404,
    "room_unavailable": 409,
    "insufficient_payment": 409,
    "busy": 409,
    "too_many_attempts": 429,
    "unavailable": 503,
    "internal": 500,
}

INTERNAL: Final[dict[str, Any]] = {
    "ok": False,
    "error": N_("Something went wrong in the appliance. Nothing was changed; please try again."),
    "code": "internal",
}


def refusal(error: DomainError) -> dict[str, Any]:
    """An error in the one shape."""
    body: dict[str, Any] = {"ok": False, "error": error.message, "code": error.code}
    if isinstance(error, TooManyAttempts):
        body["retry_after"] = error.retry_after
    return body
