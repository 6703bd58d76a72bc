"""What comes in from outside, checked at the border."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, ClassVar, Final, Literal, TypeVar, get_type_hints

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType, field

from appliance.protocol import Gesture, Paper, PrintRole, room_named
from appliance.server.domain import codes, money
from appliance.server.domain.adjustments import AdjustmentKind
from appliance.server.domain.errors import ValidationFailed
from appliance.server.domain.lanes import Wanted, WantedKind
from appliance.server.domain.ledger import Offer
from appliance.server.domain.numerals import with_plain_digits
from appliance.server.domain.payments import method_named
from appliance.server.domain.reports import Grouping
from appliance.server.domain.shifts import MovementKind
from appliance.server.domain.states import Gender, Role
from appliance.server.usecases.daemons import Introduced
from appliance.server.usecases.manager.menu import NEXT_DAY, Level
from appliance.server.usecases.manager.people import NO_COMMISSION
from appliance.server.usecases.manager.staff import check_password, read_pin
from appliance.translations import LANGUAGES

S = TypeVar("S", bound=Struct)

Id = Annotated[int, Meta(ge=1, le=2**63 - 1)]
RequestId = Annotated[str, Meta(min_length=1, max_length=64)]
ShortText = Annotated[str, Meta(max_length=200)]
Name = Annotated[str, Meta(min_length=1, max_length=64)]
Reason = Annotated[str, Meta(min_length=1, max_length=200)]
Pieces = Annotated[dict[str, int], Meta(max_length=40)]
"""Coin or note → how many, `{"20.00": 3}`."""
Date = Annotated[str, Meta(pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
"""A business date, `2026-11-27`."""
Digits = Annotated[str, Meta(pattern="^[1-9][0-9]{0,17}$")]
"""A number in an address."""


class Amount(Decimal):
    """An amount of money, a percentage or a rate as it came in, read by the one reader of amounts.

    How many decimals it may have its currency says, which the use case knows.
    """


class Price(Amount):
    """A price in the catalogue: digits and a point alone, since it is written once and stays."""


class Percent(Amount):
    """A commission: what is none is refused in the words that its entry has for it."""


def _given(kind: object) -> object:
    """What a use case takes an argument of this type for: an amount is a decimal to it."""
    if kind in {Amount, Price, Percent}:
        return Decimal
    maybe = {Amount | None, Price | None, Percent | None}
    return Decimal | None if kind in maybe else kind


class Payload(Struct, frozen=True):
    """What an event says; a field is named as the use case names it, on the wire as `name` says."""

    spare: ClassVar[frozenset[str]] = frozenset({"request_id"})
    """Fields that no use case takes."""
    made: ClassVar[frozenset[str]] = frozenset()
    """What `arguments` makes beside the fields."""

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
        named = {name: None if made else _given(kinds[name]) for name in _arguments_of(cls)}
        return named | dict.fromkeys(cls.made)


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


class ChooseItem(AddItem, kw_only=True, frozen=True):
    """Add a variant to a selection, or put it in the place of an item of the same service."""

    replaces: Id | None = None
    ask: bool = False


class RemoveItem(OnTransaction, frozen=True):
    """Remove an item."""

    item_id: Id


class WantedItem(Struct, frozen=True):
    """A variant in a whole selection."""

    service_classification_id: Id


class WantedSomebody(Struct, frozen=True, forbid_unknown_fields=False):
    """Whom a customer asks for."""

    kind: WantedKind
    therapist_id: Id | None = None

    def __post_init__(self) -> None:
        if (self.kind is WantedKind.THERAPIST) != (self.therapist_id is not None):
            raise ValueError("say therapist_id exactly where the kind is therapist")

    def wanted(self) -> Wanted:
        """As the rules know it."""
        return Wanted(self.kind, self.therapist_id)


class Expected(Payload, frozen=True):
    """For what somebody would take a number, as an address can say it."""

    minutes: Annotated[str, Meta(pattern="^[0-9]{1,4}$")] = "0"
    wanted: WantedKind = WantedKind.ANYONE
    therapist_id: Annotated[str, Meta(pattern="^[0-9]{1,15}$")] | None = None

    def __post_init__(self) -> None:
        if (self.wanted is WantedKind.THERAPIST) != (self.therapist_id is not None):
            raise ValueError("say therapist_id exactly where wanted is therapist")

    def arguments(self) -> dict[str, Any]:
        """What the use case is given."""
        therapist_id = None if self.therapist_id is None else int(self.therapist_id)
        return {"minutes": int(self.minutes), "wanted": self.wanted, "therapist_id": therapist_id}


class ConfirmSelection(Command, frozen=True):
    """Confirm, with or without a whole selection, and with the total that the customer has seen."""

    transaction_id: Id | None = None
    classification_ids: Annotated[list[WantedItem], Meta(max_length=30)] | None = field(
        name="items", default=None
    )
    expected_total: Amount | None = None
    language: Annotated[str, Meta(max_length=12)] | None = None
    wanted: WantedSomebody | None = None

    def arguments(self) -> dict[str, Any]:
        """What the use case is given: of the items, their ids.

        Raises:
            ValidationFailed: There is no such language.
        """
        if self.language is not None and self.language not in LANGUAGES:
            raise ValidationFailed(f"Known languages are {', '.join(LANGUAGES)}.")
        chosen = self.classification_ids
        ids = None if chosen is None else [item.service_classification_id for item in chosen]
        wanted = self.wanted.wanted() if self.wanted else None
        return {**super().arguments(), "classification_ids": ids, "wanted": wanted}


class AddWalkIn(Command, kw_only=True, frozen=True):
    """Somebody who cannot use the kiosk, with what they would like."""

    classification_ids: Annotated[list[WantedItem], Meta(min_length=1, max_length=30)] = field(
        name="items"
    )
    note: ShortText | None = None
    wanted: WantedSomebody | None = None

    def arguments(self) -> dict[str, Any]:
        """What the use case is given: of the items, their ids."""
        ids = [item.service_classification_id for item in self.classification_ids]
        wanted = self.wanted.wanted() if self.wanted else None
        return {**super().arguments(), "classification_ids": ids, "wanted": wanted}


class NoShow(OnTransaction, frozen=True):
    """Cancel somebody who did not come."""

    reason: ShortText | None = None


class ToTherapist(OnTransaction, kw_only=True, frozen=True):
    """Which therapist takes my customer over."""

    therapist_id: Id


class ToRoom(OnTransaction, kw_only=True, frozen=True):
    """Which room my customer goes to."""

    room_number: Annotated[str, Meta(min_length=1, max_length=20)]

    def arguments(self) -> dict[str, Any]:
        """The room as it is named everywhere."""
        return super().arguments() | {"room_number": room_named(self.room_number)}


class ReadyRoom(Command, kw_only=True, frozen=True):
    """Which room is ready; the therapist's own where it is not said."""

    room_number: Annotated[str, Meta(min_length=1, max_length=20)] | None = None

    def arguments(self) -> dict[str, Any]:
        """The room as it is named everywhere."""
        number = None if self.room_number is None else room_named(self.room_number)
        return super().arguments() | {"room_number": number}


