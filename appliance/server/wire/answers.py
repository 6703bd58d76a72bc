"""The shapes of what goes out: every answer, every push, and what they are made of.

The description for outside programs, `docs/events.md` and the types of the screens' scripts are
generated from these classes. They cost nothing to keep: `serialize` makes its answers of them.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, TypedDict

from msgspec import UNSET, Meta, Struct, UnsetType, field, to_builtins

from appliance.protocol import (
    LampPattern,
    Paper,
    PrintRole,
    ReceiptDocument,
    ReportDocument,
    TicketDocument,
)
from appliance.server.domain.adjustments import AdjustmentKind
from appliance.server.domain.errors import Unavailable
from appliance.server.domain.lanes import WantedKind
from appliance.server.domain.papers import PaperState
from appliance.server.domain.payments import METHODS
from appliance.server.domain.reports import Grouping
from appliance.server.domain.shifts import MovementKind, ShiftState
from appliance.server.domain.states import Gender, Hold, Role, RoomStatus, TransactionStatus
from appliance.server.domain.turns import Duty
from appliance.server.domain.waits import Reach

Json = dict[str, Any]

True_ = Annotated[bool, Meta(extra_json_schema={"const": True})]
Money = Annotated[float, Meta(ge=0, description="In the shop's currency, with its decimals")]
Sum = Annotated[float, Meta(description="An amount that may be negative")]
Time = Annotated[
    str,
    Meta(
        pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?[+-]\d\d:\d\d$",
        extra_json_schema={"format": "date-time"},
    ),
]
Code = Annotated[str, Meta(pattern="^[0-9]{4}$")]
Version = Annotated[int, Meta(description="Only grows; what is older than what one has is old")]
Minutes = Annotated[int, Meta(ge=0)]
Method = Annotated[str, Meta(extra_json_schema={"enum": [*METHODS]})]

DOCUMENTS: Final = (TicketDocument, ReceiptDocument, ReportDocument)
"""What a paper may say, by the kind of its job."""


class Answer(Struct, kw_only=True, frozen=True):
    """All is well."""

    ok: True_ = True


class Done(Answer, frozen=True):
    """All is well, and there is nothing to tell."""


# --- visits -----------------------------------------------------------------------------------


class Item(Struct, kw_only=True, frozen=True):
    """One service that a customer chose."""

    id: int
    service_id: int
    service_name: str
    service_classification_id: int
    classification_name: str
    price: Money
    duration_minutes: Minutes


class TaxLine(Struct, kw_only=True, frozen=True):
    """The tax of one rate."""

    rate: Annotated[float, Meta(description="Percent")]
    net: Sum
    tax: Sum


class Tender(Struct, kw_only=True, frozen=True):
    """A part of a payment or of a refund, by one method."""

    method: Method
    amount: Sum
    given: Sum
    change: Sum
    tip: Sum
    rounding: Sum


class Adjustment(Struct, kw_only=True, frozen=True):
    """Something that was taken off a bill."""

    id: int
    item_id: Annotated[int | None, Meta(description="null for the whole bill")]
    kind: AdjustmentKind
    value: float
    amount: Sum
    reason: str
    by: str
    approved_by: str | None


class RefundLine(Struct, kw_only=True, frozen=True):
    """What went back of one item."""

    item_id: int
    amount: Sum


class Refund(Struct, kw_only=True, frozen=True):
    """Money that went back."""

    number: int
    amount: Sum
    tip_amount: Sum
    reason: str
    by: str
    approved_by: str | None
    lines: list[RefundLine]
    tenders: list[Tender]
    created_at: Time


class Payment(Struct, kw_only=True, frozen=True):
    """How a customer paid."""

    amount_due: Money
    amount_paid: Money
    change_amount: Money
    method: Annotated[str, Meta(extra_json_schema={"enum": [*METHODS, "mixed"]})]
    receipt_number: int | None
    tip_amount: Sum
    rounding_amount: Sum
    tax: list[TaxLine]
    tenders: list[Tender]
    created_at: Time


class Wanted(Struct, kw_only=True, frozen=True):
    """Whom a customer asked for."""

    kind: WantedKind
    therapist_id: int | None
    therapist: Annotated[str | None, Meta(description="Their name")]


class Transaction(Struct, kw_only=True, frozen=True):
    """A visit, with what may be done with it."""

    id: int
    code: Code | None
    status: TransactionStatus
    therapist: str | None
    therapist_id: int | None
    cashier: str | None
    cashier_id: int | None
    room_number: str | None
    subtotal_amount: Money
    discount_amount: Sum
    total_amount: Money
    total_duration_minutes: Minutes
    note: Annotated[str | None, Meta(description="What staff should know")]
    hold: Annotated[
        Hold | None, Meta(description="Why this customer is not called at present; else null")
    ]
    held_since: Time | None
    wanted: Wanted
    created_at: Time
    selection_confirmed_at: Time | None
    therapist_confirmed_at: Time | None
    service_start_at: Time | None
    service_finish_at: Time | None
    cashier_claimed_at: Time | None
    paid_at: Time | None
    items: list[Item]
    adjustments: list[Adjustment]
    payment: Payment | None
    refunded_amount: Money
    refunds: list[Refund]
    allowed_events: Annotated[list[str], Meta(description="What may be asked for now")]
    manager_events: Annotated[list[str], Meta(description="What a manager may ask for now")]
    estimated_wait_minutes: Annotated[
        Minutes | UnsetType | None, Meta(description="In the queue of those who wait")
    ] = UNSET


class Visit(Answer, kw_only=True, frozen=True):
    """What became of a visit."""

    transaction: Transaction


class Undo(Struct, kw_only=True, frozen=True):
    """What `customer_add_item` is told to take the last change of a selection back."""

    service_classification_id: int
    replaces: int | None
    seconds: Annotated[int, Meta(ge=1, description="How long a screen offers it")]


class Selected(Visit, kw_only=True, frozen=True):
    """A selection after a change."""

    undo: (
        Annotated[Undo, Meta(description="Where something was taken off that is still offered")]
        | UnsetType
    ) = UNSET


class Confirmed(Visit, kw_only=True, frozen=True):
    """A confirmed selection and its place in the queue."""

    queue_position: Annotated[int, Meta(ge=1, description="1 = next")]
    estimated_wait_minutes: Annotated[Minutes | None, Meta(description="null when nobody can say")]


class Refunded(Visit, kw_only=True, frozen=True):
    """A refund, and the visit after it."""

    refund: Refund


class HistoryRow(Struct, kw_only=True, frozen=True):
    """One thing that happened to a visit."""

    event: str
    source: str | None = field(name="from")
    target: str | None = field(name="to")
    actor: str
    actor_role: Role
    at: Time
    detail: dict[str, Any] | None


# --- the till ---------------------------------------------------------------------------------


class Movement(Struct, kw_only=True, frozen=True):
    """Cash that moved without a customer."""

    id: int
    kind: MovementKind
    amount: Sum
    reason: str
    therapist_id: int | None
    at: Time


class Shift(Struct, kw_only=True, frozen=True):
    """A cashier's shift at a drawer; what was taken is null until it is counted."""

    id: int
    drawer: str
    cashier: str
    state: ShiftState
    business_date: str
    opened_at: Time
    closed_at: Time | None
    float_amount: Sum | None
    counted_amount: Sum | None
    expected_amount: Sum | None
    difference: Sum | None
    left_amount: Sum | None
    totals: Annotated[dict[str, float] | None, Meta(description="By method")]
    tips: Sum | None
    movements: list[Movement]


