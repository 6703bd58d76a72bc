"""What comes in from outside, checked at the border."""

from __future__ import annotations

import hashlib
from datetime import datetime
from functools import cache
from typing import Annotated, Any, ClassVar, Final, TypeVar, get_type_hints

import msgspec
from msgspec import Meta, Struct, field

from appliance.protocol import Gesture, Paper, PrintRole, room_named
from appliance.server.domain import codes, money
from appliance.server.domain.errors import ValidationFailed
from appliance.server.domain.payments import method_named
from appliance.server.usecases.daemons import Introduced

S = TypeVar("S", bound=Struct)

Id = Annotated[int, Meta(ge=1, le=2**63 - 1)]
RequestId = Annotated[str, Meta(min_length=1, max_length=64)]
ShortText = Annotated[str, Meta(max_length=200)]
Name = Annotated[str, Meta(min_length=1, max_length=64)]


class Payload(Struct, frozen=True):
    """What an event says; a field is named as the use case names it, on the wire as `name` says."""

    spare: ClassVar[frozenset[str]] = frozenset({"request_id"})
    """Fields that no use case takes."""

    def arguments(self) -> dict[str, Any]:
        """What the use case is given.

        Raises:
            ValidationFailed: A value is none, although it has the right shape.
        """
        return {name: getattr(self, name) for name in _arguments_of(type(self))}

    @classmethod
    def arguments_named(cls) -> dict[str, object]:
        """The names in `arguments`, each with its type; None for one that is made there."""
        kinds = get_type_hints(cls)
        made = cls.arguments is not Payload.arguments
        return {name: None if made else kinds[name] for name in _arguments_of(cls)}


@cache
def _arguments_of(payload: type[Payload]) -> tuple[str, ...]:
    return tuple(name for name in payload.__struct_fields__ if name not in payload.spare)


class Command(Payload, kw_only=True, frozen=True):
    """What every changing event may carry."""

    request_id: RequestId | None = None


class OnTransaction(Command, frozen=True):
    """An event on one transaction."""

    transaction_id: Id


class AddItem(OnTransaction, frozen=True):
    """Add a variant."""

    classification_id: Id = field(name="service_classification_id")


class RemoveItem(OnTransaction, frozen=True):
    """Remove an item."""

    item_id: Id


class WantedItem(Struct, frozen=True):
    """A variant in a whole selection."""

    service_classification_id: Id


class ConfirmSelection(Command, frozen=True):
    """Confirm, with or without a whole selection."""

    transaction_id: Id | None = None
    classification_ids: Annotated[list[WantedItem], Meta(max_length=30)] | None = field(
        name="items", default=None
    )

    def arguments(self) -> dict[str, Any]:
        """What the use case is given: of the items, their ids."""
        wanted = self.classification_ids
        ids = None if wanted is None else [item.service_classification_id for item in wanted]
        return {**super().arguments(), "classification_ids": ids}


class NoShow(OnTransaction, frozen=True):
    """Cancel somebody who did not come."""

    reason: ShortText | None = None


class ClaimCode(Command, frozen=True):
    """Claim by code."""

    code: str | int

    def arguments(self) -> dict[str, Any]:
        """What the use case is given: the code as printed."""
        return {**super().arguments(), "code": codes.parse_code(self.code)}


class Pay(OnTransaction, frozen=True):
    """Take a payment."""

    amount_paid: str | int | float
    method: Name
    reference: Annotated[str, msgspec.Meta(max_length=64)] | None = None

    def arguments(self) -> dict[str, Any]:
        """What the use case is given: an amount of money, and a method that there is."""
        return {
            **super().arguments(),
            "amount_paid": money.parse_amount(self.amount_paid, "amount_paid"),
            "method": method_named(self.method),
        }


class OpenDrawer(Command, frozen=True):
    """Why the drawer is to be opened without a payment."""

    reason: Annotated[str, Meta(max_length=200)]


class OnPrintJob(Command, frozen=True):
    """An event on one print job."""

    job_id: Id


class MovePrintJob(OnPrintJob, frozen=True):
    """Another printer for a paper."""

    printer_name: Name = field(name="printer")


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


RoomNumber = Annotated[str, Meta(max_length=20)]


class HelloPrinter(Struct, frozen=True):
    """A printer that a daemon owns."""

    name: Name
    roles: list[PrintRole]
    fallback_roles: list[PrintRole] = []
    cash_drawer: bool | None = None


class Hello(Payload, frozen=True):
    """A daemon introduces itself."""

    spare: ClassVar[frozenset[str]] = frozenset({"name"})

    name: Name
    printers: list[HelloPrinter | Name] = []
    rooms: list[RoomNumber] = []
    held: Annotated[list[Annotated[str, Meta(max_length=64)]], Meta(max_length=100)] | None = field(
        name="leases", default=None
    )

    def arguments(self) -> dict[str, Any]:
        """What the use case is given: a printer that is only named has no roles."""
        printers = [
            Introduced(entry.name, entry.roles, entry.fallback_roles, entry.cash_drawer)
            if isinstance(entry, HelloPrinter)
            else Introduced(entry, [])
            for entry in self.printers
        ]
        return {**super().arguments(), "printers": printers}

    def __post_init__(self) -> None:
        msgspec.structs.force_setattr(self, "rooms", [room_named(text) for text in self.rooms])


class Button(Command, kw_only=True, frozen=True):
    """A finger on a call button."""

    room_number: RoomNumber
    kind: Gesture = field(name="gesture")
    pressed_at: Annotated[datetime, Meta(tz=True)]
    request_id: RequestId

    def __post_init__(self) -> None:
        msgspec.structs.force_setattr(self, "room_number", room_named(self.room_number))


class PrintLease(Payload, frozen=True):
    """A printer asks for work."""

    printer: Name
    roles: list[PrintRole]


class DrawerTake(Payload, frozen=True):
    """A printer with a drawer asks whether it is to be opened."""

    printer: Name


class PrintDone(Payload, frozen=True):
    """Paper came out."""

    job_id: Id = field(name="id")
    lease_id: Annotated[str, Meta(max_length=64)] = field(name="lease")


class PrintExtend(PrintDone, frozen=True):
    """A printer is slow, and needs more time than a lease has."""

    seconds: Annotated[float, Meta(gt=0, le=3600)]


class PrintFailed(PrintDone, frozen=True):
    """No paper came out, or nobody knows."""

    reason: Annotated[str, Meta(max_length=1000)] | None = None
    maybe: bool = field(name="maybe_printed", default=True)
    put_off: bool = False

    def arguments(self) -> dict[str, Any]:
        """What the use case is given: some reason in any case."""
        return {**super().arguments(), "reason": self.reason or "no reason given"}


class Status(Payload, frozen=True):
    """A printer's state."""

    name: Name = field(name="printer")
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


_NOT_WHAT_IS_ASKED: Final = frozenset({"request_id", "pressed_at"})
"""A press is the same press although its daemon counts anew when it was."""


def digest(asked: Struct) -> str:
    """What a request asks for, in 32 characters: the same for the same event again."""
    what = {
        name: getattr(asked, name)
        for name in asked.__struct_fields__
        if name not in _NOT_WHAT_IS_ASKED
    }
    return hashlib.blake2b(msgspec.json.encode(what), digest_size=16).hexdigest()