class OnRoom(Command, kw_only=True, frozen=True):
    """Which room."""

    room_number: Annotated[str, Meta(min_length=1, max_length=20)]

    def arguments(self) -> dict[str, Any]:
        """The room as it is named everywhere."""
        return super().arguments() | {"room_number": room_named(self.room_number)}


class RemoveFromQueue(OnTransaction, frozen=True):
    """Take somebody off the waiting list."""

    reason: ShortText | None = None


class WithReason(OnTransaction, kw_only=True, frozen=True):
    """What a manager does with someone else's customer, and why."""

    reason: Reason


class HandOver(OnTransaction, frozen=True):
    """Who takes the customer over: a therapist or a cashier."""

    therapist_id: Id | None = None
    cashier_id: Id | None = None
    reason: ShortText | None = None

    def __post_init__(self) -> None:
        if (self.therapist_id is None) == (self.cashier_id is None):
            raise ValueError("say therapist_id or cashier_id")


class ClaimCode(Command, frozen=True):
    """Claim by code."""

    code: str | int

    def arguments(self) -> dict[str, Any]:
        """What the use case is given: the code as printed."""
        return {**super().arguments(), "code": codes.parse_code(self.code)}


class OfferedTender(Struct, frozen=True):
    """What is handed over by one method, its tip included."""

    method: Name
    amount_paid: Amount
    tip: Amount | None = None
    reference: ShortText | None = None

    def offer(self) -> Offer:
        """As the ledger knows it.

        Raises:
            ValidationFailed: There is no such method.
        """
        method, tip = method_named(self.method), self.tip or Decimal(0)
        return Offer(method, self.amount_paid, tip, self.reference)


