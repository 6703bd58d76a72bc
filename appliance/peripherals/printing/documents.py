"""What tickets, receipts and reports say: print jobs in, elements of paper out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, Final, cast

import msgspec

from appliance.dates import written_moment
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
from appliance.translations import LANGUAGES, SOURCE_LANGUAGE, translations
from appliance.words import N_

Money = Callable[[str, str], str]
"""Formats an amount in a currency for the printer at hand."""

_KINDS: Final = (N_("A woman"), N_("A man"))
"""What a customer may ask for that is nobody's name."""
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


class Words:
    """What a paper says in the shop's language, and beside it in the customer's.

    Args:
        languages: Their codes; one that this daemon does not know is left out.
    """

    def __init__(self, languages: Sequence[str] = ()) -> None:
        # Another paper than an English one is the first to ask for catalogues.
        spoken = [code for code in languages if code in LANGUAGES] or [SOURCE_LANGUAGE]
        self._spoken = [translations(code) for code in dict.fromkeys(spoken)]

    def lines(self, sentence: str, **params: Any) -> list[str]:
        """A sentence in each language; one that is the same in both is said once."""
        return list(dict.fromkeys(words.on_paper(sentence, **params) for words in self._spoken))

    def duration(self, minutes: int) -> str:
        """A length of time in the first language, as screens have it: `45 min`, `1 h 30 min`."""
        hours, rest = divmod(minutes, 60)
        say = self._spoken[0].gettext
        if not hours:
            return say(N_("{minutes} min"), minutes=rest)
        if not rest:
            return say(N_("{hours} h"), hours=hours)
        return say(N_("{hours} h {minutes} min"), hours=hours, minutes=rest)

    def moment(self, at: str) -> str:
        """A moment on the shop's own clock, as its language writes one: `Mar 1, 2026, 4:41 PM`.

        Args:
            at: ISO 8601 with the shop's offset.

        Raises:
            BadJobError: It is no time.
        """
        try:
            when = datetime.fromisoformat(at)
        except ValueError as error:
            raise BadJobError(f"the job cannot be read: {at!r} is not a time") from error
        return written_moment(when, self._spoken[0].language.code)

    @property
    def right_to_left(self) -> bool:
        """Which way the first language is written."""
        return self._spoken[0].language.direction == "rtl"

    def __call__(self, sentence: str, **params: Any) -> str:
        """The same in one line."""
        return " / ".join(self.lines(sentence, **params))


def runs_from_the_right(job: PrintJob) -> bool:
    """Whether a paper has its labels on the right and its amounts on the left."""
    document = job["document"]
    # A report of an earlier release is printed as it was then.
    as_it_was = (
        job["kind"] is PrintRole.REPORT and cast("ReportDocument", document).get("layout", 1) < 2
    )
    return not as_it_was and Words(document.get("languages", ())).right_to_left


def ticket(document: TicketDocument, money: Money) -> Iterable[Element]:
    """The customer's ticket: what to wait for, how long, and where to look."""
    words = Words(document.get("languages", ()))
    yield from _shop(document["shop_name"], document.get("shop_details", ()))
    yield Space()
    for line in words.lines(N_("Your number")):
        yield Text(line, align="center")
    yield Text(document["code"], size=None, align="center", bold=True)
    yield Space()
    yield Rule()
    for item in document["items"]:
        yield from _item(item, words.duration(item["duration_minutes"]))
    yield Rule()
    yield Pair(words(N_("Total time")), words.duration(document["total_duration_minutes"]))
    total = money(document["total_amount"], document["currency"])
    yield Pair(words(N_("Total")), total, bold=True)
    yield Space()
    yield Pair(words(N_("Place in the queue")), str(document["queue_position"]))
    if document["estimated_wait_minutes"] is not None:
        yield Pair(words(N_("Estimated wait")), _wait(document["estimated_wait_minutes"], words))
    if asked := document.get("wanted"):
        yield Pair(words(N_("You asked for")), words(asked) if asked in _KINDS else asked)
    yield Space()
    if document["status_url"]:
        yield QrCode(document["status_url"])
        for line in words.lines(N_("Scan to follow your place on your phone")):
            yield Text(line, align="center")
    yield Space()
    for sentence in (N_("Keep this ticket."), N_("Pay at the front desk afterwards.")):
        for line in words.lines(sentence):
            yield Text(line, align="center")
    yield Text(words.moment(document["at"]), align="center")


