"""What tickets, receipts and reports say: print jobs in, elements of paper out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, Final

import msgspec

from appliance.peripherals.printing.layout import (
    Element,
    OpenDrawer,
    Pair,
    QrCode,
    Rule,
    Space,
    Text,
)
from appliance.protocol import (
    DocumentItem,
    PrintJob,
    PrintRole,
    ReceiptDocument,
    ReportDocument,
    TicketDocument,
)

Money = Callable[[str, str], str]
"""Formats an amount in a currency for the printer at hand."""

COPY_HEADING: Final = "COPY"


class BadJobError(Exception):
    """A job from the server that cannot be understood; the message says what is wrong with it."""


class _Envelope(msgspec.Struct):
    id: int
    kind: PrintRole
    lease: str
    copy: bool
    document: dict[str, Any]


def parse_job(raw: object) -> PrintJob:
    """Check a job that came over the wire.

    Args:
        raw: The `job` of an answer to `print_lease`.

    Returns:
        The same job, every field of which has the promised shape.

    Raises:
        BadJobError: A field is missing or has a wrong shape.
    """
    try:
        envelope = msgspec.convert(raw, _Envelope)
        document: TicketDocument | ReceiptDocument | ReportDocument
        if envelope.kind is PrintRole.TICKET:
            document = msgspec.convert(envelope.document, TicketDocument)
        elif envelope.kind is PrintRole.RECEIPT:
            document = msgspec.convert(envelope.document, ReceiptDocument)
        else:
            document = msgspec.convert(envelope.document, ReportDocument)
    except msgspec.ValidationError as error:
        raise BadJobError(f"the job cannot be read: {error}") from error
    return PrintJob(
        id=envelope.id,
        kind=envelope.kind,
        lease=envelope.lease,
        copy=envelope.copy,
        document=document,
    )


def ticket(document: TicketDocument, money: Money) -> Iterable[Element]:
    """The customer's ticket: what to wait for, how long, and where to look."""
    yield Text(document["shop_name"], size=2, align="center", bold=True)
    yield Space()
    yield Text("Your number", align="center")
    yield Text(document["code"], size=None, align="center", bold=True)
    yield Space()
    yield Rule()
    for item in document["items"]:
        yield Pair(_item_name(item), f"{item['duration_minutes']} min")
    yield Rule()
    yield Pair("Total time", f"{document['total_duration_minutes']} min")
    yield Pair("Total", money(document["total_amount"], document["currency"]), bold=True)
    yield Space()
    yield Pair("Place in the queue", str(document["queue_position"]))
    if document["estimated_wait_minutes"] is not None:
        yield Pair("Estimated wait", _wait(document["estimated_wait_minutes"]))
    yield Space()
    if document["status_url"]:
        yield QrCode(document["status_url"])
        yield Text("Scan to follow your place in the queue", align="center")
    yield Text(_when(document["at"]), align="center")


def receipt(document: ReceiptDocument, money: Money, *, copy: bool) -> Iterable[Element]:
    """The receipt for a payment. A copy never opens the drawer: that money is already in it."""
    currency = document["currency"]
    if document["open_drawer"] and not copy:
        yield OpenDrawer()
    yield Text(document["shop_name"], size=2, align="center", bold=True)
    for line in document["shop_details"]:
        yield Text(line, align="center")
    yield Space()
    yield Text("Receipt", align="center", bold=True)
    yield from _about(document)
    yield Rule()
    for item in document["items"]:
        yield Pair(_item_name(item), money(item["price"], currency))
    for discount in document.get("discounts", ()):
        yield Pair(discount["label"], money(discount["amount"], currency))
    yield Rule()
    yield from _tendered(document, money)
    yield from _taxed(document, money)
    yield Space()
    yield Text("Thank you", align="center")


def _about(document: ReceiptDocument) -> Iterable[Element]:
    """Which receipt it is, and who was there."""
    if "receipt_number" in document:
        yield Pair("Receipt no.", str(document["receipt_number"]))
    yield Pair("Number", document["code"])
    yield Pair("Date", _when(document["at"]))
    yield Pair("Cashier", document["cashier"])
    if "therapist" in document:
        yield Pair("Therapist", document["therapist"])
    if "room_number" in document:
        yield Pair("Room", document["room_number"])


def _taxed(document: ReceiptDocument, money: Money) -> Iterable[Element]:
    """One line per tax rate."""
    currency = document["currency"]
    if document.get("tax"):
        yield Rule()
    for tax in document.get("tax", ()):
        net = money(tax["net"], currency)
        yield Pair(f"Tax {tax['rate']} % of {net}", money(tax["tax"], currency))


def _tendered(document: ReceiptDocument, money: Money) -> Iterable[Element]:
    """What was due and how it was paid: one method as a word, several each with its amount."""
    currency = document["currency"]
    for label, amount in (
        ("Tax", document.get("tax_on_top")),
        ("Total", document["total_amount"]),
        ("Cash rounding", document.get("rounding_amount")),
        ("Tip", document.get("tip_amount")),
    ):
        if amount is not None:
            yield Pair(label, money(amount, currency), bold=label == "Total")
    tenders = document.get("tenders")
    if tenders is None:
        label = document.get("method_label") or document["method"].capitalize()
        yield Pair("Payment", label)
    for tender in tenders or ():
        yield Pair(tender["label"], money(tender["amount"], currency))
    yield Pair("Paid", money(document["amount_paid"], currency))
    yield Pair("Change", money(document["change_amount"], currency))


def report(document: ReportDocument) -> Iterable[Element]:
    """A titled list of lines; a row without a value is a heading."""
    yield Text(document["shop_name"], size=2, align="center", bold=True)
    yield Text(document["title"], align="center", bold=True)
    yield Text(_when(document["at"]), align="center")
    yield Rule()
    for left, right in document["rows"]:
        yield Pair(left, right) if right else Text(left, bold=True)
    yield Rule()


def _wait(minutes: int) -> str:
    # A room is free: "0 min" would be a promise that nobody can keep. The screens say the same.
    return "soon" if minutes < 1 else f"{minutes} min"


def _item_name(item: DocumentItem) -> str:
    return ", ".join(part for part in (item["service_name"], item["classification_name"]) if part)


def _when(at: str) -> str:
    """The shop's own wall-clock time, as it was written, without what nobody reads on paper."""
    try:
        return f"{datetime.fromisoformat(at):%Y-%m-%d %H:%M}"
    except ValueError as error:
        raise BadJobError(f"the job cannot be read: {at!r} is not a time") from error