class Pay(OnTransaction, frozen=True):
    """Take a payment: by one method, or by several tenders."""

    spare: ClassVar[frozenset[str]] = frozenset(
        {"request_id", "amount_paid", "method", "tip", "reference", "tenders"}
    )
    made: ClassVar[frozenset[str]] = frozenset({"offers"})

    amount_paid: Amount | None = None
    method: Name | None = None
    tip: Amount | None = None
    reference: ShortText | None = None
    tenders: Annotated[list[OfferedTender], Meta(min_length=1, max_length=10)] | None = None

    def arguments(self) -> dict[str, Any]:
        """What the use case is given: the offers.

        Raises:
            ValidationFailed: There is no such method, or neither or both ways of saying it.
        """
        one = (self.amount_paid, self.method, self.tip, self.reference)
        single = self.amount_paid is not None and self.method is not None
        several = self.tenders is not None and not any(said is not None for said in one)
        # What stands beside tenders, a tip above all, would be left out without a word.
        if single == several:
            raise ValidationFailed("Say amount_paid and method, or tenders.")
        tenders = self.tenders or [
            OfferedTender(
                self.method or "", self.amount_paid or Amount(0), self.tip, self.reference
            )
        ]
        return {
            "transaction_id": self.transaction_id,
            "offers": [tender.offer() for tender in tenders],
        }


class OpenDrawer(Command, frozen=True):
    """Why the drawer is to be opened without a payment."""

    reason: Annotated[str, Meta(max_length=200)]


class Approval(Struct, frozen=True):
    """A manager's name and PIN, at someone else's screen."""

    username: Annotated[str, Meta(max_length=200)]
    pin: Annotated[str, Meta(max_length=20)]


class OnTransactionApproved(OnTransaction, frozen=True):
    """An event on one transaction that a manager may have to approve."""

    spare: ClassVar[frozenset[str]] = frozenset({"request_id", "approval"})

    approval: Approval | None = None


class Adjust(OnTransactionApproved, kw_only=True, frozen=True):
    """Take something off a bill."""

    kind: AdjustmentKind
    value: Amount
    reason: Reason
    item_id: Id | None = None


class RemoveAdjustment(OnTransaction, frozen=True):
    """Take an adjustment back."""

    adjustment_id: Id


class MethodAmount(Struct, frozen=True):
    """An amount by one method."""

    method: Name
    amount: Amount


class ItemAmount(Struct, frozen=True):
    """An amount of one item."""

    item_id: Id
    amount: Amount


