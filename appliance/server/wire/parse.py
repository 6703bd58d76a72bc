"""What comes in from outside, checked at the border."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta, Struct

from appliance.protocol import Gesture, Paper, PrintRole
from appliance.server.domain import codes, money
from appliance.server.domain.errors import ValidationFailed
from appliance.server.domain.payments import PaymentMethod, method_named

S = TypeVar("S", bound=Struct)

Id = Annotated[int, Meta(ge=1, le=2**63 - 1)]
RequestId = Annotated[str, Meta(min_length=1, max_length=64)]
ShortText = Annotated[str, Meta(max_length=200)]
Name = Annotated[str, Meta(min_length=1, max_length=64)]


class Command(Struct, kw_only=True, frozen=True):
    """What every changing event may carry."""

    request_id: RequestId | None = None


class OnTransaction(Command, frozen=True):
    """An event on one transaction."""

    transaction_id: Id


class AddItem(OnTransaction, frozen=True):
    """Add a variant."""

    service_classification_id: Id


class RemoveItem(OnTransaction, frozen=True):
    """Remove an item."""

    item_id: Id


class WantedItem(Struct, frozen=True):
    """A variant in a whole selection."""

    service_classification_id: Id


class ConfirmSelection(Command, frozen=True):
    """Confirm, with or without a whole selection."""

    transaction_id: Id | None = None
    items: Annotated[list[WantedItem], Meta(max_length=30)] | None = None


class NoShow(OnTransaction, frozen=True):
    """Cancel somebody who did not come."""

    reason: ShortText | None = None


class ClaimCode(Command, frozen=True):
    """Claim by code."""

    code: str | int

    def parsed(self) -> str:
        """The code as printed."""
        return codes.parse_code(self.code)


class Pay(OnTransaction, frozen=True):
    """Take a payment."""

    amount_paid: str | int | float
    method: Name
    reference: Annotated[str, msgspec.Meta(max_length=64)] | None = None

    def parsed(self) -> tuple[Decimal, PaymentMethod]:
        """The amount and the method."""
        return money.parse_amount(self.amount_paid, "amount_paid"), method_named(self.method)


class OnPrintJob(Command, frozen=True):
    """An event on one print job."""

    job_id: Id


class MovePrintJob(OnPrintJob, frozen=True):
    """Another printer for a paper."""

    printer: Name


class DropPrintJob(OnPrintJob, frozen=True):
    """A paper that nobody needs, and why."""

    reason: Annotated[str, Meta(min_length=1, max_length=200)]


class LogIn(Struct, frozen=True):
    """Name and password."""

    username: Annotated[str, Meta(max_length=200)]
    password: Annotated[str, Meta(max_length=1000)]


class DeviceSession(Struct, frozen=True):
    """A device token, to be kept in a cookie."""

    token: Annotated[str, Meta(min_length=1, max_length=200)]


class HelloPrinter(Struct, frozen=True):
    """A printer that a daemon owns."""

    name: Name
    roles: list[PrintRole]
    fallback_roles: list[PrintRole] = []


class Hello(Struct, frozen=True):
    """A daemon introduces itself."""

    name: Name
    printers: list[HelloPrinter | Name] = []
    rooms: list[Annotated[str, Meta(max_length=20)]] = []
    leases: Annotated[list[Annotated[str, Meta(max_length=64)]], Meta(max_length=100)] | None = None


class Button(Struct, frozen=True):
    """A finger on a call button."""

    room_number: Annotated[str, Meta(max_length=20)]
    gesture: Gesture
    pressed_at: Annotated[datetime, Meta(tz=True)]
    request_id: RequestId


class PrintLease(Struct, frozen=True):
    """A printer asks for work."""

    printer: Name
    roles: list[PrintRole]


class PrintDone(Struct, frozen=True):
    """Paper came out."""

    id: Id
    lease: Annotated[str, Meta(max_length=64)]


class PrintFailed(PrintDone, frozen=True):
    """No paper came out, or nobody knows."""

    reason: Annotated[str, Meta(max_length=1000)] | None = None
    maybe_printed: bool = True
    put_off: bool = False


class Status(Struct, frozen=True):
    """A printer's state."""

    printer: Name
    online: bool
    paper: Paper = Paper.UNKNOWN
    cover_open: bool = False
    error: Annotated[str, Meta(max_length=1000)] | None = None


def parse(payload: Any, into: type[S]) -> S:
    """Check a JSON value against the shape that an event or route expects.

    Args:
        payload: As decoded; None counts as an empty object.
        into: The shape. Fields that it does not name are ignored.

    Raises:
        ValidationFailed: Something is missing or is not what it should be; the message names it.
    """
    if payload is None:
        payload = {}
    if not isinstance(payload, dict):
        raise ValidationFailed("The request must be a JSON object.")
    try:
        asked = msgspec.convert(payload, into)
        _check_text(asked)
    except msgspec.ValidationError as error:
        raise ValidationFailed(_sentence(str(error))) from None
    except (ValueError, OverflowError, RecursionError):
        raise ValidationFailed("The request holds a value that cannot be read.") from None
    return asked


def _check_text(value: object) -> None:
    """Make sure that every text can be stored.

    Raises:
        UnicodeEncodeError: One holds half a character, which JSON's escapes can spell.
    """
    if isinstance(value, str):
        value.encode()
    elif isinstance(value, Struct):
        for part in msgspec.structs.astuple(value):
            _check_text(part)
    elif isinstance(value, list):
        for part in value:
            _check_text(part)


def _sentence(message: str) -> str:
    text = message.replace("Object missing required field", "This field is missing:")
    return text.replace(" - at `$.", ", in `").replace(" - at `$", ", in `the request")
