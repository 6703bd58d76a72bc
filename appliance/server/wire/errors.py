"""Errors as the asker sees them: one shape for HTTP and sockets."""

from __future__ import annotations

from typing import Annotated, Any, Final

from msgspec import UNSET, Meta, Struct, UnsetType, to_builtins

from appliance.server.domain.errors import DomainError, TooManyAttempts, VisitFull, WantedOffDuty
from appliance.server.usecases.kiosk import AnotherVariantChosen, PriceChanged
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
    instead_of: (
        Annotated[
            int,
            Meta(description="The item that the variant may be meant to replace: ask the customer"),
        ]
        | UnsetType
    ) = UNSET
    wanted_off_duty: (
        Annotated[bool, Meta(description="Whom the customer asks for is not there: ask again")]
        | UnsetType
    ) = UNSET
    visit_full: (
        Annotated[bool, Meta(description="No more fits; what was chosen before stands")] | UnsetType
    ) = UNSET


def refused(error: str, code: str, **more: Any) -> dict[str, Any]:
    """The one shape, ready for JSON.

    Args:
        error: A sentence for people.
        code: A word for programs.
        **more: The other fields of `Refusal`.
    """
    made: dict[str, Any] = to_builtins(Refusal(error=error, code=code, **more))
    return made


def refusal(error: DomainError) -> dict[str, Any]:
    """An error in the one shape."""
    more: dict[str, Any] = {}
    match error:
        case TooManyAttempts():
            more["retry_after"] = error.retry_after
        case PriceChanged():
            more["transaction"] = serialize.transaction(error.transaction)
        case WantedOffDuty():
            more["wanted_off_duty"] = True
        case AnotherVariantChosen():
            more["instead_of"] = error.item
        case VisitFull():
            more["visit_full"] = True
    return refused(error.message, error.code, **more)


INTERNAL: Final = refused(
    N_("Something went wrong in the appliance. Nothing was changed; please try again."),
    "internal",
)