class GiveBack(OnTransactionApproved, kw_only=True, frozen=True):
    """Refund lines of a paid visit."""

    lines: Annotated[list[ItemAmount], Meta(max_length=30)] = []
    tip_amount: Amount | None = None
    methods: Annotated[list[MethodAmount], Meta(max_length=10)] | None = None
    reason: Reason
    shift_id: Id | None = None

    def arguments(self) -> dict[str, Any]:
        """What the use case is given: amounts by item and by method.

        Raises:
            ValidationFailed: One is named twice.
        """
        return {
            "transaction_id": self.transaction_id,
            "lines": _once((line.item_id, line.amount) for line in self.lines),
            "tip_amount": self.tip_amount or Decimal(0),
            "methods": _by_method(self.methods) if self.methods is not None else None,
            "reason": self.reason,
            "shift_id": self.shift_id,
        }


class CorrectTender(OnTransactionApproved, kw_only=True, frozen=True):
    """Say by which methods a visit was really paid."""

    tenders: Annotated[list[MethodAmount], Meta(min_length=1, max_length=10)]
    reason: Reason

    def arguments(self) -> dict[str, Any]:
        """What the use case is given: amounts by method.

        Raises:
            ValidationFailed: One is named twice.
        """
        return {
            "transaction_id": self.transaction_id,
            "tenders": _by_method(self.tenders),
            "reason": self.reason,
        }


def _by_method(amounts: list[MethodAmount]) -> dict[str, Decimal]:
    return _once((method_named(entry.method).name, entry.amount) for entry in amounts)


K = TypeVar("K")


def _once(pairs: Iterable[tuple[K, Decimal]]) -> dict[K, Decimal]:
    amounts: dict[K, Decimal] = {}
    for key, amount in pairs:
        if key in amounts:
            raise ValidationFailed(f"{key} is named twice.")
        amounts[key] = amount
    return amounts


class OpenShift(Command, frozen=True):
    """Begin a shift with a counted float, by sum or by coins and notes."""

    float_amount: Amount | None = None
    denominations: Pieces | None = None
    drawer: Name | None = None

    def arguments(self) -> dict[str, Any]:
        """What the use case is given: coins and notes as amounts.

        Raises:
            ValidationFailed: One is no amount.
        """
        return {
            "float_amount": self.float_amount,
            "denominations": _once_counted(self.denominations),
            "drawer": self.drawer,
        }


class MoveCash(Command, frozen=True):
    """Cash into the drawer or out of it."""

    kind: MovementKind
    amount: Amount
    reason: Reason
    therapist_id: Id | None = None


class CountDrawer(Command, frozen=True):
    """A blind count, by sum or by coins and notes; a manager names the shift."""

    counted_amount: Amount | None = None
    denominations: Pieces | None = None
    shift_id: Id | None = None

    def arguments(self) -> dict[str, Any]:
        """What the use case is given: coins and notes as amounts.

        Raises:
            ValidationFailed: One is no amount.
        """
        return {
            "counted_amount": self.counted_amount,
            "denominations": _once_counted(self.denominations),
            "shift_id": self.shift_id,
        }


def _once_counted(values: dict[str, int] | None) -> dict[Decimal, int] | None:
    if values is None:
        return None
    counts: dict[Decimal, int] = {}
    for value, count in values.items():
        piece = money.parse_amount(value, "denominations")
        if piece in counts:
            raise ValidationFailed(f"{value} is named twice.")
        counts[piece] = count
    return counts


class CloseShift(Command, frozen=True):
    """End a counted shift; a manager names it."""

    left_amount: Amount | None = None
    reason: ShortText | None = None
    shift_id: Id | None = None


class OnDate(Payload, frozen=True):
    """A business date; today where it is not said."""

    date: Date | None = None

    def arguments(self) -> dict[str, Any]:
        """What the use case is given.

        Raises:
            ValidationFailed: There is no such date.
        """
        _day(self.date)
        return super().arguments()


class AskReport(Payload, frozen=True):
    """A report: from which business date to which, and what there is a row for."""

    since: Date | None = field(default=None, name="from")
    to: Date | None = None
    by: Grouping = Grouping.DAY


