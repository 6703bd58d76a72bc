"""Names that the server and the programs around it share: nothing but names and shapes.

The server, the peripherals daemon and the tests import this module; it imports only the standard
library, so that any of them can be replaced by a program that knows nothing of the others. What
stands here is a promise to outside programs: names are added, never changed.
"""

from __future__ import annotations

import unicodedata
from enum import StrEnum
from typing import Final, NotRequired, TypedDict

PERIPHERALS_NAMESPACE: Final = "/peripherals"
SIMULATOR_NAMESPACE: Final = "/simulator"

BUTTON_PRESS_MAX_AGE_SECONDS: Final = 10
"""A press older than this is refused: the one who made it has given up waiting."""

LEASE_SECONDS: Final = 60
"""How long a daemon may take over one piece of paper, unless it has asked for more."""

HOLD_SECONDS: Final = 2.0
"""How long a call button is held for the second meaning of a press."""


_BLANKS: Final = " \u00a0\u3000"


def room_named(text: str) -> str:
    """A room's number as it is stored and compared: in one spelling, without blanks around it.

    `é` may come as one character or as two (Unicode's NFC and NFD): keyboards differ.
    """
    return unicodedata.normalize("NFC", text).strip(_BLANKS)


class DeviceEvent(StrEnum):
    """Events of the `/peripherals` namespace, both directions."""

    HELLO = "device_hello"
    PING_TIME = "ping_time"
    BUTTON = "button"
    PRINT_LEASE = "print_lease"
    PRINT_EXTEND = "print_extend"
    PRINT_DONE = "print_done"
    PRINT_FAILED = "print_failed"
    PRINTER_STATUS = "printer_status"
    LAMP = "lamp"
    PRINT_READY = "print_ready"
    DRAWER_READY = "drawer_ready"
    DRAWER_TAKE = "drawer_take"
    SIMULATOR_STATE = "simulator_state"
    SIMULATOR_LAMPS = "simulator_lamps"
    SIMULATOR_ACTION = "simulator_action"
    SIMULATOR_AWAY = "simulator_away"


class LampPattern(StrEnum):
    """What the lamp in a call button shows; each tells what a press would do."""

    OFF = "off"
    SLOW_BLINK = "slow_blink"
    FAST_BLINK = "fast_blink"
    ON = "on"
    PULSE = "pulse"


class Gesture(StrEnum):
    """What a finger did on a call button."""

    PRESS = "press"
    HOLD = "hold"


class PrintRole(StrEnum):
    """What a printer is for."""

    TICKET = "ticket"
    RECEIPT = "receipt"
    REPORT = "report"


class Paper(StrEnum):
    """What a printer says of its paper."""

    OK = "ok"
    LOW = "low"
    OUT = "out"
    UNKNOWN = "unknown"


class DocumentItem(TypedDict):
    """One line of a ticket or receipt."""

    service_name: str
    classification_name: str
    duration_minutes: int
    price: str
    """Decimal digits in the document's currency, as `95.00`."""
    name_for_customer: NotRequired[str]
    """What it is called in the customer's language, where that is another name."""


class TicketDocument(TypedDict):
    """What a ticket says; the daemon decides how it looks."""

    shop_name: str
    currency: str
    """ISO 4217 code."""
    code: str
    items: list[DocumentItem]
    total_duration_minutes: int
    total_amount: str
    at: str
    """ISO 8601 with the shop's own offset: printed as it is written here."""
    queue_position: int
    """1 = next."""
    estimated_wait_minutes: int | None
    status_url: str
    """The customer's own page, for the QR code."""
    languages: NotRequired[list[str]]
    """The shop's language, then the customer's; English alone where it is missing."""
    wanted: NotRequired[str]
    """Whom the customer asked for, where it is somebody."""
    shop_details: NotRequired[list[str]]
    """Address, telephone, tax number: a line each."""


class DocumentTax(TypedDict):
    """What a receipt says of one tax rate."""

    rate: str
    """Percent, as `7` or `19`."""
    net: str
    tax: str


class DocumentLine(TypedDict):
    """A label and an amount, such as a discount or a tender."""

    label: str
    amount: str


class DocumentRefund(TypedDict):
    """A refund of a receipt, on a copy that was printed after it."""

    number: int
    amount: str
    """Negative, tips included."""


class ReceiptDocument(TypedDict):
    """What a receipt says."""

    shop_name: str
    shop_details: list[str]
    currency: str
    code: str
    items: list[DocumentItem]
    total_amount: str
    method: str
    """One of the protocol's methods: `cash`, `card`, `other`."""
    method_label: NotRequired[str]
    """What the paper calls it; a server before it left that to the daemon."""
    amount_paid: str
    change_amount: str
    cashier: str
    at: str
    receipt_number: NotRequired[int]
    therapist: NotRequired[str]
    room_number: NotRequired[str]
    discounts: NotRequired[list[DocumentLine]]
    """What was taken off the list prices, each as a negative amount."""
    tax: NotRequired[list[DocumentTax]]
    tax_on_top: NotRequired[str]
    """The sum of the taxes where the prices do not hold them."""
    rounding_amount: NotRequired[str]
    tip_amount: NotRequired[str]
    tenders: NotRequired[list[DocumentLine]]
    """What was handed over by each method; missing where there is only one."""
    refunds: NotRequired[list[DocumentRefund]]
    """What was given back until a copy was printed."""
    languages: NotRequired[list[str]]
    """The shop's language, then the customer's; English alone where it is missing."""
    status_url: NotRequired[str]
    """What the ticket's QR code holds: by it the receipt is found again."""
    open_drawer: bool
    """True for a first receipt paid in cash, and never for a copy: for a daemon that does not say
    in its introduction whether a printer has a `cash_drawer`. Others take pulses of their own."""


class ReportDocument(TypedDict):
    """A titled list of lines: the day's figures, a test page."""

    shop_name: str
    title: str
    at: str
    rows: list[tuple[str, str]]
    languages: NotRequired[list[str]]
    """The one that the rest of it is written in; English where it is missing."""
    layout: NotRequired[int]
    """How its lines stand, so that a closed day is the same paper for ever. 2: from the right where
    its language does. 1, where it is missing: labels on the left in every language."""


class PrintJob(TypedDict):
    """The answer to a lease."""

    id: int
    kind: PrintRole
    lease: str
    copy: bool
    """True when the same paper may already be out: `COPY` heads it."""
    document: TicketDocument | ReceiptDocument | ReportDocument


class PrinterStatus(TypedDict):
    """What the daemon knows of a printer."""

    printer: str
    online: bool
    paper: Paper
    cover_open: bool
    error: NotRequired[str | None]