class OnShift(Answer, kw_only=True, frozen=True):
    """What became of a shift."""

    shift: Shift


class Treated(Struct, kw_only=True, frozen=True):
    """A customer whom a therapist has treated."""

    code: Code
    services: list[str]
    service_start_at: Time | None
    service_finish_at: Time | None
    minutes: Minutes


class MyDay(Answer, kw_only=True, frozen=True):
    """What a therapist has done today."""

    business_date: str
    minutes: Annotated[Minutes, Meta(description="Of all services, as they took")]
    tips: Sum
    treated: Annotated[list[Treated], Meta(description="In the order in which they were finished")]


class MyShift(Answer, kw_only=True, frozen=True):
    """My open shift, if I have one."""

    shift: Shift | None


class Shifts(Answer, kw_only=True, frozen=True):
    """The shifts of a business date, oldest first."""

    shifts: list[Shift]


class Transactions(Answer, kw_only=True, frozen=True):
    """The visits that were looked for; `more`: there are earlier ones that are not listed."""

    transactions: list[Transaction]
    more: bool


class ClosedShift(Struct, kw_only=True, frozen=True):
    """A shift as an X or a Z tells it; what should be there is null until it is counted."""

    id: int
    drawer: str
    cashier: str
    state: ShiftState
    opened_at: Time
    closed_at: Time | None
    started_with: Annotated[Sum | None, Meta(description="null: not counted")] = field(name="float")
    expected: Sum | None
    counted: Sum | None
    difference: Sum | None
    difference_reason: str | None
    left: Sum | None
    tips: Sum
    totals: Annotated[dict[str, Sum], Meta(description="By method")]