class Before(Payload, frozen=True):
    """A page: what is older than this."""

    before: Digits | None = None

    def arguments(self) -> dict[str, Any]:
        """What the use case is given: a number."""
        return {"before": None if self.before is None else int(self.before)}


class FindReceipts(OnDate, kw_only=True, frozen=True):
    """Which paid visits: by receipt number, by day and the customer's number, or by ticket."""

    number: Digits | None = None
    code: Annotated[str, Meta(max_length=20)] | None = None
    days_ago: Annotated[str, Meta(pattern="^[0-9]{1,3}$")] | None = None
    ticket: Annotated[str, Meta(max_length=64)] | None = None

    def arguments(self) -> dict[str, Any]:
        """What the use case is given: what counts as numbers."""
        number = None if self.number is None else int(self.number)
        days_ago = None if self.days_ago is None else int(self.days_ago)
        return {**super().arguments(), "number": number, "days_ago": days_ago}


class Fields(Command, frozen=True):
    """Some of a thing's fields: what is not said stays as it is."""

    spare: ClassVar[frozenset[str]] = frozenset({"request_id", "expected"})
    made: ClassVar[frozenset[str]] = frozenset({"wanted", "expected"})

    def arguments(self) -> dict[str, Any]:
        """What the use case is given: the wanted fields, and those that the asker saw.

        Raises:
            ValidationFailed: Nothing is wanted.
        """
        expected = getattr(self, "expected", None)
        wanted = self.given()
        if not wanted:
            raise ValidationFailed("Say what is to be changed.")
        return {
            "wanted": wanted,
            "expected": expected.given() if isinstance(expected, Fields) else {},
        }

    def given(self) -> dict[str, Any]:
        """The fields that are said."""
        said = ((name, getattr(self, name)) for name in _arguments_of(type(self)))
        return {name: value for name, value in said if value is not UNSET}

    @classmethod
    def arguments_named(cls) -> dict[str, object]:
        """The two arguments, whatever the fields."""
        return dict.fromkeys(cls.made)


Password = Annotated[str, Meta(max_length=1000)]
PersonName = Annotated[str, Meta(min_length=1, max_length=120)]
Username = Annotated[str, Meta(min_length=1, max_length=64)]
RoomNumber = Annotated[str, Meta(max_length=20)]


class Secret(Command, kw_only=True, frozen=True):
    """Something that is kept only as a hash."""

    spare: ClassVar[frozenset[str]] = frozenset(
        {"request_id", "password", "pin", "current_password"}
    )

    def secret(self) -> str:
        """What is to be hashed.

        Raises:
            ValidationFailed: It is not worth having.
        """
        raise NotImplementedError

    def proof(self) -> str | None:
        """The current password of the one who asks, where they have to show it."""
        return None


class NewPassword(Secret, kw_only=True, frozen=True):
    """A new password for somebody."""

    password: Password

    def secret(self) -> str:
        """The password."""
        check_password(self.password)
        return self.password


class NewPin(Secret, kw_only=True, frozen=True):
    """A new PIN for somebody."""

    pin: Annotated[str, Meta(min_length=4, max_length=20)]

    def secret(self) -> str:
        """The PIN, in the digits 0 to 9."""
        return read_pin(self.pin)


class OwnPassword(NewPassword, kw_only=True, frozen=True):
    """A new password of one's own."""

    current_password: Password

    def proof(self) -> str:
        """The current password."""
        return self.current_password


class OwnPin(NewPin, kw_only=True, frozen=True):
    """A new PIN of one's own."""

    current_password: Password

    def proof(self) -> str:
        """The current password."""
        return self.current_password


class OwnLanguage(Command, kw_only=True, frozen=True):
    """The language in which one's own pages speak."""

    language: Annotated[str, Meta(max_length=12)]

    def arguments(self) -> dict[str, Any]:
        """What the use case is given.

        Raises:
            ValidationFailed: There is no such language.
        """
        if self.language not in LANGUAGES:
            raise ValidationFailed(f"Known languages are {', '.join(LANGUAGES)}.")
        return super().arguments()


