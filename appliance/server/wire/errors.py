"""Errors as the asker sees them: one shape for HTTP and sockets."""

from __future__ import annotations

from typing import Annotated, Any, Final

from msgspec import UNSET, Meta, Struct, UnsetType, to_builtins

from appliance.server.domain.errors import DomainError, TooManyAttempts, WantedOffDuty
from appliance.server.usecases.kiosk import PriceChanged
from appliance.words import N_

from . import answers, serialize

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


class Refusal(Struct, kw_only=True, frozen=True):
    """What was asked for was not done, and why."""

    ok: Annotated[bool, Meta(extra_json_schema={"const": False})] = False
    error: Annotated[str, Meta(description="A sentence for people")]
    code: Annotated[
        str,
        Meta(description="A word for programs", extra_json_schema={"enum": sorted(HTTP_STATUS)}),
    ]
    retry_after: Annotated[int, Meta(ge=1, description="Seconds")] | UnsetType = UNSET
    transaction: (
        Annotated[
            answers.Transaction,
            Meta(description="As it is now, where it costs something else than was expected"),
        ]
        | UnsetType
    ) = UNSET
    wanted_off_duty: (
        Annotated[bool, Meta(description="Whom the customer asks for is not there: ask again")]
        | UnsetType
    ) = UNSET


def refused(
    error: str,
    code: str,
    retry_after: int | UnsetType = UNSET,
    transaction: answers.Transaction | UnsetType = UNSET,
    wanted_off_duty: bool | UnsetType = UNSET,
) -> dict[str, Any]:
    """The one shape, ready for JSON."""
    made: dict[str, Any] = to_builtins(
        Refusal(
            error=error,
            code=code,
            retry_after=retry_after,
            transaction=transaction,
            wanted_off_duty=wanted_off_duty,
        )
    )
    return made


def refusal(error: DomainError) -> dict[str, Any]:
    """An error in the one shape."""
    wait = error.retry_after if isinstance(error, TooManyAttempts) else UNSET
    now = serialize.transaction(error.transaction) if isinstance(error, PriceChanged) else UNSET
    gone = True if isinstance(error, WantedOffDuty) else UNSET
    return refused(error.message, error.code, wait, now, gone)


INTERNAL: Final = refused(
    N_("Something went wrong in the appliance. Nothing was changed; please try again."),
    "internal",
)