class OpenCustomer(Struct, kw_only=True, frozen=True):
    """A customer who is still here when a day is closed."""

    code: Code | None
    status: TransactionStatus
    amount: Annotated[Money, Meta(description="What is owed by now")]


class OpenCustomers(Struct, kw_only=True, frozen=True):
    """Who is carried over to the next day."""

    count: int
    amount: Money
    customers: list[OpenCustomer]


class WalkOut(Struct, kw_only=True, frozen=True):
    """A customer who left without paying."""

    code: Code | None
    amount: Money


class Uncollected(Struct, kw_only=True, frozen=True):
    """Who left without paying."""

    count: int
    amount: Money
    customers: list[WalkOut]


class X(Struct, kw_only=True, frozen=True):
    """The figures of a day that goes on."""

    business_date: str
    currency: Annotated[str, Meta(description="ISO 4217")]
    sales: Sum
    visits: int
    tips: Sum
    refunds: Sum
    discounts: Sum
    rounding: Sum
    corrections: int
    tax: list[TaxLine]
    totals: Annotated[dict[str, Sum], Meta(description="By method")]
    shifts: list[ClosedShift]
    uncollected: Uncollected
    open_customers: OpenCustomers


class Z(X, kw_only=True, frozen=True):
    """A closed day, which never changes."""

    number: int
    closed_at: Time
    closed_by: str
    grand_total: Annotated[Sum, Meta(description="Sales less refunds since the first day")]
    previous_hash: str
    hash: str


class SealedZ(Z, kw_only=True, frozen=True):
    """A closed day, looked at whether anybody has changed it."""

    verified: Annotated[bool, Meta(description="Its hashes fit its text and the day before")]


class OnX(Answer, kw_only=True, frozen=True):
    """What the next Z would say if it were made now."""

    x: X
    today: Annotated[str, Meta(description="The business date now")]
    closed: Annotated[bool, Meta(description="Whether this day has its Z already")]


class OnZ(Answer, kw_only=True, frozen=True):
    """A closed day."""

    z: Z


class ReportFigures(Struct, kw_only=True, frozen=True):
    """The figures of a report; which of them there are depends on what it has rows for."""

    visits: int | UnsetType = UNSET
    payments: int | UnsetType = UNSET
    items: int | UnsetType = UNSET
    sales: Sum | UnsetType = UNSET
    discounts: Sum | UnsetType = UNSET
    refunds: Sum | UnsetType = UNSET
    tips: Sum | UnsetType = UNSET
    rounding: Sum | UnsetType = UNSET
    taken: Sum | UnsetType = UNSET
    tips_paid: Sum | UnsetType = UNSET
    tips_owed: Sum | UnsetType = UNSET
    commission: Sum | UnsetType = UNSET
    difference: Sum | UnsetType = UNSET
    no_shows: int | UnsetType = UNSET
    wait_p50: Annotated[int | None, Meta(description="Minutes")] | UnsetType = UNSET
    wait_p90: Annotated[int | None, Meta(description="Minutes")] | UnsetType = UNSET
    busy_minutes: int | UnsetType = UNSET
    open_minutes: int | UnsetType = UNSET
    utilisation: Annotated[int | None, Meta(description="Percent")] | UnsetType = UNSET


class ReportRow(ReportFigures, kw_only=True, frozen=True):
    """A row of a report: one of `day` to `room`, and its figures."""

    day: str | UnsetType = UNSET
    hour: str | UnsetType = UNSET
    service: str | UnsetType = UNSET
    therapist: str | UnsetType = UNSET
    cashier: str | UnsetType = UNSET
    method: str | UnsetType = UNSET
    room: str | UnsetType = UNSET


class Report(Answer, kw_only=True, frozen=True):
    """A report; money by the date on which its shift opened, visits by their own."""

    by: Grouping
    since: str = field(name="from")
    to: str
    currency: Annotated[str, Meta(description="ISO 4217")]
    rows: list[ReportRow]
    totals: ReportFigures


class ZReports(Answer, kw_only=True, frozen=True):
    """A page of closed days, newest first."""

    reports: list[SealedZ]
    before: Annotated[int | None, Meta(description="Where the next page begins, if there is one")]


