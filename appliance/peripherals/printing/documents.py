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
    yield Pair("Number", document["code"])
    yield Pair("Date", _when(document["at"]))
    yield Pair("Cashier", document["cashier"])
    yield Rule()
    for item in document["items"]:
        yield Pair(_item_name(item), money(item["price"], currency))
    yield Rule()
    yield Pair("Total", money(document["total_amount"], currency), bold=True)
    yield Pair("Payment", document.get("method_label") or document["method"].capitalize())
    yield Pair("Paid", money(document["amount_paid"], currency))
    yield Pair("Change", money(document["change_amount"], currency))
    yield Space()
    yield Text("Thank you", align="center")


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