class AddPerson(NewPassword, kw_only=True, frozen=True):
    """A new person."""

    role: Literal["therapist", "cashier", "manager"]
    username: Username
    name: PersonName
    room_number: RoomNumber | None = None
    gender: Gender | None = None
    commission_percent: Percent | None = None

    def arguments(self) -> dict[str, Any]:
        """What the use case is given: the role as one."""
        return {**super().arguments(), "role": Role(self.role)}


class PersonFields(Fields, kw_only=True, frozen=True):
    """What of a person may be changed."""

    name: PersonName | UnsetType = UNSET
    username: Username | UnsetType = UNSET
    room_number: RoomNumber | UnsetType | None = UNSET
    disabled: bool | UnsetType = UNSET
    gender: Gender | UnsetType | None = UNSET
    commission_percent: Percent | UnsetType | None = UNSET


class ChangePerson(PersonFields, kw_only=True, frozen=True):
    """What of a person is to be changed."""

    expected: PersonFields | None = None


class NameRoom(Command, kw_only=True, frozen=True):
    """A room's number."""

    room_number: RoomNumber


class RoomFields(Fields, kw_only=True, frozen=True):
    """What of a room may be changed."""

    room_number: RoomNumber | UnsetType = UNSET


class ChangeRoom(RoomFields, kw_only=True, frozen=True):
    """What of a room is to be changed."""

    expected: RoomFields | None = None


class AddDevice(Command, kw_only=True, frozen=True):
    """A new device."""

    kind: Literal["kiosk", "display", "peripherals"]
    name: Name

    def arguments(self) -> dict[str, Any]:
        """What the use case is given: the kind as a role."""
        return {**super().arguments(), "kind": Role(self.kind)}


CatalogName = Annotated[str, Meta(min_length=1, max_length=120)]
Description = Annotated[str, Meta(max_length=500)]
Icon = Annotated[str, Meta(min_length=1, max_length=40, description="A name of Lucide's")]
Photo = Annotated[
    str, Meta(pattern="^[0-9a-f]{32}$", description="As POST /api/manager/photos has called it")
]
Position = Annotated[int, Meta(ge=0, le=100_000)]
Minutes = Annotated[int, Meta(ge=1, le=1440)]
Moment = Annotated[datetime, Meta(tz=True)]
Until = Annotated[
    str,
    Meta(max_length=40, description='A moment with its offset, or "next_business_day"'),
]


class TranslatedWords(Struct, frozen=True, omit_defaults=True):
    """A name in another language."""

    name: CatalogName
    description: Description = ""


Words = Annotated[dict[str, TranslatedWords], Meta(max_length=10)]


def _words(given: Mapping[str, TranslatedWords]) -> dict[str, Any]:
    unknown = sorted(set(given) - set(LANGUAGES))
    if unknown:
        raise ValidationFailed(f"Known languages are {', '.join(LANGUAGES)}.")
    return {code: msgspec.to_builtins(words) for code, words in given.items()}


class AddEntry(Command, kw_only=True, frozen=True):
    """A new entry of the catalogue."""

    name: CatalogName
    translations: Words | None = None
    position: Position | None = None

    def arguments(self) -> dict[str, Any]:
        """What the use case is given: plain dictionaries."""
        return {**super().arguments(), "translations": _words(self.translations or {})}


class AddCategory(AddEntry, kw_only=True, frozen=True):
    """A new category."""

    description: Description = ""
    icon: Icon | None = None
    photo: Photo | None = None


class AddService(AddCategory, kw_only=True, frozen=True):
    """A new service."""

    category_id: Id
    tax_rate: Price | None = None


class AddClassification(AddEntry, kw_only=True, frozen=True):
    """A new variant of a service."""

    service_id: Id
    price: Price
    duration_minutes: Minutes
    turn_value: Price | None = None