class Moved(OnShift, kw_only=True, frozen=True):
    """Cash that moved, and its shift."""

    movement: Movement


# --- rooms ------------------------------------------------------------------------------------


class Room(Struct, kw_only=True, frozen=True):
    """A treatment room."""

    room_number: str
    status: RoomStatus
    current_transaction_id: int | None
    therapist: str | None


class OnDuty(Struct, kw_only=True, frozen=True):
    """A therapist on duty."""

    therapist_id: int
    name: str
    room_number: str | None
    state: Duty
    since: Annotated[Time, Meta(description="Since when they are there, or on their break")]
    on_duty_since: Time
    next_transaction_id: Annotated[
        int | None, Meta(description="Whom they would call now; null for nobody")
    ]
    turns: Annotated[float | None, Meta(description="Had today; null where the first press counts")]
    first: Annotated[
        str | None, Meta(description="Whose turn it is, where it is not this one's; else null")
    ]
    long: Annotated[bool, Meta(description="For so long that they probably forgot to go off duty")]


class DutyNow(Answer, kw_only=True, frozen=True):
    """Whether a therapist is there to be given customers."""

    state: Duty
    since: Time | None


class RoomReady(Answer, kw_only=True, frozen=True):
    """A room that is ready."""

    room: Room


# --- paper ------------------------------------------------------------------------------------


class PrintJob(Struct, kw_only=True, frozen=True):
    """A paper as staff see it."""

    id: int
    kind: PrintRole
    state: Annotated[str, Meta(extra_json_schema={"enum": sorted(PaperState)})]
    copy: Annotated[bool, Meta(description="It may be out already, so this one is marked COPY")]
    transaction_id: int | None
    code: Code | None
    printer: Annotated[str | None, Meta(description="Where it goes or was tried last")]
    error: Annotated[str | None, Meta(description="Why it did not come out")]
    question: Annotated[str | None, Meta(description="What somebody has to decide about it")]
    created_at: Time


class OnPaper(Answer, kw_only=True, frozen=True):
    """What became of a paper."""

    job: PrintJob


class LeasedJob(Struct, kw_only=True, frozen=True):
    """A paper as the daemon gets it."""

    id: int
    kind: PrintRole
    lease: str
    copy: bool
    document: Annotated[
        dict[str, Any],
        Meta(
            extra_json_schema={
                "anyOf": [{"$ref": f"#/components/schemas/{kind.__name__}"} for kind in DOCUMENTS]
            }
        ),
    ]


class Leased(Answer, kw_only=True, frozen=True):
    """What a printer has to do, if anything."""

    job: LeasedJob | None


class DrawerTaken(Answer, kw_only=True, frozen=True):
    """Whether the printer has to open its drawer now."""

    open: bool


class Printer(Struct, kw_only=True, frozen=True):
    """A printer and what it needs."""

    name: str
    roles: list[PrintRole]
    fallback_roles: Annotated[
        list[PrintRole], Meta(description="What it prints only while the others cannot")
    ]
    online: bool
    paper: Paper
    cover_open: bool
    error: str | None
    need: Annotated[str | None, Meta(description="Without its name; null when it prints")]
    problem: Annotated[str | None, Meta(description="The same as a sentence with its name")]
    notice: Annotated[
        str | UnsetType, Meta(description="What it will need soon, such as `paper low`")
    ] = UNSET


class Peripheral(Struct, kw_only=True, frozen=True):
    """A peripherals daemon."""

    name: str
    online: bool


class JobsWaiting(Struct, kw_only=True, frozen=True):
    """How many papers are owed, by kind."""

    ticket: int
    receipt: int
    report: int


class Introduced(Answer, kw_only=True, frozen=True):
    """What a daemon learns when it introduces itself."""

    lamps: Annotated[dict[str, LampPattern], Meta(description="By room number")]
    jobs_waiting: JobsWaiting


class Pressed(Answer, kw_only=True, frozen=True):
    """What a call button's lamp shows now; null for a room that the spa does not have."""

    lamp: LampPattern | None


class Alive(Answer, kw_only=True, frozen=True):
    """A sign of life."""

    now: Time


# --- snapshots --------------------------------------------------------------------------------


class Counts(Struct, kw_only=True, frozen=True):
    """How many there are, also where a list is cut."""

    pending: Annotated[int, Meta(description="Of those who wait, who may be called")]
    on_hold: Annotated[int, Meta(description="Of those who wait, who is not called at present")]
    in_progress: int
    finished: int


