"""What the till prints beside receipts: pay-outs to sign, refunds, X and Z.

All in the shop's language: they are for the staff.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

import msgspec

from appliance.amounts import written
from appliance.dates import written_day
from appliance.protocol import PrintRole, ReportDocument
from appliance.server.domain.payments import method_named
from appliance.server.domain.shifts import MovementKind
from appliance.server.domain.states import Actor
from appliance.server.store import papers
from appliance.server.store.models import Refund, ShiftMovement, Staff, Transaction, ZReport
from appliance.server.store.unit_of_work import UnitOfWork
from appliance.translations import SOURCE_LANGUAGE, Translations, translations
from appliance.words import N_

from ..shop import Shop

_MOVEMENTS: Final = {
    MovementKind.PAY_IN: N_("Cash in"),
    MovementKind.PAY_OUT: N_("Cash out"),
    MovementKind.DROP: N_("To the safe"),
    MovementKind.TIP_PAYOUT: N_("Tips paid out"),
}
_LINE: Final = "____________________"
"""To sign on."""
_SEAL_LENGTH: Final = 16
"""How much of the hash is on paper."""
_LAYOUT: Final = 2
"""How these papers stand (`ReportDocument`)."""
_SAID_BEFORE: Final = {
    "Collected by method": "Taken by method",
    "Left in the drawer": "Left in drawer",
    "Left without paying: {number}": "Uncollected: {number}",
}
"""What the release said that printed all papers in English; its Z reports hold no paper."""
Rows = list[tuple[str, str]]
"""Left and right; a row without a right side is a heading."""


def movement(
    unit: UnitOfWork, shop: Shop, cashier: Actor, row: ShiftMovement, therapist: Staff | None
) -> None:
    """A slip for cash that went into a drawer or out of it, to sign and to put into the drawer.

    Args:
        unit: The open unit of work.
        shop: The shop's settings.
        cashier: Whose drawer.
        row: The movement.
        therapist: Who was paid tips.
    """
    say = translations(shop.language).on_paper
    rows: Rows = [
        (say(N_("Amount")), written(row.amount, shop.currency)),
        *([(say(N_("Therapist")), therapist.name)] if therapist is not None else []),
        (say(N_("Reason")), row.reason),
        (say(N_("Cashier")), cashier.name),
        (say(N_("Signature")), _LINE),
    ]
    _owe(unit, shop, say(_MOVEMENTS[row.kind]), row.at, rows)


def refund(unit: UnitOfWork, shop: Shop, cashier: Actor, visit: Transaction, row: Refund) -> None:
    """A slip for money that went back, to sign."""
    say = translations(shop.language).on_paper
    names = {item.id: f"{item.service_name}, {item.classification_name}" for item in visit.items}
    rows: Rows = [(say(N_("Customer")), visit.code or "")]
    if visit.payment is not None and visit.payment.receipt_number is not None:
        rows.append((say(N_("Receipt number")), str(visit.payment.receipt_number)))
    rows += [(names[line.item_id], written(-line.amount, shop.currency)) for line in row.lines]
    if row.tip_amount:
        rows.append((say(N_("Tip")), written(-row.tip_amount, shop.currency)))
    rows += [
        (
            say(N_("Tax {rate} %"), rate=line["rate"]),
            written(-Decimal(line["tax"]), shop.currency),
        )
        for line in row.tax
        if Decimal(line["tax"])
    ]
    if row.rounding_amount:
        rows.append((say(N_("Cash rounding")), written(row.rounding_amount, shop.currency)))
    rows += [
        (say(method_named(tender.method).label), written(tender.given, shop.currency))
        for tender in row.tenders
    ]
    rows += [
        (say(N_("Reason")), row.reason),
        (say(N_("Cashier")), cashier.name),
        (say(N_("Approved by")), row.approved_by_name),
        (say(N_("Signature")), _LINE),
    ]
    title = say(N_("Refund {number}"), number=row.number)
    _owe(unit, shop, title, row.created_at, rows, transaction_id=visit.id)


def z(unit: UnitOfWork, shop: Shop, report: ZReport) -> None:
    """The paper of a closed day: it says what it said the first time, whenever it is printed."""
    document = msgspec.json.decode(report.document)
    paper = document.get("paper") or _paper_of_before(shop, document, report)
    *rows, (label, _) = paper["rows"]
    papers.owe(
        unit, PrintRole.REPORT, paper | {"rows": [*rows, [label, report.hash[:_SEAL_LENGTH]]]}
    )


def z_paper(shop: Shop, document: dict[str, Any]) -> ReportDocument:
    """What a Z's paper says: sealed with the figures, as words, names and languages change.

    Its last row waits for the seal.

    Args:
        shop: The shop's settings.
        document: The figures of the Z, its number and its moment.
    """
    say = _language_of(document).on_paper
    return _report(
        shop,
        say(N_("Z report {number}"), number=document["number"]),
        document["closed_at"],
        [
            *figures(document),
            (say(N_("Total ever")), _money(document, "grand_total")),
            (say(N_("Seal")), ""),
        ],
    )


def _paper_of_before(shop: Shop, document: dict[str, Any], report: ZReport) -> ReportDocument:
    """The paper of a Z that does not hold it: as the release printed it that closed the day."""
    spoken = _language_of(document)

    def say(sentence: str, **params: Any) -> str:
        if "language" not in document:
            sentence = _SAID_BEFORE.get(sentence, sentence)
        return spoken.gettext(sentence, **params)

    paper = ReportDocument(
        shop_name=shop.name,
        title=say(N_("Z report {number}"), number=report.number),
        at=shop.local(report.created_at),
        rows=[
            *_figures(document, document["business_date"], say),
            (say(N_("Total ever")), _money(document, "grand_total")),
            (say(N_("Seal")), ""),
        ],
    )
    if spoken.language.code != SOURCE_LANGUAGE:
        paper["languages"] = [spoken.language.code]
    return paper


def my_day(
    unit: UnitOfWork,
    shop: Shop,
    therapist: Actor,
    business_date: date,
    lines: Rows,
    tips: Decimal,
) -> None:
    """A therapist's own day.

    Args:
        unit: The open unit of work.
        shop: The shop's settings.
        therapist: Whose.
        business_date: Which.
        lines: What they did, in words of the shop's language.
        tips: What of the tips is theirs.
    """
    say = translations(shop.language).on_paper
    rows: Rows = [
        (say(N_("Business day")), written_day(business_date, shop.language)),
        *lines,
        (say(N_("Tips")), written(tips, shop.currency)),
    ]
    _owe(unit, shop, say(N_("Day of {name}"), name=therapist.name), unit.now(), rows)


def x(unit: UnitOfWork, shop: Shop, document: dict[str, Any]) -> None:
    """The paper of a day that goes on: what it would say if it were closed now."""
    title = _language_of(document).gettext(N_("X report"))
    _owe(unit, shop, title, unit.now(), figures(document))


def _language_of(document: dict[str, Any]) -> Translations:
    # A Z of an earlier release was printed in English.
    return translations(document.get("language", SOURCE_LANGUAGE))


def figures(document: dict[str, Any]) -> Rows:
    """The figures of an X or Z as lines of paper."""
    spoken = _language_of(document)
    day = written_day(date.fromisoformat(document["business_date"]), spoken.language.code)
    return _figures(document, day, spoken.on_paper)


def _figures(document: dict[str, Any], day: str, say: Callable[..., str]) -> Rows:
    currency = document["currency"]

    def money(amount: str | None) -> str:
        return "–" if amount is None else written(Decimal(amount), currency)

    rows: Rows = [
        (say(N_("Business day")), day),
        (say(N_("Paid visits")), str(document["visits"])),
    ]
    rows += [
        (say(label), money(document[key]))
        for label, key in (
            (N_("Sales"), "sales"),
            (N_("Discounts"), "discounts"),
            (N_("Refunds"), "refunds"),
            (N_("Tips"), "tips"),
            (N_("Cash rounding"), "rounding"),
        )
    ]
    rows += [
        (
            say(N_("Tax {rate} % of {net}"), rate=line["rate"], net=money(line["net"])),
            money(line["tax"]),
        )
        for line in document["tax"]
        if Decimal(line["tax"])
    ]
    rows.append((say(N_("Collected by method")), ""))
    rows += [
        (say(method_named(name).label), money(amount))
        for name, amount in document["totals"].items()
    ]
    for shift in document["shifts"]:
        rows.append((say(N_("Drawer of {name}"), name=shift["cashier"]), ""))
        rows += [
            (say(label), money(shift[key]))
            for label, key in (
                (N_("Float"), "float"),
                (N_("Expected"), "expected"),
                (N_("Counted"), "counted"),
                (N_("Difference"), "difference"),
                (N_("Left in the drawer"), "left"),
            )
        ]
    # A Z of an earlier release does not say who left without paying.
    if uncollected := document.get("uncollected"):
        label = say(N_("Left without paying: {number}"), number=uncollected["count"])
        rows.append((label, money(uncollected["amount"])))
    still_here = document["open_customers"]
    label = say(N_("Still open: {number}"), number=still_here["count"])
    rows.append((label, money(still_here["amount"])))
    return rows


def _money(document: dict[str, Any], key: str) -> str:
    return written(Decimal(document[key]), document["currency"])


def _owe(
    unit: UnitOfWork,
    shop: Shop,
    title: str,
    at: datetime,
    rows: Iterable[tuple[str, str]],
    *,
    transaction_id: int | None = None,
) -> None:
    document = _report(shop, title, shop.local(at), rows)
    papers.owe(unit, PrintRole.REPORT, document, transaction_id=transaction_id)


def _report(shop: Shop, title: str, at: str, rows: Iterable[tuple[str, str]]) -> ReportDocument:
    document = ReportDocument(
        shop_name=shop.name, title=title, at=at, rows=list(rows), layout=_LAYOUT
    )
    if shop.language != SOURCE_LANGUAGE:
        document["languages"] = [shop.language]
    return document