class PutInOrder(Command, kw_only=True, frozen=True):
    """The entries of one list, all of them, in the order that they are to have."""

    kind: Level
    ids: Annotated[list[Id], Meta(min_length=1, max_length=1000)]


class EntryFields(Fields, kw_only=True, frozen=True):
    """What of every entry of the catalogue may be changed."""

    name: CatalogName | UnsetType = UNSET
    translations: Words | UnsetType = UNSET
    position: Position | UnsetType = UNSET
    active: bool | UnsetType = UNSET

    def given(self) -> dict[str, Any]:
        """The fields that are said: plain dictionaries, and moments.

        Raises:
            ValidationFailed: A language is not known, or a moment is none.
        """
        said = super().given()
        if "translations" in said:
            said["translations"] = _words(said["translations"])
        if (until := said.get("hidden_until")) not in {None, NEXT_DAY}:
            said["hidden_until"] = _moment(until)
        return said


def _moment(text: str) -> datetime:
    try:
        return msgspec.convert(text, Moment)
    except msgspec.ValidationError:
        raise ValidationFailed("hidden_until is a moment with its offset.") from None


class CategoryFields(EntryFields, kw_only=True, frozen=True):
    """What of a category may be changed."""

    description: Description | UnsetType = UNSET
    icon: Icon | UnsetType | None = UNSET
    photo: Photo | UnsetType | None = UNSET


class ChangeCategory(CategoryFields, kw_only=True, frozen=True):
    """What of a category is to be changed."""

    expected: CategoryFields | None = None


class ServiceFields(CategoryFields, kw_only=True, frozen=True):
    """What of a service may be changed."""

    hidden_until: Until | UnsetType | None = UNSET
    tax_rate: Price | UnsetType = UNSET
    category_id: Id | UnsetType = UNSET


class ChangeService(ServiceFields, kw_only=True, frozen=True):
    """What of a service is to be changed."""

    expected: ServiceFields | None = None


class ClassificationFields(EntryFields, kw_only=True, frozen=True):
    """What of a variant may be changed; with `from` the price is scheduled."""

    hidden_until: Until | UnsetType | None = UNSET
    duration_minutes: Minutes | UnsetType = UNSET
    turn_value: Price | UnsetType = UNSET
    price: Price | UnsetType | None = UNSET
    valid_from: (
        Annotated[datetime, Meta(description="Without an offset by the shop's own clock")]
        | UnsetType
    ) = field(name="from", default=UNSET)


class ChangeClassification(ClassificationFields, kw_only=True, frozen=True):
    """What of a variant is to be changed."""

    expected: ClassificationFields | None = None


class FindHistory(Payload, kw_only=True, frozen=True):
    """Which rows of the history, by business dates."""

    first: Date | None = field(name="from", default=None)
    last: Date | None = field(name="to", default=None)
    who: Annotated[str, Meta(max_length=120)] | None = field(name="actor", default=None)
    event: Annotated[str, Meta(max_length=40)] | None = None
    code: Annotated[str, Meta(max_length=20)] | None = None
    before: Digits | None = None

    def arguments(self) -> dict[str, Any]:
        """What the use case is given: dates as dates, a code as it is printed.

        Raises:
            ValidationFailed: There is no such date, or it is no code.
        """
        return {
            "first": _day(self.first),
            "last": _day(self.last),
            "who": self.who,
            "event": self.event,
            "code": None if self.code is None else codes.parse_code(self.code),
            "before": None if self.before is None else int(self.before),
        }