class Queue(Answer, kw_only=True, frozen=True):
    """Everything that staff see at once; each list with the oldest first."""

    version: Version
    now: Time
    pending: list[Transaction]
    in_progress: list[Transaction]
    finished: list[Transaction]
    counts: Counts
    rooms: list[Room]
    duty: list[OnDuty]


class Call(Struct, kw_only=True, frozen=True):
    """A customer who is called."""

    code: Code
    room_number: str
    at: Time


class Waiting(Struct, kw_only=True, frozen=True):
    """A customer who waits."""

    code: Code
    estimated_wait_minutes: Annotated[Minutes | None, Meta(description="null when nobody can say")]
    wanted: Annotated[
        WantedKind | UnsetType, Meta(description="That they asked for somebody, never for whom")
    ] = UNSET


class Therapist(Struct, kw_only=True, frozen=True):
    """A therapist whom a customer may ask for."""

    id: int
    name: str


class Therapists(Answer, kw_only=True, frozen=True):
    """Whom a customer may ask for now."""

    kinds: list[WantedKind]
    therapists: list[Therapist]


class Wait(Answer, kw_only=True, frozen=True):
    """What somebody may expect who takes a number now."""

    people_before: int
    estimated_wait_minutes: Annotated[
        Minutes | None,
        Meta(description="Rounded to 5; 0 is less than 5; null when nobody can say"),
    ]
    closes_at: Annotated[Time | None, Meta(description="null where the shop does not say")]
    reach: Annotated[Reach, Meta(description="Whether their turn comes before the shop closes")]


class Board(Answer, kw_only=True, frozen=True):
    """What the lobby sees: no names and no money."""

    version: Version
    calls: Annotated[list[Call], Meta(description="Newest first")]
    waiting: Annotated[list[Waiting], Meta(description="Next first")]
    recent_calls: Annotated[
        list[Call] | UnsetType,
        Meta(description="Called in the last minutes and in their rooms by now, newest first"),
    ] = UNSET
    more_waiting: Annotated[
        int | UnsetType, Meta(description="How many wait behind those in the list, if any")
    ] = UNSET


class Devices(Answer, kw_only=True, frozen=True):
    """Printers and what they need."""

    version: Version
    printers: list[Printer]
    peripherals: list[Peripheral]
    jobs_waiting: JobsWaiting
    jobs: Annotated[list[PrintJob], Meta(description="What is owed, oldest first, at most 50")]


class OneTransaction(Struct, kw_only=True, frozen=True):
    """A visit that has changed."""

    version: Version
    transaction: Transaction


class CatalogNews(Struct, kw_only=True, frozen=True):
    """What is offered has changed: time to read `/api/catalog` again."""

    version: Version


class Revoked(Struct, kw_only=True, frozen=True):
    """This socket is no longer anyone's."""

    code: Literal["authentication_required"] = "authentication_required"


class Lamp(Struct, kw_only=True, frozen=True):
    """What a room's lamp shows from now on."""

    room_number: str
    pattern: LampPattern


class DrawerReady(Struct, kw_only=True, frozen=True):
    """A cash drawer is to be opened: time to ask for it."""


class PrintReady(Struct, kw_only=True, frozen=True):
    """A paper of this kind waits."""

    role: PrintRole


# --- over HTTP --------------------------------------------------------------------------------


class Translated(TypedDict, total=False):
    """Names in another language."""

    name: str
    description: str


Translations = Annotated[
    dict[str, Translated], Meta(description="By language, where the shop has translated it")
]


class Classification(Struct, kw_only=True, frozen=True):
    """A variant of a service: what is chosen in the end."""

    id: int
    name: str
    translations: Translations | UnsetType = UNSET
    price: Money
    duration_minutes: Minutes


PhotoUrl = Annotated[str, Meta(description="A JPEG; another picture has another address")]


class Service(Struct, kw_only=True, frozen=True):
    """A service with its variants."""

    id: int
    name: str
    description: str
    translations: Translations | UnsetType = UNSET
    icon: str | UnsetType = UNSET
    photo_url: PhotoUrl | UnsetType = UNSET
    classifications: list[Classification]


class Category(Struct, kw_only=True, frozen=True):
    """A group of services."""

    id: int
    name: str
    description: str | UnsetType = UNSET
    translations: Translations | UnsetType = UNSET
    icon: str | UnsetType = UNSET
    photo_url: PhotoUrl | UnsetType = UNSET
    services: list[Service]