def receipt(document: ReceiptDocument, money: Money, *, copy: bool) -> Iterable[Element]:
    """The receipt for a payment. A copy never opens the drawer: that money is already in it."""
    words = Words(document.get("languages", ()))
    currency = document["currency"]
    if document["open_drawer"] and not copy:
        yield OpenDrawer()
    yield from _shop(document["shop_name"], document["shop_details"])
    yield Space()
    yield Text(words(N_("Receipt")), align="center", bold=True)
    yield from _about(document, words)
    yield Rule()
    for item in document["items"]:
        yield from _item(item, money(item["price"], currency))
    for discount in document.get("discounts", ()):
        yield Pair(discount["label"], money(discount["amount"], currency))
    yield Rule()
    yield from _tendered(document, money, words)
    yield from _taxed(document, money, words)
    yield from _given_back(document, money, words)
    yield Space()
    for line in words.lines(N_("Thank you")):
        yield Text(line, align="center")
    if "status_url" in document:
        yield QrCode(document["status_url"], small=True)


def _shop(name: str, details: Iterable[str]) -> Iterable[Element]:
    """Whose paper it is, and where to find them."""
    yield Text(name, size=2, align="center", bold=True)
    for line in details:
        yield Text(line, align="center")


def _about(document: ReceiptDocument, words: Words) -> Iterable[Element]:
    """Which receipt it is, and who was there."""
    if "receipt_number" in document:
        yield Pair(words(N_("Receipt number")), str(document["receipt_number"]))
    yield Pair(words(N_("Number")), document["code"])
    yield Pair(words(N_("Date")), words.moment(document["at"]))
    yield Pair(words(N_("Cashier")), document["cashier"])
    if "therapist" in document:
        yield Pair(words(N_("Therapist")), document["therapist"])
    if "room_number" in document:
        yield Pair(words(N_("Room")), document["room_number"])


def _taxed(document: ReceiptDocument, money: Money, words: Words) -> Iterable[Element]:
    """One line per tax rate."""
    currency = document["currency"]
    if document.get("tax"):
        yield Rule()
    for tax in document.get("tax", ()):
        net = money(tax["net"], currency)
        # A line each: amounts between two directions of writing are read the wrong way round.
        first, *rest = words.lines(N_("Tax {rate} % of {net}"), rate=tax["rate"], net=net)
        yield Pair(first, money(tax["tax"], currency))
        for line in rest:
            yield Text(line)


def _tendered(document: ReceiptDocument, money: Money, words: Words) -> Iterable[Element]:
    """What was due and how it was paid: one method as a word, several each with its amount."""
    currency = document["currency"]
    for label, amount in (
        (N_("Tax"), document.get("tax_on_top")),
        (N_("Total"), document["total_amount"]),
        (N_("Cash rounding"), document.get("rounding_amount")),
        (N_("Tip"), document.get("tip_amount")),
    ):
        if amount is not None:
            yield Pair(words(label), money(amount, currency), bold=label == "Total")
    tenders = document.get("tenders")
    if tenders is None:
        label = document.get("method_label") or document["method"].capitalize()
        yield Pair(words(N_("Payment")), words(label))
    for tender in tenders or ():
        yield Pair(words(tender["label"]), money(tender["amount"], currency))
    yield Pair(words(N_("Paid")), money(document["amount_paid"], currency))
    yield Pair(words(N_("Change")), money(document["change_amount"], currency))


def _given_back(document: ReceiptDocument, money: Money, words: Words) -> Iterable[Element]:
    """What was refunded until this copy was printed."""
    if document.get("refunds"):
        yield Rule()
    for refund in document.get("refunds", ()):
        label = words(N_("Refund {number}"), number=refund["number"])
        yield Pair(label, money(refund["amount"], document["currency"]))


def report(document: ReportDocument) -> Iterable[Element]:
    """A titled list of lines; a row without a value is a heading."""
    yield Text(document["shop_name"], size=2, align="center", bold=True)
    yield Text(document["title"], align="center", bold=True)
    yield Text(Words(document.get("languages", ())).moment(document["at"]), align="center")
    yield Rule()
    for left, right in document["rows"]:
        yield Pair(left, right) if right else Text(left, bold=True)
    yield Rule()


def _wait(minutes: int, words: Words) -> str:
    """An estimate, rounded to what anybody can keep; the screens say the same."""
    return words(N_("less than 5 min")) if minutes < 5 else words.duration(5 * round(minutes / 5))


def _item(item: DocumentItem, right: str) -> Iterable[Element]:
    """A service as the shop calls it, and below it as its customer does."""
    parts = (item["service_name"], item["classification_name"])
    yield Pair(", ".join(part for part in parts if part), right)
    if "name_for_customer" in item:
        yield Text(item["name_for_customer"])