def _day(text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise ValidationFailed(f"There is no date {text}.") from None


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
    password: Password


class Setup(Struct, frozen=True):
    """The first manager, with the code that is on the kiosk's screen."""

    code: Annotated[str, Meta(min_length=1, max_length=40)]
    username: Username
    name: PersonName
    password: Password

    def __post_init__(self) -> None:
        check_password(self.password)


class LogOut(Struct, frozen=True):
    """Which log-ins end: this one, or all that the person has."""

    everywhere: bool = False


class OnTicket(Command, kw_only=True, frozen=True):
    """What a customer asks for on the ticket's own page."""

    event: Literal["customer_step_out", "customer_come_back", "customer_leave"]


class DeviceSession(Struct, frozen=True):
    """What stands behind the # of an enrolment link: its code, or a device's token."""

    token: Annotated[str, Meta(min_length=1, max_length=200)]


class DeviceTokenOffer(Struct, frozen=True):
    """What a station brings: the secret half of its code, and the token it has made for itself."""

    code: Annotated[str, Meta(min_length=1, max_length=100)]
    token: Annotated[str, Meta(min_length=1, max_length=200)]


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
    return _checked(payload, into)


def query(arguments: Mapping[str, str], into: type[S]) -> S:
    """Check the query of an address against the shape that a route expects.

    Args:
        arguments: As written, each once; an empty one counts as not given.
        into: The shape. Fields that it does not name are ignored.

    Raises:
        ValidationFailed: As `parse` does.
    """
    return _checked({name: text for name, text in arguments.items() if text}, into)


def _checked(payload: dict[str, Any], into: type[S]) -> S:
    try:
        asked = msgspec.convert(payload, into, dec_hook=_read)
        _check_text(asked)
    except msgspec.ValidationError as error:
        raise ValidationFailed(_sentence(str(error))) from None
    except (ValueError, OverflowError, RecursionError):
        raise ValidationFailed("The request holds a value that cannot be read.") from None
    return asked


_PLAIN_PRICE: Final = re.compile(r"[0-9]{1,9}(\.[0-9]{1,3})?")


def _latin(price: str) -> str:
    return with_plain_digits(price).replace("٫", ".")


def is_plain_price(value: object) -> bool:
    """Whether a price has digits and a point alone, where it is written out, and no sign."""
    if isinstance(value, str):
        return _PLAIN_PRICE.fullmatch(_latin(value)) is not None
    return str(value) != "-0.0"


def _read(kind: type, value: object) -> object:
    if kind not in {Amount, Price, Percent}:
        raise NotImplementedError(kind)
    if kind is Price and not is_plain_price(value):
        # Past msgspec, which would say where in the payload: a manager reads it beside the entry.
        raise ValidationFailed("Write plain digits with a point, such as 95.50.")
    try:
        return kind(money.parse_amount(value, "The amount"))
    except ValidationFailed as error:
        if kind is Percent:
            raise ValidationFailed(NO_COMMISSION) from None
        # msgspec adds where it stands.
        raise ValueError(error.message.removesuffix(".")) from None


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
    elif isinstance(value, dict):
        for key, part in value.items():
            _check_text(key)
            _check_text(part)


def _sentence(message: str) -> str:
    text = message.replace("Object missing required field", "This field is missing:")
    return text.replace(" - at `$.", ", in `").replace(" - at `$", ", in `the request")


_NOT_WHAT_IS_ASKED: Final = frozenset(
    {"request_id", "pressed_at", "approval", "password", "current_password", "pin"}
)
"""A press is the same press although its daemon counts again when it was. Secrets are not kept, not
even as a digest that a short one could be guessed from."""


def digest(asked: Struct, *about: str) -> str:
    """What a request asks for, in 32 characters: the same for the same request again.

    Args:
        asked: The payload.
        *about: What is said elsewhere, as in a path.
    """
    what = {
        name: getattr(asked, name)
        for name in asked.__struct_fields__
        if name not in _NOT_WHAT_IS_ASKED and getattr(asked, name) is not UNSET
    }
    # Amounts are decimals of a kind of their own, which msgspec writes only when told how.
    said = msgspec.json.encode([what, *about] if about else what, enc_hook=str)
    return hashlib.blake2b(said, digest_size=16).hexdigest()