class TimeFilter(Struct, kw_only=True, frozen=True):
    """What of the menu fits into an amount of time."""

    minutes: Minutes
    variants: Annotated[list[int], Meta(description="Ids of the variants that take no longer")]


class Catalog(Answer, kw_only=True, frozen=True):
    """What the shop offers now."""

    currency: Annotated[str, Meta(description="ISO 4217")]
    categories: list[Category]
    time_filters: Annotated[
        list[TimeFilter], Meta(description="Of a long menu, the shortest first; else empty")
    ]


class PriceFrom(Struct, kw_only=True, frozen=True):
    """A price that becomes valid by itself."""

    price: Money
    valid_from: Time = field(name="from")


class ManagedClassification(Struct, kw_only=True, frozen=True):
    """A variant as a manager sees it."""

    id: int
    name: str
    translations: Translations
    position: int
    active: bool
    hidden_until: Time | None
    price: Money
    duration_minutes: Minutes
    turn_value: float
    scheduled: list[PriceFrom]


class ManagedService(Struct, kw_only=True, frozen=True):
    """A service as a manager sees it."""

    id: int
    name: str
    description: str
    translations: Translations
    icon: str | None
    photo: str | None
    photo_url: PhotoUrl | None
    position: int
    active: bool
    hidden_until: Time | None
    tax_rate: Annotated[float, Meta(description="Percent")]
    category_id: int
    classifications: list[ManagedClassification]


class ManagedCategory(Struct, kw_only=True, frozen=True):
    """A category as a manager sees it."""

    id: int
    name: str
    description: str
    translations: Translations
    icon: str | None
    photo: str | None
    photo_url: PhotoUrl | None
    position: int
    active: bool
    services: list[ManagedService]


class ManagedCatalog(Answer, kw_only=True, frozen=True):
    """The whole catalogue, with what is hidden or no longer offered."""

    currency: Annotated[str, Meta(description="ISO 4217")]
    categories: list[ManagedCategory]


class KeptPhoto(Answer, kw_only=True, frozen=True):
    """A photo that a category or a service can have now."""

    photo: Annotated[str, Meta(description="What `photo` of an entry takes")]
    photo_url: PhotoUrl


class OnCategory(Answer, kw_only=True, frozen=True):
    """What became of a category."""

    category: ManagedCategory


class OnService(Answer, kw_only=True, frozen=True):
    """What became of a service."""

    service: ManagedService


class OnClassification(Answer, kw_only=True, frozen=True):
    """What became of a variant."""

    classification: ManagedClassification


class Happened(Struct, kw_only=True, frozen=True):
    """One thing that happened, to whatever."""

    id: int
    at: Time
    event: str
    actor: str
    actor_role: Role
    transaction_id: int | None
    code: Code | None
    source: str | None = field(name="from")
    target: str | None = field(name="to")
    detail: dict[str, Any] | None


class History(Answer, kw_only=True, frozen=True):
    """A page of what happened, newest first."""

    history: list[Happened]
    before: Annotated[int | None, Meta(description="Where the next page begins, if there is one")]


class WholeVisit(Visit, kw_only=True, frozen=True):
    """A visit, what happened to it, and its papers."""

    history: list[HistoryRow]
    print_jobs: list[PrintJob]


class RecentPayments(Answer, kw_only=True, frozen=True):
    """Today's payments at a desk, the newest first."""

    transactions: list[Transaction]


class TicketStatus(Answer, kw_only=True, frozen=True):
    """What the holder of a ticket may know."""

    version: Version
    code: Code
    status: TransactionStatus
    hold: Annotated[
        Hold | None, Meta(description="Why this customer is not called at present; else null")
    ]
    events: Annotated[list[str], Meta(description="What the customer may ask for now")]
    people_before: int | None
    estimated_wait_minutes: Minutes | None
    room_number: str | None
    items: list[Item]
    total_amount: Money
    free_until: Annotated[
        Time | None,
        Meta(description="Until about when they may be out; null where it is not worth going"),
    ]
    wanted: Annotated[Wanted | UnsetType, Meta(description="Where they asked for somebody")] = UNSET


class Person(Struct, kw_only=True, frozen=True):
    """A person of the staff."""

    id: int
    name: str
    username: str
    room_number: Annotated[str | UnsetType | None, Meta(description="A therapist's own room")] = (
        UNSET
    )


class Me(Answer, kw_only=True, frozen=True):
    """Who is logged in, under their role."""

    expires_at: Time
    therapist: Person | UnsetType = UNSET
    cashier: Person | UnsetType = UNSET
    manager: Person | UnsetType = UNSET


class LoggedIn(Answer, kw_only=True, frozen=True):
    """A log-in, with the person under their role."""

    token: str
    expires_at: Time
    therapist: Person | UnsetType = UNSET
    cashier: Person | UnsetType = UNSET
    manager: Person | UnsetType = UNSET


class StaffMember(Struct, kw_only=True, frozen=True):
    """A person as a manager sees them."""

    id: int
    role: Role
    username: str
    name: str
    room_number: str | None
    gender: Gender | None
    commission_percent: float | None
    has_pin: Annotated[bool, Meta(description="Whether a PIN is set")]
    disabled: bool
    on_duty: bool
    duty: Duty


class Staff(Answer, kw_only=True, frozen=True):
    """Everyone who works here, or did."""

    staff: list[StaffMember]


class OnPerson(Answer, kw_only=True, frozen=True):
    """What became of a person."""

    person: StaffMember


class ManagedRoom(Struct, kw_only=True, frozen=True):
    """A treatment room as a manager sees it."""

    id: int
    room_number: str
    status: RoomStatus
    current_transaction_id: int | None
    therapists: Annotated[list[str], Meta(description="Whose room it is, by name")]


class Rooms(Answer, kw_only=True, frozen=True):
    """Every treatment room."""

    rooms: list[ManagedRoom]


class OnRoom(Answer, kw_only=True, frozen=True):
    """What became of a room."""

    room: ManagedRoom


class ManagedDevice(Struct, kw_only=True, frozen=True):
    """A kiosk, a display or a peripherals daemon as a manager sees it."""

    id: int
    kind: Role
    name: str
    created_at: Time
    revoked: bool
    connected: Annotated[bool, Meta(description="Of a daemon; screens come and go unnoticed")]
    browsers: Annotated[int, Meta(description="How many browsers are enrolled as it")]


class ManagedDevices(Answer, kw_only=True, frozen=True):
    """Every device, revoked ones too."""

    devices: list[ManagedDevice]


class MachineFact(Struct, kw_only=True, frozen=True):
    """Something about the machine that the server runs on."""

    level: Annotated[
        Literal["ok", "warning", "bad"], Meta(description="Whether somebody has to do something")
    ]
    sentences: Annotated[list[str], Meta(description="What happened first, what to do last")]


class Machine(Answer, kw_only=True, frozen=True):
    """The machine itself: its settings, its card."""

    release: Annotated[str, Meta(description="The one at work")]
    facts: list[MachineFact]


class OnDevice(Answer, kw_only=True, frozen=True):
    """What became of a device."""

    device: ManagedDevice


StationCodeOrNone = Annotated[
    str | None,
    Meta(
        description="For the card of a machine with printers and buttons alone, once, within 15 "
        "minutes; null for a screen, and where no certificate vouches for this machine"
    ),
]


class DeviceAdded(OnDevice, kw_only=True, frozen=True):
    """A device, and what it comes in with: told once."""

    token: str
    enrol_url: Annotated[
        str | None,
        Meta(description="To open in its browser, once, within 15 minutes; null for a daemon"),
    ]
    enrol_qr: Annotated[str | None, Meta(description="The same as a QR code: an SVG drawing")]
    station_code: StationCodeOrNone


class DeviceLink(OnDevice, kw_only=True, frozen=True):
    """A device's new enrolment link, or a station's new code; the one before ends."""

    enrol_url: Annotated[
        str | None,
        Meta(description="To open in its browser, once, within 15 minutes; null for a daemon"),
    ]
    enrol_qr: Annotated[str | None, Meta(description="The same as a QR code: an SVG drawing")]
    station_code: StationCodeOrNone


class DeviceName(Struct, kw_only=True, frozen=True):
    """A device."""

    kind: Role
    name: str


class Enrolled(Answer, kw_only=True, frozen=True):
    """A browser that is a device now."""

    device: DeviceName


class Health(Struct, kw_only=True):
    """Whether the appliance is well."""

    ok: bool
    version: str
    database: Literal["ok", "unreachable", "takes no changes"]
    peripherals: Annotated[int, Meta(description="How many daemons are connected")]
    queue: Annotated[dict[str, int], Meta(description="How many open visits, by state")]
    error: str | UnsetType = UNSET
    code: str | UnsetType = UNSET

    def worry(self, database: Literal["unreachable", "takes no changes"], error: str) -> None:
        """Say what is wrong with the database."""
        self.database, self.error, self.code = database, error, Unavailable.code


# --- in pages ---------------------------------------------------------------------------------


class Language(Struct, kw_only=True, frozen=True):
    """A language that a page can speak."""

    code: str
    name: Annotated[str, Meta(description="What its own speakers call it")]
    dir: Literal["ltr", "rtl"]
    messages: Annotated[str, Meta(description="Where its catalogue is")]
    room: Annotated[str, Meta(description="Pattern of a sentence's word for a room, and the room")]


class PaymentMethod(Struct, kw_only=True, frozen=True):
    """A way to pay, as the cashier's page offers it."""

    name: Method
    label: str
    icon: str
    received: str
    received_for: str
    gives_change: Annotated[bool, Meta(description="Whether more than is due may be handed over")]
    instruction: str
    asks_reference: bool


class TherapistName(Struct, kw_only=True, frozen=True):
    """A therapist, as the cashier's page names who is paid tips."""

    id: int
    name: str


class SectionLink(Struct, kw_only=True, frozen=True):
    """A page of the reader's own, as the navigation shows it."""

    path: str
    title: Annotated[str, Meta(description="In English; the page translates it")]
    icon: str


class BoardExtras(Struct, kw_only=True, frozen=True):
    """What the lobby board shows beside numbers."""

    clock: bool
    message: str
    picture: Annotated[str | None, Meta(description="Where it is, if the shop has one")]


class KioskExtras(Struct, kw_only=True, frozen=True):
    """What the kiosk shows while nobody is there."""

    picture: Annotated[str | None, Meta(description="Where it is, if the shop has one")]
    picture_after_seconds: Annotated[int, Meta(description="0 for never")]


class Boot(Struct, kw_only=True, frozen=True):
    """What the server puts into a page, for its script."""

    shop_name: str
    logo: Annotated[str | None, Meta(description="Where the shop's logo is, if it has one")]
    currency: Annotated[str, Meta(description="ISO 4217")]
    time_zone: Annotated[str, Meta(description="The shop's own, as in `Europe/Berlin`")]
    selecting_timeout_seconds: int
    log_in_seconds: Annotated[int, Meta(description="How long a log-in that nobody uses lasts")]
    csrf_token: str
    me: Person | None
    demo: bool
    locale: Annotated[str, Meta(description="BCP 47: the page's language when it was loaded")]
    dir: Literal["ltr", "rtl"]
    language_cookie: Annotated[
        str | None, Meta(description="Where the reader's choice is kept, if it is")
    ]
    languages: Annotated[list[Language], Meta(description="Those that this shop offers")]
    payment_methods: Annotated[
        list[PaymentMethod] | UnsetType, Meta(description="On the cashier's page, in this order")
    ] = UNSET
    denominations: Annotated[
        list[str] | UnsetType,
        Meta(description="On the cashier's page: coins and notes, the largest first"),
    ] = UNSET
    cash_rounding: Annotated[
        float | UnsetType | None,
        Meta(description="On the cashier's page: the smallest coin in use"),
    ] = UNSET
    therapists: Annotated[
        list[TherapistName] | UnsetType, Meta(description="On the cashier's page")
    ] = UNSET
    sections: Annotated[
        list[SectionLink] | UnsetType,
        Meta(description="On a page of the staff's own: all pages of this role, in their order"),
    ] = UNSET
    ticket_token: Annotated[str | UnsetType, Meta(description="Only on a customer's own page")] = (
        UNSET
    )
    board: Annotated[
        BoardExtras | UnsetType, Meta(description="On the lobby board: what it shows besides")
    ] = UNSET
    kiosk: Annotated[
        KioskExtras | UnsetType, Meta(description="On the kiosk: what it shows besides")
    ] = UNSET
    role: str | UnsetType = UNSET
    next: str | UnsetType = UNSET


def body(answer: Struct) -> Json:
    """An answer as it goes out, ready for JSON: the one door for everything that is sent."""
    made: Json = to_builtins(answer)
    return made


def every() -> list[type[Struct]]:
    """Every shape of this module that goes out."""
    return [
        kind
        for kind in globals().values()
        if isinstance(kind, type)
        and issubclass(kind, Struct)
        and kind.__module__ == __name__
        and kind is not Answer
    ]
